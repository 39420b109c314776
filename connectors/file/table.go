package file

import (
	"fmt"
	"strconv"

	"insideout/connectors"
)

// table is a file that has columns and cells of its own, unlike text: a workbook, Parquet.
type table interface {
	// next fills the values of all columns. What it returns is as of rows.next; bad says what is wrong with the row as a
	// whole.
	next(values []connectors.Value) (row, error)
	close()
}

// tableRows gives the rows of a table to a mapping.
type tableRows struct {
	header
	t      table
	all    []connectors.Value // of the row at hand
	every  [][]byte           // the names of all columns as JSON strings with their colon
	null   []string
	object []byte
	whole  bool // raw holds all of the row at hand
}

func newTable(t table, h header, null []string) *tableRows {
	r := &tableRows{header: h, t: t, all: make([]connectors.Value, len(h.names)), null: null}
	for _, name := range h.names {
		r.every = append(r.every, jsonKey(name))
	}
	return r
}

func (r *tableRows) next(values []connectors.Value) (row, error) {
	got, err := r.t.next(r.all)
	if err != nil {
		return got, err
	}
	for i, c := range r.columns {
		values[i] = connectors.Value{}
		if c >= 0 {
			values[i] = r.all[c]
		}
	}
	if got.size > MaxRow {
		got.bad = tooLarge()
	}
	r.whole = got.bad == nil
	return got, nil
}

func tooLarge() *connectors.PayloadError {
	return &connectors.PayloadError{Code: connectors.CodeTooLarge, Detail: fmt.Sprintf("the row has more than %d MiB of text", MaxRow>>20)}
}

// means reports whether a text is one of those that mean nothing.
func (r *tableRows) means(text []byte) bool {
	for _, w := range r.null {
		if string(text) == w {
			return true
		}
	}
	return false
}

// raw shows the row as a JSON object; it has no text of its own.
func (r *tableRows) raw() []byte {
	b := append(r.object[:0], '{')
	for i := range r.all {
		b, _ = r.member(b, r.every[i], &r.all[i])
	}
	r.object = append(b, '}')
	r.whole = r.whole && len(r.object) <= keepRaw
	return r.object[:min(len(r.object), keepRaw)]
}

// beside follows on raw.
func (r *tableRows) beside() []byte {
	if !r.whole || len(r.kept) == 0 {
		return nil
	}
	b := r.kept[: len(r.kept)-1 : len(r.kept)-1]
	for _, k := range []struct {
		kind connectors.ValueKind
		key  string
	}{{connectors.Moment, `,"moments":`}, {connectors.Broken, `,"broken":`}} {
		sep := k.key + "["
		for i := range r.all {
			if r.all[i].Kind == k.kind {
				b = strconv.AppendInt(append(b, sep...), int64(i), 10)
				sep = ","
			}
		}
		if sep == "," {
			b = append(b, ']')
		}
	}
	return append(b, '}')
}

// rest gives the other columns that hold anything.
func (r *tableRows) rest() ([]byte, int) {
	b, n := append(r.object[:0], '{'), 0
	for i, c := range r.others {
		v := &r.all[c]
		if v.Kind == connectors.String && r.means(v.Bytes) {
			continue
		}
		some := false
		if b, some = r.member(b, r.keys[i], v); some {
			n++
		}
	}
	r.object = append(b, '}')
	if n == 0 {
		return nil, 0
	}
	return r.object, n
}

// member appends a cell to an object, unless it is empty.
func (r *tableRows) member(b, key []byte, v *connectors.Value) ([]byte, bool) {
	if v.Kind <= connectors.Null || len(v.Bytes) == 0 {
		return b, false
	}
	if len(b) > 1 {
		b = append(b, ',')
	}
	return appendJSON(append(b, key...), *v), true
}

// appendJSON appends a value as JSON.
func appendJSON(b []byte, v connectors.Value) []byte {
	switch v.Kind {
	case connectors.String, connectors.Moment, connectors.Broken:
		return connectors.AppendJSONString(b, v.Bytes)
	case connectors.Absent, connectors.Null:
		return append(b, "null"...)
	}
	return append(b, v.Bytes...)
}

func (r *tableRows) skip(n int64) error {
	for ; n > 0; n-- {
		if _, err := r.t.next(r.all); err != nil {
			return err
		}
	}
	return nil
}
