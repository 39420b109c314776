// Command boston311 puts the service requests of the Boston example onto a Kafka broker, as a live system would have done:
//
//	go run ./cmd/boston311 -data data/boston_311_2015/raw -brokers 127.0.0.1:9092
//
// It makes the topic; one that is there already is left alone and named.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"insideout/cmd/boston311/replay"
)

func main() {
	data := flag.String("data", "data/boston_311_2015/raw", "`folder` with the city's CSV files")
	brokers := flag.String("brokers", "127.0.0.1:9092", "`hosts` of the broker, parted by commas")
	topic := flag.String("topic", "boston311", "`name` of the topic to make")
	partitions := flag.Int("partitions", 3, "`number` of its partitions")
	flag.Parse()
	if *partitions < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *data, strings.Split(*brokers, ","), *topic, int32(*partitions)); err != nil {
		fmt.Fprintln(os.Stderr, "boston311:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, data string, brokers []string, topic string, partitions int32) error {
	cases, err := replay.Read(data)
	if err != nil {
		return err
	}
	events, err := replay.Events(cases, partitions)
	if err != nil {
		return err
	}
	if err := replay.Send(ctx, brokers, topic, partitions, events); err != nil {
		return err
	}
	fmt.Printf("%d cases as %d events on topic %s, %d partitions\n", len(cases), len(events), topic, partitions)
	return nil
}
