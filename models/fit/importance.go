package fit

import (
	"fmt"
	"math"
	"math/bits"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// Importance shares out R^2 among conditions. Importance is not an effect: it has no sign and says nothing of what would
// follow from a change.
type Importance struct {
	R2      float64
	LMG     []float64 // mean gain in R^2 over all orders (Lindeman, Merenda and Gold 1980), the Shapley value
	Johnson []float64 // relative weights (Johnson 2000)
	First   []float64 // R^2 alone
	Last    []float64 // gain when added last
	Pratt   []float64 // standardised slope times correlation; may be negative
	Beta    []float64 // standardised slopes
	VIF     []float64
	Eigen   []float64 // eigenvalues of the correlations, largest first; the first's share is the halo
}

// maxImportance is the number of conditions up to which all subsets are visited.
const maxImportance = 20

// RelativeImportance computes all of it from columns that already have their fixed effects out, or none. The error is
// ErrCollinear or too many columns.
func RelativeImportance(x [][]float64, y []float64) (*Importance, error) {
	p := len(x)
	if p == 0 || p > maxImportance {
		return nil, fmt.Errorf("%d conditions: importance is computed for 1 to %d", p, maxImportance)
	}
	r := mat.NewSymDense(p, nil)
	ry := make([]float64, p)
	for a := range p {
		ry[a] = stat.Correlation(x[a], y, nil)
		r.SetSym(a, a, 1)
		for b := range a {
			r.SetSym(a, b, stat.Correlation(x[a], x[b], nil))
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(r, true) {
		return nil, ErrCollinear
	}
	values := eigen.Values(nil)
	if values[0] < 1e-13*values[p-1] {
		return nil, ErrCollinear
	}
	im := &Importance{}
	for k := range p {
		im.Eigen = append(im.Eigen, values[p-1-k])
	}
	r2 := subsets(r, ry)
	all := len(r2) - 1
	im.R2 = r2[all]
	inverse := symPower(r, -1, 0)
	root := symPower(r, .5, 0)
	rootInverse := symPower(r, -.5, 0)
	weight := shapleyWeights(p)
	for a := range p {
		bit := 1 << a
		var lmg float64
		for s := range r2 {
			if s&bit == 0 {
				lmg += weight[bits.OnesCount(uint(s))] * (r2[s|bit] - r2[s])
			}
		}
		im.LMG = append(im.LMG, lmg)
		im.First = append(im.First, r2[bit])
		im.Last = append(im.Last, r2[all]-r2[all&^bit])
		var beta float64
		for b := range p {
			beta += inverse.At(a, b) * ry[b]
		}
		im.Beta = append(im.Beta, beta)
		im.Pratt = append(im.Pratt, beta*ry[a])
		im.VIF = append(im.VIF, inverse.At(a, a))
		var johnson float64
		for k := range p {
			var onZ float64 // slope on the k-th of the closest orthogonal columns
			for b := range p {
				onZ += rootInverse.At(k, b) * ry[b]
			}
			johnson += root.At(a, k) * root.At(a, k) * onZ * onZ
		}
		im.Johnson = append(im.Johnson, johnson)
	}
	return im, nil
}

// subsets returns R^2 for every subset of columns, by sweeping one column at a time: each subset is its parent (without the
// highest column) swept once more, 2^p sweeps in all.
func subsets(r *mat.SymDense, ry []float64) []float64 {
	p := len(ry)
	q := p + 1
	out := make([]float64, 1<<p)
	start := make([]float64, q*q)
	for a := range p {
		for b := range p {
			start[a*q+b] = r.At(a, b)
		}
		start[a*q+p], start[p*q+a] = ry[a], ry[a]
	}
	start[p*q+p] = 1
	level := make([][]float64, p+1)
	for i := range level {
		level[i] = make([]float64, q*q)
	}
	var visit func(m []float64, from, set, depth int)
	visit = func(m []float64, from, set, depth int) {
		out[set] = 1 - m[p*q+p]
		for k := from; k < p; k++ {
			next := level[depth]
			sweep(next, m, q, k)
			visit(next, k+1, set|1<<k, depth+1)
		}
	}
	visit(start, 0, 0, 0)
	return out
}

// sweep is the sweep operator on column k (Beaton 1964).
func sweep(dst, m []float64, q, k int) {
	d := m[k*q+k]
	for i := range q {
		f := m[i*q+k] / d
		for j := range q {
			dst[i*q+j] = m[i*q+j] - f*m[k*q+j]
		}
	}
	for i := range q {
		dst[i*q+k] = -m[i*q+k] / d
		dst[k*q+i] = m[k*q+i] / d
	}
	dst[k*q+k] = 1 / d
}

// shapleyWeights are s!(p-s-1)!/p! by size s of a subset.
func shapleyWeights(p int) []float64 {
	out := make([]float64, p)
	for s := range out {
		a, _ := math.Lgamma(float64(s + 1))
		b, _ := math.Lgamma(float64(p - s))
		c, _ := math.Lgamma(float64(p + 1))
		out[s] = math.Exp(a + b - c)
	}
	return out
}
