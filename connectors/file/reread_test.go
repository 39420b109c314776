package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"insideout/connectors"
	"insideout/models"
)

// reread gives the units that a source makes of the rejects of another one, "reject CODE" or "unkept".
func reread(t *testing.T, s *Source, rejects []models.Reject) (out []string) {
	t.Helper()
	for i := range rejects {
		got, err := s.Reread(t.Context(), &rejects[i])
		unkept, isUnkept := errors.AsType[*connectors.UnkeptError](err)
		switch {
		case isUnkept:
			out = append(out, "unkept "+unkept.Why)
		case err != nil:
			t.Fatal(err)
		case got.Reject != nil:
			out = append(out, "reject "+got.Reject.Code)
		case got.Records == nil:
			out = append(out, "filtered")
		default:
			b := got.Records
			if b.Rows() != 1 || b.Positions[0] != rejects[i].Position {
				t.Errorf("%d rows at %v for position %d", b.Rows(), b.Positions, rejects[i].Position)
			}
			out = append(out, strings.Clone(b.Columns[b.Schema.Field("unit")].Texts[0]))
		}
	}
	return out
}

func TestReread(t *testing.T) {
	const bad = "a,1,yes,\nb,x,yes,\n"
	latin := strings.ReplaceAll(head+"Gr\xfc\xdfe,2,yes,\nb\xff,1,yes,\n", "\n", "\r\n")
	for name, c := range map[string]struct {
		file, text  string
		was, now    Config
		replacement string // text of the file when it is read again; "-" for none
		want        []string
	}{
		"as before":         {"a.csv", head + bad, Config{}, Config{}, "", []string{"reject wrong_type"}},
		"an encoding":       {"a.csv", latin, Config{}, Config{Encoding: "windows-1252"}, "", []string{"Grüße", "reject invalid_utf8"}},
		"JSON lines":        {"a.jsonl", `{"id":"a","value":"x","keep":"yes"}` + "\n", Config{}, Config{}, "", []string{"reject wrong_type"}},
		"other content":     {"a.csv", head + bad, Config{}, Config{}, "x,y\n1,2\n", []string{"reject wrong_type"}},
		"the file is gone":  {"a.csv", head + bad, Config{}, Config{}, "-", []string{"reject wrong_type"}},
		"columns are given": {"a.csv", head + "u v,1,yes\n", Config{}, Config{Columns: []string{"id", "value", "keep"}, HeaderRows: 1}, "-", []string{"u v"}},
		"half a row":        {"a.csv", head + "a,1", Config{}, Config{}, "", []string{"unkept it ended half-way; the whole file is loaded when it is complete"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, map[string]string{c.file: c.text})
			c.was.Path, c.now.Path = c.file, c.file
			got, err := take(t, units(t, dir, c.was), nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.rejects) != len(c.want) {
				t.Fatalf("%d rejects, want %d: %+v", len(got.rejects), len(c.want), got.rejects)
			}
			path := filepath.Join(dir, c.file)
			switch c.replacement {
			case "":
			case "-":
				err = os.Remove(path)
			default:
				err = os.WriteFile(path, []byte(c.replacement), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			s := units(t, dir, c.now)
			for range 2 { // a second reading is the same
				if d := cmp.Diff(c.want, reread(t, s, got.rejects)); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

// TestReread_AnyRow: a row that was taken is made of its own text again, whatever quotes and line ends it has.
func TestReread_AnyRow(t *testing.T) {
	dir := folder(t, map[string]string{"a.csv": head, "a.jsonl": ""})
	csv := units(t, dir, Config{Path: "a.csv", Columns: []string{"id", "value", "keep"}})
	json := units(t, dir, Config{Path: "a.jsonl"})
	for _, c := range []struct {
		s                *Source
		label, raw, want string
	}{
		{csv, "a.csv", `"a, ""b""` + "\n" + `c",1,yes`, "a, \"b\"\nc"},
		{csv, "a.csv", "a,1,no", "filtered"},
		{csv, "a.csv", "a,1,yes\nb,1,yes", "unkept it would be several rows now"},
		{csv, "a.csv", `"a,1,yes`, "reject malformed"},
		{csv, "a.csv", "", "unkept it is no row now"},
		{json, "a.jsonl", "{\"id\":\"a\",\n \"value\":1,\"keep\":\"yes\"}", "a"},
		{json, "a.jsonl", "{", "reject malformed"},
		{json, "a.parquet", "{}", "unkept not all of its cells were kept when it was rejected"},
	} {
		r := models.Reject{Stream: "sha256:00", Label: c.label, Position: 7, Code: connectors.CodeUnlisted, Raw: []byte(c.raw)}
		if d := cmp.Diff([]string{c.want}, reread(t, c.s, []models.Reject{r})); d != "" {
			t.Errorf("%q: %s", c.raw, d)
		}
	}
}

// TestReread_Tables: the rows of workbooks and Parquet files that did not fit are taken by a mended mapping when the file is
// gone, each cell as the kind that it had; a row of which something was cut off stays.
func TestReread_Tables(t *testing.T) {
	type record struct {
		ID    string   `parquet:"id"`
		Value string   `parquet:"value"`
		Keep  string   `parquet:"keep"`
		When  int64    `parquet:"when,timestamp(millisecond)"`
		Tags  []string `parquet:"tags,list"`
		Pad   string   `parquet:"pad"`
	}
	long := strings.Repeat("x", keepRaw)
	parquet := parquetOf(t, []record{{"007", "4,5", "yes", 1700000000000, []string{"a"}, "p"}, {"8", "5,5", "yes", 1700000000000, nil, long}})
	book := workbook(t, func(f *excelize.File) {
		day, err := f.NewStyle(&excelize.Style{NumFmt: 22})
		must(t, err)
		for y, row := range [][]any{{"id", "value", "keep", "when", "pad"}, {"007", "4,5", "yes", 45244.9259259, nil}, {"8", "#N/A", "yes", 45244.5, "p"}, {"9", "5,5", "yes", 45244.5, "p", "beyond"}} {
			must(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", y+1), &row))
			if y > 0 {
				must(t, f.SetCellStyle("Sheet1", fmt.Sprintf("D%d", y+1), fmt.Sprintf("D%d", y+1), day))
			}
		}
	})
	mapping := func(decimal string, null ...string) connectors.Mapping {
		return connectors.Mapping{To: "measures", Where: map[string][]string{"keep": {"yes"}}, Map: map[string]connectors.Rule{
			"unit": place("id"), "measure": constant("m"), "value": {From: connectors.Places{"value"}, Decimal: decimal, Null: null},
			"measured_at": {From: connectors.Places{"when"}},
		}}
	}
	for name, text := range map[string][]byte{"a.parquet": parquet, "a.xlsx": book} {
		dir := folder(t, map[string]string{name: string(text)})
		var rejects []models.Reject
		must(t, source(t, Config{Path: name}, dir, mapping(".")).Pull(t.Context(), nil, func(_ context.Context, d *models.Delivery) error {
			for _, r := range d.Rejects {
				r.Raw, r.Beside = bytes.Clone(r.Raw), bytes.Clone(r.Beside)
				rejects = append(rejects, r)
			}
			return nil
		}))
		must(t, os.Remove(filepath.Join(dir, name)))
		want := []string{"007", "unkept not all of its cells were kept when it was rejected"}
		if name == "a.xlsx" {
			want = []string{"007", "reject wrong_type", "unkept not all of its cells were kept when it was rejected"}
		}
		s := source(t, Config{Path: name}, dir, mapping(","))
		for range 2 {
			if d := cmp.Diff(want, reread(t, s, rejects)); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
		got, err := s.Reread(t.Context(), &rejects[0])
		must(t, err)
		b := got.Records
		at := time.UnixMicro(b.Columns[b.Schema.Field("measured_at")].Ints[0]).UTC()
		if v := b.Columns[b.Schema.Field("value")].Reals[0]; v != 4.5 || at.Format("2006-01-02 15:04") != "2023-11-14 22:13" {
			t.Errorf("%s: %v at %v", name, v, at)
		}
		// A mended mapping may read another column, and one that is not there is told.
		m := mapping(",")
		m.Map["value"] = place("nowhere")
		if got := reread(t, source(t, Config{Path: name}, dir, m), rejects[:1]); !strings.Contains(got[0], `unkept it has no column "nowhere"`) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
