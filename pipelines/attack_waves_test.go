package pipelines_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"insideout/pipelines"
	"insideout/pipelines/place"
)

// moving is how many random organisations are published again and again while answers come late, are corrected, and people move; with those
// that are published once they are more than a thousand. unguarded is how many of them live without a ledger.
const (
	moving    = 250
	unguarded = 25
)

// history is a company that publishes several times: what its answers are, and what anybody who kept everything has seen.
type history struct {
	t       *testing.T
	dir     string
	config  *pipelines.Config
	all     []*filled
	sent    int64
	forgets bool // the ledger is taken away before every publication

	told    map[unknown]bool // answers that are in a number published
	slots   map[unknown]bool // the same, whatever they say
	numbers []*published
	held    int
}

// tell publishes, and reads what anybody can read.
func (h *history) tell(id string, changed []*filled) {
	h.t.Helper()
	if h.forgets {
		if err := os.RemoveAll(filepath.Join(h.dir, "lake", "ledger")); err != nil {
			h.t.Fatal(err)
		}
	}
	d := delivery(changed, h.sent)
	h.sent = d.Range.Next
	out := survey(h.t, h.config, id, d)
	if !out.Changed {
		h.t.Fatalf("%s: nothing was published", id)
	}
	h.look(id)
}

func (h *history) look(id string) {
	h.t.Helper()
	count := h.counted()
	kept := filepath.Join(h.t.TempDir(), id+".duckdb") // the published one may go away
	if err := place.Copy(filepath.Join(h.dir, "out", "warehouse.duckdb"), kept, 0o600); err != nil {
		h.t.Fatal(err)
	}
	numbers := read(h.t, reader(h.t, kept), count)
	if h.told == nil || h.forgets {
		h.told, h.slots = map[unknown]bool{}, map[unknown]bool{}
	}
	if !h.forgets {
		for _, n := range numbers {
			for _, p := range n.of {
				h.told[p.unknown()] = true
				h.slots[unknown{response: p.of.response, item: p.item}] = true
			}
		}
	}
	h.numbers = append(h.numbers, numbers...)
}

// counted is what counts, as the package comment of release states it: answers to a dimension that their team was told of before wait while they
// are from fewer than five people, those who changed an answer there among them.
func (h *history) counted() []*filled {
	type place struct {
		week            int
		dimension, team string
	}
	type state struct {
		told  bool
		moved map[string]bool
		late  map[unknown]bool
	}
	states := map[place]*state{}
	for _, f := range h.all {
		for dimension, items := range attackItems {
			at := place{f.week, dimension, f.team}
			for _, item := range items {
				value, ok := f.value[item]
				if !ok {
					continue
				}
				s := states[at]
				if s == nil {
					s = &state{moved: map[string]bool{}, late: map[unknown]bool{}}
					states[at] = s
				}
				slot := unknown{response: f.response, item: item}
				switch {
				case h.told[unknown{f.response, item, value}]:
					s.told = true
				case h.slots[slot]:
					s.told, s.moved[f.person] = true, true
				default:
					s.moved[f.person], s.late[slot] = true, true
				}
			}
		}
	}
	h.held = 0
	var out []*filled
	for _, f := range h.all {
		c := *f
		c.value = maps.Clone(f.value)
		for dimension, items := range attackItems {
			s := states[place{f.week, dimension, f.team}]
			if s == nil || !s.told || len(s.moved) >= 5 {
				continue
			}
			for _, item := range items {
				if s.late[unknown{response: f.response, item: item}] {
					delete(c.value, item)
					h.held++
				}
			}
		}
		out = append(out, &c)
	}
	return out
}

// change lets things happen to every organisation, and returns the questionnaires that are delivered anew.
func change(rng *rand.Rand, h *history, step int) (changed []*filled) {
	byWeek := map[int][]*filled{}
	var weeks []int
	for _, f := range h.all {
		if byWeek[f.week] == nil {
			weeks = append(weeks, f.week)
		}
		byWeek[f.week] = append(byWeek[f.week], f)
	}
	touched := map[*filled]bool{}
	for _, week := range weeks {
		people := byWeek[week]
		chance := func(p float64) bool { return rng.Float64() < p }
		any := func() *filled { return people[rng.IntN(len(people))] }
		if chance(.6) { // late answers, some alone and some together
			for range 1 + rng.IntN(2) {
				like := any()
				for n := range 1 + rng.IntN(7) {
					f := *like
					f.person = fmt.Sprintf("w%d-s%d-n%d-%d", week, step, n, rng.IntN(1<<30))
					f.response, f.value = f.person+"@"+f.team, map[string]float64{}
					for _, dimension := range []string{"bond", "flow", "mood"} {
						for _, item := range attackItems[dimension] {
							f.value[item] = float64(1 + rng.IntN(5))
						}
					}
					h.all = append(h.all, &f)
					touched[&f] = true
				}
			}
		}
		if chance(.3) { // corrections, and questions answered after all
			for range 1 + rng.IntN(2) {
				f := any()
				f.value["f1"], f.value["b2"] = float64(1+rng.IntN(5)), float64(1+rng.IntN(5))
				touched[f] = true
			}
		}
		seats := map[string]int{} // who works in two teams stays there: two questionnaires in one team would be one answer
		for _, f := range people {
			seats[f.person]++
		}
		if f := any(); chance(.3) && seats[f.person] == 1 { // somebody belongs to another team
			f.team = any().team
			touched[f] = true
		}
		if chance(.15) { // two teams become one
			from, to := any().team, any().team
			for _, f := range people {
				if f.team == from && from != to && seats[f.person] == 1 {
					f.team = to
					touched[f] = true
				}
			}
		}
		if chance(.3) { // somebody belongs to another group
			f := any()
			f.department, f.level = any().department, any().level
			touched[f] = true
		}
	}
	for _, f := range h.all {
		if touched[f] {
			changed = append(changed, f)
		}
	}
	return changed
}

// withoutLocation is the catalogue with a grouping less.
var withoutLocation = strings.Replace(attackCatalogue, "  - {id: location, name: Location, from: location}\n", "", 1)

// publish lets organisations publish four times and more: at first, after changes, with other groupings, and after people have been forgotten.
func (h *history) publish(organisations int, forget int) {
	rng := rand.New(rand.NewPCG(3, 5))
	for week := range organisations {
		h.all = append(h.all, organisation(rng, week)...)
	}
	h.dir = h.t.TempDir()
	h.config = settle(h.t, h.dir, attackCatalogue, "")
	h.tell("first", h.all)
	h.tell("second", change(rng, h, 1))
	h.config = settle(h.t, h.dir, withoutLocation, "")
	h.tell("third", change(rng, h, 2))
	h.config = settle(h.t, h.dir, attackCatalogue, "")
	for n := range forget {
		gone := h.all[rng.IntN(len(h.all))].person
		h.all = slices.DeleteFunc(h.all, func(f *filled) bool { return f.person == gone })
		if _, err := pipelines.Forget(h.t.Context(), h.config, surveyed(fmt.Sprint("forgot-", n), nil), []byte(gone), false); err != nil {
			h.t.Fatal(err)
		}
		h.look(fmt.Sprint("forgot-", n))
	}
	h.tell("fourth", change(rng, h, 3))
}

// Somebody who kept every generation takes them from each other, as he takes teams from groups: late answers, corrections, people who left, who
// moved, teams that became one, groupings that came and went. He learns nothing about fewer than five people. Without the ledger he does.
func TestAttack_NothingBySuccessivePublications(t *testing.T) {
	n, forget := howMany(t, moving, 30), 1
	h := &history{t: t}
	h.publish(n, forget)
	a := attack(h.numbers)
	if a.recovered > 0 {
		t.Errorf("%d attacks on %d organisations: %d times something about fewer than five people came out, such as %s", a.tried, n, a.recovered, a.example)
	}
	few := &history{t: t, forgets: true}
	few.publish(min(n, unguarded), 1)
	b := attack(few.numbers)
	if b.recovered == 0 {
		t.Error("without the ledger nothing came out: the attack is too weak to prove anything")
	}
	if 4*a.published*min(n, unguarded) < b.published*n {
		t.Errorf("%d numbers are published of %d organisations, and without the ledger %d of %d: not a quarter is left", a.published, n, b.published, min(n, unguarded))
	}
	t.Logf("%d organisations, %d numbers in %d publications, %d answers held back in the last: %d attacks, %d successful; without the ledger, on %d of them, %d numbers, %d attacks, %d successful",
		n, a.published, 4+forget, h.held, a.tried, a.recovered, min(n, unguarded), b.published, b.tried, b.recovered)
}
