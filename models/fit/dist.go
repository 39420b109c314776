package fit

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// studentP is the two-sided p of t with df degrees of freedom, NaN if either is not known.
func studentP(t, df float64) float64 {
	if math.IsNaN(t) || !(df > 0) {
		return math.NaN()
	}
	return 2 * distuv.StudentsT{Sigma: 1, Nu: df}.Survival(math.Abs(t))
}

// studentQuantile is the quantile of Student's t with df degrees of freedom.
func studentQuantile(p, df float64) float64 {
	if !(df > 0) {
		return math.NaN()
	}
	return distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(p)
}

// normalP is the two-sided p of a standard normal z.
func normalP(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// normalQuantile is the quantile of the standard normal.
func normalQuantile(p float64) float64 { return distuv.UnitNormal.Quantile(p) }
