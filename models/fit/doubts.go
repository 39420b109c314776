package fit

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"insideout/models"
)

// doubts writes down what a reader should know before believing the finding.
func (p *pair) doubts(a *analysis) {
	f, chosen := &p.finding, p.chosen
	grain := a.panel.Grain
	x, y := p.x.Name, p.y.Name
	if p.lag0.times < minPeriods {
		doubt(f, CodeShortPanel, "a short panel: %s with both, so no lag is looked for; it takes %d", count(p.lag0.times, grain), minPeriods)
	}
	switch {
	case math.IsNaN(p.lambda):
		doubt(f, CodeNoReliability, "how much of the movement of %s is sampling noise is not known: its cells come without a standard error", x)
	case p.lambda < minReliability:
		doubt(f, CodeUnreliable, "%s moves hardly more inside teams than sampling noise would (reliability %.2f, it takes %.1f), so no lag is claimed", x, math.Max(0, p.lambda), minReliability)
	case p.lambda < midReliability:
		doubt(f, CodeWeakScore, "about %.0f %% of the movement of %s inside teams is sampling noise, which makes the slope too flat", 100*(1-p.lambda), x)
	}
	if m := medianCount(p.y.N, p.lag0); m > 0 && m < minAnswers {
		doubt(f, CodeFewAnswers, "half of the cells of %s rest on %.0f answers or fewer; %d is the least for a claim", y, m, minAnswers)
	}
	if share := float64(p.lag0.n()) / float64(p.lag0.teams()*p.lag0.times); share < minPresent {
		doubt(f, CodeSparse, "only %.0f %% of the teams' %s have both; %.0f %% is the least for a claim", 100*share, grain.Plural(2), 100*minPresent)
	}
	if !p.agrees() {
		inside := "but inside teams no such movement is seen: comparing teams promises more than that"
		if excludesZero(f.Within.Low, f.Within.High) {
			inside = "but when it rises inside a team the other moves the opposite way: comparing teams misleads"
		}
		doubt(f, CodeSimpson, "teams with higher %s have %s %s, %s", x, direction(f.Between.Slope, "higher", "lower"), y, inside)
	}
	if p.against(f.Between.Slope) && excludesZero(f.Between.RLow, f.Between.RHigh) {
		doubt(f, CodeAgainstSense, "teams that are better off by %s are worse off by %s: an implausible sign, look for what else sets these teams apart", x, y)
	}
	p.mixtures()
	if w, u := float64(f.Within.Slope), float64(f.Unweighted.Slope); f.Unweighted.OK && (excludesZero(f.Within.Low, f.Within.High) || excludesZero(f.Unweighted.Low, f.Unweighted.High)) &&
		(w*u < 0 || math.Abs(w-u) > .5*math.Abs(u)) {
		doubt(f, CodeWeightsMatter, "weighting by precision changes the slope from %.3g to %.3g", u, w)
	}
	if k := floats.MaxIdx(chosen.fit.share); chosen.fit.share[k] > maxLeverage {
		doubt(f, CodeOneTeam, "one team, %s, holds %.0f %% of the movement", a.panel.Teams[chosen.teams[k]], 100*chosen.fit.share[k])
	}
	if chosen.fit.cr1 {
		doubt(f, CodeManyTeams, "above %d teams standard errors are CR1 with t(G-1)", crMaxTeams)
	}
	if !p.lags {
		return
	}
	for i := range p.profile {
		if l := &p.profile[i]; l.lag < 0 && l.fit.testable() && math.Abs(l.fit.b/l.fit.se) > math.Abs(chosen.fit.b/chosen.fit.se) {
			doubt(f, CodeLeadStronger, "the other direction fits better: %s moves first, %s %s later", y, x, count(-l.lag, grain))
			break
		}
	}
	if chosen.lag == p.longest {
		doubt(f, CodeEdgeLag, "the best lag is the longest looked at (%s); the true one may lie beyond", count(p.longest, grain))
	}
}

// agrees reports whether team means and changes inside teams point the same way, or cannot be told apart: with both
// intervals across zero a difference of signs is noise, and a banner on every second pair would be read by nobody.
func (p *pair) agrees() bool {
	b, w := &p.finding.Between, &p.finding.Within
	if !b.OK || !w.OK || float64(b.R)*float64(w.Slope) >= 0 {
		return true
	}
	return !excludesZero(b.RLow, b.RHigh) && !excludesZero(w.Low, w.High)
}

// against reports whether a slope says that the better inside goes with the worse outside. Where one side is neither better nor worse
// no sign is implausible.
func (p *pair) against(slope models.Figure) bool {
	return float64(slope)*float64(p.x.Higher*p.y.Higher) < 0 // false for NaN
}

// excludesZero reports whether an interval excludes zero.
func excludesZero(low, high models.Figure) bool { return low > 0 || high < 0 }

// mixtures says what the raw correlation is made of where it promises more than is left inside teams and periods.
func (p *pair) mixtures() {
	const much = .2
	f := &p.finding
	raw := math.Abs(float64(f.Pooled.R))
	left := math.Abs(float64(f.Within.R))
	if !(raw-left > much) {
		return
	}
	x, y := centredByTeam(p.lag0, p.x.Value), centredByTeam(p.lag0, p.y.Value)
	inside := math.Abs(stat.Correlation(x, y, nil))
	if raw-inside > much/2 {
		doubt(f, CodeMixesTeams, "the raw correlation of %.2f is mostly differences between teams; inside teams %.2f is left", float64(f.Pooled.R), float64(f.Within.R))
	}
	if inside-left > much/2 {
		doubt(f, CodeMixesCalendar, "inside teams both follow the calendar; once it is out, %.2f is left", float64(f.Within.R))
	}
}

// centredByTeam takes the team's mean out of each row.
func centredByTeam(r *rows, values []float64) []float64 {
	v := r.take(values, 0)
	for g := range r.team {
		centred(v[r.start[g]:r.start[g+1]])
	}
	return v
}

// medianCount is the median number of answers behind the cells where known, 0 if for none.
func medianCount(n []float64, r *rows) float64 {
	var known []float64
	for _, c := range r.cell {
		if n[c] > 0 {
			known = append(known, n[c])
		}
	}
	if len(known) == 0 {
		return 0
	}
	slices.Sort(known)
	return known[len(known)/2]
}

func direction(slope models.Figure, up, down string) string {
	if slope > 0 {
		return up
	}
	return down
}
