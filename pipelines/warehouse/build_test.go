package warehouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"insideout/models"
	"insideout/models/catalog"
)

// keepFive is a release step for tests: at least five known respondents, or public; see likeRelease.
func keepFive(cells []Cell) []Verdict { return likeRelease(cells, 5) }

// parquet writes the rows of a query as a dataset's file and returns its path; see writeParquet.
func parquet(t testing.TB, dataset, query string) string {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	file := filepath.Join(t.TempDir(), dataset+".parquet")
	writeParquet(t, db, dataset, query, file)
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

// With any number of threads, and however the rows are spread over files, the panel holds the same rows.
func TestBuild_SameRowsWithAnyNumberOfThreads(t *testing.T) {
	if testing.Short() {
		t.Skip("builds three workshops over 200,000 rows")
	}
	feedback := `select 'f' || i as feedback_id, timestamp '2025-01-06 00:00:00' + to_seconds(cast(i * 97 as integer)) as answered_at,
		case i % 3 when 0 then 'nps' when 1 then 'ces_v2' else 'csat' end as metric,
		case i % 3 when 0 then (i * 7) % 11 when 1 then 1 + (i % 61) / 10.0 else 1 + i % 5 end as score, 't' || (i * 31) % 17 as team
		from range(100000) as a(i)`
	contacts := `select 'c' || i as contact_id, timestamp '2025-01-06 00:00:00' + to_seconds(cast(i * 97 as integer)) as updated_at,
		timestamp '2025-01-06 00:00:00' + to_seconds(cast(i * 97 as integer)) as started_at, 'u' || (i * 13) % 9001 as customer,
		't' || (i * 31) % 17 as team, 'r' || i % 7 as reason, case i % 4 when 0 then 'failure' else 'value' end as demand
		from range(100000) as a(i)`
	measures := `select 't' || u as unit, timestamp '2025-01-06 00:00:00' + to_days(cast(d as integer)) as measured_at, 'wait' as measure,
		sin(u * 1000 + d) * 1e6 as value, 1 + (u * d) % 90 as n from range(17) as a(u), range(110) as b(d)`
	answers := `select 'r' || p || '-' || w as response, 'p' || p as person, timestamp '2025-01-06 09:00:00' + to_days(cast(7 * w as integer)) as answered_at,
		't' || p % 17 as team, item, 1 + (p * 3 + w * w + length(item)) % 5 as value
		from range(150) as a(p), range(16) as b(w), (values ('service_voice'), ('service_cause'), ('service_need'), ('flow_waiting')) as c(item)`
	own, problems := catalog.Load("own.yaml", []byte(`
version: 1
metrics:
  - {id: waiting, name: Waiting, side: outside, kind: measure_mean, measure: wait, unit: minutes, definition: Mean wait.}
`))
	if problems != nil {
		t.Fatal(problems)
	}
	cat, err := catalog.Default().Merge(own)
	if err != nil {
		t.Fatal(err)
	}
	whole := map[string][]string{
		"feedback": {parquet(t, "feedback", feedback)}, "contacts": {parquet(t, "contacts", contacts)},
		"measures": {parquet(t, "measures", measures)}, "answers": {parquet(t, "answers", answers)},
	}
	split := map[string][]string{
		"feedback": {parquet(t, "feedback", feedback+" where i % 2 = 1"), parquet(t, "feedback", feedback+" where i % 2 = 0")},
		"contacts": {parquet(t, "contacts", contacts+" where i >= 70000"), parquet(t, "contacts", contacts+" where i < 70000")},
		"measures": whole["measures"], "answers": whole["answers"],
	}
	var want []string
	for _, tc := range []struct {
		name    string
		threads int
		files   map[string][]string
	}{{"one thread", 1, whole}, {"four threads", 4, whole}, {"four threads, other files", 4, split}} {
		w := build(t, Input{
			Dir: filepath.Join(t.TempDir(), "workshop"), Grain: models.Week, Zone: "Europe/London", Threads: tc.threads, Files: tc.files, Catalog: cat,
		})
		var got []string
		for _, q := range []string{
			"select * from read_parquet(" + literal(w.PanelFile()) + ")", // in the order of the file
			"select * from rpt_metric order by metric", "select * from rpt_dimension order by dimension", "select * from rpt_facet order by item",
		} {
			got = append(got, bits(t, w, q)...)
		}
		if len(got) < 1000 {
			t.Fatalf("%s: only %d rows to compare", tc.name, len(got))
		}
		if want == nil {
			want = got
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", tc.name, diff)
		}
	}
}

// bits returns rows with every bit of their doubles.
func bits(t *testing.T, w *Workshop, query string) []string {
	t.Helper()
	rows, err := w.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	var out []string
	for rows.Next() {
		values := make([]any, len(columns))
		targets := make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		line := ""
		for _, v := range values {
			if f, ok := v.(float64); ok {
				line += fmt.Sprintf("%x ", f)
			} else {
				line += cell(v) + " "
			}
		}
		out = append(out, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBuild_EitherSideAloneOrNothing(t *testing.T) {
	full := small(t)
	for _, tc := range []struct {
		name     string
		datasets []string
		sides    []string
	}{
		{"customers only", []string{"feedback", "contacts"}, []string{"outside"}},
		{"feedback only", []string{"feedback"}, []string{"outside"}},
		{"contacts only", []string{"contacts"}, []string{"outside"}},
		{"employees only", []string{"answers", "roster"}, []string{"inside"}},
		{"nothing", nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := full
			in.Dir, in.Files = filepath.Join(t.TempDir(), "workshop"), map[string][]string{}
			for _, d := range tc.datasets {
				in.Files[d] = full.Files[d]
			}
			w := build(t, in)
			if w.Stopped() {
				t.Errorf("stopped: %+v", w.Checks())
			}
			if got := tableOf(t, w, "select distinct side from fct_panel order by side"); !slices.Equal(got, tc.sides) {
				t.Errorf("sides %v, want %v", got, tc.sides)
			}
			if _, err := w.Publish(t.Context(), t.TempDir(), "1"); err != nil {
				t.Error(err)
			}
		})
	}
}

// The workshop is as small as it says: what a group below the minimum answered is in no mart, nor does the panel name the
// team because of it.
func TestBuild_SmallGroupsStayInside(t *testing.T) {
	in := small(t)
	in.MinGroup = 6 // red has five people
	w, err := Build(t.Context(), in, func(cells []Cell) []Verdict { return likeRelease(cells, 6) })
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if w.Stopped() {
		t.Errorf("stopped: %+v", w.Checks())
	}
	// two items and two dimensions in two weeks of red are withheld, those of blue shown
	if got := tableOf(t, w, "select * from rpt_hidden"); !slices.Equal(got, []string{"8, 8, 8, 0, 0"}) {
		t.Errorf("hidden: %v", got)
	}
	for _, q := range []string{
		"select distinct team from fct_condition", "select distinct team from fct_facet",
		"select distinct unit from fct_panel where side = 'inside'", "select team from dim_team where has_inside",
	} {
		if got := tableOf(t, w, q); !slices.Equal(got, []string{"blue"}) {
			t.Errorf("%s: %v", q, got)
		}
	}
}

// A release step that shows too much is stopped by the last check.
func TestBuild_StopsARunThatShowsSmallGroups(t *testing.T) {
	in := small(t)
	in.MinGroup = 6
	w := build(t, in) // keepFive shows groups of five
	if !w.Stopped() {
		t.Error("groups of five were shown under a minimum of six, and nothing stopped")
	}
}

func TestBuild_RefusesABadReleaseStep(t *testing.T) {
	if _, err := Build(t.Context(), small(t), nil); err == nil || !strings.Contains(err.Error(), "no release step") {
		t.Errorf("got %v", err)
	}
	if _, err := Build(t.Context(), small(t), func([]Cell) []Verdict { return make([]Verdict, 1) }); err == nil || !strings.Contains(err.Error(), "1 verdicts for") {
		t.Errorf("got %v", err)
	}
}

func TestBuild_NamesEveryMistakeOfTheInput(t *testing.T) {
	_, err := Build(t.Context(), Input{
		Dir: t.TempDir(), Grain: "fortnight", Zone: "Mars/Olympus", MinGroup: 2, RepeatKey: []string{"reason", "mood"}, RepeatDays: -1,
		Conditions: []string{"flow", "flwo", "flow_handoffs"}, Files: map[string][]string{"answers": {"relative.parquet"}, "answer": nil},
		From: time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), MemoryMB: 1,
	}, keepFive)
	for _, want := range []string{
		`"fortnight"`, `zone "Mars/Olympus"`, "minimum group of 2", `repeat key "mood"`, "-1 days", `series "flwo"`, `"flow_handoffs" is an item of flow`,
		"not an absolute path", `dataset "answer"`, "from 2025-02-01 is not before to 2025-01-01", "1 MB",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no message with %s in: %v", want, err)
		}
	}
}

func TestBuild_LeavesNothingBehind(t *testing.T) {
	in := small(t)
	w, err := Build(t.Context(), in, keepFive)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(in.Dir); !os.IsNotExist(err) {
		t.Errorf("the workshop's folder is still there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Build(ctx, in, keepFive); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if _, err := os.Stat(in.Dir); !os.IsNotExist(err) {
		t.Errorf("a workshop that failed left its folder: %v", err)
	}
	own := t.TempDir()
	keep := filepath.Join(own, "letter.txt")
	if err := os.WriteFile(keep, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	in.Dir = own
	if _, err := Build(t.Context(), in, keepFive); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(keep); err != nil {
		t.Errorf("somebody's file is gone: %v", err)
	}
}

// A file that lacks a column of a newer version of its dataset reads as null; a file that is no Parquet is named.
func TestBuild_FilesOfOtherVersions(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	older := filepath.Join(t.TempDir(), "it's older.parquet") // the quote in the name is part of the test
	_, err = db.Exec("copy (select 'older' as feedback_id, timestamp '2025-03-03 10:00:00' as answered_at, 'nps' as metric, 9.0 as score, 'red' as team, 's' as _source, 't' as _stream, 0 as _position) to " + literal(older) + " (format parquet)")
	if err != nil {
		t.Fatal(err)
	}
	in := small(t)
	in.Files = map[string][]string{"feedback": {older, in.Files["feedback"][0]}}
	w := build(t, in)
	if got := tableOf(t, w, "select n from rpt_metric where metric = 'nps'"); !slices.Equal(got, []string{"34"}) {
		t.Errorf("%v answers, want 33 and one", got)
	}

	broken := filepath.Join(t.TempDir(), "broken.parquet")
	if err := os.WriteFile(broken, []byte("PAR1 but no more"), 0o600); err != nil {
		t.Fatal(err)
	}
	in.Dir, in.Files = filepath.Join(t.TempDir(), "workshop"), map[string][]string{"feedback": {broken}}
	if _, err := Build(t.Context(), in, keepFive); err == nil || !strings.Contains(err.Error(), "files of feedback") || !strings.Contains(err.Error(), "broken.parquet") {
		t.Errorf("got %v", err)
	}
}

// The engine reads the files of the run and its own folder, and its settings stay as they are.
func TestWorkshop_IsClosedToTheRest(t *testing.T) {
	in := small(t)
	outside := filepath.Join(t.TempDir(), "outside.csv")
	if err := os.WriteFile(outside, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := build(t, in)
	for _, statement := range []string{
		"select * from read_csv(" + literal(outside) + ")",
		"copy (select 1) to " + literal(outside),
		"attach " + literal(outside+".duckdb"),
		"install httpfs",
		"set threads = 1",
		"set allowed_directories = ['/']",
		"set lock_configuration = false",
	} {
		if rows, err := w.Query(t.Context(), statement); err == nil {
			for rows.Next() {
			}
			if rows.Close(); rows.Err() == nil {
				t.Errorf("allowed: %s", statement)
			}
		}
	}
	if got := tableOf(t, w, "select current_setting('TimeZone')"); got[0] != "UTC" {
		t.Errorf("zone of the engine: %v", got)
	}
}
