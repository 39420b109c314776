package fit

import (
	"math"
	"sync"

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
	reach := 1.0 // size of the last coefficient relative to the first, near enough to know when to look
	for k := 0; ; k++ {
		q := basis[k]
		next := make([]float64, len(v))
		times(next, q)
		alpha = append(alpha, floats.Dot(q, next))
		clean(next)
		for _, b := range basis {
			floats.AddScaled(next, -floats.Dot(b, next), b)
		}
		b := floats.Norm(next, 2)
		reach *= b / alpha[k]
		last := b <= 1e-13 || k+1 >= len(v)-len(null)
		if last || reach < 1e-13 {
			f, ok := tridiagonalRoot(alpha, beta)
			if !ok {
				return nil, false
			}
			if last || math.Abs(f[k]) <= 1e-12*math.Abs(f[0]) {
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
// off-diagonal. It reports false where T is singular.
func tridiagonalRoot(alpha, beta []float64) ([]float64, bool) {
	n := len(alpha)
	low, high := math.Inf(1), 0.0 // Gershgorin
	for i, a := range alpha {
		var off float64
		if i > 0 {
			off += beta[i-1]
		}
		if i < n-1 {
			off += beta[i]
		}
		low, high = math.Min(low, a-off), math.Max(high, a+off)
	}
	if low > 0 && high <= rootSpread*low {
		return quadratureRoot(alpha, beta, low), true
	}
	return eigenRoot(alpha, beta)
}

// eigenRoot is tridiagonalRoot for any spectrum, by eigenvalues.
func eigenRoot(alpha, beta []float64) ([]float64, bool) {
	n := len(alpha)
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

// rootSpread is the ratio of eigenvalues up to which the quadrature below is exact to rounding.
const rootSpread = 20

// rootNodes are shifts s and factors c with x^{-1/2} = sum c/(x+s) for 1 <= x <= rootSpread to rounding: the trapezoidal rule for
// x^{-1/2} = (2/pi) times the integral of dt/(t^2+x), after the substitution by elliptic functions of Hale,
// Higham and Trefethen (2008), whose error falls by a factor of about 25 with each node here.
var rootNodes = sync.OnceValue(func() (nodes [][2]float64) {
	const n = 14
	const k2 = 1.0 / rootSpread // complementary parameter
	quarter := math.Pi / 2 / agm(1, math.Sqrt(k2))
	for j := range n {
		sn, cn, dn := jacobi((float64(j)+.5)*quarter/n, 1-k2)
		nodes = append(nodes, [2]float64{sn * sn / (cn * cn), 2 * quarter / (math.Pi * n) * dn / (cn * cn)})
	}
	return nodes
})

func agm(a, b float64) float64 {
	for math.Abs(a-b) > 1e-15*a {
		a, b = (a+b)/2, math.Sqrt(a*b)
	}
	return a
}

// jacobi returns the elliptic functions sn, cn, dn of u for the parameter m (Abramowitz and Stegun 16.4).
func jacobi(u, m float64) (sn, cn, dn float64) {
	a, c := []float64{1}, []float64{math.Sqrt(m)}
	b := math.Sqrt(1 - m)
	for c[len(c)-1] > 1e-16 {
		last := a[len(a)-1]
		a, c = append(a, (last+b)/2), append(c, (last-b)/2)
		b = math.Sqrt(last * b)
	}
	n := len(a) - 1
	phi := math.Ldexp(a[n]*u, n)
	before := phi
	for ; n > 0; n-- {
		before = phi
		phi = (phi + math.Asin(c[n]*math.Sin(phi)/a[n])) / 2
	}
	return math.Sin(phi), math.Cos(phi), math.Cos(phi) / math.Cos(before-phi)
}

// quadratureRoot is tridiagonalRoot where the eigenvalues lie between low and rootSpread*low.
func quadratureRoot(alpha, beta []float64, low float64) []float64 {
	n := len(alpha)
	out, pivot, z := make([]float64, n), make([]float64, n), make([]float64, n)
	for _, node := range rootNodes() {
		shift := node[0] * low
		pivot[0], z[0] = alpha[0]+shift, 1
		for i := 1; i < n; i++ {
			f := beta[i-1] / pivot[i-1]
			pivot[i] = alpha[i] + shift - f*beta[i-1]
			z[i] = -f * z[i-1]
		}
		z[n-1] /= pivot[n-1]
		for i := n - 2; i >= 0; i-- {
			z[i] = (z[i] - beta[i]*z[i+1]) / pivot[i]
		}
		floats.AddScaled(out, node[1]*math.Sqrt(low), z)
	}
	return out
}
