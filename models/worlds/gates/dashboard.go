package gates

import (
	"fmt"
	"math"
	"slices"

	"insideout/models"
	"insideout/models/fit"
	"insideout/models/worlds"
)

// level is the one at which claims are made.
const level = .05

// pairs are the conditions and outcomes of a world, and the question about them.
type pairs struct {
	w        *worlds.World
	spec     fit.Spec
	findings []models.Finding
}

// ask puts the question to a world. Each replication has draws of its own: the luck of one set of them would not average out.
func ask(w *worlds.World, rep int) *pairs {
	p := &pairs{w: w, spec: fit.Spec{MaxLag: w.Knobs.MaxLag, Draws: fit.DefaultDraws, Seed: uint64(rep) + 1}}
	for d := range w.Knobs.Conditions {
		p.spec.Conditions = append(p.spec.Conditions, worlds.ConditionID(d))
	}
	for q := range w.Knobs.Outcomes {
		p.spec.Outcomes = append(p.spec.Outcomes, worlds.OutcomeID(q))
	}
	p.findings = fit.Run(w.Panel, p.spec).Findings
	return p
}

// claim is a pair that is said to go together, at a lag.
type claim struct {
	condition, outcome string
	lag                int
}

// count measures claims against the truth under a name: any false one, the share of false ones, what was found of what is there, and at
// which lags.
func (p *pairs) count(into map[string]Count, name string, claims []claim) {
	var right, wrong float64
	found := map[worlds.Effect]int{}
	for _, c := range claims {
		if e, real := p.w.Effect(c.condition, c.outcome); real {
			right++
			found[e] = c.lag
		} else {
			wrong++
		}
	}
	into[name+" any false"] = yes(wrong > 0)
	into[name+" false"] = Count{wrong / math.Max(1, right+wrong), 1}
	into[name+" claims"] = Count{right + wrong, 1}
	effects := p.w.Knobs.Effects
	if len(effects) == 0 {
		return
	}
	into[name+" power"] = Count{right / float64(len(effects)), 1}
	var exact, near, large float64
	bySize := map[string]Count{}
	for _, e := range effects {
		lag, ok := found[e]
		size := fmt.Sprintf("%s power %.1f", name, e.R)
		c := bySize[size]
		bySize[size] = Count{c.Of + yes(ok).Of, c.Among + 1}
		if !ok || e.R < .3 {
			continue
		}
		large++
		exact += yes(lag == e.Lag).Of
		near += yes(lag >= e.Lag-1 && lag <= e.Lag+1).Of
	}
	for size, c := range bySize {
		into[size] = c
	}
	into[name+" lag exact"], into[name+" lag near"] = Count{exact, large}, Count{near, large}
}

// marginal claims are those of one condition at a time.
func (p *pairs) marginal() []claim {
	var out []claim
	for i := range p.findings {
		if f := &p.findings[i]; f.Q <= level {
			out = append(out, claim{f.Condition, f.Outcome, f.Lag})
		}
	}
	return out
}

// raw are the claims of those who correlate everything with everything and correct for the number of tests: over all teams and
// periods, or inside teams (what is known as rmcorr). Both are shown to people; neither is evidence.
func (p *pairs) raw() (pooled, inside []claim) {
	var every []claim
	var ps, own []float64
	n := p.w.Panel.Periods
	for _, condition := range p.spec.Conditions {
		for _, outcome := range p.spec.Outcomes {
			x, y := p.w.Panel.Find(condition), p.w.Panel.Find(outcome)
			for lag := range p.spec.MaxLag + 1 {
				var team []string
				var a, b []float64
				for c := range y.Value {
					if c%n >= lag && y.Valid[c] && x.Valid[c-lag] {
						team = append(team, p.w.Panel.Teams[c/n])
						a, b = append(a, x.Value[c-lag]), append(b, y.Value[c])
					}
				}
				every = append(every, claim{condition, outcome, lag})
				ps = append(ps, fit.Pearson(a, b).P)
				r, err := fit.RepeatedMeasures(team, a, b)
				if err != nil {
					r.P = 1
				}
				own = append(own, r.P)
			}
		}
	}
	pick := func(ps []float64) []claim {
		best := map[claim]bool{}
		var out []claim
		for i, q := range fit.Adjust(ps, fit.BenjaminiHochberg) {
			pair := claim{every[i].condition, every[i].outcome, 0}
			if q <= level && !best[pair] {
				best[pair] = true
				out = append(out, every[i])
			}
		}
		return out
	}
	return pick(ps), pick(own)
}

// labelled counts the findings whose raw correlation carries a p that somebody could take for evidence.
func (p *pairs) labelled() Count {
	var c Count
	for i := range p.findings {
		c.Among++
		if p.findings[i].Pooled.P.Known() {
			c.Of++
		}
	}
	return c
}

// joint claims hold the other conditions fixed.
func (p *pairs) joint() []claim {
	var out []claim
	for i := range p.findings {
		if f := &p.findings[i]; f.Joint.Q <= level {
			out = append(out, claim{f.Condition, f.Outcome, f.Joint.Lag})
		}
	}
	return out
}

// graded are the claims of grade A.
func (p *pairs) graded() []claim {
	var out []claim
	for i := range p.findings {
		if f := &p.findings[i]; f.Grade() == models.GradeA {
			out = append(out, claim{f.Condition, f.Outcome, f.Lag})
		}
	}
	return out
}

// strong are the claims of grade A as they would be if the panel were reliable, long and robust enough: what the tests themselves
// carry. The surveys of these worlds have a reliability of about a half, on the edge of the rule.
func (p *pairs) strong() []claim {
	eased := *p
	eased.findings = slices.Clone(p.findings)
	for i := range eased.findings {
		f := &eased.findings[i]
		f.Reliable, f.Robust, f.Periods = 1, 1, 1<<20
	}
	return eased.graded()
}

// bare counts the findings that are graded and carry no robustness value.
func (p *pairs) bare() Count {
	var c Count
	for i := range p.findings {
		if f := &p.findings[i]; f.Seen() {
			c.Among++
			c.Of += yes(!f.Robust.Known()).Of
		}
	}
	return c
}
