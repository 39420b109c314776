package fit

import (
	"math"
	"slices"
	"strings"

	"insideout/models"
)

const (
	maxJackknife = 100 // teams up to which the noise-corrected slope has its jackknife: one fit a team
	minLeadP     = .05
)

// closer asks of a pair that is seen what a claim has to stand besides: the conditional lead, both halves of the calendar, a hidden
// factor, and the slope without the noise of the condition. panel holds both in the form in which they were fitted.
func (a *analysis) closer(f *models.Finding, panel *models.Panel) {
	q := Question{Panel: panel, Condition: f.Condition, Outcome: f.Outcome, Weights: a.spec.Weights}
	r := f.Within.R
	if f.Joint.OK { // with everything held fixed that is known
		r = f.Joint.R
	}
	f.PartialR2, f.Robust = r*r, models.Figure(robustness(float64(r)))
	if f.Lags != nil {
		if e := q.Lead(f.Lags[len(f.Lags)-1].Lag); e.P.Known() {
			f.Lead = e
		}
		f.Halves = q.halves(f.Lag)
		f.CumulativeLag = f.Lags[len(f.Lags)-1].Lag
		f.Cumulative = q.Cumulative(f.CumulativeLag)
	}
	if f.Effects == nil { // many teams: only of pairs that are seen
		f.Effects = a.effects(q.ownSlopes(f.Lag), true)
	}
	if f.Within.Teams <= maxJackknife {
		f.Corrected = q.Corrected(f.Lag)
	}
	if y := panel.Find(f.Outcome); y.Unit == "share" || y.Unit == "rate" || y.Unit == "proportion" {
		if r, ok := q.Rate(f.Lag); ok {
			f.Rate, f.RateFirth = r.Estimate, r.Firth
			if !excludesZero(r.Low, r.High) && excludesZero(f.Within.Low, f.Within.High) || r.Slope*f.Within.Slope < 0 {
				doubt(f, CodeRate, "counted case by case (a logit of the counts) the slope is not clear of zero, or has the other sign")
			}
		}
	}
	a.ways(f, q)
	a.warn(f)
}

// with is the panel with series in the form in which they were fitted.
func (a *analysis) with(series ...*models.Series) *models.Panel {
	p := a.panel
	for _, s := range series {
		if p.Find(s.ID) == s {
			continue
		}
		if p == a.panel {
			own := *p
			own.Series = slices.Clone(p.Series)
			p = &own
		}
		*p.Find(s.ID) = *s
	}
	return p
}

// robustness is the robustness value of Cinelli and Hazlett (2020) from a partial correlation: f^2 = t^2/df = r^2/(1-r^2) with the
// classical t, so that neither is needed.
func robustness(r float64) float64 {
	if r = math.Abs(r); r >= 1 {
		return 1
	}
	f2 := r * r / (1 - r*r)
	return .5 * (math.Sqrt(f2*f2+4*f2) - f2)
}

// halves gives the t of the slope at a lag in the first and the second half of the periods that are usable at this lag, each
// with effects of its own; NaN where a half is too short.
func (q Question) halves(lag int) (t [2]models.Figure) {
	t = [2]models.Figure{models.None(), models.None()}
	p, x, y := q.Panel, q.Panel.Find(q.Condition), q.Panel.Find(q.Outcome)
	var weights []float64
	if q.Weights != Unweighted {
		weights, _ = precisionWeights(p, y)
	}
	used := make([]bool, p.Periods)
	all := match(p, x.Valid, y.Valid, lag)
	for _, c := range all.cell {
		used[c%p.Periods] = true
	}
	first := make([]bool, p.Periods)
	for at, n := 0, 0; at < p.Periods; at++ {
		first[at] = n < all.times/2
		if used[at] {
			n++
		}
	}
	for h := range t {
		there := make([]bool, len(y.Valid))
		for i, ok := range y.Valid {
			there[i] = ok && first[i%p.Periods] == (h == 0)
		}
		r := match(p, x.Valid, there, lag)
		if r.teams() < 2 || r.times < 2 {
			continue
		}
		var w []float64
		if weights != nil {
			w = r.take(weights, 0)
		}
		base := absorb(r, w)
		ys := centred(r.take(y.Value, 0))
		base.residual(ys)
		s := newSandwich(r, base, nil, centred(r.take(x.Value, lag)))
		if !s.ok || r.n()-r.teams()-r.times < 1 {
			continue
		}
		if c := s.coefficient(0, ys, r.teams() <= crMaxTeams); c.se > 0 {
			t[h] = models.Figure(c.b / c.se)
		}
	}
	return t
}

// warn says what the closer look found against the pair.
func (a *analysis) warn(f *models.Finding) {
	x, y := a.panel.Find(f.Condition).Name, a.panel.Find(f.Outcome).Name
	grain := a.panel.Grain
	name := func(ids []string) string {
		names := make([]string, len(ids))
		for i, id := range ids {
			names[i] = a.panel.Find(id).Name
		}
		return strings.Join(names, ", ")
	}
	j := &f.Joint
	switch {
	case len(j.Held) == 0 && len(j.NotHeld) == 0:
		doubt(f, CodeAlone, "no other condition was held fixed: what %s may be standing in for is not known", x)
	case !j.OK || !j.Q.Known():
		doubt(f, CodeNoJoint, "beside the other conditions the data do not carry a test")
	case j.OK && !(j.Low > 0 || j.High < 0):
		doubt(f, CodeProxy, "beside the other conditions the slope of %s is not clear of zero: it may be standing in for one of them", x)
	case j.Slope*f.Within.Slope < 0:
		doubt(f, CodeProxy, "beside the other conditions the slope of %s has the other sign", x)
	}
	if len(j.NotHeld) > 0 {
		doubt(f, CodeNotHeld, "not held fixed, for too few cells in common: %s", name(j.NotHeld))
	}
	if f.Lead.OK && f.Lead.P <= minLeadP {
		doubt(f, CodeLead, "%s of the %s after goes with %s even when %s now and before is held fixed, so the other direction of time is not ruled out", x, grain, y, x)
	}
	if h := f.Halves; h[0].Known() && h[1].Known() && !(float64(h[0]*h[1]) > 0) {
		doubt(f, CodeHalves, "the sign of the slope is not the same in both halves of the calendar")
	}
	if f.Fragile() {
		doubt(f, CodeFragile, "fragile: a hidden factor that explains %.1f %% of what is left of both would take it to zero", 100*float64(f.Robust))
	}
}
