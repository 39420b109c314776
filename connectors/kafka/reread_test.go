package kafka

import (
	"errors"
	"testing"

	"insideout/connectors"
	"insideout/connectors/wire"
	"insideout/models"
)

func TestReread(t *testing.T) {
	plain := connectors.Payload{}
	events := connectors.Payload{Envelope: connectors.EnvelopeCloudEvents}
	const event = `{"specversion":"1.0","id":"1","source":"s","type":"t","data":{"id":"a","at":1700000000000}}`
	for name, c := range map[string]struct {
		payload    connectors.Payload
		id         string // place of the contact's id
		stream     string
		key, value string
		want       string // id, "reject CODE" or "unkept"
	}{
		"a value":            {plain, "id", "letters/3", "", `{"id":"a","at":1700000000000}`, "a"},
		"a key":              {plain, "$key", "letters@id/0", "k1", `{"at":1700000000000}`, "k1"},
		"its place":          {plain, "$partition", "letters/3", "", `{"at":1700000000000}`, "3"},
		"not yet":            {plain, "id", "letters/3", "", `{"id":"a","at":"x"}`, "reject wrong_type"},
		"damaged":            {plain, "id", "letters/3", "", `{"id":`, "reject malformed"},
		"a header":           {plain, "$header.id", "letters/3", "", `{"at":1700000000000}`, "unkept"},
		"a timestamp":        {plain, "$timestamp", "letters/3", "", `{"at":1700000000000}`, "unkept"},
		"another topic":      {plain, "id", "numbers/3", "", `{"id":"a","at":1700000000000}`, "unkept"},
		"a structured event": {events, "id", "letters/3", "", event, "a"},
		"a binary event":     {events, "id", "letters/3", "", `{"id":"a","at":1700000000000}`, "unkept"},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := connectors.NewBinder(connectors.Mapping{To: "contacts", Map: map[string]connectors.Rule{
				"contact_id": {From: connectors.Places{c.id}},
				"updated_at": {From: connectors.Places{"at"}, Time: "unix_ms"},
			}}, connectors.BinderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			x, err := wire.Messages(b.Places(), wire.Options{Payload: c.payload})
			if err != nil {
				t.Fatal(err)
			}
			s, err := New("letters", Config{Brokers: []string{"broker.example:9092"}, Topic: "letters", Payload: c.payload}, b, x, Options{})
			if err != nil {
				t.Fatal(err)
			}
			r := models.Reject{Stream: c.stream, Position: 12, Code: "unlisted_value", Raw: []byte(c.value), Key: []byte(c.key)}
			for range 2 {
				read, err := s.Reread(t.Context(), &r)
				got := ""
				_, unkept := errors.AsType[*connectors.UnkeptError](err)
				switch {
				case unkept:
					got = "unkept"
				case err != nil:
					t.Fatal(err)
				case read.Reject != nil:
					got = "reject " + read.Reject.Code
				case read.Records.Rows() == 1 && read.Records.Positions[0] == 12:
					got = read.Records.Columns[read.Records.Schema.Field("contact_id")].Texts[0]
				}
				if got != c.want {
					t.Errorf("%q, want %q (%v)", got, c.want, err)
				}
			}
		})
	}
}
