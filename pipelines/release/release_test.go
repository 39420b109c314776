package release

import (
	"math"
	"testing"

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
