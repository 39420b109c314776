package pipelines_test

import (
	"context"
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
	"insideout/pipelines"
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

// The whole of what is published about 1,000 random organisations is given to somebody who knows everything about everybody but
// the answers. He takes sums from each other in every way that linear algebra knows, across teams, departments, levels, locations, dimensions and
// their items, and learns nothing about fewer than five people. With the rules about subtraction switched off he does.
func TestAttack_NothingAboutFewerThanFivePeople(t *testing.T) {
	n := howMany(t, organisations, 50)
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

// howMany is how many organisations are attacked: a sample, or all of them where INSIDEOUT_ATTACK=all asks for them, which takes the better part of an
// hour.
func howMany(t *testing.T, all, sample int) int {
	if os.Getenv("INSIDEOUT_ATTACK") == "all" {
		return all
	}
	t.Logf("%d of %d organisations: INSIDEOUT_ATTACK=all attacks them all", sample, all)
	return sample
}
