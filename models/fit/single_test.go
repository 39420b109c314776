package fit

import (
	"math"
	"testing"
)

// alone44 is 44 teams over 60 periods; team 3 took the action from period 36 on, which is worth add. Made up, by a formula that the reference repeats.
func alone44(teams, seed int, add float64) [][]float64 {
	return shaped(teams, 60, seed, func(g, t int) float64 {
		y := .8 * math.Sin(float64(g)) * math.Cos(float64(t)/7)
		if g == 3 && t >= 36 {
			y += add
		}
		return y
	})
}

func third(g int) (int, bool) { return 36, g == 3 }

// The mixture, its misfit, the rank of the team and the interval are those of non-negative least squares (scipy.optimize.nnls) with the sum
// held at 1.
func TestAlone_EqualsTheReference(t *testing.T) {
	p := actionPanel(alone44(44, 5, 2), third)
	a := &analysis{panel: p, spec: Spec{}.withDefaults(), seed: 1}
	first, _ := a.starts("new hand-over")
	e, rank, donors, _, misfit := a.besideMixture(p.Find("y"), first, 36, 36, 12)
	if donors != 43 {
		t.Fatalf("%d donors", donors)
	}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"effect", float64(e.Slope), 2.14451255119029}, {"misfit", misfit, .12432362191307299}, {"p", float64(rank), 2. / 44},
		{"low", float64(e.Low), 1.3882346640148528}, {"high", float64(e.High), 2.8169925155224105},
	} {
		if math.Abs(c.got-c.want) > 1e-6 {
			t.Errorf("%s %.6f, want %.6f", c.name, c.got, c.want)
		}
	}
}

func TestAlone_SaysWhatOneTeamCarries(t *testing.T) {
	s := studied(t, actionPanel(alone44(44, 5, 2), third))
	if s.Refused != nil || s.Treated != 1 || s.Controls != 43 || !(s.Effect.Low > 0) || !s.PRandom.Known() || !s.Q.Known() || len(s.Doubts) == 0 {
		t.Fatalf("%+v", s)
	}
	if few := studied(t, actionPanel(alone44(25, 5, 2), third)); few.Refused != nil || few.Effect.Low.Known() || few.Clear() {
		t.Errorf("24 others carry an interval: %+v", few)
	}
	if s := studied(t, actionPanel(alone44(15, 5, 2), third)); s.Refused == nil || s.Refused.Code != CodeFewTreated {
		t.Errorf("14 others carry a rank: %+v", s.Refused)
	}
	gap := actionPanel(alone44(44, 5, 2), third)
	for k := 8; k < 16; k++ {
		gap.Find("y").Valid[3*60+k] = false
	}
	if s := studied(t, gap); s.Refused == nil || s.Refused.Code != CodeTooEarly || s.Q.Known() {
		t.Errorf("a team that was silent for eight weeks before: %+v", s.Refused)
	}
	found := 0
	const runs = 30
	for seed := range runs {
		if studied(t, actionPanel(alone44(24, 100+seed, 0), third)).PRandom <= .05 {
			found++
		}
	}
	t.Logf("rank at most .05 in %d of %d worlds in which nothing was done", found, runs)
	if found > 5 { // 1.3 expected; 6 and more with a chance of 2 in 1,000
		t.Errorf("found in %d of %d", found, runs)
	}
}
