package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hamba/avro/v2"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	saslplain "github.com/twmb/franz-go/pkg/sasl/plain"

	"insideout/testdata/registry"
)

// TestRun_TopicWithSchemasAndSecrets is the whole way of a topic that needs a login, with Avro behind a registry that needs
// another: right, with the registry away, and with wrong passwords. No secret is in anything that was said or written.
func TestRun_TopicWithSchemasAndSecrets(t *testing.T) {
	const user, password, token = "canary-user-77", "canary-password-4711", "canary-token-0815"
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("PLAIN", user, password), kfake.Superuser("SCRAM-SHA-512", user, password))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	if err := cluster.CreateTopic("contacts", 3, nil); err != nil {
		t.Fatal(err)
	}
	schemas := registry.New(t)
	const text = `{"type":"record","name":"Contact","fields":[{"name":"id","type":"string"},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"queue","type":"string"}]}`
	id := registry.Register(t, schemas.URL, "contacts-value", "AVRO", text)
	schemas.Want("Bearer " + token)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.DefaultProduceTopic("contacts"), kgo.SASL(saslplain.Auth{User: user, Pass: password}.AsMechanism()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	put := func(names ...string) {
		for _, name := range names {
			v, err := avro.Marshal(avro.MustParse(text), map[string]any{"id": name, "at": time.Date(2025, 3, 3, 10, 0, 0, 0, time.UTC), "queue": "north"})
			if err != nil {
				t.Fatal(err)
			}
			r := &kgo.Record{Key: []byte(name), Value: append(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), v...), Headers: []kgo.RecordHeader{{Key: "channel", Value: []byte("phone")}}}
			if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Setenv("TEST_USER", user)
	t.Setenv("TEST_PASSWORD", password)
	t.Setenv("TEST_TOKEN", token)
	dir := t.TempDir()
	config := filepath.Join(dir, "insideout.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, `name: Test
sources:
  - name: contacts
    to: contacts
    kafka:
      brokers: [%q]
      topic: contacts
      patience: 1s
      format: avro
      registry: {url: %q, token_env: TEST_TOKEN}
      sasl: {mechanism: SCRAM-SHA-512, user_env: TEST_USER, password_env: TEST_PASSWORD}
    map: {contact_id: $key, updated_at: at, started_at: at, team: queue, channel: $header.channel}
`, cluster.ListenAddrs()[0], schemas.URL), 0o644); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	run := func(code int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if got := Main(context.Background(), append(args, "--config", config), nil, &out, &errs); got != code {
			t.Fatalf("insideout %v: exit code %d, want %d\n%s%s", args, got, code, out.String(), errs.String())
		}
		said.WriteString(out.String() + errs.String())
		return out.String() + errs.String()
	}
	run(0, "validate")
	put("a", "b", "c")
	if got := run(0, "run", "--workers", "2"); !strings.Contains(got, "3 rows read") {
		t.Errorf("got %s", got)
	}
	if got := run(0, "query", "select team, channel, contacts from fct_demand_channel"); !strings.Contains(got, "north") || !strings.Contains(got, "phone") || !strings.Contains(got, "3") {
		t.Errorf("in the warehouse: %s", got)
	}
	schemas.Away(true)
	put("d")
	if got := run(0, "run"); !strings.Contains(got, "1 row") {
		t.Errorf("with the registry away: %s", got)
	}
	schemas.Away(false)
	t.Setenv("TEST_TOKEN", token+"-wrong")
	if err := os.RemoveAll(filepath.Join(dir, "schemas")); err != nil {
		t.Fatal(err)
	}
	put("e")
	if got := run(3, "run"); !strings.Contains(got, "401") || !strings.Contains(got, schemas.URL) {
		t.Errorf("a wrong token: %s", got)
	}
	t.Setenv("TEST_TOKEN", token)
	t.Setenv("TEST_PASSWORD", password+"-wrong")
	run(3, "run")
	t.Setenv("TEST_PASSWORD", "")
	if got := run(3, "run"); !strings.Contains(got, "TEST_PASSWORD") {
		t.Errorf("no password: %s", got)
	}
	t.Setenv("TEST_PASSWORD", password)
	if got := run(0, "run", "--json"); !strings.Contains(got, `"ok": true`) {
		t.Errorf("in the end: %s", got)
	}
	run(0, "verify")

	secrets := []string{user, password, token}
	for _, s := range secrets {
		if strings.Contains(said.String(), s) {
			t.Errorf("%s is told", s)
		}
	}
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, s := range secrets {
			if bytes.Contains(b, []byte(s)) {
				t.Errorf("%s holds %s", path, s)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
