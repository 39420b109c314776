package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"insideout/testdata/broker"
)

const topicConfig = `name: Test
limits: {reject_share: 0.5}
sources:
  - name: contacts
    to: contacts
    kafka: {brokers: ["%s"], topic: %s, patience: 5s}
    map: {contact_id: id, updated_at: {from: at, time: "2006-01-02T15:04:05Z07:00"}, team: queue}
`

// TestRun_OnARealBroker meets what goes wrong with topics: one that is not there, a message that is no JSON, a value that is
// none, and a broker that goes away.
func TestRun_OnARealBroker(t *testing.T) {
	b := broker.Require(t, broker.Options{})
	ctx := t.Context()
	if err := b.CreateTopic(ctx, "contacts", 3, nil); err != nil {
		t.Fatal(err)
	}
	produce(t, b.Addr(), "contacts",
		`{"id":"1","at":"2025-03-03T10:00:00Z","queue":"a"}`, `{"id":"2","at":`, `{"id":"3","at":"yesterday","queue":"a"}`,
		`{"id":"4","at":"2025-03-04T10:00:00Z","queue":"b"}`)
	dir := t.TempDir()
	config := filepath.Join(dir, "insideout.yaml")
	write := func(topic string) {
		if err := os.WriteFile(config, fmt.Appendf(nil, topicConfig, b.Addr(), topic), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	write("contcts")
	if got := failing(t, 3, "run", "--config", config); !strings.Contains(got, "contcts") || !strings.Contains(got, "contacts") {
		t.Errorf("an unknown topic is answered with: %s", got)
	}

	write("contacts")
	if got := insideout(t, 0, "run", "--config", config); !strings.Contains(got, "4 rows read, 2 of them rejected") {
		t.Errorf("got %s", got)
	}
	status := insideout(t, 0, "status", "--config", config)
	for _, want := range []string{"malformed", "wrong_type", "contacts/"} {
		if !strings.Contains(status, want) {
			t.Errorf("status does not say %q:\n%s", want, status)
		}
	}

	if err := b.Kill(); err != nil {
		t.Fatal(err)
	}
	if got := failing(t, 3, "run", "--config", config); !strings.Contains(got, b.Addr()) {
		t.Errorf("a broker that is away is answered with: %s", got)
	}
	if err := b.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if got := insideout(t, 0, "run", "--config", config); !strings.Contains(got, "nothing new was read; nothing changed") {
		t.Errorf("after the broker's return: %s", got)
	}
	produce(t, b.Addr(), "contacts", `{"id":"5","at":"2025-03-05T10:00:00Z","queue":"b"}`)
	if got := insideout(t, 0, "run", "--config", config); !strings.Contains(got, "1 rows read") && !strings.Contains(got, "1 row read") {
		t.Errorf("one new message: %s", got)
	}
}

// failing runs the command and wants its exit code; it returns what it said on standard error.
func failing(t *testing.T, code int, args ...string) string {
	t.Helper()
	var out, err bytes.Buffer
	if got := Main(context.Background(), args, nil, &out, &err); got != code {
		t.Fatalf("insideout %v: exit code %d, want %d\n%s%s", args, got, code, out.String(), err.String())
	}
	return err.String()
}

func produce(t *testing.T, addr, topic string, values ...string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.DefaultProduceTopic(topic))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for i, v := range values {
		r := &kgo.Record{Key: []byte{byte(i)}, Value: []byte(v)}
		if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}
