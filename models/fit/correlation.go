package fit

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Correlation is a correlation with its test against 0 and its 95 % interval.
type Correlation struct {
	R         float64
	N         int
	T, DF, P  float64 // Student's t with DF degrees of freedom
	Low, High float64 // Fisher's z
}

// Pearson is the product-moment correlation, as R's cor.test. It panics if the lengths differ; R is NaN where a side
// is constant.
func Pearson(x, y []float64) Correlation {
	return correlated(stat.Correlation(x, y, nil), len(x), 0)
}

// correlated adds test and interval to a correlation from n points of which k variables are held fixed.
func correlated(r float64, n, k int) Correlation {
	r = math.Max(-1, math.Min(1, r))
	c := Correlation{R: r, N: n, DF: float64(n - 2 - k)}
	c.T = r * math.Sqrt(c.DF/(1-r*r))
	c.P = studentP(c.T, c.DF)
	c.Low, c.High = fisherInterval(r, float64(n-3-k))
	return c
}

// fisherInterval is tanh(atanh r +- 1.96/sqrt(df)); both ends NaN where df is not positive.
func fisherInterval(r, df float64) (low, high float64) {
	if !(df > 0) {
		return math.NaN(), math.NaN()
	}
	half := normalQuantile(.975) / math.Sqrt(df)
	return math.Tanh(math.Atanh(r) - half), math.Tanh(math.Atanh(r) + half)
}
