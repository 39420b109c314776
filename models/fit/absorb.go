package fit

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// absorbed is the team and period part of a weighted two-way fixed-effects fit, factored once for a pattern of present
// cells and shared by every condition that has this pattern.
//
// With D the dummies of teams and periods, W the weights and D- a generalised inverse, R = I - D (D'WD)- D'W takes
// the fixed effects out. The team dummies are eliminated first: row i of the team-centred period dummies is
// z_i = e_t(i) - omega_g, where omega_g holds the team's weights divided by their sum; what is left to invert
// is the periods-by-periods matrix Q = Z'WZ. Everything below is written in Q-, omega and z, so that no matrix of the size of
// the data exists: factoring costs O(teams x periods^2), taking the effects out of a column O(rows + periods^2).
type absorbed struct {
	*rows
	w     []float64 // of each row
	omega []float64 // of each row: w divided by the team's sum
	plain bool      // all weights are 1
	qi    *mat.SymDense
	g2    *mat.SymDense // Q- Z'W^2 Z Q-; Q- Z'WZ Q- where plain

	groups [][][]int // per team: its rows by connected component of the other teams' cells (see components)
}

// absorb factors the fixed-effects part. A nil w means weights of 1.
func absorb(r *rows, w []float64) *absorbed {
	a := &absorbed{rows: r, w: w, plain: w == nil, omega: make([]float64, r.n())}
	if a.plain {
		a.w = make([]float64, r.n())
		for i := range a.w {
			a.w[i] = 1
		}
	}
	k := r.times
	q := mat.NewSymDense(k, nil)
	j := mat.NewSymDense(k, nil)
	qd, jd := q.RawSymmetric().Data, j.RawSymmetric().Data
	for g := range r.team {
		lo, hi := r.start[g], r.start[g+1]
		sum := floats.Sum(a.w[lo:hi])
		var squares float64
		for i := lo; i < hi; i++ {
			a.omega[i] = a.w[i] / sum
			squares += a.w[i] * a.w[i]
		}
		for i := lo; i < hi; i++ { // periods rise inside a team: only the upper triangle is touched
			s := r.period[i] * k
			qd[s+r.period[i]] += a.w[i]
			jd[s+r.period[i]] += a.w[i] * a.w[i]
			for l := i; l < hi; l++ {
				qd[s+r.period[l]] -= sum * a.omega[i] * a.omega[l]
				jd[s+r.period[l]] += squares*a.omega[i]*a.omega[l] - a.w[i]*a.w[i]*a.omega[l] - a.omega[i]*a.w[l]*a.w[l]
			}
		}
	}
	a.qi = generalisedInverse(q, a.connected(-1))
	a.g2 = mat.NewSymDense(k, nil)
	if a.plain {
		j = q
	}
	var half, full mat.Dense
	half.Mul(a.qi, j)
	full.Mul(&half, a.qi)
	for s := range k {
		for t := s; t < k; t++ {
			a.g2.SetSym(s, t, (full.At(s, t)+full.At(t, s))/2)
		}
	}
	a.components()
	return a
}

// generalisedInverse inverts Q, whose null space is spanned by the indicators of the connected components: their outer
// products are added before inverting, which changes nothing that Q- is used for.
func generalisedInverse(q *mat.SymDense, component []int) *mat.SymDense {
	k := q.SymmetricDim()
	var scale float64
	for t := range k {
		scale += q.At(t, t) / float64(k)
	}
	scale = math.Max(scale, math.SmallestNonzeroFloat64) / float64(k)
	full := mat.NewSymDense(k, nil)
	for s := range k {
		for t := s; t < k; t++ {
			v := q.At(s, t)
			if component[s] == component[t] {
				v += scale
			}
			full.SetSym(s, t, v)
		}
	}
	inverse := mat.NewSymDense(k, nil)
	var chol mat.Cholesky
	if chol.Factorize(full) && chol.InverseTo(inverse) == nil {
		return inverse
	}
	// Rounding can spoil the Cholesky factor of a matrix with widely different weights; the spectral pseudo-inverse cannot fail.
	return symPower(full, -1, 1e-12)
}

// connected numbers the connected components of the graph of teams and periods, leaving out one team (-1: none).
// A period without any other team is a component of its own.
func (r *rows) connected(without int) []int {
	component := make([]int, r.times)
	for t := range component {
		component[t] = t
	}
	var root func(t int) int
	root = func(t int) int {
		for component[t] != t {
			component[t] = component[component[t]]
			t = component[t]
		}
		return t
	}
	left := r.times // components still apart
	for g := range r.team {
		if g == without {
			continue
		}
		first := root(r.period[r.start[g]])
		for i := r.start[g] + 1; i < r.start[g+1]; i++ {
			if other := root(r.period[i]); other != first {
				component[other] = first
				left--
			}
		}
		if left == 1 {
			break
		}
	}
	for t := range component {
		component[t] = root(t)
	}
	return component
}

// components finds, for each team, the combinations of its own cells that the dummies fit perfectly whatever the
// outcome is: the team's mean as a rule, and more where it is the only bridge between groups of periods. There
// I - H is singular and CR2 takes the pseudo-inverse.
func (a *absorbed) components() {
	a.groups = make([][][]int, a.teams())
	for g := range a.team {
		component := a.connected(g)
		lo, hi := a.start[g], a.start[g+1]
		at := map[int]int{}
		for i := lo; i < hi; i++ {
			c := component[a.period[i]]
			k, ok := at[c]
			if !ok {
				k = len(a.groups[g])
				at[c] = k
				a.groups[g] = append(a.groups[g], nil)
			}
			a.groups[g][k] = append(a.groups[g][k], i-lo)
		}
	}
}

// residual takes team and period effects out of v, in place. The second pass removes what rounding left of
// the first.
func (a *absorbed) residual(v []float64) {
	p := make([]float64, a.times)
	d := mat.NewVecDense(a.times, nil)
	for range 2 {
		clear(p)
		for g := range a.team {
			lo, hi := a.start[g], a.start[g+1]
			mean := floats.Dot(a.omega[lo:hi], v[lo:hi])
			for i := lo; i < hi; i++ {
				v[i] -= mean
				p[a.period[i]] += a.w[i] * v[i]
			}
		}
		d.MulVec(a.qi, mat.NewVecDense(a.times, p))
		by := d.RawVector().Data
		for g := range a.team {
			lo, hi := a.start[g], a.start[g+1]
			var mean float64
			for i := lo; i < hi; i++ {
				mean += a.omega[i] * by[a.period[i]]
			}
			for i := lo; i < hi; i++ {
				v[i] -= by[a.period[i]] - mean
			}
		}
	}
}

// leverageLeft returns 1 - h of every row, h the leverage of the fixed effects alone. Only for weights of 1.
func (a *absorbed) leverageLeft() []float64 {
	out := make([]float64, a.n())
	for g := range a.team {
		c := a.block(g)
		for i := range c.SymmetricDim() {
			out[a.start[g]+i] = c.At(i, i)
		}
	}
	return out
}

// kappa is omega'WZ of a team, a vector over periods given at the team's own rows (it is zero elsewhere).
func (a *absorbed) kappa(g int) []float64 {
	lo, hi := a.start[g], a.start[g+1]
	out := make([]float64, hi-lo)
	mean := floats.Dot(a.omega[lo:hi], a.w[lo:hi])
	for i := range out {
		out[i] = a.omega[lo+i] * (a.w[lo+i] - mean)
	}
	return out
}

// block is the g-th team's block of RR', the variance of the residuals of the fixed-effects part under independent
// errors of variance 1.
func (a *absorbed) block(g int) *mat.SymDense {
	lo, hi := a.start[g], a.start[g+1]
	n := hi - lo
	at, omega, w := a.period[lo:hi], a.omega[lo:hi], a.w[lo:hi]
	qo, qoo := sandwiched(a.qi, at, omega, omega)
	out := mat.NewSymDense(n, nil)
	if a.plain {
		share := 1 / float64(n)
		for i := range n {
			for j := i; j < n; j++ {
				v := -share - (a.qi.At(at[i], at[j]) - qo[i] - qo[j] + qoo)
				if i == j {
					v++
				}
				out.SetSym(i, j, v)
			}
		}
		return out
	}
	go2, goo := sandwiched(a.g2, at, omega, omega)
	kappa := a.kappa(g)
	ko, koo := sandwiched(a.qi, at, kappa, omega)
	oo := floats.Dot(omega, omega)
	for i := range n {
		for j := i; j < n; j++ {
			v := oo - omega[i] - omega[j] // R1 R1', with R1 the weighted centring of the team
			if i == j {
				v++
			}
			m := a.qi.At(at[i], at[j]) - qo[i] - qo[j] + qoo
			v -= (w[i]+w[j])*m - (ko[j] - koo) - (ko[i] - koo)
			v += a.g2.At(at[i], at[j]) - go2[i] - go2[j] + goo
			out.SetSym(i, j, v)
		}
	}
	return out
}

// sandwiched returns m u at the given places, and v'm u, where u and v live on those places.
func sandwiched(m *mat.SymDense, at []int, u, v []float64) (mu []float64, vmu float64) {
	mu = make([]float64, len(at))
	for i, s := range at {
		for j, t := range at {
			mu[i] += m.At(s, t) * u[j]
		}
		vmu += v[i] * mu[i]
	}
	return mu, vmu
}

// symPower raises a symmetric positive semi-definite matrix to a power on the space of eigenvalues above tol times
// the largest.
func symPower(m *mat.SymDense, power, tol float64) *mat.SymDense {
	n := m.SymmetricDim()
	out := mat.NewSymDense(n, nil)
	var eigen mat.EigenSym
	if !eigen.Factorize(m, true) {
		panic("fit: eigenvalues of a symmetric matrix did not converge")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	values := eigen.Values(nil)
	for k, v := range values {
		if v <= tol*values[n-1] {
			continue
		}
		out.SymRankOne(out, math.Pow(v, power), vectors.ColView(k))
	}
	return out
}
