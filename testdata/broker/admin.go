package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// admin runs f with a client of its own: one that outlived a restart would remember the broker of before.
func (b *Broker) admin(f func(*kadm.Client) error) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.RetryTimeout(5*time.Second), kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		return err
	}
	defer client.Close()
	return f(kadm.NewClient(client))
}

// ready waits until the broker answers a metadata request in which every partition has a leader.
func (b *Broker) ready(ctx context.Context, p *process) error {
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	last := errors.New("it did not answer")
	for {
		select {
		case <-p.done:
			return errors.New("it ended while starting")
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w", last)
		case <-poll.C:
		}
		last = b.admin(func(c *kadm.Client) error {
			try, cancel := context.WithTimeout(ctx, 2*time.Second)
			defer cancel()
			m, err := c.Metadata(try)
			if err != nil {
				return err
			}
			return led(m)
		})
		if last == nil {
			return nil
		}
	}
}

func led(m kadm.Metadata) error {
	if len(m.Brokers) == 0 {
		return errors.New("no broker is registered")
	}
	for _, t := range m.Topics.Sorted() {
		if t.Err != nil {
			return fmt.Errorf("topic %s: %w", t.Topic, t.Err)
		}
		for _, p := range t.Partitions.Sorted() {
			if p.Err != nil || p.Leader < 0 {
				return fmt.Errorf("topic %s, partition %d: no leader", t.Topic, p.Partition)
			}
		}
	}
	return nil
}

// CreateTopic makes a topic and waits until it can be used. Settings are those of the topic, such as cleanup.policy.
func (b *Broker) CreateTopic(ctx context.Context, topic string, partitions int32, settings map[string]string) error {
	configs := map[string]*string{}
	for k, v := range settings {
		configs[k] = &v
	}
	return b.admin(func(c *kadm.Client) error {
		if _, err := c.CreateTopic(ctx, partitions, 1, configs, topic); err != nil {
			return fmt.Errorf("create topic %s: %w", topic, err)
		}
		return b.until(ctx, c, func(m kadm.Metadata) bool {
			return m.Topics.Has(topic) && len(m.Topics[topic].Partitions) == int(partitions) && led(m) == nil
		})
	})
}

// AddUser gives a user a password for both SCRAM mechanisms.
func (b *Broker) AddUser(ctx context.Context, user, password string) error {
	return b.admin(func(c *kadm.Client) error {
		for _, m := range []kadm.ScramMechanism{kadm.ScramSha256, kadm.ScramSha512} { // Kafka takes one of them at a time
			answers, err := c.AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{{User: user, Mechanism: m, Iterations: 4096, Password: password}})
			if err == nil {
				err = answers.Error()
			}
			if err != nil {
				return fmt.Errorf("add user: %w", err)
			}
		}
		return nil
	})
}

// DeleteTopic removes a topic and waits until it is gone.
func (b *Broker) DeleteTopic(ctx context.Context, topic string) error {
	return b.admin(func(c *kadm.Client) error {
		if _, err := c.DeleteTopic(ctx, topic); err != nil {
			return fmt.Errorf("delete topic %s: %w", topic, err)
		}
		return b.until(ctx, c, func(m kadm.Metadata) bool { return !m.Topics.Has(topic) })
	})
}

// DeleteRecords removes the records of a partition before an offset, as retention would.
func (b *Broker) DeleteRecords(ctx context.Context, topic string, partition int32, before int64) error {
	return b.admin(func(c *kadm.Client) error {
		var o kadm.Offsets
		o.Add(kadm.Offset{Topic: topic, Partition: partition, At: before, LeaderEpoch: -1})
		answers, err := c.DeleteRecords(ctx, o)
		if err == nil {
			err = answers.Error()
		}
		if err != nil {
			return fmt.Errorf("delete records of %s/%d before %d: %w", topic, partition, before, err)
		}
		return nil
	})
}

// until polls the metadata of all topics.
func (b *Broker) until(ctx context.Context, c *kadm.Client, done func(kadm.Metadata) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		m, err := c.Metadata(ctx)
		if err == nil && done(m) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("broker did not come to it: %w", errors.Join(ctx.Err(), err))
		case <-poll.C:
		}
	}
}
