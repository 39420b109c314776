package kafka

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"insideout/models"
)

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
	if epoch := l.positions[topic+"/0"].Epoch; epoch != "" {
		t.Errorf("behind a gap nothing was read, but the position is of epoch %s", epoch)
	}
	produce(t, c, topic, 0, "d0")
	l.mustPull(s)
	if p := l.positions[topic+"/0"]; p.Next != 24 || p.Epoch == "" {
		t.Errorf("position %+v after the next message", p)
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
