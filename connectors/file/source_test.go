package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"insideout/connectors"
	"insideout/connectors/conformance"
	"insideout/connectors/wire"
	"insideout/models"
)

// folder makes a folder of files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// units opens a source for the rows of the conformance suite.
func units(t *testing.T, dir string, c Config) *Source {
	t.Helper()
	b := conformance.Binder(t)
	x, err := wire.JSON(b.Places())
	if err != nil {
		t.Fatal(err)
	}
	s, err := New("units", c, dir, b, x)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// taken is what a pull brought: the files by label, the unit of every record, and the rejects.
type taken struct {
	labels    []string
	units     []string
	rejects   []models.Reject
	positions models.Positions
}

func take(t *testing.T, s *Source, from models.Positions) (taken, error) {
	t.Helper()
	k := taken{positions: models.Positions{}}
	err := s.Pull(t.Context(), from, func(_ context.Context, d *models.Delivery) error {
		if err := d.Range.Check(); err != nil {
			t.Error(err)
		}
		if !slices.Contains(k.labels, d.Range.Label) {
			k.labels = append(k.labels, d.Range.Label)
		}
		for _, b := range d.Records {
			for _, u := range b.Columns[b.Schema.Field("unit")].Texts {
				k.units = append(k.units, strings.Clone(u))
			}
		}
		k.rejects = append(k.rejects, d.Rejects...)
		k.positions[d.Range.Stream] = d.Range.Position()
		return nil
	})
	return k, err
}

const head = "id,value,keep,pad\n"

func TestSource_FindsFiles(t *testing.T) {
	dir := folder(t, map[string]string{
		"in/b.csv": head + "b,1,yes,\n", "in/a.csv": head + "a,1,yes,\n", "in/c.txt": head + "c,1,yes,\n", "in/.hidden.csv": "x", "in/_part.csv": "x",
		"in/d.jsonl": `{"id":"d","value":1,"keep":"yes"}`, "in/e.tsv": "id\tvalue\tkeep\ne\t1\tyes\n", "in/README.md": "read me", "in/deep/f.csv": head + "f,1,yes,\n",
		"[odd].csv": head + "odd,1,yes,\n",
	})
	for name, c := range map[string]struct {
		config Config
		want   []string
	}{
		"a folder":              {Config{Path: "in"}, []string{"a", "b", "d", "e"}},
		"a folder of one form":  {Config{Path: "in/", Format: "csv"}, []string{"a", "b"}},
		"a pattern":             {Config{Path: "in/[bc].*", Format: "csv"}, []string{"b", "c"}},
		"a pattern for folders": {Config{Path: "in/*/*.csv"}, []string{"f"}},
		"a file":                {Config{Path: "in/a.csv"}, []string{"a"}},
		"an absolute path":      {Config{Path: filepath.Join(dir, "in", "a.csv")}, []string{"a"}},
		"a name like a pattern": {Config{Path: "[odd].csv"}, []string{"odd"}},
		"nothing, optional":     {Config{Path: "in/*.parquet", Optional: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := take(t, units(t, dir, c.config), nil)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got.units); d != "" {
				t.Error(d)
			}
			if !slices.IsSorted(got.labels) {
				t.Errorf("files in the order %v", got.labels)
			}
		})
	}
}

func TestSource_SaysWhatIsThere(t *testing.T) {
	dir := folder(t, map[string]string{"in/exports-1.csv": head, "in/exports-2.csv": head})
	for name, c := range map[string]struct{ path, says string }{
		"a near name":      {"in/export-1.csv", `in in: did you mean "exports-1.csv"?`},
		"another pattern":  {"in/tickets-*.csv", "in in: known: exports-1.csv, exports-2.csv"},
		"no such folder":   {"inn/deep/*.csv", "there is no folder inn"},
		"a folder without": {"empty", "empty is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.MkdirAll(filepath.Join(dir, "empty"), 0o700); err != nil {
				t.Fatal(err)
			}
			_, err := take(t, units(t, dir, Config{Path: c.path}), nil)
			var environment *connectors.EnvironmentError
			if !errors.As(err, &environment) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error = %v, want one that says %q", err, c.says)
			}
		})
	}
}

// One bad file must not stop the others, and must say what to do.
func TestSource_BadFiles(t *testing.T) {
	good := encoders["parquet"](t, []conformance.Row{{ID: "p", Value: "1", Keep: "yes"}, {ID: "q", Value: "2", Keep: "yes"}})
	var rows []conformance.Row
	for i := range 40000 {
		rows = append(rows, conformance.Row{ID: fmt.Sprintf("r%05d", i*7919%40000), Value: fmt.Sprint(i), Keep: "yes"})
	}
	long := delimited(t, ',', rows)
	zipped := packed(t, "gz", long)
	frozen := packed(t, "zst", long)
	bomb := packed(t, "gz", append([]byte(head), bytes.Repeat([]byte("x,1,no,\n"), 12<<20)...))
	broken := bytes.Clone(good)
	copy(broken[4:40], bytes.Repeat([]byte{0xff}, 36))
	for name, c := range map[string]struct {
		file, text string
		config     Config
		says       []string
		some       bool // rows in front of the damage land
	}{
		"missing column":     {file: "x.csv", text: "id,Value,keep,pad\na,1,yes,\n", says: []string{"x.csv", `no column "value"`, `did you mean "Value"?`, "id, Value, keep, pad"}},
		"two missing":        {file: "x.csv", text: "foo,bar\n1,2\n", says: []string{`no column "id"`, `no column "value"`, "delimiter"}},
		"column twice":       {file: "x.csv", text: "id,value,keep,id\na,1,yes,b\n", says: []string{`more than one column "id"`, "different names"}},
		"UTF-16 unsaid":      {file: "x.csv", text: "i\x00d\x00,\x00", says: []string{`no column "id"`}},
		"semicolons":         {file: "x.csv", text: "id;value;keep\n1;2;yes\n", says: []string{`looks parted by ";"`, `give delimiter: ";"`}},
		"a workbook as csv":  {file: "x.csv", text: "PK\x03\x04\x14\x00", says: []string{"it looks like a workbook", "format: xlsx"}},
		"an old workbook":    {file: "x.xlsx", text: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", says: []string{"old Excel workbook", "without a password"}},
		"a page":             {file: "x.csv", text: "<!DOCTYPE html><html>", says: []string{"HTML", "a page with an error"}},
		"gzip without name":  {file: "x.jsonl", text: string(zipped), says: []string{"looks like gzip", "compression: gzip"}},
		"behind the gzip":    {file: "x.csv.gz", text: string(zipped) + "and more", says: []string{"no gzip follows", "copy it again"}, some: true},
		"text as Parquet":    {file: "x.parquet", text: "hello, this is no Parquet file at all", says: []string{"x.parquet", "no whole Parquet file"}},
		"empty Parquet":      {file: "x.parquet", text: "", says: []string{"no whole Parquet file"}},
		"half a Parquet":     {file: "x.parquet", text: string(good[:len(good)/2]), says: []string{"no whole Parquet file"}},
		"broken pages":       {file: "x.parquet", text: string(broken), says: []string{"x.parquet"}},
		"column not Parquet": {file: "x.parquet", text: string(otherParquet(t)), says: []string{`no column "value"`}},
		"half a gzip":        {file: "x.csv.gz", text: string(zipped[:len(zipped)/2]), says: []string{"ends half-way", "copy it again"}, some: true},
		"half a zstd":        {file: "x.csv.zst", text: string(frozen[:len(frozen)/2]), says: []string{"ends half-way"}, some: true},
		"text as gzip":       {file: "x.csv.gz", text: head, says: []string{"gzip"}},
		"text as zstd":       {file: "x.csv.zst", text: head, says: []string{"magic"}},
		"a bomb":             {file: "x.csv.gz", text: string(bomb), says: []string{"300 times"}},
		"no known ending":    {file: "x.dat", text: head, config: Config{Path: "*"}, says: []string{"format: csv"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, map[string]string{"a.csv": head + "a,1,yes,\n", c.file: c.text, "z.csv": head + "z,1,yes,\n"})
			if c.config.Path == "" {
				c.config.Path = "."
			}
			s := units(t, dir, c.config)
			got, err := take(t, s, nil)
			var data *connectors.DataError
			if !errors.As(err, &data) {
				t.Fatalf("error = %v, want a DataError", err)
			}
			for _, w := range c.says {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error = %v, want one that says %q", err, w)
				}
			}
			if got.units[0] != "a" || got.units[len(got.units)-1] != "z" || (len(got.units) > 2) != c.some {
				t.Errorf("%d records, from %s to %s", len(got.units), got.units[0], got.units[len(got.units)-1])
			}
			// The file is tried again, and what has landed of it does not land twice.
			again, err := take(t, s, got.positions)
			if !errors.As(err, &data) || len(again.units) != 0 {
				t.Errorf("the second pull brought %d records and %v", len(again.units), err)
			}
		})
	}
}

// A small file of gzip that unpacks to millions of bad rows does not fill the quarantine.
func TestSource_FloodOfBadRows(t *testing.T) {
	rows := 3_000_000
	dir := folder(t, map[string]string{
		"a.csv.gz": string(packed(t, "gz", append([]byte(head), bytes.Repeat([]byte("a\n"), rows)...))),
		"b.csv":    head + "b,1,yes,\n" + strings.Repeat("bad\n", 50),
		// Rows that a filter leaves out, and lines that are no rows, have no rejects; what they unpack to is bounded.
		"c.csv.gz":    string(packed(t, "gz", append([]byte(head), bytes.Repeat([]byte("c,1,no,\n"), freeGrowth/8)...))),
		"d.jsonl.zst": string(packed(t, "zst", bytes.Repeat([]byte("\n"), freeGrowth+1))),
	})
	got, err := take(t, units(t, dir, Config{Path: "."}), nil)
	for _, want := range []string{"a.csv.gz: 100000 of its first 100000 rows are rejected", "c.csv.gz: it grows to more than 300 times its size", "d.jsonl.zst: it grows to more than 300 times its size"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %q", err, want)
		}
	}
	if len(got.rejects) != maxRejects+50 || len(got.units) != 1 {
		t.Errorf("%d rejects, %d records", len(got.rejects), len(got.units))
	}
}

// The name of a file is a place: the day of a copy often stands nowhere else.
func TestSource_NameOfTheFile(t *testing.T) {
	dir := folder(t, map[string]string{
		"in/roster-2025-03-01.csv":   "who,dept\n007,red\n",
		"in/roster-2025-03-02.jsonl": `{"who":"007","dept":"blue"}`,
		"in/roster-no-day.csv":       "who,dept\n008,red\n",
	})
	m := connectors.Mapping{To: "roster", Map: map[string]connectors.Rule{
		"person": place("who"), "team": place("dept"), "valid_from": {From: connectors.Places{"$file"}, Time: "roster-2006-01-02.csv"}, "form": constant("snapshot"),
	}}
	b, err := connectors.NewBinder(m, connectors.BinderOptions{Pseudonym: func(raw []byte) string { return string(raw) }})
	must(t, err)
	x, err := wire.JSON(b.Places())
	must(t, err)
	s, err := New("roster", Config{Path: "in"}, dir, b, x)
	must(t, err)
	var got []string
	must(t, s.Pull(t.Context(), nil, func(_ context.Context, d *models.Delivery) error {
		for _, b := range d.Records {
			for i := range b.Rows() {
				day := b.Columns[b.Schema.Field("valid_from")].Ints[i]
				got = append(got, fmt.Sprint(b.Columns[b.Schema.Field("team")].Texts[i], " ", time.Unix(day*86400, 0).UTC().Format(time.DateOnly)))
			}
		}
		for _, r := range d.Rejects {
			got = append(got, r.Label+" "+r.Field)
		}
		return nil
	}))
	if d := cmp.Diff([]string{"red 2025-03-01", "in/roster-2025-03-02.jsonl valid_from", "in/roster-no-day.csv valid_from"}, got); d != "" {
		t.Error(d)
	}
}

// A link in a folder may not lead out of it; a file that the configuration names may be a link.
func TestSource_Links(t *testing.T) {
	dir := folder(t, map[string]string{"in/a.csv": head + "a,1,yes,\n", "secret.csv": head + "s,1,yes,\n"})
	for name, to := range map[string]string{"out.csv": "../secret.csv", "within.csv": "a.csv"} {
		if err := os.Symlink(to, filepath.Join(dir, "in", name)); err != nil {
			t.Skip("this system makes no links:", err)
		}
	}
	for _, path := range []string{"in", "in/*.csv"} {
		got, err := take(t, units(t, dir, Config{Path: path}), nil)
		var environment *connectors.EnvironmentError
		if !errors.As(err, &environment) || !strings.Contains(err.Error(), "in/out.csv") || !strings.Contains(environment.Hint, "link") {
			t.Errorf("%s: error = %v", path, err)
		}
		if d := cmp.Diff([]string{"a"}, got.units); d != "" {
			t.Errorf("%s: %s", path, d)
		}
	}
	if got, err := take(t, units(t, dir, Config{Path: "in/out.csv"}), nil); err != nil || len(got.units) != 1 {
		t.Errorf("named by the configuration: %v, %v", got.units, err)
	}
}

func TestSource_LoadsAContentOnce(t *testing.T) {
	text := head + "a,1,yes,\n"
	dir := folder(t, map[string]string{"a.csv": text, "copy.csv": text, "b.csv": head + "b,1,yes,\n"})
	s := units(t, dir, Config{Path: "*.csv"})
	first, err := take(t, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a", "b"}, first.units); d != "" {
		t.Error(d)
	}
	if err := os.Rename(filepath.Join(dir, "b.csv"), filepath.Join(dir, "renamed.csv")); err != nil {
		t.Fatal(err)
	}
	second, err := take(t, s, first.positions)
	if err != nil || len(second.units) != 0 || len(second.labels) != 0 {
		t.Errorf("renamed: %v, %v", second, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.csv"), []byte(text+"c,1,yes,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	third, err := take(t, s, first.positions)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"c"}, third.units); d != "" { // of what has grown only what is new
		t.Errorf("grown: %s", d)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.csv"), []byte(strings.Replace(text, "a,1", "a,2", 1)+"c,1,yes,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fourth, err := take(t, s, first.positions)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a", "c"}, fourth.units); d != "" {
		t.Errorf("changed: %s", d)
	}
}

func TestSource_FileThatIsBeingWritten(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(head)
	for i := range maxRows + 10 {
		fmt.Fprintf(&b, "r%06d,1,yes,\n", i)
	}
	dir := folder(t, map[string]string{"a.csv": b.String()})
	path := filepath.Join(dir, "a.csv")
	s := units(t, dir, Config{Path: "a.csv"})
	deliveries := 0
	err := s.Pull(t.Context(), nil, func(_ context.Context, d *models.Delivery) error {
		deliveries++
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = f.WriteString("more,1,yes,\n")
		return err
	})
	var data *connectors.DataError
	if !errors.As(err, &data) || !strings.Contains(err.Error(), "changes while it is read") || deliveries != 1 {
		t.Errorf("%d deliveries, error = %v", deliveries, err)
	}
	got, err := take(t, s, nil)
	if err != nil || len(got.units) != maxRows+11 {
		t.Errorf("when it is complete: %d records, %v", len(got.units), err)
	}
}

func TestSource_RejectsKnowTheirPlace(t *testing.T) {
	dir := folder(t, map[string]string{
		"a.csv":   head + "a,1,yes,\n\n\"b\nb\",x,yes,\nc,2",
		"b.jsonl": `{"id":"d","value":1,"keep":"yes"}` + "\n\n" + `{"id":"e","value":"x","keep":"yes"}` + "\n" + `{"id":"f","value":1,"id":"g"}` + "\n" + `{"id":"h","va`,
	})
	got, err := take(t, units(t, dir, Config{Path: "."}), nil)
	if err != nil {
		t.Fatal(err)
	}
	type where struct {
		Label          string
		Position, Line int64
		Code, Field    string
		Raw            string
	}
	var rejects []where
	for _, r := range got.rejects {
		if !strings.HasPrefix(r.Stream, "sha256:") || len(r.Stream) != 7+64 || r.Detail == "" {
			t.Errorf("reject %+v", r)
		}
		rejects = append(rejects, where{r.Label, r.Position, r.Line, r.Code, r.Field, string(r.Raw)})
	}
	want := []where{
		{"a.csv", 1, 4, connectors.CodeWrongType, "value", "\"b\nb\",x,yes,"},
		{"a.csv", 2, 6, connectors.CodeTruncated, "", "c,2"},
		{"b.jsonl", 1, 3, connectors.CodeWrongType, "value", `{"id":"e","value":"x","keep":"yes"}`},
		{"b.jsonl", 2, 4, connectors.CodeMalformed, "", `{"id":"f","value":1,"id":"g"}`},
		{"b.jsonl", 3, 5, connectors.CodeTruncated, "", `{"id":"h","va`},
	}
	if d := cmp.Diff(want, rejects); d != "" {
		t.Error(d)
	}
}

// Qualtrics writes three header rows, with line ends in the second; the mapping of a wide survey goes over it.
func TestSource_Qualtrics(t *testing.T) {
	dir := folder(t, map[string]string{"survey.csv": "\ufeffStartDate,Status,Finished,RecordedDate,ResponseId,Q1_1,Q1_2,Q2_TEXT\r\n" +
		"Start Date,Response Type,Finished,Recorded Date,Response ID,\"How much do you agree? -\n\nMy team helps\",Second,\"Anything, \"\"else\"\"?\"\r\n" +
		"\"{\"\"ImportId\"\":\"\"startDate\"\",\"\"timeZone\"\":\"\"America/Denver\"\"}\",\"{\"\"ImportId\"\":\"\"status\"\"}\",x,x,x,x,x,x\r\n" +
		"2025-03-01 10:00:00,0,1,2025-03-01 10:05:00,R_1,5,4,\"one\r\ntwo\"\r\n" +
		"2025-03-01 10:00:00,1,1,2025-03-01 10:05:00,R_2,5,4,preview\r\n" +
		"2025-03-01 10:00:00,IP Address,True,2025-07-01 10:05:00,R_3,,4,\r\n"})
	m := connectors.Mapping{
		To:  "answers",
		Map: map[string]connectors.Rule{"response": place("ResponseId"), "answered_at": {From: connectors.Places{"RecordedDate"}, Time: "2006-01-02 15:04:05", Zone: "America/Denver"}},
		Each: []map[string]connectors.Rule{
			{"item": constant("helps"), "value": place("Q1_1"), "comment": place("Q2_TEXT")},
			{"item": constant("second"), "value": place("Q1_2")},
		},
		Where: map[string][]string{"Status": {"0", "IP Address"}},
	}
	got, err := gather(t, source(t, Config{Path: "survey.csv", HeaderRows: 3}, dir, m), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.rows != 3 || got.records != 3 || got.filter != 1 || got.bad != 0 || got.sum["helps"] != 5 || got.sum["second"] != 8 {
		t.Errorf("%+v", got)
	}
}

func TestSource_Clock(t *testing.T) {
	dir := folder(t, map[string]string{"a.csv": head})
	s := units(t, dir, Config{Path: "a.csv"})
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.FixedZone("", 3600))
	s.Now = func() time.Time { return now }
	err := s.Pull(t.Context(), nil, func(_ context.Context, d *models.Delivery) error {
		if !d.At.Equal(now) || d.At.Location() != time.UTC || !d.Range.Done || d.Range.Next != 0 {
			t.Errorf("delivery at %v with %+v", d.At, d.Range)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Whatever stands in files of any kind: of the rows that were written each is a record, a reject that holds it, or filtered,
// each once, whether they are read at once or in parts; and nothing else is there.
func TestSource_LosesNothing(t *testing.T) {
	root := t.TempDir()
	name := regexp.MustCompile(`\d-\d\d#`)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		dir := filepath.Join(root, fmt.Sprint(n))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		want, wantBad := map[string]int{}, map[string]int{}
		var wantFiltered, wantRows int
		for f := range rapid.IntRange(1, 3).Draw(r, "files") {
			format := rapid.SampledFrom([]string{"csv", "tsv", "jsonl", "json", "parquet", "xlsx", "ods", "csv.gz", "tsv.zst", "jsonl.zst", "json.gz"}).Draw(r, "format")
			rows := []conformance.Row{{ID: fmt.Sprintf("%d-%02d#", f, 99), Value: "1", Keep: "no"}} // no two files are the same
			wantFiltered++
			for i := range rapid.IntRange(0, 40).Draw(r, "rows") {
				row := conformance.Row{
					ID:    fmt.Sprintf("%d-%02d#", f, i),
					Value: rapid.SampledFrom([]string{"1", "2.5", "-3e2", "x", "", "1,5"}).Draw(r, "value"),
					Keep:  rapid.SampledFrom([]string{"yes", "yes", "no", ""}).Draw(r, "keep"),
					Pad:   rapid.SampledFrom([]string{"", "p", "a,b", "a\tb", "\"q\"", "x\ny", "é😀", "<&>"}).Draw(r, "pad"),
				}
				rows = append(rows, row)
				switch {
				case row.Keep != "yes":
					wantFiltered++
				case strings.ContainsAny(row.Value, "x,") || row.Value == "":
					wantBad[row.ID]++
				default:
					want[row.ID]++
				}
			}
			wantRows += len(rows)
			kind, how, _ := cutLast(format)
			text := packed(t, how, encoders[kind](t, rows))
			if kind == "csv" && how == "" && rapid.Bool().Draw(r, "bad line") {
				id := fmt.Sprintf("%d-98#", f)
				text = fmt.Appendf(text, "only,three,%s\n", id)
				wantBad[id]++
				wantRows++
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.%s", f, format)), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, gotBad := map[string]int{}, map[string]int{}
		var filtered, rows int
		at := models.Positions{}
		left := rapid.IntRange(0, 3).Draw(r, "deliveries before it is broken off")
		broken := errors.New("broken off")
		count := func(_ context.Context, d *models.Delivery) error {
			if left--; left == 0 {
				return broken
			}
			if err := d.Range.Check(); err != nil {
				t.Error(err)
			}
			rows += int(d.Range.Next - d.Range.First)
			filtered += int(d.Range.Filtered)
			for _, reject := range d.Rejects {
				ids := name.FindAllString(string(reject.Raw), -1)
				if len(ids) != 1 {
					t.Errorf("a reject holds the rows %v: %q", ids, reject.Raw)
					continue
				}
				gotBad[ids[0]]++
			}
			for _, b := range d.Records {
				for _, u := range b.Columns[b.Schema.Field("unit")].Texts {
					got[strings.Clone(u)]++
				}
			}
			at[d.Range.Stream] = d.Range.Position()
			return nil
		}
		s := units(t, dir, Config{Path: "."})
		if err := s.Pull(t.Context(), at, count); err != nil && !errors.Is(err, broken) {
			r.Fatal(err)
		}
		left = -1
		if err := s.Pull(t.Context(), at, count); err != nil {
			r.Fatal(err)
		}
		if d := cmp.Diff(want, got) + cmp.Diff(wantBad, gotBad); d != "" || filtered != wantFiltered || rows != wantRows {
			r.Fatalf("%d rows, %d filtered; want %d, %d\n%s", rows, filtered, wantRows, wantFiltered, d)
		}
	})
}

// The memory does not grow with the input: here 64 MiB of text come out of a small file.
func TestSource_MemoryIsBounded(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(head)
	pad := strings.Repeat("abcdefgh", 16)
	for i := range 450_000 {
		fmt.Fprintf(&b, "r%07d,%d,yes,%s\n", i, i, pad)
	}
	size := b.Len()
	dir := folder(t, map[string]string{"a.csv.zst": string(packed(t, "zst", b.Bytes()))})
	b = bytes.Buffer{}
	runtime.GC()
	var before, m runtime.MemStats
	runtime.ReadMemStats(&before)
	most, rows := uint64(0), int64(0)
	err := units(t, dir, Config{Path: "a.csv.zst"}).Pull(t.Context(), nil, func(_ context.Context, d *models.Delivery) error {
		rows += d.Range.Loaded
		runtime.GC()
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
		return nil
	})
	if err != nil || rows != 450_000 {
		t.Fatal(rows, err)
	}
	if held := int64(most) - int64(before.HeapAlloc); held > 32<<20 {
		t.Errorf("%d MiB are held while %d MiB of text are read", held>>20, size>>20)
	}
}
