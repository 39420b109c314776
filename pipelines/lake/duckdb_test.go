package lake_test

import (
	"database/sql"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"

	"insideout/models"
	"insideout/pipelines/lake"
)

// kinds has every kind of field, optional and required.
var kinds = &models.Schema{
	Name: "kinds", Version: 3, Time: "at", Grain: "one row of every kind",
	Fields: []models.Field{
		{Name: "at", Kind: models.Instant, Required: true},
		{Name: "zulu", Kind: models.Text}, // the names are not in the order of the alphabet
		{Name: "id", Kind: models.Text, Required: true},
		{Name: "n", Kind: models.Int},
		{Name: "x", Kind: models.Real},
		{Name: "yes", Kind: models.Bool},
		{Name: "day", Kind: models.Date},
		{Name: "moment", Kind: models.Instant},
		{Name: "attributes", Kind: models.JSON},
		{Name: "must_n", Kind: models.Int, Required: true},
		{Name: "must_x", Kind: models.Real, Required: true},
		{Name: "must_yes", Kind: models.Bool, Required: true},
		{Name: "must_day", Kind: models.Date, Required: true},
	},
}

// load commits batches as one stream and returns the dataset's files.
func load(t *testing.T, batches ...*models.Batch) []string {
	t.Helper()
	dir := t.TempDir()
	l, err := lake.Open(dir, lake.Options{RunID: "run 7"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := l.Begin()
	next := int64(0)
	for _, b := range batches {
		n := int64(b.Rows())
		err := c.Add(&models.Delivery{Source: "source", Records: []*models.Batch{b}, At: time.UnixMicro(0).UTC(),
			Range: models.Range{Stream: "stream", First: next, Next: next + n, Loaded: n, Records: n}})
		if err != nil {
			t.Fatal(err)
		}
		next += n
	}
	if _, err := c.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	v, err := lake.Verify(t.Context(), dir, nil)
	if err != nil || !v.OK() {
		t.Fatalf("verify: %+v, %v", v, err)
	}
	return l.Snapshot().Paths(batches[0].Schema.Name)
}

func duck(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// lines runs a query over the files and returns its rows as text.
func lines(t *testing.T, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		cells, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var line []string
		for _, c := range cells {
			if at, ok := c.(time.Time); ok {
				c = at.Format("2006-01-02T15:04:05.999999")
			}
			line = append(line, fmt.Sprint(c))
		}
		out = append(out, strings.Join(line, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestFiles_TypesInDuckDB: instants are plain TIMESTAMPs, so that no connection's time zone can shift them.
func TestFiles_TypesInDuckDB(t *testing.T) {
	b := models.NewBatch(kinds, 1)
	fill(b, b.Add(0))
	paths := load(t, b)
	got := lines(t, duck(t), "select column_name, column_type from (describe select * from read_parquet(?))", paths)
	want := []string{"at|TIMESTAMP", "zulu|VARCHAR", "id|VARCHAR", "n|BIGINT", "x|DOUBLE", "yes|BOOLEAN", "day|DATE", "moment|TIMESTAMP",
		"attributes|VARCHAR", "must_n|BIGINT", "must_x|DOUBLE", "must_yes|BOOLEAN", "must_day|DATE",
		"_source|VARCHAR", "_stream|VARCHAR", "_position|BIGINT", "_ingested_at|TIMESTAMP", "_run_id|VARCHAR"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), DuckDB (+):\n%s", diff)
	}
}

// fill gives every required field its zero value.
func fill(b *models.Batch, r int) {
	for i, f := range b.Schema.Fields {
		switch {
		case !f.Required:
		case f.Kind == models.Text:
			b.SetText(i, r, "")
		case f.Kind == models.Real:
			b.SetReal(i, r, 0)
		default:
			b.SetInt(i, r, 0)
		}
	}
}

// TestFiles_ZeroIsNotNull writes a row of nulls, a row of zero values, and a row at the far ends.
func TestFiles_ZeroIsNotNull(t *testing.T) {
	b := models.NewBatch(kinds, 3)
	fill(b, b.Add(0))
	zero := b.Add(1)
	fill(b, zero)
	for i, f := range kinds.Fields {
		switch f.Kind {
		case models.Text, models.JSON:
			b.SetText(i, zero, "")
		case models.Real:
			b.SetReal(i, zero, 0)
		default:
			b.SetInt(i, zero, 0)
		}
	}
	far := b.Add(2)
	fill(b, far)
	b.SetText(1, far, "Ünï\x00 'quoted' \"too\"\n")
	b.SetInt(3, far, math.MinInt64)
	b.SetReal(4, far, -math.MaxFloat64)
	b.SetInt(5, far, 1)
	b.SetInt(6, far, -719_162)                // 0001-01-01
	b.SetInt(7, far, 253_402_300_799_999_999) // the last microsecond of 9999
	b.SetText(8, far, `{"a": [1, null, "ü"]}`)

	got := lines(t, duck(t), `select zulu, n, x, yes, day, moment, attributes from read_parquet(?) order by _position`, load(t, b))
	want := []string{
		"<nil>|<nil>|<nil>|<nil>|<nil>|<nil>|<nil>",
		"|0|0|false|1970-01-01T00:00:00|1970-01-01T00:00:00|",
		"Ünï\x00 'quoted' \"too\"\n|-9223372036854775808|-1.7976931348623157e+308|true|0001-01-01T00:00:00|9999-12-31T23:59:59.999999|" + `{"a": [1, null, "ü"]}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), DuckDB (+):\n%s", diff)
	}
	got = lines(t, duck(t), `select distinct _source, _stream, _ingested_at, _run_id from read_parquet(?)`, load(t, b))
	if diff := cmp.Diff([]string{"source|stream|1970-01-01T00:00:00|run 7"}, got); diff != "" {
		t.Errorf("provenance: want (-), DuckDB (+):\n%s", diff)
	}
}

// TestFiles_CountNullMinMax writes more rows than a row group holds, with a text whose dictionary is given up half-way
// and one that is null at first, and compares what DuckDB counts with sums kept while the rows were made. Filters go
// through the statistics in the files: a wrong least or greatest value would lose rows.
func TestFiles_CountNullMinMax(t *testing.T) {
	const rows = 300_000
	var batches []*models.Batch
	type sums struct {
		values, zeros, positive int
		min, max                float64
	}
	x := sums{min: math.Inf(1), max: math.Inf(-1)}
	texts, length, late, instants := 0, 0, 0, int64(0)
	for first := 0; first < rows; first += 10_000 {
		b := models.NewBatch(kinds, 10_000)
		for p := first; p < first+10_000; p++ {
			r := b.Add(int64(p))
			fill(b, r)
			b.SetInt(0, r, int64(p)*1e6)
			instants += int64(p)
			if p%3 != 0 {
				v := float64(p%2001-1000) / 4
				b.SetReal(4, r, v)
				x.values++
				x.min, x.max = min(x.min, v), max(x.max, v)
				switch {
				case v == 0:
					x.zeros++
				case v > 0:
					x.positive++
				}
			}
			s := fmt.Sprintf("reason %d", p%7)
			if p > 50_000 {
				s = fmt.Sprintf("a text that is never seen again %09d", p*7919%rows)
			}
			b.SetText(2, r, s)
			texts++
			length += len(s)
			if p > 200_000 {
				b.SetText(1, r, []string{"", "late"}[p%2])
				late += p % 2
			}
		}
		batches = append(batches, b)
	}
	paths := load(t, batches...)
	db := duck(t)
	got := lines(t, db, `select count(*), count(x), min(x), max(x), count(id), sum(length(id))::bigint, count(zulu), sum(length(zulu))::bigint,
		sum(epoch("at"))::bigint, count(distinct _position) from read_parquet(?)`, paths)
	want := []string{fmt.Sprintf("%d|%d|%v|%v|%d|%d|%d|%d|%d|%d", rows, x.values, x.min, x.max, texts, length, rows-200_001, 4*late, instants, rows)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), DuckDB (+):\n%s", diff)
	}
	for filter, n := range map[string]int{
		"x = 0":                                      x.zeros,
		"x > 0":                                      x.positive,
		"x is null":                                  rows - x.values,
		`"at" < make_timestamp(1000000)`:             1,
		`"at" >= make_timestamp(299999000000)`:       1,
		"_position between 122879 and 122880":        2,
		"id = 'reason 3'":                            7143, // 3, 10, ... up to 50,000: (50,000 - 3) div 7 + 1
		"zulu = 'late' and _position > 299_997":      1,
		"zulu = ''  and _position > 299_997":         1,
		"must_n = 0 and not must_yes":                rows,
		"must_day = date '1970-01-01' and n is null": rows,
	} {
		got := lines(t, db, "select count(*) from read_parquet(?) where "+filter, paths)
		if want := fmt.Sprint(n); got[0] != want {
			t.Errorf("%s: %s rows, want %s", filter, got[0], want)
		}
	}
	if groups := lines(t, db, "select count(distinct row_group_id), max(row_group_num_rows) from parquet_metadata(?)", paths[0]); groups[0] != "3|122880" {
		t.Errorf("row groups: %s", groups[0])
	}
	// A text's bounds would be somebody's words, in the clear, in the footer.
	if bounds := lines(t, db, "select distinct path_in_schema from parquet_metadata(?) where type = 'BYTE_ARRAY' and coalesce(stats_min_value, stats_max_value, stats_min, stats_max) is not null", paths[0]); len(bounds) != 0 {
		t.Errorf("texts with bounds: %s", bounds)
	}
	if codecs := lines(t, db, "select distinct compression from parquet_metadata(?)", paths[0]); len(codecs) != 1 || codecs[0] != "ZSTD" {
		t.Errorf("compression: %s", codecs)
	}
}

// TestFiles_QuarantineInDuckDB: raw rows are BLOBs, because they need not be text.
func TestFiles_QuarantineInDuckDB(t *testing.T) {
	l, err := lake.Open(t.TempDir(), lake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := l.Begin()
	err = c.Add(&models.Delivery{Source: "a", Range: models.Range{Stream: "s", Next: 1, Rejected: 1},
		Rejects: []models.Reject{{Stream: "s", Code: "malformed", Raw: []byte{0xff, 0, 'x'}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := lines(t, duck(t), `select typeof(raw), hex(raw), key, code, label, line, _source, _stream, _position from read_parquet(?)`, l.Snapshot().Paths("_rejects"))
	if diff := cmp.Diff([]string{"BLOB|FF0078|<nil>|malformed|<nil>|<nil>|a|s|0"}, got); diff != "" {
		t.Errorf("want (-), DuckDB (+):\n%s", diff)
	}
}
