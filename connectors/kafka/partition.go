package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	kafkago "github.com/segmentio/kafka-go"

	"insideout/connectors"
	"insideout/models"
)

// partition is how far a pull is with one partition.
type partition struct {
	id          int32
	stream      string
	leader      int32
	leaderEpoch int32
	open        bool  // its ends are known
	next        int64 // first offset not yet delivered
	end         int64 // first offset not to be read; -1 when following
	epoch       int32 // leader epoch of the batch before next; -1 if unknown
	check       bool  // the leader changed: ask whether it has that epoch up to next
	starved     int   // answers in a row without anything although there is something
	bad         int64 // first offset of a batch that could not be read and is being fetched again; -1 for none
}

func (q *partition) done() bool { return q.open && q.end >= 0 && q.next >= q.end }

// Streams are named "topic/partition"; those of a topic that was made anew and accepted "topic@id/partition", so that
// offsets that begin again at 0 never meet those of before.
func streamName(label string, id int32) string { return label + "/" + strconv.Itoa(int(id)) }

// labelOf returns the part of a stream's name before the partition if the stream is of the topic.
func labelOf(stream, topic string) (string, bool) {
	label, partition, ok := cutLast(stream, "/")
	if !ok || label != topic && !strings.HasPrefix(label, topic+"@") {
		return "", false
	}
	_, err := strconv.ParseUint(partition, 10, 31)
	return label, err == nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// The epoch of a position is the leader epoch under which the record before it was written; empty if unknown.
func epochName(epoch int32) string {
	if epoch < 0 {
		return ""
	}
	return strconv.Itoa(int(epoch))
}

func parseEpoch(s string) int32 {
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		return int32(n)
	}
	return -1
}

// names chooses how streams are called, and refuses positions that are of another topic of the same name. A position
// without identity is taken for one of this topic.
func (p *pull) names(identity string) (string, error) {
	other := ""
	from := p.crew.positions()
	for _, stream := range slices.Sorted(maps.Keys(from)) {
		label, ok := labelOf(stream, p.cfg.Topic)
		if !ok {
			continue
		}
		id := from[stream].Identity
		if id == identity || id == "" {
			return label, nil
		}
		other = id
	}
	switch {
	case other == "":
		return p.cfg.Topic, nil
	case !p.opt.AcceptNewTopic:
		return "", p.anotherTopic(other, identity)
	}
	return p.cfg.Topic + "@" + strings.ReplaceAll(identity, " ", "-"), nil
}

func (p *pull) anotherTopic(before, now string) error {
	return &connectors.EnvironmentError{Op: "read topic", What: p.cfg.Topic,
		Err:  fmt.Errorf("it is another topic than before: it was %s and is %s", before, now),
		Hint: "it was deleted and made anew, or the brokers are others. If that is meant, run again with --accept-new-topic: the new topic is read from its beginning, what was loaded from the old one stays"}
}

func (p *pull) truncated(q *partition, end int64) error {
	what := fmt.Sprintf("the log ends at %d", end)
	if end < 0 {
		what = "the log has forgotten what was read"
	}
	return &connectors.EnvironmentError{Op: "read", What: q.stream,
		Err:  fmt.Errorf("the log was truncated: messages up to %d were loaded, %s", q.next-1, what),
		Hint: "brokers lost acknowledged messages (unclean leader election, or restored from an older copy). New messages take the offsets of lost ones, so going on would mix them: compare with the producers, then load into an empty lake"}
}

// open finds the ends of a partition and checks its position against them.
func (p *pull) open(ctx context.Context, q *partition) error {
	l, err := p.leader(ctx, q)
	if err != nil {
		return err
	}
	ask := func(at int64, committed bool) (n int64) {
		if err == nil {
			n, err = l.offset(ctx, p.timeout, p.cfg.Topic, q.id, q.leaderEpoch, at, committed)
		}
		return n
	}
	start, high, end := ask(atEarliest, false), ask(atLatest, false), ask(atLatest, true)
	if err != nil {
		var code kafkago.Error
		if !errors.As(err, &code) {
			p.drop(l.address)
		}
		return fmt.Errorf("partition %d of %s: %w", q.id, l.address, err)
	}
	q.next, q.end = start, end
	if p.opt.Follow {
		q.end = -1
	}
	if position, ok := p.crew.position(q.stream); ok {
		q.next = position.Next
		q.epoch = parseEpoch(position.Epoch)
		if q.epoch >= 0 {
			if err := p.stillThere(ctx, l, q); err != nil {
				return err
			}
		}
		if q.next > high {
			if err := p.probe(ctx, l, q); err != nil {
				return err
			}
		}
		if q.next < start {
			if err := p.lost(ctx, q, start); err != nil {
				return err
			}
		}
	}
	q.open = true
	return nil
}

// lost deals with a retention gap: offsets from the position to start are gone.
func (p *pull) lost(ctx context.Context, q *partition, start int64) error {
	p.begin(q)
	if err := p.gap(q, start, "deleted before they were read, by retention or by a person"); err != nil {
		return err
	}
	return p.hand(ctx, q)
}

// gap writes off the offsets up to to, or refuses to.
func (p *pull) gap(q *partition, to int64, reason string) error {
	if p.cfg.OnGap != GapRecord {
		return &connectors.EnvironmentError{Op: "read", What: q.stream,
			Err:  fmt.Errorf("messages %d to %d are gone: %s", q.next, to-1, reason),
			Hint: "on_gap: record goes on behind them and writes the loss down"}
	}
	p.gaps = append(p.gaps, models.Gap{Stream: q.stream, From: q.next, To: to, Reason: reason, DetectedAt: p.opt.Now().UTC()})
	p.tally.Missing += to - q.next
	q.next, q.epoch = to, -1 // what was before the new position nobody knows
	return nil
}

// stillThere asks the leader whether its log has the epoch of the last record read up to the position.
func (p *pull) stillThere(ctx context.Context, l *link, q *partition) error {
	end, err := l.epochEnd(ctx, p.timeout, p.cfg.Topic, q.id, q.leaderEpoch, q.epoch)
	var code kafkago.Error
	switch {
	case errors.As(err, &code):
		return fmt.Errorf("partition %d of %s: %w", q.id, l.address, err)
	case err != nil:
		p.drop(l.address)
		return err
	case end < q.next:
		return p.truncated(q, end)
	}
	q.check = false
	return nil
}

// probe tells a position behind the end of the log, which means truncation, from a leader that only does not know yet
// how far its followers are.
func (p *pull) probe(ctx context.Context, l *link, q *partition) error {
	r := fetchRequest{topic: p.cfg.Topic, id: p.topic.id, maxBytes: 1, perPart: 1,
		wants: []want{{partition: q.id, leaderEpoch: q.leaderEpoch, offset: q.next}}}
	answers, err := l.fetch(ctx, p.timeout, &r, nil)
	if err != nil {
		p.drop(l.address)
		return err
	}
	for _, a := range answers {
		if kafkago.Error(a.code) == kafkago.OffsetOutOfRange {
			return p.truncated(q, a.high)
		}
	}
	return nil
}

// outOfRange finds out why a broker refused an offset.
func (p *pull) outOfRange(ctx context.Context, l *link, q *partition) error {
	start, err := l.offset(ctx, p.timeout, p.cfg.Topic, q.id, q.leaderEpoch, atEarliest, false)
	if err != nil {
		return err
	}
	if q.next < start {
		return p.lost(ctx, q, start)
	}
	high, err := l.offset(ctx, p.timeout, p.cfg.Topic, q.id, q.leaderEpoch, atLatest, false)
	if err != nil {
		return err
	}
	if q.next > high {
		return p.truncated(q, high)
	}
	return kafkago.OffsetOutOfRange // neither any more: try again
}
