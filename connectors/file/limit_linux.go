package file

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
)

// limit bounds what this process may take from here on: bytes of memory beside what it uses, and seconds of CPU. It may
// write no file.
//
// RLIMIT_DATA counts what is mapped for writing, used or not. Mapped memory that the heap has free is a reserve which the limit
// would not meet, and how large it is depends on how the collector was scheduled while the program began. It is taken off.
func limit(memory, seconds uint64) error {
	debug.FreeOSMemory() // collects, so that what is dead counts as free
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	has, err := dataSize()
	if err != nil {
		return err
	}
	has -= min(has, m.HeapIdle)
	debug.SetMemoryLimit(int64(memory / 4 * 3)) // collect before the limit is met
	for _, l := range []struct {
		what int
		most uint64
	}{{syscall.RLIMIT_DATA, has + memory}, {syscall.RLIMIT_CPU, seconds}, {syscall.RLIMIT_FSIZE, 0}, {syscall.RLIMIT_CORE, 0}} {
		if err := syscall.Setrlimit(l.what, &syscall.Rlimit{Cur: l.most, Max: l.most}); err != nil {
			return err
		}
	}
	return nil
}

// dataSize is the private memory that the process has for writing, which is what RLIMIT_DATA bounds.
func dataSize() (uint64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(status, []byte("VmData:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0, nil
	}
	kib, err := strconv.ParseUint(string(fields[0]), 10, 40)
	return kib << 10, err
}

// outOfTime reports whether a process was ended by its limit of CPU time.
func outOfTime(p *os.ProcessState, limit time.Duration) bool {
	w, ok := p.Sys().(syscall.WaitStatus)
	return ok && w.Signaled() && w.Signal() == syscall.SIGKILL && p.UserTime()+p.SystemTime() >= limit-time.Second
}
