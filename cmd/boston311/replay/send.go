package replay

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ErrTopicExists is what Send returns when the topic is there already: sending the cases a second time would be wrong.
var ErrTopicExists = errors.New("the topic is there already")

// Send makes the topic and sends the events, in order within each partition. The client is franz-go's, so that the
// pipeline's own consumer meets batches that another hand has written. Events of 2015 are kept for ever.
func Send(ctx context.Context, brokers []string, topic string, partitions int32, events []Event) error {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(brokers...),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.ZstdCompression()),
	)
	if err != nil {
		return fmt.Errorf("connect to %v: %w", brokers, err)
	}
	defer client.Close()
	keep := "-1"
	made, err := kadm.NewClient(client).CreateTopic(ctx, partitions, 1, map[string]*string{"retention.ms": &keep}, topic)
	if errors.Is(err, kerr.TopicAlreadyExists) || errors.Is(made.Err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("topic %s: %w", topic, ErrTopicExists)
	}
	if err := errors.Join(err, made.Err); err != nil {
		return fmt.Errorf("make topic %s: %w", topic, err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for i := range events {
		e := &events[i]
		r := &kgo.Record{Topic: topic, Partition: e.Partition, Key: e.Key, Value: e.Value, Timestamp: e.At}
		client.Produce(ctx, r, func(_ *kgo.Record, err error) {
			if err != nil {
				cancel(err) // the first error ends the sending; later ones are its echo
			}
		})
		if ctx.Err() != nil {
			break
		}
	}
	flushed := client.Flush(ctx)
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("send to topic %s: %w", topic, cause)
	}
	if flushed != nil {
		return fmt.Errorf("send to topic %s: %w", topic, flushed)
	}
	return nil
}
