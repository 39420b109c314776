package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"insideout/cmd/insideout/story"
)

// demoPort is where the demonstration's broker listens, so that the configuration, and with it the report, is
// the same everywhere. Another port is taken only when this one is in use as the folder is made.
const demoPort = 19092

// demoBroker is franz-go's kfake on loopback: a broker in this process that speaks Kafka's protocol, so that the
// demonstration needs nothing installed and the pipeline's own consumer has a true peer. Its state lives in a folder:
// a second demonstration meets the same topics with the same ids, which is what lets the lake's positions hold.
type demoBroker struct {
	cluster *kfake.Cluster
	address string
}

// listenForDemo takes the port of a new demonstration's broker. It is held from here on until the broker is closed, so
// that no other program can step in between.
func listenForDemo() (net.Listener, error) {
	for _, port := range []int{demoPort, 0} {
		if l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return l, nil
		}
	}
	return nil, &demoError{"no port is free on 127.0.0.1 for the broker", "end a program that listens there"}
}

// listenAgain takes the port that an earlier demonstration wrote into its configuration.
func listenAgain(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &demoError{fmt.Sprintf("the broker cannot start: %s is in use", address),
			"end the program that listens there (another demonstration?), or name a new folder: insideout demo DIR"}
	case err != nil:
		return nil, fmt.Errorf("start the broker: %w", err)
	}
	return l, nil
}

// openDemoBroker starts the broker on the listener with what the folder holds.
func openDemoBroker(dir string, l net.Listener, topics ...story.Topic) (*demoBroker, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		l.Close()
		return nil, fmt.Errorf("make %s: %w", dir, err)
	}
	opts := []kfake.Opt{
		kfake.Ports(l.Addr().(*net.TCPAddr).Port),
		kfake.ListenFn(func(string, string) (net.Listener, error) { return l, nil }),
		kfake.ClusterID("insideout-demo"),
		kfake.DataDir(dir),
		kfake.SyncWrites(), // the folder counts as ready, and is never filled again, while the broker still runs
		// The events are dated when the story was, so no clock may delete them.
		kfake.BrokerConfigs(map[string]string{"log.retention.ms": "-1"}),
	}
	for _, t := range topics {
		opts = append(opts, kfake.SeedTopics(t.Partitions, t.Name))
	}
	c, err := kfake.NewCluster(opts...)
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("start the broker on %s: %w", l.Addr(), err)
	}
	return &demoBroker{c, l.Addr().String()}, nil
}

func (b *demoBroker) close() { b.cluster.Close() }

// fillDemoBroker starts a broker with every message of the story, in its order. What an attempt before left half-sent is
// thrown away. When it returns all of it is on disk.
func fillDemoBroker(ctx context.Context, dir string, l net.Listener, topics []story.Topic) (*demoBroker, error) {
	if err := os.RemoveAll(dir); err != nil {
		l.Close()
		return nil, fmt.Errorf("clear %s: %w", dir, err)
	}
	b, err := openDemoBroker(dir, l, topics...)
	if err != nil {
		return nil, err
	}
	if err := b.send(ctx, topics); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *demoBroker) send(ctx context.Context, topics []story.Topic) error {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(b.address),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), // the story says which partition
		kgo.ProducerBatchCompression(kgo.ZstdCompression()),
		kgo.MaxBufferedRecords(1<<20),
	)
	if err != nil {
		return fmt.Errorf("connect to the broker at %s: %w", b.address, err)
	}
	defer client.Close()
	for _, t := range topics {
		records := make([]*kgo.Record, len(t.Messages))
		for i, m := range t.Messages {
			records[i] = &kgo.Record{Topic: t.Name, Partition: m.Partition, Key: m.Key, Value: m.Value, Timestamp: m.At}
		}
		if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
			return fmt.Errorf("send the events of %s: %w", t.Name, err)
		}
	}
	return nil
}
