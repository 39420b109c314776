package worlds

import (
	"math"
	"math/rand/v2"
)

// source is where a world's chance comes from.
type source struct{ *rand.Rand }

func newSource(seed uint64) source {
	return source{rand.New(rand.NewPCG(seed, 0x776f726c6473))}
}

// normals are n draws with mean 0 and sd 1.
func (s source) normals(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = s.NormFloat64()
	}
	return v
}

// ar1 is width stationary AR(1) series of sd 1, time by time: the i-th at time t is at t*width+i.
func (s source) ar1(rho float64, times, width int) []float64 {
	z := s.normals(times * width)
	fresh := math.Sqrt(1 - rho*rho)
	for i := width; i < len(z); i++ {
		z[i] = rho*z[i-width] + fresh*z[i]
	}
	return z
}

// chunk bounds the work and keeps the first term of an inversion from underflowing; sums of chunks are exact.
const chunk = 300

// poisson draws by inversion.
func (s source) poisson(mean float64) int {
	n := 0
	for ; mean > chunk; mean -= chunk {
		n += s.poissonBelow(chunk)
	}
	return n + s.poissonBelow(mean)
}

func (s source) poissonBelow(mean float64) int {
	u, p, k := s.Float64(), math.Exp(-mean), 0
	for u > p && k < 100*chunk {
		u -= p
		k++
		p *= mean / float64(k)
	}
	return k
}

// binomial draws by inversion, from the side where there is less to add up.
func (s source) binomial(n int, p float64) int {
	switch {
	case p <= 0:
		return 0
	case p >= 1:
		return n
	case p > .5:
		return n - s.binomial(n, 1-p)
	}
	k := 0
	for ; n > chunk; n -= chunk {
		k += s.binomialBelow(chunk, p)
	}
	return k + s.binomialBelow(n, p)
}

func (s source) binomialBelow(n int, p float64) int {
	u, odds, k := s.Float64(), p/(1-p), 0
	for q := math.Pow(1-p, float64(n)); u > q && k < n; {
		u -= q
		k++
		q *= odds * float64(n-k+1) / float64(k)
	}
	return k
}

// normalCDF is the probability of a standard normal below z.
func normalCDF(z float64) float64 { return .5 * math.Erfc(-z/math.Sqrt2) }
