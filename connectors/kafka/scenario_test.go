package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	kafkago "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"

	"insideout/connectors"
	"insideout/models"
	"insideout/testdata/broker"
)

// scenarios run on both brokers. Topics are named by the scenario, so one broker serves all.
var scenarios = []struct {
	name string
	run  func(t *testing.T, w world, topic string)
}{
	{"catch up and go on", catchUp},
	{"transactions", transactions},
	{"codecs", codecs},
	{"tombstones and poison", poison},
	{"gap refused", gapRefused},
	{"gap recorded", gapRecorded},
	{"gap in the middle of a pull", gapInPull},
	{"topic made anew", madeAnew},
	{"topic made anew during a pull", madeAnewInPull},
	{"truncated", truncated},
	{"compacted", compacted},
	{"unknown topic", unknownTopic},
	{"follow", follow},
	{"group", groupOffsets},
	{"killed and restarted", killed}, // last: it takes the broker down
}

func TestFake(t *testing.T) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) { s.run(t, newFake(t), strings.ReplaceAll(s.name, " ", "-")) })
	}
}

func TestRealBroker(t *testing.T) {
	w := real{broker.Require(t, broker.Options{})}
	t.Run("conformance", func(t *testing.T) { conformReal(t, w) })
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) { s.run(t, w, strings.ReplaceAll(s.name, " ", "-")) })
	}
}

// The same answers from brokers of other ages: topics without ids, fetches by name.
func TestFake_OlderBrokers(t *testing.T) {
	for name, v := range map[string]*kversion.Versions{"2.3": kversion.V2_3_0(), "2.7": kversion.V2_7_0(), "3.0": kversion.V3_0_0(), "3.9": kversion.V3_9_0()} {
		t.Run(name, func(t *testing.T) {
			for _, s := range scenarios[:6] {
				t.Run(s.name, func(t *testing.T) {
					s.run(t, newFake(t, kfake.MaxVersions(v)), strings.ReplaceAll(s.name, " ", "-"))
				})
			}
		})
	}
	t.Run("too old", func(t *testing.T) {
		w := newFake(t, kfake.MaxVersions(kversion.V2_1_0()))
		err := newLake(t).pull(source(t, w, Config{Topic: "letters"}, Options{}))
		var environment *connectors.EnvironmentError
		if !errors.As(err, &environment) || !strings.Contains(environment.Hint, "Kafka 2.3") {
			t.Errorf("got %v", err)
		}
	})
}

func catchUp(t *testing.T, w world, topic string) {
	w.create(t, topic, 3, nil)
	c := producer(t, w)
	produce(t, c, topic, 0, ids("a", 250)...)
	produce(t, c, topic, 2, ids("c", 10)...)
	l := newLake(t)
	s := source(t, w, Config{Topic: topic}, Options{Rows: 100})
	l.mustPull(s)
	if got := l.all(topic + "/0"); !slices.Equal(got, ids("a", 250)) {
		t.Errorf("partition 0: %v", got)
	}
	if got := l.all(topic + "/2"); !slices.Equal(got, ids("c", 10)) {
		t.Errorf("partition 2: %v", got)
	}
	if l.total.Loaded != 260 || l.total.Control != 0 || l.deliveries != 4 {
		t.Errorf("%+v in %d deliveries, want 260 loaded in 4 of at most 100", l.total, l.deliveries)
	}
	l.mustPull(s)
	if l.deliveries != 4 {
		t.Errorf("%d deliveries after a pull without news, want still 4", l.deliveries)
	}
	produce(t, c, topic, 1, "b0")
	produce(t, c, topic, 2, "c10")
	l.mustPull(source(t, w, Config{Topic: topic}, Options{}))
	if got := append(l.all(topic+"/1"), l.rows[topic+"/2"][10:]...); !slices.Equal(got, []string{"b0", "10 c10"}) {
		t.Errorf("afterwards: %v", got)
	}
}

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

// environment asserts the kind of an error and what it says.
func environment(t *testing.T, err error, says ...string) {
	t.Helper()
	var e *connectors.EnvironmentError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an EnvironmentError", err)
	}
	if e.Hint == "" {
		t.Errorf("no hint: %v", err)
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("got %v, want …%s…", err, s)
		}
	}
}

func gapRefused(t *testing.T, w world, topic string) {
	w.create(t, topic, 1, nil)
	c := producer(t, w)
	produce(t, c, topic, 0, ids("a", 10)...)
	l := newLake(t)
	s := source(t, w, Config{Topic: topic}, Options{})
	l.mustPull(s)
	produce(t, c, topic, 0, ids("b", 10)...)
	w.forget(t, topic, 0, 15)
	environment(t, l.pull(s), topic+"/0", "messages 10 to 14 are gone", "on_gap: record")
	if l.positions[topic+"/0"].Next != 10 {
		t.Errorf("position moved to %d", l.positions[topic+"/0"].Next)
	}
	// A partition without a position starts at what there is; nothing of it was ever promised.
	fresh := newLake(t)
	fresh.mustPull(s)
	if got := fresh.rows[topic+"/0"]; len(got) != 5 || got[0] != "15 b5" || len(fresh.gaps) != 0 {
		t.Errorf("from the beginning: %v, gaps %v", got, fresh.gaps)
	}
}

func gapRecorded(t *testing.T, w world, topic string) {
	w.create(t, topic, 1, nil)
	c := producer(t, w)
	produce(t, c, topic, 0, ids("a", 10)...)
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	s := source(t, w, Config{Topic: topic, OnGap: GapRecord}, Options{Now: func() time.Time { return now }})
	l := newLake(t)
	l.mustPull(s)
	produce(t, c, topic, 0, ids("b", 10)...)
	w.forget(t, topic, 0, 15)
	l.mustPull(s)
	if got := l.rows[topic+"/0"][10:]; !slices.Equal(got, []string{"15 b5", "16 b6", "17 b7", "18 b8", "19 b9"}) {
		t.Errorf("behind the gap: %v", got)
	}
	want := []models.Gap{{Stream: topic + "/0", From: 10, To: 15, DetectedAt: now, Reason: "deleted before they were read, by retention or by a person"}}
	if diff := cmp.Diff(want, l.gaps); diff != "" || l.total.Missing != 5 {
		t.Errorf("%d missing\n%s", l.total.Missing, diff)
	}
	// Everything gone: the gap reaches the end and the pull ends there.
	produce(t, c, topic, 0, ids("c", 3)...)
	w.forget(t, topic, 0, 23)
	l.mustPull(s)
	if l.positions[topic+"/0"].Next != 23 || l.total.Missing != 8 {
		t.Errorf("position %d, %d missing; want 23 and 8", l.positions[topic+"/0"].Next, l.total.Missing)
	}
}

// gapInPull deletes messages between two fetches of one pull.
func gapInPull(t *testing.T, w world, topic string) {
	w.create(t, topic, 1, nil)
	c := producer(t, w, kgo.ProducerBatchCompression(kgo.NoCompression()))
	long := strings.Repeat("x", 200_000)
	for i := range 40 { // 8 MB: twice what one fetch brings of a partition
		send(t, c, &kgo.Record{Topic: topic, Value: fmt.Appendf(nil, `{"id":"n%d","at":1700000000000,"text":%q}`, i, long)})
	}
	l := newLake(t)
	l.after = func(*models.Delivery) error {
		l.after = nil
		w.forget(t, topic, 0, 38)
		return nil
	}
	l.mustPull(source(t, w, Config{Topic: topic, OnGap: GapRecord}, Options{Rows: 5}))
	names := l.all(topic + "/0")
	if len(names) < 5 || !slices.Equal(names[len(names)-2:], []string{"n38", "n39"}) || l.total.Missing == 0 {
		t.Fatalf("loaded %v, %d missing", names, l.total.Missing)
	}
	if l.total.Loaded+l.total.Missing != 40 || len(l.gaps) != 1 || l.gaps[0].To != 38 {
		t.Errorf("%+v, gaps %+v", l.total, l.gaps)
	}
}

func madeAnew(t *testing.T, w world, topic string) {
	w.create(t, topic, 2, nil)
	produce(t, producer(t, w), topic, 0, ids("old", 10)...)
	l := newLake(t)
	l.mustPull(source(t, w, Config{Topic: topic}, Options{}))
	w.remove(t, topic)
	w.create(t, topic, 2, nil)
	produce(t, producer(t, w), topic, 0, ids("new", 20)...)
	err := l.pull(source(t, w, Config{Topic: topic}, Options{}))
	environment(t, err, topic, "another topic than before", "--accept-new-topic")
	l.mustPull(source(t, w, Config{Topic: topic}, Options{AcceptNewTopic: true}))
	var stream string
	for name := range l.rows {
		if strings.HasPrefix(name, topic+"@") {
			stream = name
		}
	}
	if got := l.all(stream); !slices.Equal(got, ids("new", 20)) {
		t.Errorf("stream %q of the new topic: %v", stream, got)
	}
	if got := l.all(topic + "/0"); !slices.Equal(got, ids("old", 10)) {
		t.Errorf("stream of the old topic: %v", got)
	}
	// Accepted once is accepted for good.
	produce(t, producer(t, w), topic, 0, "new20")
	l.mustPull(source(t, w, Config{Topic: topic}, Options{}))
	if got := l.all(stream); !slices.Equal(got, ids("new", 21)) {
		t.Errorf("afterwards: %v", got)
	}
}

func madeAnewInPull(t *testing.T, w world, topic string) {
	w.create(t, topic, 1, nil)
	produce(t, producer(t, w), topic, 0, ids("old", 10)...)
	l := newLake(t)
	l.after = func(*models.Delivery) error {
		l.after = nil
		w.remove(t, topic)
		w.create(t, topic, 1, nil)
		produce(t, producer(t, w), topic, 0, ids("new", 20)...)
		return nil
	}
	err := l.pull(source(t, w, Config{Topic: topic}, Options{Follow: true}))
	environment(t, err, topic, "another topic than before")
	if got := l.all(topic + "/0"); !slices.Equal(got, ids("old", 10)) {
		t.Errorf("loaded %v, want nothing of the new topic", got)
	}
}

func truncated(t *testing.T, w world, topic string) {
	w.create(t, topic, 1, nil)
	produce(t, producer(t, w), topic, 0, ids("a", 10)...)
	l := newLake(t)
	s := source(t, w, Config{Topic: topic}, Options{})
	l.mustPull(s)
	good := l.positions[topic+"/0"]
	epoch := parseEpoch(good.Epoch)
	if epoch < 0 || good.Identity == "" {
		t.Errorf("position %+v", good)
	}
	for name, known := range map[string]string{"of the epoch": good.Epoch, "without epoch": "", "of a lost epoch": epochName(epoch + 5)} {
		for _, following := range []bool{false, true} {
			bad := newLake(t)
			bad.positions[good.Stream] = models.Position{Stream: good.Stream, Identity: good.Identity, Epoch: known, Next: 25}
			err := bad.pull(source(t, w, Config{Topic: topic}, Options{Follow: following}))
			environment(t, err, good.Stream, "truncated", "messages up to 24 were loaded")
			if bad.deliveries > 0 {
				t.Errorf("%s: %d deliveries", name, bad.deliveries)
			}
		}
	}
	// An epoch that the log never had is a loss even if the log is long enough again.
	bad := newLake(t)
	bad.positions[good.Stream] = models.Position{Stream: good.Stream, Identity: good.Identity, Epoch: epochName(epoch + 5), Next: 4}
	environment(t, bad.pull(s), "truncated", "forgotten")
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

func unknownTopic(t *testing.T, w world, topic string) {
	w.create(t, "orders-eu", 1, nil)
	w.create(t, "contacts-eu", 1, nil)
	start := time.Now()
	err := newLake(t).pull(source(t, w, Config{Topic: "contact-eu"}, Options{}))
	environment(t, err, "contact-eu", "no such topic", "topics that are there: contacts-eu, ")
	if time.Since(start) > 20*time.Second {
		t.Error("it took the whole patience to say so")
	}
}

func follow(t *testing.T, w world, topic string) {
	w.create(t, topic, 2, nil)
	c := producer(t, w)
	produce(t, c, topic, 0, "a0")
	l := newLake(t)
	s := source(t, w, Config{Topic: topic}, Options{Follow: true})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	l.after = func(*models.Delivery) error {
		switch {
		case l.total.Loaded == 1 && l.empty == 0:
		case l.total.Loaded == 1 && l.empty == 1:
			produce(t, c, topic, 1, "b0")
		case l.total.Loaded == 2 && l.empty >= 2:
			cancel()
		}
		return nil
	}
	if err := s.Pull(ctx, models.Positions{}, l.emit); err != nil {
		t.Errorf("a cancelled pull returned %v", err)
	}
	if got := append(l.all(topic+"/0"), l.all(topic+"/1")...); !slices.Equal(got, []string{"a0", "b0"}) || l.empty < 2 {
		t.Errorf("loaded %v with %d beats", got, l.empty)
	}
}

func groupOffsets(t *testing.T, w world, topic string) {
	w.create(t, topic, 2, nil)
	c := producer(t, w)
	produce(t, c, topic, 0, ids("a", 7)...)
	produce(t, c, topic, 1, ids("b", 3)...)
	l := newLake(t)
	s := source(t, w, Config{Topic: topic, Group: "insideout-" + topic}, Options{})
	l.mustPull(s)
	l.positions["other/0"] = models.Position{Stream: "other/0", Next: 99}
	if err := s.Committed(t.Context(), l.positions); err != nil {
		t.Fatal(err)
	}
	got, err := kadm.NewClient(c).FetchOffsets(t.Context(), "insideout-"+topic)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := got.Lookup(topic, 0)
	b, _ := got.Lookup(topic, 1)
	if a.At != 7 || b.At != 3 || len(got) != 1 {
		t.Errorf("offsets of the group: %+v", got)
	}
	if err := source(t, w, Config{Topic: topic}, Options{}).Committed(t.Context(), l.positions); err != nil {
		t.Errorf("without a group: %v", err)
	}
}

// killed takes the broker away in the middle of a following pull and brings it back.
func killed(t *testing.T, w world, topic string) {
	w.create(t, topic, 2, nil)
	for p := range int32(2) {
		produce(t, producer(t, w), topic, p, ids(fmt.Sprintf("p%d-", p), 100)...)
	}
	var notices []string
	l := newLake(t)
	s := source(t, w, Config{Topic: topic, Patience: Wait(50 * time.Second)}, Options{Follow: true, Rows: 30,
		Notice: func(m string) { notices = append(notices, m) }})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	again := make(chan struct{})
	l.after = func(*models.Delivery) error {
		if l.deliveries == 2 {
			w.kill(t)
			go func() {
				defer close(again)
				w.revive(t)
				for p := range int32(2) {
					produce(t, producer(t, w), topic, p, "late")
				}
			}()
		}
		if l.total.Loaded == 202 {
			cancel()
		}
		return nil
	}
	err := s.Pull(ctx, models.Positions{}, l.emit)
	<-again
	if err != nil {
		t.Fatal(err)
	}
	for p := range 2 {
		if got, want := l.all(fmt.Sprintf("%s/%d", topic, p)), append(ids(fmt.Sprintf("p%d-", p), 100), "late"); !slices.Equal(got, want) {
			t.Errorf("partition %d: %v", p, got)
		}
	}
	if len(notices) != 2 || !strings.Contains(notices[0], "trying again") || !strings.Contains(notices[1], "answer again") {
		t.Errorf("notices: %q", notices)
	}
}
