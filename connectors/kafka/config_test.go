package kafka

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"insideout/connectors"
	"insideout/models/strictyaml"
)

func TestConfig_Check(t *testing.T) {
	good := Config{Brokers: []string{"127.0.0.1:9092", "[::1]:9093"}, Topic: "contacts.v1", Payload: connectors.Payload{Format: connectors.FormatJSON}, OnGap: GapRecord, Group: "insideout"}
	if problems := good.Check(); len(problems) > 0 {
		t.Errorf("%v", problems)
	}
	var paths []string
	for _, p := range (Config{Brokers: []string{"localhost", ":9092", "a:b", "a:70000", "a:9092"}, Topic: "white space", Payload: connectors.Payload{Format: "xml"}, OnGap: "ignore", Group: " g"}).Check() {
		paths = append(paths, p.Path)
		if p.Message == "" || p.Hint == "" {
			t.Errorf("%+v", p)
		}
	}
	if diff := cmp.Diff([]string{"kafka.brokers[0]", "kafka.brokers[1]", "kafka.brokers[2]", "kafka.brokers[3]", "kafka.topic", "kafka.format", "kafka.on_gap", "kafka.group"}, paths); diff != "" {
		t.Error(diff)
	}
	if got := (Config{}).Check(); len(got) != 2 || got[0].Path != "kafka.brokers" || got[1].Path != "kafka.topic" {
		t.Errorf("%v", got)
	}
	if _, err := New("x", Config{}, nil, nil, Options{}); err == nil {
		t.Error("New took an empty configuration")
	}
}

func TestConfig_YAML(t *testing.T) {
	var c Config
	_, problems := strictyaml.Decode("x.yaml", []byte("brokers: [127.0.0.1:9092]\ntopic: contacts\non_gap: record\npatience: 2m\ntimeout: 5s\ngroup: g\n"), &c)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := Config{Brokers: []string{"127.0.0.1:9092"}, Topic: "contacts", OnGap: GapRecord, Group: "g", Patience: Wait(2 * time.Minute), Timeout: Wait(5 * time.Second)}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	if _, problems := strictyaml.Decode("x.yaml", []byte("patience: soon\n"), &c); len(problems) != 1 || problems[0].Line != 1 {
		t.Errorf("%v", problems)
	}
}

func TestStreamNames(t *testing.T) {
	for stream, want := range map[string]string{"contacts/0": "contacts", "contacts@AQIDBAUGBwgJCgsMDQ4PEA/12": "contacts@AQIDBAUGBwgJCgsMDQ4PEA",
		"contacts2/0": "", "contacts": "", "contacts/x": "", "other/contacts/0": "", "contacts/-1": ""} {
		if got, ok := labelOf(stream, "contacts"); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %v, want %q", stream, got, ok, want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"orders", "contact", "contacts-eu", "Contacts", "c"}
	nearest("contacts", names)
	if diff := cmp.Diff([]string{"Contacts", "contact", "contacts-eu", "orders", "c"}, names); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"kitten", "sitting", 3}, {"", "abc", 3}, {"flaw", "lawn", 2}, {"same", "same", 0}} {
		if got := edits(c.a, c.b); got != c.want {
			t.Errorf("%s to %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

var _ connectors.Source = (*Source)(nil)
