package fit

import (
	"math"
	"sort"
)

// Difference is one comparison of two group means with Tukey's 95 % interval and p over all comparisons.
type Difference struct {
	A, B               string // A minus B
	Diff, Low, High, P float64
}

// Tukey compares every pair of groups (Tukey and Kramer), later names minus earlier ones.
func Tukey(group []string, y []float64) []Difference {
	names, values := split(group, y)
	a := OneWay(group, y)
	k := len(names)
	critical := rangeQuantile(.95, k, a.DF2)
	var out []Difference
	for j := range names {
		for i := j + 1; i < k; i++ {
			d := Difference{A: names[i], B: names[j], Diff: exactMean(values[i]) - exactMean(values[j])}
			se := a.Sigma * math.Sqrt((1/float64(len(values[i]))+1/float64(len(values[j])))/2)
			d.Low, d.High = d.Diff-critical*se, d.Diff+critical*se
			d.P = 1 - rangeCDF(math.Abs(d.Diff)/se, k, a.DF2)
			out = append(out, d)
		}
	}
	return out
}

// rangeCDF is the distribution of the studentised range of k normal means with df degrees of freedom. Both integrals have smooth
// integrands that vanish at the ends, where the trapezoidal rule converges faster than any power.
func rangeCDF(q float64, k int, df float64) float64 {
	if q <= 0 {
		return 0
	}
	const steps = 160
	phi := func(z float64) float64 { return .5 * math.Erfc(-z/math.Sqrt2) }
	inner := func(w float64) float64 {
		var sum float64
		const from, to = -8.0, 8.0
		h := (to - from) / steps
		for i := range steps + 1 {
			z := from + h*float64(i)
			sum += math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) * math.Pow(math.Max(0, phi(z)-phi(z-w)), float64(k-1))
		}
		return math.Min(1, float64(k)*sum*h)
	}
	lg, _ := math.Lgamma(df / 2)
	// In u = log s the density of s = chi/sqrt(df) is 2 (df/2)^{df/2} / Gamma(df/2) exp(df (u - e^{2u}/2)).
	scale := math.Log(2) + df/2*math.Log(df/2) - lg
	width := 9 / math.Sqrt(df)
	from, to := -width-3/df, width
	h := (to - from) / steps
	var sum float64
	for i := range steps + 1 {
		u := from + h*float64(i)
		if d := math.Exp(scale + df*(u-math.Exp(2*u)/2)); d > 1e-18 {
			sum += d * inner(q*math.Exp(u))
		}
	}
	return math.Min(1, sum*h)
}

// rangeQuantile inverts rangeCDF.
func rangeQuantile(p float64, k int, df float64) float64 {
	hi := 4.0
	for rangeCDF(hi, k, df) < p {
		hi *= 2
	}
	lo := 0.0
	for hi-lo > 1e-9*hi {
		if mid := (lo + hi) / 2; rangeCDF(mid, k, df) < p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// theilSen is the median slope over all pairs of a series in time order (Sen 1968).
func theilSen(x []float64) float64 {
	var slopes []float64
	for i := range x {
		for j := range i {
			slopes = append(slopes, (x[i]-x[j])/float64(i-j))
		}
	}
	sort.Float64s(slopes)
	return Quantile(slopes, .5, 7)
}
