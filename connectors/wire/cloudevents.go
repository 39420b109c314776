package wire

import (
	"bytes"
	"context"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"insideout/connectors"
)

// peeled are the places that are always taken out of an envelope, in front of those that a mapping names.
func peeled(envelope string) []string {
	switch envelope {
	case connectors.EnvelopeCloudEvents:
		return []string{"specversion", "id", "source", "type", "data", "data_base64"}
	case connectors.EnvelopeDebezium:
		return []string{"op", "before", "after"}
	}
	return nil
}

func malformed(detail string) error {
	return &connectors.PayloadError{Code: connectors.CodeMalformed, Detail: detail}
}

// cloudEvent reads a CloudEvent 1.0, as the Kafka binding of the specification has it: in binary mode the attributes are
// headers with ce_ in front and the value is the data; in structured mode the value is a JSON object with both. The
// record is the data in either, and attributes are at $envelope.NAME. An event without one of the four attributes that
// every event must have is no event, and is rejected.
func (r *messages) cloudEvent(ctx context.Context, m *connectors.Message, values []connectors.Value) ([]byte, bool, error) {
	if header(m, "ce_specversion") != nil {
		object, err := attributes(r.text[:0], m)
		r.text = object
		if err != nil {
			return nil, false, err
		}
		if err := r.event(object, values); err != nil {
			return nil, false, err
		}
		data, err := r.decoded(ctx, m)
		return data, true, err
	}
	if kind := header(m, "content-type"); bytes.HasPrefix(kind, []byte("application/cloudevents-batch")) {
		return nil, false, malformed("a batch of CloudEvents in one message, which the Kafka binding does not have")
	}
	if err := r.event(m.Value, values); err != nil {
		return nil, false, err
	}
	data, encoded := r.outer.values[4], r.outer.values[5]
	switch {
	case data.Kind == connectors.Nested && encoded.Kind == connectors.Absent:
		if r.schemas != nil {
			return nil, false, malformed("the data of the CloudEvent are JSON, and the topic is said to be " + r.topic.Format)
		}
		return data.Bytes, true, nil
	case encoded.Kind == connectors.String && data.Kind == connectors.Absent:
		raw, err := base64.StdEncoding.DecodeString(string(encoded.Bytes))
		if err != nil {
			return nil, false, malformed("data_base64 of the CloudEvent is not base64")
		}
		inner := *m
		inner.Value = raw
		json, err := r.decoded(ctx, &inner)
		return json, true, err
	}
	return nil, false, malformed("the CloudEvent has no data, or data that are no object")
}

// event takes the attributes of an event.
func (r *messages) event(object []byte, values []connectors.Value) error {
	own := len(peeled(connectors.EnvelopeCloudEvents))
	if err := r.outer.take(object, values, own); err != nil {
		return err
	}
	for i, name := range peeled(connectors.EnvelopeCloudEvents)[:4] {
		if v := r.outer.values[i]; v.Kind != connectors.String || len(v.Bytes) == 0 {
			return malformed("no CloudEvent: it has no " + name)
		}
	}
	if v := r.outer.values[0].Bytes; !bytes.HasPrefix(v, []byte("1.")) {
		return malformed("a CloudEvent of another version than 1")
	}
	return nil
}

// attributes makes a JSON object of the headers of a binary event.
func attributes(out []byte, m *connectors.Message) ([]byte, error) {
	out = append(out, '{')
	for _, h := range m.Headers {
		name, ok := strings.CutPrefix(h.Key, "ce_")
		if h.Key == "content-type" {
			name, ok = "datacontenttype", true
		}
		if !ok || h.Value == nil {
			continue
		}
		if !utf8.Valid(h.Value) || !utf8.ValidString(name) {
			return out, &connectors.PayloadError{Code: connectors.CodeEncoding, Detail: "a header of the CloudEvent is not UTF-8"}
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(connectors.AppendJSONString(out, name), ':')
		out = connectors.AppendJSONString(out, h.Value)
	}
	return append(out, '}'), nil
}
