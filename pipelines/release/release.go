// Package release decides which employee-side cells may leave the workshop. It is pure: counts in, verdicts out; it
// knows no SQL, no engine and no file. Everything that is published about employees passes here, because marts read rel_*
// relations only, and a rel_* relation is its cell_* relation minus the rows that this package withholds.
//
// # The rule that stands
//
// Primary suppression: a cell that rests on fewer than k respondents is withheld (k is 5 unless configured, never below 3),
// and so is a cell whose number of respondents is not known, unless its source is declared public already. Every
// withheld cell has a reason, so that a report can say how many were withheld and why.
//
// Relations may ask for more than k (Cell.Least: comments ask for ten people who wrote).
//
// Complementary suppression: cells that name a slice add up, with the other cells of their slice, period and series, to
// a sum that is published or can be added up from what is. Of a slice either no cell is withheld, or at least two whose
// respondents together reach k: where the primary rule leaves one, or too few, the smallest of the others go too
// (ties by the order of the cells). The total of a slice is shown under the same condition, so a slice that could not be
// protected, because all of it together is below k, has none.
//
// # What this does not protect against yet
//
//   - differencing between overlapping tables: groups by department and groups by location are protected each for
//     itself, and count only people of teams that are released (package sql), so that no withheld team is left over
//     when the others are taken away; but a department that is one team and two people more gives the two away to whoever
//     knows that;
//   - homogeneity: a group whose members all gave the same answer is released like any other;
//   - differencing between releases: the same team released last week with one person less;
//   - rounding: exact n and exact mean are released;
//   - dominance, and small numbers of agents behind customer-side numbers.
//
// Decide takes all cells of a release at once and Cell carries team, period and series, so that complementary suppression,
// pooling, an attacker's audit and a ledger over releases can stand behind the same signature.
package release

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// DefaultGroup is the smallest group released unless configured; FloorGroup is the smallest that may be configured.
const (
	DefaultGroup = 5
	FloorGroup   = 3
)

// Cell is one row that wants to be released.
type Cell struct {
	Relation string    // cell_* relation that it comes from
	ID       int64     // row in that relation
	Team     string    // "" for the whole organisation
	Period   time.Time // first civil date of the period
	Series   string    // dimension, item or metric
	N        int64     // distinct respondents behind it
	HasN     bool      // N is known
	Public   bool      // published by its source already, and declared so
	Least    int64     // respondents that the relation itself asks for, where that is more than the rule does
	Slice    string    // cells of one slice, period and series add up to a sum that can be known; "" for none
	Total    bool      // the sum of its slice
}

// Reason says why a cell was withheld.
type Reason string

const (
	Shown       Reason = ""             // released
	TooSmall    Reason = "too_small"    // fewer respondents than the rule asks for
	UnknownSize Reason = "unknown_size" // the number of respondents is not known
	Complement  Reason = "complement"   // it, or what was withheld beside it, could be found by subtraction
)

// Verdict is the decision over one cell.
type Verdict struct {
	Shown  bool
	Reason Reason
}

// Rule is what was configured.
type Rule struct {
	MinGroup int // smallest number of respondents that is released
}

// Check returns an error if the rule is weaker than what may be configured.
func (r Rule) Check() error {
	if r.MinGroup < FloorGroup {
		return fmt.Errorf("minimum group of %d: groups below %d are never released; write %d or more", r.MinGroup, FloorGroup, FloorGroup)
	}
	return nil
}

// Decide returns one verdict a cell, in the order of the cells. It panics on a rule that Check refuses: a caller that
// forgot to check must not publish.
func Decide(cells []Cell, rule Rule) []Verdict {
	if err := rule.Check(); err != nil {
		panic("release: " + err.Error())
	}
	out := make([]Verdict, len(cells))
	for i, c := range cells {
		out[i] = primary(c, rule)
	}
	complement(cells, out, int64(rule.MinGroup))
	return out
}

func primary(c Cell, rule Rule) Verdict {
	switch {
	case c.Public:
		return Verdict{Shown: true}
	case !c.HasN:
		return Verdict{Reason: UnknownSize}
	case c.N < max(int64(rule.MinGroup), c.Least):
		return Verdict{Reason: TooSmall}
	}
	return Verdict{Shown: true}
}

// slice names the cells that add up.
type slice struct {
	name   string
	period time.Time
	series string
}

// complement withholds what would let a withheld cell of its slice be found by subtraction. The order in which slices are
// gone through does not matter: they share no cell.
func complement(cells []Cell, verdicts []Verdict, k int64) {
	parts, totals := map[slice][]int{}, map[slice][]int{}
	for i, c := range cells {
		switch s := (slice{c.Slice, c.Period, c.Series}); {
		case c.Slice == "":
		case c.Total:
			totals[s] = append(totals[s], i)
		default:
			parts[s] = append(parts[s], i)
		}
	}
	for s, list := range parts {
		open := protect(cells, verdicts, list, k)
		for _, i := range totals[s] {
			if open && verdicts[i].Shown {
				verdicts[i] = Verdict{Reason: Complement}
			}
		}
	}
}

// protect withholds the smallest cells of a slice until none is withheld alone, and reports whether what is withheld
// still lies open to the total.
func protect(cells []Cell, verdicts []Verdict, list []int, k int64) (open bool) {
	var hidden, sum int64
	var shown []int
	for _, i := range list {
		if verdicts[i].Shown {
			shown = append(shown, i)
			continue
		}
		hidden++
		sum += max(cells[i].N, 0)
	}
	slices.SortStableFunc(shown, func(a, b int) int { return cmp.Compare(cells[a].N, cells[b].N) })
	for ; hidden > 0 && (hidden < 2 || sum < k) && len(shown) > 0; shown = shown[1:] {
		verdicts[shown[0]] = Verdict{Reason: Complement}
		hidden++
		sum += cells[shown[0]].N
	}
	return hidden > 0 && (hidden < 2 || sum < k)
}
