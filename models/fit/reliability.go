package fit

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Aggregation says whether answers of one group resemble each other enough to speak of the group.
type Aggregation struct {
	Groups     int
	MSB, MSW   float64
	F, P       float64
	MeanSize   float64
	Size       float64 // k0 = (N - sum n^2/N)/(G-1), the size that counts where groups differ
	ICC1       float64 // reliability of one answer, with k0
	ICC1Mean   float64 // the same with the mean size, as multilevel::ICC1
	ICC2       float64 // reliability of a group's mean, (MSB-MSW)/MSB
	VarBetween float64 // REML variance components
	VarWithin  float64
	ICC1REML   float64
}

// aggregate computes reliabilities from answers x in groups (Bliese 2000). Fewer than two groups, or one answer in each,
// give NaN.
func aggregate(group []string, x []float64) Aggregation {
	_, values := split(group, x)
	n, g := float64(len(x)), float64(len(values))
	grand := exactMean(x)
	var ssb, ssw, squares float64
	for _, v := range values {
		m := exactMean(v)
		ssb += float64(len(v)) * (m - grand) * (m - grand)
		for _, a := range v {
			ssw += (a - m) * (a - m)
		}
		squares += float64(len(v) * len(v))
	}
	a := Aggregation{Groups: len(values), MSB: ssb / (g - 1), MSW: ssw / (n - g), MeanSize: n / g, Size: (n - squares/n) / (g - 1)}
	a.F = a.MSB / a.MSW
	a.P = distuv.F{D1: g - 1, D2: n - g}.Survival(a.F)
	icc := func(k float64) float64 { return (a.MSB - a.MSW) / (a.MSB + (k-1)*a.MSW) }
	a.ICC1, a.ICC1Mean, a.ICC2 = icc(a.Size), icc(a.MeanSize), (a.MSB-a.MSW)/a.MSB
	a.VarBetween, a.VarWithin = varianceComponents(values)
	a.ICC1REML = a.VarBetween / (a.VarBetween + a.VarWithin)
	return a
}

// MeanReliability is the reliability of the mean of k answers where one answer has the reliability icc1.
func MeanReliability(icc1, k float64) float64 { return SpearmanBrown(icc1, k) }

// split sorts values by group, groups by name.
func split(group []string, x []float64) (names []string, values [][]float64) {
	names = slices.Clone(group)
	slices.Sort(names)
	names = slices.Compact(names)
	values = make([][]float64, len(names))
	for i, g := range group {
		k, _ := slices.BinarySearch(names, g)
		values[k] = append(values[k], x[i])
	}
	return names, values
}

// varianceComponents are the REML estimates of a one-way random model. For a ratio of variances the others have a closed
// form, so that the likelihood is maximised over that ratio alone.
func varianceComponents(values [][]float64) (between, within float64) {
	n := 0
	for _, v := range values {
		n += len(v)
	}
	var ssw float64
	for _, v := range values {
		m := exactMean(v)
		for _, a := range v {
			ssw += (a - m) * (a - m)
		}
	}
	// Deviance (-2 log L up to a constant) and sigma^2 for theta = between/within.
	profile := func(theta float64) (dev, sigma2 float64) {
		var sw, swm, logs float64
		for _, v := range values {
			k := float64(len(v))
			w := k / (1 + k*theta)
			sw += w
			swm += w * exactMean(v)
			logs += math.Log1p(k * theta)
		}
		mu := swm / sw
		rss := ssw
		for _, v := range values {
			k := float64(len(v))
			d := exactMean(v) - mu
			rss += k / (1 + k*theta) * d * d
		}
		sigma2 = rss / float64(n-1)
		return float64(n-1)*math.Log(sigma2) + logs + math.Log(sw), sigma2
	}
	theta := minimise(func(u float64) float64 { d, _ := profile(u * u); return d }, 0, 100)
	theta *= theta
	_, within = profile(theta)
	return theta * within, within
}

// minimise finds the minimum of a function on an interval by golden sections after a coarse scan on a logarithmic grid.
func minimise(f func(float64) float64, lo, hi float64) float64 {
	const steps = 200
	best, at := math.Inf(1), 0
	grid := make([]float64, steps+1)
	for i := range grid {
		grid[i] = lo + (hi-lo)*(math.Expm1(8*float64(i)/steps)/math.Expm1(8))
		if v := f(grid[i]); v < best {
			best, at = v, i
		}
	}
	a, b := grid[max(at-1, 0)], grid[min(at+1, steps)]
	const ratio = 0.6180339887498949
	c, d := b-ratio*(b-a), a+ratio*(b-a)
	fc, fd := f(c), f(d)
	for b-a > 1e-10*(1+math.Abs(b)) {
		if fc < fd {
			b, d, fd = d, c, fc
			c = b - ratio*(b-a)
			fc = f(c)
		} else {
			a, c, fc = c, d, fd
			d = a + ratio*(b-a)
			fd = f(d)
		}
	}
	if mid := (a + b) / 2; f(mid) <= f(grid[at]) {
		return mid
	}
	return grid[at]
}

// agreement is rwg = 1 - s^2/v of one group's answers on a scale of steps, v the variance (steps^2-1)/12 of answers that are
// spread evenly; negative values are 0 (James, Demaree and Wolf 1984). It is evidence of agreement only beside the
// standard error: with few raters it passes .7 by chance.
func agreement(x []float64, steps int) float64 {
	return math.Max(0, 1-stat.Variance(x, nil)/evenVariance(steps))
}

func evenVariance(steps int) float64 { return (float64(steps*steps) - 1) / 12 }

// agreementItems is rwg(j) over several items, one slice an item: the Spearman-Brown form of James, Demaree and Wolf, and
// the form of Lindell, Brandt and Whitney (1999), which does not grow with the number of items.
func agreementItems(items [][]float64, steps int) (rwgj, lindell float64) {
	j := float64(len(items))
	var mean float64
	for _, x := range items {
		mean += stat.Variance(x, nil) / j
	}
	ratio := mean / evenVariance(steps)
	if ratio > 1 {
		return 0, 0
	}
	return j * (1 - ratio) / (j*(1-ratio) + ratio), 1 - ratio
}

// deviation is AD_M: the mean over items of the mean absolute deviation from the item's mean (Burke, Finkelstein and
// Dusig 1999).
func deviation(items [][]float64) float64 {
	var out float64
	for _, x := range items {
		m := exactMean(x)
		var d float64
		for _, v := range x {
			d += math.Abs(v - m)
		}
		out += d / float64(len(x)) / float64(len(items))
	}
	return out
}

// Alpha is Cronbach's alpha of items, one slice an item, raw and standardised (from the mean correlation). Across teams the
// answers should be centred by team first, else differences between teams pass for consistency.
func Alpha(items [][]float64) (raw, standardised float64) {
	k := float64(len(items))
	sum := make([]float64, len(items[0]))
	var own, r float64
	for i, x := range items {
		own += stat.Variance(x, nil)
		for t, v := range x {
			sum[t] += v
		}
		for _, y := range items[:i] {
			r += stat.Correlation(x, y, nil)
		}
	}
	r /= k * (k - 1) / 2
	return k / (k - 1) * (1 - own/stat.Variance(sum, nil)), k * r / (1 + (k-1)*r)
}
