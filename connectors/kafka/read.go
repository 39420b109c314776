package kafka

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"insideout/connectors"
	"insideout/models"
)

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
		if p.message.Timestamp = b.firstTime + r.delta; b.attributes&attrAppendTime != 0 {
			p.message.Timestamp = b.maxTime
		}
		if p.message.Headers, err = appendHeaders(p.message.Headers[:0], r.headers); err != nil {
			return &batchError{b.base, b.last, err.Error()}
		}
		if err := p.record(ctx, q, &r); err != nil {
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

// record puts one message into the batch, or among the rejects.
func (p *pull) record(ctx context.Context, q *partition, r *record) error {
	p.held += len(r.value)
	m := &p.message
	m.Partition, m.Offset, m.Key, m.Value = q.id, r.offset, r.key, r.value
	ok, err := p.reader.Read(ctx, m, p.values)
	if err != nil {
		var payload *connectors.PayloadError
		var environment *connectors.EnvironmentError
		switch {
		case errors.As(err, &environment), ctx.Err() != nil:
			return err
		case !errors.As(err, &payload):
			return &connectors.DataError{Op: "read", What: fmt.Sprintf("%s, message %d", q.stream, r.offset), Err: err}
		}
		p.reject(q, r, models.Reject{Code: payload.Code, Detail: payload.Detail})
		return nil
	}
	if !ok {
		p.tally.Filtered++
		return nil
	}
	records, dropped, filtered, bad := p.binder.Bind(p.values, p.reader.Rest, r.offset)
	if err := p.binder.Frozen(); err != nil {
		return &connectors.DataError{Op: "read", What: fmt.Sprintf("%s, message %d", q.stream, r.offset), Err: err}
	}
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
	bad.Raw, bad.Key, bad.Beside = bytes.Clone(r.value), bytes.Clone(r.key), beside(p.message.Timestamp, r.headers)
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
	if err := p.crew.hand(ctx, &d); err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return err
		}
		return &emitError{err}
	}
	p.emitted = time.Now()
	clear(p.rejects)
	p.begin(q)
	return nil
}
