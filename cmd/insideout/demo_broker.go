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
type demoBroker struct{ cluster *kfake.Cluster }

// openDemoBroker starts the broker on the address with what the folder holds.
func openDemoBroker(dir, address string, more ...kfake.Opt) (*demoBroker, error) {
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("broker address: %w", err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("broker address %q: %w", address, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make %s: %w", dir, err)
	}
	opts := append([]kfake.Opt{
		kfake.Ports(port), kfake.ClusterID("insideout-demo"), kfake.DataDir(dir),
		// The events are dated when the story was, so no clock may delete them.
		kfake.BrokerConfigs(map[string]string{"log.retention.ms": "-1"}),
	}, more...)
	c, err := kfake.NewCluster(opts...)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &demoError{fmt.Sprintf("the broker cannot start: %s is in use", address),
			"end the program that listens there (another demonstration?), or name a new folder: insideout demo DIR"}
	case err != nil:
		return nil, fmt.Errorf("start the broker on %s: %w", address, err)
	}
	return &demoBroker{c}, nil
}

func (b *demoBroker) close() { b.cluster.Close() }

// demoAddress picks the address of a new demonstration's broker.
func demoAddress() (string, error) {
	for _, port := range []int{demoPort, 0} {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		address := l.Addr().String()
		return address, l.Close()
	}
	return "", &demoError{"no port is free on 127.0.0.1 for the broker", "end a program that listens there"}
}

// fillDemoBroker sends every message of the story, in its order, and stops the broker, which puts all of it on disk.
// What an attempt before left half-sent is thrown away.
func fillDemoBroker(ctx context.Context, dir, address string, topics []story.Topic) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("clear %s: %w", dir, err)
	}
	var seeds []kfake.Opt
	for _, t := range topics {
		seeds = append(seeds, kfake.SeedTopics(t.Partitions, t.Name))
	}
	b, err := openDemoBroker(dir, address, seeds...)
	if err != nil {
		return err
	}
	defer b.close()
	client, err := kgo.NewClient(
		kgo.SeedBrokers(address),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), // the story says which partition
		kgo.ProducerBatchCompression(kgo.ZstdCompression()),
		kgo.MaxBufferedRecords(1<<20),
	)
	if err != nil {
		return fmt.Errorf("connect to the broker at %s: %w", address, err)
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
