package fit

import (
	"math"
	"math/rand/v2"
	"testing"

	"insideout/models"
)

// ratePanel has counts: cases of each team and week, of which some are failures. Where one is given a team has no failure at all.
func ratePanel(teams, times int, slope float64, spotless int) *models.Panel {
	p := world{teams: teams, times: times, conditions: 1, missing: .05, noise: 0, levels: .3, seed: 31}.panel()
	x, y := p.Find("x0"), p.Find("y")
	y.Unit = "share"
	rng := rand.New(rand.NewPCG(31, 2))
	for i := range y.Value {
		n := 20 + rng.IntN(60)
		mu := 1 / (1 + math.Exp(1.2-.3*float64(i/times%3)-slope*x.Value[i]))
		k := 0
		for range n {
			if rng.Float64() < mu {
				k++
			}
		}
		if i/times == spotless {
			k = 0
		}
		y.N[i], y.Value[i] = float64(n), float64(k)/float64(n)
	}
	return p
}

// The slope is that of the logit with dummies written out, which the golden cases of R's glm hold; so is its average marginal effect.
func TestRate_EqualsTheLogitWithDummies(t *testing.T) {
	p := ratePanel(10, 20, .4, -1)
	x, y := p.Find("x0"), p.Find("y")
	r, ok := Question{Panel: p, Condition: "x0", Outcome: "y"}.Rate(0)
	if !ok || r.Firth || r.Left != 0 {
		t.Fatalf("%v %+v", ok, r)
	}
	rows := match(p, x.Valid, y.Valid, 0)
	d := GLMData{X: [][]float64{rows.take(x.Value, 0)}, Y: rows.take(y.Value, 0), Trials: rows.take(y.N, 0)}
	for i := range d.Y {
		d.Y[i] *= d.Trials[i]
	}
	dummy := func(is func(i int) bool) {
		c := make([]float64, rows.n())
		for i := range c {
			c[i] = share(is(i))
		}
		d.X = append(d.X, c)
	}
	for g := range 10 {
		dummy(func(i int) bool { return rows.cell[i]/p.Periods == g })
	}
	for at := 1; at < rows.times; at++ {
		dummy(func(i int) bool { return rows.period[i] == at })
	}
	m, err := FitGLM(Binomial, d)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(r.Logit-m.Coef[0]) > 1e-8 || math.Abs(r.Dispersion/m.Dispersion-1) > .02 {
		t.Errorf("logit slope %v, dispersion %v; with dummies %v, %v", r.Logit, r.Dispersion, m.Coef[0], m.Dispersion)
	}
	const little = 1e-6
	want := 0.
	var cases float64
	for i, mu := range m.Fitted { // cases count alike
		eta := math.Log(mu/(1-mu)) + little*m.Coef[0]
		want += d.Trials[i] * (1/(1+math.Exp(-eta)) - mu) / little
		cases += d.Trials[i]
	}
	if want /= cases; math.Abs(float64(r.Slope)/want-1) > 1e-4 {
		t.Errorf("average effect %v, by a small step %v", r.Slope, want)
	}
	if r.Low > .08 || r.High < .08 || !(r.SE > 0) {
		t.Errorf("interval %v to %v", r.Low, r.High)
	}
}

func TestRate_SeparatedCells(t *testing.T) {
	r, ok := Question{Panel: ratePanel(10, 20, .4, 3), Condition: "x0", Outcome: "y"}.Rate(0)
	if !ok || r.Left < 15 || r.Firth || !(r.Slope > 0) {
		t.Errorf("a team without a failure is left out: %v %+v", ok, r)
	}
	// Every failure lies above every success of the condition: the likelihood has no maximum.
	p := ratePanel(10, 20, 0, -1)
	x, y := p.Find("x0"), p.Find("y")
	for i := range y.Value {
		y.N[i], y.Value[i] = 1, share(math.Mod(float64(i)*.618, 1) > .5)
		x.Value[i] = y.Value[i] + .001*math.Sin(float64(i))
	}
	if r, ok = (Question{Panel: p, Condition: "x0", Outcome: "y"}).Rate(0); ok && (!r.Firth || math.IsInf(r.Logit, 0) || !(r.Logit > 0)) {
		t.Errorf("separated: %+v", r)
	}
	p.Find("y").Value[0] = 4
	if _, ok := (Question{Panel: p, Condition: "x0", Outcome: "y"}).Rate(0); ok {
		t.Error("a value that is no share is taken for one")
	}
}

// A pair that is seen carries the cross-check; one whose outcome is no share does not.
func TestRate_InARun(t *testing.T) {
	f := &Run(ratePanel(14, 30, .5, -1), Spec{MaxLag: 1}).Findings[0]
	if !f.Seen() || !f.Rate.OK || f.Has(CodeRate) || math.Abs(float64(f.Rate.Slope/f.Within.Slope)-1) > .3 {
		t.Errorf("seen %v, rate %+v, within %+v", f.Seen(), f.Rate, f.Within)
	}
	if g := &Run(world{teams: 14, times: 30, conditions: 1, slope: .8, seed: 1}.panel(), Spec{MaxLag: 1}).Findings[0]; !g.Seen() || g.Rate.OK {
		t.Errorf("seen %v, rate %+v", g.Seen(), g.Rate)
	}
}
