package wire

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"insideout/connectors"
)

// Options are what the reader of a topic needs beside its places.
type Options struct {
	Payload connectors.Payload
	// Registry is asked for schemas; nil for topics without one.
	Registry *Registry
	// Schema is the text of Payload.Schema.
	Schema string
}

// Messages makes the reader of a topic. A place is one in the record (see JSON), or one beside it:
//
//	$key              the key as text
//	$key.a            a place in the key, which is of the same format as the value
//	$header.NAME      a header as text, the last of several
//	$timestamp        the time of the message, in RFC 3339
//	$topic $partition $offset
//	$schema           the id of the schema with which the value was written
//	$envelope.a       a place in the envelope: an attribute of a CloudEvent (id, source, type, time), or op, ts_ms,
//	                  source.table and the like of a Debezium event
//
// A key of the record that begins with $ is reached by a pointer: /$key.
func Messages(places []string, o Options) (connectors.Reader, error) {
	r := &messages{topic: o.Payload, envelope: o.Payload.Envelope}
	if r.envelope == connectors.EnvelopeNone {
		r.envelope = ""
	}
	var inDoc, inKey, inEnvelope []string
	for i, place := range places {
		where, name, outside, err := o.Payload.Beside(place)
		switch {
		case err != nil:
			return nil, err
		case !outside:
			inDoc, r.doc.at = append(inDoc, place), append(r.doc.at, i)
		case where == "$envelope":
			inEnvelope, r.outer.at = append(inEnvelope, name), append(r.outer.at, i)
		case where == "$key" && name != "":
			inKey, r.key.at = append(inKey, name), append(r.key.at, i)
		default:
			r.beside, r.besideAt = append(r.beside, beside(where, name)), append(r.besideAt, i)
		}
	}
	for _, part := range []struct {
		part   *part
		places []string
	}{{&r.doc, inDoc}, {&r.key, inKey}, {&r.outer, append(peeled(r.envelope), inEnvelope...)}} {
		x, err := JSON(part.places)
		if err != nil {
			return nil, err
		}
		part.part.x = x.(*extractor)
		part.part.values = make([]connectors.Value, len(part.places))
	}
	r.plain = len(r.doc.at) == len(places) && r.envelope == "" && (o.Payload.Format == "" || o.Payload.Format == connectors.FormatJSON)
	if f := o.Payload.Format; f != "" && f != connectors.FormatJSON {
		r.schemas = &schemas{format: f, registry: o.Registry, known: map[string]*schema{}, bad: map[string]*connectors.PayloadError{}, wanted: func(s *schema) { r.lacks(s, inDoc) }}
		if o.Registry == nil {
			if err := r.schemas.fileSchema(o.Schema, o.Payload.Message); err != nil {
				return nil, &connectors.DataError{Op: "use schema", What: o.Payload.Schema, Err: err, Hint: "correct the file, or kafka.schema and kafka.message"}
			}
		}
	}
	return r, nil
}

// part is an extractor for some of the places.
type part struct {
	x      *extractor
	at     []int // where its values go
	values []connectors.Value
}

// take extracts and hands the values over; skip are those of this package's own.
func (p *part) take(payload []byte, into []connectors.Value, skip int) error {
	if err := p.x.Extract(payload, p.values); err != nil {
		return err
	}
	for i, at := range p.at {
		into[at] = p.values[skip+i]
	}
	return nil
}

// messages is the reader of a topic.
type messages struct {
	topic    connectors.Payload
	envelope string
	plain    bool // nothing but JSON: one pass over the value
	doc      part
	key      part
	outer    part
	beside   []func(r *messages, m *connectors.Message) (connectors.Value, error)
	besideAt []int
	schemas  *schemas
	used     *schema // of the last value

	wrapped wrapped
	json    []byte // of the value
	keyJSON []byte
	text    []byte // of what stands beside
}

// Read implements connectors.Reader.
func (r *messages) Read(ctx context.Context, m *connectors.Message, values []connectors.Value) (bool, error) {
	if m.Value == nil {
		return false, nil // a tombstone: a key is to be forgotten by compaction, and that is no record of any dataset
	}
	if r.plain {
		return true, r.doc.x.Extract(m.Value, values)
	}
	clear(values)
	r.text, r.used = r.text[:0], nil
	record, keep, err := r.record(ctx, m, values)
	if err != nil || !keep {
		return false, err
	}
	if err := r.doc.take(record, values, 0); err != nil {
		return false, err
	}
	if len(r.key.at) > 0 && m.Key != nil {
		key := m.Key
		if r.schemas != nil {
			if r.keyJSON, _, err = r.schemas.decode(ctx, r.keyJSON[:0], m, true); err != nil {
				return false, inKey(err)
			}
			key = r.keyJSON
		}
		if r.envelope == connectors.EnvelopeDebezium {
			if key, err = r.wrapped.unwrap(key, true); err != nil {
				return false, inKey(err)
			}
		}
		if err := r.key.take(key, values, 0); err != nil {
			return false, inKey(err)
		}
	}
	for i, at := range r.besideAt {
		if values[at], err = r.beside[i](r, m); err != nil {
			return false, err
		}
	}
	return true, nil
}

func inKey(err error) error {
	if p, ok := err.(*connectors.PayloadError); ok {
		return &connectors.PayloadError{Code: p.Code, Detail: "the key: " + p.Detail}
	}
	return err
}

// record returns the JSON of the record in a message, and fills the values of the envelope.
func (r *messages) record(ctx context.Context, m *connectors.Message, values []connectors.Value) ([]byte, bool, error) {
	if r.envelope == connectors.EnvelopeCloudEvents {
		return r.cloudEvent(ctx, m, values)
	}
	json, err := r.decoded(ctx, m)
	if err != nil {
		return nil, false, err
	}
	if r.envelope == connectors.EnvelopeDebezium {
		return r.change(json, values)
	}
	return json, true, nil
}

// decoded returns the value as JSON.
func (r *messages) decoded(ctx context.Context, m *connectors.Message) (_ []byte, err error) {
	if r.schemas == nil {
		return m.Value, nil
	}
	r.json, r.used, err = r.schemas.decode(ctx, r.json[:0], m, false)
	if err == nil {
		r.used.messages++
	}
	return r.json, err
}

// Rest implements connectors.Reader: what no place names in the record. Of the envelope nothing is kept unasked.
func (r *messages) Rest() ([]byte, int) { return r.doc.x.Rest() }

// Notes implements connectors.Reader.
func (r *messages) Notes() []string {
	if r.schemas == nil {
		return nil
	}
	all := []*schema{}
	if r.schemas.file != nil {
		all = append(all, r.schemas.file)
	}
	for _, s := range r.schemas.known {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *schema) int { return strings.Compare(a.name, b.name) })
	var lines []string
	for _, s := range all {
		if s.messages > 0 && len(s.absent) > 0 {
			lines = append(lines, fmt.Sprintf("%s has no %s: empty in %d messages", s.name, strings.Join(s.absent, ", "), s.messages))
		}
		s.messages = 0
	}
	return lines
}

// lacks notes which mapped places a schema does not have at its top. An envelope holds the record deeper, and its own
// schema says nothing of it here.
func (r *messages) lacks(s *schema, places []string) {
	if !s.closed || r.envelope == connectors.EnvelopeDebezium {
		return
	}
	for _, place := range places {
		if keys, err := split(place); err == nil && !slices.Contains(s.fields, keys[0]) {
			s.absent = append(s.absent, place)
		}
	}
	slices.Sort(s.absent)
}

// beside makes the reading of a place that is neither in the record nor in the key or the envelope.
func beside(where, name string) func(*messages, *connectors.Message) (connectors.Value, error) {
	text := func(b []byte) (connectors.Value, error) {
		if b == nil {
			return connectors.Value{}, nil
		}
		if !utf8.Valid(b) {
			return connectors.Value{}, &connectors.PayloadError{Code: connectors.CodeEncoding, Detail: where + " is not UTF-8"}
		}
		return connectors.Value{Kind: connectors.String, Bytes: b}, nil
	}
	made := func(kind connectors.ValueKind, f func([]byte, *messages, *connectors.Message) []byte) func(*messages, *connectors.Message) (connectors.Value, error) {
		return func(r *messages, m *connectors.Message) (connectors.Value, error) {
			from := len(r.text)
			r.text = f(r.text, r, m)
			if len(r.text) == from {
				return connectors.Value{}, nil
			}
			return connectors.Value{Kind: kind, Bytes: r.text[from:len(r.text):len(r.text)]}, nil
		}
	}
	switch where {
	case "$header":
		return func(_ *messages, m *connectors.Message) (connectors.Value, error) { return text(header(m, name)) }
	case "$key":
		return func(_ *messages, m *connectors.Message) (connectors.Value, error) { return text(m.Key) }
	case "$timestamp":
		return made(connectors.String, func(b []byte, _ *messages, m *connectors.Message) []byte {
			if m.Timestamp < 0 {
				return b
			}
			return time.UnixMilli(m.Timestamp).UTC().AppendFormat(b, time.RFC3339Nano)
		})
	case "$topic":
		return made(connectors.String, func(b []byte, _ *messages, m *connectors.Message) []byte { return append(b, m.Topic...) })
	case "$partition":
		return made(connectors.Number, func(b []byte, _ *messages, m *connectors.Message) []byte {
			return strconv.AppendInt(b, int64(m.Partition), 10)
		})
	case "$offset":
		return made(connectors.Number, func(b []byte, _ *messages, m *connectors.Message) []byte { return strconv.AppendInt(b, m.Offset, 10) })
	default: // $schema
		return made(connectors.String, func(b []byte, r *messages, _ *connectors.Message) []byte {
			if r.used != nil {
				b = append(b, strings.TrimPrefix(r.used.name, "schema ")...)
			}
			return b
		})
	}
}

// header returns the last header of a name.
func header(m *connectors.Message, name string) []byte {
	for i := len(m.Headers) - 1; i >= 0; i-- {
		if m.Headers[i].Key == name {
			return m.Headers[i].Value
		}
	}
	return nil
}
