package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"insideout/connectors"
)

// change reads a Debezium event: {before, after, op, source, ts_ms}, bare or as the payload beside a schema. The record
// is the row as it is after the change; of a deletion, when deletions are records, the row as it was before.
func (r *messages) change(value []byte, values []connectors.Value) ([]byte, bool, error) {
	value, err := r.wrapped.unwrap(value, false)
	if err != nil {
		return nil, false, err
	}
	if err := r.outer.take(value, values, len(peeled(connectors.EnvelopeDebezium))); err != nil {
		return nil, false, err
	}
	op, before, after := r.outer.values[0], r.outer.values[1], r.outer.values[2]
	row, what := after, "after"
	switch string(op.Bytes) {
	case "c", "r", "u": // created, read in a snapshot, updated
	case "d":
		if r.topic.Deletes != connectors.DeletesRecord {
			return nil, false, nil
		}
		row, what = before, "before"
	case "m":
		return nil, false, nil // a message that an application put into the log
	case "t":
		if r.topic.Deletes != connectors.DeletesRecord {
			return nil, false, nil
		}
		return nil, false, malformed("the table was emptied, and which rows were in it is not told")
	default:
		return nil, false, malformed(`no Debezium event: it has no op, or none of c, r, u, d, t, m. If the connector flattens events (ExtractNewRecordState), leave envelope: out`)
	}
	if row.Kind != connectors.Nested || row.Bytes[0] != '{' {
		return nil, false, malformed("the Debezium event has no row " + what + " the change")
	}
	return row.Bytes, true, nil
}

// wrapped takes the form with a schema apart: {"schema": ..., "payload": ...}. The schema says which numbers are days or
// microseconds and which base64 is a decimal; where it says so of none, the payload stays as it came.
type wrapped struct {
	x       *extractor
	values  [4]connectors.Value
	text    []byte // of the last schema: one topic has the same one again and again
	root    *connectNode
	out     []byte
	keyText []byte
	keyRoot *connectNode
	keyOut  []byte
}

// connectNode is one place of a Connect schema.
type connectNode struct {
	meaning meaning
	scale   int
	fields  map[string]*connectNode
	items   *connectNode // of arrays, and the values of maps
	special bool         // something at or below it has a meaning
}

func (w *wrapped) unwrap(value []byte, key bool) ([]byte, error) {
	if w.x == nil {
		x, err := JSON([]string{"schema", "payload", "op", "after"})
		if err != nil {
			return nil, err
		}
		w.x = x.(*extractor)
	}
	if err := w.x.Extract(value, w.values[:]); err != nil {
		return nil, err
	}
	schema, payload, op, after := w.values[0], w.values[1], w.values[2], w.values[3]
	if payload.Kind == connectors.Absent || op.Kind != connectors.Absent || after.Kind != connectors.Absent {
		return value, nil
	}
	if schema.Kind == connectors.Null {
		return payload.Bytes, nil
	}
	if schema.Kind != connectors.Nested || payload.Kind != connectors.Nested {
		return value, nil
	}
	text, root, out := &w.text, &w.root, &w.out
	if key {
		text, root, out = &w.keyText, &w.keyRoot, &w.keyOut
	}
	if *root == nil || !bytes.Equal(*text, schema.Bytes) {
		made, err := connectSchema(schema.Bytes)
		if err != nil {
			return nil, malformed("the schema beside the payload cannot be read: " + err.Error())
		}
		*text, *root = bytes.Clone(schema.Bytes), made
	}
	if !(*root).special {
		return payload.Bytes, nil
	}
	d := json.NewDecoder(bytes.NewReader(payload.Bytes))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, malformed("the payload is no JSON")
	}
	converted, err := appendConnect((*out)[:0], v, *root)
	if err != nil {
		return nil, malformed("the payload does not fit the schema beside it: " + err.Error())
	}
	*out = converted
	return converted, nil
}

func connectSchema(text []byte) (*connectNode, error) {
	type node struct {
		Type       string `json:"type"`
		Name       string `json:"name"`
		Field      string `json:"field"`
		Parameters struct {
			Scale string `json:"scale"`
		} `json:"parameters"`
		Fields []json.RawMessage `json:"fields"`
		Items  json.RawMessage   `json:"items"`
		Values json.RawMessage   `json:"values"`
	}
	var read func(text []byte) (*connectNode, string, error)
	read = func(text []byte) (*connectNode, string, error) {
		var n node
		if err := json.Unmarshal(text, &n); err != nil {
			return nil, "", err
		}
		c := &connectNode{meaning: connectMeaning(n.Name)}
		c.special = c.meaning != plainly
		if n.Parameters.Scale != "" {
			scale, err := strconv.Atoi(n.Parameters.Scale)
			if err != nil || scale < -maxScale || scale > maxScale {
				return nil, "", fmt.Errorf("the scale of a decimal is %q", n.Parameters.Scale)
			}
			c.scale = scale
		}
		for _, f := range n.Fields {
			child, name, err := read(f)
			if err != nil {
				return nil, "", err
			}
			if c.fields == nil {
				c.fields = map[string]*connectNode{}
			}
			c.fields[name] = child
			c.special = c.special || child.special
		}
		for _, items := range []json.RawMessage{n.Items, n.Values} {
			if len(items) > 0 {
				child, _, err := read(items)
				if err != nil {
					return nil, "", err
				}
				c.items = child
				c.special = c.special || child.special
			}
		}
		return c, n.Field, nil
	}
	root, _, err := read(text) // its depth is bounded: the extractor has been over it
	return root, err
}

// appendConnect appends a value as what its schema says it is. Members come in the order of their names.
func appendConnect(out []byte, v any, n *connectNode) (_ []byte, err error) {
	if n == nil {
		n = &connectNode{}
	}
	switch v := v.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	case json.Number:
		if n.meaning == plainly {
			return append(out, v...), nil
		}
		whole, err := v.Int64()
		if err != nil {
			return out, fmt.Errorf("a time is no whole number")
		}
		return appendWhole(out, n.meaning, whole), nil
	case string:
		if n.meaning == aDecimal {
			raw, err := base64.StdEncoding.DecodeString(v)
			if err != nil {
				return out, fmt.Errorf("a decimal is not base64")
			}
			return appendDecimal(out, raw, n.scale), nil
		}
		return connectors.AppendJSONString(out, v), nil
	case []any:
		out = append(out, '[')
		for i, item := range v {
			if i > 0 {
				out = append(out, ',')
			}
			if out, err = appendConnect(out, item, n.items); err != nil {
				return out, err
			}
		}
		return append(out, ']'), nil
	}
	object := v.(map[string]any)
	if n.meaning == aVariableDecimal {
		scale, ok1 := object["scale"].(json.Number)
		text, ok2 := object["value"].(string)
		s, err1 := strconv.Atoi(scale.String())
		raw, err2 := base64.StdEncoding.DecodeString(text)
		if !ok1 || !ok2 || err1 != nil || err2 != nil || s < -maxScale || s > maxScale {
			return out, fmt.Errorf("a decimal of variable scale has no scale and value")
		}
		return appendDecimal(out, raw, s), nil
	}
	out = append(out, '{')
	for i, name := range slices.Sorted(maps.Keys(object)) {
		if i > 0 {
			out = append(out, ',')
		}
		child := n.fields[name]
		if child == nil {
			child = n.items // a map
		}
		out = append(connectors.AppendJSONString(out, name), ':')
		if out, err = appendConnect(out, object[name], child); err != nil {
			return out, err
		}
	}
	return append(out, '}'), nil
}
