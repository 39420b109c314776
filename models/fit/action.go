package fit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"

	"insideout/models"
)

const (
	actionShuffles = 1999
	maxShuffled    = 200 // teams up to which starts are shuffled; with more the p of t is as good
	leastTreated   = 2
	leastControls  = 4
	leastWindow    = 3 // periods before and after
	stretches      = 3 // into which a window is cut for the path
)

// actions studies every action of the panel for every series: did teams that took it change more than those that did not take it, over the same
// periods? Teams that took it earlier or later are no controls while they have (Goodman-Bacon 2021): a team serves for a start only if it never took the
// action, or takes it after the window ends. Effects of starts are averaged by the teams that made them (Callaway and Sant'Anna 2021); before and after
// are means over windows, because single weeks are mostly noise.
func (a *analysis) actions(conditions, outcomes []*models.Series) []models.ActionStudy {
	var labels []string
	for _, e := range a.panel.Events {
		if e.Kind == "action" && !slices.Contains(labels, e.Label) {
			labels = append(labels, e.Label)
		}
	}
	slices.Sort(labels)
	var out []models.ActionStudy
	var ps []float64
	var at []int
	for _, label := range labels {
		for _, s := range slices.Concat(outcomes, conditions) {
			study := a.study(label, s)
			if study.Refused == nil {
				p := float64(study.Effect.P)
				if study.PRandom.Known() {
					p = math.Max(p, float64(study.PRandom))
				}
				ps, at = append(ps, p), append(at, len(out))
			}
			out = append(out, study)
		}
	}
	for k, q := range Adjust(ps, BenjaminiHochberg) {
		out[at[k]].Q, out[at[k]].Family = models.Figure(q), len(ps)
	}
	return out
}

// starts gives the first period of an action by team, or a number beyond the panel for those that never took it; all is true if it concerned everyone.
func (a *analysis) starts(label string) (first []int, all bool) {
	first = make([]int, len(a.panel.Teams))
	for g := range first {
		first[g] = math.MaxInt
	}
	for _, e := range a.panel.Events {
		switch {
		case e.Kind != "action" || e.Label != label:
		case e.Team < 0:
			all = true
		default:
			first[e.Team] = min(first[e.Team], e.Period)
		}
	}
	return first, all
}

func (a *analysis) study(label string, s *models.Series) models.ActionStudy {
	no := models.None()
	out := models.ActionStudy{Action: label, Series: s.ID, Side: s.Side, Effect: blank(), Placebo: blank(), Adjusted: blank(), PRandom: no, Q: no, BoundLow: no, BoundTop: no, Evidence: models.Intervention}
	refuse := func(code, reason, needed string) models.ActionStudy {
		out.Refused = &models.Refusal{Code: code, Reason: reason, Needed: needed}
		return out
	}
	first, all := a.starts(label)
	if all {
		return refuse(CodeNoControls, "it concerned every team at once, so nothing is left to compare with", "an action that some teams take before the others")
	}
	lo, hi := math.MaxInt, -1
	for _, t := range first {
		if t != math.MaxInt {
			lo, hi = min(lo, t), max(hi, t)
		}
	}
	grain := a.panel.Grain
	window := min(a.window(), lo, a.panel.Periods-hi)
	out.Window = max(0, window)
	switch {
	case a.panel.Periods-hi < leastWindow:
		return refuse(CodeTooEarly, fmt.Sprintf("too early: %s since the last team began", count(max(0, a.panel.Periods-hi), grain)), fmt.Sprintf("%d %s to go", leastWindow-max(0, a.panel.Periods-hi), grain.Plural(2)))
	case lo < leastWindow:
		return refuse(CodeTooEarly, fmt.Sprintf("%s before the first team began are too few to know where teams stood", count(max(0, lo), grain)), fmt.Sprintf("at least %d %s before", leastWindow, grain.Plural(2)))
	}
	c := a.contrast(s, first, window, 0, true)
	out.Treated, out.Controls = c.treated(), c.controls()
	if out.Treated == 1 && lo == hi {
		a.alone(&out, s, first, lo, window)
		return out
	}
	switch {
	case out.Treated < leastTreated:
		return refuse(CodeFewTreated, count(out.Treated, "team")+" took it with data before and after: one team's luck cannot be told from the action", fmt.Sprintf("at least %d teams that take it", leastTreated))
	case out.Controls < leastControls:
		return refuse(CodeNoControls, count(out.Controls, "team")+" did not take it and have data over the same time", fmt.Sprintf("at least %d teams that do not take it, or take it later", leastControls))
	}
	out.Effect = c.estimate()
	if !out.Effect.P.Known() {
		return refuse(CodeConstantOutcome, s.Name+" did not change in any team", "a series that moves")
	}
	if out.Treated+out.Controls <= maxShuffled {
		out.PRandom = models.Figure(a.shuffledStarts(s, first, window, float64(out.Effect.T)))
	}
	out.Adjusted = c.adjusted()
	if lo >= 2*window {
		out.Placebo = a.contrast(s, first, window, -window, false).estimate()
	}
	if out.Placebo.OK {
		drift := models.Figure(math.Abs(float64(out.Placebo.Slope)))
		out.BoundLow, out.BoundTop = out.Effect.Low-drift, out.Effect.High+drift
	} else {
		out.Doubts = append(out.Doubts, models.Doubt{Code: CodeNoPlacebo, Text: "there is too little time before it to see whether the teams were already drifting apart"})
	}
	if p := out.Placebo; p.OK && p.P <= .05 {
		out.Doubts = append(out.Doubts, models.Doubt{Code: CodeDrift, Text: "the teams were already drifting apart before it began, so the difference is not the action's alone"})
	}
	if e, d := out.Effect, out.Adjusted; d.OK && excludesZero(e.Low, e.High) && !excludesZero(d.Low, d.High) {
		out.Doubts = append(out.Doubts, models.Doubt{Code: CodeChosen, Text: "teams that took it stood elsewhere before; with that held fixed the difference is not clear of none: bad spells end by themselves"})
	}
	out.Path = a.path(s, first, window)
	return out
}

// contrast is the change of teams between two windows, for each start beside the teams that serve as its controls.
type contrast struct {
	groups []contrastGroup
	cells  int
	times  int
}

type contrastGroup struct {
	treated, control []teamChange
}

type teamChange struct {
	team           int
	before, change float64
}

// contrast compares the window that begins shift periods after each start with the one before it. With after false (a placebo) both lie
// before the start.
func (a *analysis) contrast(s *models.Series, first []int, window, shift int, after bool) *contrast {
	c := &contrast{times: 2 * window}
	begins := slices.Compact(slices.Sorted(slices.Values(first)))
	for _, t := range begins {
		if t == math.MaxInt {
			continue
		}
		var g contrastGroup
		for _, team := range byName(a.panel.Teams) {
			end := t + shift + window
			if !after {
				end = t
			}
			is := first[team] == t
			if !is && first[team] < end { // took it before the window ends
				continue
			}
			was, n := a.meanOver(s, team, t+shift-window, t+shift)
			now, m := a.meanOver(s, team, t+shift, t+shift+window)
			if n == 0 || m == 0 {
				continue
			}
			c.cells += n + m
			if is {
				g.treated = append(g.treated, teamChange{team, was, now - was})
			} else {
				g.control = append(g.control, teamChange{team, was, now - was})
			}
		}
		if len(g.treated) > 0 && len(g.control) > 1 {
			c.groups = append(c.groups, g)
		}
	}
	return c
}

// meanOver is the plain mean of a team's cells of periods from to to-1: weeks count alike, so that a busy week is not the answer.
func (a *analysis) meanOver(s *models.Series, team, from, to int) (mean float64, n int) {
	for t := max(0, from); t < min(to, a.panel.Periods); t++ {
		if i := team*a.panel.Periods + t; s.Valid[i] {
			mean += s.Value[i]
			n++
		}
	}
	return mean / float64(n), n
}

func (c *contrast) treated() int {
	n := 0
	for _, g := range c.groups {
		n += len(g.treated)
	}
	return n
}

func (c *contrast) controls() int {
	seen := map[int]bool{}
	for _, g := range c.groups {
		for _, t := range g.control {
			seen[t.team] = true
		}
	}
	return len(seen)
}

// estimate averages the differences of starts by treated teams. The variance sums each team's own part in the average, a control that serves several
// starts once with all of its parts; degrees of freedom are Welch's, of treated teams and controls.
func (c *contrast) estimate() models.Estimate {
	e := blank()
	total := float64(c.treated())
	if total == 0 {
		return e
	}
	var effect float64
	part := map[int]float64{} // of controls
	var vt, vc float64
	var nt, nc float64
	for _, g := range c.groups {
		n, m := float64(len(g.treated)), float64(len(g.control))
		mt, mc := meanChange(g.treated), meanChange(g.control)
		effect += n / total * (mt - mc)
		for _, t := range g.treated {
			d := (t.change - mt) / total
			vt += d * d
			nt++
		}
		for _, t := range g.control {
			part[t.team] += n / total * (t.change - mc) / m
		}
	}
	// A start of one team says nothing of the spread between treated teams; they are taken to spread about the common effect then.
	if lone := slices.ContainsFunc(c.groups, func(g contrastGroup) bool { return len(g.treated) == 1 }); lone && nt > 1 {
		vt = 0
		for _, g := range c.groups {
			mc := meanChange(g.control)
			for _, t := range g.treated {
				d := (t.change - mc - effect) / total
				vt += d * d
			}
		}
	}
	teams := make([]int, 0, len(part))
	for g := range part {
		teams = append(teams, g)
	}
	slices.Sort(teams)
	for _, g := range teams {
		vc += part[g] * part[g]
		nc++
	}
	if nt < 2 || nc < 2 {
		return e
	}
	vt, vc = vt*nt/(nt-1), vc*nc/(nc-1)
	e.OK = true
	e.N, e.Teams, e.Times = c.cells, int(nt+nc), c.times
	e.Slope = models.Figure(effect)
	se := math.Sqrt(vt + vc)
	if !(se > 0) {
		return e
	}
	df := (vt + vc) * (vt + vc) / (vt*vt/(nt-1) + vc*vc/(nc-1))
	half := studentQuantile(.975, df) * se
	e.SE, e.DF, e.T = models.Figure(se), models.Figure(df), models.Figure(effect/se)
	e.Low, e.High, e.P = models.Figure(effect-half), models.Figure(effect+half), models.Figure(studentP(effect/se, df))
	return e
}

func meanChange(v []teamChange) float64 {
	x := make([]float64, len(v))
	for i := range v {
		x[i] = v[i].change
	}
	return stat.Mean(x, nil)
}

// adjusted is the slope of having taken the action on the change, where the team stood before held fixed, with an effect for each start; CR2 by team.
func (c *contrast) adjusted() models.Estimate {
	type row struct {
		team, group  int
		took, before float64
		change       float64
	}
	var all []row
	for k, g := range c.groups {
		for _, t := range g.treated {
			all = append(all, row{t.team, k, 1, t.before, t.change})
		}
		for _, t := range g.control {
			all = append(all, row{t.team, k, 0, t.before, t.change})
		}
	}
	slices.SortStableFunc(all, func(a, b row) int { return a.team - b.team })
	r := &rows{times: len(c.groups)}
	columns := make([][]float64, 2+len(c.groups))
	var y []float64
	for i, x := range all {
		if i == 0 || all[i-1].team != x.team {
			r.start, r.team = append(r.start, i), append(r.team, x.team)
		}
		r.period, r.cell = append(r.period, x.group), append(r.cell, i)
		columns[0], columns[1] = append(columns[0], x.took), append(columns[1], x.before)
		for k := range c.groups {
			columns[2+k] = append(columns[2+k], share(x.group == k))
		}
		y = append(y, x.change)
	}
	r.start = append(r.start, len(all))
	centred(columns[1])
	s := newSandwich(r, nil, nil, columns...)
	if !s.ok || len(all) <= len(columns) {
		return blank()
	}
	f := s.coefficient(0, y, r.teams() <= crMaxTeams)
	e := estimate(&f, r)
	e.N, e.Times = c.cells, c.times
	return e
}

// shuffledStarts is the share of random assignments of the same starts to teams whose |t| is at least that of the action, the action itself
// among them.
func (a *analysis) shuffledStarts(s *models.Series, first []int, window int, t float64) float64 {
	var eligible []int // teams with anything to compare
	for _, g := range byName(a.panel.Teams) {
		if _, n := a.meanOver(s, g, 0, a.panel.Periods); n > 0 {
			eligible = append(eligible, g)
		}
	}
	rng := rand.New(rand.NewPCG(a.seed, uint64(len(eligible))<<16|4))
	n := 1
	given := make([]int, len(first))
	for range actionShuffles {
		copy(given, first)
		for i, k := range rng.Perm(len(eligible)) {
			given[eligible[i]] = first[eligible[k]]
		}
		if e := a.contrast(s, given, window, 0, true).estimate(); math.Abs(float64(e.T)) >= math.Abs(t)*(1-1e-10) {
			n++
		}
	}
	return float64(n) / (actionShuffles + 1)
}

// path is the difference between teams that took the action and the others by stretches of the window, against the mean of the window before.
func (a *analysis) path(s *models.Series, first []int, window int) []models.LagPoint {
	var out []models.LagPoint
	long := max(1, window/stretches)
	for at := -stretches * long; at < stretches*long; at += long {
		c := &contrast{times: window + long}
		for _, t := range slices.Compact(slices.Sorted(slices.Values(first))) {
			if t == math.MaxInt {
				continue
			}
			var g contrastGroup
			for _, team := range byName(a.panel.Teams) {
				if is := first[team] == t; !is && first[team] < t+window {
					continue
				}
				was, n := a.meanOver(s, team, t-window, t)
				now, m := a.meanOver(s, team, t+at, t+at+long)
				if n == 0 || m == 0 {
					continue
				}
				c.cells += m
				if first[team] == t {
					g.treated = append(g.treated, teamChange{team, was, now - was})
				} else {
					g.control = append(g.control, teamChange{team, was, now - was})
				}
			}
			if len(g.treated) > 0 && len(g.control) > 1 {
				c.groups = append(c.groups, g)
			}
		}
		if e := c.estimate(); e.OK {
			out = append(out, models.LagPoint{Lag: at, Estimate: e})
		}
	}
	return out
}
