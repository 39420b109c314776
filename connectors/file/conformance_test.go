package file

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"

	"insideout/connectors"
	"insideout/connectors/conformance"
	"insideout/connectors/wire"
)

// encoders write the rows of the suite in each format.
var encoders = map[string]func(t *testing.T, rows []conformance.Row) []byte{
	"csv": func(t *testing.T, rows []conformance.Row) []byte { return delimited(t, ',', rows) },
	"tsv": func(t *testing.T, rows []conformance.Row) []byte { return delimited(t, '\t', rows) },
	"jsonl": func(t *testing.T, rows []conformance.Row) []byte {
		var b bytes.Buffer
		for _, r := range rows {
			line, err := json.Marshal(map[string]string{"id": r.ID, "value": r.Value, "keep": r.Keep, "pad": r.Pad})
			if err != nil {
				t.Fatal(err)
			}
			b.Write(append(line, '\n'))
		}
		return b.Bytes()
	},
	"json": func(t *testing.T, rows []conformance.Row) []byte {
		all := []map[string]string{}
		for _, r := range rows {
			all = append(all, map[string]string{"id": r.ID, "value": r.Value, "keep": r.Keep, "pad": r.Pad})
		}
		b, err := json.MarshalIndent(all, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return b
	},
	"xlsx": xlsxOf,
	"ods":  odsOf,
	"parquet": func(t *testing.T, rows []conformance.Row) []byte {
		type record struct {
			ID    string `parquet:"id"`
			Value string `parquet:"value"`
			Keep  string `parquet:"keep"`
			Pad   string `parquet:"pad"`
		}
		var b bytes.Buffer
		w := parquet.NewGenericWriter[record](&b, parquet.MaxRowsPerRowGroup(15000))
		for _, r := range rows {
			if _, err := w.Write([]record{record(r)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	},
}

func delimited(t *testing.T, comma rune, rows []conformance.Row) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = comma
	w.Write([]string{"id", "value", "keep", "pad"})
	for _, r := range rows {
		w.Write([]string{r.ID, r.Value, r.Keep, r.Pad})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func packed(t *testing.T, how string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	switch how {
	case "gz":
		w := gzip.NewWriter(&out)
		w.Write(b)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	case "zst":
		w, err := zstd.NewWriter(&out)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(b)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	default:
		return b
	}
	return out.Bytes()
}

func TestSource_Conforms(t *testing.T) {
	for _, ending := range []string{"csv", "tsv", "jsonl", "xlsx", "ods", "parquet", "csv.gz", "csv.zst", "jsonl.gz", "jsonl.zst"} {
		t.Run(ending, func(t *testing.T) {
			t.Parallel()
			format, how, _ := cutLast(ending)
			tooLarge := MaxRow
			if ending == "xlsx" || ending == "ods" {
				tooLarge = 0 // a cell has at most 32,767 letters, a text of a workbook 16 MiB
			}
			conformance.Run(t, func(t *testing.T) conformance.Case {
				dir := t.TempDir()
				return conformance.Case{
					Streams: 3,
					Write: func(t *testing.T, stream int, rows []conformance.Row) {
						b := packed(t, how, encoders[format](t, rows))
						if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("part-%d.%s", stream, ending)), b, 0o600); err != nil {
							t.Fatal(err)
						}
					},
					Open: func(t *testing.T) connectors.Source {
						b := conformance.Binder(t)
						x, err := wire.JSON(b.Places())
						if err != nil {
							t.Fatal(err)
						}
						s, err := New("exports", Config{Path: "part-*"}, dir, b, x)
						if err != nil {
							t.Fatal(err)
						}
						return s
					},
					TooLarge: tooLarge,
				}
			})
		})
	}
}

func cutLast(ending string) (format, how string, ok bool) {
	for i := range ending {
		if ending[i] == '.' {
			return ending[:i], ending[i+1:], true
		}
	}
	return ending, "", false
}
