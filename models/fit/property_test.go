package fit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"pgregory.net/rapid"

	"insideout/models"
)

// world is a made-up panel of weeks: conditions that wander inside teams, an outcome that follows the first one lag periods
// later with the slope given, levels of teams that move both, a shared calendar, cells missing at random.
type world struct {
	teams, times int
	conditions   int
	slope        float64
	lag          int
	missing      float64
	noise        float64 // standard error of a condition's cell
	levels       float64 // how far team levels move both sides
	seed         uint64
}

func (w world) panel() *models.Panel {
	rng := rand.New(rand.NewPCG(w.seed, 1))
	n := w.teams * w.times
	p := &models.Panel{Grain: models.Week, Zone: "UTC", First: models.Period{Grain: models.Week, Index: 2800}, Periods: w.times}
	for g := range w.teams {
		p.Teams = append(p.Teams, fmt.Sprintf("team %04d", g))
	}
	level := make([]float64, w.teams)
	for g := range level {
		level[g] = w.levels * rng.NormFloat64()
	}
	calendar := make([]float64, w.times)
	for t := range calendar {
		calendar[t] = .3 * rng.NormFloat64()
	}
	var first []float64
	for c := range w.conditions {
		s := newSeries(fmt.Sprintf("x%d", c), models.Inside, n)
		truth := make([]float64, n)
		for g := range w.teams {
			var u float64
			for t := range w.times {
				u = .7*u + math.Sqrt(1-.49)*rng.NormFloat64()
				i := g*w.times + t
				truth[i] = u
				s.Value[i] = u + w.noise*rng.NormFloat64() + level[g] + calendar[t]
				s.SE[i], s.N[i] = w.noise, 9
				s.Valid[i] = rng.Float64() >= w.missing
			}
		}
		if c == 0 {
			first = truth
		}
		p.Series = append(p.Series, s)
	}
	y := newSeries("y", models.Outside, n)
	for g := range w.teams {
		for t := range w.times {
			i := g*w.times + t
			m := float64(10 + rng.IntN(90))
			y.SE[i], y.N[i] = 4/math.Sqrt(m), m
			y.Value[i] = level[g] + calendar[t] + rng.NormFloat64()*math.Hypot(.5, y.SE[i])
			if t >= w.lag {
				y.Value[i] += w.slope * first[i-w.lag]
			}
			y.Valid[i] = rng.Float64() >= w.missing
		}
	}
	p.Series = append(p.Series, y)
	return p
}

// quick keeps the property tests short; teams are drawn so that the bootstrap uses both kinds of weights.
var quick = Spec{MaxLag: 2, Draws: 199}

func drawWorld(t *rapid.T) world {
	return world{
		teams: rapid.IntRange(7, 13).Draw(t, "teams"), times: rapid.IntRange(26, 30).Draw(t, "times"), conditions: 2,
		slope: rapid.Float64Range(-1, 1).Draw(t, "slope"), lag: rapid.IntRange(0, 3).Draw(t, "lag"),
		missing: rapid.Float64Range(0, .25).Draw(t, "missing"), noise: .3, levels: .5, seed: rapid.Uint64().Draw(t, "seed"),
	}
}

// alike fails unless two results say the same within rounding, slopes of a condition scaled by factor.
func alike(t *rapid.T, a, b *Result, factor float64) {
	close := func(what string, x, y models.Figure) {
		if x.Known() != y.Known() || x.Known() && math.Abs(float64(x-y)) > 1e-7*math.Max(1, math.Abs(float64(y))) {
			t.Fatalf("%s: %v and %v", what, x, y)
		}
	}
	for i := range a.Findings {
		f, g := &a.Findings[i], &b.Findings[i]
		if f.Lag != g.Lag || !slices.Equal(f.LagSet, g.LagSet) || f.Grade() != g.Grade() || (f.Refused == nil) != (g.Refused == nil) {
			t.Fatalf("lag %d %v grade %s, and lag %d %v grade %s", f.Lag, f.LagSet, f.Grade(), g.Lag, g.LagSet, g.Grade())
		}
		close("p", f.PSearch, g.PSearch)
		close("q", f.Q, g.Q)
		close("r", f.Within.R, g.Within.R)
		close("t", f.Within.T, g.Within.T)
		close("df", f.Within.DF, g.Within.DF)
		close("pooled r", f.Pooled.R, g.Pooled.R)
		close("between r", f.Between.R, g.Between.R)
		if f.Condition == "x0" {
			close("slope", f.Within.Slope*models.Figure(factor), g.Within.Slope)
		}
	}
}

func TestRun_ScaleAndShiftOfAConditionChangeNoTest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawWorld(t).panel()
		before := Run(p, quick)
		scale := rapid.SampledFrom([]float64{.01, 3, 250}).Draw(t, "scale")
		shift := rapid.Float64Range(-1000, 1000).Draw(t, "shift")
		x := p.Find("x0")
		for i := range x.Value {
			x.Value[i] = x.Value[i]*scale + shift
			x.SE[i] *= scale
		}
		alike(t, before, Run(p, quick), 1/scale)
	})
}

func TestRun_ConstantOnTheOutcomeChangesNoTest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawWorld(t).panel()
		before := Run(p, quick)
		floats.AddConst(rapid.Float64Range(-500, 500).Draw(t, "constant"), p.Find("y").Value)
		alike(t, before, Run(p, quick), 1)
	})
}

func TestRun_TeamAndCalendarLevelsChangeNothingWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawWorld(t).panel()
		before := Run(p, quick)
		seed := rapid.Uint64().Draw(t, "levels")
		for k := range p.Series {
			rng := rand.New(rand.NewPCG(seed, uint64(k)))
			week := make([]float64, p.Periods)
			for i := range week {
				week[i] = 5 * rng.NormFloat64()
			}
			for g := range p.Teams {
				level := 5 * rng.NormFloat64()
				for i := range week {
					p.Series[k].Value[g*p.Periods+i] += level + week[i]
				}
			}
		}
		after := Run(p, quick)
		for i := range before.Findings {
			f, g := before.Findings[i], after.Findings[i]
			if math.Abs(float64(f.PSearch-g.PSearch)) > 1e-7 || math.Abs(float64(f.Within.Slope-g.Within.Slope)) > 1e-7 {
				t.Fatalf("p %v and %v, slope %v and %v", f.PSearch, g.PSearch, f.Within.Slope, g.Within.Slope)
			}
		}
	})
}

func TestRun_OrderOfTeamsAndEmptyTeamsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawWorld(t).panel()
		before := Run(p, quick)
		order := rapid.Permutation(byName(append(slices.Clone(p.Teams), "empty"))).Draw(t, "order")
		q := *p
		q.Teams, q.Series = nil, nil
		for _, g := range order {
			q.Teams = append(q.Teams, append(p.Teams, "empty")[g])
		}
		for _, s := range p.Series {
			c := newSeries(s.ID, s.Side, len(order)*p.Periods)
			for k, g := range order {
				if g < len(p.Teams) {
					copy(c.Value[k*p.Periods:], s.Value[g*p.Periods:(g+1)*p.Periods])
					copy(c.SE[k*p.Periods:], s.SE[g*p.Periods:(g+1)*p.Periods])
					copy(c.N[k*p.Periods:], s.N[g*p.Periods:(g+1)*p.Periods])
					copy(c.Valid[k*p.Periods:], s.Valid[g*p.Periods:(g+1)*p.Periods])
				}
			}
			q.Series = append(q.Series, c)
		}
		after := Run(&q, quick)
		alike(t, before, after, 1)
		for i := range before.Points {
			for k := range before.Points[i] {
				if a, b := before.Points[i][k], after.Points[i][k]; a.Team != b.Team || a.N != b.N {
					t.Fatalf("team points %v and %v", a, b)
				}
			}
		}
	})
}

// The absorbed form must equal the general one with every dummy written out, for weights and holes of any kind, teams that bridge
// groups of periods included.
func TestSandwich_EqualsDummiesWrittenOut(t *testing.T) {
	compared, bridges := 0, 0
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 3))
		teams, times := 3+rng.IntN(5), 4+rng.IntN(6)
		weighted := rng.IntN(2) == 0
		density := .35 + .6*rng.Float64()
		present := make([]bool, teams*times)
		for i := range present {
			present[i] = rng.Float64() < density
		}
		p := &models.Panel{Periods: times}
		for g := range teams {
			p.Teams = append(p.Teams, string(rune('a'+g)))
		}
		r := match(p, present, present, 0)
		if r.n() == 0 {
			continue
		}
		var w []float64
		if weighted {
			w = make([]float64, r.n())
			for i := range w {
				w[i] = .3 + 3*rng.Float64()
			}
		}
		x, x2, y := make([]float64, r.n()), make([]float64, r.n()), make([]float64, r.n())
		for i := range x {
			x[i], x2[i], y[i] = rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()
		}
		columns := [][]float64{slices.Clone(x), slices.Clone(x2)}
		ids := make([]string, r.n())
		component := r.connected(-1)
		dropped := map[int]bool{} // one period dummy a connected component is redundant
		for g := range r.team {
			d := make([]float64, r.n())
			for i := r.start[g]; i < r.start[g+1]; i++ {
				d[i], ids[i] = 1, p.Teams[r.team[g]]
			}
			columns = append(columns, d)
		}
		for s := range r.times {
			if !dropped[component[s]] {
				dropped[component[s]] = true
				continue
			}
			d := make([]float64, r.n())
			for i, at := range r.period {
				if at == s {
					d[i] = 1
				}
			}
			columns = append(columns, d)
		}
		full, err := Regress(columns, y, w)
		if err != nil || full.DF < 2 || full.conditionNumber() > 1e6 {
			continue // nothing to estimate, or near it
		}
		base := absorb(r, w)
		yr := slices.Clone(y)
		base.residual(yr)
		got := newSandwich(r, base, nil, x, x2).coefficient(0, yr, true)
		if math.Abs(got.b-full.Coef[0]) > 1e-8*math.Max(1, math.Abs(got.b)) {
			t.Fatalf("slope %v, with dummies %v", got.b, full.Coef[0])
		}
		if math.IsNaN(got.se) { // one team holds everything: the general form has no answer either
			continue
		}
		compared++
		for g := range base.groups {
			if len(base.groups[g]) > 1 {
				bridges++
			}
		}
		cl := full.Clustered(ids)
		se, df := cl.SE(CR2)[0], cl.Satterthwaite(CR2)[0]
		if math.Abs(got.se-se) > 1e-6*se || math.Abs(got.df-df) > 1e-5*df {
			t.Fatalf("se %v df %v, with dummies se %v df %v (weighted %v)", got.se, got.df, se, df, weighted)
		}
	}
	if compared < 200 || bridges < 20 {
		t.Errorf("%d designs compared, %d teams that bridge: too few to mean anything", compared, bridges)
	}
}
