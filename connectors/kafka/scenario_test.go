package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
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
	{"random transactions", randomTransactions},
	{"random histories", randomHistories},
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
	{"two workers one leaves", workerLeaves},
	{"workers leave anywhere", workersLeaveAnywhere},
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
	for _, age := range []struct {
		name     string
		versions *kversion.Versions
		ids      bool // topics have ids
	}{{"2.3", kversion.V2_3_0(), false}, {"2.7", kversion.V2_7_0(), false}, {"3.0", kversion.V3_0_0(), true}, {"3.9", kversion.V3_9_0(), true}} {
		t.Run(age.name, func(t *testing.T) {
			for _, s := range scenarios {
				switch {
				case s.name == "random histories" || strings.Contains(s.name, "worker") || s.name == "follow" || s.name == "group" || s.name == "killed and restarted":
					continue // nothing in them depends on the versions of requests, and they take long
				case strings.HasPrefix(s.name, "topic made anew") && !age.ids:
					continue // such a broker cannot tell one topic from the next of the same name
				}
				t.Run(s.name, func(t *testing.T) {
					s.run(t, newFake(t, kfake.MaxVersions(age.versions)), strings.ReplaceAll(s.name, " ", "-"))
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
	s := source(t, w, Config{Topic: topic, Patience: Wait(100 * time.Second)}, Options{Follow: true, Rows: 30,
		Notice: func(m string) { notices = append(notices, m) }})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
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
