package warehouse

import (
	"database/sql"
	"maps"
	"path/filepath"
	"slices"
	"testing"
)

// Red's answers of the first week are 10, 10 and 0: an NPS of 100 (2 - 1) / 3. One more 0 comes late, in a file of its own: (2 - 2) / 4 = 0.
// Blue's stay, so all teams' went from 100 (3 - 2) / 5 = 20 to 0. A later week is merely new.
func TestRestatement_ListsWhatReadsDifferently(t *testing.T) {
	answers := func(rows string) string {
		return parquet(t, "feedback", `select id as feedback_id, timestamp '2025-03-01 10:00:00' + to_days(cast(day - 1 as integer)) as answered_at,
			'nps' as metric, score, team from (values `+rows+`) as v(id, day, score, team)`)
	}
	first := answers(`('a', 3, 10, 'red'), ('b', 3, 10, 'red'), ('c', 4, 0, 'red'), ('d', 4, 10, 'blue'), ('e', 5, 0, 'blue'), ('next', 11, 10, 'red')`)
	late := answers(`('late', 5, 0, 'red'), ('new', 18, 10, 'blue')`)
	base := small(t)
	base.Hashes = map[string]string{first: "first", late: "late"}
	for _, files := range base.Files {
		base.Hashes[files[0]] = files[0]
	}
	out := t.TempDir()
	var path string
	publish := func(gen string, known []string, files ...string) []string {
		in := base
		in.Dir, in.Files = filepath.Join(t.TempDir(), "workshop"), maps.Clone(base.Files)
		in.Files["feedback"], in.Published, in.Known = files, path, append(known, base.Files["contacts"]...)
		var err error
		if path, err = build(t, in).Publish(t.Context(), out, gen); err != nil {
			t.Fatal(err)
		}
		db, err := OpenReadOnly(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() }) // a reader holds it while the next one is compared with it
		return column(t, db, `select concat_ws(' ', relation, team, period_start, series, kind, round(value_before, 6), value_after, round(change, 6), n_before, n_after,
			version_before, version_after, is_redefined, coalesce(cast(rows_team as varchar), '?'), coalesce(cast(rows_period as varchar), '?'), is_last_period, generation_before)
			from fct_restatement order by relation, team, period_start, series`)
	}
	if got := publish("1", nil, first); len(got) > 0 {
		t.Errorf("first generation: %q", got)
	}
	if got := publish("2", []string{"first"}, first); len(got) > 0 {
		t.Errorf("the same data: %q", got)
	}
	want := []string{
		"fct_customer_metric red 2025-03-03 nps changed 33.333333 0.0 -33.333333 3 4 1 1 false 1 1 false gen-2",
		"rpt_metric_period (all) 2025-03-03 nps changed 20.0 0.0 -20.0 5 6 1 1 false 1 1 false gen-2",
	}
	if got := publish("3", []string{"first"}, first, late); !slices.Equal(got, want) {
		t.Errorf("late row: %q, want %q", got, want)
	}
	// Back again, and a file that the generation was made from is gone: nobody can say what came in.
	want = []string{
		"fct_customer_metric blue 2025-03-17 nps gone 100.0 1 1 false ? ? true gen-3",
		"fct_customer_metric red 2025-03-03 nps changed 0.0 33.333333333333336 33.333333 4 3 1 1 false ? ? false gen-3",
		"rpt_metric_period (all) 2025-03-03 nps changed 0.0 20.0 20.0 6 5 1 1 false ? ? false gen-3",
		"rpt_metric_period (all) 2025-03-17 nps gone 100.0 1 1 false ? ? true gen-3",
	}
	if got := publish("4", []string{"first", "gone"}, first); !slices.Equal(got, want) {
		t.Errorf("rewritten: %q, want %q", got, want)
	}
}

// A generation of a version that had fewer tables and columns is read as far as it goes.
func TestRestatement_ReadsOlderGenerations(t *testing.T) {
	in := small(t)
	first, err := build(t, in).Publish(t.Context(), t.TempDir(), "old")
	if err != nil {
		t.Fatal(err)
	}
	older, err := sql.Open("duckdb", first)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"drop table fct_loyalty", "drop table dim_metric", "alter table fct_repeat_contact drop column closed", "delete from fct_customer_metric where team = 'red'", "checkpoint"} {
		if _, err := older.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := older.Close(); err != nil {
		t.Fatal(err)
	}
	in = small(t)
	in.Published = first
	w := build(t, in)
	if got := column(t, w.db, "select distinct kind || ' ' || relation || ' ' || team from fct_restatement where relation = 'fct_customer_metric' order by 1"); !slices.Equal(got, []string{"added fct_customer_metric red"}) {
		t.Errorf("%q", got)
	}
}
