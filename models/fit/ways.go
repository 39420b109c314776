package fit

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"insideout/models"
)

const (
	maxWayRows    = 50_000 // cells up to which a pair is counted in other ways
	maxMixedRows  = 10_000
	huberK        = 1.345 // Huber (1964): 95 % efficiency where noise is normal
	outlier       = 4.    // externally studentised residual of a cell that is called one
	sharedPeriods = 40    // Driscoll and Kraay (1998) take about as many
)

// recount is a pair at its lag, weights and fixed effects as in the headline, to be counted again.
type recount struct {
	Question
	lag    int
	d      *design
	values []float64 // of the condition at the lag, as they are
	x, y   []float64 // team and period effects out
	team   []string  // by row
}

// ways counts the slope of a seen pair again: with other rows, weights, standard errors and adjustments, with cells that are missing filled
// in, and with a hidden factor as strong as the strongest of the conditions held fixed.
func (a *analysis) ways(f *models.Finding, q Question) {
	d, series := q.design(f.Lag)
	if !d.ok || d.rows.n() > maxWayRows {
		return
	}
	c := recount{Question: q, lag: f.Lag, d: d, values: d.rows.take(series[0].Value, f.Lag)}
	c.x, c.y = centred(slices.Clone(c.values)), d.y
	d.base.residual(c.x)
	for g := range d.rows.team {
		for i := d.rows.start[g]; i < d.rows.start[g+1]; i++ {
			c.team = append(c.team, fmt.Sprintf("%09d", g))
		}
	}
	add := func(kind models.WayKind, code, says string, e models.Estimate) {
		if e.OK && e.SE > 0 {
			f.Ways = append(f.Ways, models.Way{Code: code, Kind: kind, Says: says, Estimate: e})
		}
	}
	method := func(code, says string, e models.Estimate) { add(models.OtherMethod, code, says, e) }
	if q.Weights != Unweighted {
		method("unweighted", "every cell counts the same", f.Unweighted)
	}
	if f.Lags != nil {
		method("same_rows", "only cells that have the condition at every lag looked at", c.sameRows(f.Lags))
	}
	method("trends", "each team's own straight trend taken out", c.trends())
	if s := q.Panel.Find(f.Condition); slices.ContainsFunc(s.N, func(n float64) bool { return n > 0 }) {
		method("answers", "the number of answers behind the condition held fixed", c.answers(s))
	}
	robust, far := c.huber()
	method("huber", "cells far off the line count less (Huber)", robust)
	if far > 0 {
		doubt(f, CodeOutliers, "%s far off the line, by more than %.0f standard errors", count(far, "cell")+map[bool]string{true: " lies", false: " lie"}[far == 1], outlier)
	}
	method("ranks", "ranks instead of values, in standard deviations of ranks", c.ranks())
	method("two_way", "standard errors by team and by period at once", c.twoWay())
	if d.rows.times >= sharedPeriods {
		method("driscoll_kraay", "standard errors for shocks that all teams share and that last", c.driscollKraay())
	}
	if d.rows.teams() <= maxJackknife {
		e, least, most := c.jackknife()
		method("jackknife", fmt.Sprintf("standard error by leaving out one team at a time (slopes from %.3g to %.3g)", least, most), e)
	}
	if d.rows.n() <= maxMixedRows {
		e, singular := c.mixed()
		method("mixed", "mixed model with a slope of its own for each team"+map[bool]string{true: " (singular: slopes do not differ beyond noise)"}[singular], e)
	}
	for _, m := range c.imputed(a.seed) {
		add(models.IfMissing, m.Code, m.Says, m.Estimate)
	}
	for _, w := range c.hidden(f) {
		add(models.IfHidden, w.Code, w.Says, w.Estimate)
	}
	otherWays(f)
}

// otherWays says where the slope of a pair that is clear of zero depends on how it is counted.
func otherWays(f *models.Finding) {
	var unclear, against []string
	n := 0
	for _, w := range f.Ways {
		if w.Kind == models.IfHidden {
			continue
		}
		n++
		switch {
		case w.Slope*f.Within.Slope < 0 && excludesZero(w.Low, w.High):
			against = append(against, w.Says)
		case !excludesZero(w.Low, w.High):
			unclear = append(unclear, w.Says)
		}
	}
	if len(against) > 0 {
		doubt(f, CodeOtherWays, "counted in another way the slope has the other sign: %s", strings.Join(against, "; "))
	}
	if len(unclear) > 0 && excludesZero(f.Within.Low, f.Within.High) {
		doubt(f, CodeOtherWays, "counted in %d other ways, the slope is not clear of zero in %d: %s", n, len(unclear), strings.Join(unclear, "; "))
	}
}

// told is an estimate from a slope, its standard error and degrees of freedom.
func (c *recount) told(slope, se, df float64) models.Estimate {
	e := blank()
	if !(se > 0) || !(df >= 1) || math.IsNaN(slope) {
		return e
	}
	half := studentQuantile(.975, df) * se
	e.OK, e.N, e.Teams, e.Times = true, c.d.rows.n(), c.d.rows.teams(), c.d.rows.times
	e.Slope, e.SE, e.DF, e.T = models.Figure(slope), models.Figure(se), models.Figure(df), models.Figure(slope/se)
	e.Low, e.High, e.P = models.Figure(slope-half), models.Figure(slope+half), models.Figure(studentP(slope/se, df))
	return e
}

// sameRows is the headline's slope over the cells whose condition is present at every lag from 0 on that was looked at.
func (c *recount) sameRows(profile []models.LagPoint) models.Estimate {
	var lags []int
	for _, l := range profile {
		if l.Lag >= 0 {
			lags = append(lags, l.Lag)
		}
	}
	d, series := c.design(lags...)
	if !d.ok {
		return blank()
	}
	return d.estimate([][]float64{centred(d.rows.take(series[0].Value, c.lag))})
}

// answers holds the number of answers fixed, as a logarithm: a team that answers less is another team.
func (c *recount) answers(s *models.Series) models.Estimate {
	n := c.d.rows.take(s.N, c.lag)
	for i, v := range n {
		if !(v > 0) {
			return blank()
		}
		n[i] = math.Log(v)
	}
	return c.d.estimate([][]float64{centred(slices.Clone(c.values)), centred(n)})
}

// byTeam is a slope with CR1, in which period effects count and team effects, which lie inside teams, do not, and t(G-1). x and y come without
// the effects of base.
func (c *recount) byTeam(base *absorbed, x, y []float64) models.Estimate {
	s := newSandwich(c.d.rows, base, nil, x)
	if !s.ok {
		return blank()
	}
	f := s.point(0, y, false)
	return c.told(f.b, f.se, f.df)
}

// slope is the headline's slope and its scores, row by row in units of the slope.
func (c *recount) slope() (b float64, scores []float64) {
	w := c.d.base.w
	var xx, xy float64
	for i := range c.x {
		xx, xy = xx+w[i]*c.x[i]*c.x[i], xy+w[i]*c.x[i]*c.y[i]
	}
	b = xy / xx
	scores = make([]float64, len(c.x))
	for i := range c.x {
		scores[i] = w[i] * c.x[i] * (c.y[i] - b*c.x[i]) / xx
	}
	return b, scores
}

// trends takes a straight line of its own out of each team, beside the effects of teams and periods, by turns until nothing moves.
func (c *recount) trends() models.Estimate {
	if c.d.rows.times < 2*leastWindow {
		return blank()
	}
	x, y := slices.Clone(c.x), slices.Clone(c.y)
	for _, v := range [][]float64{x, y} {
		size := floats.Norm(v, 2)
		was := make([]float64, len(v))
		for range 500 {
			copy(was, v)
			c.detrend(v)
			c.d.base.residual(v)
			if floats.Distance(v, was, 2) <= 1e-10*size {
				break
			}
		}
	}
	if !(floats.Norm(x, 2) > 1e-6*floats.Norm(c.x, 2)) {
		return blank()
	}
	return c.byTeam(c.d.base, x, y)
}

// detrend takes the line over time out of each team's rows.
func (c *recount) detrend(v []float64) {
	r, w := c.d.rows, c.d.base.w
	for g := range r.team {
		var sw, st, sv, stt, stv float64
		for i := r.start[g]; i < r.start[g+1]; i++ {
			t := float64(c.d.calendar(i, c.Panel.Periods))
			sw, st, sv, stt, stv = sw+w[i], st+w[i]*t, sv+w[i]*v[i], stt+w[i]*t*t, stv+w[i]*t*v[i]
		}
		across := stt - st*st/sw
		if !(across > 0) {
			continue
		}
		b := (stv - st*sv/sw) / across
		for i := r.start[g]; i < r.start[g+1]; i++ {
			v[i] -= sv/sw + b*(float64(c.d.calendar(i, c.Panel.Periods))-st/sw)
		}
	}
}

// calendar is the period of a row in the panel.
func (d *design) calendar(row, periods int) int { return d.rows.cell[row] % periods }

// huber fits with weights that fall with the distance from the line, and counts the cells that lie far off the headline's.
func (c *recount) huber() (e models.Estimate, far int) {
	b, _ := c.slope()
	far = c.far(b)
	given, w := c.d.base.w, slices.Clone(c.d.base.w)
	raw := c.d.rows.take(c.Panel.Find(c.Outcome).Value, 0)
	x, y := c.x, c.y
	for range 50 {
		size := make([]float64, len(x))
		for i := range x {
			size[i] = math.Abs(y[i]-b*x[i]) * math.Sqrt(given[i])
		}
		scale := Quantile(size, .5, 7) / .6744897501960817
		if !(scale > 0) {
			return blank(), far
		}
		for i := range w {
			w[i] = given[i] * math.Min(1, huberK*scale/size[i])
		}
		base := factor(c.d.rows, w, false)
		x, y = centred(slices.Clone(c.values)), centred(slices.Clone(raw))
		base.residual(x)
		base.residual(y)
		if e = c.byTeam(base, x, y); !e.OK {
			return e, far
		}
		was := b
		if b = float64(e.Slope); math.Abs(b-was) <= 1e-9*math.Abs(b) {
			break
		}
	}
	return e, far
}

// far counts the cells whose externally studentised residual is beyond outlier.
func (c *recount) far(b float64) int {
	r, w := c.d.rows, c.d.base.w
	left := c.d.base.weightedLeft()
	var xx, rss float64
	for i := range c.x {
		e := c.y[i] - b*c.x[i]
		xx, rss = xx+w[i]*c.x[i]*c.x[i], rss+w[i]*e*e
	}
	df := float64(r.n() - r.teams() - r.times)
	n := 0
	for i := range c.x {
		e := c.y[i] - b*c.x[i]
		h := left[i]/w[i] - w[i]*c.x[i]*c.x[i]/xx // 1 - leverage
		if !(h > 1e-9) {
			continue
		}
		part := w[i] * e * e / h
		if s2 := (rss - part) / (df - 1); part > outlier*outlier*s2 {
			n++
		}
	}
	return n
}

// ranks is the slope on ranks of what is left of both, each in its standard deviations: Spearman's correlation with a standard error by
// team.
func (c *recount) ranks() models.Estimate {
	standard := func(v []float64) []float64 {
		r, _ := Ranks(v)
		r = centred(slices.Clone(r))
		floats.Scale(1/floats.Norm(r, 2), r)
		return r
	}
	e := c.byTeam(nil, standard(c.x), standard(c.y))
	e.R, e.RLow, e.RHigh = e.Slope, max(-1, e.Low), min(1, e.High)
	return e
}

// twoWay sums the variances by team and by period less that by cell, each with its own G/(G-1) (Cameron, Gelbach and Miller 2011).
func (c *recount) twoWay() models.Estimate {
	b, scores := c.slope()
	r := c.d.rows
	teams, periods := make([]float64, r.teams()), make([]float64, r.times)
	for g := range r.team {
		for i := r.start[g]; i < r.start[g+1]; i++ {
			teams[g] += scores[i]
			periods[r.period[i]] += scores[i]
		}
	}
	part := func(v []float64) float64 { n := float64(len(v)); return n / (n - 1) * floats.Dot(v, v) }
	return c.told(b, math.Sqrt(part(teams)+part(periods)-part(scores)), float64(min(r.teams(), r.times)-1))
}

// driscollKraay takes as many lags as the rule of Newey and West (1994) says.
func (c *recount) driscollKraay() models.Estimate {
	b, scores := c.slope()
	periods := mat.NewDense(c.d.rows.times, 1, nil)
	for i, t := range c.d.rows.period {
		periods.Set(t, 0, periods.At(t, 0)+scores[i])
	}
	t := float64(c.d.rows.times)
	return c.told(b, math.Sqrt(bartlettMeat(periods, int(4*math.Pow(t/100, 2./9))).At(0, 0)), t-1)
}

// jackknife leaves out one team at a time; least and most are the slopes without one.
func (c *recount) jackknife() (e models.Estimate, least, most float64) {
	x, y := c.values, c.d.rows.take(c.Panel.Find(c.Outcome).Value, 0)
	none := make([]float64, len(x))
	whole, _ := c.d.corrected(x, y, none, -1)
	least, most = math.Inf(1), math.Inf(-1)
	var sum, n float64
	for g := range c.d.rows.team {
		if b, ok := c.d.corrected(x, y, none, g); ok {
			least, most = min(least, b), max(most, b)
			sum += (b - whole) * (b - whole)
			n++
		}
	}
	return c.told(whole, math.Sqrt((n-1)/n*sum), n-1), least, most
}

// mixed is the within slope of the model y ~ x_within + x_between + (1 + x_within | team), period means out of both (Bell and Jones 2015).
func (c *recount) mixed() (e models.Estimate, singular bool) {
	r := c.d.rows
	outOf := func(v []float64) []float64 {
		v = slices.Clone(v)
		sum, n := make([]float64, r.times), make([]float64, r.times)
		for i, t := range r.period {
			sum[t], n[t] = sum[t]+v[i], n[t]+1
		}
		for i, t := range r.period {
			v[i] -= sum[t] / n[t]
		}
		return v
	}
	x, y := outOf(c.values), outOf(r.take(c.Panel.Find(c.Outcome).Value, 0))
	within, between, ones := slices.Clone(x), make([]float64, len(x)), slices.Repeat([]float64{1}, len(x))
	for g := range r.team {
		lo, hi := r.start[g], r.start[g+1]
		m := exactMean(x[lo:hi])
		for i := lo; i < hi; i++ {
			within[i], between[i] = x[i]-m, m
		}
	}
	m, err := fitMixed(MixedData{X: [][]float64{ones, within, between}, Z: [][]float64{ones, within}, Y: y, Group: c.team})
	if err != nil {
		return blank(), false
	}
	return c.told(m.Coef[1], m.SE[1], m.DF[1]), m.Singular
}
