package pipelines_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"insideout/connectors"
	"insideout/models"
	"insideout/models/catalog"
	"insideout/pipelines"
	"insideout/pipelines/lake"
	"insideout/pipelines/warehouse"
)

// organisations is how many random organisations are attacked; each lives in a week of its own, so that one run publishes all of them.
const organisations = 1000

// open is how many of them are attacked with the rules about subtraction switched off as well.
const open = 50

const attackCatalogue = `version: 1
groups:
  - {id: department, name: Department, from: department}
  - {id: level, name: Level, from: level}
  - {id: location, name: Location, from: location}
instrument:
  id: two
  version: 1
  dimensions: [{id: flow, name: Flow, about: Work}, {id: bond, name: Bond, about: People}]
  items:
    - {id: f1, dimension: flow, facet: one, text: First?, scale: [1, 5]}
    - {id: f2, dimension: flow, facet: two, text: Second?, scale: [1, 5]}
    - {id: f3, dimension: flow, facet: three, text: Third?, scale: [1, 5]}
    - {id: b1, dimension: bond, facet: one, text: First?, scale: [1, 5]}
    - {id: b2, dimension: bond, facet: two, text: Second?, scale: [1, 5]}
pulse:
  - {id: mood, text: How is it?, scale: [1, 5]}
`

// attackItems are the items of each dimension; a pulse item is a dimension of its own.
var attackItems = map[string][]string{"flow": {"f1", "f2", "f3"}, "bond": {"b1", "b2"}, "mood": {"mood"}}

// filled is one questionnaire: somebody in a team. Who works in two teams fills in two.
type filled struct {
	week                     int
	response                 string // stays when the team changes
	person, team, department string
	level, location          string
	value                    map[string]float64 // by item, 1 to 5; left out where skipped
}

// organisation makes one: teams of 2 to 12 in departments and locations that are teams as a whole but for a few, somebody who works in two
// teams, questions left out, and teams that are of one mind.
func organisation(rng *rand.Rand, week int) []*filled {
	var out []*filled
	teams := 3 + rng.IntN(5)
	chance := func(p float64) bool { return rng.Float64() < p }
	skips := []float64{0, .02, .1}[rng.IntN(3)]
	strays := []float64{0, .05, .3}[rng.IntN(3)]
	for t := range teams {
		department, location := fmt.Sprint("d", t/2), fmt.Sprint("l", t%2)
		oneMind, mind := chance(.1), float64(1+rng.IntN(5))
		for p := range 2 + rng.IntN(11) {
			f := &filled{week: week, person: fmt.Sprintf("w%d-t%d-p%d", week, t, p), team: fmt.Sprint("t", t), department: department,
				location: location, level: "front_line", value: map[string]float64{}}
			f.response = f.person + "@" + f.team
			if p == 0 {
				f.level = "leader"
			} else if chance(.1) {
				f.level = "manager"
			}
			if chance(strays) {
				f.department = fmt.Sprint("d", rng.IntN(4))
			}
			if chance(strays) {
				f.location = fmt.Sprint("l", rng.IntN(3))
			}
			for _, dimension := range []string{"bond", "flow", "mood"} {
				for _, item := range attackItems[dimension] {
					if v := float64(1 + rng.IntN(5)); oneMind {
						f.value[item] = mind
					} else if !chance(skips) {
						f.value[item] = v
					}
				}
			}
			out = append(out, f)
			if t > 0 && chance(.03) { // works in the first team as well
				again := *f
				again.team, again.value = "t0", map[string]float64{"f1": 3, "f2": 4, "f3": 2, "b1": 5, "b2": 1, "mood": 2}
				again.response = again.person + "@t0"
				out = append(out, &again)
			}
		}
	}
	return out
}

func weekStart(week int) time.Time {
	return time.Date(2000, 1, 3, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 7*week)
}

// delivery is the answers of the questionnaires as a source would deliver them, from a row on.
func delivery(all []*filled, from int64) *models.Delivery {
	s := models.Dataset("answers")
	b := models.NewBatch(s, 0)
	for _, f := range all {
		items := make([]string, 0, len(f.value))
		for item := range f.value {
			items = append(items, item)
		}
		slices.Sort(items)
		for _, item := range items {
			row := b.Add(from + int64(b.Rows()))
			b.SetText(s.Field("response"), row, f.response)
			b.SetText(s.Field("person"), row, pseudonym(f.person))
			b.SetText(s.Field("team"), row, f.team)
			b.SetText(s.Field("level"), row, f.level)
			b.SetText(s.Field("attributes"), row, fmt.Sprintf(`{"department":%q,"location":%q}`, f.department, f.location))
			b.SetInt(s.Field("answered_at"), row, weekStart(f.week).Add(30*time.Hour).UnixMicro())
			b.SetText(s.Field("item"), row, item)
			b.SetReal(s.Field("value"), row, f.value[item])
		}
	}
	n := int64(b.Rows())
	return &models.Delivery{Source: "survey", At: weekStart(0), Records: []*models.Batch{b},
		Range: models.Range{Stream: "wave", First: from, Next: from + n, Loaded: n, Records: n}}
}

var attackKey = strings.Repeat("k", 64)

func pseudonym(person string) string { return pipelines.Pseudonyms([]byte(attackKey))([]byte(person)) }

// settle writes the configuration of a company into a folder and reads it; more is added to it.
func settle(t *testing.T, dir, catalogue, more string) *pipelines.Config {
	t.Helper()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("catalog.yaml", catalogue)
	write("key", attackKey)
	write("insideout.yaml", `name: Attack
period: week
catalog: catalog.yaml
privacy: {key_file: key`+more+`}
sources:
  - {name: survey, to: answers, file: {path: x.csv}, map: {response: a, person: a, answered_at: b, item: c, value: d, team: e, level: f}}
`)
	c, err := pipelines.Load(filepath.Join(dir, "insideout.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// survey runs the whole pipeline over questionnaires that are delivered now.
func survey(t *testing.T, c *pipelines.Config, id string, now *models.Delivery) *pipelines.Outcome {
	t.Helper()
	out, err := pipelines.Run(t.Context(), c, surveyed(id, now))
	if err != nil {
		cells, _ := os.ReadFile(filepath.Join(c.Lake, "audit.log"))
		t.Fatalf("%v\n%s", err, cells)
	}
	return out
}

func surveyed(id string, now *models.Delivery) pipelines.Options {
	return pipelines.Options{
		RunID: id, Now: func() time.Time { return weekStart(2000) },
		Open: func(*pipelines.Config, *pipelines.Source, []*connectors.Binder) (connectors.Source, error) {
			return source{"survey", func(ctx context.Context, _ models.Positions, emit connectors.Emit) error {
				return emit(ctx, now)
			}}, nil
		},
	}
}

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

// The whole of what is published about 1,000 random organisations is given to somebody who knows everything about everybody but
// the answers. He takes sums from each other in every way that linear algebra knows, across teams, departments, levels, locations, dimensions and
// their items, and learns nothing about fewer than five people. With the rules about subtraction switched off he does.
func TestAttack_NothingAboutFewerThanFivePeople(t *testing.T) {
	n := organisations
	if testing.Short() {
		n = 50
	}
	rng := rand.New(rand.NewPCG(7, 11))
	var all []*filled
	for week := range n {
		all = append(all, organisation(rng, week)...)
	}
	dir := t.TempDir()
	survey(t, settle(t, dir, attackCatalogue, ""), "attack", delivery(all, 0))

	a := attack(read(t, reader(t, filepath.Join(dir, "out", "warehouse.duckdb")), all))
	if a.recovered > 0 {
		t.Errorf("%d attacks on %d organisations: %d times something about fewer than five people came out, such as %s", a.tried, n, a.recovered, a.example)
	}
	few := slices.DeleteFunc(slices.Clone(all), func(f *filled) bool { return f.week >= open })
	b := attack(read(t, openly(t, dir, open), few))
	// Nothing comes out where nothing is published either.
	if 4*a.published*open < b.published*n {
		t.Errorf("%d numbers are published of %d organisations, and without the rules about subtraction %d of %d: not a quarter is left", a.published, n, b.published, open)
	}
	if b.recovered == 0 {
		t.Error("with the rules about subtraction switched off nothing came out: the attack is too weak to prove anything")
	}
	t.Logf("%d organisations, %d people: %d attacks, %d successful; without the rules about subtraction, on %d of them, %d attacks, %d successful",
		n, len(all), a.tried, a.recovered, open, b.tried, b.recovered)
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
