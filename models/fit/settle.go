package fit

import (
	"fmt"
	"math"
	"slices"

	"insideout/models"
)

// choose takes the lag with the largest |t| among those that can be tested, lag 0 if none can or none but it was asked for.
func (p *pair) choose() {
	at := slices.IndexFunc(p.profile, func(l lagFit) bool { return l.lag == 0 })
	p.chosen = &p.profile[at]
	for i := at + 1; i < len(p.profile); i++ {
		l := &p.profile[i]
		if l.fit.testable() && (!p.chosen.fit.testable() || math.Abs(l.fit.b/l.fit.se) > math.Abs(p.chosen.fit.b/p.chosen.fit.se)) {
			p.chosen = l
		}
	}
	f := &p.finding
	f.Lag, f.Within, f.Unweighted = p.chosen.lag, p.chosen.est, p.chosen.est
}

// settle pays for the search and writes down what the finding carries. Where the bootstrap and the CR2 interval at the best lag
// disagree the more cautious one counts.
func (a *analysis) settle(p *pair) {
	f, chosen := &p.finding, p.chosen
	if chosen.noFits {
		refuse(f, CodeNoChangeInside, p.x.Name+" does not move inside teams beyond what the calendar moves for all",
			"a condition measured in at least two periods that changes in some teams and not in others")
		return
	}
	p.slopes(a.panel)
	if !p.allowed() {
		return
	}
	best, tests := float64(chosen.est.P), 1
	if p.lags {
		tests = p.longest + 1
		for i := range p.profile {
			l := &p.profile[i]
			f.Lags = append(f.Lags, models.LagPoint{Lag: l.lag, Estimate: l.est})
			if l.lag >= 0 && l.fit.testable() {
				best = math.Min(best, float64(l.est.P))
			}
		}
		f.LagSet = a.lagSet(p)
	}
	f.PSearch = models.Figure(math.Min(1, float64(tests)*best))
	switch {
	case tests == 1:
		f.Method = "single test"
	case p.search.stars != nil:
		f.Method = "wild cluster bootstrap"
		f.PSearch = models.Figure(p.search.settle(float64(chosen.est.P)))
		p.stars, p.search.each = p.search.stars, nil
	default:
		f.Method = "bonferroni"
	}
	f.Share = models.Figure(slices.Max(chosen.fit.share))
	mde := DetectableSlope(chosen.fit.se, chosen.fit.df)
	f.MDE = models.Figure(mde)
	f.MDER = models.Figure(math.Min(1, mde*math.Sqrt(chosen.fit.sxx/chosen.fit.syy)))
	p.doubts(a)
}

// allowed refuses a p where teams or degrees of freedom do not carry one: at such sizes even the best intervals cover too
// little.
func (p *pair) allowed() bool {
	f, l := &p.finding, p.chosen
	switch {
	case l.fit.active < minTeams:
		refuse(f, CodeFewTeams, count(l.fit.active, "team")+" in which both move: numbers describe, nothing is tested",
			"at least "+count(minTeams, "team")+" in which both move")
	case !l.fit.testable():
		refuse(f, CodeFewEffectiveTeams, fmt.Sprintf("a few teams hold nearly all the movement: %.1f degrees of freedom, so nothing is tested", l.fit.df),
			fmt.Sprintf("more teams in which %s moves; at least %d degrees of freedom", p.x.Name, minDF))
	default:
		return true
	}
	return false
}

// slopes gives each team its own slope about the shared period effects, where it has enough cells at the lag.
func (p *pair) slopes(panel *models.Panel) {
	l := p.chosen
	at := map[string]int{}
	for i := range p.points {
		at[p.points[i].Team] = i
	}
	for g, team := range l.teams {
		i, ok := at[panel.Teams[team]]
		if ok && l.fit.share[g] > 1e-9 && l.cells[g] >= minOwnCells {
			p.points[i].Slope = models.Figure(l.fit.b + l.fit.scores[g]/l.fit.share[g])
		}
	}
}
