package fit

import (
	"math"
	"testing"

	"insideout/models"
)

// Twelve teams over ten periods; the first five took the action from period 6 on. Made up.
var acted = [][]float64{
	{1.8, 0.4, 1.0, 2.2, 1.9, -1.0, 3.0, 1.8, 1.9, 2.4},
	{0.4, 1.8, 1.1, 0.4, 0.7, 0.6, 3.8, 2.1, 2.6, 1.4},
	{-2.0, 1.3, 1.5, -0.1, 2.9, -0.9, 2.6, 2.4, 4.1, 4.1},
	{1.1, 1.3, 0.0, -1.1, 0.6, 1.1, 4.1, 4.1, 2.5, 2.6},
	{0.2, -0.2, -0.5, 3.2, 0.7, 0.8, 1.9, 4.0, 1.6, 3.0},
	{0.6, 1.9, 1.0, 0.3, 1.5, 1.9, 1.6, 1.8, 0.9, 1.1},
	{1.1, 1.4, 1.0, 0.1, 2.0, 1.4, 0.2, 2.3, 0.9, 1.9},
	{2.8, 2.2, 3.2, 0.9, 2.5, 1.4, 1.2, 1.5, 1.8, 2.2},
	{1.2, 3.3, 2.9, 0.9, 3.9, 4.3, 3.6, 2.2, 1.3, 3.5},
	{2.3, 3.9, 2.9, 3.7, 3.1, 3.4, 2.7, 4.5, 2.8, 3.1},
	{4.9, 1.7, 1.7, 4.0, 1.8, 4.9, 2.6, 2.3, 4.9, 4.5},
	{5.2, 4.2, 2.4, 5.2, 3.0, 4.1, 4.2, 3.1, 3.9, 4.2},
}

func actionPanel(y [][]float64, start func(g int) (t int, took bool)) *models.Panel {
	times := len(y[0])
	p := wavePanel(len(y), times, nil, func(g, t int) float64 { return 0 }, func(g, t int) float64 { return y[g][t] })
	for g := range y {
		if t, took := start(g); took {
			p.Events = append(p.Events, models.Event{Kind: "action", Label: "new hand-over", Team: g, Period: t})
		}
	}
	return p
}

func firstFive(g int) (int, bool) { return 6, g < 5 }

func studied(t *testing.T, p *models.Panel) models.ActionStudy {
	t.Helper()
	r := Run(p, Spec{Conditions: []string{"x0"}, Outcomes: []string{"y"}, Weights: Unweighted})
	if len(r.Actions) != 2 || r.Actions[0].Series != "y" {
		t.Fatalf("actions: %+v", r.Actions)
	}
	return r.Actions[0]
}

// Difference of mean changes with Welch's standard error and degrees of freedom (scipy.stats.ttest_ind, equal_var=False) on the changes of the means of
// four periods; with the level before, OLS with HC2 (statsmodels), which CR2 is with one row a team.
func TestAction_EqualsWelchAndHC2(t *testing.T) {
	s := studied(t, actionPanel(acted, firstFive))
	if s.Refused != nil || s.Treated != 5 || s.Controls != 7 || s.Window != 4 {
		t.Fatalf("%+v", s)
	}
	for _, c := range []struct {
		name string
		got  models.Figure
		want float64
	}{
		{"effect", s.Effect.Slope, 1.9949999999999992}, {"se", s.Effect.SE, 0.3621258331680012}, {"df", s.Effect.DF, 4.873940464206032}, {"p", s.Effect.P, 0.0029187676979050376},
		{"adjusted", s.Adjusted.Slope, 1.7483603858125152}, {"adjusted se", s.Adjusted.SE, 0.3287920765254342},
	} {
		if math.Abs(float64(c.got)/c.want-1) > 1e-9 {
			t.Errorf("%s %.12f, want %.12f", c.name, float64(c.got), c.want)
		}
	}
	// 792 ways to choose five of twelve teams: the p by shuffling is one of their multiples but for the luck of the draws.
	if !(s.PRandom > 0 && s.PRandom < .02) || s.Q < s.Effect.P {
		t.Errorf("p by shuffling %v, q %v", s.PRandom, s.Q)
	}
	if s.Placebo.OK || len(s.Doubts) == 0 || s.Doubts[0].Code != CodeNoPlacebo || len(s.Path) == 0 {
		t.Errorf("six periods before a window of four leave no placebo: %+v, %v", s.Placebo, s.Doubts)
	}
}

func TestAction_Refusals(t *testing.T) {
	for _, c := range []struct {
		name  string
		start func(g int) (int, bool)
		edit  func(p *models.Panel)
		code  string
	}{
		{"everyone at once", firstFive, func(p *models.Panel) { p.Events[0].Team = -1 }, CodeNoControls},
		{"all but three", func(g int) (int, bool) { return 6, g < 9 }, nil, CodeNoControls},
		{"one team", func(g int) (int, bool) { return 6, g == 3 }, nil, CodeFewTreated},
		{"too early to tell", func(g int) (int, bool) { return 8, g < 5 }, nil, CodeTooEarly},
		{"nothing before", func(g int) (int, bool) { return 1, g < 5 }, nil, CodeTooEarly},
		{"after the data", func(g int) (int, bool) { return 30, g < 5 }, nil, CodeTooEarly},
	} {
		p := actionPanel(acted, c.start)
		if c.edit != nil {
			c.edit(p)
		}
		if s := studied(t, p); s.Refused == nil || s.Refused.Code != c.code || s.Refused.Needed == "" || s.Clear() || s.Q.Known() {
			t.Errorf("%s: %+v", c.name, s.Refused)
		}
	}
}

// shaped builds weekly values: a level of each team, a shock to all, noise, and what a world adds.
func shaped(teams, times int, seed int, add func(g, t int) float64) [][]float64 {
	y := make([][]float64, teams)
	for g := range y {
		y[g] = make([]float64, times)
		for t := range y[g] {
			noise := math.Mod(math.Abs(math.Sin(float64(seed*7919+g*131+t*17))*43758.5453), 1)
			y[g][t] = float64(g) + math.Sin(float64(t)/5) + 2*(noise-.5) + add(g, t)
		}
	}
	return y
}

// Staggered starts: the effect comes back; a drift that began before is told and widens the bound; where nothing was done nothing is found more often
// than it should be.
func TestAction_Worlds(t *testing.T) {
	start := func(g int) (int, bool) { return 40 + 5*(g%3), g < 9 }
	effect := studied(t, actionPanel(shaped(24, 80, 1, func(g, at int) float64 {
		if from, took := start(g); took && at >= from {
			return 1
		}
		return 0
	}), start))
	if !effect.Clear() || effect.Effect.Low > 1 || effect.Effect.High < 1 || effect.Treated != 9 || effect.Controls != 15 || effect.Placebo.P < .01 {
		t.Errorf("planted 1: %+v", effect)
	}
	if !(effect.BoundLow <= effect.Effect.Low && effect.BoundTop >= effect.Effect.High) {
		t.Errorf("bound %v to %v inside %v to %v", effect.BoundLow, effect.BoundTop, effect.Effect.Low, effect.Effect.High)
	}
	drift := studied(t, actionPanel(shaped(24, 80, 2, func(g, at int) float64 {
		if g < 9 {
			return float64(at) * .05
		}
		return 0
	}), start))
	if drift.Clear() || !(drift.BoundLow < 0) || len(drift.Doubts) == 0 || drift.Doubts[0].Code != CodeDrift {
		t.Errorf("a drift is taken for the action: %+v", drift)
	}
	found := 0
	const runs = 60
	for seed := range runs {
		if s := studied(t, actionPanel(shaped(12, 40, 100+seed, func(g, at int) float64 { return 0 }), func(g int) (int, bool) { return 20, g%2 == 0 })); s.Clear() {
			found++
		}
	}
	t.Logf("found in %d of %d worlds in which nothing was done", found, runs)
	if found > 7 { // 3 expected at most; 8 and more with a chance under 1 in 100
		t.Errorf("found in %d of %d", found, runs)
	}
}
