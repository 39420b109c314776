package fit

import (
	"math"
)

// Trend is the Mann-Kendall test of a series in time order against no trend, variance corrected for ties, with continuity
// correction. A series that persists should be pre-whitened first: persistence looks like trend.
type Trend struct{ S, Var, Z, P float64 }

// mannKendall computes it.
func mannKendall(x []float64) Trend {
	var t Trend
	for i := range x {
		for j := range i {
			t.S += sign(x[i] - x[j])
		}
	}
	n := float64(len(x))
	_, _, ties := tieSums(x)
	t.Var = (n*(n-1)*(2*n+5) - ties) / 18
	t.Z = (t.S - sign(t.S)) / math.Sqrt(t.Var)
	t.P = normalP(t.Z)
	return t
}

// Break is the best single change of level of a series.
type Break struct {
	F     float64 // the largest F over break points
	At    int     // last row before the change, counted from 1
	P     float64 // of the search over break points
	Trim  float64
	Steps int // break points looked at
}

// changeOfLevel looks for one change of the mean, leaving the share trim at both ends (.15 as a rule; Andrews 1993). The p is the tail
// approximation of James, James and Siegmund (1987), good where it is small.
func changeOfLevel(x []float64, trim float64) Break {
	n := len(x)
	m := exactMean(x)
	var total float64
	sums := make([]float64, n+1)
	for i, v := range x {
		total += (v - m) * (v - m)
		sums[i+1] = sums[i] + (v - m)
	}
	b := Break{Trim: trim}
	from, to := int(math.Floor(trim*float64(n))), n-int(math.Floor(trim*float64(n)))
	for k := max(from, 1); k <= min(to, n-1); k++ {
		gain := sums[k] * sums[k] * float64(n) / (float64(k) * float64(n-k))
		f := gain / ((total - gain) / float64(n-2))
		b.Steps++
		if f > b.F {
			b.F, b.At = f, k
		}
	}
	lambda := math.Log((1 - trim) * (1 - trim) / (trim * trim))
	b.P = math.Min(1, math.Sqrt(b.F/2)*math.Exp(-b.F/2)/math.Gamma(.5)*((1-1/b.F)*lambda+2/b.F))
	if b.F < 1.5 {
		b.P = 1
	}
	return b
}

// Cusum is the largest excursion of the cumulated residuals about the mean, over sigma sqrt(n), with the p of the supremum of
// a Brownian bridge (Ploberger and Kraemer 1992).
func Cusum(x []float64) (stat, p float64) {
	n := float64(len(x))
	d := Describe(x)
	var sum float64
	for _, v := range x {
		sum += v - d.Mean
		stat = math.Max(stat, math.Abs(sum))
	}
	stat /= d.SD * math.Sqrt(n)
	for k := 1; k < 100; k++ {
		term := 2 * math.Exp(-2*float64(k*k)*stat*stat)
		if k%2 == 0 {
			term = -term
		}
		p += term
	}
	return stat, math.Max(0, math.Min(1, p))
}

// Limits are the limits of a process-behaviour chart of single values (XmR): mean +- 2.66 mean moving range.
type Limits struct{ Mean, MovingRange, Low, High float64 }

// processLimits computes them.
func processLimits(x []float64) Limits {
	l := Limits{Mean: exactMean(x)}
	for i := 1; i < len(x); i++ {
		l.MovingRange += math.Abs(x[i]-x[i-1]) / float64(len(x)-1)
	}
	l.Low, l.High = l.Mean-2.66*l.MovingRange, l.Mean+2.66*l.MovingRange
	return l
}

// vonNeumann is the mean squared step over the variance: 2 for a series without memory, less for one that persists.
func vonNeumann(x []float64) float64 {
	var num float64
	for i := 1; i < len(x); i++ {
		num += (x[i] - x[i-1]) * (x[i] - x[i-1])
	}
	n := float64(len(x))
	return num / (Describe(x).Var * (n - 1))
}
