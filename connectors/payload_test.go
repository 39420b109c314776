package connectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPayload_Check(t *testing.T) {
	web := &Registry{URL: "https://registry.example:8081"}
	for name, c := range map[string]struct {
		payload Payload
		want    []string
	}{
		"nothing said":            {Payload{}, nil},
		"avro with a registry":    {Payload{Format: FormatAvro, Registry: web}, nil},
		"protobuf with a file":    {Payload{Format: FormatProtobuf, Schema: "x.proto", Message: "desk.Contact"}, nil},
		"debezium":                {Payload{Envelope: EnvelopeDebezium, Deletes: DeletesRecord}, nil},
		"unknown words":           {Payload{Format: "thrift", Envelope: "debezum", Deletes: "drop"}, []string{"format", "envelope", "deletes", "deletes"}},
		"deletes not declared":    {Payload{Envelope: EnvelopeDebezium}, []string{"deletes"}},
		"deletes without":         {Payload{Deletes: DeletesIgnore}, []string{"deletes"}},
		"no schema":               {Payload{Format: FormatAvro}, []string{"format"}},
		"a schema for plain JSON": {Payload{Registry: web}, []string{"format"}},
		"two schemas":             {Payload{Format: FormatAvro, Registry: web, Schema: "x.avsc"}, []string{"schema"}},
		"a message of nothing":    {Payload{Format: FormatAvro, Registry: web, Message: "M"}, []string{"message"}},
		"a path":                  {Payload{Format: FormatAvro, Registry: &Registry{URL: "/registry"}}, []string{"registry.url"}},
		"a password in the URL":   {Payload{Format: FormatAvro, Registry: &Registry{URL: "https://u:p@registry.example"}}, []string{"registry.url"}},
		"half a login":            {Payload{Format: FormatAvro, Registry: &Registry{URL: web.URL, UserEnv: "U"}}, []string{"registry"}},
		"two logins":              {Payload{Format: FormatAvro, Registry: &Registry{URL: web.URL, UserEnv: "U", PasswordEnv: "P", TokenEnv: "T"}}, []string{"registry"}},
	} {
		var got []string
		for _, p := range c.payload.Check("") {
			got = append(got, p.Path)
			if p.Message == "" || p.Hint == "" || strings.Contains(p.Error(), "u:p@") {
				t.Errorf("%s: %+v", name, p)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestPayload_CheckPlaces(t *testing.T) {
	m := Mapping{Map: map[string]Rule{"contact_id": {From: Places{"$envelope.source", "$envelope.id"}}, "updated_at": {From: Places{"$timestamp"}}, "team": {From: Places{"$queue"}}, "reason": {From: Places{"/$reason"}}},
		Each: []map[string]Rule{{"outcome": {From: Places{"$header."}}}}, Where: map[string][]string{"$envelope.op": {"c"}, "$topics": {"x"}}}
	paths := func(p Payload) (out []string) {
		for _, problem := range p.CheckPlaces(m) {
			out = append(out, problem.Path)
		}
		return out
	}
	if diff := cmp.Diff([]string{"map.contact_id", "map.contact_id", "map.team", "each[0].outcome", "where.$envelope.op", "where.$topics"}, paths(Payload{})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"map.team", "each[0].outcome", "where.$topics"}, paths(Payload{Envelope: EnvelopeCloudEvents})); diff != "" {
		t.Error(diff)
	}
}

func TestSecret_IsNeverShown(t *testing.T) {
	const canary = "canary-4711"
	t.Setenv("TEST_SECRET", canary)
	s, err := SecretFrom("TEST_SECRET")
	if err != nil || s.Reveal() != canary || s.Empty() {
		t.Fatalf("%v %v", s, err)
	}
	type holder struct {
		S Secret
		P *Secret
	}
	h := holder{s, &s}
	text, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "holder", h)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "holder", h)
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v %s %q %x %d", h, h, h, s, s, s, s), string(text), log.String(), fmt.Sprint(s, &s), s.String()} {
		if strings.Contains(shown, canary) || strings.Contains(shown, fmt.Sprintf("%x", canary)) || !strings.Contains(shown, "***") {
			t.Errorf("shown as %s", shown)
		}
	}
	var e *EnvironmentError
	if _, err := SecretFrom("TEST_SECRET_NOT_SET"); !errors.As(err, &e) || !strings.Contains(err.Error(), "TEST_SECRET_NOT_SET") {
		t.Errorf("not set: %v", err)
	}
	if none, err := SecretFrom(""); err != nil || !none.Empty() {
		t.Errorf("no name: %v %v", none, err)
	}
}
