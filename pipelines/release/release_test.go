package release

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDecide_PrimaryRule(t *testing.T) {
	for _, tc := range []struct {
		name string
		cell Cell
		want Verdict
	}{
		{"nobody", Cell{N: 0, HasN: true}, Verdict{Reason: TooSmall}},
		{"one below", Cell{N: 4, HasN: true}, Verdict{Reason: TooSmall}},
		{"exactly the minimum", Cell{N: 5, HasN: true}, Verdict{Shown: true}},
		{"many", Cell{N: 500, HasN: true}, Verdict{Shown: true}},
		{"size not known", Cell{N: 500}, Verdict{Reason: UnknownSize}},
		{"public without a size", Cell{Public: true}, Verdict{Shown: true}},
		{"public and small", Cell{N: 2, HasN: true, Public: true}, Verdict{Shown: true}},
		{"a count that cannot be", Cell{N: -1, HasN: true}, Verdict{Reason: TooSmall}},
	} {
		if got := Decide([]Cell{tc.cell}, Rule{MinGroup: 5})[0]; got != tc.want {
			t.Errorf("%s: got %+v, want %+v", tc.name, got, tc.want)
		}
	}
}

func TestRule_IsNeverWeakerThanTheFloor(t *testing.T) {
	for _, k := range []int{math.MinInt, -1, 0, 1, 2} {
		if (Rule{MinGroup: k}).Check() == nil {
			t.Errorf("a minimum group of %d was taken", k)
		}
	}
	for _, k := range []int{3, 5, 10} {
		if err := (Rule{MinGroup: k}).Check(); err != nil {
			t.Errorf("%d: %v", k, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Decide went on with a rule below the floor")
		}
	}()
	Decide(nil, Rule{MinGroup: 2})
}

// Whatever the cells: one verdict each, in order, a withheld cell has a reason, and nothing below the minimum is shown
// that was not public already.
func TestDecide_NeverShowsASmallCell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := Rule{MinGroup: rapid.IntRange(FloorGroup, 30).Draw(t, "k")}
		cells := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Cell {
			return Cell{
				N:      rapid.Int64Range(-2, 60).Draw(t, "n"),
				HasN:   rapid.Bool().Draw(t, "known"),
				Public: rapid.Bool().Draw(t, "public"),
			}
		})).Draw(t, "cells")
		verdicts := Decide(cells, rule)
		if len(verdicts) != len(cells) {
			t.Fatalf("%d verdicts for %d cells", len(verdicts), len(cells))
		}
		for i, v := range verdicts {
			c := cells[i]
			if v.Shown != (v.Reason == Shown) {
				t.Errorf("cell %+v: %+v", c, v)
			}
			if v.Shown && !c.Public && (!c.HasN || c.N < int64(rule.MinGroup)) {
				t.Errorf("cell %+v was shown", c)
			}
		}
	})
}

func verdictsOf(ns []int64, total bool) []bool {
	var cells []Cell
	var sum int64
	for _, n := range ns {
		cells = append(cells, Cell{N: n, HasN: true, Slice: "group level", Series: "flow"})
		sum += n
	}
	if total {
		cells = append(cells, Cell{N: sum, HasN: true, Slice: "group level", Series: "flow", Total: true})
	}
	var out []bool
	for _, v := range Decide(cells, Rule{MinGroup: 5}) {
		out = append(out, v.Shown)
	}
	return out
}

// Each slice with its total behind it.
func TestDecide_ComplementarySuppression(t *testing.T) {
	for _, tc := range []struct {
		name string
		ns   []int64
		want []bool
	}{
		{"nothing to hide", []int64{5, 9, 30}, []bool{true, true, true, true}},
		{"one small: the next smallest goes with it", []int64{3, 30, 9}, []bool{false, true, false, true}},
		{"two small whose sum is too small: a third goes", []int64{1, 2, 9, 30}, []bool{false, false, false, true, true}},
		{"two small whose sum is enough", []int64{4, 3, 9}, []bool{false, false, true, true}},
		{"ties by order", []int64{2, 6, 6}, []bool{false, false, true, true}},
		{"one cell only: its total is the cell", []int64{4}, []bool{false, false}},
		{"one cell, large enough", []int64{5}, []bool{true, true}},
		{"all of it together is too small", []int64{1, 2}, []bool{false, false, false}},
		{"two cells of which one is small", []int64{4, 40}, []bool{false, false, true}},
	} {
		if got := verdictsOf(tc.ns, true); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v gave %v, want %v", tc.name, tc.ns, got, tc.want)
		}
	}
}

func TestDecide_SlicesOfOtherPeriodsAndSeriesStandAlone(t *testing.T) {
	cells := []Cell{
		{N: 3, HasN: true, Slice: "a", Series: "flow"}, {N: 9, HasN: true, Slice: "a", Series: "service"},
		{N: 9, HasN: true, Slice: "b", Series: "flow"}, {N: 9, HasN: true, Series: "flow"},
		{N: 9, HasN: true, Slice: "a", Series: "flow", Period: time.Unix(0, 0)},
	}
	for i, v := range Decide(cells, Rule{MinGroup: 5}) {
		if v.Shown != (i > 0) {
			t.Errorf("cell %d: %+v", i, v)
		}
	}
}

func TestDecide_RelationsMayAskForMore(t *testing.T) {
	for n, want := range map[int64]bool{9: false, 10: true} {
		if got := Decide([]Cell{{N: n, HasN: true, Least: 10}}, Rule{MinGroup: 5})[0].Shown; got != want {
			t.Errorf("%d people who wrote, ten asked for: shown %v", n, got)
		}
	}
	if Decide([]Cell{{N: 4, HasN: true, Least: 1}}, Rule{MinGroup: 5})[0].Shown {
		t.Error("a relation asked for less than the rule and got it")
	}
}

// Whoever holds a total and every shown cell of its slice is left with nothing, or with two cells of at least k people.
func TestDecide_NothingIsLeftAfterSubtraction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ns := rapid.SliceOfN(rapid.Int64Range(1, 20), 1, 9).Draw(t, "ns")
		shown := verdictsOf(ns, true)
		var hidden, left int64
		for i, n := range ns {
			if !shown[i] {
				hidden++
				left += n
			}
		}
		if shown[len(ns)] && hidden > 0 && (hidden < 2 || left < 5) {
			t.Errorf("%v gave %v", ns, shown)
		}
	})
}
