package fit

import (
	"fmt"
	"math"

	"insideout/models"
)

// verdicts tests the registered hypotheses: each in its own direction, over its own lags, adjusted among themselves only. The search over
// the lags of one is paid for as in exploration, by the bootstrap of the largest t in the registered direction or by Bonferroni.
func (a *analysis) verdicts() []models.Verdict {
	var out []models.Verdict
	var ps []float64
	var at []int
	for _, h := range a.spec.Hypotheses {
		v := a.verdict(h)
		if v.Refused == nil {
			ps, at = append(ps, float64(v.POne)), append(at, len(out))
		}
		out = append(out, v)
	}
	for k, q := range Adjust(ps, BenjaminiHochberg) {
		out[at[k]].Q, out[at[k]].Family = models.Figure(q), len(ps)
	}
	return out
}

func (a *analysis) verdict(h models.Hypothesis) models.Verdict {
	no := models.None()
	v := models.Verdict{Hypothesis: h, Estimate: blank(), Lag: h.From, POne: no, Q: no, MDE: no, MDER: no, Step: no, Evidence: models.WithinTeamChange}
	if h.From > 0 {
		v.Evidence = models.LaggedAssociation
	}
	refuse := func(code, reason, needed string) models.Verdict {
		v.Refused = &models.Refusal{Code: code, Reason: reason, Needed: needed}
		return v
	}
	x, y := a.panel.Find(h.Condition), a.panel.Find(h.Outcome)
	if x == nil || y == nil {
		id := h.Outcome
		if x == nil {
			id = h.Condition
		}
		return refuse(CodeUnknownSeries, "no cell of "+id+" is in the panel", "data for "+id)
	}
	v.Step = models.Figure(step(x))
	x = a.gathered(x, y)
	if waves := a.waves(x); a.sparse(waves, y) {
		if h.From > 0 {
			return refuse(CodeShortPanel, "lags cannot be looked at: "+count(len(waves), "wave")+" of the condition", fmt.Sprintf("at least %d periods with the condition", minPeriods))
		}
		y, h.To = a.rolled(y, waves, false), 0
	}
	var weights []float64
	if a.spec.Weights == Precision {
		weights, _ = precisionWeights(a.panel, y)
	}
	p := &pair{x: x, y: y, lag0: match(a.panel, x.Valid, y.Valid, 0), places: numbered(a.panel, x.Valid, y.Valid)}
	if p.lag0.n() == 0 {
		return refuse(CodeNoOverlap, "no team has both in the same "+string(a.panel.Grain), "teams and periods in which both are measured")
	}
	if h.To > 0 && p.lag0.times < minPeriods {
		return refuse(CodeShortPanel, "a short panel: "+count(p.lag0.times, a.panel.Grain)+" with both sides", "at least "+count(minPeriods, a.panel.Grain))
	}
	way := float64(h.Sign)
	best := math.Inf(-1)
	var most jointly // t in the registered direction
	var chosen clustered
	tests := 0
	for lag := h.From; lag <= h.To; lag++ {
		r := match(a.panel, x.Valid, y.Valid, lag)
		if r.teams() < 2 || r.times < 2 {
			continue
		}
		base, ys := a.base(p, lag, weights)
		s := newSandwich(base.rows, base, nil, centred(base.take(x.Value, lag)))
		if !s.ok {
			continue
		}
		c := s.coefficient(0, ys, base.teams() <= crMaxTeams)
		if !c.testable() {
			v.Teams = max(v.Teams, c.active)
			continue
		}
		tests++
		if t := way * c.b / c.se; t > best {
			best, chosen = t, c
			v.Estimate, v.Lag = estimate(&c, base.rows), lag
		}
		if a.boots(p.places) {
			w := s.wild(0, ys)
			if t := way * w.t; most.stars == nil || t > most.t {
				most.t = t
			}
			stars := a.signed(w, p.places)
			for i := range stars {
				stars[i] *= way
			}
			if most.stars == nil {
				most.stars = stars
			}
			for i, t := range stars {
				most.stars[i] = math.Max(most.stars[i], t)
			}
		}
	}
	if tests == 0 {
		return refuse(CodeFewTeams, count(v.Teams, "team")+" in which both move: nothing is tested", "at least "+count(minTeams, "team")+" in which both move")
	}
	one := studentP(best, chosen.df) / 2
	if best < 0 {
		one = 1 - one
	}
	v.POne, v.Method = models.Figure(math.Min(1, float64(tests)*one)), "bonferroni"
	if tests == 1 {
		v.Method = "single test"
	}
	if most.stars != nil {
		n := 1
		for _, t := range most.stars {
			if t >= most.t-1e-10*math.Abs(most.t) {
				n++
			}
		}
		v.POne, v.Method = models.Figure(math.Max(one, float64(n)/float64(len(most.stars)+1))), "wild cluster bootstrap"
	}
	mde := detectable(2*.05/float64(tests), chosen.se, chosen.df)
	v.MDE, v.MDER = models.Figure(mde), models.Figure(math.Min(1, mde*math.Sqrt(chosen.sxx/chosen.syy)))
	return v
}
