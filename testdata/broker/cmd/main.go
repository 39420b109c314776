// Command cmd prepares and runs the test broker by hand.
//
//	go run ./testdata/broker/cmd fetch   have Maven fetch broker and registry, so that tests need not
//	go run ./testdata/broker/cmd run     run a broker until interrupted, at most for an hour
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"insideout/testdata/broker"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch {
	case len(args) == 1 && args[0] == "fetch":
		dir, err := broker.Fetch(ctx)
		if err != nil {
			return err
		}
		fmt.Println(dir)
		if dir, err = broker.FetchRegistry(ctx); err == nil {
			fmt.Println(dir)
		}
		return err
	case len(args) == 1 && args[0] == "run":
		b, err := broker.Start(ctx, broker.Options{Life: time.Hour})
		if err != nil {
			return err
		}
		fmt.Println(b.Addr())
		<-ctx.Done()
		return b.Close()
	}
	return fmt.Errorf("usage: go run ./testdata/broker/cmd fetch|run")
}
