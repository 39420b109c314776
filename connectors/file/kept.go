package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"insideout/connectors"
)

// keptHeader is what is kept of the header with a rejected row, so that the row can be read again by a mended mapping when the
// file is gone. Moments and Broken are the columns of the row whose cells are of these kinds, which JSON does not have.
type keptHeader struct {
	Names   []string `json:"names"`
	Labels  []string `json:"labels,omitempty"`
	Imports []string `json:"imports,omitempty"`
	Moments []int    `json:"moments,omitempty"`
	Broken  []int    `json:"broken,omitempty"`
}

// unkeep reads what was kept of a header.
func unkeep(kept []byte) (h header, k keptHeader, err error) {
	if err := json.Unmarshal(kept, &k); err != nil {
		return h, k, err
	}
	return header{names: k.Names, labels: k.Labels, imports: k.Imports}, k, nil
}

// keptTable is one row of a table, made of what was kept of it.
type keptTable struct {
	cells []connectors.Value
	done  bool
}

func (t *keptTable) next(values []connectors.Value) (row, error) {
	if t.done {
		return row{}, io.EOF
	}
	t.done = true
	copy(values, t.cells)
	return row{size: 16}, nil
}

func (t *keptTable) close() {}

// unkeepRow takes the cells out of raw, which names those that are not empty in the order of the columns.
func unkeepRow(raw []byte, names []string, k keptHeader) (*keptTable, error) {
	t := &keptTable{cells: make([]connectors.Value, len(names))}
	d := json.NewDecoder(bytes.NewReader(raw))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("it is no object")
	}
	for at := 0; d.More(); at++ {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		for at < len(names) && strings.ToValidUTF8(names[at], "\uFFFD") != key {
			at++
		}
		if at >= len(names) {
			return nil, fmt.Errorf("there is no column %q", key)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		if t.cells[at], err = unkeepCell(value); err != nil {
			return nil, err
		}
		switch {
		case slices.Contains(k.Moments, at):
			t.cells[at].Kind = connectors.Moment
		case slices.Contains(k.Broken, at):
			t.cells[at].Kind = connectors.Broken
		}
	}
	return t, nil
}

func unkeepCell(value json.RawMessage) (connectors.Value, error) {
	v := connectors.Value{Kind: connectors.Number, Bytes: value}
	switch value[0] {
	case '"':
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return v, err
		}
		v = connectors.Value{Kind: connectors.String, Bytes: []byte(text)}
	case '{', '[':
		v.Kind = connectors.Nested
	case 't', 'f':
		v.Kind = connectors.Boolean
	case 'n':
		v = connectors.Value{Kind: connectors.Null}
	}
	return v, nil
}
