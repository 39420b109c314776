package warehouse

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"insideout/models"
)

// keepFive is a release step for tests: at least five known respondents, or public.
func keepFive(cells []Cell) []Verdict {
	out := make([]Verdict, len(cells))
	for i, c := range cells {
		switch {
		case c.Public || c.HasN && c.N >= 5:
			out[i].Shown = true
		case !c.HasN:
			out[i].Reason = "unknown_size"
		default:
			out[i].Reason = "too_small"
		}
	}
	return out
}

// parquet writes the rows of a query as a dataset's file and returns its path. The columns that the query does not
// give are null; where a row comes from is made up.
func parquet(t *testing.T, dataset, query string) string {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	given, err := describe(t.Context(), db, query)
	if err != nil {
		t.Fatalf("%s: %v", dataset, err)
	}
	have := map[string]bool{}
	for _, c := range given {
		have[c.name] = true
	}
	var list []string
	for _, c := range rawColumns(models.Dataset(dataset)) {
		switch {
		case have[c.name]:
			list = append(list, fmt.Sprintf("cast(%s as %s) as %s", c.name, c.typ, c.name))
		case c.name == models.ColSource:
			list = append(list, "'source' as _source")
		case c.name == models.ColStream:
			list = append(list, "'stream' as _stream")
		case c.name == models.ColPosition:
			list = append(list, "row_number() over () - 1 as _position")
		case c.name == models.ColIngested:
			list = append(list, "timestamp '2025-07-01 00:00:00' as _ingested_at")
		default:
			list = append(list, fmt.Sprintf("cast(null as %s) as %s", c.typ, c.name))
		}
	}
	file := filepath.Join(t.TempDir(), dataset+".parquet")
	if _, err := db.Exec(fmt.Sprintf("copy (select %s from (%s)) to %s (format parquet)", strings.Join(list, ", "), query, literal(file))); err != nil {
		t.Fatalf("%s: %v", dataset, err)
	}
	return file
}

// small is a made-up company small enough to count by hand: twelve people in two teams of five and seven answer two
// items in two weeks, customers answer NPS, contacts come in.
func small(t *testing.T) Input {
	return Input{
		Dir: filepath.Join(t.TempDir(), "workshop"), Grain: models.Week, Zone: "Europe/London", Threads: 2,
		Files: map[string][]string{
			"answers": {parquet(t, "answers", `
				select 'r' || p || '-' || w as response, 'p' || p as person, timestamp '2025-03-03 09:00:00' + to_days(cast(7 * w as integer)) as answered_at,
					case when p < 5 then 'red' when p < 11 then 'blue' end as team, item, 1 + (p + w + length(item)) % 5 as value
				from range(12) as a(p), range(2) as b(w), (values ('service_voice'), ('flow_waiting')) as c(item)`)},
			"roster": {parquet(t, "roster", `select 'p' || p as person, 'blue' as team, date '2025-01-01' as valid_from from range(11, 12) as a(p)`)},
			"feedback": {parquet(t, "feedback", `
				select 'f' || i as feedback_id, timestamp '2025-03-03 10:00:00' + to_hours(cast(9 * i as integer)) as answered_at, 'nps' as metric,
					(i * 7) % 11 as score, case when i % 2 = 0 then 'red' else 'blue' end as team
				from range(33) as a(i)`)},
			"contacts": {parquet(t, "contacts", `
				select 'c' || i as contact_id, timestamp '2025-03-03 08:00:00' + to_hours(cast(5 * i as integer)) as updated_at,
					timestamp '2025-03-03 08:00:00' + to_hours(cast(5 * i as integer)) as started_at, 'u' || i % 7 as customer,
					case when i % 2 = 0 then 'red' else 'blue' end as team, 'r' || i % 3 as reason,
					case i % 4 when 0 then 'failure' when 3 then 'unknown' else 'value' end as demand
				from range(60) as a(i)`)},
		},
	}
}

func build(t *testing.T, in Input) *Workshop {
	t.Helper()
	w, err := Build(t.Context(), in, keepFive)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// table returns the rows of a query, columns parted by commas.
func tableOf(t *testing.T, w interface {
	Query(context.Context, string, ...any) (*sql.Rows, error)
}, query string) []string {
	t.Helper()
	rows, err := w.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values := make([]any, len(columns))
	targets := make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	var out []string
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		line := make([]string, len(values))
		for i, v := range values {
			line[i] = cell(v)
		}
		out = append(out, strings.Join(line, ", "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// cell writes a value of a result: ten digits of a double, dates without a clock.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case float64:
		return fmt.Sprintf("%.10g", v)
	case time.Time:
		return stamp(v)
	}
	return fmt.Sprint(v)
}

func TestBuild_BothSides(t *testing.T) {
	w := build(t, small(t))
	for _, c := range w.Checks() {
		// a quarter of the made-up contacts is not classified
		if c.Rows > 0 && c.Name != "assert_demand_classified" {
			t.Errorf("%s (%s): %d rows, %v", c.Name, c.Severity, c.Rows, c.Sample)
		}
	}
	if st, err := os.Stat(w.in.Dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("the workshop's folder: %v, %v", st.Mode(), err)
	}
}
