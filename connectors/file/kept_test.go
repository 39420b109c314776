package file

import (
	"bytes"
	"encoding/json"
	"testing"

	"insideout/connectors"
)

// FuzzKept: whatever was kept of a row and its header gives cells or an error, and cells that were made of a row give that row
// again.
func FuzzKept(f *testing.F) {
	f.Add([]byte(`{"names":["id","when","x"],"moments":[1],"broken":[2]}`), []byte(`{"id":"007","when":"2025-01-04","x":"#N/A"}`))
	f.Add([]byte(`{"names":["a","a","b"],"labels":["","l"],"imports":["{\"ImportId\":\"Q1\"}"]}`), []byte(`{"a":1,"a":[1,{"b":null}],"b":true}`))
	f.Fuzz(func(t *testing.T, beside, raw []byte) {
		h, kept, err := unkeep(beside)
		if err != nil {
			return
		}
		if err := h.find(&Config{}, nil, nil); err != nil {
			return
		}
		table, err := unkeepRow(raw, h.names, kept)
		if err != nil {
			return
		}
		r := newTable(table, h, nil)
		if _, err := r.next(nil); err != nil {
			t.Fatal(err)
		}
		if again := r.raw(); json.Valid(raw) && !json.Valid(again) && len(again) < keepRaw {
			t.Errorf("%s became %s", raw, again)
		}
		second, err := unkeepRow(bytes.Clone(r.raw()), h.names, kept)
		if err != nil {
			if len(r.object) <= keepRaw {
				t.Errorf("what was made of %s cannot be read: %v", raw, err)
			}
			return
		}
		for i := range second.cells {
			a, b := table.cells[i], second.cells[i]
			if a.Kind > connectors.Null && len(a.Bytes) > 0 && (a.Kind != b.Kind || !bytes.Equal(a.Bytes, b.Bytes)) {
				t.Errorf("cell %d was %d %q and is %d %q", i, a.Kind, a.Bytes, b.Kind, b.Bytes)
			}
		}
	})
}

// FuzzHeader: any header rows give names or an error that says what is wrong.
func FuzzHeader(f *testing.F) {
	f.Add([]byte("Q1,,Q2\n,a,b\n{\"ImportId\":\"QID1\",\"timeZone\":\"America/Denver\"},{},x\n1,2,3\n"), byte(3))
	f.Add([]byte("Respondent ID,Q,,\n,one,two,three\n"), byte(2))
	f.Fuzz(func(t *testing.T, text []byte, rows byte) {
		c := Config{HeaderRows: 1 + int(rows%4)}
		if c.HeaderRows > 1 {
			c.LabelRow = 2
		}
		if c.HeaderRows > 2 {
			c.ImportRow = 3
		}
		r, err := newCSV(newBuffer(bytes.NewReader(text)), &c, []string{"Q1"}, []bool{true}, nil)
		if err != nil {
			return
		}
		if len(r.columns) > 1 || len(r.others) > len(r.names) {
			t.Errorf("%d columns and %d others of %d names", len(r.columns), len(r.others), len(r.names))
		}
		for range len(text) + 1 {
			got, err := r.next(make([]connectors.Value, 1))
			if err != nil {
				return
			}
			if got.bad == nil {
				r.rest()
			}
		}
		t.Error("more rows than bytes")
	})
}
