// Package release decides which employee-side cells may leave the workshop. It is pure: counts in, verdicts out; it
// knows no SQL, no engine and no file. Everything that is published about employees passes here, because marts read rel_*
// relations only, and a rel_* relation is its cell_* relation minus the rows that this package withholds.
//
// # Against whom
//
// Against somebody who has everything that is published, knows of everybody which team and which groups they are in, whether
// they answered and which questions they left out, and can add, subtract and divide. What he is not to learn is the answer of one person,
// or the sum over fewer than k of them. Sums over k and more are what is published, and are his to combine.
//
// # The rules
//
//  1. Too few. A cell that rests on fewer than k respondents is withheld (k is 5 unless configured, never below 3), and so is one
//     whose number of respondents is not known, unless its source is declared public already. Relations may ask for more
//     than k (Cell.Least: comments ask for ten people who wrote).
//  2. Alike. A cell in which more than nine in ten said the same is withheld: who knows who was asked knows what each of them said.
//  3. Apart. A dimension is the mean of its items, so the sums of a team subtract: if one of nine left a question out, three times
//     the dimension less its three items is made of that person's answers alone. Items are told of the people who answered as
//     most of the team did, all of the same; they are withheld where the others are more than none and fewer than k, and in
//     groups where there is any other, because what is left over of groups and teams then subtracts as well.
//  4. Beside. The items of a withheld dimension are withheld, and all items of a team if one of them is alike: the others
//     and the dimension would give it back. In a group the items of a dimension go together or not at all.
//  5. Left over. A group cuts across teams. Taking whole teams from it, and another group, leaves somebody: if more than none
//     and fewer than k can be left, the group is withheld (Cell.Left).
//  6. Complement. The groups of a slice (department, level, ...) add up to a total that is published or can be added up from
//     the teams. Of a slice either no cell is withheld, or at least two, whose respondents together (those who are apart, where
//     that is the reason) reach k: where there are fewer the smallest of the others go too, ties by the order of the cells.
//     A slice that cannot be protected has no total.
//  7. Following. What is made of the same people (favourable shares, steps, deviations) goes with the number that it belongs to.
//
// Rules 4 to 6 call on each other and are applied until nothing changes; each pass only withholds, so this ends. It is a heuristic: it
// withholds more than an optimal choice would, in exchange for one that a person can follow.
//
// Decide is called once for each wave of cells: first those of teams, then those of groups, which count only the people of teams that the
// first wave released, so that no withheld team is left over when the others are taken away.
//
// # The audit
//
// Decide is not believed. Audit takes what was released as equations, by sets of people who cannot be told apart, and says exactly whether
// a sum over fewer than k of them follows. Where it does, combinations of three and more groups at work that rule 5 does not look at, the
// caller withholds all groups of that period and dimension (Rule.Closed) and asks again; what follows even then is not published. It looks
// at what can be solved for, not at how narrow an interval the ends of a scale leave, and at one publication, not at several.
//
// # What this does not do
//
// Numbers are not rounded, and successive publications are not held against each other: whoever keeps two that differ by a late answer can
// take one from the other. A share of favourable answers is told with the number that it belongs to, also where it is all or none. There is no
// differentially private release: no well-kept library for Go can be had, and noise made at home is not safe.
package release

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"insideout/models"
)

// DefaultGroup is the smallest group released unless configured; FloorGroup is the smallest that may be configured.
const (
	DefaultGroup = models.DefaultGroup
	FloorGroup   = models.FloorGroup
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
	Group    string    // which part of the slice
	Total    bool      // the sum of its slice

	Family string // dimension that the series is or adds to; "" for cells that follow the one of their series, or stand alone
	Alike  int64  // respondents with the commonest value; 0: not looked at
	Odd    int64  // of an item: people who answered the items of the dimension in another way than most did
	Left   int64  // least number above zero that is left of the people when whole teams, and another group, are taken away; 0: none
}

// whole reports whether the cell is a dimension, of which others are parts.
func (c *Cell) whole() bool { return c.Family == c.Series }

// Reason says why a cell was withheld.
type Reason string

const (
	Shown       Reason = ""             // released
	TooSmall    Reason = "too_small"    // fewer respondents than the rule asks for
	UnknownSize Reason = "unknown_size" // the number of respondents is not known
	Alike       Reason = "alike"        // all or nearly all said the same
	Apart       Reason = "apart"        // too few answered other items of the dimension than most did
	LeftOver    Reason = "left_over"    // too few would be left when whole teams are taken away
	Beside      Reason = "beside"       // it, or what was withheld beside it, could be found from the others of its dimension
	Together    Reason = "exposed"      // an audit found that it gives too much away together with others
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
	// Closed marks cells that stay inside whatever else the rules say, because an audit found that they give too much away together; nil: none.
	Closed func(*Cell) bool
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
	d := &decision{cells: cells, out: make([]Verdict, len(cells)), k: int64(rule.MinGroup)}
	for i := range cells {
		if d.out[i] = primary(&cells[i], d.k); rule.Closed != nil && rule.Closed(&cells[i]) {
			d.hide(i, Together)
		}
	}
	d.index()
	for changed := true; changed; {
		changed = d.beside()
		changed = d.complement() || changed
	}
	d.follow()
	return d.out
}

// primary looks at a cell alone.
func primary(c *Cell, k int64) Verdict {
	few := func(n int64) bool { return n > 0 && n < k }
	switch {
	case c.Public:
		return Verdict{Shown: true}
	case !c.HasN:
		return Verdict{Reason: UnknownSize}
	case c.N < max(k, c.Least):
		return Verdict{Reason: TooSmall}
	case 10*c.Alike > 9*c.N:
		return Verdict{Reason: Alike}
	case few(c.Odd), c.Odd > 0 && c.Slice != "":
		return Verdict{Reason: Apart}
	case few(c.Left):
		return Verdict{Reason: LeftOver}
	}
	return Verdict{Shown: true}
}

// unit is a dimension with its items, of a team or group in a period.
type unit struct {
	team, slice, group, family string
	period                     time.Time
}

// slice names the cells that add up.
type slice struct {
	name   string
	period time.Time
	series string
}

// place names the number that others follow.
type place struct {
	team, slice, group, series string
	period                     time.Time
}

// decision is one run of Decide. Lists hold places in cells; keys are gone through in the order of their first cell.
type decision struct {
	cells []Cell
	out   []Verdict
	k     int64

	units  [][]int
	slices []sliced
}

type sliced struct{ parts, totals []int }

// index collects units and slices.
func (d *decision) index() {
	units, names := map[unit]int{}, map[slice]int{}
	for i := range d.cells {
		c := &d.cells[i]
		if c.Family != "" && !c.Total {
			key := unit{c.Team, c.Slice, c.Group, c.Family, c.Period}
			at, ok := units[key]
			if !ok {
				at = len(d.units)
				units[key] = at
				d.units = append(d.units, nil)
			}
			d.units[at] = append(d.units[at], i)
		}
		if c.Slice == "" {
			continue
		}
		key := slice{c.Slice, c.Period, c.Series}
		at, ok := names[key]
		if !ok {
			at = len(d.slices)
			names[key] = at
			d.slices = append(d.slices, sliced{})
		}
		if s := &d.slices[at]; c.Total {
			s.totals = append(s.totals, i)
		} else {
			s.parts = append(s.parts, i)
		}
	}
}

// hide withholds a cell that was shown.
func (d *decision) hide(i int, why Reason) bool {
	if !d.out[i].Shown || d.cells[i].Public {
		return false
	}
	d.out[i] = Verdict{Reason: why}
	return true
}

// beside withholds what would give a withheld number of the same people back.
func (d *decision) beside() (changed bool) {
	for _, list := range d.units {
		parts := false // all items go
		for _, i := range list {
			c, v := &d.cells[i], d.out[i]
			parts = parts || !v.Shown && (c.whole() || v.Reason == Alike || c.Slice != "")
		}
		if !parts {
			continue
		}
		for _, i := range list {
			if !d.cells[i].whole() && d.hide(i, Beside) {
				changed = true
			}
		}
	}
	return changed
}

// complement withholds what would let a withheld cell of its slice be found by subtraction. The order in which slices are
// gone through does not matter: they share no cell.
func (d *decision) complement() (changed bool) {
	for _, s := range d.slices {
		open, more := d.protect(s.parts)
		changed = changed || more
		for _, i := range s.totals {
			if open && d.hide(i, Complement) {
				changed = true
			}
		}
	}
	return changed
}

// protect withholds the smallest cells of a slice until none is withheld alone, and reports whether what is withheld
// still lies open to the total.
func (d *decision) protect(list []int) (open, changed bool) {
	var hidden, sum int64
	var shown []int
	for _, i := range list {
		if c, v := &d.cells[i], d.out[i]; v.Shown {
			shown = append(shown, i)
		} else {
			hidden++
			sum += protects(c, v.Reason)
		}
	}
	slices.SortStableFunc(shown, func(a, b int) int { return cmp.Compare(d.cells[a].N, d.cells[b].N) })
	for ; hidden > 0 && (hidden < 2 || sum < d.k) && len(shown) > 0; shown = shown[1:] {
		if i := shown[0]; d.hide(i, Complement) {
			hidden++
			sum += d.cells[i].N
			changed = true
		}
	}
	return hidden > 0 && (hidden < 2 || sum < d.k), changed
}

// protects is the number of people that a withheld cell adds to a sum that somebody is not to know: where it was withheld for the few who
// are apart or left over, only these.
func protects(c *Cell, why Reason) int64 {
	switch why {
	case Apart:
		return c.Odd
	case LeftOver:
		return c.Left
	}
	return max(c.N, 0)
}

// follow withholds what belongs to a withheld number.
func (d *decision) follow() {
	withheld := map[place]bool{}
	for i := range d.cells {
		if c := &d.cells[i]; c.Family != "" && !d.out[i].Shown {
			withheld[place{c.Team, c.Slice, c.Group, c.Series, c.Period}] = true
		}
	}
	for i := range d.cells {
		if c := &d.cells[i]; c.Family == "" && withheld[place{c.Team, c.Slice, c.Group, c.Series, c.Period}] {
			d.hide(i, Beside)
		}
	}
}
