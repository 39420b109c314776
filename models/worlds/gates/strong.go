package gates

import (
	"math"

	"insideout/models"
	"insideout/models/fit"
)

// joint tests each pair with the other conditions held fixed at the same lag, pays for the lags by Bonferroni and for the pairs by
// Benjamini-Hochberg, and gives for each finding the adjusted p and the best lag.
func (p *pairs) joint() (q []float64, lags []int) {
	ps := make([]float64, len(p.findings))
	lags = make([]int, len(p.findings))
	for i := range p.findings {
		f := &p.findings[i]
		question := fit.Question{Panel: p.w.Panel, Condition: f.Condition, Outcome: f.Outcome, Controls: p.others(f.Condition)}
		best := 1.0
		for lag := range p.spec.MaxLag + 1 {
			if e := question.Within(lag); e.P.Known() && float64(e.P) < best {
				best, lags[i] = float64(e.P), lag
			}
		}
		ps[i] = math.Min(1, best*float64(p.spec.MaxLag+1))
	}
	return fit.Adjust(ps, fit.BenjaminiHochberg), lags
}

// graded are the joint claims (grade B), and those of them that also hold marginally, in time and in both halves of the panel
// (grade A without the rules of reliability, robustness value and length, which are about the size of a panel).
func (p *pairs) graded() (joint, strong []claim) {
	q, lags := p.joint()
	halves := [2]*models.Panel{part(p.w.Panel, 0, p.w.Panel.Periods/2), part(p.w.Panel, p.w.Panel.Periods/2, p.w.Panel.Periods)}
	for i := range p.findings {
		f := &p.findings[i]
		if !(q[i] <= level) {
			continue
		}
		joint = append(joint, claim{f.Condition, f.Outcome, lags[i]})
		if f.Q <= level && p.forward(f) && lasting(f, halves) {
			strong = append(strong, claim{f.Condition, f.Outcome, f.Lag})
		}
	}
	return joint, strong
}

// forward reports whether the conditional lead test passes and the best lag says more than the lead.
func (p *pairs) forward(f *models.Finding) bool {
	lead := fit.Question{Panel: p.w.Panel, Condition: f.Condition, Outcome: f.Outcome}.Lead(p.spec.MaxLag)
	for _, l := range f.Lags {
		if l.Lag == -1 && math.Abs(float64(l.T)) >= math.Abs(float64(f.Within.T)) {
			return false
		}
	}
	return !(lead.P <= level) // a panel too short for the test does not fail it
}

// lasting reports whether each half of the panel has the sign of the whole with a t of at least 1.
func lasting(f *models.Finding, halves [2]*models.Panel) bool {
	for _, h := range halves {
		e := fit.Question{Panel: h, Condition: f.Condition, Outcome: f.Outcome}.Within(f.Lag)
		t := float64(e.Slope / e.SE)
		if !(math.Copysign(1, float64(f.Within.Slope))*t >= 1) {
			return false
		}
	}
	return true
}

// part is the panel of the periods from, below to.
func part(p *models.Panel, from, to int) *models.Panel {
	out := *p
	out.First, out.Periods, out.Series = p.Period(from), to-from, nil
	for _, s := range p.Series {
		s.Value, s.N, s.SE, s.Valid = cut(p, s.Value, from, to), cut(p, s.N, from, to), cut(p, s.SE, from, to), cut(p, s.Valid, from, to)
		out.Series = append(out.Series, s)
	}
	return &out
}

func cut[T any](p *models.Panel, v []T, from, to int) []T {
	var out []T
	for g := range p.Teams {
		out = append(out, v[g*p.Periods+from:g*p.Periods+to]...)
	}
	return out
}
