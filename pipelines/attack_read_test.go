package pipelines_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"insideout/models"
	"insideout/models/catalog"
	"insideout/pipelines"
	"insideout/pipelines/lake"
	"insideout/pipelines/warehouse"
)

// published is one number that anybody can read, as a sum over people.
type published struct {
	week              int
	series, dimension string
	who               string
	n                 int
	sum               float64
	of                []part
}

// part is what one questionnaire's answer to an item adds to a sum, per point of 100.
type part struct {
	of     *filled
	item   string
	weight float64
}

// reading asks for rows of what is published.
type reading func(query string) (*sql.Rows, error)

// reader opens a published warehouse.
func reader(t *testing.T, path string) reading {
	t.Helper()
	db, err := warehouse.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return func(query string) (*sql.Rows, error) { return db.Query(query) }
}

// openly builds what lies in the lake under the first rule alone: at least five people. The checks would not let it be published.
func openly(t *testing.T, dir string, weeks int) reading {
	t.Helper()
	config, err := pipelines.Load(filepath.Join(dir, "insideout.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	snap, err := lake.Read(filepath.Join(dir, "lake"), config.Keys())
	if err != nil {
		t.Fatal(err)
	}
	answers, err := snap.Open(t.Context(), "answers", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	over, problems := catalog.Load("catalog.yaml", []byte(attackCatalogue))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	c, err := catalog.Default().Merge(over)
	if err != nil {
		t.Fatal(err)
	}
	w, err := warehouse.Build(t.Context(), warehouse.Input{
		Dir: t.TempDir(), Files: map[string][]string{"answers": answers}, Catalog: c, Grain: models.Week, Zone: "UTC", To: weekStart(weeks),
	}, func(cells []warehouse.Cell) []warehouse.Verdict {
		out := make([]warehouse.Verdict, len(cells))
		for i, cell := range cells {
			if out[i].Shown = cell.N >= max(5, cell.Least); !out[i].Shown {
				out[i].Reason = "too_small"
			}
		}
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return func(query string) (*sql.Rows, error) { return w.Query(t.Context(), query) }
}

// read lists everything published that is a sum over people, with the people. It fails the test where the sum is not what the answers
// add up to: then the attacker is wrong about who stands behind a number, and proves nothing.
func read(t *testing.T, ask reading, all []*filled) []*published {
	t.Helper()
	dimensionOf := map[string]string{}
	for d, items := range attackItems {
		dimensionOf[d] = d
		for _, item := range items {
			dimensionOf[item] = d
		}
	}
	byWeek := map[int][]*filled{}
	for _, f := range all {
		byWeek[f.week] = append(byWeek[f.week], f)
	}
	teams := map[string]bool{} // whose number of a series is published
	var out []*published
	query := func(text string, who func(f *filled, group []string) bool, weigh func(f *filled, series string) []part, groups int) {
		rows, err := ask(text)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var start time.Time
			p := &published{}
			group := make([]string, groups)
			to := []any{&start, &p.series, &p.n, &p.sum}
			for i := range group {
				to = append(to, &group[i])
			}
			if err := rows.Scan(to...); err != nil {
				t.Fatal(err)
			}
			p.week = int(start.Sub(weekStart(0)).Hours() / 24 / 7)
			p.dimension, p.who = dimensionOf[p.series], strings.Join(group, " ")
			p.sum *= float64(p.n)
			n, sum := 0, 0.
			for _, f := range byWeek[p.week] {
				if parts := weigh(f, p.series); len(parts) > 0 && who(f, append(group, p.series)) {
					n++
					for _, part := range parts {
						p.of = append(p.of, part)
						sum += part.weight * (f.value[part.item] - 1) * 25
					}
				}
			}
			if n != p.n || sum-p.sum > 1e-3 || p.sum-sum > 1e-3 {
				t.Fatalf("%s %+v: %d people with %g, published are %d with %g", text, group, n, sum, p.n, p.sum)
			}
			out = append(out, p)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	common := patterns(all)
	score := func(f *filled, series string) []part {
		if d := dimensionOf[series]; d != series && common[fmt.Sprint(f.week, " ", f.team, " ", d)] != pattern(f, d) {
			return nil // items are told of those who answered as most of the team did
		}
		return scored(f, series)
	}
	inTeam := func(f *filled, g []string) bool { return f.team == g[0] }
	query("select period_start, dimension, n, score, team from fct_condition", inTeam, score, 1)
	query("select period_start, item, n, score, team from fct_facet", inTeam, score, 1)
	for _, p := range out {
		teams[fmt.Sprint(p.week, " ", p.series, " ", p.who)] = true
	}
	deviation := func(f *filled, series string) []part {
		item, rest := score(f, series), scored(f, dimensionOf[series])
		if len(item) == 0 || len(rest) == 0 {
			return nil
		}
		for _, p := range rest {
			item = append(item, part{f, p.item, -p.weight})
		}
		return item
	}
	query("select period_start, item, n, deviation, team from fct_facet_deviation", inTeam, deviation, 1)
	inGroup := func(f *filled, g []string) bool {
		is := map[string]string{"department": f.department, "level": f.level, "location": f.location}[g[0]]
		return is == g[1] && teams[fmt.Sprint(f.week, " ", g[2], " ", f.team)]
	}
	query("select period_start, series, n, score, attribute, group_value from fct_group", inGroup, score, 2)
	anybody := func(f *filled, g []string) bool { return teams[fmt.Sprint(f.week, " ", g[1], " ", f.team)] }
	query("select period_start, series, n, score, attribute from fct_group_total", anybody, score, 1)
	query("select week_start, item, n, score, team from fct_pulse", inTeam, score, 1)
	return out
}

// pattern is which items of a dimension a questionnaire answers, the first the lowest; 0 where they are too few for the dimension.
func pattern(f *filled, dimension string) (bits int) {
	if len(scored(f, dimension)) == 0 {
		return 0
	}
	for i, item := range attackItems[dimension] {
		if _, ok := f.value[item]; ok {
			bits |= 1 << i
		}
	}
	return bits
}

// patterns is the commonest by week, team and dimension; of two the greater.
func patterns(all []*filled) map[string]int {
	counts := map[string]map[int]int{}
	for _, f := range all {
		for d := range attackItems {
			key := fmt.Sprint(f.week, " ", f.team, " ", d)
			if counts[key] == nil {
				counts[key] = map[int]int{}
			}
			if bits := pattern(f, d); bits > 0 {
				counts[key][bits]++
			}
		}
	}
	out := map[string]int{}
	for key, by := range counts {
		for bits, n := range by {
			if best := out[key]; n > by[best] || n == by[best] && bits > best {
				out[key] = bits
			}
		}
	}
	return out
}

// scored is the score of a questionnaire: an item, or the mean of the items of a dimension where at least half are answered.
func scored(f *filled, series string) []part {
	items, whole := attackItems[series]
	if !whole {
		if _, ok := f.value[series]; ok {
			return []part{{f, series, 1}}
		}
		return nil
	}
	var out []part
	for _, item := range items {
		if _, ok := f.value[item]; ok {
			out = append(out, part{of: f, item: item})
		}
	}
	if 2*len(out) < len(items) {
		return nil
	}
	for i := range out {
		out[i].weight = 1 / float64(len(out))
	}
	return out
}
