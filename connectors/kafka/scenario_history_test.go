package kafka

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"insideout/models"
)

// fate is what became of one offset at the producer's side. Offsets without one are markers of transactions.
type fate struct {
	id      string // of a good record
	key     string
	bad     bool
	nothing bool // a tombstone
	aborted bool
}

// history makes a topic's life up by lot and remembers it.
type history struct {
	t       *testing.T
	w       world
	topic   string
	draw    *rand.Rand
	plain   *kgo.Client
	writers []*historyWriter
	lake    *lake
	compact bool
	logs    map[string]map[int64]*fate // by stream, then offset
	label   string                     // of the streams of the topic as it is now
	serial  int
}

// historyWriter has at most one transaction open.
type historyWriter struct {
	client *kgo.Client
	open   bool
	sent   []*fate
}

const historyPartitions = 2

// randomHistory holds the account of a whole history: what was produced is in the lake, among the rejects, in a named gap
// or, where the protocol says that it is to be left out (aborted, tombstone, compacted away by a newer one), counted; each
// exactly once, and nothing else is there.
func randomHistory(t *testing.T, w world, topic string, seed uint64, compact bool) {
	h := &history{t: t, w: w, topic: topic, draw: rand.New(rand.NewPCG(seed, 1)), plain: producer(t, w), lake: newLake(t), compact: compact, logs: map[string]map[int64]*fate{}, label: topic}
	for i := range 2 {
		h.writers = append(h.writers, &historyWriter{client: producer(t, w, kgo.TransactionalID(fmt.Sprintf("%s-%d", topic, i)))})
	}
	h.create()
	for range 40 {
		switch action := h.draw.IntN(20); {
		case action < 7:
			h.produce(h.plain, nil)
		case action < 13:
			h.transact(h.writers[h.draw.IntN(len(h.writers))])
		case action < 15:
			h.pull()
		case action < 17 && !compact:
			h.forget()
		case action < 17:
			w.compact(t)
		case action == 17 && !compact && h.draw.IntN(2) == 0:
			h.anew()
		}
	}
	for _, u := range h.writers {
		h.end(u, h.draw.IntN(2) == 0)
	}
	h.settle()
	h.pull()
	h.account()
}

func (h *history) source() *Source {
	return source(h.t, h.w, Config{Topic: h.topic, OnGap: GapRecord}, Options{Rows: 1 + h.draw.IntN(20), AcceptNewTopic: true})
}

// create makes the topic with a first message in each partition, and reads these: what was never read and of which no
// position is known was never promised.
func (h *history) create() {
	settings := map[string]string{}
	if h.compact {
		settings = map[string]string{"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01", "segment.ms": "100", "min.compaction.lag.ms": "0", "max.compaction.lag.ms": "100"}
	}
	h.w.create(h.t, h.topic, historyPartitions, settings)
	h.plain = producer(h.t, h.w) // one that outlived the topic would remember the old one
	var first []*kgo.Record
	var fates []*fate
	for p := range int32(historyPartitions) {
		h.serial++
		f := &fate{id: fmt.Sprintf("m%d", h.serial)}
		fates = append(fates, f)
		first = append(first, &kgo.Record{Topic: h.topic, Partition: p, Key: []byte(f.id), Value: value(f.id)})
	}
	send(h.t, h.plain, first...)
	before := map[string]bool{}
	for stream := range h.lake.positions {
		before[stream] = true
	}
	h.lake.mustPull(h.source())
	for stream := range h.lake.positions {
		if !before[stream] {
			h.label, _ = labelOf(stream, h.topic)
		}
	}
	h.remember(first, fates)
}

func (h *history) remember(records []*kgo.Record, fates []*fate) {
	for i, r := range records {
		stream := streamName(h.label, r.Partition)
		if h.logs[stream] == nil {
			h.logs[stream] = map[int64]*fate{}
		}
		h.logs[stream][r.Offset] = fates[i]
	}
}

// produce writes a few messages to one partition: good ones, bad ones, tombstones.
func (h *history) produce(c *kgo.Client, u *historyWriter) {
	p := h.draw.Int32N(historyPartitions)
	var records []*kgo.Record
	var fates []*fate
	for range 1 + h.draw.IntN(5) {
		h.serial++
		f, r := &fate{id: fmt.Sprintf("m%d", h.serial)}, &kgo.Record{Topic: h.topic, Partition: p}
		r.Key = []byte(f.id)
		if h.compact {
			r.Key = []byte{byte('a' + h.draw.IntN(4))}
		}
		switch r.Value = value(f.id); h.draw.IntN(8) {
		case 0:
			f.bad, r.Value = true, []byte(`{"id":`)
		case 1:
			f.nothing, r.Value = true, nil
		}
		f.key = string(r.Key)
		records, fates = append(records, r), append(fates, f)
	}
	send(h.t, c, records...)
	if u != nil {
		u.sent = append(u.sent, fates...)
	}
	h.remember(records, fates)
}

func (h *history) transact(u *historyWriter) {
	switch {
	case !u.open:
		if err := u.client.BeginTransaction(); err != nil {
			h.t.Fatal(err)
		}
		u.open = true
		h.produce(u.client, u)
	case h.draw.IntN(2) == 0:
		h.produce(u.client, u)
	default:
		h.end(u, h.draw.IntN(2) == 0)
	}
}

func (h *history) end(u *historyWriter, commit bool) {
	if !u.open {
		return
	}
	if err := u.client.EndTransaction(h.t.Context(), kgo.TransactionEndTry(commit)); err != nil {
		h.t.Fatal(err)
	}
	for _, f := range u.sent {
		f.aborted = !commit
	}
	u.open, u.sent = false, nil
}

func (h *history) pull() { h.lake.mustPull(h.source()) }

// forget deletes the messages of a partition before some offset that is stable.
func (h *history) forget() {
	p := h.draw.Int32N(historyPartitions)
	ends, err := kadm.NewClient(h.plain).ListCommittedOffsets(h.t.Context(), h.topic)
	if err != nil {
		h.t.Fatal(err)
	}
	starts, err := kadm.NewClient(h.plain).ListStartOffsets(h.t.Context(), h.topic)
	if err != nil {
		h.t.Fatal(err)
	}
	start, _ := starts.Lookup(h.topic, p)
	if end, _ := ends.Lookup(h.topic, p); end.Offset > start.Offset {
		h.w.forget(h.t, h.topic, p, start.Offset+h.draw.Int64N(end.Offset-start.Offset+1))
	}
}

// anew deletes the topic when all of it was read, and makes another of the same name.
func (h *history) anew() {
	for _, u := range h.writers {
		h.end(u, true)
	}
	h.settle()
	h.pull()
	h.w.remove(h.t, h.topic)
	h.create()
	for i := range h.writers {
		h.writers[i] = &historyWriter{client: producer(h.t, h.w, kgo.TransactionalID(fmt.Sprintf("%s-%d-%d", h.topic, i, h.serial)))}
	}
}

// settle waits until no transaction is open: brokers write markers after they have answered.
func (h *history) settle() {
	deadline := time.Now().Add(20 * time.Second)
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		c := kadm.NewClient(h.plain)
		stable, err := c.ListCommittedOffsets(h.t.Context(), h.topic)
		ends, errs := c.ListEndOffsets(h.t.Context(), h.topic)
		same := err == nil && errs == nil
		for p := range int32(historyPartitions) {
			s, _ := stable.Lookup(h.topic, p)
			e, _ := ends.Lookup(h.topic, p)
			same = same && s.Offset == e.Offset
		}
		if same {
			return
		}
		if time.Now().After(deadline) {
			h.t.Fatal("a transaction stays open")
		}
		<-poll.C
	}
}

// account compares, offset by offset.
func (h *history) account() {
	t := h.t
	type place struct {
		stream string
		offset int64
	}
	loaded, rejected, lost := map[place]string{}, map[place]bool{}, map[place]bool{}
	for stream, rows := range h.lake.rows {
		for _, row := range rows {
			var offset int64
			var id string
			fmt.Sscan(row, &offset, &id)
			at := place{stream, offset}
			if _, twice := loaded[at]; twice {
				t.Errorf("%v is in the lake twice", at)
			}
			loaded[at] = id
		}
	}
	for _, r := range h.lake.rejects {
		at := place{r.Stream, r.Position}
		if rejected[at] {
			t.Errorf("%v is rejected twice", at)
		}
		rejected[at] = true
	}
	for _, g := range h.lake.gaps {
		for offset := g.From; offset < g.To; offset++ {
			at := place{g.Stream, offset}
			if lost[at] {
				t.Errorf("%v is lost twice", at)
			}
			lost[at] = true
		}
	}
	var want models.Range
	for stream, position := range h.lake.positions {
		log := h.logs[stream]
		for offset := range log {
			if offset >= position.Next {
				t.Errorf("%s: %d was written, and the pull ended at %d", stream, offset, position.Next)
			}
		}
		newer := map[string]bool{} // keys that come again behind the offset
		for offset := position.Next - 1; offset >= 0; offset-- {
			at, f := place{stream, offset}, log[offset]
			id, in := loaded[at]
			switch {
			case lost[at]:
				want.Missing++
				if in || rejected[at] {
					t.Errorf("%v is lost and here", at)
				}
			case f == nil, f.aborted:
				want.Control++
				if in || rejected[at] {
					t.Errorf("%v is a marker or aborted, and here", at)
				}
			case in:
				want.Loaded++
				if f.bad || f.nothing || f.id != id {
					t.Errorf("%v holds %q, written was %+v", at, id, *f)
				}
			case rejected[at]:
				want.Rejected++
				if !f.bad {
					t.Errorf("%v is rejected, written was %+v", at, *f)
				}
			case f.nothing && !h.compact:
				want.Filtered++
			case f.nothing && h.compact: // filtered, or compacted away in the end
			case !h.compact || !newer[f.key]:
				t.Errorf("%v is nowhere, written was %+v", at, *f)
			}
			// The fake broker compacts in favour of an aborted message too, which a real one does not.
			if _, strict := h.w.(real); f != nil && !(strict && f.aborted) {
				newer[f.key] = true
			}
		}
	}
	got := h.lake.total
	if h.compact { // a tombstone is filtered, or compacted away like others
		if sum := got.Loaded + got.Rejected + got.Filtered + got.Control; sum != h.all() || got.Loaded != want.Loaded || got.Rejected != want.Rejected {
			t.Errorf("%+v, want all %d with %+v", got, h.all(), want)
		}
	} else if got.Loaded != want.Loaded || got.Rejected != want.Rejected || got.Filtered != want.Filtered || got.Control != want.Control || got.Missing != want.Missing {
		t.Errorf("counted %+v, want %+v", got, want)
	}
	for at := range loaded {
		if !strings.HasPrefix(at.stream, h.topic) {
			t.Errorf("%v is of another topic", at)
		}
	}
}

// all is the number of offsets read.
func (h *history) all() (n int64) {
	for _, p := range h.lake.positions {
		n += p.Next
	}
	return n
}

func TestFake_RandomHistories(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { randomHistory(t, newFake(t), "history", seed, seed%6 == 5) })
	}
}

// randomHistories is the same on any broker, a few of them.
func randomHistories(t *testing.T, w world, topic string) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { randomHistory(t, w, fmt.Sprintf("%s-%d", topic, seed), 100+seed, seed == 5) })
	}
}
