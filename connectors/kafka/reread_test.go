package kafka

import (
	"encoding/binary"
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
	header := func(pairs ...string) []byte {
		b := binary.AppendVarint(nil, int64(len(pairs)/2))
		for _, s := range pairs {
			b = append(binary.AppendVarint(b, int64(len(s))), s...)
		}
		return beside(1700000000001, b)
	}
	kept := header("id", "h")
	binaryEvent := header("ce_specversion", "1.0", "ce_id", "1", "ce_source", "s", "ce_type", "t", "content-type", "application/json")
	for name, c := range map[string]struct {
		payload    connectors.Payload
		id         string // place of the contact's id
		stream     string
		key, value string
		beside     []byte // as it is kept; nil as it was before it was kept
		want       string // id, "reject CODE" or "unkept"
	}{
		"a value":            {plain, "id", "letters/3", "", `{"id":"a","at":1700000000000}`, nil, "a"},
		"a key":              {plain, "$key", "letters@id/0", "k1", `{"at":1700000000000}`, nil, "k1"},
		"its place":          {plain, "$partition", "letters/3", "", `{"at":1700000000000}`, nil, "3"},
		"not yet":            {plain, "id", "letters/3", "", `{"id":"a","at":"x"}`, nil, "reject wrong_type"},
		"damaged":            {plain, "id", "letters/3", "", `{"id":`, nil, "reject malformed"},
		"a header":           {plain, "$header.id", "letters/3", "", `{"at":1700000000000}`, nil, "unkept"},
		"a timestamp":        {plain, "$timestamp", "letters/3", "", `{"at":1700000000000}`, nil, "unkept"},
		"another topic":      {plain, "id", "numbers/3", "", `{"id":"a","at":1700000000000}`, nil, "unkept"},
		"a header, kept":     {plain, "$header.id", "letters/3", "", `{"at":1700000000000}`, kept, "h"},
		"a timestamp, kept":  {plain, "$timestamp", "letters/3", "", `{"at":1700000000000}`, kept, "2023-11-14T22:13:20.001Z"},
		"no such header":     {plain, "$header.other", "letters/3", "", `{"at":1700000000000}`, kept, "reject missing_field"},
		"kept, and damaged":  {plain, "id", "letters/3", "", `{"id":"a","at":1700000000000}`, kept[:len(kept)-1], "unkept"},
		"an event, kept":     {events, "id", "letters/3", "", `{"id":"a","at":1700000000000}`, binaryEvent, "a"},
		"no event at all":    {events, "id", "letters/3", "", `{"id":"a","at":1700000000000}`, kept, "reject malformed"},
		"a structured event": {events, "id", "letters/3", "", event, nil, "a"},
		"a binary event":     {events, "id", "letters/3", "", `{"id":"a","at":1700000000000}`, nil, "unkept"},
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
			r := models.Reject{Stream: c.stream, Position: 12, Code: "unlisted_value", Raw: []byte(c.value), Key: []byte(c.key), Beside: c.beside}
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
