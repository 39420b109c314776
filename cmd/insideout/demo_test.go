package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"insideout/cmd/insideout/story"
)

// demoInstrument asks one question for each planted condition, which keeps the tests small.
func demoInstrument() []story.Dimension {
	var out []story.Dimension
	for _, t := range story.Planted() {
		out = append(out, story.Dimension{ID: t.Condition, Items: []story.Item{{ID: t.Condition + "_1", Text: "A question.", Low: 1, High: 5}}})
	}
	return out
}

// consume reads whole topics with another client than the pipeline's own and returns the number of messages.
func consume(ctx context.Context, broker string, want int) (int, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics(story.TopicContacts, story.TopicFeedback))
	if err != nil {
		return 0, err
	}
	defer client.Close()
	n := 0
	for n < want {
		f := client.PollFetches(ctx)
		if err := f.Err(); err != nil {
			return n, err
		}
		n += f.NumRecords()
	}
	return n, nil
}

func TestDemo_TwiceOnOneFolder(t *testing.T) {
	world, err := story.New(3, demoInstrument())
	if err != nil {
		t.Fatal(err)
	}
	topics, err := world.Topics()
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, topic := range topics {
		want += len(topic.Messages)
	}

	dir := filepath.Join(t.TempDir(), "demo")
	runs := 0
	d := demo{Dir: dir, Seed: 3, Instrument: demoInstrument(), Out: io.Discard}
	d.Run = func(ctx context.Context, config string) error {
		runs++
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		text, err := os.ReadFile(config)
		if err != nil {
			return err
		}
		_, rest, found := strings.Cut(string(text), `brokers: ["`)
		broker, _, _ := strings.Cut(rest, `"`)
		if !found {
			t.Fatalf("no broker in the configuration:\n%s", text)
		}
		got, err := consume(ctx, broker, want)
		if err == nil && got != want {
			t.Errorf("run %d: %d messages on the broker, want %d", runs, got, want)
		}
		return err
	}
	if err := runDemo(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	key, err := os.Stat(filepath.Join(dir, "insideout.key"))
	if err != nil {
		t.Fatal(err)
	}
	if key.Mode().Perm() != 0o600 {
		t.Errorf("key has rights %v, want -rw-------", key.Mode().Perm())
	}

	// What a person writes into the configuration stays, and the broker has the same events again.
	config := filepath.Join(dir, "insideout.yaml")
	f, err := os.OpenFile(config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(f, "# mine\n")
	f.Close()
	if err := runDemo(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(config)
	if !strings.HasSuffix(string(text), "# mine\n") {
		t.Error("the second demonstration wrote over the configuration")
	}
	if runs != 2 {
		t.Errorf("%d runs, want 2", runs)
	}
}

func TestDemo_RefusesForeignFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(context.Context, string) error { t.Error("ran in a foreign folder"); return nil }
	err := runDemo(t.Context(), demo{Dir: dir, Seed: 3, Instrument: demoInstrument(), Out: io.Discard, Run: run})
	var refused *demoError
	if !errors.As(err, &refused) {
		t.Fatalf("error %v, want a refusal", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("the foreign folder was changed: %v", entries)
	}
}

func TestDemo_RefusesAnotherSeed(t *testing.T) {
	dir := t.TempDir()
	if err := writeDemoState(dir, demoState{Version: story.Version, Seed: 4, Broker: "127.0.0.1:1", Ready: true}); err != nil {
		t.Fatal(err)
	}
	err := runDemo(t.Context(), demo{Dir: dir, Seed: 3, Instrument: demoInstrument(), Out: io.Discard})
	var refused *demoError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "seed 4") {
		t.Errorf("error %v, want a refusal that names seed 4", err)
	}
}

func TestDemo_MakesAHalfMadeFolderAnew(t *testing.T) {
	dir := t.TempDir()
	if err := writeDemoState(dir, demoState{Version: story.Version, Seed: 3, Broker: "127.0.0.1:1"}); err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(dir, "broker", "partitions", "left-over")
	if err := os.MkdirAll(stale, 0o700); err != nil {
		t.Fatal(err)
	}
	ran := false
	run := func(_ context.Context, config string) error {
		ran = true
		if _, err := os.Stat(config); err != nil {
			t.Error(err)
		}
		return nil
	}
	if err := runDemo(t.Context(), demo{Dir: dir, Seed: 3, Instrument: demoInstrument(), Out: io.Discard, Run: run}); err != nil {
		t.Fatal(err)
	}
	if !ran {
		t.Error("the run was left out")
	}
	if _, err := os.Stat(stale); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what an earlier attempt left on the broker is still there (%v)", err)
	}
	state, err := demoFolder(dir, 3)
	if err != nil || !state.Ready {
		t.Errorf("afterwards the folder is %+v (%v), want ready", state, err)
	}
}

func TestDemo_SaysThatThePortIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	if err := writeDemoState(dir, demoState{Version: story.Version, Seed: 3, Broker: l.Addr().String(), Ready: true}); err != nil {
		t.Fatal(err)
	}
	run := func(context.Context, string) error { t.Error("ran without a broker"); return nil }
	err = runDemo(t.Context(), demo{Dir: dir, Seed: 3, Instrument: demoInstrument(), Out: io.Discard, Run: run})
	var refused *demoError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("error %v, want one that names %s", err, l.Addr())
	}
}

// TestDemo_StopsWhenAsked cancels while the exports are written; the folder is then half-made, which the next call mends.
func TestDemo_StopsWhenAsked(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := filepath.Join(t.TempDir(), "demo")
	err := runDemo(ctx, demo{Dir: dir, Seed: 3, Instrument: demoInstrument(), Out: io.Discard})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	if state, err := demoFolder(dir, 3); err != nil || state.Ready {
		t.Errorf("afterwards the folder is %+v (%v), want half-made", state, err)
	}
}
