package fit

import (
	"math"
	"slices"

	"insideout/models"
)

// maxWeightRatio bounds the largest over the smallest weight: the cap keeps one large team from being the result.
const maxWeightRatio = 10

// precisionWeights gives each cell of an outcome the weight 1/(tau^2 + se^2), of median 1 and bounded to a factor of
// root maxWeightRatio around it. tau^2 is the variance that sampling does not explain, by moments from the unweighted
// two-way fixed-effects residuals: E[RSS] = tau^2 df + sum (1-h) se^2. A cell whose standard error is not known counts as
// the least precise of those known. It returns nil where fewer than half are known or all weights are equal.
func precisionWeights(p *models.Panel, y *models.Series) (w []float64, known bool) {
	r := match(p, y.Valid, y.Valid, 0)
	se := r.take(y.SE, 0)
	worst, n := 0.0, 0
	for _, v := range se {
		if v >= 0 {
			n++
			worst = math.Max(worst, v)
		}
	}
	if n == 0 || 2*n < r.n() {
		return nil, false
	}
	for i, v := range se {
		if !(v >= 0) {
			se[i] = worst
		}
	}
	tau2, ok := excessVariance(r, r.take(y.Value, 0), se)
	if !ok {
		return nil, true
	}
	w = make([]float64, len(y.Value))
	all := make([]float64, len(se))
	for i, c := range r.cell {
		w[c] = 1 / (tau2 + se[i]*se[i])
		all[i] = w[c]
	}
	slices.Sort(all)
	median := all[len(all)/2]
	if math.IsInf(median, 0) {
		return nil, true
	}
	bound := math.Sqrt(maxWeightRatio)
	same := true
	for _, c := range r.cell {
		w[c] = math.Min(math.Max(w[c]/median, 1/bound), bound)
		same = same && w[c] == w[r.cell[0]]
	}
	if same {
		return nil, true
	}
	return w, true
}

// excessVariance is the variance of y about team and period effects beyond its sampling variance, by moments. It reports false
// where the effects leave no degree of freedom.
func excessVariance(r *rows, y, se []float64) (tau2 float64, ok bool) {
	a := absorb(r, nil)
	a.residual(y)
	var rss, sampling, df float64
	for i, left := range a.leverageLeft() {
		rss += y[i] * y[i]
		sampling += left * se[i] * se[i]
		df += left
	}
	if df < 1 {
		return 0, false
	}
	return math.Max(0, (rss-sampling)/df), true
}

// withinReliability is lambda_w = 1 - mean sampling variance / variance about team and period effects, the latter with
// residual degrees of freedom: the share of what moves inside teams that is not sampling noise. NaN where standard errors are
// known for fewer than half of the cells or nothing moves. It may be negative: scores then move less than noise would.
func withinReliability(p *models.Panel, x *models.Series) float64 {
	known := make([]bool, len(x.Valid))
	n, cells := 0, 0
	for i, ok := range x.Valid {
		if !ok {
			continue
		}
		cells++
		if x.SE[i] >= 0 {
			known[i] = true
			n++
		}
	}
	if n == 0 || 2*n < cells {
		return math.NaN()
	}
	r := match(p, known, known, 0)
	df := float64(r.n() - r.teams() - r.times + 1)
	if df < 1 {
		return math.NaN()
	}
	v := r.take(x.Value, 0)
	absorb(r, nil).residual(v)
	var rss, noise float64
	for i, c := range r.cell {
		rss += v[i] * v[i]
		noise += x.SE[c] * x.SE[c]
	}
	if rss <= 0 {
		return math.NaN()
	}
	return 1 - noise/float64(r.n())/(rss/df)
}
