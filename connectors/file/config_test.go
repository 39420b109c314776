package file

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"insideout/connectors/conformance"
)

func TestConfig_CheckNamesEveryMistake(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		want   []string // path, and words of the message and hint
	}{
		"nothing": {Config{}, []string{"file.path|names no file|pattern"}},
		"words": {Config{Path: "[a", Format: "cvs", Compression: "gz", Encoding: "latin1"}, []string{
			`file.path|bracket is not closed|`, `file.format|unknown format "cvs"|did you mean "csv"?`, `file.compression|unknown compression "gz"|did you mean "gzip"?`, `file.encoding|unknown encoding "latin1"|known: utf-8, utf-16, utf-16le`,
		}},
		"not for JSON": {Config{Path: "x", Format: "jsonl", Delimiter: ";", HeaderRows: 2, NameRow: 2, Columns: []string{"a"}}, []string{
			"file.delimiter|csv and tsv only|", "file.header_rows|tables (csv, tsv, xlsx, ods) only|", "file.name_row|tables (csv, tsv, xlsx, ods) only|", "file.columns|tables (csv, tsv, xlsx, ods) only|", "file.name_row|named already|",
		}},
		"not for Parquet": {Config{Path: "x", Format: "parquet", Compression: "zstd", Encoding: "utf-8"}, []string{"file.compression|inside|leave it out", "file.encoding|no encoding|"}},
		"header":          {Config{Path: "x", HeaderRows: 2, NameRow: 3, Delimiter: "||"}, []string{"file.delimiter|no delimiter|", "file.name_row|row 3 is none of the 2|"}},
		"columns":         {Config{Path: "x", Columns: []string{"a", "b", "a"}, HeaderRows: -1}, []string{"file.header_rows|not possible|", "file.columns[2]|a second time|"}},
		"header rows":     {Config{Path: "x", HeaderRows: 3, LabelRow: 1, ImportRow: 4}, []string{"file.label_row|row 1 is no other one of the 3|", "file.import_row|row 4 is no other one|"}},
		"shapes": {Config{Path: "x", Format: "csv", Rows: "a..b", Unfold: ".a", Pairs: map[string][]string{"f": {"id"}}}, []string{
			"file.rows|json and jsonl only|", "file.unfold|json and jsonl only|", "file.pairs|json and jsonl only|",
			`file.rows|a part of the way "a..b" is empty|`, `file.unfold|a part of the way ".a" is empty|`, "file.pairs.f|two parts of a pair|[id, value]",
		}},
		"sound JSON": {Config{Path: "x", Rows: "data.items", Unfold: "a.b", Pairs: map[string][]string{"f": {"id", "value"}}}, nil},
		"sound":      {Config{Path: "exports/*.csv.gz", HeaderRows: 3, NameRow: 1, Delimiter: "\t", Null: []string{"NA"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.config.Check()
			if len(got) != len(c.want) {
				t.Fatalf("%d mistakes, want %d:\n%v", len(got), len(c.want), got)
			}
			for i, p := range got {
				w := strings.SplitN(c.want[i], "|", 3)
				if p.Path != w[0] || !strings.Contains(p.Message, w[1]) || !strings.Contains(p.Hint, w[2]) {
					t.Errorf("mistake %d is %q, %q, %q; want %q", i, p.Path, p.Message, p.Hint, c.want[i])
				}
			}
			if _, err := New("x", c.config, "", conformance.Binder(t), nil); (err == nil) != (c.want == nil) {
				t.Errorf("New returned %v", err)
			}
		})
	}
}

func TestConfig_FormsByName(t *testing.T) {
	type form struct{ Format, Compression string }
	for path, want := range map[string]form{
		"a.csv": {"csv", "none"}, "A.CSV": {"csv", "none"}, "a.tab": {"tsv", "none"}, "a.jsonl.gz": {"jsonl", "gzip"}, "x/a.b.ndjson.zst": {"jsonl", "zstd"},
		"a.pq": {"parquet", "none"}, "a.gz": {"", "gzip"}, "a": {"", "none"}, "csv": {"", "none"},
	} {
		var c Config
		format, compression := c.of(path)
		if d := cmp.Diff(want, form{format, compression}); d != "" {
			t.Errorf("%s: %s", path, d)
		}
	}
	c := Config{Format: "csv", Compression: "none"}
	if format, compression := c.of("export.dat.gz"); format != "csv" || compression != "none" {
		t.Errorf("what is configured counts: %s, %s", format, compression)
	}
}
