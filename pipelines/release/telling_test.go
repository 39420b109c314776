package release

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// told makes a telling of the dimension flow: n people of each class, numbered through.
type some struct {
	class Class
	n     int
}

func items(names ...string) (out []Item) {
	for _, name := range names {
		out = append(out, Item{name, 1})
	}
	return out
}

func tellingOf(people []some, sums ...Sum) *Telling {
	t := &Telling{Dimension: "flow", K: 5, Sums: sums}
	for _, s := range people {
		for range s.n {
			p := Person{ID: ID(len(t.People) + 1), Class: len(t.Classes)}
			for _, seat := range s.class.Seats {
				for i := range seat.Items {
					p.Answers = append(p.Answers, Answer{Slot: p.ID*100 + ID(i), Version: 1})
				}
			}
			t.People = append(t.People, p)
		}
		t.Classes = append(t.Classes, s.class)
	}
	return t
}

// shown is a dimension of two items in two teams: nine in red, of whom two left the second item out, and eight in blue; two of each team are north.
func shown(sums ...Sum) *Telling {
	both := items("f1", "f2")
	seat := func(team string, common bool, items []Item, site string) Class {
		return Class{[]Seat{{team, common, items}}, map[string]string{"site": site}}
	}
	return tellingOf([]some{{seat("red", true, both, "south"), 5}, {seat("red", true, both, "north"), 2}, {seat("red", false, both[:1], "south"), 2},
		{seat("blue", true, both, "south"), 6}, {seat("blue", true, both, "north"), 2}}, sums...)
}

func TestJoin_FindsWhatIsExposed(t *testing.T) {
	flow := []Sum{{OfTeam, "red", "", "flow", 9, 0}, {OfTeam, "blue", "", "flow", 8, 0}}
	both := []Sum{{OfTeam, "red", "", "f1", 7, 0}, {OfTeam, "red", "", "f2", 7, 0}}
	for _, tc := range []struct {
		name    string
		of      *Telling
		want    []int64 // people of each set that is exposed
		strange int
	}{
		{"two teams", shown(flow...), nil, 0},
		{"a team and its group of two", shown(append(flow, Sum{OfGroup, "site", "north", "flow", 4, 0})...), []int64{4}, 0},
		{"a group in teams that are not told", shown(flow[1], Sum{OfGroup, "site", "north", "flow", 2, 0}), []int64{2}, 0},
		{"the dimension and its items: the two who left one out", shown(append(both, flow...)...), []int64{2}, 0},
		{"the dimension and one item", shown(both[0], flow[0]), nil, 0},
		{"an item and how far it lies from the dimension give the dimension of those who left none out",
			shown(both[0], flow[0], Sum{Deviation, "red", "", "f1", 7, 0}), []int64{2}, 0},
		{"the total of told teams", shown(append(flow, Sum{OfAll, "site", "", "flow", 17, 0})...), nil, 0},
		{"a number that rests on others than those counted", shown(Sum{OfTeam, "red", "", "flow", 8, 0}), nil, 1},
	} {
		j := Join([]*Telling{tc.of})
		var got []int64
		for _, e := range Audit(&j.System, 5).Exposed {
			got = append(got, e.People)
		}
		if !slices.Equal(got, tc.want) || len(j.Strange) != tc.strange || len(j.Sums) != len(tc.of.Sums) {
			t.Errorf("%s: exposed %v, want %v; %d strange, want %d", tc.name, got, tc.want, len(j.Strange), tc.strange)
		}
	}
}

// team is ten people in one team who answered one item, without the first few and with a few more, and with the first answers of some corrected.
func team(name string, gone, late, corrected int) *Telling {
	c := Class{[]Seat{{name, true, items("f1")}}, nil}
	t := tellingOf([]some{{c, 10 + late}})
	t.People = t.People[gone:]
	for i := range corrected {
		t.People[i].Answers[0].Version = 2
	}
	t.Sums = []Sum{{OfTeam, name, "", "flow", int64(len(t.People)), 0}}
	return t
}

// What was told first, and then; the people that the two give away by their difference, and whether the second is taken back for it.
func TestJoin_HoldsPublicationsAgainstEachOther(t *testing.T) {
	for _, tc := range []struct {
		name   string
		second *Telling
		want   []int64
	}{
		{"the same again", team("red", 0, 0, 0), nil},
		{"one late answer", team("red", 0, 1, 0), []int64{1}},
		{"four", team("red", 0, 4, 0), []int64{4}},
		{"five", team("red", 0, 5, 0), nil},
		{"one leaver", team("red", 1, 0, 0), []int64{1}},
		{"one corrected answer", team("red", 0, 0, 1), []int64{1}},
		{"five corrected answers", team("red", 0, 0, 5), nil},
		{"four came, one left: a sum of five", team("red", 1, 4, 0), nil},
		{"the team has another name, and one more", team("blue", 0, 1, 0), []int64{1}},
	} {
		first := team("red", 0, 0, 0)
		j := Join([]*Telling{first, tc.second})
		n := func(r Ref) int64 { return r.sum([]*Telling{first, tc.second}) }
		drop, found := j.Repair(5, func(r Ref) bool { return r.Telling == 1 }, n)
		var got []int64
		for _, e := range found.Exposed {
			got = append(got, e.People)
		}
		var back []Ref
		if tc.want != nil {
			back = []Ref{{1, 0}}
		}
		if !slices.Equal(got, tc.want) || !slices.Equal(drop, back) {
			t.Errorf("%s: %v exposed, want %v; taken back %v, want %v", tc.name, got, tc.want, drop, back)
		}
	}
}

func (r Ref) sum(of []*Telling) int64 { return of[r.Telling].Sums[r.Sum].N }

func TestRepair_TakesTheSmallestBackAndLeavesTheRest(t *testing.T) {
	all := shown(Sum{OfTeam, "red", "", "flow", 9, 0}, Sum{OfTeam, "blue", "", "flow", 8, 0}, Sum{OfGroup, "site", "north", "flow", 4, 0}, Sum{OfAll, "site", "", "flow", 17, 0})
	j := Join([]*Telling{all})
	drop, _ := j.Repair(5, func(Ref) bool { return true }, func(r Ref) int64 { return r.sum([]*Telling{all}) })
	if want := []Ref{{0, 2}}; !slices.Equal(drop, want) {
		t.Errorf("taken back %v, want %v: the four of the north", drop, want)
	}
}

// What was told under a smaller threshold is known; it does not keep what is told now from being told.
func TestRepair_TakesWhatWasToldForKnown(t *testing.T) {
	c := func(name string) Class { return Class{[]Seat{{name, true, items("f1")}}, nil} }
	first := tellingOf([]some{{c("red"), 3}, {c("blue"), 10}}, Sum{OfTeam, "red", "", "flow", 3, 0})
	second := tellingOf([]some{{c("red"), 3}, {c("blue"), 10}}, Sum{OfTeam, "blue", "", "flow", 10, 0})
	tellings := []*Telling{first, second}
	j := Join(tellings)
	drop, found := j.Repair(5, func(r Ref) bool { return r.Telling == 1 }, func(r Ref) int64 { return r.sum(tellings) })
	if len(found.Exposed) != 1 || len(drop) != 0 {
		t.Errorf("exposed %v, taken back %v: red was told of before, blue says nothing more of it", found.Exposed, drop)
	}
}

// Red is told with a correction, blue as before: only red and the two together show the difference, and blue stays though it is the smallest.
func TestRepair_LeavesWhatSaysNothingNew(t *testing.T) {
	c := func(name string) Class {
		return Class{[]Seat{{name, true, items("f1")}}, map[string]string{"site": "south"}}
	}
	sums := []Sum{{OfTeam, "red", "", "flow", 9, 0}, {OfTeam, "blue", "", "flow", 6, 0}, {OfGroup, "site", "south", "flow", 15, 0}}
	first, second := tellingOf([]some{{c("red"), 9}, {c("blue"), 6}}, sums...), tellingOf([]some{{c("red"), 9}, {c("blue"), 6}}, sums...)
	second.People[0].Answers[0].Version = 2
	tellings := []*Telling{first, second}
	j := Join(tellings)
	drop, _ := j.Repair(5, func(r Ref) bool { return r.Telling == 1 }, func(r Ref) int64 { return r.sum(tellings) })
	if want := []Ref{{1, 0}, {1, 2}}; !slices.Equal(drop, want) {
		t.Errorf("taken back %v, want %v", drop, want)
	}
}

func TestTelling_Trim(t *testing.T) {
	of := shown(Sum{OfTeam, "blue", "", "flow", 8, 0}, Sum{OfGroup, "site", "north", "flow", 2, 0})
	of.Trim()
	if len(of.People) != 8 || len(of.Classes) != 2 || of.Classes[of.People[0].Class].Seats[0].Team != "blue" {
		t.Errorf("%d people of %d classes are left: %v", len(of.People), len(of.Classes), of.Classes)
	}
}

func TestPeople_ComeBackAsTheyWentIn(t *testing.T) {
	in := shown().People
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out People
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, out); diff != "" {
		t.Error(diff)
	}
	short, err := json.Marshal([]byte("abcdefgh\x00\x01slot"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(short, &out); err == nil {
		t.Errorf("somebody whose answer is cut short is %v", out)
	}
}
