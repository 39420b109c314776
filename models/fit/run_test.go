package fit

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"insideout/models"
)

func TestRun_FindsAPlantedLag(t *testing.T) {
	p := world{teams: 20, times: 60, conditions: 3, slope: .5, lag: 2, missing: .05, noise: .3, levels: 1, seed: 11}.panel()
	res := Run(p, Spec{})
	f := res.Findings[0]
	if f.Grade() != models.GradeA || f.Evidence != models.LaggedAssociation || !slices.Contains(f.LagSet, 2) || f.Family != 3 || f.Method != "bonferroni" {
		t.Errorf("grade %s, evidence %q, lags %v, family %d", f.Grade(), f.Evidence, f.LagSet, f.Family)
	}
	// The noise of the scores makes the slope too flat by their reliability: .5 x lambda, not .5.
	if want := .5 * float64(f.Reliable); math.Abs(float64(f.Within.Slope)-want) > 3*float64(f.Within.SE) {
		t.Errorf("slope %v, want about %v", f.Within.Slope, want)
	}
	if first, last := f.Lags[0].Lag, f.Lags[len(f.Lags)-1].Lag; first != -2 || last != 8 || res.MaxLag != 8 {
		t.Errorf("profile from %d to %d", first, last)
	}
	for _, f := range res.Findings[1:] {
		if f.Grade() != models.GradeD || f.Evidence != models.Association {
			t.Errorf("%s has nothing planted, and is graded %s", f.Condition, f.Grade())
		}
		if math.Abs(float64(f.Pooled.R)) < .3 || !f.Has(CodeMixesTeams) { // the levels of the teams alone
			t.Errorf("%s: pooled r %v is not said to mix teams: %v", f.Condition, f.Pooled.R, f.Doubts)
		}
	}
	if res.Tested != 3 || res.Found != 1 || math.Abs(float64(res.ExpectedFalse)-.1) > 1e-12 {
		t.Errorf("tested %d, found %d, expected false %v", res.Tested, res.Found, res.ExpectedFalse)
	}
}

func TestRun_SameBytesTwice(t *testing.T) {
	p := world{teams: 9, times: 40, conditions: 2, slope: .5, lag: 1, missing: .1, noise: .3, levels: 1, seed: 3}.panel()
	a, err := json.Marshal(Run(p, Spec{Draws: 500}))
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(Run(p, Spec{Draws: 500}))
	if err != nil {
		t.Fatal(err)
	}
	if string(a) != string(b) {
		t.Error("two runs differ")
	}
}

func TestRun_Refusals(t *testing.T) {
	base := world{teams: 12, times: 40, conditions: 1, slope: .5, noise: .3, levels: 1, seed: 5}
	for _, c := range []struct {
		name string
		edit func(w *world)
		cut  func(p *models.Panel)
		spec Spec
		code string // of the finding
		run  string // of the run
	}{
		{name: "five teams", edit: func(w *world) { w.teams = 5 }, code: CodeFewTeams, run: CodeFewTeams},
		{name: "one period", edit: func(w *world) { w.times = 1 }, code: CodeOnePeriod, run: CodeShortPanel},
		{name: "constant condition", cut: func(p *models.Panel) { fill(p.Find("x0"), func(g, t int) float64 { return 7 }) }, code: CodeConstantCondition},
		{name: "constant outcome", cut: func(p *models.Panel) { fill(p.Find("y"), func(g, t int) float64 { return 7 }) }, code: CodeConstantOutcome},
		{name: "condition that only differs between teams", cut: func(p *models.Panel) { fill(p.Find("x0"), func(g, t int) float64 { return float64(g) }) }, code: CodeNoChangeInside},
		{name: "condition that only follows the calendar", cut: func(p *models.Panel) { fill(p.Find("x0"), func(g, t int) float64 { return float64(t % 5) }) }, code: CodeNoChangeInside},
		{name: "one team moves", cut: func(p *models.Panel) {
			fill(p.Find("x0"), func(g, t int) float64 {
				if g == 0 {
					return float64(t % 7)
				}
				return 0
			})
		}, code: CodeFewEffectiveTeams},
		{name: "never together", cut: func(p *models.Panel) {
			for i := range p.Series[0].Valid {
				p.Series[i%2].Valid[i] = false
			}
		}, code: CodeNoOverlap, run: CodeShortPanel},
		{name: "unknown series", spec: Spec{Conditions: []string{"x0", "z"}}, run: CodeUnknownSeries},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := base
			if c.edit != nil {
				c.edit(&w)
			}
			p := w.panel()
			if c.cut != nil {
				c.cut(p)
			}
			res := Run(p, c.spec)
			f := &res.Findings[0]
			switch {
			case c.code == "" && f.Refused != nil:
				t.Errorf("refused: %+v", f.Refused)
			case c.code != "" && (f.Refused == nil || f.Refused.Code != c.code || f.Refused.Needed == ""):
				t.Errorf("refused %+v, want %s", f.Refused, c.code)
			case c.code != "" && (f.Grade() != models.GradeNone || f.PSearch.Known() || f.Q.Known() || f.Within.P.Known() || f.Lag != 0 || f.LagSet != nil || res.Tested != 0):
				t.Errorf("a refused finding is tested: %+v", f)
			}
			if c.run != "" && !slices.ContainsFunc(res.Refusals, func(r models.Refusal) bool { return r.Code == c.run }) {
				t.Errorf("run refuses %v, want %s", res.Refusals, c.run)
			}
		})
	}
}

func fill(s *models.Series, f func(g, t int) float64) {
	n := 40 // periods of the base world
	for i := range s.Value {
		s.Value[i] = f(i/n, i%n)
	}
}

func TestRun_ShortPanelIsTestedAtLagZeroOnly(t *testing.T) {
	res := Run(world{teams: 30, times: 20, conditions: 1, slope: 1, noise: .3, levels: 1, seed: 5}.panel(), Spec{MaxLag: 8})
	f := res.Findings[0]
	if f.Lags != nil || f.LagSet != nil || f.Lag != 0 || !f.Has(CodeShortPanel) || !f.PSearch.Known() || f.Method != "single test" {
		t.Errorf("lag %d, profile %d, set %v, p %v by %s", f.Lag, len(f.Lags), f.LagSet, f.PSearch, f.Method)
	}
	if f.Grade() != models.GradeC || f.Evidence != models.WithinTeamChange {
		t.Errorf("grade %s by %s", f.Grade(), f.Evidence)
	}
}

func TestRun_NoisyScoresClaimNoLag(t *testing.T) {
	res := Run(world{teams: 12, times: 60, conditions: 1, slope: .5, lag: 2, noise: 3, levels: 1, seed: 5}.panel(), Spec{})
	if f := res.Findings[0]; !f.Has(CodeUnreliable) || f.Lags != nil || f.LagSet != nil || f.Lag != 0 || !(f.Reliable < .3) {
		t.Errorf("reliability %v, lag %d, set %v, doubts %v", f.Reliable, f.Lag, f.LagSet, f.Doubts)
	}
}

func TestRun_SimpsonIsSaid(t *testing.T) {
	p := world{teams: 20, times: 60, conditions: 1, slope: -.8, lag: 0, noise: .2, levels: 3, seed: 9}.panel()
	f := Run(p, Spec{}).Findings[0]
	if !(f.Between.R > .5) || !(f.Within.Slope < 0) || !f.Has(CodeSimpson) {
		t.Errorf("between %v, within %v: %v", f.Between.R, f.Within.Slope, f.Doubts)
	}
}

// Hand calculation on four cells: demeaning by team and period leaves x = (-1, 1, 1, -1)/4 x spread, so the slope is a
// difference of differences.
func TestWithin_HandCalculation(t *testing.T) {
	p := &models.Panel{Teams: []string{"a", "b"}, Periods: 2}
	x, y := newSeries("x", models.Inside, 4), newSeries("y", models.Outside, 4)
	copy(x.Value, []float64{1, 2, 4, 9})
	copy(y.Value, []float64{3, 5, 1, 11})
	for i := range 4 {
		x.Valid[i], y.Valid[i] = true, true
	}
	r := match(p, x.Valid, y.Valid, 0)
	base := absorb(r, nil)
	ys := r.take(y.Value, 0)
	base.residual(ys)
	c := newSandwich(r, base, nil, r.take(x.Value, 0)).coefficient(0, ys, true)
	// ((11-1) - (5-3)) / ((9-4) - (2-1)) = 8/4
	if math.Abs(c.b-2) > 1e-12 {
		t.Errorf("slope %v, want 2", c.b)
	}
}

func TestMatch_ALagCrossesAGapOnlyIfThePeriodExists(t *testing.T) {
	p := &models.Panel{Teams: []string{"a"}, Periods: 6}
	x := []bool{true, true, false, true, true, true}
	y := []bool{true, true, true, true, false, true}
	for _, c := range []struct {
		lag  int
		want []int // cells of the outcome
	}{{0, []int{0, 1, 3, 5}}, {1, []int{1, 2, 5}}, {2, []int{2, 3, 5}}, {-1, []int{0, 2, 3}}} {
		if got := match(p, x, y, c.lag).cell; !slices.Equal(got, c.want) {
			t.Errorf("lag %d: %v, want %v", c.lag, got, c.want)
		}
	}
}

func TestSpec_HashHoldsTheQuestion(t *testing.T) {
	a := Spec{}
	if a.Hash() != (Spec{FDR: DefaultFDR, Weights: Precision, Conditions: []string{}}).Hash() {
		t.Error("a default written out hashes differently")
	}
	if a.Hash() == (Spec{MaxLag: 3}).Hash() {
		t.Error("another question has the same hash")
	}
}

// With nothing to find but teams that differ and a shared calendar, the share of runs with any finding stays near the level; the
// bounds are those that 200 runs leave with a chance below one in 10,000 if the true share were at most 8 %, while the raw correlation
// finds something in nearly all of them.
func TestRun_FindsNothingWhereNothingIs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds: left out with -short")
	}
	const runs = 200
	found, raw := 0, 0
	for seed := range uint64(runs) {
		p := world{teams: 12, times: 30, conditions: 4, noise: .5, levels: 1, missing: .05, seed: 1000 + seed}.panel()
		for k := range 4 {
			p.Series[k].Valid = p.Series[0].Valid
		}
		res := Run(p, Spec{FDR: .05})
		if res.Found > 0 {
			found++
		}
		var ps []float64
		for _, f := range res.Findings {
			ps = append(ps, studentP(float64(f.Pooled.R)*math.Sqrt(float64(f.Pooled.N-2)/(1-float64(f.Pooled.R*f.Pooled.R))), float64(f.Pooled.N-2)))
		}
		if slices.Min(Adjust(ps, BenjaminiHochberg)) <= .05 {
			raw++
		}
	}
	t.Logf("%d of %d runs find something at 5 %%; raw correlations do in %d", found, runs, raw)
	if found > 33 || raw < runs*9/10 {
		t.Errorf("%d of %d runs find something, raw correlations %d", found, runs, raw)
	}
}

// TestRun_NoDBeyondItsDetectableEffect holds the sentence "we could have seen X or more" to its word, over effects from none
// to one that is always found: whatever lies beyond X is seen.
func TestRun_NoDBeyondItsDetectableEffect(t *testing.T) {
	var missed, found int
	for k := range 10 {
		w := world{teams: 24, times: 52, conditions: 8, slope: .03 * float64(k), lag: 2, missing: .08, noise: .3, levels: .5, seed: uint64(k)}
		r := Run(w.panel(), Spec{})
		found += r.Found
		for _, f := range r.Findings {
			if f.Grade() != models.GradeD {
				continue
			}
			missed++
			if !(f.MDE > 0) || math.Abs(float64(f.Within.Slope)) >= float64(f.MDE) {
				t.Errorf("slope .03 x %d: %s and %s: %v lies beyond %v and is not seen", k, f.Condition, f.Outcome, f.Within.Slope, f.MDE)
			}
		}
	}
	if missed < 40 || found < 4 {
		t.Errorf("%d not seen and %d found: the worlds do not span both", missed, found)
	}
}
