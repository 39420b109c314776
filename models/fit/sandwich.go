package fit

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// crMaxTeams is the number of teams up to which standard errors are CR2 with Satterthwaite degrees of freedom. Above, the
// correction is far below the noise of the estimate itself, and CR1 with t(G-1) is used.
const crMaxTeams = 200

// sandwich is a weighted least-squares fit of columns x after the fixed effects of base are taken out (base.fixed nil:
// none), with inference by clusters of teams. All columns are residuals already.
type sandwich struct {
	*rows
	fixed *absorbed
	w     []float64
	x     [][]float64
	wx    [][]float64   // R W x
	inv   *mat.SymDense // (x'Wx)^-1
	k     *mat.SymDense // (x'Wx)^-1 x'W^2x (x'Wx)^-1
	plain bool
	ok    bool // x'Wx has full rank
}

// newSandwich takes the fixed effects out of the columns (in place) and prepares the fit.
func newSandwich(r *rows, fixed *absorbed, w []float64, x ...[]float64) *sandwich {
	s := &sandwich{rows: r, fixed: fixed, w: w, x: x, plain: w == nil}
	if fixed != nil {
		s.w = fixed.w
		s.plain = fixed.plain
		for _, c := range x {
			fixed.residual(c)
		}
	} else if w == nil {
		s.w = make([]float64, r.n())
		for i := range s.w {
			s.w[i] = 1
		}
	}
	p := len(x)
	cross := mat.NewSymDense(p, nil)
	square := mat.NewSymDense(p, nil)
	for _, c := range x {
		wc := make([]float64, len(c))
		floats.MulTo(wc, c, s.w)
		s.wx = append(s.wx, wc)
	}
	for a := range p {
		for b := a; b < p; b++ {
			cross.SetSym(a, b, floats.Dot(s.wx[a], x[b]))
			square.SetSym(a, b, floats.Dot(s.wx[a], s.wx[b]))
		}
	}
	var chol mat.Cholesky
	s.inv = mat.NewSymDense(p, nil)
	if s.ok = chol.Factorize(cross) && chol.Cond() < 1e13; !s.ok {
		return s
	}
	s.ok = chol.InverseTo(s.inv) == nil
	if s.plain {
		s.k = s.inv
		return s
	}
	var half, full mat.Dense
	half.Mul(s.inv, square)
	full.Mul(&half, s.inv)
	s.k = mat.NewSymDense(p, nil)
	for a := range p {
		for b := a; b < p; b++ {
			s.k.SetSym(a, b, (full.At(a, b)+full.At(b, a))/2)
		}
	}
	if fixed != nil {
		for _, c := range s.wx {
			fixed.residual(c)
		}
	}
	return s
}

// clustered is one coefficient with its inference by teams.
type clustered struct {
	b, se, df float64
	scores    []float64 // per team: x'We in units of the coefficient, e the residuals, x net of the other columns
	share     []float64 // per team: its part of x'Wx, x net of the other columns
	sxx, syy  float64   // x'Wx net of the other columns, and the same of y
	r         float64   // (partial) correlation
	active    int       // teams that share in x'Wx
	cr1       bool      // se is CR1, not CR2
	residuals []float64 // by row
	net       []float64 // x net of the other columns times (x'Wx)^-1, by row
}

// coefficient estimates column c for an outcome whose fixed effects are out. cr2 asks for CR2 and Satterthwaite,
// otherwise the standard error is CR1 with t(G-1).
func (s *sandwich) coefficient(c int, y []float64, cr2 bool) clustered {
	return coefficients([]*sandwich{s}, c, y, cr2)[0]
}

// coefficients is coefficient for several fits on the same rows and fixed effects: the blocks of the fixed-effects part are formed
// once for all.
func coefficients(fits []*sandwich, c int, y []float64, cr2 bool) []clustered {
	out := make([]clustered, len(fits))
	var open []*inference
	for i, s := range fits {
		out[i] = s.point(c, y, cr2)
		if f := &out[i]; cr2 && f.active > 1 {
			open = append(open, &inference{sandwich: s, out: f, arms: make([][]float64, s.teams()), ok: true})
		}
	}
	if len(open) == 0 {
		return out
	}
	r, fixed := open[0].rows, open[0].fixed
	for g := range r.team {
		var block []float64
		var null [][]float64
		if fixed != nil {
			block, null = fixed.block(g), fixed.null(g)
		}
		for _, f := range open {
			f.arm(g, block, null)
		}
	}
	for _, f := range open {
		f.out.se, f.out.df = f.finish()
	}
	return out
}

// point is the estimate, with the CR1 standard error unless cr2 is to follow.
func (s *sandwich) point(c int, y []float64, cr2 bool) clustered {
	p := len(s.x)
	xy := make([]float64, p)
	for a := range p {
		for i, v := range s.x[a] {
			xy[a] += v * s.w[i] * y[i]
		}
	}
	beta := make([]float64, p)
	for a := range p {
		for b := range p {
			beta[a] += s.inv.At(a, b) * xy[b]
		}
	}
	e := append([]float64(nil), y...)
	for a := range p {
		floats.AddScaled(e, -beta[a], s.x[a])
	}
	// x net of the other columns is x (x'Wx)^-1 e_c / [(x'Wx)^-1]_cc.
	net := make([]float64, s.n())
	for a := range p {
		floats.AddScaled(net, s.inv.At(a, c), s.x[a])
	}
	out := clustered{b: beta[c], sxx: 1 / s.inv.At(c, c), df: math.NaN(), se: math.NaN(), residuals: e, net: net}
	out.scores = make([]float64, s.teams())
	out.share = make([]float64, s.teams())
	var meat, rest float64
	for g := range s.team {
		for i := s.start[g]; i < s.start[g+1]; i++ {
			out.scores[g] += net[i] * s.w[i] * e[i]
			out.share[g] += net[i] * net[i] * s.w[i] * out.sxx
			rest += e[i] * e[i] * s.w[i]
		}
		meat += out.scores[g] * out.scores[g]
		if out.share[g] > 1e-12 {
			out.active++
		}
	}
	out.syy = rest + out.b*out.b*out.sxx
	out.r = out.b * math.Sqrt(out.sxx/out.syy)
	if cr2 || out.active < 2 {
		return out
	}
	g, n, k := float64(out.active), float64(s.n()), float64(p)
	if s.fixed != nil {
		k += float64(s.times)
	}
	out.se = math.Sqrt(meat * g / (g - 1) * (n - 1) / (n - k))
	out.df = g - 1
	out.cr1 = true
	return out
}

// inference gathers the arms of one fit, A_g W_g x_g (x'Wx)^-1 e_c per team, with A_g the pseudo-inverse root of the team's
// block of (I-H)(I-H)', the adjustment of Bell and McCaffrey (2002) and Pustejovsky and Tipton (2018) for a working model
// of independent errors with the weights' meaning left open. This is what clubSandwich does with a weighted fit when no
// working variance is given; without weights (I-H)(I-H)' is I-H and the usual form comes out.
//
// The root is not formed: the block is the identity up to terms of order 1/G, so that a few Lanczos steps give its
// action on one vector to rounding, at O(T^2) a team instead of O(T^3).
type inference struct {
	*sandwich
	out  *clustered
	arms [][]float64
	ok   bool
}

func (f *inference) arm(g int, block []float64, null [][]float64) {
	if !f.ok {
		return
	}
	s := f.sandwich
	p := len(s.x)
	lo, hi := s.start[g], s.start[g+1]
	n := hi - lo
	xv, zv := make([]float64, p), make([]float64, p)
	times := func(dst, v []float64) {
		copy(dst, v)
		for i := range dst {
			if block != nil {
				dst[i] = floats.Dot(block[i*n:(i+1)*n], v)
			}
		}
		for a := range p {
			xv[a] = floats.Dot(s.x[a][lo:hi], v)
			zv[a] = floats.Dot(s.wx[a][lo:hi], v)
		}
		for a := range p {
			var onX, onZ float64
			for b := range p {
				onX += s.k.At(a, b)*xv[b] - s.inv.At(a, b)*zv[b]
				onZ -= s.inv.At(a, b) * xv[b]
			}
			floats.AddScaled(dst, onX, s.x[a][lo:hi])
			floats.AddScaled(dst, onZ, s.wx[a][lo:hi])
		}
	}
	v := make([]float64, n)
	floats.MulTo(v, f.out.net[lo:hi], s.w[lo:hi])
	f.arms[g], f.ok = inverseRoot(times, v, null)
}

// finish gives the CR2 standard error and the Satterthwaite degrees of freedom, NaN where one team holds everything.
func (f *inference) finish() (se, df float64) {
	if !f.ok {
		return math.NaN(), math.NaN()
	}
	var v float64
	for g, arm := range f.arms {
		d := floats.Dot(arm, f.out.residuals[f.start[g]:f.start[g+1]])
		v += d * d
	}
	return math.Sqrt(v), f.satterthwaite(f.arms)
}

// null spans the part of a team's cells on which the block is singular, as unit vectors orthogonal to each other.
func (a *absorbed) null(g int) [][]float64 {
	lo := a.start[g]
	out := make([][]float64, len(a.groups[g]))
	for k, at := range a.groups[g] {
		v := make([]float64, a.start[g+1]-lo)
		for _, i := range at {
			v[i] = a.w[lo+i]
		}
		floats.Scale(1/floats.Norm(v, 2), v)
		out[k] = v
	}
	return out
}

// satterthwaite returns (tr P)^2 / tr(P^2), where P_gh = s_g' [(I-H)(I-H)']_gh s_h and s are the arms: twice the squared
// expectation of the variance estimate over its variance, under the working model.
func (s *sandwich) satterthwaite(arms [][]float64) float64 {
	n, p := s.teams(), len(s.x)
	pm := mat.NewDense(n, n, nil)
	xs, zs := mat.NewDense(n, p, nil), mat.NewDense(n, p, nil)
	for g, arm := range arms {
		lo, hi := s.start[g], s.start[g+1]
		for a := range p {
			xs.Set(g, a, floats.Dot(arm, s.x[a][lo:hi]))
			zs.Set(g, a, floats.Dot(arm, s.wx[a][lo:hi]))
		}
	}
	var half, part mat.Dense
	half.Mul(zs, s.inv)
	part.Mul(&half, xs.T())
	pm.Sub(pm, &part)
	pm.Sub(pm, part.T())
	half.Mul(xs, s.k)
	part.Mul(&half, xs.T())
	pm.Add(pm, &part)
	if s.fixed != nil {
		s.fixed.addBetween(pm, arms)
	}
	for g, arm := range arms {
		own := floats.Dot(arm, arm)
		if s.fixed != nil {
			lo, hi := s.start[g], s.start[g+1]
			omega, ones := s.fixed.omega[lo:hi], floats.Sum(arm)
			own += floats.Dot(omega, omega)*ones*ones - 2*floats.Dot(omega, arm)*ones
		}
		pm.Set(g, g, pm.At(g, g)+own)
	}
	trace := mat.Trace(pm)
	norm := mat.Norm(pm, 2)
	return trace * trace / (norm * norm)
}

// addBetween adds the part of s_g'[RR']_gh s_h that runs through the period effects.
func (a *absorbed) addBetween(pm *mat.Dense, arms [][]float64) {
	z := mat.NewDense(a.teams(), a.times, nil)
	var y *mat.Dense
	if !a.plain {
		y = mat.NewDense(a.teams(), a.times, nil)
	}
	for g, arm := range arms {
		lo := a.start[g]
		ones := floats.Sum(arm)
		row := z.RawRowView(g)
		for i, v := range arm {
			row[a.period[lo+i]] = v - a.omega[lo+i]*ones
		}
		if a.plain {
			continue
		}
		weighted := floats.Dot(arm, a.w[lo:a.start[g+1]])
		kappa := a.kappa(g)
		row = y.RawRowView(g)
		for i, v := range arm {
			row[a.period[lo+i]] = v*a.w[lo+i] - a.omega[lo+i]*weighted - kappa[i]*ones
		}
	}
	var half, all mat.Dense
	half.Mul(z, a.inverse())
	if a.plain {
		all.Mul(&half, z.T())
		pm.Sub(pm, &all)
		return
	}
	all.Mul(&half, y.T())
	pm.Sub(pm, &all)
	pm.Sub(pm, all.T())
	half.Mul(z, full(a.g2))
	all.Mul(&half, z.T())
	pm.Add(pm, &all)
}

// full copies a symmetric matrix with both triangles: gonum multiplies such by assembly, symmetric ones not.
func full(m *mat.SymDense) *mat.Dense {
	out := mat.NewDense(m.SymmetricDim(), m.SymmetricDim(), nil)
	out.Copy(m)
	return out
}
