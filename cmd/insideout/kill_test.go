//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"insideout/pipelines/lake"
	"insideout/testdata/broker"
)

// TestRun_KilledWithWorkers kills a following run with two workers again and again while messages come, as a crash would;
// in the end every message is in the lake once, and the lake's own proof holds.
func TestRun_KilledWithWorkers(t *testing.T) {
	b := broker.Require(t, broker.Options{})
	if err := b.CreateTopic(t.Context(), "contacts", 4, nil); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "insideout.yaml")
	text := strings.Replace(fmt.Sprintf(topicConfig, b.Addr(), "contacts"), "limits: {", "limits: {commit_rows: 1000, ", 1)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.DefaultProduceTopic("contacts"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	const rounds, many = 4, 3000
	for round := range rounds {
		for i := range many {
			v := fmt.Appendf(nil, `{"id":"%d-%d","at":"2025-03-03T10:00:00Z","queue":"a"}`, round, i)
			client.Produce(t.Context(), &kgo.Record{Key: fmt.Append(nil, i), Value: v}, nil)
		}
		if err := client.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		run := exec.Command(os.Args[0], "run", "--follow", "--workers", "2", "--config", config)
		run.Env = append(os.Environ(), beMain+"=1")
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		// Killed as soon as it has committed something new, with the rest of the round in its hands.
		want := int64(round*many) + 1
		deadline := time.Now().Add(time.Minute)
		poll := time.NewTicker(5 * time.Millisecond)
		for committed(dir) < want && time.Now().Before(deadline) {
			<-poll.C
		}
		poll.Stop()
		run.Process.Kill()
		run.Wait()
		if committed(dir) < want {
			t.Fatalf("nothing was committed within a minute in round %d", round)
		}
	}
	insideout(t, 0, "run", "--workers", "2", "--config", config)
	insideout(t, 0, "verify", "--config", config)
	if got := committed(dir); got != rounds*many {
		t.Errorf("%d records in the lake, want %d", got, rounds*many)
	}
}

// TestRun_SecondProcessIsTold: a lake has one writing process, whatever number of workers share a topic in it. Another one does
// nothing, ends with 3, and says who holds the lake.
func TestRun_SecondProcessIsTold(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "insideout.yaml")
	text := "name: Test\nsources:\n- {name: desk, to: contacts, file: {path: a.csv}, map: {contact_id: id, updated_at: at}}\n"
	for path, text := range map[string]string{config: text, filepath.Join(dir, "a.csv"): "id,at\n1,2025-03-03T10:00:00Z\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, err := lake.Open(filepath.Join(dir, "lake"), lake.Options{RunID: "the-first"})
	if err != nil {
		t.Fatal(err)
	}
	second := exec.Command(os.Args[0], "run", "--config", config)
	second.Env = append(os.Environ(), beMain+"=1")
	said, err := second.CombinedOutput()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.ExitCode() != 3 {
		t.Errorf("the second process: %v\n%s", err, said)
	}
	for _, want := range []string{"wait for the other run", fmt.Sprint(os.Getpid()), "the-first"} {
		if !strings.Contains(string(said), want) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
	if n := committed(dir); n != 0 {
		t.Errorf("%d records were committed beside the first process", n)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// committed is how many records the lake's manifest lists; 0 while there is none.
func committed(dir string) (n int64) {
	s, err := lake.Read(filepath.Join(dir, "lake"), nil)
	if err != nil {
		return 0
	}
	for _, total := range s.Totals() {
		n += total.Records
	}
	return n
}
