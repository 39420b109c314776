package kafka

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

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
	for _, stream := range slices.Sorted(maps.Keys(p.from)) {
		label, ok := labelOf(stream, p.cfg.Topic)
		if !ok {
			continue
		}
		id := p.from[stream].Identity
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
	if position, ok := p.from[q.stream]; ok {
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
	q.next = to
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

// take hands over what a broker gave for a partition.
func (p *pull) take(ctx context.Context, l *link, q *partition, a *fetched) error {
	switch code := kafkago.Error(a.code); code {
	case 0:
	case kafkago.OffsetOutOfRange:
		return p.outOfRange(ctx, l, q)
	case kafkago.TopicAuthorizationFailed:
		return &connectors.EnvironmentError{Op: "read", What: q.stream, Err: code, Hint: "ask whoever runs the brokers for the right to read the topic"}
	default:
		return code // the leader moved, the topic went away: the next look at the metadata tells
	}
	before := q.next
	p.begin(q)
	err := p.read(ctx, q, a)
	if err != nil && (final(err) || ctx.Err() != nil) {
		return err
	}
	if handed := p.hand(ctx, q); handed != nil {
		return handed
	}
	if err != nil || q.next > before || q.done() {
		q.starved = 0
		return err
	}
	return p.nothing(q, a)
}

// nothing deals with an answer that did not bring the partition forward.
func (p *pull) nothing(q *partition, a *fetched) error {
	if q.next >= a.stable {
		q.starved = 0
		if q.end < 0 {
			return nil // the end, for now
		}
		return fmt.Errorf("messages %d to %d were there and are not now", q.next, q.end-1)
	}
	q.starved++
	if q.starved <= emptyAnswers {
		return nil
	}
	// All that is left was compacted away. Nothing is claimed about it: the position stays, and the next message that
	// comes will say how many offsets are behind it.
	q.starved = 0
	if q.end >= 0 {
		q.end = q.next
	}
	return nil
}

// read goes through the batches of an answer.
func (p *pull) read(ctx context.Context, q *partition, a *fetched) error {
	p.stable.reset(a.aborted)
	for set := a.set; len(set) > 0 && !q.done(); {
		b, rest, err := nextBatch(set)
		if errors.Is(err, errPartial) {
			return nil
		}
		if err == nil {
			err = p.batch(ctx, q, &b)
		}
		var broken *batchError
		if errors.As(err, &broken) {
			return p.unreadable(q, broken)
		}
		if err != nil {
			return err
		}
		set = rest
	}
	return nil
}

// unreadable has a batch fetched once more, because it may have been hurt on its way; then it is a gap or the end.
func (p *pull) unreadable(q *partition, broken *batchError) error {
	if q.bad != broken.Base {
		q.bad = broken.Base
		return broken
	}
	if p.cfg.OnGap != GapRecord {
		return &connectors.DataError{Op: "read", What: q.stream, Err: broken,
			Hint: "the copy on this broker is damaged; on_gap: record goes on behind the batch and writes the loss down"}
	}
	return p.gap(q, max(broken.Last, q.next)+1, "unreadable: "+broken.Reason)
}

// batch accounts for every offset of a batch that is not yet delivered.
func (p *pull) batch(ctx context.Context, q *partition, b *batch) error {
	if b.control() {
		if _, err := p.inflater.open(b); err != nil {
			return err
		}
	}
	skip := p.stable.skip(b)
	if b.last < q.next {
		return nil
	}
	if skip {
		// Markers and aborted records take offsets and carry nothing.
		q.epoch = b.epoch
		p.pass(q, b.last+1)
		return nil
	}
	data, err := p.inflater.open(b)
	if err != nil {
		return err
	}
	q.epoch = b.epoch
	for range b.count {
		var r record
		if r, data, err = nextRecord(data, b.base); err != nil {
			return &batchError{b.base, b.last, err.Error()}
		}
		if r.offset > b.last {
			return &batchError{b.base, b.last, fmt.Sprintf("record with offset %d", r.offset)}
		}
		if r.offset < q.next {
			continue // before the position: batches are handed out whole
		}
		p.pass(q, r.offset)
		if err := p.record(q, &r); err != nil {
			return err
		}
		q.next = r.offset + 1
		if q.next-p.tally.First >= int64(p.opt.Rows) || p.held >= p.opt.Bytes {
			if err := p.hand(ctx, q); err != nil {
				return err
			}
		}
	}
	p.pass(q, b.last+1) // the end of the batch, compacted away
	return nil
}

// pass steps over offsets that carry nothing for this reader: markers, aborted records, compacted ones.
func (p *pull) pass(q *partition, to int64) {
	if to > q.next {
		p.tally.Control += to - q.next
		q.next = to
	}
}

// record puts one message into the batch, or among the rejects. A tombstone (no value) says that a key is to be
// forgotten by compaction; it is no record of any dataset and counts as filtered.
func (p *pull) record(q *partition, r *record) error {
	if r.value == nil {
		p.tally.Filtered++
		return nil
	}
	p.held += len(r.value)
	if err := p.json.Extract(r.value, p.values); err != nil {
		var payload *connectors.PayloadError
		if !errors.As(err, &payload) {
			return &connectors.DataError{Op: "read", What: fmt.Sprintf("%s, message %d", q.stream, r.offset), Err: err}
		}
		p.reject(q, r, models.Reject{Code: payload.Code, Detail: payload.Detail})
		return nil
	}
	records, dropped, filtered, bad := p.binder.Bind(p.values, p.rest, r.offset)
	switch {
	case bad != nil:
		p.reject(q, r, *bad)
	case filtered || records == 0:
		p.tally.Filtered++
	default:
		p.tally.Loaded++
		p.tally.Records += int64(records)
		p.tally.Dropped += int64(dropped)
	}
	return nil
}

func (p *pull) reject(q *partition, r *record, bad models.Reject) {
	bad.Stream, bad.Position = q.stream, r.offset
	bad.Raw, bad.Key = bytes.Clone(r.value), bytes.Clone(r.key)
	p.rejects = append(p.rejects, bad)
	p.tally.Rejected++
}

// begin starts a delivery at the partition's position.
func (p *pull) begin(q *partition) {
	p.tally = models.Range{Stream: q.stream, First: q.next}
	p.rejects, p.gaps, p.held = p.rejects[:0], p.gaps[:0], 0
	p.binder.Reset()
}

// hand emits what was gathered since begin, and begins again. An empty delivery is emitted only by a following pull
// whose beat is due.
func (p *pull) hand(ctx context.Context, q *partition) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	due := p.opt.Follow && time.Since(p.emitted) >= tick
	if q.next == p.tally.First && !due {
		return nil
	}
	p.tally.Next, p.tally.Identity, p.tally.Epoch = q.next, p.identity, epochName(q.epoch)
	d := models.Delivery{Source: p.title, Range: p.tally, Rejects: p.rejects, Gaps: p.gaps, At: p.opt.Now().UTC()}
	if b := p.binder.Batch(); b.Rows() > 0 {
		d.Records = []*models.Batch{b}
	}
	if err := p.emit(ctx, &d); err != nil {
		return &emitError{err}
	}
	p.emitted = time.Now()
	clear(p.rejects)
	p.begin(q)
	return nil
}
