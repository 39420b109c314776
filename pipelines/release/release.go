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
// # What this does not protect against yet
//
// The primary rule alone stops nobody who can subtract. Not covered here:
//
//   - differencing between tables: a total and all of its parts but one give the part away. No total over withheld
//     cells is published (the organisation's scores are built from released cells only), but a team that is
//     released as a whole and in overlapping slices would not be caught;
//   - homogeneity: a group whose members all gave the same answer is released like any other;
//   - differencing between releases: the same team released last week with one person less;
//   - rounding: exact n and exact mean are released;
//   - dominance, and small numbers of agents behind customer-side numbers.
//
// Decide takes all cells of a release at once and Cell carries team, period and series, so that complementary suppression,
// pooling, an attacker's audit and a ledger over releases can stand behind the same signature.
package release

import (
	"fmt"
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
}

// Reason says why a cell was withheld.
type Reason string

const (
	Shown       Reason = ""             // released
	TooSmall    Reason = "too_small"    // fewer respondents than the rule asks for
	UnknownSize Reason = "unknown_size" // the number of respondents is not known
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
	return out
}

func primary(c Cell, rule Rule) Verdict {
	switch {
	case c.Public:
		return Verdict{Shown: true}
	case !c.HasN:
		return Verdict{Reason: UnknownSize}
	case c.N < int64(rule.MinGroup):
		return Verdict{Reason: TooSmall}
	}
	return Verdict{Shown: true}
}
