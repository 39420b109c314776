package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"insideout/connectors"
)

// FuzzUnframe holds that a frame is taken off and nothing else: what it read, written again, is what was there.
func FuzzUnframe(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 7, 4, 2, 0, 'x'}, []byte(nil), true)
	f.Add([]byte("x"), append([]byte{1}, bytes.Repeat([]byte{7}, 16)...), false)
	f.Add([]byte{0, 0, 0, 0, 7, 0}, []byte(nil), true)
	f.Add([]byte{}, []byte{}, false)
	f.Fuzz(func(t *testing.T, value, head []byte, protobuf bool) {
		m := &connectors.Message{Value: value}
		if head != nil {
			m.Headers = []connectors.Header{{Key: headerValueID, Value: head}}
		}
		got, err := unframe(m, false, protobuf)
		if err != nil {
			return
		}
		if !bytes.HasSuffix(value, got.payload) || head != nil && len(got.payload) != len(value) {
			t.Fatalf("payload %x of %x", got.payload, value)
		}
		frame := value[:len(value)-len(got.payload)]
		if head != nil {
			frame = head
		}
		switch {
		case got.id.byGUID() && !bytes.Equal(frame[1:17], got.id.guid[:]), !got.id.byGUID() && len(frame) < 5:
			t.Fatalf("id %v of %x", got.id, frame)
		case protobuf && len(got.path) == 0, !protobuf && got.path != nil:
			t.Fatalf("path %v of %x", got.path, frame)
		}
	})
}

// fuzzMessages feeds values and headers to a reader: it may refuse, as a payload, and what it takes is JSON.
func fuzzMessages(f *testing.F, p connectors.Payload, places []string, seeds ...string) {
	r, err := Messages(places, Options{Payload: p})
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range seeds {
		f.Add([]byte(s), "content-type", []byte("application/json"))
		f.Add([]byte(s), "ce_specversion", []byte("1.0"))
	}
	values := make([]connectors.Value, len(places))
	f.Fuzz(func(t *testing.T, value []byte, name string, head []byte) {
		m := &connectors.Message{Value: value, Key: head, Headers: []connectors.Header{{Key: name, Value: head},
			{Key: "ce_id", Value: []byte("1")}, {Key: "ce_source", Value: []byte("s")}, {Key: "ce_type", Value: []byte("t")}}}
		ok, err := r.Read(t.Context(), m, values)
		if err != nil {
			var payload *connectors.PayloadError
			if !errors.As(err, &payload) || payload.Code == "" || payload.Detail == "" {
				t.Fatalf("%q: %v", value, err)
			}
			return
		}
		if !ok {
			return
		}
		for i, v := range values {
			if v.Kind == connectors.Nested && !json.Valid(v.Bytes) {
				t.Fatalf("%s of %q is %q", places[i], value, v.Bytes)
			}
		}
		if rest, n := r.Rest(); n > 0 && !json.Valid(rest) {
			t.Fatalf("the rest of %q is %q", value, rest)
		}
	})
}

func FuzzCloudEvents(f *testing.F) {
	fuzzMessages(f, connectors.Payload{Envelope: connectors.EnvelopeCloudEvents}, []string{"score", "a", "$envelope.id", "$envelope.a", "$header.ce_id", "$key"},
		`{"specversion":"1.0","id":"1","source":"s","type":"t","data":{"score":1,"a":[1]}}`, `{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"eyJzY29yZSI6MX0="}`, `{"score":1}`)
}

func FuzzDebezium(f *testing.F) {
	fuzzMessages(f, connectors.Payload{Envelope: connectors.EnvelopeDebezium, Deletes: connectors.DeletesRecord}, []string{"id", "a", "$envelope.op", "$envelope.source"},
		`{"before":null,"after":{"id":1,"a":{}},"op":"c","source":{}}`, `{"before":{"id":1},"after":null,"op":"d"}`,
		`{"schema":{"type":"struct","fields":[{"field":"after","type":"struct","fields":[{"field":"id","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"}},{"field":"a","type":"array","items":{"name":"io.debezium.time.Date"}}]}]},"payload":{"op":"u","after":{"id":"AQ==","a":[1]}}}`)
}

// FuzzJSONSchema holds that what is taken keeps to its schema by two readers' understanding: it is JSON, an object, and its
// score is between 0 and 10.
func FuzzJSONSchema(f *testing.F) {
	s := &schemas{format: connectors.FormatJSONSchema, wanted: func(*schema) {}}
	if err := s.fileSchema(`{"type":"object","required":["score"],"properties":{"score":{"type":"number","minimum":0,"maximum":10}}}`, ""); err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{`{"score":1}`, `{"score":11}`, `{"score":1e400}`, `{"score":1e1000000000}`, `{"score":-1e-999999}`, `{"score":1,"score":12}`, `[]`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		got, _, err := s.decode(t.Context(), nil, &connectors.Message{Value: value}, false)
		if err != nil {
			return
		}
		var v struct {
			Score *float64 `json:"score"`
		}
		if err := json.Unmarshal(got, &v); err != nil || !bytes.Equal(got, value) {
			t.Fatalf("%q became %q: %v", value, got, err)
		}
	})
}
