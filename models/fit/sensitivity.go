package fit

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Sensitivity says how strong a hidden factor would have to be (Cinelli and Hazlett 2020).
type Sensitivity struct {
	Estimate, SE, T, DF float64
	PartialR2           float64 // of the outcome with the condition
	PartialF2           float64
}

// Sensitivity reads it off a fit, from the classical t and residual degrees of freedom: a robust t with few degrees of freedom
// would overstate it.
func (r *Regression) Sensitivity(column int) Sensitivity {
	s := Sensitivity{Estimate: r.Coef[column], SE: r.SE()[column], DF: float64(r.DF)}
	s.T = s.Estimate / s.SE
	s.PartialF2 = s.T * s.T / s.DF
	s.PartialR2 = s.PartialF2 / (1 + s.PartialF2)
	return s
}

// robustnessValue is the share of what is left of both condition and outcome that a hidden factor would have to explain to
// take the estimate down by the share q (1: to zero), or, with alpha above 0, to where its interval of level 1-alpha
// reaches that.
func (s Sensitivity) robustnessValue(q, alpha float64) float64 {
	f := q * math.Abs(s.T) / math.Sqrt(s.DF)
	if alpha > 0 {
		critical := distuv.StudentsT{Sigma: 1, Nu: s.DF - 1}.Quantile(1-alpha/2) / math.Sqrt(s.DF-1)
		full := f
		if f -= critical; f < 0 {
			return 0
		}
		if full > 1/critical { // the constraint on the outcome's side no longer binds
			return (full*full - critical*critical) / (1 + full*full)
		}
	}
	return .5 * (math.Sqrt(f*f*f*f+4*f*f) - f*f)
}

// Bound is what a hidden factor as strong as k times a measured control could do.
type Bound struct {
	K               float64
	R2Condition     float64 // of the hidden factor with the condition, controls taken out
	R2Outcome       float64 // with the outcome, condition and controls taken out
	Estimate, SE, T float64 // adjusted towards zero
	Impossible      bool    // so strong a factor cannot exist beside the controls
}

// benchmark bounds a hidden factor by the strength of the control at column benchmark.
func (r *Regression) benchmark(column, benchmark int, k float64) (Bound, error) {
	var others [][]float64
	at := -1
	for j := range r.Coef {
		if j == column {
			continue
		}
		if j == benchmark {
			at = len(others)
		}
		c := make([]float64, len(r.y))
		for i := range c {
			c[i] = r.x.At(i, j)
		}
		others = append(others, c)
	}
	treatment := make([]float64, len(r.y))
	for i := range treatment {
		treatment[i] = r.x.At(i, column)
	}
	on, err := Regress(others, treatment, r.w)
	if err != nil {
		return Bound{}, err
	}
	return bounded(on.Sensitivity(at).PartialR2, r.Sensitivity(benchmark).PartialR2, k, r.Sensitivity(column)), nil
}

// bounded is the bound from the strength of the control: its partial R2 with the condition and with the outcome.
func bounded(rx, ry, k float64, s Sensitivity) Bound {
	b := Bound{K: k, R2Condition: k * rx / (1 - rx)}
	b.Impossible = b.R2Condition >= 1
	rz := k * rx * rx / ((1 - k*rx) * (1 - rx))
	b.Impossible = b.Impossible || rz >= 1
	b.R2Outcome = math.Min(1, math.Pow((math.Sqrt(k)+math.Sqrt(rz))/math.Sqrt(1-rz), 2)*ry/(1-ry))
	bias := math.Sqrt(b.R2Outcome*b.R2Condition/(1-b.R2Condition)) * s.SE * math.Sqrt(s.DF)
	b.Estimate = math.Copysign(1, s.Estimate) * (math.Abs(s.Estimate) - bias)
	b.SE = math.Sqrt((1-b.R2Outcome)/(1-b.R2Condition)) * s.SE * math.Sqrt(s.DF/(s.DF-1))
	b.T = b.Estimate / b.SE
	return b
}
