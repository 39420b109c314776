package fit

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// Moments describe a sample.
type Moments struct {
	Mean, Var, SD  float64 // variance with n-1
	Skew, Kurtosis float64 // b1 = m3/s^3, b2 = m4/s^4 - 3, m with divisor n, s with n-1 (type 3 of Joanes and Gill 1998)
	Autocorr1      float64 // first autocorrelation
}

// Describe computes moments in two passes with a mean corrected for rounding and sums in twice the working precision: data
// with many equal leading digits lose nothing.
func Describe(x []float64) Moments {
	n := float64(len(x))
	mean := exactMean(x)
	low := 0.0 // what the mean lost to rounding
	for _, v := range x {
		low += v - mean
	}
	low /= n
	var m2, m3, m4, lag float64
	for i, v := range x {
		d := (v - mean) - low
		m2 += d * d
		m3 += d * d * d
		m4 += d * d * d * d
		if i > 0 {
			lag += d * ((x[i-1] - mean) - low)
		}
	}
	m := Moments{Mean: mean, Var: m2 / (n - 1), Autocorr1: lag / m2}
	m.SD = math.Sqrt(m.Var)
	m.Skew = m3 / n / (m.SD * m.SD * m.SD)
	m.Kurtosis = m4/n/(m.Var*m.Var) - 3
	return m
}

// exactMean is the mean with a compensated sum.
func exactMean(x []float64) float64 { return floats.SumCompensated(x) / float64(len(x)) }

// Quantile is the sample quantile of one of the nine types of Hyndman and Fan (1996), 7 being R's default. It panics on an
// empty sample or another type.
func Quantile(x []float64, p float64, kind int) float64 {
	s := slices.Clone(x)
	slices.Sort(s)
	n := float64(len(s))
	at := func(k float64) float64 { return s[int(math.Max(1, math.Min(n, k)))-1] }
	var a, b float64
	switch kind {
	case 1, 2, 3:
		m := 0.0
		if kind == 3 {
			m = -.5
		}
		h := n*p + m
		j := math.Floor(h + 4*2.220446e-16)
		switch g := h - j; {
		case kind == 1 && g > 4e-16*n, kind == 2 && g > 4e-16*n:
			return at(j + 1)
		case kind == 1:
			return at(j)
		case kind == 2:
			return (at(j) + at(j+1)) / 2
		case g > 4e-16*n || math.Mod(j, 2) != 0:
			return at(j + 1)
		default:
			return at(j)
		}
	case 4:
		a, b = 0, 1
	case 5:
		a, b = .5, .5
	case 6:
		a, b = 0, 0
	case 7:
		a, b = 1, 1
	case 8:
		a, b = 1./3, 1./3
	case 9:
		a, b = 3./8, 3./8
	default:
		panic("fit: quantile types are 1 to 9")
	}
	h := a + p*(n+1-a-b)
	j := math.Floor(h + 4*2.220446e-16)
	g := h - j
	if math.Abs(g) < 4*2.220446e-16 {
		g = 0
	}
	return at(j) + g*(at(j+1)-at(j))
}

// mad is the median absolute deviation from the median, scaled to the standard deviation of a normal sample.
func mad(x []float64) float64 {
	m := Quantile(x, .5, 7)
	d := make([]float64, len(x))
	for i, v := range x {
		d[i] = math.Abs(v - m)
	}
	return 1.4826 * Quantile(d, .5, 7)
}

// WeightedMoments keeps the kinds of weights apart: a frequency weight counts observations, a reliability weight says how
// much one observation is worth.
type WeightedMoments struct {
	Mean           float64
	VarFrequency   float64 // / (sum w - 1)
	VarReliability float64 // / (sum w - sum w^2 / sum w)
	VarML          float64 // / sum w
	Kish           float64 // (sum w)^2 / sum w^2, the number of observations the weights are worth
}

// describeWeighted computes them.
func describeWeighted(x, w []float64) WeightedMoments {
	var sw, sww, sx, ss float64
	for i, v := range w {
		sw += v
		sww += v * v
		sx += v * x[i]
	}
	mean := sx / sw
	for i, v := range w {
		ss += v * (x[i] - mean) * (x[i] - mean)
	}
	return WeightedMoments{mean, ss / (sw - 1), ss / (sw - sww/sw), ss / sw, sw * sw / sww}
}

// WeightedKind is a definition of the weighted quantile.
type WeightedKind int

const (
	WeightedFrequency WeightedKind = iota // weights count observations; type 7 of the expanded sample
	WeightedOverN                         // linear between cumulative weights i/n
	WeightedOverNPlus                     // linear between cumulative weights i/(n+1)
)

// weightedQuantile is the quantile under weights, as Hmisc::wtd.quantile.
func weightedQuantile(x, w []float64, p float64, kind WeightedKind) float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(sign(x[a] - x[b])) })
	var at, cumulative []float64
	var n float64
	for _, i := range order {
		if n += w[i]; len(at) > 0 && at[len(at)-1] == x[i] {
			cumulative[len(at)-1] = n
			continue
		}
		at, cumulative = append(at, x[i]), append(cumulative, n)
	}
	if kind == WeightedFrequency {
		// The smallest value whose cumulative weight reaches k.
		reach := func(k float64) float64 {
			i, _ := slices.BinarySearch(cumulative, k)
			return at[min(i, len(at)-1)]
		}
		h := 1 + (n-1)*p
		low := math.Max(math.Floor(h), 1)
		high := math.Min(low+1, n)
		part := h - math.Floor(h)
		return (1-part)*reach(low) + part*reach(high)
	}
	total := n
	if kind == WeightedOverNPlus {
		total++
	}
	before, value := 0.0, at[0]
	for i, c := range cumulative {
		share := c / total
		if p <= share {
			if share == before {
				return at[i]
			}
			return value + (at[i]-value)*(p-before)/(share-before)
		}
		before, value = share, at[i]
	}
	return value
}
