package fit

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"insideout/models"
)

// The joint claim must be the slope that a question with all other conditions as controls gives at its lag, and that lag the one
// with the largest CR1 t; here with cells that differ between conditions.
func TestJoint_IsTheQuestionWithControls(t *testing.T) {
	p := world{teams: 14, times: 40, conditions: 3, slope: .4, lag: 1, missing: .05, noise: .3, levels: 1, seed: 13}.panel()
	for _, draws := range []int{0, 1999} {
		res := Run(p, Spec{MaxLag: 3, Draws: draws})
		for _, f := range res.Findings {
			j := f.Joint
			if len(j.Held) != 2 || j.NotHeld != nil || slices.Contains(j.Held, f.Condition) {
				t.Fatalf("%s: held %v, not held %v", f.Condition, j.Held, j.NotHeld)
			}
			want := Question{Panel: p, Condition: f.Condition, Outcome: "y", Controls: j.Held}.Within(j.Lag)
			for what, v := range map[string][2]models.Figure{"slope": {j.Slope, want.Slope}, "se": {j.SE, want.SE}, "df": {j.DF, want.DF}, "r": {j.R, want.R}} {
				if math.Abs(float64(v[0]-v[1])) > 1e-9*(1+math.Abs(float64(v[1]))) {
					t.Errorf("%s: %s %v, want %v", f.Condition, what, v[0], v[1])
				}
			}
			if j.N != want.N || j.N >= f.Within.N {
				t.Errorf("%s: %d cells, want %d, fewer than alone (%d)", f.Condition, j.N, want.N, f.Within.N)
			}
			if !(j.PSearch >= j.P) || !(j.PSearch <= 4*j.P+.02) || j.Q < j.PSearch {
				t.Errorf("%s: p %v, after the search %v, q %v", f.Condition, j.P, j.PSearch, j.Q)
			}
		}
		if f := res.Findings[0]; !(f.Joint.Q < .01) || f.Joint.Lag != 1 {
			t.Errorf("what was planted has joint q %v at lag %d", f.Joint.Q, f.Joint.Lag)
		}
	}
}

// A condition that only follows another one goes with the outcome and may be standing in for the other: a C that says so.
func TestJoint_AProxyStaysAtC(t *testing.T) {
	p := world{teams: 24, times: 60, conditions: 3, slope: .6, lag: 1, noise: .1, levels: 1, seed: 21}.panel()
	rng := rand.New(rand.NewPCG(5, 5))
	x, proxy := p.Find("x0"), p.Find("x1")
	for i := range proxy.Value {
		proxy.Value[i] = x.Value[i] + .7*rng.NormFloat64()
	}
	res := Run(p, Spec{Draws: DefaultDraws})
	real, follower := res.Findings[0], res.Findings[1]
	if real.Grade() != models.GradeA || real.Has(CodeProxy) || real.Lacks() != nil {
		t.Errorf("the real one: grade %s, lacks %q, doubts %v", real.Grade(), real.Lacks(), real.Doubts)
	}
	if follower.Grade() != models.GradeC || !follower.Has(CodeProxy) || !(follower.Q < .01) || !(follower.Joint.Q > .05) {
		t.Errorf("the follower: grade %s, q %v, joint q %v, doubts %v", follower.Grade(), follower.Q, follower.Joint.Q, follower.Doubts)
	}
	if d := res.Findings[2]; d.Grade() != models.GradeD || d.Lead.OK || d.Robust.Known() || d.Halves[0].Known() {
		t.Errorf("a closer look was taken of what was not seen: %+v", d)
	}
}

// A condition measured now and then is not held fixed by the others; they say so and stay at C.
func TestJoint_ASparseConditionIsLeftOut(t *testing.T) {
	p := world{teams: 24, times: 60, conditions: 3, slope: .6, lag: 1, noise: .1, levels: 1, seed: 22}.panel()
	sparse := p.Find("x2")
	for i := range sparse.Valid {
		sparse.Valid[i] = sparse.Valid[i] && (i+i/p.Periods)%4 == 0 // in other weeks for other teams: no wave
	}
	res := Run(p, Spec{})
	f, s := res.Findings[0], res.Findings[2]
	if !slices.Equal(f.Joint.Held, []string{"x1"}) || !slices.Equal(f.Joint.NotHeld, []string{"x2"}) || !f.Has(CodeNotHeld) || f.Grade() != models.GradeC {
		t.Errorf("held %v, not held %v, grade %s, doubts %v", f.Joint.Held, f.Joint.NotHeld, f.Grade(), f.Doubts)
	}
	if !slices.Equal(s.Joint.Held, []string{"x0", "x1"}) || s.Joint.N > sparse.Cells() {
		t.Errorf("the sparse one: held %v on %d cells", s.Joint.Held, s.Joint.N)
	}
}

func TestJoint_OneConditionAloneStaysAtC(t *testing.T) {
	p := world{teams: 24, times: 60, conditions: 1, slope: .8, lag: 1, noise: .1, levels: 1, seed: 23}.panel()
	if f := Run(p, Spec{Draws: DefaultDraws}).Findings[0]; f.Grade() != models.GradeC || !f.Has(CodeAlone) || f.Joint.OK {
		t.Errorf("grade %s, joint %+v, doubts %v", f.Grade(), f.Joint, f.Doubts)
	}
}

// What the closer look gives must be what the single questions give.
func TestCloser_IsTheSingleQuestions(t *testing.T) {
	p := world{teams: 14, times: 60, conditions: 2, slope: .5, lag: 2, missing: .05, noise: .3, levels: 1, seed: 16}.panel()
	f := Run(p, Spec{MaxLag: 4}).Findings[0]
	q := Question{Panel: p, Condition: "x0", Outcome: "y"}
	lead, corrected := q.Lead(4), q.Corrected(2)
	if f.Lag != 2 || f.Lead.P != lead.P || f.Corrected.Slope != corrected.Slope || f.Corrected.Low != corrected.Low || !f.Lead.OK || !f.Corrected.OK {
		t.Errorf("lag %d, lead %+v, corrected %+v", f.Lag, f.Lead, f.Corrected)
	}
	if !(f.Corrected.Slope > f.Within.Slope) || !(float64(f.Corrected.Low) < .5 && .5 < float64(f.Corrected.High)) {
		t.Errorf("slope %v, without noise %v to %v, planted .5", f.Within.Slope, f.Corrected.Low, f.Corrected.High)
	}
	// Weights of the whole panel, rows of a half: as if the other half of the outcome were missing and cells had equal weights.
	q.Weights = Unweighted
	got := q.halves(2)
	for h := range got {
		part := *p
		part.Series = slices.Clone(p.Series)
		y := p.Find("y")
		c := *y
		c.Valid = slices.Clone(y.Valid)
		for i := range c.Valid {
			// 58 periods can be reached at lag 2, from the third on: the halves are 2 to 30 and 31 to 59.
			c.Valid[i] = c.Valid[i] && (i%60 < 31) == (h == 0)
		}
		part.Series[2] = c
		want := Question{Panel: &part, Condition: "x0", Outcome: "y", Weights: Unweighted}.Within(2)
		if math.Abs(float64(got[h]-want.T)) > 1e-9 {
			t.Errorf("half %d: t %v, want %v", h, got[h], want.T)
		}
	}
}

// From t and residual degrees of freedom, as the golden cases have it, or from the partial correlation: the same.
func TestRobustness_FromThePartialCorrelation(t *testing.T) {
	for _, c := range []struct{ t, df float64 }{{4.18, 783}, {-2, 30}, {0, 10}, {60, 12}} {
		s := Sensitivity{T: c.t, DF: c.df}
		r := c.t / math.Sqrt(c.t*c.t+c.df)
		if got, want := robustness(r), s.robustnessValue(1, 0); math.Abs(got-want) > 1e-12 {
			t.Errorf("t %v on %v: %v, want %v", c.t, c.df, got, want)
		}
	}
	// Cinelli and Hazlett (2020), the Darfur example: t 4.18 on 783 degrees of freedom, robustness value 13.9 %.
	if got := robustness(4.184 / math.Sqrt(4.184*4.184+783)); math.Abs(got-.139) > .0005 {
		t.Errorf("robustness value %v, published .139", got)
	}
}

func TestSpec_SeedIsNoPartOfTheQuestionUnlessGiven(t *testing.T) {
	if (Spec{Draws: 99}).Hash() == (Spec{Draws: 99, Seed: 1}).Hash() {
		t.Error("another seed has the same hash")
	}
	p := world{teams: 16, times: 40, conditions: 2, slope: .2, lag: 1, noise: .3, levels: 1, seed: 2}.panel()
	a, b := Run(p, Spec{Draws: 3000, Seed: 1}).Findings[1], Run(p, Spec{Draws: 3000, Seed: 2}).Findings[1]
	if a.PSearch == b.PSearch || a.Within != b.Within {
		t.Errorf("p %v and %v, estimates %v and %v", a.PSearch, b.PSearch, a.Within, b.Within)
	}
}
