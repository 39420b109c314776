package file

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"insideout/connectors"
)

// line is a data row as the tests write it down: its fields, or the code of its reject, and where it was.
type line struct {
	Fields []string
	Bad    string
	Line   int64
	Raw    string
}

// readCSV reads all rows of a text, every column as a place.
func readCSV(t testing.TB, in io.Reader, c *Config) ([]line, error) {
	t.Helper()
	r, err := newCSV(newBuffer(in), c, nil, nil, nil)
	if err != nil {
		return nil, err
	}
	var out []line
	for {
		got, err := r.next(nil)
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		l := line{Line: got.line, Raw: string(r.raw())}
		if got.bad != nil {
			l.Bad = got.bad.Code
		} else {
			for i := range r.fields {
				l.Fields = append(l.Fields, string(r.at(i)))
			}
		}
		out = append(out, l)
	}
}

func TestCSV_Rows(t *testing.T) {
	const malformed, truncated = connectors.CodeMalformed, connectors.CodeTruncated
	row := func(n int64, raw string, fields ...string) line { return line{fields, "", n, raw} }
	bad := func(n int64, raw, code string) line { return line{nil, code, n, raw} }
	for name, c := range map[string]struct {
		text   string
		config Config
		want   []line
	}{
		"plain":                   {"a,b\n1,2\n3,4\n", Config{}, []line{row(2, "1,2", "1", "2"), row(3, "3,4", "3", "4")}},
		"CRLF and byte order":     {"\ufeffa,b\r\n1,2\r\n3,\r\n", Config{}, []line{row(2, "1,2", "1", "2"), row(3, "3,", "3", "")}},
		"no newline at the end":   {"a,b\n1,2", Config{}, []line{row(2, "1,2", "1", "2")}},
		"half a line at the end":  {"a,b,c\n1,2,3\n4,5", Config{}, []line{row(2, "1,2,3", "1", "2", "3"), bad(3, "4,5", truncated)}},
		"half a quote at the end": {"a,b\n1,\"x", Config{}, []line{bad(2, "1,\"x", truncated)}},
		"quotes": {"a,b\n\"1\",\"x,\"\"y\"\"\"\n\"\",\"\"\"\"\n", Config{}, []line{
			row(2, "\"1\",\"x,\"\"y\"\"\"", "1", `x,"y"`), row(3, "\"\",\"\"\"\"", "", `"`)}},
		"line ends in quotes":   {"a,b\n\"x\ny\r\nz\",1\n2,3\n", Config{}, []line{row(2, "\"x\ny\r\nz\",1", "x\ny\r\nz", "1"), row(5, "2,3", "2", "3")}},
		"quotes and CRLF":       {"a,b\r\n1,\"x\"\r\n\"y\r\n\",2\r\n", Config{}, []line{row(2, "1,\"x\"", "1", "x"), row(3, "\"y\r\n\",2", "y\r\n", "2")}},
		"empty lines":           {"a,b\n\n1,2\n\r\n\n3,4\n\n", Config{}, []line{row(3, "1,2", "1", "2"), row(6, "3,4", "3", "4")}},
		"empty lines of one":    {"a\n1\n\n2\n", Config{}, []line{row(2, "1", "1"), row(3, "", ""), row(4, "2", "2")}},
		"column counts":         {"a,b\n1\n1,2,3\n1,2\n", Config{}, []line{bad(2, "1", malformed), bad(3, "1,2,3", malformed), row(4, "1,2", "1", "2")}},
		"quote inside":          {"a,b\n1\"2,3\n4,5\n", Config{}, []line{bad(2, "1\"2,3", malformed), row(3, "4,5", "4", "5")}},
		"text behind quote":     {"a,b\n\"1\"x,3\n4,5\n", Config{}, []line{bad(2, "\"1\"x,3", malformed), row(3, "4,5", "4", "5")}},
		"stray quote":           {"a,b\n1,\"2\n3,4\n5,6\n", Config{}, []line{bad(2, "1,\"2", malformed), row(3, "3,4", "3", "4"), row(4, "5,6", "5", "6")}},
		"two stray quotes":      {"a,b\n1,\"2\n3,\"4\n5,6\n", Config{}, []line{bad(2, "1,\"2\n3,\"4", malformed), row(4, "5,6", "5", "6")}},
		"carriage return":       {"a,b\n1\r2,3\n\"1\r2\",3\n", Config{}, []line{bad(2, "1\r2,3", malformed), row(3, "\"1\r2\",3", "1\r2", "3")}},
		"carriage returns only": {"a,b\r1,2\r\"3\n\",\"\r\"\r", Config{}, []line{row(2, "1,2", "1", "2"), row(3, "\"3\n\",\"\r\"", "3\n", "\r")}},
		"newline among returns": {"a,b\r1,2\n3\r4,5\r", Config{}, []line{bad(2, "1,2\n3", malformed), row(3, "4,5", "4", "5")}},
		"NUL":                   {"a,b\n1\x00,2\n3,4\n", Config{}, []line{bad(2, "1\x00,2", malformed), row(3, "3,4", "3", "4")}},
		"stop at a word":        {"a,b\n1,2\nTotal ,2\n3,4\n", Config{Stop: "Total"}, []line{row(2, "1,2", "1", "2")}},
		"stop at an empty row":  {"a,b\n\n1,2\n\nnotes\n", Config{Stop: "empty_row"}, []line{row(3, "1,2", "1", "2")}},
		"not UTF-8":             {"a,b\n\xff,1\n2,3\n", Config{}, []line{bad(2, "\xff,1", connectors.CodeEncoding), row(3, "2,3", "2", "3")}},
		"tabs":                  {"a\tb\n1,5\t\"x\ty\"\n", Config{Format: "tsv"}, []line{row(2, "1,5\t\"x\ty\"", "1,5", "x\ty")}},
		"semicolons":            {"a;b\n1,5;2\n", Config{Delimiter: ";"}, []line{row(2, "1,5;2", "1,5", "2")}},
		"three header rows":     {"a,b\n\"long\ntext\",x\n{},{}\n1,2\n", Config{HeaderRows: 3}, []line{row(5, "1,2", "1", "2")}},
		"names in row two":      {"export of May,,\na,b,c\n1,2,3\n", Config{HeaderRows: 2, NameRow: 2}, []line{row(3, "1,2,3", "1", "2", "3")}},
		"no header":             {"1,2\n", Config{Columns: []string{"x", "y"}}, []line{row(1, "1,2", "1", "2")}},
		"nothing":               {"", Config{}, nil},
		"header only":           {"a,b\n", Config{}, nil},
		"wide fields":           {"a,b,c\nabcdefgh,ijklmnopq,\n,,12345678\n", Config{}, []line{row(2, "abcdefgh,ijklmnopq,", "abcdefgh", "ijklmnopq", ""), row(3, ",,12345678", "", "", "12345678")}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readCSV(t, strings.NewReader(c.text), &c.config)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("at once (-want +got):\n%s", d)
			}
			slow, err := readCSV(t, iotest.OneByteReader(strings.NewReader(c.text)), &c.config)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, slow); d != "" {
				t.Errorf("byte by byte (-want +got):\n%s", d)
			}
		})
	}
}

func TestCSV_RefusesTheFile(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		config Config
		says   string
	}{
		"header ends early":       {"a,b\n", Config{HeaderRows: 3}, "row 2 of its 3 header rows"},
		"header with a mistake":   {"a,\"b\"c\n1,2\n", Config{}, "header row 1"},
		"a header without an end": {"\"" + strings.Repeat("x", 100), Config{}, "header row 1"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := readCSV(t, strings.NewReader(c.text), &c.config); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error = %v, want one that says %q", err, c.says)
			}
		})
	}
}

func TestCSV_RowsBeyondTheLimit(t *testing.T) {
	long := strings.Repeat("x", MaxRow)
	got, err := readCSV(t, strings.NewReader("a,b\n1,"+long+"\n2,3\n4,\""+long+"\n"+long+"\n5,6\n"), &Config{})
	if err != nil {
		t.Fatal(err)
	}
	var short []line
	for _, l := range got {
		if l.Bad == connectors.CodeTooLarge && len(l.Raw) != keepRaw {
			t.Errorf("%d bytes of a row are kept", len(l.Raw))
		}
		l.Raw = ""
		short = append(short, l)
	}
	want := []line{{nil, connectors.CodeTooLarge, 2, ""}, {[]string{"2", "3"}, "", 3, ""}, {nil, connectors.CodeTooLarge, 4, ""}, {nil, connectors.CodeMalformed, 5, ""}, {[]string{"5", "6"}, "", 6, ""}}
	if d := cmp.Diff(want, short); d != "" {
		t.Error(d)
	}
}

func TestCSV_BrokenReader(t *testing.T) {
	broken := errors.New("disk gone")
	_, err := readCSV(t, io.MultiReader(strings.NewReader("a,b\n1,2\n3,"), iotest.ErrReader(broken)), &Config{})
	if !errors.Is(err, broken) {
		t.Errorf("error = %v", err)
	}
}

// What encoding/csv writes comes back the same, in blocks of any size.
func TestCSV_ReadsWhatEncodingCSVWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(2, 6).Draw(t, "columns")
		field := rapid.StringOf(rapid.SampledFrom([]rune("ab,\"\n 0é\t;"))) // encoding/csv reads \r\n in quotes as \n
		rows := rapid.SliceOf(rapid.SliceOfN(field, columns, columns)).Draw(t, "rows")
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.UseCRLF = rapid.Bool().Draw(t, "crlf")
		header := make([]string, columns)
		for i := range header {
			header[i] = string(rune('a' + i))
		}
		w.Write(header)
		w.WriteAll(rows)
		if w.Error() != nil {
			t.Fatal(w.Error())
		}
		var in io.Reader = &b
		if rapid.Bool().Draw(t, "slow") {
			in = iotest.OneByteReader(in)
		}
		r, err := newCSV(newBuffer(in), &Config{}, nil, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range rows {
			got, err := r.next(nil)
			if err != nil || got.bad != nil {
				t.Fatalf("row %d: %v, %v", i, err, got.bad)
			}
			for j, w := range want {
				if f := strings.ReplaceAll(string(r.at(j)), "\r\n", "\n"); f != w { // UseCRLF writes it so in quotes too
					t.Fatalf("row %d, field %d is %q, want %q", i, j, f, w)
				}
			}
		}
		if _, err := r.next(nil); err != io.EOF {
			t.Fatalf("behind the last row: %v", err)
		}
	})
}

// FuzzCSV: nothing is lost, reading in small pieces changes nothing, and a row that is taken is one that encoding/csv
// takes with the same fields.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a,b\r\n\"1\",\"x\"\"y\"\r\n", "a,b\n1,\"2\n3,4\n", "a\n\n\n", "a,b\n\"x\ny\",1", "\ufeffa,b\n1\"2,3\n", "a,b\n\"1\"x,3\n4,5", "a,b\n\xff,1\n", "a,b\n1\r2,3\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := readCSV(t, bytes.NewReader(text), &Config{})
		slow, slowErr := readCSV(t, iotest.OneByteReader(bytes.NewReader(text)), &Config{})
		if d := cmp.Diff(got, slow); d != "" || (err == nil) != (slowErr == nil) {
			t.Fatalf("byte by byte it reads differently (%v, %v):\n%s", err, slowErr, d)
		}
		size := 0
		for _, l := range got {
			size += len(l.Raw)
			if l.Bad != "" {
				continue
			}
			want, err := csv.NewReader(strings.NewReader(l.Raw + "\n")).Read()
			if err == io.EOF { // an empty line in a file with one column
				want, err = []string{""}, nil
			}
			if err != nil {
				t.Fatalf("%q is taken here, encoding/csv says %v", l.Raw, err)
			}
			for i := range want { // encoding/csv takes \r out of \r\n in quotes
				if l.Fields[i] = strings.ReplaceAll(l.Fields[i], "\r\n", "\n"); l.Fields[i] != want[i] {
					t.Fatalf("%q is %q here, %q by encoding/csv", l.Raw, l.Fields, want)
				}
			}
		}
		if size > len(text) {
			t.Fatalf("%d bytes of rows out of %d", size, len(text))
		}
	})
}

func TestCSV_RestIsJSON(t *testing.T) {
	r, err := newCSV(newBuffer(strings.NewReader("id,x,x,\"a\"\"b\",,e\n1,2,3,\"q\"\"\n\t\x01\",5,\n")), &Config{}, []string{"id"}, nil, []string{""})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.next(make([]connectors.Value, 1)); err != nil {
		t.Fatal(err)
	}
	object, n := r.rest()
	var got map[string]string
	if err := json.Unmarshal(object, &got); err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	want := map[string]string{"x": "2", "x (2)": "3", `a"b`: "q\"\n\t\x01", "": "5"}
	if d := cmp.Diff(want, got); d != "" || n != len(want) {
		t.Errorf("%d fields:\n%s", n, d)
	}
}
