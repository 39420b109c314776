package warehouse

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"insideout/models"
)

func TestPublish_MovesAWholeGenerationIntoPlace(t *testing.T) {
	w := build(t, small(t))
	out := t.TempDir()
	finding := models.Finding{
		Condition: "flow", Outcome: "nps", Lag: 2, LagSet: []int{1, 2, 3}, Q: .04, PSearch: models.None(), MDE: 3, MDER: models.None(),
		Within: models.Estimate{OK: true, R: .3, Slope: 1.5, SE: .5, DF: 9, Low: .4, High: 2.6, T: 3, P: .01, N: 100, Teams: 12, Times: 30},
		Lags:   []models.LagPoint{{Lag: 0, Estimate: models.Estimate{OK: true, Slope: 1, P: .2}}, {Lag: 1}},
		Doubts: []models.Doubt{{Code: "few_teams"}, {Code: "short"}},
		Ways: []models.Way{
			{Code: "trends", Kind: models.OtherMethod, Says: "trends out", Estimate: models.Estimate{OK: true, Slope: 1.25, Low: .25, High: 2.25}},
			{Code: "huber", Kind: models.OtherMethod, Says: "far cells count less", Estimate: models.Estimate{OK: true, Slope: -1.5, Low: -2, High: -1}},
			{Code: "imputed", Kind: models.IfMissing, Says: "filled in", Estimate: models.Estimate{OK: true, Slope: 1, Low: -1, High: 3}},
		},
	}
	refused := models.Finding{Condition: "flow", Outcome: "csat", Q: models.None(), Refused: &models.Refusal{Code: "x", Reason: "no data", Needed: "data"}}
	if err := w.WriteConclusions(t.Context(), &models.Conclusions{Findings: []models.Finding{finding}}); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteConclusions(t.Context(), &models.Conclusions{Findings: []models.Finding{finding, refused}}); err != nil { // in place of the former
		t.Fatal(err)
	}
	path, err := w.Publish(t.Context(), out, "run-1")
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(out, "gen-run-1.duckdb"); path != want {
		t.Errorf("path %s, want %s", path, want)
	}
	entries, _ := filepath.Glob(filepath.Join(out, "*"))
	var names []string
	for _, e := range entries {
		names = append(names, filepath.Base(e))
	}
	if want := []string{"gen-run-1.duckdb", "panel.parquet", "warehouse.duckdb"}; !slices.Equal(names, want) {
		t.Errorf("published %v, want %v: no draft and no write-ahead log may remain", names, want)
	}

	db, err := OpenReadOnly(filepath.Join(out, Link))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	published := strings.Join(column(t, db, "select table_name from duckdb_tables() order by 1"), " ")
	for _, r := range w.relations {
		if is := slices.Contains(strings.Fields(published), r.Name); is != (r.Layer == marts) {
			t.Errorf("%s of %s published: %v", r.Name, r.Layer, is)
		}
	}
	if got := column(t, db, "select table_name || '.' || column_name from duckdb_columns() where not internal and comment is null"); len(got) > 0 {
		t.Errorf("columns without a comment: %v", got)
	}
	personal := personalColumns()
	for _, name := range column(t, db, "select distinct column_name from duckdb_columns() where not internal") {
		if personal[name] {
			t.Errorf("column %s is published", name)
		}
	}
	got := column(t, db, "select concat_ws(' ', condition, outcome, grade, lag, lag_set, slope, coalesce(q, -1), doubts, refused) from fct_finding order by outcome desc")
	if want := []string{"flow nps C 2 1,2,3 1.5 0.04 few_teams,short", "flow csat - 0 -1.0 no data"}; !slices.Equal(got, want) {
		t.Errorf("findings %q, want %q", got, want)
	}
	got = column(t, db, "select concat_ws(' ', lag, slope) from fct_finding_lag order by lag")
	if want := []string{"0 1.0", "1"}; !slices.Equal(got, want) {
		t.Errorf("lags %q, want %q", got, want)
	}
	got = column(t, db, "select concat_ws(' ', way, kind, slope, is_clear) from fct_finding_way order by way")
	if want := []string{"huber method -1.5 false", "imputed missing 1.0 false", "trends method 1.25 true"}; !slices.Equal(got, want) {
		t.Errorf("ways %q, want %q", got, want)
	}
	if n := column(t, db, "select count(*) from fct_check"); n[0] == "0" {
		t.Error("no results of checks were published")
	}
}

// A reader keeps the generation that it opened; the link shows to the newest; the oldest go.
func TestPublish_ReadersKeepTheirGeneration(t *testing.T) {
	in := small(t)
	w := build(t, in)
	out := t.TempDir()
	link := filepath.Join(out, Link)
	if _, err := w.Publish(t.Context(), out, "1"); err != nil {
		t.Fatal(err)
	}
	reader, err := OpenReadOnly(link)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for _, gen := range []string{"2", "3", "4"} {
		if _, err := w.Publish(t.Context(), out, gen); err != nil {
			t.Fatalf("publish under a reader: %v", err)
		}
		if to, err := os.Readlink(link); err != nil || to != "gen-"+gen+".duckdb" {
			t.Errorf("link shows to %s, %v", to, err)
		}
	}
	left, _ := filepath.Glob(filepath.Join(out, "gen-*"))
	for i := range left {
		left[i] = filepath.Base(left[i])
	}
	if want := []string{"gen-2.duckdb", "gen-3.duckdb", "gen-4.duckdb"}; !slices.Equal(left, want) {
		t.Errorf("generations %v, want %v", left, want)
	}
	if n := column(t, reader, "select count(*) from fct_panel"); n[0] == "0" {
		t.Error("the reader of the first generation lost its data")
	}
}

func TestPublish_RefusesWhatACheckStopped(t *testing.T) {
	in := small(t)
	in.Files["roster"] = []string{parquet(t, "roster", `
		select * from (values ('p1', 'red', date '2025-01-01'), ('p1', 'blue', date '2025-02-01')) as a(person, team, valid_from)`)}
	w := build(t, in)
	if !w.Stopped() {
		t.Fatal("somebody is in two teams at once and nothing stopped")
	}
	for _, c := range w.Checks() {
		if c.Name == "assert_one_team_per_person_day" {
			if want := "team red, other_team blue, n_overlaps 1"; c.Rows != 1 || c.Sample[0] != want {
				t.Errorf("%d rows, sample %q, want %q", c.Rows, c.Sample, want)
			}
		} else if c.Severity == Stop && c.Rows > 0 {
			t.Errorf("%s: %v", c.Name, c.Sample)
		}
	}
	out := t.TempDir()
	if _, err := w.Publish(t.Context(), out, "1"); !errors.Is(err, ErrStopped) {
		t.Errorf("got %v, want ErrStopped", err)
	}
	if entries, _ := os.ReadDir(out); len(entries) > 0 {
		t.Errorf("something was published: %v", entries)
	}
}

func TestPublish_RefusesToReplaceAFile(t *testing.T) {
	w := build(t, small(t))
	out := t.TempDir()
	if err := os.WriteFile(filepath.Join(out, Link), []byte("somebody's own"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Publish(t.Context(), out, "1"); err == nil || !strings.Contains(err.Error(), "move it away") {
		t.Errorf("got %v", err)
	}
	for _, gen := range []string{"", "../up", "a/b", "."} {
		if _, err := w.Publish(t.Context(), t.TempDir(), gen); err == nil {
			t.Errorf("generation %q was taken", gen)
		}
	}
}

func TestOpenReadOnly_CanDoNothingElse(t *testing.T) {
	w := build(t, small(t))
	out := t.TempDir()
	path, err := w.Publish(t.Context(), out, "1")
	if err != nil {
		t.Fatal(err)
	}
	db, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		"create table t as select 1",
		"delete from fct_panel",
		"select * from read_csv('" + path + "')",
		"copy fct_panel to '" + filepath.Join(out, "x.csv") + "'",
		"attach '" + filepath.Join(out, "x.duckdb") + "'",
		"set enable_external_access = true",
		"install httpfs",
	} {
		if _, err := db.Exec(statement); err == nil {
			t.Errorf("allowed: %s", statement)
		}
	}
	if _, err := OpenReadOnly(filepath.Join(out, "no.duckdb")); err == nil {
		t.Error("opened a warehouse that is not there")
	}
}

func column(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var v any
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		out = append(out, cell(v))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
