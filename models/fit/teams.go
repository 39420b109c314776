package fit

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"

	"insideout/models"
)

// ownSlopes are the slopes of single teams at one lag, and what their variances are made of.
type ownSlopes struct {
	team        []int // index in the panel; those with fewer than minOwnCells cells or no movement are left out
	cells       []int
	b, sxx, rss []float64
	times       int // periods of the fit

	xx, xl, ee, el, steps float64 // squares and products of neighbours in time, of condition and residuals, over all teams
}

// ownSlopes reads them off a fit about shared period effects.
func (s *sandwich) ownSlopes(f *clustered) *ownSlopes {
	o := &ownSlopes{times: s.times}
	for g := range s.team {
		lo, hi := s.start[g], s.start[g+1]
		if hi-lo < minOwnCells || f.share[g] < 1e-9 {
			continue
		}
		apart := f.scores[g] / f.share[g]
		var rss, x0, e0 float64
		for i := lo; i < hi; i++ {
			x := f.net[i] * f.sxx
			e := f.residuals[i] - apart*x
			rss += s.w[i] * e * e
			o.xx += x * x
			o.ee += e * e
			if i > lo && s.cell[i] == s.cell[i-1]+1 {
				o.xl += x * x0
				o.el += e * e0
				o.steps++
			}
			x0, e0 = x, e
		}
		o.team, o.cells = append(o.team, s.team[g]), append(o.cells, hi-lo)
		o.b, o.sxx, o.rss = append(o.b, f.b+apart), append(o.sxx, f.share[g]*f.sxx), append(o.rss, rss)
	}
	return o
}

// pool pools them partly; false with fewer than three. Variances are Bartlett's: residual variance (each team's own, drawn to the pooled
// one with 20 degrees of freedom) over the team's movement, times (1+ab)/(1-ab) for first autocorrelations a of the condition and b of the
// residuals, corrected for their bias.
func (o *ownSlopes) pool() (PooledTeams, bool) {
	if len(o.b) < 3 {
		return PooledTeams{}, false
	}
	n, cells := float64(len(o.b)), 0.
	for _, c := range o.cells {
		cells += float64(c)
	}
	common := floats.Sum(o.rss) / (cells - 2*n - float64(o.times) + 1)
	if !(common > 0) || math.IsInf(common, 0) {
		return PooledTeams{}, false
	}
	mean := cells / n
	auto := func(products, squares float64) float64 {
		r := products / o.steps / (squares / cells)
		return math.Max(-.95, math.Min(.95, (r+1/mean)/(1-math.Min(4/mean, .5))))
	}
	inflate := 1.0
	if o.steps > 0 {
		ab := auto(o.xl, o.xx) * auto(o.el, o.ee)
		inflate = (1 + ab) / (1 - ab)
	}
	v := make([]float64, len(o.b))
	const prior = 20
	for i := range v {
		df := math.Max(0, float64(o.cells[i])-2)
		v[i] = (o.rss[i] + prior*common) / (df + prior) / o.sxx[i] * inflate
	}
	return PartialPool(o.b, v), true
}

const (
	bandDraws   = 2000
	minTeamT    = 20   // periods of a team, for a claim about it
	minTeamSure = .975 // probability of its sign
)

// effects writes down the slopes of teams; nil where they cannot be pooled. The band over teams is drawn only with band: it costs as much as
// the rest.
func (a *analysis) effects(o *ownSlopes, band bool) *models.TeamEffects {
	if o == nil {
		return nil
	}
	p, ok := o.pool()
	if !ok {
		return nil
	}
	no := models.None()
	out := &models.TeamEffects{
		Common: models.Figure(p.Mu), Low: models.Figure(p.MuLow), High: models.Figure(p.MuHigh),
		Tau: models.Figure(p.Tau), TauLow: models.Figure(p.TauLow), TauHigh: models.Figure(p.TauHigh), Alike: p.Alike, Majority: no,
	}
	clear := 0
	for i, t := range p.Teams {
		e := models.TeamEffect{
			Team: a.panel.Teams[o.team[i]], Slope: models.Figure(t.Mean), Low: models.Figure(t.Low), High: models.Figure(t.High),
			Own: models.Figure(o.b[i]), Positive: models.Figure(t.Positive), N: o.cells[i], FCRLow: no, FCRHigh: no, Apart: no, ApartLow: no, ApartHigh: no,
		}
		if e.Clear = o.cells[i] >= minTeamT && math.Max(t.Positive, 1-t.Positive) >= minTeamSure; e.Clear {
			clear++
		}
		out.Teams = append(out.Teams, e)
	}
	for i := range out.Teams {
		if e := &out.Teams[i]; e.Clear {
			tail := .025 * float64(clear) / float64(len(out.Teams))
			d := p.team(i)
			e.FCRLow, e.FCRHigh = models.Figure(d.quantile(tail)), models.Figure(d.quantile(1-tail))
		}
	}
	if band {
		a.apart(&p, out)
	}
	return out
}

// apart draws slopes of all teams from their posterior and bands their distances from the common slope: the half-width, in each team's own
// standard deviations, is the .95 quantile of the largest of all.
func (a *analysis) apart(p *PooledTeams, out *models.TeamEffects) {
	n := len(p.b)
	mean, sd := make([]float64, n), make([]float64, n)
	for i, v := range p.v {
		var square float64
		for k, w := range p.ps {
			tau2 := p.taus[k] * p.taus[k]
			keep := tau2 / (tau2 + v)
			m := keep * (p.b[i] - p.mus[k])
			mean[i] += w * m
			square += w * (m*m + keep*v + keep*keep*p.vs[k])
		}
		sd[i] = math.Sqrt(square - mean[i]*mean[i])
	}
	total := make([]float64, len(p.ps))
	floats.CumSum(total, p.ps)
	rng := rand.New(rand.NewPCG(a.seed, uint64(n)<<16|1))
	most := make([]float64, bandDraws)
	majority := 0
	for d := range most {
		k, _ := slices.BinarySearch(total, rng.Float64()*total[len(total)-1])
		tau2 := p.taus[k] * p.taus[k]
		mu := p.mus[k] + math.Sqrt(p.vs[k])*rng.NormFloat64()
		same := 0
		for i, v := range p.v {
			keep := tau2 / (tau2 + v)
			far := keep*(p.b[i]-mu) + math.Sqrt(keep*v)*rng.NormFloat64()
			if (mu+far)*p.Mu > 0 {
				same++
			}
			most[d] = math.Max(most[d], math.Abs(far-mean[i])/sd[i])
		}
		if 2*same > n {
			majority++
		}
	}
	out.Majority = models.Figure(float64(majority) / bandDraws)
	slices.Sort(most)
	wide := most[int(.95*bandDraws)]
	for i := range out.Teams {
		e := &out.Teams[i]
		e.Apart, e.ApartLow, e.ApartHigh = models.Figure(mean[i]), models.Figure(mean[i]-wide*sd[i]), models.Figure(mean[i]+wide*sd[i])
	}
}
