package fit

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// CrossCorrelation is cor(x[t+lag], y[t]) with means and divisors of the whole series, as R's ccf. It panics if the lengths
// differ.
func CrossCorrelation(x, y []float64, lag int) float64 {
	if len(x) != len(y) {
		panic("fit: series differ in length")
	}
	mx, my := exactMean(x), exactMean(y)
	var xx, yy, xy float64
	for t := range x {
		xx += (x[t] - mx) * (x[t] - mx)
		yy += (y[t] - my) * (y[t] - my)
		if s := t + lag; s >= 0 && s < len(x) {
			xy += (x[s] - mx) * (y[t] - my)
		}
	}
	return xy / math.Sqrt(xx*yy)
}

// ljungBox tests the first autocorrelations of a series against none (Ljung and Box 1978), chi-squared with lags degrees of
// freedom.
func ljungBox(x []float64, lags int) (stat, p float64) {
	n := float64(len(x))
	for k := 1; k <= lags; k++ {
		r := CrossCorrelation(x, x, k)
		stat += r * r / (n - float64(k))
	}
	stat *= n * (n + 2)
	return stat, distuv.ChiSquared{K: float64(lags)}.Survival(stat)
}
