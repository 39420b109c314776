package warehouse

import (
	"database/sql"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"insideout/models"
)

// content is every row of every table of the customers' side and of the marts, sorted, by relation.
func content(t testing.TB, w *Workshop) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, r := range w.relations {
		if r.Keep != "table" || r.Layer != marts && r.Side == "inside" {
			continue
		}
		rows, err := w.Query(t.Context(), "select cast(t as varchar) from "+ident(r.Name)+" as t order by 1")
		if err != nil {
			t.Fatalf("%s: %v", r.Name, err)
		}
		var text strings.Builder
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			text.WriteString(line + "\n")
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
		out[r.Name] = text.String()
	}
	return out
}

// history draws what a source delivers over time: versions of a few contacts, many of them late or in the wrong order, with
// corrections that move a contact to another team, matter, customer or period; answers that come again; an agent who changes teams.
type history struct {
	rows map[string][]string // values of a row by dataset, in the order of arrival
}

func drawHistory(t *rapid.T) history {
	h := history{map[string][]string{}}
	some := func(label string, values ...string) string { return rapid.SampledFrom(values).Draw(t, label) }
	day := func(label string) string {
		return fmt.Sprintf("timestamp '2025-02-24 %02d:%02d:00' + to_days(%d)", rapid.IntRange(0, 23).Draw(t, label+" hour"),
			10*rapid.IntRange(0, 5).Draw(t, label+" minute"), rapid.IntRange(0, 60).Draw(t, label+" day"))
	}
	maybe := func(label, value string) string {
		if rapid.IntRange(0, 3).Draw(t, label+" said") == 0 {
			return "null"
		}
		return value
	}
	for i := range rapid.IntRange(60, 160).Draw(t, "versions") {
		at := day("updated")
		h.rows["contacts"] = append(h.rows["contacts"], fmt.Sprintf("('c%d', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %d)",
			rapid.IntRange(0, 30).Draw(t, "contact"), at, maybe("start", at), maybe("end", at+" + interval '9' minute"),
			maybe("customer", some("who", "'u1'", "'u2'", "'u3'")), maybe("team", some("whose", "'red'", "'blue'")), some("agent", "null", "'a1'", "'a2'"),
			maybe("channel", some("by", "'phone'", "'chat'")), maybe("touchpoint", some("where", "'shop'", "'app'")),
			maybe("reason", some("what", "'bill'", "'move/home'")), some("demand", "null", "'failure'", "'value'", "'misrouted'"),
			some("coder", "null", "'agent'", "'coder'"), some("outcome", "null", "'resolved'", "'other'"),
			some("queue", "null", "0", "250"), some("before", "null", "null", "'c1'", "'c2'", "'c7'"), i))
	}
	for i := range rapid.IntRange(5, 40).Draw(t, "answers") {
		h.rows["feedback"] = append(h.rows["feedback"], fmt.Sprintf("('f%d', %s, %s, %d, %s, %s, %s, %s, %d)",
			rapid.IntRange(0, 20).Draw(t, "answer"), day("answered"), some("metric", "'nps'", "'ces_v2'"), rapid.IntRange(1, 7).Draw(t, "score"),
			maybe("team of it", some("which", "'red'", "'blue'")), some("agent of it", "null", "'a1'"), some("case", "null", "'c1'", "'c2'", "'c3'"),
			maybe("segment", some("kind", "'new'", "'old'")), i))
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "stretches") { // of a month each
		h.rows["roster"] = append(h.rows["roster"], fmt.Sprintf("('%s', %s, date '2025-01-01' + %d, date '2025-01-01' + %d, %d)",
			some("person", "a1", "a2"), some("of", "'red'", "'blue'"), 30*i, 30*i+30, i))
	}
	return h
}

var historyColumns = map[string]string{
	"contacts": "contact_id, updated_at, started_at, ended_at, customer, team, agent, channel, touchpoint, reason, demand, classified_by, outcome, queue_seconds, previous_contact_id, _position",
	"feedback": "feedback_id, answered_at, metric, score, team, agent, case_id, segment, _position",
	"roster":   "person, team, valid_from, valid_to, _position",
}

// deliveries writes a history as files, cut at random into as many runs as asked for; each run has the files up to it.
func (h history) deliveries(t *rapid.T, db *sql.DB, tb testing.TB, dir string, runs int) []map[string][]string {
	out := make([]map[string][]string, runs)
	for i := range out {
		out[i] = map[string][]string{}
	}
	for _, dataset := range []string{"contacts", "feedback", "roster"} {
		rows := h.rows[dataset]
		cuts := []int{0, len(rows)}
		for range runs - 1 {
			cuts = append(cuts, rapid.IntRange(0, len(rows)).Draw(t, "cut "+dataset))
		}
		if dataset == "roster" && rapid.IntRange(0, 3).Draw(t, "roster at once") > 0 {
			cuts = slices.Repeat([]int{len(rows)}, runs+1) // a new roster has every contact looked at again
			cuts[0] = 0
		}
		slices.Sort(cuts)
		var files []string
		for i := range runs {
			if part := rows[cuts[i]:cuts[i+1]]; len(part) > 0 {
				file := filepath.Join(dir, fmt.Sprintf("%s-%d.parquet", dataset, i))
				writeParquet(tb, db, dataset, "select * from (values "+strings.Join(part, ", ")+") as v("+historyColumns[dataset]+")", file)
				files = append(files, file)
			}
			out[i][dataset] = slices.Clone(files)
		}
	}
	return out
}

// hashes names the files of a test by their paths, which are used once.
func hashes(files map[string][]string) map[string]string {
	out := map[string]string{}
	for _, list := range files {
		for _, f := range list {
			out[f] = "hash of " + f
		}
	}
	return out
}

// Whatever arrived when, a run that goes on from the cache has the rows of a run that builds everything.
func TestCache_ChangesNoRow(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	few(t, 4)
	incremental := 0
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "history")
		if err != nil {
			t.Fatal(err)
		}
		base := Input{Grain: rapid.SampledFrom([]models.Grain{models.Week, models.Month, models.Day}).Draw(rt, "grain"), Zone: "Europe/London", Threads: 2, MemoryMB: 512}
		if rapid.Bool().Draw(rt, "bounded") {
			base.From, base.To = day2025(3, 3), day2025(4, 7)
		}
		runs := rapid.IntRange(2, 4).Draw(rt, "runs")
		var kept map[string]string
		deliveries := drawHistory(rt).deliveries(rt, db, t, dir, runs)
		for i, files := range deliveries {
			in := base
			in.Dir, in.Files, in.Hashes, in.CacheDir = filepath.Join(dir, fmt.Sprint("cached", i)), files, hashes(files), filepath.Join(dir, "cache")
			w, err := Build(t.Context(), in, keepFive)
			if err != nil {
				rt.Fatalf("run %d: %v", i, err)
			}
			for _, touched := range w.cache.touched {
				if touched {
					incremental++
				}
			}
			kept = content(t, w)
			if err := w.Close(); err != nil {
				rt.Fatal(err)
			}
		}
		in := base
		in.Dir, in.Files = filepath.Join(dir, "whole"), deliveries[runs-1]
		w, err := Build(t.Context(), in, keepFive)
		if err != nil {
			rt.Fatal(err)
		}
		defer w.Close()
		if diff := cmp.Diff(content(t, w), kept); diff != "" {
			rt.Fatalf("built as a whole -, from the cache +:\n%s", diff)
		}
	})
	if incremental == 0 {
		t.Error("no relation was ever made in parts: this test compared nothing")
	}
}

// few makes rapid try fewer histories than it usually does, because each is several builds of everything, unless the command
// line asks for a number.
func few(t *testing.T, checks int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := flag.Set("rapid.checks", strconv.Itoa(checks)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flag.Set("rapid.checks", f.DefValue) })
}

func day2025(month time.Month, day int) time.Time {
	return time.Date(2025, month, day, 0, 0, 0, 0, time.UTC)
}

// A cache that cannot be trusted is made anew, and says so by nothing but the time that it takes.
func TestCache_IsMadeAnewWhenInDoubt(t *testing.T) {
	in := small(t)
	in.Hashes, in.CacheDir = hashes(in.Files), filepath.Join(t.TempDir(), "cache")
	file := filepath.Join(in.CacheDir, cacheFile)
	run := func(in Input) (rows map[string]string, anew bool) {
		t.Helper()
		in.Dir = filepath.Join(t.TempDir(), "workshop")
		w, err := Build(t.Context(), in, keepFive)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		return content(t, w), len(w.cache.known) == 0
	}
	want, anew := run(in)
	if !anew {
		t.Error("the first run went on from nothing")
	}
	for path, mode := range map[string]os.FileMode{in.CacheDir: 0o700, file: 0o600} {
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != mode {
			t.Errorf("%s has the rights %v, want %v (%v)", path, st.Mode().Perm(), mode, err)
		}
	}
	exec := func(statement string) {
		t.Helper()
		db, err := sql.Open("duckdb", file)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	forgotten := in
	forgotten.Files = maps.Clone(in.Files)
	forgotten.Files["contacts"] = []string{parquet(t, "contacts", "select 'c1' as contact_id, timestamp '2025-03-03 08:00:00' as updated_at")}
	forgotten.Hashes = hashes(forgotten.Files)
	larger := in
	larger.MinGroup = 6
	for _, tc := range []struct {
		name  string
		in    Input
		spoil func()
		anew  bool
	}{
		{"nothing happened", in, func() {}, false},
		{"it was deleted", in, func() { os.RemoveAll(in.CacheDir) }, true},
		{"it is no database", in, func() { os.WriteFile(file, []byte("garbage"), 0o600) }, true},
		{"a run ended half-way", in, func() { exec("update state set is_whole = false") }, true},
		{"a table is not there", in, func() { exec("drop table files") }, true},
		{"a file of the lake was forgotten", forgotten, func() {}, true},
		{"that one again", in, func() {}, true},
		{"another parameter", larger, func() {}, true},
	} {
		tc.spoil()
		rows, anew := run(tc.in)
		if anew != tc.anew {
			t.Errorf("%s: made anew %v, want %v", tc.name, anew, tc.anew)
		}
		if diff := cmp.Diff(want, rows); diff != "" && tc.in.MinGroup == 0 && tc.in.Hashes[tc.in.Files["contacts"][0]] == in.Hashes[in.Files["contacts"][0]] {
			t.Errorf("%s:\n%s", tc.name, diff)
		}
	}
}
