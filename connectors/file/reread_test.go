package file

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
		"other content":     {"a.csv", head + bad, Config{}, Config{}, head + "c,1,yes,\n", []string{"unkept its file is no longer there, and the header names the columns -> put the file back, or give columns:"}},
		"the file is gone":  {"a.csv", head + bad, Config{}, Config{}, "-", []string{"unkept its file is no longer there, and the header names the columns -> put the file back, or give columns:"}},
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
		{json, "a.parquet", "{}", "unkept rows of this format are not kept as they stood"},
	} {
		r := models.Reject{Stream: "sha256:00", Label: c.label, Position: 7, Code: connectors.CodeUnlisted, Raw: []byte(c.raw)}
		if d := cmp.Diff([]string{c.want}, reread(t, c.s, []models.Reject{r})); d != "" {
			t.Errorf("%q: %s", c.raw, d)
		}
	}
}
