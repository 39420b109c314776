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
	g2    *mat.SymDense // Q- Z'W^2 Z Q-; nil where plain, it is Q- then

	qiFull  *mat.Dense   // qi with both triangles, see inverse
	scratch [3][]float64 // for block, so that it allocates nothing after the first team
	groups  [][][]int    // per team: its rows by connected component of the other teams' cells (see components)
}

// absorb factors the fixed-effects part. A nil w means weights of 1. What only CR2 needs is left out above crMaxTeams.
func absorb(r *rows, w []float64) *absorbed { return factor(r, w, r.teams() <= crMaxTeams) }

// factor is absorb; without cr2 only estimates and CR1 can follow.
func factor(r *rows, w []float64, cr2 bool) *absorbed {
	a := &absorbed{rows: r, w: w, plain: w == nil, omega: make([]float64, r.n())}
	if a.plain {
		a.w = make([]float64, r.n())
		for i := range a.w {
			a.w[i] = 1
		}
	}
	n, k := r.teams(), r.times
	diagonal, squares := make([]float64, k), make([]float64, k)
	shares := mat.NewDense(n, k, nil) // omega by team and period
	heavy := mat.NewDense(n, k, nil)  // the same times the team's sum of weights
	for g := range r.team {
		lo, hi := r.start[g], r.start[g+1]
		sum := floats.Sum(a.w[lo:hi])
		own, scaled := shares.RawRowView(g), heavy.RawRowView(g)
		for i := lo; i < hi; i++ {
			t := r.period[i]
			a.omega[i] = a.w[i] / sum
			own[t], scaled[t] = a.omega[i], a.w[i]
			diagonal[t] += a.w[i]
			squares[t] += a.w[i] * a.w[i]
		}
	}
	var q mat.Dense // -Z'WZ without the diagonal
	q.Mul(heavy.T(), shares)
	a.qi = generalisedInverse(symmetric(diagonal, -1, &q), a.connected(-1))
	if !cr2 {
		return a
	}
	a.components()
	if a.plain {
		return a
	}
	// J = Z'W^2 Z; shares is reused for omega times the team's sum of squared weights, less twice the squared weights.
	for g := range r.team {
		lo, hi := r.start[g], r.start[g+1]
		sum := floats.Dot(a.w[lo:hi], a.w[lo:hi])
		own, scaled := shares.RawRowView(g), heavy.RawRowView(g)
		for i := lo; i < hi; i++ {
			t := r.period[i]
			own[t], scaled[t] = a.omega[i], sum*a.omega[i]-2*a.w[i]*a.w[i]
		}
	}
	var j, half, both mat.Dense
	j.Mul(heavy.T(), shares)
	inverse := full(a.qi)
	half.Mul(inverse, full(symmetric(squares, 1, &j)))
	both.Mul(&half, inverse)
	a.g2 = symmetric(make([]float64, k), 1, &both)
	return a
}

// symmetric is the diagonal plus f times the symmetric part of m.
func symmetric(diagonal []float64, f float64, m *mat.Dense) *mat.SymDense {
	out := mat.NewSymDense(len(diagonal), nil)
	for s := range diagonal {
		for t := s; t < len(diagonal); t++ {
			out.SetSym(s, t, f*(m.At(s, t)+m.At(t, s))/2)
		}
		out.SetSym(s, s, out.At(s, s)+diagonal[s])
	}
	return out
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
	root := func(t int) int {
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

// inverse is qi for products, copied once.
func (a *absorbed) inverse() *mat.Dense {
	if a.qiFull == nil {
		a.qiFull = full(a.qi)
	}
	return a.qiFull
}

// leverageLeft returns 1 - h of every row, h the leverage of the fixed effects alone. Only for weights of 1.
func (a *absorbed) leverageLeft() []float64 {
	out := make([]float64, a.n())
	for g := range a.team {
		n := a.start[g+1] - a.start[g]
		c := a.block(g)
		for i := range n {
			out[a.start[g]+i] = c[i*n+i]
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
// errors of variance 1, row by row. It is valid until the next call.
func (a *absorbed) block(g int) []float64 {
	lo, hi := a.start[g], a.start[g+1]
	n := hi - lo
	at, omega, w := a.period[lo:hi], a.omega[lo:hi], a.w[lo:hi]
	data := a.room(0, n*n)
	q := part(a.room(1, n*n), a.qi, at)
	qo, qoo := onBoth(q, omega, omega)
	if a.plain {
		share := 1 / float64(n)
		for i := range n {
			for j := range i {
				data[i*n+j] = data[j*n+i]
			}
			for j := i; j < n; j++ {
				data[i*n+j] = qo[i] + qo[j] - qoo - share - q[i*n+j]
			}
			data[i*n+i]++
		}
		return data
	}
	g2 := part(a.room(2, n*n), a.g2, at)
	go2, goo := onBoth(g2, omega, omega)
	ko, koo := onBoth(q, a.kappa(g), omega)
	oo := floats.Dot(omega, omega)
	for i := range n {
		for j := range i {
			data[i*n+j] = data[j*n+i]
		}
		for j := i; j < n; j++ {
			v := oo - omega[i] - omega[j] // R1 R1', with R1 the weighted centring of the team
			m := q[i*n+j] - qo[i] - qo[j] + qoo
			v -= (w[i]+w[j])*m - (ko[j] - koo) - (ko[i] - koo)
			data[i*n+j] = v + g2[i*n+j] - go2[i] - go2[j] + goo
		}
		data[i*n+i]++
	}
	return data
}

// room is scratch space of a size; what it held is lost.
func (a *absorbed) room(k, size int) []float64 {
	if cap(a.scratch[k]) < size {
		a.scratch[k] = make([]float64, size)
	}
	return a.scratch[k][:size]
}

// part copies the rows and columns at rising places, both triangles.
func part(out []float64, m *mat.SymDense, at []int) []float64 {
	raw := m.RawSymmetric()
	n := len(at)
	for i, s := range at {
		row := raw.Data[s*raw.Stride:]
		for j := range i {
			out[i*n+j] = out[j*n+i]
		}
		for j := i; j < n; j++ {
			out[i*n+j] = row[at[j]]
		}
	}
	return out
}

// onBoth returns m u and v'm u.
func onBoth(m, u, v []float64) (mu []float64, vmu float64) {
	n := len(u)
	mu = make([]float64, n)
	for i := range mu {
		mu[i] = floats.Dot(m[i*n:(i+1)*n], u)
	}
	return mu, floats.Dot(v, mu)
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
