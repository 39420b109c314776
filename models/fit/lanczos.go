package fit

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// inverseRoot returns B^{-1/2} v for a symmetric positive semi-definite B given by its product, on the complement of null
// (unit vectors orthogonal to each other that span B's null space), by the Lanczos method with full reorthogonalisation.
// The eigenvalues of B lie close together in this package, so that a handful of steps is exact; at most as many as v
// has entries are taken. It reports false where B is singular beyond null in the direction of v: then a single team holds all the
// variation, and there is nothing to compare it with.
func inverseRoot(times func(dst, v []float64), v []float64, null [][]float64) ([]float64, bool) {
	clean := func(u []float64) {
		for _, q := range null {
			floats.AddScaled(u, -floats.Dot(q, u), q)
		}
	}
	u := append([]float64(nil), v...)
	before := floats.Norm(u, 2)
	clean(u)
	clean(u)
	norm := floats.Norm(u, 2)
	out := make([]float64, len(v))
	if norm <= 1e-13*before || norm == 0 {
		return out, true
	}
	floats.Scale(1/norm, u)
	basis := [][]float64{u}
	var alpha, beta []float64
	for k := 0; ; k++ {
		q := basis[k]
		next := make([]float64, len(v))
		times(next, q)
		alpha = append(alpha, floats.Dot(q, next))
		for range 2 {
			clean(next)
			for _, b := range basis {
				floats.AddScaled(next, -floats.Dot(b, next), b)
			}
		}
		b := floats.Norm(next, 2)
		last := b <= 1e-13 || k+1 >= len(v)-len(null)
		if last || k%2 == 1 {
			f, ok := tridiagonalRoot(alpha, beta)
			if !ok {
				return nil, false
			}
			if last || math.Abs(f[k])+math.Abs(f[max(k-1, 0)]) <= 1e-14*math.Abs(f[0]) {
				for i, b := range basis {
					floats.AddScaled(out, norm*f[i], b)
				}
				return out, true
			}
		}
		beta = append(beta, b)
		floats.Scale(1/b, next)
		basis = append(basis, next)
	}
}

// tridiagonalRoot returns the first column of T^{-1/2} for the symmetric tridiagonal T with the given diagonal and
// off-diagonal.
func tridiagonalRoot(alpha, beta []float64) ([]float64, bool) {
	n := len(alpha)
	if n == 1 {
		return []float64{1 / math.Sqrt(alpha[0])}, alpha[0] > 1e-10
	}
	t := mat.NewSymDense(n, nil)
	for i := range n {
		t.SetSym(i, i, alpha[i])
		if i > 0 {
			t.SetSym(i-1, i, beta[i-1])
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(t, true) {
		return nil, false
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	f := make([]float64, n)
	for k, value := range eigen.Values(nil) {
		if value <= 1e-10 {
			return nil, false
		}
		scale := vectors.At(0, k) / math.Sqrt(value)
		for i := range n {
			f[i] += scale * vectors.At(i, k)
		}
	}
	return f, true
}
