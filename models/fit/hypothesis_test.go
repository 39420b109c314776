package fit

import (
	"testing"

	"insideout/models"
)

func registered(h models.Hypothesis, w world, spec Spec) models.Verdict {
	h.Condition, h.Outcome = "x0", "y"
	spec.Hypotheses = []models.Hypothesis{h}
	return Run(w.panel(), spec).Verdicts[0]
}

func TestVerdicts(t *testing.T) {
	planted := world{teams: 16, times: 60, conditions: 1, slope: .5, lag: 2, noise: .2, levels: 1, seed: 14}
	few := planted
	few.teams = 5
	nothing := planted
	nothing.slope, nothing.teams, nothing.times, nothing.seed = 0, 30, 120, 18
	small := nothing
	small.teams, small.times = 8, 40
	for _, c := range []struct {
		name  string
		h     models.Hypothesis
		w     world
		draws int
		want  models.Said
	}{
		{"as registered", models.Hypothesis{Sign: 1, From: 2, To: 2}, planted, 0, models.Supported},
		{"as registered, over a range, by bootstrap", models.Hypothesis{Sign: 1, From: 0, To: 4}, planted, 999, models.Supported},
		{"the other direction", models.Hypothesis{Sign: -1, From: 2, To: 2}, planted, 999, models.NotSupported},
		{"nothing there, and small links in sight", models.Hypothesis{Sign: 1, From: 2, To: 2}, nothing, 999, models.NotSupported},
		{"nothing there, and out of sight", models.Hypothesis{Sign: 1, From: 0, To: 3}, small, 999, models.CannotSay},
		{"five teams", models.Hypothesis{Sign: 1, From: 0, To: 1}, few, 0, models.CannotSay},
	} {
		v := registered(c.h, c.w, Spec{Draws: c.draws, MaxLag: 4})
		if v.Said() != c.want {
			t.Errorf("%s: %s, want %s: %+v", c.name, v.Said(), c.want, v)
		}
		if v.Refused == nil && (!v.POne.Known() || v.Lag < c.h.From || v.Lag > c.h.To || v.N == 0 || v.Q != v.POne || v.Family != 1) {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
	p := planted.panel()
	p.Series = p.Series[1:]
	if v := Run(p, Spec{Hypotheses: []models.Hypothesis{{Sign: 1, Condition: "x0", Outcome: "y"}}}).Verdicts[0]; v.Said() != models.CannotSay || v.Refused.Code != CodeUnknownSeries {
		t.Errorf("no such series, and no condition at all: %+v", v)
	}
}

// A registered direction is tested in that direction: the p is half of the two-sided one, and one less the half for the other.
func TestVerdicts_AreOneSided(t *testing.T) {
	w := world{teams: 16, times: 40, conditions: 1, slope: .1, noise: .2, levels: 1, seed: 15}
	up, down := registered(models.Hypothesis{Sign: 1}, w, Spec{}), registered(models.Hypothesis{Sign: -1}, w, Spec{})
	if up.T < 0 || up.POne != up.P/2 || down.POne != 1-up.P/2 {
		t.Errorf("t %v, p %v: one-sided %v and %v", up.T, up.P, up.POne, down.POne)
	}
}

// Hypotheses are no part of the family of exploration, and the other way round.
func TestVerdicts_AreAFamilyOfTheirOwn(t *testing.T) {
	p := world{teams: 10, times: 30, conditions: 3, slope: .3, noise: .2, levels: 1, seed: 16}.panel()
	alone := Run(p, Spec{MaxLag: 2, Seed: 1})
	with := Run(p, Spec{MaxLag: 2, Seed: 1, Hypotheses: []models.Hypothesis{{ID: "h1", Condition: "x0", Outcome: "y", Sign: 1}, {ID: "h2", Condition: "x1", Outcome: "y", Sign: -1, To: 2}}})
	for i := range alone.Findings {
		if a, b := alone.Findings[i], with.Findings[i]; a.Q != b.Q || a.Family != b.Family {
			t.Errorf("%s: q %v of %d alone, %v of %d beside hypotheses", a.Condition, a.Q, a.Family, b.Q, b.Family)
		}
	}
	if len(with.Verdicts) != 2 || with.Verdicts[0].Family != 2 || with.Verdicts[1].ID != "h2" {
		t.Errorf("verdicts: %+v", with.Verdicts)
	}
	if (Spec{Hypotheses: []models.Hypothesis{{Sign: 0}}}).Check() == nil || (Spec{Hypotheses: []models.Hypothesis{{Sign: 1, From: 2, To: 1}}}).Check() == nil {
		t.Error("a hypothesis without direction, or with lags that fall, is taken")
	}
}
