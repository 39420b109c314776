package fit

import (
	"math"
	"slices"

	"insideout/models"
)

// waves lists the periods in which a condition is present in any team.
func (a *analysis) waves(x *models.Series) []int {
	var out []int
	for t := range a.panel.Periods {
		for g := range a.panel.Teams {
			if x.Valid[g*a.panel.Periods+t] {
				out = append(out, t)
				break
			}
		}
	}
	return out
}

// maxRuns is the number of stretches up to which a survey that is open for several periods at a time is taken to have that many waves.
const maxRuns = 12

// gathered brings a survey that stays open for several periods to one cell a team and wave, in the wave's last period: the mean over its periods,
// cells weighted by their answers where these are known. That is only done where it is plain that there are waves: at most maxRuns stretches
// of neighbouring periods, which fill no more than a third of the time in between. Any other series is returned as it is.
func (a *analysis) gathered(x, y *models.Series) *models.Series {
	there := a.waves(x)
	if len(there) == 0 {
		return x
	}
	var runs [][2]int
	for _, t := range there {
		if n := len(runs); n > 0 && runs[n-1][1] == t-1 {
			runs[n-1][1] = t
			continue
		}
		runs = append(runs, [2]int{t, t})
	}
	span := there[len(there)-1] - there[0] + 1
	if len(runs) == 1 {
		span = len(a.waves(y))
	}
	if len(runs) == len(there) || len(runs) > maxRuns || 3*len(there) > span {
		return x
	}
	out := x.Blank()
	for _, run := range runs {
		for g := range a.panel.Teams {
			a.mean(x, out, g, run[0], run[1]+1, run[1])
		}
	}
	return out
}

// sparse reports whether an outcome is measured between the waves of a condition, so that it is to be rolled up: fewer than minPeriods waves, and
// more periods of the outcome than these.
func (a *analysis) sparse(waves []int, y *models.Series) bool {
	return len(waves) > 0 && len(waves) < minPeriods && len(a.waves(y)) > len(waves)
}

// window is the longest window after and before a wave, in periods: a quarter of a year unless the specification says otherwise.
func (a *analysis) window() int {
	if a.spec.Window > 0 {
		return a.spec.Window
	}
	switch a.panel.Grain {
	case models.Day:
		return 91
	case models.Week:
		return 13
	case models.Month:
		return 3
	}
	return 1
}

// rolled is the outcome at each wave: the mean over the periods from the wave on, or with before over those up to it, cells weighted by
// their answers where these are known. A window reaches no further than the neighbouring wave. Nothing is filled in: a team without a cell in the
// window has none at the wave.
func (a *analysis) rolled(y *models.Series, waves []int, before bool) *models.Series {
	p := a.panel
	out := y.Blank()
	for k, at := range waves {
		lo, hi := at, min(at+a.window(), p.Periods)
		if k+1 < len(waves) {
			hi = min(hi, waves[k+1])
		}
		if before {
			lo, hi = max(0, at-a.window()), at
			if k > 0 {
				lo = max(lo, waves[k-1])
			}
		}
		for g := range p.Teams {
			a.mean(y, out, g, lo, hi, at)
		}
	}
	return out
}

// mean puts the mean of a team's cells of periods lo to hi-1 into period at of out, weighted by answers where those of all are known.
func (a *analysis) mean(s, out *models.Series, team, lo, hi, at int) {
	first := team * a.panel.Periods
	counted := true
	for c := first + lo; c < first+hi; c++ {
		counted = counted && (!s.Valid[c] || s.N[c] > 0)
	}
	var sum, weight, noise, answers float64
	for c := first + lo; c < first+hi; c++ {
		if !s.Valid[c] {
			continue
		}
		w := 1.
		if counted {
			w = s.N[c]
		}
		sum += w * s.Value[c]
		weight += w
		noise += w * w * s.SE[c] * s.SE[c] // NaN stays NaN
		answers += s.N[c]
	}
	if c := first + at; weight > 0 {
		out.Valid[c], out.Value[c], out.N[c], out.SE[c] = true, sum/weight, answers, math.Sqrt(noise)/weight
	}
}

// fewWaves fills what a pair of few waves can say. y is the outcome as measured, p.y as rolled up.
func (a *analysis) fewWaves(p *pair, y *models.Series) {
	waves := a.waves(p.x)
	if len(waves) == 0 || len(waves) >= minPeriods || p.lag0.n() == 0 {
		return
	}
	w := &models.Waves{Count: len(waves), Window: 1, Change: blank(), Before: blank(), Between: blank(), MDE: models.None()}
	p.finding.Waves = w
	rolled := a.sparse(waves, y)
	if rolled {
		w.Window = a.window()
	}
	w.ReliableX, w.ReliableY = models.Figure(meanReliability(p.lag0, p.x)), models.Figure(meanReliability(p.lag0, p.y))
	if e := p.finding.Between; e.OK && w.ReliableX > 0 && w.ReliableY > 0 {
		by := models.Figure(math.Sqrt(float64(w.ReliableX * w.ReliableY)))
		bound := func(r models.Figure) models.Figure { return max(-1, min(1, r/by)) }
		w.Between = e
		w.Between.R, w.Between.RLow, w.Between.RHigh = bound(e.R), bound(e.RLow), bound(e.RHigh)
	}
	if len(waves) == 1 {
		w.Refused = &models.Refusal{Code: CodeOnePeriod, Reason: "one wave: teams can be compared with each other, change cannot be seen", Needed: "a second wave, with the same teams"}
		return
	}
	var ok bool
	if w.Change, ok = a.change(p.x, p.y, waves); !ok {
		w.Refused = &models.Refusal{Code: CodeFewTeams, Reason: count(w.Change.Teams, "team") + " with both sides in two waves running: no change is tested",
			Needed: "at least " + count(minTeams, "team") + " with both sides in two waves running"}
		return
	}
	w.MDE = models.Figure(DetectableSlope(float64(w.Change.SE), float64(w.Change.DF)))
	if rolled {
		w.Before, _ = a.change(p.x, a.rolled(y, waves, true), waves)
	}
	if b, c := w.Before, w.Change; b.OK && b.P <= minLeadP && math.Abs(float64(b.T)) >= math.Abs(float64(c.T)) {
		doubt(&p.finding, CodeBefore, "%s changed with %s before the wave as clearly as after it, so which came first is open", p.y.Name, p.x.Name)
	}
}

// change regresses the change of y on that of x between neighbouring waves, with an effect for each step between waves; standard errors CR2 by team.
// It reports false where no interval can be given.
func (a *analysis) change(x, y *models.Series, waves []int) (models.Estimate, bool) {
	p := a.panel
	r := &rows{times: len(waves) - 1}
	var dx, dy []float64
	for _, g := range byName(p.Teams) {
		first := len(r.cell)
		for k := 1; k < len(waves); k++ {
			was, now := g*p.Periods+waves[k-1], g*p.Periods+waves[k]
			if !(x.Valid[was] && x.Valid[now] && y.Valid[was] && y.Valid[now]) {
				continue
			}
			dx, dy = append(dx, x.Value[now]-x.Value[was]), append(dy, y.Value[now]-y.Value[was])
			r.cell, r.period = append(r.cell, now), append(r.period, k-1)
		}
		if len(r.cell) > first {
			r.start, r.team = append(r.start, first), append(r.team, g)
		}
	}
	r.start = append(r.start, len(r.cell))
	none := blank()
	none.N, none.Teams = r.n(), r.teams()
	if r.n() == 0 || constant(dx) {
		return none, false
	}
	columns := [][]float64{dx}
	steps := 0
	for k := range r.times {
		step := make([]float64, r.n())
		for i, t := range r.period {
			step[i] = share(t == k)
		}
		if slices.Contains(step, 1) {
			columns = append(columns, step)
			steps++
		}
	}
	r.times = steps
	s := newSandwich(r, nil, nil, columns...)
	if !s.ok || r.n() <= len(columns) {
		return none, false
	}
	c := s.coefficient(0, dy, r.teams() <= crMaxTeams)
	return estimate(&c, r), c.testable()
}

// meanReliability is the share of the variance of teams' means that sampling does not explain, by moments; NaN where a standard error is missing.
func meanReliability(r *rows, x *models.Series) float64 {
	v, se := r.take(x.Value, 0), r.take(x.SE, 0)
	var means []float64
	var noise float64
	for g := range r.team {
		lo, hi := r.start[g], r.start[g+1]
		var m, s float64
		for i := lo; i < hi; i++ {
			m += v[i]
			s += se[i] * se[i]
		}
		n := float64(hi - lo)
		means = append(means, m/n)
		noise += s / n / n
	}
	if len(means) < 2 {
		return math.NaN()
	}
	all := spread(means)
	if !(all > 0) {
		return math.NaN()
	}
	return math.Max(0, 1-noise/float64(len(means))/all)
}
