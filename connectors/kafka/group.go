package kafka

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol/offsetcommit"

	"insideout/models"
)

// group keeps commits apart from a pull that may be running.
type group struct {
	mu    sync.Mutex
	label string // how the streams of the last pull are called
}

// Committed writes positions that are safe in the lake to the configured group, so that lag tools can see them. The
// lake's own positions stay the truth: a failure here loses nothing and should be a warning. Without a group it does
// nothing.
func (s *Source) Committed(ctx context.Context, positions models.Positions) error {
	if s.cfg.Group == "" {
		return nil
	}
	s.group.mu.Lock()
	defer s.group.mu.Unlock()
	var offsets []offsetcommit.RequestPartition
	for stream, position := range positions {
		label, ok := labelOf(stream, s.cfg.Topic)
		if !ok || s.group.label != "" && label != s.group.label {
			continue // of another topic, or of the one that had this name before
		}
		_, text, _ := cutLast(stream, "/")
		id, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			continue
		}
		offsets = append(offsets, offsetcommit.RequestPartition{PartitionIndex: int32(id), CommittedOffset: position.Next, CommittedLeaderEpoch: parseEpoch(position.Epoch)})
	}
	if len(offsets) == 0 {
		return nil
	}
	slices.SortFunc(offsets, func(a, b offsetcommit.RequestPartition) int { return int(a.PartitionIndex - b.PartitionIndex) })
	timeout := s.cfg.Timeout.or(10 * time.Second)
	calm := patience{limit: timeout}
	for {
		err := s.commit(ctx, timeout, offsets)
		if err == nil {
			return nil
		}
		if !calm.wait(ctx) {
			return fmt.Errorf("commit offsets of group %s: %w", s.cfg.Group, err)
		}
	}
}

func (s *Source) commit(ctx context.Context, timeout time.Duration, offsets []offsetcommit.RequestPartition) error {
	c := s.cluster(0, timeout)
	defer c.close()
	var errs []error
	for _, addr := range s.cfg.Brokers {
		l, err := c.link(ctx, addr)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		at, err := l.coordinator(ctx, timeout, s.cfg.Group)
		if err == nil {
			l, err = c.link(ctx, at)
		}
		if err == nil {
			err = l.commit(ctx, timeout, s.cfg.Group, s.cfg.Topic, offsets)
		}
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return join(errs)
}
