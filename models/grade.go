package models

import (
	"math"
	"slices"
)

// Levels and gates of grades.
const (
	levelEarly  = .10 // of Q, for an early sign
	levelClaim  = .05 // of Q and of the joint Q, for A and B
	levelLead   = .05 // of the lead test: at or below it the other direction of time is not ruled out
	minTeamsA   = 12
	minPeriodsA = 52
	minHalfT    = 1.
	minReliable = .5  // within-team reliability over time
	minRobust   = .10 // robustness value
	maxShare    = 1. / 3
	fragile     = .05 // robustness value
)

// Seen reports whether the pair is at least an early sign: Q at most .10, or at most the rate that the run asked for where that
// is stricter.
func (f *Finding) Seen() bool { return f.Refused == nil && f.Within.OK && f.passes(f.Q, levelEarly) }

func (f *Finding) passes(q Figure, level float64) bool {
	if f.FDR > 0 { // not known or not asked: the level stands
		level = math.Min(level, float64(f.FDR))
	}
	return float64(q) <= level // false for NaN
}

// Fragile reports whether a hidden factor that explains less than 5 % of what is left of both sides would take the slope to zero.
func (f *Finding) Fragile() bool { return f.Robust < fragile }

// Grade computes the strength from what the finding carries:
//
//	C  the pair passes alone;
//	B  it also passes beside at least one other condition, none left out, with the same sign and an interval clear of zero; in noise no
//	   larger than what it measures (reliability .5, and known: what is not known may be below it); with no team holding more than a
//	   third; weighting does not decide it; and, in a later look at the same question, the look before saw it too;
//	A  it also comes first in time, in both halves of the calendar, in at least 12 teams and 52 periods, and no hidden
//	   factor below 10 % would undo it;
//	A+ never from a panel alone: it takes an action with a comparison (Evidence Intervention) on top of A.
//
// A condition that is the only one of a run stays at C: what it may be standing in for was not looked at.
func (f *Finding) Grade() Grade {
	switch {
	case f.Refused != nil || !f.Within.OK:
		return GradeNone
	case !f.Seen():
		return GradeD
	case !f.moderate():
		return GradeC
	case !f.strong():
		return GradeB
	case f.Evidence == Intervention:
		return GradeAPlus
	}
	return GradeA
}

// Lacks lists, in words, what keeps a finding that is seen from the next grade; nil for A.
func (f *Finding) Lacks() []string {
	if !f.Seen() {
		return nil
	}
	for _, step := range [][]gate{f.gatesB(), f.gatesA()} {
		var out []string
		for _, g := range step {
			if !g.open {
				out = append(out, g.lack)
			}
		}
		if out != nil {
			return out
		}
	}
	return nil
}

func (f *Finding) moderate() bool { return !slices.ContainsFunc(f.gatesB(), gate.shut) }
func (f *Finding) strong() bool   { return !slices.ContainsFunc(f.gatesA(), gate.shut) }

// gate is one demand of a grade. What is not known does not pass, unless said otherwise.
type gate struct {
	open bool
	lack string // what is lacking, after "is"
}

func (g gate) shut() bool { return !g.open }

// gatesB are the demands of B beyond those of C.
func (f *Finding) gatesB() []gate {
	j, w, u := &f.Joint, &f.Within, &f.Unweighted
	decided := u.OK && (w.Slope*u.Slope < 0 || math.Abs(float64(w.Slope-u.Slope)) > .5*math.Abs(float64(u.Slope)))
	return []gate{
		{f.passes(f.Q, levelClaim), "a q of at most .05"},
		{len(j.Held) > 0, "another condition to hold fixed"},
		{len(j.NotHeld) == 0, "more cells shared with the conditions that could not be held fixed"},
		{len(j.Held) == 0 || j.OK && f.passes(j.Q, levelClaim), "a q of at most .05 beside the other conditions"},
		{!j.OK || j.Slope*w.Slope > 0, "the same sign beside the other conditions"},
		{!j.OK || clearOfZero(j.Low, j.High), "an interval clear of zero beside the other conditions"},
		{float64(f.Reliable) >= minReliable, "a known reliability of at least .5 inside teams"},
		{!(float64(f.Share) > maxShare), "movement in more than one team"},
		{f.Look < 2 || f.Again, "a second look in a row that sees it"},
		{!decided, "agreement of weighted and unweighted slopes"},
	}
}

// gatesA are the demands of A beyond those of B.
func (f *Finding) gatesA() []gate {
	sign := math.Copysign(1, float64(f.Within.Slope))
	return []gate{
		{clearOfZero(f.Within.Low, f.Within.High), "an interval clear of zero"},
		{f.Lead.OK && float64(f.Lead.P) > levelLead, "a lead test that passes"},
		{f.forward(), "a slope that is clearer forward than backward in time"},
		{sign*float64(f.Halves[0]) >= minHalfT && sign*float64(f.Halves[1]) >= minHalfT, "the same sign in both halves of the calendar"},
		{f.Within.Teams >= minTeamsA, "12 teams"},
		{f.Periods >= minPeriodsA, "52 periods"},
		{float64(f.Robust) >= minRobust, "a robustness value of at least 10 %"},
		{float64(f.Share) <= maxShare, "movement in more than one team"},
	}
}

// forward reports whether the best lag says more than every lead of the profile, and that there is one to compare with.
func (f *Finding) forward() bool {
	leads := 0
	for _, l := range f.Lags {
		if l.Lag < 0 && l.T.Known() {
			leads++
			if math.Abs(float64(l.T)) >= math.Abs(float64(f.Within.T)) {
				return false
			}
		}
	}
	return leads > 0
}

func clearOfZero(low, high Figure) bool { return low > 0 || high < 0 } // false for NaN
