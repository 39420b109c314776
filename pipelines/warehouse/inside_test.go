package warehouse

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"insideout/models"
	"insideout/models/catalog"
)

// likeRelease withholds as package release does (its own tests hold it to that): fewer than k, then the smallest of a slice
// until what is withheld is nobody, or two cells of at least k.
func likeRelease(cells []Cell, k int64) []Verdict {
	out := make([]Verdict, len(cells))
	for i, c := range cells {
		switch {
		case c.Public || c.HasN && c.N >= max(k, c.Least):
			out[i].Shown = true
		case !c.HasN:
			out[i].Reason = "unknown_size"
		default:
			out[i].Reason = "too_small"
		}
	}
	type slice struct{ name, period, series string }
	parts, totals := map[slice][]int{}, map[slice][]int{}
	for i, c := range cells {
		s := slice{c.Slice, stamp(c.Period), c.Series}
		switch {
		case c.Slice == "":
		case c.Total:
			totals[s] = append(totals[s], i)
		default:
			parts[s] = append(parts[s], i)
		}
	}
	for s, list := range parts {
		slices.SortStableFunc(list, func(a, b int) int { return int(cells[a].N - cells[b].N) })
		hidden, sum := 0, int64(0)
		for _, i := range list {
			if out[i].Shown && (hidden == 0 || hidden >= 2 && sum >= k) {
				continue
			}
			if out[i].Shown {
				out[i] = Verdict{Reason: "complement"}
			}
			hidden, sum = hidden+1, sum+cells[i].N
		}
		if hidden > 0 && (hidden < 2 || sum < k) {
			for _, i := range totals[s] {
				out[i] = Verdict{Reason: "complement"}
			}
		}
	}
	return out
}

// staff is a made-up company of 43 people in four teams of 12, 14, 14 and 3, asked twice. Six are leaders, four managers. The team
// of three is too small for a number of its own. Everybody wrote a remark.
func staff(t *testing.T) Input {
	people := `select 'p' || p as person,
		case when p < 12 then 'red' when p < 26 then 'blue' when p < 40 then 'green' else 'tiny' end as team,
		case when p % 7 = 0 and p < 40 then 'leader' when p % 10 = 9 then 'manager' else 'front_line' end as level,
		'{"department": "' || case when p < 26 then 'service' else 'works' end || '"}' as attributes, p
		from range(43) as a(p)`
	return Input{
		Dir: filepath.Join(t.TempDir(), "workshop"), Grain: models.Week, Zone: "Europe/London", Threads: 2,
		Files: map[string][]string{
			"roster": {parquet(t, "roster", "select person, team, level, attributes, date '2023-01-01' as valid_from from ("+people+")")},
			"answers": {parquet(t, "answers", `select 'r' || p || '-' || w as response, person,
				timestamp '2025-03-03 09:00:00' + to_days(cast(7 * w as integer)) as answered_at, item,
				1 + (p * 3 + w + length(item)) % 5 as value, 'remark ' || p as comment
				from (`+people+`), range(2) as b(w), (values ('flow_handoffs'), ('flow_waiting'), ('flow_complete'), ('pulse_mood')) as c(item)`)},
			"measures": {parquet(t, "measures", `select 'red' as unit, timestamp '2025-03-03 00:00:00' as measured_at, 'overtime_hours' as measure, 12.5 as value, 12 as n`)},
		},
	}
}

func staffBuilt(t *testing.T) *Workshop {
	t.Helper()
	in := staff(t)
	own, problems := catalog.Load("own.yaml", []byte(`
version: 1
metrics:
  - {id: overtime, name: Overtime, side: inside, kind: measure_mean, measure: overtime_hours, unit: hours, direction: lower, definition: Mean hours a head.}
`))
	if problems != nil {
		t.Fatal(problems)
	}
	var err error
	if in.Catalog, err = catalog.Default().Merge(own); err != nil {
		t.Fatal(err)
	}
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

func TestInside_FromAnswersToMarts(t *testing.T) {
	w := staffBuilt(t)
	for _, c := range w.Checks() {
		if c.Rows > 0 {
			t.Errorf("%s (%s): %d rows, %v", c.Name, c.Severity, c.Rows, c.Sample)
		}
	}
	for _, tc := range []struct{ what, query, want string }{
		// Of 40 people in teams that are released, six are leaders (0, 7, 14, 21, 28, 35), four managers (9, 19, 29, 39). Four managers are too few, and
		// alone they would be what is left of the total: the next smallest go with them, the leaders.
		{"levels", "select group_value, n from fct_group where attribute = 'level' and series = 'flow' and period_start = date '2025-03-03'", "front_line, 30"},
		{"total of levels", "select n, n_groups, n_hidden from fct_group_total where attribute = 'level' and series = 'flow' and period_start = date '2025-03-03'", "40, 3, 2"},
		{"no gap without leaders", "select count(*) from rpt_perception_gap", "0"},
		// The department named by the roster's attributes; the team of three counts in none, although the works would have 17.
		{"departments", "select group_value, n from fct_group where attribute = 'department' and series = 'flow' and period_start = date '2025-03-03' order by group_value", "service, 26; works, 14"},
		// From 2023-01-01 to 2025-03-03 are 792 days.
		{"length of service", "select distinct group_value from fct_group where attribute = 'tenure'", "one to three years"},
		{"location not said", "select distinct group_value from fct_group where attribute = 'location'", "not said"},
		{"teams ranked", "select count(*), max(n_teams) from fct_dimension_rank where period_start = date '2025-03-03'", "3, 3"},
		{"pulse by week", "select week_start, n from rpt_pulse order by week_start", "2025-03-03, 40; 2025-03-10, 40"},
		{"pulse is no dimension", "select count(*) from fct_facet where item = 'pulse_mood'", "0"},
		{"complete answers", "select n, n_items from rpt_scale where dimension = 'flow'", "80, 3"},
		// Everybody wrote the same remark in both weeks, in two questionnaires, with every item: 24, 28 and 28 remarks. Three people of the smallest team are too few, and
		// nobody else is there to be put together with them.
		{"comments", "select group_value, count(*), max(n_writers) from fct_comment group by group_value order by group_value", "blue, 28, 14; green, 28, 14; red, 24, 12"},
		{"proxies", "select dimension, metric, value from fct_proxy", "flow, overtime, 12.5"},
		{"the log", "select relation, n_cells from fct_suppression where decision = 'complement' order by relation", "group, 8"},
		{"the log of comments", "select decision, n_cells from fct_suppression where relation = 'comment' order by decision", "shown, 80; too_small, 6"},
	} {
		if got := strings.Join(tableOf(t, w, tc.query), "; "); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.what, got, tc.want)
		}
	}
}

// Whatever the size of the groups, what is published of a slice cannot be subtracted from what the teams add up to.
func TestInside_GroupsCannotBeSubtractedFromTeams(t *testing.T) {
	w := staffBuilt(t)
	rows := tableOf(t, w, `select g.attribute, g.period_start, g.series, t.n - sum(g.n) as rest, h.n_hidden
		from fct_group as g
		inner join (select dimension, period_start, sum(n) as n from fct_condition group by dimension, period_start) as t
			on t.dimension = g.series and t.period_start = g.period_start
		inner join fct_group_total as h on h.attribute = g.attribute and h.series = g.series and h.period_start = g.period_start
		group by g.attribute, g.period_start, g.series, t.n, h.n_hidden`)
	if len(rows) == 0 {
		t.Fatal("nothing to subtract")
	}
	for _, row := range rows {
		var rest, hidden int
		f := strings.Split(row, ", ")
		fmt.Sscan(f[3], &rest)
		fmt.Sscan(f[4], &hidden)
		if rest != 0 && (rest < 5 || hidden < 2) || rest == 0 && hidden != 0 {
			t.Errorf("%s: %d people are left in %d groups", row, rest, hidden)
		}
	}
}

// The published file has the words and nothing that says whose or when.
func TestInside_CommentsCarryNoDateAndNoPerson(t *testing.T) {
	w := staffBuilt(t)
	got := tableOf(t, w, "select column_name from duckdb_columns() where table_name = 'fct_comment' order by column_index")
	if want := []string{"attribute", "group_value", "list_no", "item", "words", "n_writers", "is_pooled"}; !slices.Equal(got, want) {
		t.Errorf("columns %v, want %v", got, want)
	}
	if got := tableOf(t, w, "select count(*) from duckdb_columns() where table_name in (select table_name from duckdb_tables()) and column_name in ('person', 'respondent', 'response', 'comment') and (table_name like 'fct%' or table_name like 'rpt%' or table_name like 'dim%')"); got[0] != "0" {
		t.Errorf("%s columns of marts name a person or an answer", got[0])
	}
	// in the order of the words' keys, which is not that of people
	first := tableOf(t, w, "select words from fct_comment where group_value = 'red' order by list_no")
	if slices.IsSorted(first) {
		t.Error("remarks come in the order of people")
	}
}
