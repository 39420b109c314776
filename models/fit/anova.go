package fit

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Anova is the one-way analysis of variance.
type Anova struct {
	SSB, SSW   float64
	DF1, DF2   float64
	F, P, Eta2 float64
	Sigma      float64 // residual standard deviation
}

// OneWay compares the means of groups. Sums are taken about the grand mean first and about group means of what is left, so
// that data with many equal leading digits lose nothing.
func OneWay(group []string, y []float64) Anova {
	_, values := split(group, centredCopy(y))
	n, g := float64(len(y)), float64(len(values))
	var all []float64
	for _, v := range values {
		all = append(all, v...)
	}
	grand := exactMean(all)
	a := Anova{DF1: g - 1, DF2: n - g}
	for _, v := range values {
		m := exactMean(v)
		a.SSB += float64(len(v)) * (m - grand) * (m - grand)
		for _, x := range v {
			a.SSW += (x - m) * (x - m)
		}
	}
	a.F = a.SSB / a.DF1 / (a.SSW / a.DF2)
	a.P = distuv.F{D1: a.DF1, D2: a.DF2}.Survival(a.F)
	a.Eta2 = a.SSB / (a.SSB + a.SSW)
	a.Sigma = math.Sqrt(a.SSW / a.DF2)
	return a
}

// centredCopy subtracts a value near the mean that is exact to subtract, and then the mean of what is left.
func centredCopy(y []float64) []float64 {
	out := make([]float64, len(y))
	for i, v := range y {
		out[i] = v - y[0]
	}
	m := exactMean(out)
	for i := range out {
		out[i] -= m
	}
	return out
}

// Welch compares means without assuming equal variances (Welch 1951).
func Welch(group []string, y []float64) (f, df1, df2, p float64) {
	_, values := split(group, y)
	k := float64(len(values))
	var sw, swm float64
	w, m := make([]float64, len(values)), make([]float64, len(values))
	for i, v := range values {
		d := Describe(v)
		m[i], w[i] = d.Mean, float64(len(v))/d.Var
		sw += w[i]
		swm += w[i] * m[i]
	}
	var tmp float64
	for i, v := range values {
		q := 1 - w[i]/sw
		tmp += q * q / float64(len(v)-1)
		f += w[i] * (m[i] - swm/sw) * (m[i] - swm/sw)
	}
	tmp /= k*k - 1
	f /= (k - 1) * (1 + 2*(k-2)*tmp)
	df1, df2 = k-1, 1/(3*tmp)
	return f, df1, df2, distuv.F{D1: df1, D2: df2}.Survival(f)
}

// kruskalWallis compares groups by ranks, ties corrected, chi-squared.
func kruskalWallis(group []string, y []float64) (h, p float64) {
	ranks, ties := Ranks(y)
	_, values := split(group, ranks)
	n := float64(len(y))
	for _, v := range values {
		var s float64
		for _, r := range v {
			s += r
		}
		h += s * s / float64(len(v))
	}
	h = (12*h/(n*(n+1)) - 3*(n+1)) / (1 - ties/(n*n*n-n))
	return h, distuv.ChiSquared{K: float64(len(values) - 1)}.Survival(h)
}

// levene tests equal variances by the analysis of absolute deviations from group medians (Brown and Forsythe 1974).
func levene(group []string, y []float64) Anova {
	names, values := split(group, y)
	median := map[string]float64{}
	for i, v := range values {
		median[names[i]] = Quantile(v, .5, 7)
	}
	d := make([]float64, len(y))
	for i, v := range y {
		d[i] = math.Abs(v - median[group[i]])
	}
	return OneWay(group, d)
}
