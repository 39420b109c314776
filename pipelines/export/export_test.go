package export

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// hostile has every kind of column, nulls, the ends of ranges, texts that are formulas to a spreadsheet, and what CSV has to quote.
const hostile = `
select * from (values
    (1, 0.1::double, true, date '2025-03-30', timestamptz '2025-03-30 01:30:00.123456+00', 'plain', 1.50::decimal(9, 2)),
    (2, 'nan'::double, false, date '1969-12-31', timestamptz '1969-12-31 23:59:59+00', '=1+1', null),
    (9007199254740993, '-inf'::double, null, null, null, '', -0.25),
    (null, null, true, date '2025-01-01', null, null, 0),
    (-3, 1e300, true, date '2025-01-01', null, 'two
lines, "quoted"', 7),
    (4, -0.5, true, date '2025-01-01', null, '@SUM(A1)', 7),
    (5, 2, true, date '2025-01-01', null, E'\tcmd', 7)
) as t(whole, real_number, yes, day, moment, words, amount)`

func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec("set TimeZone = 'UTC'"); err != nil {
		t.Fatal(err)
	}
	return db
}

func write(t *testing.T, db *sql.DB, query, format string) []byte {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var b bytes.Buffer
	if _, err := Write(&b, rows, format); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.Bytes()
}

func TestExport_CSVKeepsNullsApartAndDisarmsFormulas(t *testing.T) {
	const want = `whole,real_number,yes,day,moment,words,amount
1,0.1,true,2025-03-30,2025-03-30T01:30:00.123456Z,plain,1.5
2,NaN,false,1969-12-31,1969-12-31T23:59:59Z,'=1+1,
9007199254740993,-Inf,,,,"",-0.25
,,true,2025-01-01,,,0
-3,1e+300,true,2025-01-01,,"two
lines, ""quoted""",7
4,-0.5,true,2025-01-01,,'@SUM(A1),7
5,2,true,2025-01-01,,'	cmd,7
`
	if d := cmp.Diff(want, string(write(t, open(t), hostile, "csv"))); d != "" {
		t.Error(d)
	}
}

// The engine reads back what it gave, decimals as text.
func TestExport_ParquetReadsBack(t *testing.T) {
	db := open(t)
	file := filepath.Join(t.TempDir(), "t.parquet")
	if err := os.WriteFile(file, write(t, db, hostile, "parquet"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"select count(*) from (select whole, real_number, yes, day, moment, words from (" + hostile + ") except all select whole, real_number, yes, day, moment, words from '" + file + "')",
		"select count(*) from (select whole, real_number, yes, day, moment, words from '" + file + "' except all select whole, real_number, yes, day, moment, words from (" + hostile + "))",
		"select count(*) - 7 from '" + file + "'",
		"select count(*) from (select amount from (" + hostile + ") except all select cast(amount as decimal(9, 2)) from '" + file + "')",
	} {
		var n int
		if err := db.QueryRow(q).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows differ, %v: %s", n, err, q)
		}
	}
}

func TestExport_ArrowReadsBack(t *testing.T) {
	f, err := ipc.NewFileReader(bytes.NewReader(write(t, open(t), hostile, "arrow")))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := f.RecordBatch(0)
	if err != nil {
		t.Fatal(err)
	}
	whole, words := r.Column(0).(*array.Int64), r.Column(5).(*array.String)
	if f.NumRecords() != 1 || r.NumRows() != 7 || whole.Value(2) != 9007199254740993 || !whole.IsNull(3) || words.Value(1) != "=1+1" || words.IsNull(2) || words.Value(2) != "" || !words.IsNull(3) {
		t.Errorf("read %v", r)
	}
	at := r.Column(4).(*array.Timestamp)
	if at.Value(0) != 1743298200123456 || at.Value(1) != -1_000_000 { // date -u -d '2025-03-30 01:30:00' +%s
		t.Errorf("instants %d, %d", at.Value(0), at.Value(1))
	}
}

func TestExport_XLSXHasNoFormulas(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(write(t, open(t), hostile, "xlsx")))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Sheet1", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 8 {
		t.Fatalf("%d rows, want a header and 7", len(rows))
	}
	for cell, want := range map[string]string{"A2": "1", "B2": "0.1", "D2": "2025-03-30", "F3": "'=1+1", "B3": "NaN", "G3": "", "A4": "9007199254740993", "A5": "", "F7": "'@SUM(A1)"} {
		if got, err := f.GetCellValue("Sheet1", cell, excelize.Options{RawCellValue: true}); err != nil || got != want {
			t.Errorf("%s is %q, %v, want %q", cell, got, err, want)
		}
		if formula, _ := f.GetCellFormula("Sheet1", cell); formula != "" {
			t.Errorf("%s holds the formula %s", cell, formula)
		}
	}
}

// Several batches, the same bytes each time and with any number of threads.
func TestExport_SameRowsSameBytes(t *testing.T) {
	const many = "select i, cast(i as varchar) as words, case when i % 3 > 0 then i / 7 end as x from range(150000) as r(i) order by i"
	for _, format := range Formats() {
		query := many
		if format == "xlsx" {
			query += " limit 2000" // slow, and one code path whatever the number
		}
		db := open(t)
		first := write(t, db, query, format)
		if _, err := db.Exec("set threads = 1"); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, write(t, db, query, format)) {
			t.Errorf("%s: the same rows gave other bytes", format)
		}
	}
}
