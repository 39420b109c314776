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

// relativeImportance computes all of it from columns that already have their fixed effects out, or none. The error is
// ErrCollinear or too many columns.
func relativeImportance(x [][]float64, y []float64) (*Importance, error) {
	p := len(x)
	if p == 0 || p > maxImportance {
		return nil, fmt.Errorf("%d conditions: importance is computed for 1 to %d", p, maxImportance)
	}
	q := p + 1
	cross := make([]float64, q*q)
	for a := range p {
		for b := a; b < p; b++ {
			cross[a*q+b] = stat.Correlation(x[a], x[b], nil)
		}
		cross[a*q+a], cross[a*q+p] = 1, stat.Correlation(x[a], y, nil)
	}
	cross[p*q+p] = 1
	return importanceOf(cross, p)
}

// importanceOf is RelativeImportance from the products of p columns and, last, the outcome; the upper triangle is read.
func importanceOf(products []float64, p int) (*Importance, error) {
	q := p + 1
	cross := make([]float64, q*q)
	r := mat.NewSymDense(p, nil)
	ry := make([]float64, p)
	for a := range q {
		for b := a; b < q; b++ {
			cross[a*q+b] = products[a*q+b] / math.Sqrt(products[a*q+a]*products[b*q+b])
			if b < p {
				r.SetSym(a, b, cross[a*q+b])
			} else if a < p {
				ry[a] = cross[a*q+b]
			}
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
	sub := newSubsets(p)
	r2 := sub.shares(cross)
	all := len(r2) - 1
	im.R2 = r2[all]
	im.LMG = sub.shapley(r2)
	inverse := symPower(r, -1, 0)
	root := symPower(r, .5, 0)
	rootInverse := symPower(r, -.5, 0)
	for a := range p {
		bit := 1 << a
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

// subsets visits every subset of columns. It keeps its memory from one call to the next.
type subsets struct {
	p      int
	levels [][]float64
	r2     []float64
	weight []float64 // by size of the subset, see shapleyWeights
	fold   []float64
}

func newSubsets(p int) *subsets {
	s := &subsets{p: p, r2: make([]float64, 1<<p), weight: append(shapleyWeights(p), 0), fold: make([]float64, 1<<p)}
	for range p {
		s.levels = append(s.levels, make([]float64, (p+1)*(p+1)))
	}
	return s
}

// shares returns R^2 of every subset from the products of the columns and, last, the outcome. A subset is its parent (without the
// highest column) eliminated once more; later columns are all that is still needed of the matrix, so that the many large subsets
// cost next to nothing. A column that the ones before it explain wholly adds nothing. The result is overwritten by the next call.
func (s *subsets) shares(cross []float64) []float64 {
	p, q := s.p, s.p+1
	total := cross[p*q+p]
	s.r2[0] = 0
	var visit func(m []float64, from, set, depth int)
	visit = func(m []float64, from, set, depth int) {
		for k := from; k < p; k++ {
			next := set | 1<<k
			d := m[k*q+k]
			if d <= 1e-12*cross[k*q+k] {
				d = math.Inf(1)
			}
			if k == p-1 {
				s.r2[next] = 1 - (m[p*q+p]-m[k*q+p]*m[k*q+p]/d)/total
				return
			}
			to := s.levels[depth]
			for i := k + 1; i < q; i++ {
				f := m[k*q+i] / d
				for j := i; j < q; j++ {
					to[i*q+j] = m[i*q+j] - f*m[k*q+j]
				}
			}
			s.r2[next] = 1 - to[p*q+p]/total
			visit(to, k+1, next, depth+1)
		}
	}
	visit(cross, 0, 0, 0)
	return s.r2
}

// shapley is the mean gain of each column over all orders. A subset counts for its members by the weight of its size less one, against all
// others by that of its size; the sum over the subsets of one column is had by folding halves onto each other.
func (s *subsets) shapley(r2 []float64) []float64 {
	out := make([]float64, s.p)
	var against float64
	for set, v := range r2 {
		n := bits.OnesCount(uint(set))
		against += s.weight[n] * v
		if s.fold[set] = 0; n > 0 {
			s.fold[set] = (s.weight[n-1] + s.weight[n]) * v
		}
	}
	for k := s.p - 1; k >= 0; k-- {
		half := 1 << k
		low, high := s.fold[:half], s.fold[half:2*half]
		for i, v := range high {
			out[k] += v
			low[i] += v
		}
		out[k] -= against
	}
	return out
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
