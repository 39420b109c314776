package fit

import "math"

// disattenuated is a correlation corrected for the reliabilities of both sides (Spearman 1904). It may pass +-1: then the
// reliabilities are too low for what was observed, and a caller has to say so.
func disattenuated(r, reliabilityX, reliabilityY float64) float64 {
	return r / math.Sqrt(reliabilityX*reliabilityY)
}

// SpearmanBrown is the reliability of a mean of times as many parts.
func SpearmanBrown(reliability, times float64) float64 {
	return times * reliability / (1 + (times-1)*reliability)
}

// pointsForR is the number of independent points with which a correlation of r is seen with power .8, two-sided 5 %.
func pointsForR(r float64) int {
	z := (normalQuantile(.975) + normalQuantile(.8)) / math.Atanh(math.Abs(r))
	return int(math.Ceil(z*z + 3))
}

// detectableR is the correlation that n independent points show with power .8. NaN for n of 3 or less.
func detectableR(n float64) float64 {
	if n <= 3 {
		return math.NaN()
	}
	return math.Tanh((normalQuantile(.975) + normalQuantile(.8)) / math.Sqrt(n-3))
}

// powerForR is the power of n independent points against a correlation of r, two-sided 5 %, by Fisher's z.
func powerForR(r, n float64) float64 {
	shift, z := math.Abs(math.Atanh(r))*math.Sqrt(n-3), normalQuantile(.975)
	return .5*math.Erfc((z-shift)/math.Sqrt2) + .5*math.Erfc((z+shift)/math.Sqrt2)
}

// effectivePoints is the number of independent points that n points of two autoregressive series of first
// autocorrelations a and b are worth (Bartlett 1935).
func effectivePoints(n, a, b float64) float64 { return n * (1 - a*b) / (1 + a*b) }

// DetectableSlope is the slope that is seen with power .8 where its standard error is se with df degrees of freedom.
func DetectableSlope(se, df float64) float64 { return detectable(.05, se, df) }

// detectable is the slope that passes a two-sided test at level alpha with power .8.
func detectable(alpha, se, df float64) float64 {
	return (studentQuantile(1-alpha/2, df) + studentQuantile(.8, df)) * se
}
