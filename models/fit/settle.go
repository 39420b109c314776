package fit

import (
	"fmt"
	"math"
	"slices"

	"insideout/models"
)

// settle chooses the lag, pays for the search, and writes down the doubts. plain gives the unweighted
// fixed-effects part and the outcome's residuals at a lag.
func (a *analysis) settle(p *pair, plain func(lag int) (*absorbed, []float64), weighted bool) {
	f := &p.finding
	at0 := slices.IndexFunc(p.profile, func(l lagFit) bool { return l.lag == 0 })
	if l := p.profile[at0]; l.noFits {
		refuse(f, CodeNoChangeInside, p.x.Name+" does not move inside teams beyond what the calendar moves for all",
			"a condition measured in at least two periods that changes in some teams and not in others")
		return
	}
	chosen := &p.profile[at0]
	best, tests := math.Inf(1), 1
	if p.lags {
		tests = p.longest + 1
		for i := range p.profile {
			l := &p.profile[i]
			f.Lags = append(f.Lags, models.LagPoint{Lag: l.lag, Estimate: l.est})
			if l.lag < 0 || l.noFits || !l.fit.testable() {
				continue
			}
			if t := math.Abs(l.fit.b / l.fit.se); !chosen.fit.testable() || t > math.Abs(chosen.fit.b/chosen.fit.se) {
				chosen = l
			}
			best = math.Min(best, float64(l.est.P))
		}
	} else if chosen.fit.testable() {
		best = float64(chosen.est.P)
	}
	f.Within, f.Unweighted, f.Lag = chosen.est, chosen.est, chosen.lag
	if weighted {
		base, ys := plain(chosen.lag)
		own := p.within(base, ys, chosen.lag)
		f.Unweighted = own.est
	}
	p.slopes(a.panel, chosen)
	if !p.allowed(chosen) {
		f.Lags = nil
		return
	}
	f.PSearch = models.Figure(math.Min(1, float64(tests)*best))
	f.Method = "bonferroni"
	if tests == 1 {
		f.Method = "single test"
	}
	factor := studentQuantile(.975, chosen.fit.df) + studentQuantile(.8, chosen.fit.df)
	f.MDE = models.Figure(factor * chosen.fit.se)
	f.MDER = models.Figure(math.Min(1, factor*chosen.fit.se*math.Sqrt(chosen.fit.sxx/chosen.fit.syy)))
	if p.lags {
		f.LagSet = a.lagSet(p, chosen.lag)
	}
	p.doubts(a, chosen)
}

// allowed refuses a p where teams or degrees of freedom do not carry one: at such sizes even the best intervals cover too
// little.
func (p *pair) allowed(l *lagFit) bool {
	f := &p.finding
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
func (p *pair) slopes(panel *models.Panel, l *lagFit) {
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
