package kafka

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// transactional makes a batch of n records of a producer.
func transactional(t *testing.T, producer, base int64, n int) batch {
	records := make([]protocol.Record, n)
	for i := range records {
		records[i] = message(int64(i), "", "v")
	}
	return parsed(t, written(t, protocol.Transactional, records...), producer, base)
}

// marker makes a control batch; kind 0 is abort, 1 commit. Its layout is that of Kafka's EndTransactionMarker.
func marker(t *testing.T, producer, base int64, kind uint16) batch {
	key := binary.BigEndian.AppendUint16([]byte{0, 0}, kind)
	value := []byte{0, 0, 0, 0, 0, 7} // version, coordinator epoch
	r := protocol.Record{Time: time.UnixMilli(1), Key: protocol.NewBytes(key), Value: protocol.NewBytes(value)}
	return parsed(t, written(t, protocol.Transactional|protocol.Control, r), producer, base)
}

func parsed(t *testing.T, raw []byte, producer, base int64) batch {
	t.Helper()
	raw = at(raw, base)
	binary.BigEndian.PutUint64(raw[batchProducer:], uint64(producer))
	b, rest, err := nextBatch(resealed(raw))
	if err != nil || len(rest) != 0 {
		t.Fatalf("%v, %d bytes left", err, len(rest))
	}
	return b
}

func TestStable_Skip(t *testing.T) {
	plain := func(base int64, n int) batch {
		b := transactional(t, 1, base, n)
		b.attributes &^= attrTransactional
		return b
	}
	for _, c := range []struct {
		name    string
		list    []aborted
		batches []batch
		want    []bool
	}{
		{"committed only", nil,
			[]batch{transactional(t, 1, 0, 2), marker(t, 1, 2, 1), transactional(t, 1, 3, 1), marker(t, 1, 4, 1)},
			[]bool{false, true, false, true}},
		{"aborted, then committed by the same producer", []aborted{{1, 0}},
			[]batch{transactional(t, 1, 0, 2), marker(t, 1, 2, 0), transactional(t, 1, 3, 1), marker(t, 1, 4, 1)},
			[]bool{true, true, false, true}},
		{"two producers interleaved, one aborted", []aborted{{2, 1}},
			[]batch{transactional(t, 1, 0, 1), transactional(t, 2, 1, 1), transactional(t, 1, 2, 1), marker(t, 2, 3, 0), marker(t, 1, 4, 1)},
			[]bool{false, true, false, true, true}},
		{"a commit marker of another producer ends nothing", []aborted{{1, 0}},
			[]batch{transactional(t, 1, 0, 1), marker(t, 2, 1, 1), marker(t, 2, 2, 0), transactional(t, 1, 3, 1), marker(t, 1, 4, 0)},
			[]bool{true, true, true, true, true}},
		{"aborted twice", []aborted{{1, 0}, {1, 2}},
			[]batch{transactional(t, 1, 0, 1), marker(t, 1, 1, 0), transactional(t, 1, 2, 1), marker(t, 1, 3, 0), transactional(t, 1, 4, 1)},
			[]bool{true, true, true, true, false}},
		{"the list out of order", []aborted{{2, 5}, {1, 0}},
			[]batch{transactional(t, 1, 0, 1), transactional(t, 2, 1, 1), marker(t, 1, 2, 0), marker(t, 2, 3, 1), transactional(t, 2, 5, 1)},
			[]bool{true, false, true, true, true}},
		{"the answer begins inside an aborted transaction", []aborted{{1, 0}},
			[]batch{transactional(t, 1, 40, 1), marker(t, 1, 41, 0), transactional(t, 1, 42, 1)},
			[]bool{true, true, false}},
		{"messages outside transactions of an idempotent producer", []aborted{{1, 0}},
			[]batch{plain(0, 3), transactional(t, 1, 3, 1), marker(t, 1, 4, 0)},
			[]bool{false, true, true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s stable
			s.reset([]aborted{{1, 0}, {2, 0}}) // of the answer before, to be forgotten
			s.skip(&batch{base: 0, last: 0})
			s.reset(c.list)
			var got []bool
			for _, b := range c.batches {
				got = append(got, s.skip(&b))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("skipped %v, want %v", got, c.want)
			}
		})
	}
}
