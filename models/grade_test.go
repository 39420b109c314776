package models

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// strongest is a finding that passes every gate, each with little to spare.
func strongest() Finding {
	return Finding{
		Within:     Estimate{OK: true, R: .2, Slope: .5, SE: .1, Low: .3, High: .7, T: 5, Teams: 12},
		Unweighted: Estimate{OK: true, Slope: .4},
		Lag:        2,
		Lags:       []LagPoint{{-2, Estimate{T: 1}}, {-1, Estimate{T: -4.9}}, {0, Estimate{T: 2}}, {2, Estimate{T: 5}}},
		Q:          .05, FDR: .10, Reliable: .5, Periods: 52, Share: .33,
		Joint:  Joint{Estimate: Estimate{OK: true, Slope: .3, Low: .1, High: .5}, Q: .05, Held: []string{"other"}},
		Lead:   Estimate{OK: true, P: .051},
		Halves: [2]Figure{1, 3},
		Robust: .10, PartialR2: .04, Evidence: LaggedAssociation,
	}
}

func TestGrade_EveryGate(t *testing.T) {
	nan := None()
	for _, c := range []struct {
		name string
		edit func(f *Finding)
		want Grade
	}{
		{"everything", func(f *Finding) {}, GradeA},
		{"downwards", func(f *Finding) {
			f.Within.Slope, f.Within.Low, f.Within.High, f.Unweighted.Slope = -.5, -.7, -.3, -.4
			f.Joint.Slope, f.Joint.Low, f.Joint.High = -.3, -.5, -.1
			f.Halves = [2]Figure{-1, -2}
		}, GradeA},
		{"an action compared", func(f *Finding) { f.Evidence = Intervention }, GradeAPlus},
		{"an action without the rest", func(f *Finding) { f.Evidence, f.Robust = Intervention, .05 }, GradeB},

		{"interval across zero", func(f *Finding) { f.Within.Low = -.01 }, GradeB},
		{"lead test fails", func(f *Finding) { f.Lead.P = .05 }, GradeB},
		{"lead not tested", func(f *Finding) { f.Lead = Estimate{P: nan} }, GradeB},
		{"clearer backward", func(f *Finding) { f.Lags[1].T = -5 }, GradeB},
		{"no lead to compare with", func(f *Finding) { f.Lags = nil }, GradeB},
		{"weak first half", func(f *Finding) { f.Halves[0] = .99 }, GradeB},
		{"second half the other way", func(f *Finding) { f.Halves[1] = -3 }, GradeB},
		{"a half not known", func(f *Finding) { f.Halves[1] = nan }, GradeB},
		{"11 teams", func(f *Finding) { f.Within.Teams = 11 }, GradeB},
		{"51 periods", func(f *Finding) { f.Periods = 51 }, GradeB},
		{"robustness below a tenth", func(f *Finding) { f.Robust = .099 }, GradeB},
		{"robustness not known", func(f *Finding) { f.Robust = nan }, GradeB},
		{"share not known", func(f *Finding) { f.Share = nan }, GradeB},

		{"q above .05", func(f *Finding) { f.Q = .051 }, GradeC},
		{"joint q above .05", func(f *Finding) { f.Joint.Q = .051 }, GradeC},
		{"joint not tested", func(f *Finding) { f.Joint.Q = nan }, GradeC},
		{"no joint fit", func(f *Finding) { f.Joint.OK = false }, GradeC},
		{"nothing held fixed", func(f *Finding) { f.Joint.Held = nil }, GradeC},
		{"one not held fixed", func(f *Finding) { f.Joint.NotHeld = []string{"z"} }, GradeC},
		{"the other sign beside others", func(f *Finding) { f.Joint.Slope, f.Joint.Low, f.Joint.High = -.3, -.5, -.1 }, GradeC},
		{"joint interval across zero", func(f *Finding) { f.Joint.Low = -.1 }, GradeC},
		{"reliability below a half", func(f *Finding) { f.Reliable = .49 }, GradeC},
		{"reliability not known", func(f *Finding) { f.Reliable = nan }, GradeC}, // may be below a half
		{"one team", func(f *Finding) { f.Share = .34 }, GradeC},
		{"weights decide", func(f *Finding) { f.Unweighted.Slope = .33 }, GradeC},
		{"weights turn it", func(f *Finding) { f.Unweighted.Slope = -.4 }, GradeC},
		{"new in a later look", func(f *Finding) { f.Look = 2 }, GradeC},
		{"seen in the look before too", func(f *Finding) { f.Look, f.Again = 2, true }, GradeA},
		{"first look", func(f *Finding) { f.Look = 1 }, GradeA},
		{"q of .10", func(f *Finding) { f.Q = .10 }, GradeC},

		{"q above .10", func(f *Finding) { f.Q = .101 }, GradeD},
		{"q not known", func(f *Finding) { f.Q = nan }, GradeD},
		{"a stricter run", func(f *Finding) { f.FDR = .04 }, GradeD},
		{"a stricter run, joint", func(f *Finding) { f.FDR, f.Q = .04, .04 }, GradeC},
		{"a stricter run that passes", func(f *Finding) { f.FDR, f.Q, f.Joint.Q = .04, .04, .04 }, GradeA},
		{"a laxer run does not help", func(f *Finding) { f.FDR, f.Q = .5, .101 }, GradeD},
		{"level not said", func(f *Finding) { f.FDR = nan }, GradeA},

		{"refused", func(f *Finding) { f.Refused = &Refusal{} }, GradeNone},
		{"no estimate", func(f *Finding) { f.Within.OK = false }, GradeNone},
		{"empty", func(f *Finding) { *f = Finding{} }, GradeNone},
	} {
		f := strongest()
		c.edit(&f)
		if got := f.Grade(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		lacks := f.Lacks()
		if wants := c.want == GradeB || c.want == GradeC; (len(lacks) > 0) != wants {
			t.Errorf("%s: graded %s, lacks %q", c.name, f.Grade(), lacks)
		}
	}
}

func TestLacks_NamesWhatIsLacking(t *testing.T) {
	f := strongest()
	f.Robust, f.Periods = .06, 40
	if got := f.Lacks(); !slices.Equal(got, []string{"52 periods", "a robustness value of at least 10 %"}) {
		t.Errorf("%q", got)
	}
	f.Joint.Q = .3
	if got := f.Lacks(); len(got) != 1 || !strings.Contains(got[0], "beside the other conditions") {
		t.Errorf("%q", got)
	}
}

func TestFragile(t *testing.T) {
	for v, want := range map[Figure]bool{.049: true, .05: false, Figure(math.NaN()): false} {
		if f := (Finding{Robust: v}); f.Fragile() != want {
			t.Errorf("%v: %v", v, !want)
		}
	}
}

// An action bears a finding out if it changed both sides for certain, and the way that the finding has them go together.
func TestFinding_BorneOut(t *testing.T) {
	f := strongest()
	f.Condition, f.Outcome = "flow", "nps"
	study := func(series string, slope Figure) ActionStudy {
		return ActionStudy{Action: "hand-over", Series: series, Q: .05, Treated: 6,
			Effect:   Estimate{OK: true, Slope: slope, Low: min(.5*slope, 2*slope), High: max(.5*slope, 2*slope)},
			Adjusted: Estimate{OK: true, Slope: slope, Low: min(.5*slope, 2*slope), High: max(.5*slope, 2*slope)},
			Placebo:  Estimate{OK: true, P: .2}}
	}
	for _, c := range []struct {
		name string
		edit func(x, y *ActionStudy)
		want bool
	}{
		{"both rose", func(x, y *ActionStudy) {}, true},
		{"both fell", func(x, y *ActionStudy) { *x, *y = study("flow", -2), study("nps", -3) }, true},
		{"against the finding", func(x, y *ActionStudy) { *y = study("nps", -3) }, false},
		{"the condition did not move for certain", func(x, y *ActionStudy) { x.Q = .06 }, false},
		{"the outcome moved before", func(x, y *ActionStudy) { y.Placebo.P = .05 }, false},
		{"nothing is left with the level before held fixed", func(x, y *ActionStudy) { y.Adjusted.Low = -.1 }, false},
		{"another action", func(x, y *ActionStudy) { y.Action = "rota" }, false},
		{"another outcome", func(x, y *ActionStudy) { y.Series = "ces" }, false},
		{"one team took it", func(x, y *ActionStudy) { x.Treated, y.Treated = 1, 1 }, false},
		{"not studied", func(x, y *ActionStudy) { x.Refused = &Refusal{} }, false},
	} {
		x, y := study("flow", 2), study("nps", 3)
		c.edit(&x, &y)
		if got := f.BorneOut(&x, &y); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
