package fit

import (
	"fmt"
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

// Where nothing but the column stands in the fit, turning the sign of whole clusters only permutes the draws of signs. So over all 2^8 worlds that
// differ by such turns, p takes each of its values equally often: it is at most k/256 in exactly the largest even number of them up to k (a draw
// and its opposite tie), at every k. That is what makes signs right in the far tail, where a correction over many pairs looks. Weights of
// several sizes have no such property, and the worlds here show that they lack it.
func TestWild_SignsAreExactOverTurnedClusters(t *testing.T) {
	const clusters, each = 8, 5
	rng := rand.New(rand.NewPCG(8, 5))
	x, y, ids := make([]float64, clusters*each), make([]float64, clusters*each), make([]string, clusters*each)
	for i := range x {
		x[i], y[i], ids[i] = rng.NormFloat64(), rng.NormFloat64(), fmt.Sprint(i/each)
	}
	signs, sizes := EnumerateDraws(Rademacher(), clusters), SampleDraws(Webb(), clusters, 20_000, 3)
	var small, smallSizes []float64
	turned := make([]float64, len(y))
	for world := range 1 << clusters {
		for i := range y {
			turned[i] = y[i] * float64(1-2*(world>>(i/each)&1))
		}
		r, err := Regress([][]float64{x}, turned, nil)
		if err != nil {
			t.Fatal(err)
		}
		c := r.Clustered(ids)
		small = append(small, c.Wild(0, signs).P)
		smallSizes = append(smallSizes, c.Wild(0, sizes).P)
	}
	for k := range 257 {
		n := 0
		for _, p := range small {
			if p <= float64(k)/256+1e-9 {
				n++
			}
		}
		if n != k-k%2 {
			t.Fatalf("p is at most %d/256 in %d worlds of 256", k, n)
		}
	}
	off := 0
	for k := 2; k <= 26; k += 2 { // up to a p of .1; a tenth off is beyond what 20,000 draws blur
		n := 0
		for _, p := range smallSizes {
			if p <= float64(k)/256 {
				n++
			}
		}
		if n != k {
			off++
		}
	}
	if off == 0 {
		t.Error("weights of several sizes are as exact: this test does not tell them apart")
	}
}

func TestDrawsFor_KindByTeams(t *testing.T) {
	for _, c := range []struct{ teams, draws, sizes int }{{6, 46_656, 3}, {7, 99, 3}, {11, 99, 3}, {12, 99, 1}, {24, 99, 1}} {
		d := drawsFor(c.teams, 99, 1)
		sizes := map[float64]bool{}
		for _, v := range d.v.RawMatrix().Data {
			sizes[math.Abs(v)] = true
		}
		if d.Len() != c.draws || len(sizes) != c.sizes {
			t.Errorf("%d teams: %d draws of %d sizes, want %d of %d", c.teams, d.Len(), len(sizes), c.draws, c.sizes)
		}
	}
}
