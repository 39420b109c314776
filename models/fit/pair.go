package fit

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"insideout/models"
)

// analysis is one run.
type analysis struct {
	panel      *models.Panel
	spec       Spec
	seed       uint64
	maxLag     int
	draws      map[int][][]uint16 // resampled teams by number of teams, see resampled
	wild       map[int]Draws      // of the wild bootstrap, likewise
	weights    []models.Weights   // by outcome
	priorities []models.Priority  // likewise
}

// pair is one condition and one outcome on their way to a finding.
type pair struct {
	x, y    *models.Series
	lambda  float64
	lag0    *rows
	finding models.Finding
	points  []TeamPoint
	profile []lagFit  // by lag
	lags    bool      // a lag profile may be claimed
	longest int       // lags 0 to longest are tested
	chosen  *lagFit   // of profile
	search  jointly   // best lag by CR1, with its bootstrap
	stars   []float64 // largest |t*| over lags by draw, of a pair that is tested
	places  []int     // number of each team of the panel among those with both sides at any time, -1 for the others
}

// lagFit is the within-team fit of one lag.
type lagFit struct {
	lag    int
	fit    clustered
	est    models.Estimate
	teams  []int // index in the panel, as scores
	cells  []int // of each team
	noFits bool  // nothing moves inside teams
	own    *ownSlopes
}

// outcome fits one outcome to every condition. One with few waves meets the outcome rolled up to the window after each of them; those with
// the same waves stand beside each other in the joint claim, not beside others.
func (a *analysis) outcome(y *models.Series, conditions []*models.Series, lambda []float64) []pair {
	out := make([]pair, len(conditions))
	done := make([]bool, len(conditions))
	given := conditions
	conditions = make([]*models.Series, len(given))
	for i, x := range given {
		conditions[i] = a.gathered(x, y)
	}
	for i, x := range conditions {
		if done[i] {
			continue
		}
		waves := a.waves(x)
		few := a.sparse(waves, y)
		var part []*models.Series
		var own []float64
		var at []int
		for k := i; k < len(conditions); k++ {
			other := a.waves(conditions[k])
			if !done[k] && a.sparse(other, y) == few && (!few || slices.Equal(other, waves)) {
				done[k] = true
				part, own, at = append(part, conditions[k]), append(own, lambda[k]), append(at, k)
			}
		}
		used := y
		if few {
			used = a.rolled(y, waves, false)
		}
		for k, p := range a.part(used, part, own) {
			a.fewWaves(&p, y)
			out[at[k]] = p
		}
	}
	return out
}

// part is outcome for conditions that meet it in the same form. Conditions with the same cells share the fixed-effects part.
func (a *analysis) part(y *models.Series, conditions []*models.Series, lambda []float64) []pair {
	out := make([]pair, len(conditions))
	var weights []float64
	weighted, known := false, false
	if a.spec.Weights == Precision {
		weights, known = precisionWeights(a.panel, y)
		weighted = true
	}
	done := make([]bool, len(conditions))
	for i := range conditions {
		if done[i] {
			continue
		}
		var group []*pair
		for k := i; k < len(conditions); k++ {
			if !done[k] && slices.Equal(conditions[k].Valid, conditions[i].Valid) {
				done[k] = true
				out[k] = pair{x: conditions[k], y: y, lambda: lambda[k]}
				group = append(group, &out[k])
			}
		}
		a.group(group, weights)
	}
	a.joint(out, weights)
	for i := range out {
		if p := &out[i]; weighted && !known && p.finding.Within.OK {
			doubt(&p.finding, CodeNoWeights, "the precision of %s is not known: every cell counts the same", y.Name)
		}
	}
	return out
}

// group fits pairs of one outcome whose conditions have the same cells.
func (a *analysis) group(group []*pair, weights []float64) {
	y := group[0].y
	lag0 := match(a.panel, group[0].x.Valid, y.Valid, 0)
	places := numbered(a.panel, group[0].x.Valid, y.Valid)
	longest, first := 0, 0
	var moving []*pair
	for _, p := range group {
		p.lag0, p.places = lag0, places
		p.describe(a, weights)
		if p.finding.Refused != nil {
			continue
		}
		moving = append(moving, p)
		p.lags = lag0.times >= minPeriods && a.maxLag > 0 && !(p.lambda < minReliability)
		if p.lags {
			p.longest = a.maxLag
			if a.spec.MaxLag == 0 {
				p.longest = min(p.longest, lag0.times/6)
			}
			longest = max(longest, p.longest)
			first = min(first, -min(2, p.longest))
		}
	}
	if len(moving) == 0 {
		return
	}
	for lag := first; lag <= longest; lag++ {
		base, ys := a.base(moving[0], lag, weights)
		var asked []*pair
		for _, p := range moving {
			if lag == 0 || p.lags && lag >= -min(2, p.longest) && lag <= p.longest {
				asked = append(asked, p)
			}
		}
		for i, l := range a.within(asked, base, ys, lag, true) {
			asked[i].profile = append(asked[i].profile, l)
		}
	}
	for _, p := range moving {
		p.choose()
	}
	if weights != nil { // the same without weights, at each pair's lag
		for lag := first; lag <= longest; lag++ {
			var asked []*pair
			for _, p := range moving {
				if p.finding.Lag == lag {
					asked = append(asked, p)
				}
			}
			if len(asked) == 0 {
				continue
			}
			base, ys := a.base(asked[0], lag, nil)
			for i, l := range a.within(asked, base, ys, lag, false) {
				asked[i].finding.Unweighted = l.est
			}
		}
	}
	for _, p := range moving {
		a.settle(p)
	}
}

// base factors the fixed-effects part for a lag and takes it out of the outcome.
func (a *analysis) base(p *pair, lag int, weights []float64) (*absorbed, []float64) {
	r := match(a.panel, p.x.Valid, p.y.Valid, lag)
	var w []float64
	if weights != nil {
		w = r.take(weights, 0)
	}
	base := absorb(r, w)
	ys := centred(r.take(p.y.Value, 0))
	base.residual(ys)
	return base, ys
}

// centred subtracts the mean, in place: values far from zero would lose digits in what follows.
func centred(v []float64) []float64 {
	floats.AddConst(-stat.Mean(v, nil), v)
	return v
}

// within is the headline at one lag, for pairs of one outcome whose conditions have the same cells. With search the bootstrap
// over lags is drawn as well.
func (a *analysis) within(pairs []*pair, base *absorbed, ys []float64, lag int, search bool) []lagFit {
	out := make([]lagFit, len(pairs))
	cells := make([]int, base.teams())
	for g := range cells {
		cells[g] = base.start[g+1] - base.start[g]
	}
	var fits []*sandwich
	var at []int
	for i, p := range pairs {
		out[i] = lagFit{lag: lag, teams: base.team, cells: cells, est: blank()}
		x := centred(base.take(p.x.Value, lag))
		total := floats.Dot(x, x)
		s := newSandwich(base.rows, base, nil, x)
		if rest := floats.Dot(x, x); !s.ok || rest <= 1e-12*total {
			out[i].noFits = true
			continue
		}
		fits, at = append(fits, s), append(at, i)
	}
	for k, c := range coefficients(fits, 0, ys, base.teams() <= crMaxTeams) {
		l := &out[at[k]]
		l.est = estimate(&c, base.rows)
		if search && base.teams() <= crMaxTeams {
			l.own = fits[k].ownSlopes(&c)
		}
		c.residuals, c.net = nil, nil // by row: too much to keep for every lag
		l.fit = c
		if p := pairs[at[k]]; search && lag >= 0 && p.lags && c.testable() && a.boots(p.places) {
			test := fits[k].wild(0, ys)
			p.search.t = math.Max(p.search.t, math.Abs(test.t))
			p.search.keep(a.stars(test, p.places), p.places)
		}
	}
	return out
}

// estimate writes a fit down. The interval and p exist only where teams and degrees of freedom carry them; the interval
// of r is that of the slope in units of the residual standard deviations.
func estimate(c *clustered, r *rows) models.Estimate {
	e := blank()
	e.OK = true
	e.N, e.Times, e.Teams = r.n(), r.times, c.active
	e.Slope, e.R = models.Figure(c.b), models.Figure(c.r)
	e.SE, e.DF = models.Figure(c.se), models.Figure(c.df)
	if !(c.se > 0) {
		return e
	}
	e.T = models.Figure(c.b / c.se)
	if !c.testable() {
		return e
	}
	half := studentQuantile(.975, c.df) * c.se
	e.Low, e.High = models.Figure(c.b-half), models.Figure(c.b+half)
	toR := math.Sqrt(c.sxx / c.syy)
	e.RLow = models.Figure(math.Max(-1, (c.b-half)*toR))
	e.RHigh = models.Figure(math.Min(1, (c.b+half)*toR))
	e.P = models.Figure(studentP(c.b/c.se, c.df))
	return e
}

// testable reports whether teams and degrees of freedom allow a p.
func (c *clustered) testable() bool { return c.active >= minTeams && c.df >= minDF && c.se > 0 }

// blank is an estimate of which nothing is known.
func blank() models.Estimate {
	no := models.None()
	return models.Estimate{R: no, RLow: no, RHigh: no, Slope: no, SE: no, DF: no, Low: no, High: no, T: no, P: no}
}

// describe fills what needs no fixed effects, and refuses what cannot be asked.
func (p *pair) describe(a *analysis, weights []float64) {
	panel := a.panel
	no := models.None()
	f := &p.finding
	*f = models.Finding{
		Condition: p.x.ID, Outcome: p.y.ID,
		Pooled: blank(), Between: blank(), Within: blank(), Unweighted: blank(),
		Joint: models.Joint{Estimate: blank(), PSearch: no, Q: no}, Lead: blank(), Corrected: blank(), Rate: blank(),
		BandLow: no, BandHigh: no, Critical: no, Cumulative: blank(),
		Halves: [2]models.Figure{no, no}, Robust: no, PartialR2: no, Share: no, FDR: models.Figure(a.spec.FDR),
		PSearch: no, Q: no, PStrict: no, MDE: no, MDER: no, Step: models.Figure(step(p.x)), Reliable: models.Figure(p.lambda),
		Evidence: models.Association,
	}
	r := p.lag0
	f.Periods = r.times
	if r.n() == 0 {
		refuse(f, CodeNoOverlap, "no team has both in the same "+string(panel.Grain), "teams and periods in which both are measured; see the coverage of units")
		return
	}
	x, y := r.take(p.x.Value, 0), r.take(p.y.Value, 0)
	if constant(x) {
		refuse(f, CodeConstantCondition, p.x.Name+" has one and the same value everywhere", "a condition that differs between teams or periods")
		return
	}
	if constant(y) {
		refuse(f, CodeConstantOutcome, p.y.Name+" has one and the same value everywhere", "an outcome that differs between teams or periods")
		return
	}
	p.points = teamPoints(panel, r, x, y)
	f.Between = between(p.points, r)
	if !f.Between.OK && r.teams() > 1 {
		doubt(f, CodeFewBetween, "%d teams are too few to compare teams with each other; it takes %d", r.teams(), minBetweenTeams)
	}
	var w []float64
	if weights != nil {
		w = r.take(weights, 0)
	}
	ones := make([]float64, r.n())
	floats.AddConst(1, ones)
	s := newSandwich(r, nil, w, ones, centred(x))
	if s.ok {
		c := s.coefficient(1, centred(y), r.teams() <= crMaxTeams)
		f.Pooled = estimate(&c, r)
		f.Pooled.P = no // raw: no p is ever taken from it
	}
	if r.times < 2 {
		refuse(f, CodeOnePeriod, "there is one "+string(panel.Grain)+" with both: teams can be compared with each other, change inside teams cannot be seen",
			"at least two periods with both, "+strconv.Itoa(minPeriods)+" for a lag")
	}
}

func constant(v []float64) bool {
	lo, hi := floats.Min(v), floats.Max(v)
	return hi-lo <= 1e-12*math.Max(math.Abs(lo), math.Abs(hi))
}

// step is the size of a move of the condition used in words: a sixteenth of its scale (0.25 on a scale of 1 to 5), or one
// standard deviation where the scale is open, rounded down to 1, 2, 2.5 or 5 times a power of ten.
func step(x *models.Series) float64 {
	v := x.Scale / 16
	if !(v > 0) {
		var all []float64
		for i, ok := range x.Valid {
			if ok {
				all = append(all, x.Value[i])
			}
		}
		if len(all) < 2 {
			return math.NaN()
		}
		v = stat.StdDev(all, nil)
		if !(v > 0) {
			return math.NaN()
		}
	}
	unit := math.Pow(10, math.Floor(math.Log10(v*(1+1e-12))))
	for _, m := range []float64{5, 2.5, 2} {
		if v >= m*unit*(1-1e-12) {
			return m * unit
		}
	}
	return unit
}

// teamPoints are means and ranges by team, in the order of the rows.
func teamPoints(panel *models.Panel, r *rows, x, y []float64) []TeamPoint {
	out := make([]TeamPoint, r.teams())
	for g, team := range r.team {
		lo, hi := r.start[g], r.start[g+1]
		out[g] = TeamPoint{
			Team: panel.Teams[team], N: hi - lo, Slope: models.None(),
			X: models.Figure(stat.Mean(x[lo:hi], nil)), Y: models.Figure(stat.Mean(y[lo:hi], nil)),
			XLow: models.Figure(floats.Min(x[lo:hi])), XHigh: models.Figure(floats.Max(x[lo:hi])),
		}
	}
	return out
}

// between is the association of team means, every team counting once: Pearson's r with Fisher's interval (standard error
// 1/sqrt(G-3)) and the least-squares slope with t(G-2). Not OK with fewer than minBetweenTeams.
func between(points []TeamPoint, r *rows) models.Estimate {
	e := blank()
	if len(points) < minBetweenTeams {
		return e
	}
	x, y := make([]float64, len(points)), make([]float64, len(points))
	for i, p := range points {
		x[i], y[i] = float64(p.X), float64(p.Y)
	}
	if constant(x) || constant(y) {
		return e
	}
	c := Pearson(x, y)
	e.OK = true
	e.N, e.Teams, e.Times = r.n(), len(points), r.times
	e.R, e.RLow, e.RHigh = models.Figure(c.R), models.Figure(c.Low), models.Figure(c.High)
	slope := c.R * stat.StdDev(y, nil) / stat.StdDev(x, nil)
	e.Slope, e.T, e.DF, e.P = models.Figure(slope), models.Figure(c.T), models.Figure(c.DF), models.Figure(c.P)
	e.SE = models.Figure(math.Abs(slope / c.T))
	if c.R == 0 {
		e.SE = models.Figure(stat.StdDev(y, nil) / stat.StdDev(x, nil) / math.Sqrt(c.DF))
	}
	half := studentQuantile(.975, c.DF) * float64(e.SE)
	e.Low, e.High = models.Figure(slope-half), models.Figure(slope+half)
	return e
}
