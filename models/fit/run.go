package fit

import (
	"math"
	"slices"
	"strconv"

	"insideout/models"
)

// Run answers the question of s on the panel. The panel is not changed. It panics if s.Check fails or a series does not have
// one cell for every team and period.
func Run(p *models.Panel, s Spec) *Result {
	if err := s.Check(); err != nil {
		panic("fit: " + err.Error())
	}
	res := &Result{FDR: s.withDefaults().FDR}
	conditions := choose(p, s.Conditions, models.Inside, res)
	outcomes := choose(p, s.Outcomes, models.Outside, res)
	if len(conditions) == 0 {
		res.refuse(CodeNoConditions, "there is no condition from the inside to look at", "a survey dimension or measure of the inside in the panel")
	}
	if len(outcomes) == 0 {
		res.refuse(CodeNoOutcomes, "there is no outcome from the outside to look at", "a customer metric of the outside in the panel")
	}
	a := &analysis{panel: p, spec: s.withDefaults(), seed: s.seed(), draws: map[int][][]uint16{}, wild: map[int]Draws{}}
	if len(conditions) == 0 || len(outcomes) == 0 {
		a.beyond(res, conditions, outcomes)
		return res
	}
	res.Teams, res.Times = overlap(p, conditions, outcomes)
	a.maxLag = s.maxLag(res.Times)
	res.MaxLag = a.maxLag
	if res.Times < minPeriods {
		res.MaxLag = 0
		res.refuse(CodeShortPanel,
			"a short panel: "+count(res.Times, p.Grain)+" with both sides, so no lag profile is claimed and no lag is named as best",
			"at least "+count(minPeriods, p.Grain)+" with both sides")
	}
	if res.Teams < minTeams {
		res.refuse(CodeFewTeams, count(res.Teams, "team")+" with both sides: numbers describe, nothing is tested",
			"at least "+count(minTeams, "team")+" with both sides")
	}
	lambda := make([]float64, len(conditions))
	for i, c := range conditions {
		lambda[i] = withinReliability(p, c)
	}
	found := make([]pair, len(conditions)*len(outcomes))
	for j, y := range outcomes {
		for i, pr := range a.outcome(y, conditions, lambda) {
			found[i*len(outcomes)+j] = pr
		}
	}
	strict(found)
	for i := range found {
		res.Findings = append(res.Findings, found[i].finding)
		res.Points = append(res.Points, found[i].points)
	}
	res.Weights, res.Priorities = a.weights, a.priorities
	res.Higher = map[string]int{}
	for _, y := range outcomes {
		res.Higher[y.ID] = y.Higher
	}
	for _, c := range conditions {
		res.Levels = append(res.Levels, a.level(c))
	}
	res.family(s.withDefaults().FDR)
	for i := range res.Findings {
		f := &res.Findings[i]
		res.band(f, found[i].stars)
		found[i].stars = nil
		if f.PSearch.Known() && found[i].chosen.own != nil {
			f.Effects = a.effects(found[i].chosen.own, f.Seen())
		}
		if f.Seen() {
			a.closer(f, a.with(found[i].x, found[i].y))
		}
	}
	res.order()
	a.beyond(res, conditions, outcomes)
	res.raise()
	return res
}

// raise marks the findings of grade A that an action bears out: only these are more than what goes with what.
func (r *Result) raise() {
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Grade() != models.GradeA {
			continue
		}
		for j := range r.Actions {
			for k := range r.Actions {
				if f.BorneOut(&r.Actions[j], &r.Actions[k]) {
					f.Evidence = models.Intervention
				}
			}
		}
	}
}

// beyond answers what does not rest on pairs.
func (a *analysis) beyond(res *Result, conditions, outcomes []*models.Series) {
	res.Verdicts, res.Actions, res.Warnings = a.verdicts(), a.actions(conditions, outcomes), a.warnings(conditions, outcomes)
}

// order takes an order back where no pair of its outcome is seen, or none of its conditions is clear of nothing.
func (r *Result) order() {
	for i := range r.Priorities {
		p := &r.Priorities[i]
		seen := func(f models.Finding) bool { return f.Outcome == p.Outcome && f.Seen() }
		switch {
		case p.Refused != nil:
		case !slices.ContainsFunc(r.Findings, seen):
			p.Refused = &models.Refusal{Code: CodeNothingSeen, Reason: "no condition is seen to go with it, so there is nothing to put in order", Needed: "a pair that is at least an early sign"}
		case !slices.ContainsFunc(p.Reaches, func(r models.Reach) bool { return r.Clear() }):
			p.Refused = &models.Refusal{Code: CodeWithinNoise, Reason: "no difference is clear of none with the other conditions held fixed, so no order is shown", Needed: "more teams or periods, or conditions that move apart"}
		}
	}
}

// family adjusts over all pairs that were tested and says of each what kind of design stands behind it.
func (r *Result) family(fdr float64) {
	var ps, joint []float64
	var at, jointAt []int
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.PSearch.Known() {
			ps, at = append(ps, float64(f.PSearch)), append(at, i)
		}
		if f.Joint.PSearch.Known() {
			joint, jointAt = append(joint, float64(f.Joint.PSearch)), append(jointAt, i)
		}
	}
	r.Tested = len(ps)
	for k, q := range Adjust(ps, BenjaminiHochberg) {
		f := &r.Findings[at[k]]
		f.Q = models.Figure(q)
		f.Family = len(ps)
		if f.Seen() {
			r.Found++
		}
	}
	for k, q := range Adjust(joint, BenjaminiHochberg) {
		r.Findings[jointAt[k]].Joint.Q = models.Figure(q)
	}
	for _, i := range at {
		r.payForSight(&r.Findings[i], math.Min(fdr, DefaultFDR))
	}
	r.ExpectedFalse = models.Figure(math.Min(fdr, DefaultFDR) * float64(r.Found))
	for i := range r.Findings {
		f := &r.Findings[i]
		switch {
		case !f.Seen(): // what is left is how teams differ
			f.Evidence = models.Association
		case f.Lag > 0:
			f.Evidence = models.LaggedAssociation
		default:
			f.Evidence = models.WithinTeamChange
		}
	}
}

// payForSight raises what could have been seen to the level that the pair really had to pass: the one at which one more pair
// would have been found, after the search over lags. At the level of a single test a pair could lie above its own
// detectable effect and still not be seen.
func (r *Result) payForSight(f *models.Finding, fdr float64) {
	tests := 0
	for _, l := range f.Lags {
		if l.Lag >= 0 && l.P.Known() {
			tests++
		}
	}
	alpha := fdr * float64(min(r.Found+1, f.Family)) / float64(f.Family) / float64(max(tests, 1))
	paid := models.Figure(detectable(alpha, float64(f.Within.SE), float64(f.Within.DF)))
	if f.MDE > 0 {
		f.MDER = min(1, f.MDER*paid/f.MDE)
	}
	f.MDE = paid
}

func (r *Result) refuse(code, reason, needed string) {
	r.Refusals = append(r.Refusals, models.Refusal{Code: code, Reason: reason, Needed: needed})
}

// choose looks up the series asked for, or all of one side.
func choose(p *models.Panel, ids []string, side models.Side, res *Result) []*models.Series {
	var out []*models.Series
	if len(ids) == 0 {
		for i := range p.Series {
			if s := &p.Series[i]; s.Side == side && !s.IsFacet {
				out = append(out, s)
			}
		}
	}
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			continue
		}
		s := p.Find(id)
		if s == nil {
			res.refuse(CodeUnknownSeries, "no cell of "+id+" is in the panel", "data for "+id+", or another name in the analysis")
			continue
		}
		out = append(out, s)
	}
	for _, s := range out {
		n := len(p.Teams) * p.Periods
		if len(s.Value) != n || len(s.Valid) != n || len(s.SE) != n || len(s.N) != n {
			panic("fit: series " + s.ID + " does not have one cell for every team and period")
		}
	}
	return out
}

// overlap counts the teams and the periods in which a condition and an outcome are both present.
func overlap(p *models.Panel, conditions, outcomes []*models.Series) (teams, times int) {
	at := make([]bool, p.Periods)
	for g := range p.Teams {
		any := false
		for t := range p.Periods {
			c := g*p.Periods + t
			has := func(s *models.Series) bool { return s.Valid[c] }
			if slices.ContainsFunc(conditions, has) && slices.ContainsFunc(outcomes, has) {
				any, at[t] = true, true
			}
		}
		if any {
			teams++
		}
	}
	for _, ok := range at {
		if ok {
			times++
		}
	}
	return teams, times
}

// maxLag is the longest lag for a number of usable periods.
func (s Spec) maxLag(times int) int {
	switch {
	case s.MaxLag < 0:
		return 0
	case s.MaxLag > 0:
		return s.MaxLag
	}
	return min(8, times/6)
}

// count is a number with its noun: 1 week, 2 weeks.
func count[S ~string](n int, noun S) string {
	if n == 1 {
		return "1 " + string(noun)
	}
	return strconv.Itoa(n) + " " + string(noun) + "s"
}
