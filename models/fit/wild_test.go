package fit

import (
	"math"
	"math/rand/v2"
	"testing"

	"insideout/models"
)

// The absorbed form must give the draws of the form with dummies; what differs is the factor of CR1, which counts absorbed team dummies
// as nested and so leaves them out.
func TestWild_AbsorbedEqualsDummies(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	const teams, times = 6, 8
	p := &models.Panel{Teams: []string{"a", "b", "c", "d", "e", "f"}, Periods: times}
	present := make([]bool, teams*times)
	for i := range present {
		present[i] = rng.Float64() < .8
	}
	r := match(p, present, present, 0)
	draw := func() []float64 {
		v := make([]float64, r.n())
		for i := range v {
			v[i] = rng.NormFloat64()
		}
		return v
	}
	x, z, y, w := draw(), draw(), draw(), draw()
	for i := range w {
		w[i] = .5 + math.Abs(w[i])
	}
	columns := [][]float64{append([]float64(nil), x...), append([]float64(nil), z...)}
	ids := make([]string, r.n())
	for g := range r.team {
		d := make([]float64, r.n())
		for i := r.start[g]; i < r.start[g+1]; i++ {
			d[i], ids[i] = 1, p.Teams[r.team[g]]
		}
		columns = append(columns, d)
	}
	for s := 1; s < r.times; s++ {
		d := make([]float64, r.n())
		for i, at := range r.period {
			if at == s {
				d[i] = 1
			}
		}
		columns = append(columns, d)
	}
	full, err := Regress(columns, y, w)
	if err != nil {
		t.Fatal(err)
	}
	draws := EnumerateDraws(Rademacher(), teams)
	want := full.Clustered(ids).Wild(0, draws)
	base := absorb(r, w)
	ys := append([]float64(nil), y...)
	base.residual(ys)
	test := newSandwich(r, base, nil, x, z).wild(0, ys)
	ratio := want.T / test.t
	for i, got := range test.stars(draws) {
		if math.Abs(got*ratio-want.Stars[i]) > 1e-9*(1+math.Abs(want.Stars[i])) {
			t.Fatalf("draw %d: %v, with dummies %v", i, got*ratio, want.Stars[i])
		}
	}
	stars := test.stars(draws)
	draws.pairs = draws.products()
	for i, got := range test.quick(draws) {
		if math.Abs(got-stars[i]) > 1e-9*(1+math.Abs(stars[i])) {
			t.Fatalf("draw %d: %v by products of weights, %v by scores", i, got, stars[i])
		}
	}
	for i, v := range stars {
		stars[i] = math.Abs(v)
	}
	if p := shareAbove(stars, math.Abs(test.t)); math.Abs(p-(want.P*64+1)/65) > 1e-12 {
		t.Errorf("p %v, with dummies %v of 64 draws", p, want.P)
	}
}

// The bootstrap must say nearly what Bonferroni says where lags are all but independent, and be the less severe the more they share.
func TestRun_BootstrapPaysForTheSearch(t *testing.T) {
	p := world{teams: 16, times: 50, conditions: 3, slope: .3, lag: 1, missing: .05, noise: .3, levels: 1, seed: 2}.panel()
	cautious, boot := Run(p, Spec{}), Run(p, Spec{Draws: 1999})
	for i, f := range boot.Findings {
		c := cautious.Findings[i]
		if f.Method != "wild cluster bootstrap" || c.Method != "bonferroni" || f.Lag != c.Lag || f.Within.P != c.Within.P {
			t.Errorf("%s: %s and %s, lags %d and %d", f.Condition, f.Method, c.Method, f.Lag, c.Lag)
		}
		if f.PSearch < f.Within.P || f.PSearch > 1.6*c.PSearch+.003 {
			t.Errorf("%s: p %v by bootstrap, %v by Bonferroni, %v at the lag alone", f.Condition, f.PSearch, c.PSearch, f.Within.P)
		}
	}
	if boot.Findings[0].PSearch > .01 {
		t.Errorf("what was planted has p %v", boot.Findings[0].PSearch)
	}
}
