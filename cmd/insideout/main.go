// Command insideout links what happens inside an organisation to what its customers meet. Each verb has a file of its
// own; this is the only package that turns configuration into concrete sources.
//
// Exit codes: 0 done; 1 the run failed; 2 usage or configuration; 3 environment (broker, lock, disk, permission); 4 data
// checks of severity stop failed, the lake is not what its manifest says, or a gate of simulate failed; 5 finished and
// published, but more rows were rejected than allowed; 130 and 143 after a second signal. When several apply, the first
// of 2, 3, 1, 4, 5 counts.
//
// With --json exactly one object goes to standard output: {command, ok, summary, result, error}. Findings of the domain
// (nothing found, too few teams) are results, not errors.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signals()
	code := Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// signals gives a context that ends with the first interrupt or termination; the second one ends the process.
func signals() (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ch
		cancel()
		if s := <-ch; s == syscall.SIGTERM {
			os.Exit(143)
		}
		os.Exit(130)
	}()
	return ctx, func() { signal.Stop(ch); cancel() }
}

// Main runs one command and returns its exit code.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	return a.end(cmd, err)
}
