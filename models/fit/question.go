package fit

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"insideout/models"
)

// Question is one condition and one outcome of a panel, with other conditions to hold fixed, for the tests that go beyond the
// screening of Run. Every answer has team and period fixed effects; one that cannot be given is not OK.
type Question struct {
	Panel     *models.Panel
	Condition string
	Outcome   string
	Controls  []string // other conditions, at the same lags as the condition
	Weights   Weighting
}

// design is a question at some lags: rows in which everything is present, fixed effects out.
type design struct {
	rows *rows
	base *absorbed
	y    []float64
	cond *models.Series
	ok   bool
}

// design finds the rows in which the outcome, and the condition and the controls at every lag, are present.
func (q Question) design(lags ...int) (*design, []*models.Series) {
	d := &design{cond: q.Panel.Find(q.Condition)}
	y := q.Panel.Find(q.Outcome)
	series := []*models.Series{d.cond}
	for _, id := range q.Controls {
		series = append(series, q.Panel.Find(id))
	}
	for _, s := range append(series, y) {
		if s == nil {
			return d, nil
		}
	}
	there := make([]bool, len(y.Valid))
	copy(there, y.Valid)
	p := q.Panel
	for i := range there {
		t := i % p.Periods
		for _, lag := range lags {
			if was := t - lag; was < 0 || was >= p.Periods {
				there[i] = false
				continue
			}
			for _, s := range series {
				there[i] = there[i] && s.Valid[i-lag]
			}
		}
	}
	d.rows = match(p, there, there, 0)
	if d.rows.teams() < 2 || d.rows.times < 2 {
		return d, nil
	}
	var w []float64
	if q.Weights != Unweighted {
		if all, _ := precisionWeights(p, y); all != nil {
			w = d.rows.take(all, 0)
		}
	}
	d.base = absorb(d.rows, w)
	d.y = centred(d.rows.take(y.Value, 0))
	d.base.residual(d.y)
	d.ok = true
	return d, series
}

// Within is the slope at one lag, controls held fixed at the same lag: with the other conditions as controls, the joint
// claim that tells a condition from those it moves with.
func (q Question) Within(lag int) models.Estimate {
	d, series := q.design(lag)
	if !d.ok {
		return blank()
	}
	var x [][]float64
	for _, s := range series {
		x = append(x, centred(d.rows.take(s.Value, lag)))
	}
	return d.estimate(x)
}

// Lead is the slope of the outcome on the condition one period later, the condition from now back to longest periods before
// held fixed. Without that a lead is "found" whenever the forward effect is real, because conditions persist. Leads that matter
// speak for the other direction of time; one that does not is no proof.
func (q Question) Lead(longest int) models.Estimate {
	lags := []int{-1}
	for l := 0; l <= longest; l++ {
		lags = append(lags, l)
	}
	d, series := q.design(lags...)
	if !d.ok {
		return blank()
	}
	var x [][]float64
	for _, s := range series {
		for _, l := range lags {
			x = append(x, centred(d.rows.take(s.Value, l)))
		}
	}
	return d.estimate(x)
}

// Cumulative is the sum of the slopes at lags 0 to longest fitted together: the change of the outcome that goes with a change of the
// condition that lasts.
func (q Question) Cumulative(longest int) models.Estimate {
	var lags []int
	for l := 0; l <= longest; l++ {
		lags = append(lags, l)
	}
	d, series := q.design(lags...)
	if !d.ok {
		return blank()
	}
	var x [][]float64
	for _, s := range series {
		now := d.rows.take(s.Value, 0)
		// sum b_l x_l = (sum b_l) x_0 + sum b_l (x_l - x_0): the first slope is the sum.
		x = append(x, centred(append([]float64(nil), now...)))
		for _, l := range lags[1:] {
			was := d.rows.take(s.Value, l)
			floats.Sub(was, now)
			x = append(x, centred(was))
		}
	}
	return d.estimate(x)
}

// estimate fits the columns and reports the first.
func (d *design) estimate(x [][]float64) models.Estimate {
	s := newSandwich(d.rows, d.base, nil, x...)
	if !s.ok || d.rows.n()-d.rows.teams()-d.rows.times+1-len(x) < 1 {
		return blank()
	}
	c := s.coefficient(0, d.y, d.base.teams() <= crMaxTeams)
	return estimate(&c, d.rows)
}

// Corrected is the slope at a lag with the sampling error of the condition taken out of its denominator (errors in variables
// with known variances, Fuller 1987), standard errors by leaving out one team at a time and t(G-1). It is not OK where standard
// errors of the condition are missing, or where less than 30 % of its movement is left, and it takes no controls. The test stays that of
// the uncorrected slope, whose size noise does not hurt.
func (q Question) Corrected(lag int) models.Estimate {
	q.Controls = nil
	d, _ := q.design(lag)
	if !d.ok {
		return blank()
	}
	se := d.rows.take(d.cond.SE, lag)
	for _, v := range se {
		if !(v >= 0) {
			return blank()
		}
	}
	x, y := d.rows.take(d.cond.Value, lag), d.rows.take(q.Panel.Find(q.Outcome).Value, 0)
	whole, ok := d.corrected(x, y, se, -1)
	if !ok {
		return blank()
	}
	e := blank()
	var sum, n float64
	for g := range d.rows.team {
		if b, ok := d.corrected(x, y, se, g); ok {
			sum += (b - whole) * (b - whole)
			n++
		}
	}
	if n < minTeams || n < float64(d.rows.teams()) {
		return e
	}
	e.OK = true
	e.N, e.Teams, e.Times = d.rows.n(), d.rows.teams(), d.rows.times
	spread := math.Sqrt((n - 1) / n * sum)
	half := studentQuantile(.975, n-1) * spread
	e.Slope, e.SE, e.DF, e.T = models.Figure(whole), models.Figure(spread), models.Figure(n-1), models.Figure(whole/spread)
	e.Low, e.High = models.Figure(whole-half), models.Figure(whole+half)
	return e
}

// leastLeft is the share of the condition's movement that must be left once noise is out.
const leastLeft = .3

// corrected is the slope without the g-th team (-1: with all), not ok where too little movement is left.
func (d *design) corrected(x, y, se []float64, g int) (float64, bool) {
	r, base := d.rows, d.base
	x, y = append([]float64(nil), x...), append([]float64(nil), y...)
	if g >= 0 {
		lo, hi := r.start[g], r.start[g+1]
		cut := func(v []float64) []float64 { return append(append([]float64(nil), v[:lo]...), v[hi:]...) }
		r = r.without(g)
		var w []float64
		if !base.plain {
			w = cut(base.w)
		}
		x, y, se = cut(x), cut(y), cut(se)
		base = factor(r, w, false)
	}
	base.residual(centred(x))
	base.residual(centred(y))
	var xy, xx, noise float64
	for i, left := range base.weightedLeft() {
		xy += base.w[i] * x[i] * y[i]
		xx += base.w[i] * x[i] * x[i]
		noise += left * se[i] * se[i]
	}
	return xy / (xx - noise), xx-noise >= leastLeft*xx && xx > 0
}

// without leaves out a team. Periods keep their numbers; one that is empty then has no weight.
func (r *rows) without(g int) *rows {
	lo, hi := r.start[g], r.start[g+1]
	out := &rows{times: r.times}
	keep := make([]bool, r.times)
	for i := range r.period {
		if i < lo || i >= hi {
			out.period, out.cell = append(out.period, r.period[i]), append(out.cell, r.cell[i])
			keep[r.period[i]] = true
		}
	}
	for h := range r.team {
		if h == g {
			continue
		}
		start := r.start[h]
		if h > g {
			start -= hi - lo
		}
		out.start, out.team = append(out.start, start), append(out.team, r.team[h])
	}
	out.start = append(out.start, len(out.period))
	number := make([]int, r.times)
	out.times = 0
	for t, ok := range keep {
		if ok {
			number[t] = out.times
			out.times++
		}
	}
	for i, t := range out.period {
		out.period[i] = number[t]
	}
	return out
}

// weightedLeft is w (1-h) of every row, h the leverage of the fixed effects: what of a row's noise stays in x'Wx.
func (a *absorbed) weightedLeft() []float64 {
	out := make([]float64, a.n())
	for g := range a.team {
		lo, hi := a.start[g], a.start[g+1]
		n := hi - lo
		q := part(a.room(1, n*n), a.qi, a.period[lo:hi])
		qo, qoo := onBoth(q, a.omega[lo:hi], a.omega[lo:hi])
		for i := range n {
			h := a.omega[lo+i] + a.w[lo+i]*(q[i*n+i]-2*qo[i]+qoo)
			out[lo+i] = a.w[lo+i] * (1 - h)
		}
	}
	return out
}

// Teams are the slopes of single teams at a lag, partly pooled, by name of team; ok is false with fewer than three teams
// of minOwnCells cells.
func (q Question) Teams(lag int) (names []string, pooled PooledTeams, ok bool) {
	own := q.ownSlopes(lag)
	if own == nil {
		return nil, pooled, false
	}
	if pooled, ok = own.pool(); !ok {
		return nil, pooled, false
	}
	for _, g := range own.team {
		names = append(names, q.Panel.Teams[g])
	}
	return names, pooled, true
}

func (q Question) ownSlopes(lag int) *ownSlopes {
	d, series := q.design(lag)
	if !d.ok {
		return nil
	}
	var columns [][]float64
	for _, s := range series {
		columns = append(columns, centred(d.rows.take(s.Value, lag)))
	}
	s := newSandwich(d.rows, d.base, nil, columns...)
	if !s.ok {
		return nil
	}
	f := s.point(0, d.y, true)
	return s.ownSlopes(&f)
}
