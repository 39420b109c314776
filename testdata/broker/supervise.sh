# Runs a broker for a test and takes it down when the test process is gone, however that ended: standard input is a pipe
# that only the test process holds open.
#   $1   the broker's folder; removed when the test process died without closing the broker
#   $2.. the command
# Prints the broker's process id. Ends with the broker's exit code.
dir=$1
shift
exec 3<&0
"$@" </dev/null >>"$dir/broker.log" 2>&1 3<&- &
broker=$!
echo "$broker"
(
	while read -r _ <&3; do :; done
	trap '' TERM # the shell below ends this one when the broker ends, but not before the folder is gone
	kill -9 "$broker" 2>/dev/null
	rm -rf "$dir"
) >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait "$broker"
code=$?
kill "$watch" 2>/dev/null
exit "$code"
