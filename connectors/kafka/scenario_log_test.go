package kafka

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	kafkago "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"

	"insideout/models"
)

func transactions(t *testing.T, w world, topic string) {
	w.create(t, topic, 1, nil)
	plain := producer(t, w)
	one, two := producer(t, w, kgo.TransactionalID(topic+"-1")), producer(t, w, kgo.TransactionalID(topic+"-2"))
	// A real broker writes the marker of a transaction after it has answered that the transaction is over, so each step
	// waits until the log is as long as it should be.
	produce(t, plain, topic, 0, "plain0")                          // 0
	transaction(t, one, kgo.TryCommit, topic, 0, "kept0", "kept1") // 1, 2, marker 3
	reaches(t, w, topic, 4)
	transaction(t, one, kgo.TryAbort, topic, 0, "dropped0", "dropped1", "dropped2") // 4 to 6, marker 7
	reaches(t, w, topic, 8)
	if err := two.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	produce(t, two, topic, 0, "kept2")                      // 8
	transaction(t, one, kgo.TryAbort, topic, 0, "dropped3") // 9, marker 10
	reaches(t, w, topic, 11)
	produce(t, two, topic, 0, "kept3")                    // 11
	transaction(t, one, kgo.TryCommit, topic, 0, "kept4") // 12, marker 13
	reaches(t, w, topic, 14)
	produce(t, plain, topic, 0, "plain1")                                  // 14
	if err := two.EndTransaction(t.Context(), kgo.TryCommit); err != nil { // marker 15
		t.Fatal(err)
	}
	reaches(t, w, topic, 16)
	if err := two.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	produce(t, two, topic, 0, "open0") // 16, and nothing behind it is stable
	produce(t, plain, topic, 0, "plain2")
	want := []string{"0 plain0", "1 kept0", "2 kept1", "8 kept2", "11 kept3", "12 kept4", "14 plain1"}
	if got := oracle(t, w, topic, 0, len(want)); !slices.Equal(got, want) {
		t.Fatalf("franz-go sees %v, want %v", got, want)
	}
	for _, rows := range []int{0, 1} { // whole answers, and a delivery a message
		l := newLake(t)
		s := source(t, w, Config{Topic: topic}, Options{Rows: rows})
		l.mustPull(s)
		if got := l.rows[topic+"/0"]; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if next := l.positions[topic+"/0"].Next; next != 16 || l.total.Control != 9 {
			t.Errorf("next %d with %d control, want 16 with 9: five markers and four dropped messages", next, l.total.Control)
		}
		// From every position inside, the rest is the same.
		for from := int64(0); from <= 16; from++ {
			part := newLake(t)
			part.positions[topic+"/0"] = models.Position{Stream: topic + "/0", Next: from}
			part.mustPull(s)
			rest := want[slices.IndexFunc(append(want, "16 end"), func(row string) bool {
				var offset int64
				fmt.Sscan(row, &offset)
				return offset >= from
			}):]
			if got := part.rows[topic+"/0"]; !slices.Equal(got, rest) {
				t.Errorf("from %d: %v, want %v", from, got, rest)
			}
		}
	}
	if err := two.EndTransaction(t.Context(), kgo.TryAbort); err != nil { // marker 18
		t.Fatal(err)
	}
	reaches(t, w, topic, 19)
	l := newLake(t)
	l.mustPull(source(t, w, Config{Topic: topic}, Options{}))
	if got := l.rows[topic+"/0"]; !slices.Equal(got, append(want, "17 plain2")) || l.positions[topic+"/0"].Next != 19 {
		t.Errorf("after the abort: %v up to %d", got, l.positions[topic+"/0"].Next)
	}
}

func codecs(t *testing.T, w world, topic string) {
	w.create(t, topic, 1, nil)
	var want []string
	for i, codec := range []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()} {
		names := ids(fmt.Sprintf("codec%d-", i), 500)
		produce(t, producer(t, w, kgo.ProducerBatchCompression(codec)), topic, 0, names...)
		want = append(want, names...)
	}
	for _, codec := range []kafkago.Compression{kafkago.Gzip, kafkago.Snappy, kafkago.Lz4, kafkago.Zstd} {
		// kafka-go frames snappy as the Java client does.
		writer := &kafkago.Writer{Addr: kafkago.TCP(w.addr()), Topic: topic, Compression: codec, BatchTimeout: time.Millisecond, RequiredAcks: kafkago.RequireAll}
		names := ids("kafka-go-"+codec.String()+"-", 100)
		var messages []kafkago.Message
		for _, n := range names {
			messages = append(messages, kafkago.Message{Value: value(n)})
		}
		if err := writer.WriteMessages(t.Context(), messages...); err != nil {
			t.Fatal(err)
		}
		writer.Close()
		want = append(want, names...)
	}
	l := newLake(t)
	l.mustPull(source(t, w, Config{Topic: topic}, Options{}))
	if got := l.all(topic + "/0"); !slices.Equal(got, want) {
		t.Errorf("%d messages, want %d, in the order written", len(got), len(want))
	}
}

func poison(t *testing.T, w world, topic string) {
	w.create(t, topic, 1, nil)
	send(t, producer(t, w),
		&kgo.Record{Topic: topic, Key: []byte("k0"), Value: value("good0")},
		&kgo.Record{Topic: topic, Key: []byte("k1"), Value: []byte(`{"id":"x","at":17000`)},
		&kgo.Record{Topic: topic, Key: []byte("k2")},                                       // a tombstone
		&kgo.Record{Topic: topic, Key: []byte("k3"), Value: []byte{}},                      // empty, which is not a tombstone
		&kgo.Record{Topic: topic, Key: []byte("k4"), Value: []byte(`{"id":"y"}`)},          // a required field is missing
		&kgo.Record{Topic: topic, Value: []byte(`{"id":"z","at":"yesterday"}`)},            // of another type
		&kgo.Record{Topic: topic, Key: []byte("k6"), Value: []byte("\xff\xfe\x00 binary")}, // of another format
		&kgo.Record{Topic: topic, Key: []byte("k7"), Value: value("good1")})
	l := newLake(t)
	l.mustPull(source(t, w, Config{Topic: topic}, Options{}))
	if got, want := l.rows[topic+"/0"], []string{"0 good0", "7 good1"}; !slices.Equal(got, want) {
		t.Errorf("loaded %v, want %v", got, want)
	}
	want := models.Range{Loaded: 2, Filtered: 1, Rejected: 5}
	if diff := cmp.Diff(want, l.total); diff != "" {
		t.Error(diff)
	}
	var got []string
	for _, r := range l.rejects {
		got = append(got, fmt.Sprintf("%s %d %s %q", r.Stream, r.Position, r.Key, r.Raw))
		if r.Code == "" || r.Detail == "" {
			t.Errorf("reject without code or detail: %+v", r)
		}
	}
	if diff := cmp.Diff([]string{
		topic + `/0 1 k1 "{\"id\":\"x\",\"at\":17000"`,
		topic + `/0 3 k3 ""`,
		topic + `/0 4 k4 "{\"id\":\"y\"}"`,
		topic + `/0 5  "{\"id\":\"z\",\"at\":\"yesterday\"}"`,
		topic + `/0 6 k6 "\xff\xfe\x00 binary"`,
	}, got); diff != "" {
		t.Error(diff)
	}
}

func compacted(t *testing.T, w world, topic string) {
	w.create(t, topic, 1, map[string]string{"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01", "segment.ms": "100",
		"min.compaction.lag.ms": "0", "max.compaction.lag.ms": "100", "delete.retention.ms": "0"})
	c := producer(t, w)
	record := func(key string, i int) *kgo.Record {
		return &kgo.Record{Topic: topic, Key: []byte(key), Value: value(fmt.Sprintf("%s-%d", key, i))}
	}
	send(t, c, record("z", 0))
	for i := range 20 {
		send(t, c, record("a", i), record("b", i))
	}
	// Compaction leaves the newest segment alone, so something must open a new one; that it was at work shows when the
	// message behind the first one is gone.
	deadline := time.Now().Add(40 * time.Second)
	poll := time.NewTicker(150 * time.Millisecond)
	defer poll.Stop()
	sent := 41
	for {
		send(t, c, record("c", sent))
		sent++
		w.compact(t)
		if rows := oracle(t, w, topic, 0, 2); rows[0] == "0 z" && !strings.HasPrefix(rows[1], "1 ") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the broker did not compact the topic")
		}
		<-poll.C
	}
	l := newLake(t)
	l.mustPull(source(t, w, Config{Topic: topic}, Options{Rows: 3}))
	names := l.all(topic + "/0")
	if !slices.Contains(names, "a-19") || !slices.Contains(names, "b-19") {
		t.Errorf("loaded %v", names)
	}
	if l.total.Control == 0 || l.total.Loaded+l.total.Control != l.positions[topic+"/0"].Next {
		t.Errorf("%+v up to %d of %d", l.total, l.positions[topic+"/0"].Next, sent)
	}
	if l.positions[topic+"/0"].Next != int64(sent) {
		t.Errorf("ended at %d of %d", l.positions[topic+"/0"].Next, sent)
	}
}
