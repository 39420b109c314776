package kafka

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// randomTransactions has three transactional producers and a plain one write to two partitions in an order drawn by lot
// (always the same), with transactions that overlap, span partitions, are empty, or are aborted. What a pull loads must
// be what franz-go's read_committed consumer sees, message for message, offset for offset.
func randomTransactions(t *testing.T, w world, topic string) {
	const partitions, steps = 2, 250
	w.create(t, topic, partitions, nil)
	draw := rand.New(rand.NewPCG(7, 11))
	codecs := []kgo.CompressionCodec{kgo.NoCompression(), kgo.ZstdCompression(), kgo.SnappyCompression(), kgo.GzipCompression()}
	plain := producer(t, w)
	type writer struct {
		client *kgo.Client
		open   bool
		sent   [partitions]int // of the open transaction
	}
	var writers []*writer
	for i := range 3 {
		writers = append(writers, &writer{client: producer(t, w, kgo.TransactionalID(fmt.Sprintf("%s-%d", topic, i)), kgo.ProducerBatchCompression(codecs[i]))})
	}
	var kept [partitions]int
	end := func(u *writer, how kgo.TransactionEndTry) {
		if err := u.client.EndTransaction(t.Context(), how); err != nil {
			t.Fatal(err)
		}
		for p, n := range u.sent {
			if how == kgo.TryCommit {
				kept[p] += n
			}
		}
		u.open, u.sent = false, [partitions]int{}
	}
	for step := range steps {
		p := draw.IntN(partitions)
		names := ids(fmt.Sprintf("s%d-", step), 1+draw.IntN(4))
		u := writers[draw.IntN(len(writers))]
		switch action := draw.IntN(10); {
		case action == 0:
			produce(t, plain, topic, int32(p), names...)
			kept[p] += len(names)
		case !u.open:
			if err := u.client.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			u.open = true
		case action < 6:
			produce(t, u.client, topic, int32(p), names...)
			u.sent[p] += len(names)
		default:
			end(u, action%2 == 0)
		}
	}
	for i, u := range writers {
		if u.open {
			end(u, i%2 == 0)
		}
	}
	l := newLake(t)
	want := map[int32][]string{}
	for p := range int32(partitions) {
		want[p] = oracle(t, w, topic, p, kept[p])
	}
	l.mustPull(source(t, w, Config{Topic: topic}, Options{Rows: 7}))
	for p, rows := range want {
		if got := l.rows[streamName(topic, p)]; !slices.Equal(got, rows) {
			t.Errorf("partition %d: %d messages, franz-go sees %d\n%v\n%v", p, len(got), len(rows), got, rows)
		}
	}
	t.Logf("%d messages, %d offsets of markers and aborted messages", l.total.Loaded, l.total.Control)
}
