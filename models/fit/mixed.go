package fit

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// MixedData is what a linear mixed model with one grouping is fitted to: y = X b + Z_g u_g + e, u_g ~ N(0, sigma^2 L L'),
// e ~ N(0, sigma^2/w).
type MixedData struct {
	X            [][]float64 // columns of fixed effects
	Z            [][]float64 // columns of random effects: ones for an intercept, a condition for its slope
	Y            []float64
	W            []float64 // nil: 1
	Group        []string
	Uncorrelated bool // random effects independent of each other
	ML           bool // maximum likelihood; default REML
}

// Mixed is a fitted model. It is a cross-check of the fixed-effects headline and of partial pooling, not the headline.
type Mixed struct {
	Coef, SE      []float64
	Sigma         float64
	Cov           *mat.SymDense // of the random effects
	LogLikelihood float64       // restricted unless ML
	Singular      bool          // a variance of 0 or a correlation of +-1: the data cannot tell the random effects apart
	Groups        []string      // sorted
	Effects       [][]float64   // conditional means by group
	EffectCov     []*mat.SymDense
	DF, P         []float64 // Satterthwaite, of each coefficient

	theta []float64
	model *mixedModel
}

// mixedModel holds the sums that a likelihood evaluation needs: nothing of the size of the data is touched again.
type mixedModel struct {
	d          MixedData
	n, p, q    int
	logW       float64
	xx         *mat.SymDense // X'WX
	xy         []float64
	yy         float64
	groups     []mixedGroup
	names      []string
	parameters [][2]int // row and column in L of each parameter
}

type mixedGroup struct {
	zz *mat.SymDense // Z'WZ
	zx *mat.Dense    // Z'WX
	zy []float64
}

// fitMixed maximises the (restricted) likelihood over the relative factor L, as lme4 profiles it: fixed effects and sigma have
// closed forms given L (Bates et al. 2015). The error is ErrCollinear or that of the optimiser.
func fitMixed(d MixedData) (*Mixed, error) {
	m := newMixedModel(d)
	if m.p >= m.n {
		return nil, ErrCollinear
	}
	start := make([]float64, len(m.parameters))
	for k, at := range m.parameters {
		start[k] = share(at[0] == at[1])
	}
	theta, err := m.optimise(start)
	if err != nil {
		return nil, err
	}
	m.upright(theta)
	// A boundary fit: a diagonal element near zero is tried at zero and kept there if the likelihood agrees.
	for k, at := range m.parameters {
		if at[0] == at[1] && theta[k] < 1e-3 {
			trial := append([]float64(nil), theta...)
			trial[k] = 0
			if m.deviance(trial) <= m.deviance(theta)+1e-9 {
				theta = trial
			}
		}
	}
	f := m.at(theta)
	if f == nil {
		return nil, ErrCollinear
	}
	out := &Mixed{theta: theta, model: m, Coef: f.beta, Sigma: math.Sqrt(f.sigma2), LogLikelihood: -f.deviance / 2, Groups: m.names}
	v := f.covariance()
	out.SE = rootDiagonal(v)
	l := m.factor(theta)
	var ll mat.Dense
	ll.Mul(l, l.T())
	out.Cov = mat.NewSymDense(m.q, nil)
	for a := range m.q {
		for b := a; b < m.q; b++ {
			out.Cov.SetSym(a, b, f.sigma2*ll.At(a, b))
		}
	}
	for k, at := range m.parameters {
		out.Singular = out.Singular || at[0] == at[1] && theta[k] < 1e-4
	}
	out.effects(f, l)
	out.satterthwaite(v)
	return out, nil
}

func newMixedModel(d MixedData) *mixedModel {
	m := &mixedModel{d: d, n: len(d.Y), p: len(d.X), q: len(d.Z)}
	w := d.W
	if w == nil {
		w = make([]float64, m.n)
		for i := range w {
			w[i] = 1
		}
	}
	for a := range m.q {
		for b := range a + 1 {
			if a == b || !d.Uncorrelated {
				m.parameters = append(m.parameters, [2]int{a, b})
			}
		}
	}
	m.xx, m.xy = mat.NewSymDense(m.p, nil), make([]float64, m.p)
	index := map[string]int{}
	m.names, _ = split(d.Group, d.Y)
	for k, name := range m.names {
		index[name] = k
		m.groups = append(m.groups, mixedGroup{mat.NewSymDense(m.q, nil), mat.NewDense(m.q, m.p, nil), make([]float64, m.q)})
	}
	x, z := make([]float64, m.p), make([]float64, m.q)
	for i, y := range d.Y {
		for j := range x {
			x[j] = d.X[j][i]
		}
		for j := range z {
			z[j] = d.Z[j][i]
		}
		g := &m.groups[index[d.Group[i]]]
		m.xx.SymRankOne(m.xx, w[i], mat.NewVecDense(m.p, x))
		g.zz.SymRankOne(g.zz, w[i], mat.NewVecDense(m.q, z))
		for a := range z {
			for j := range x {
				g.zx.Set(a, j, g.zx.At(a, j)+w[i]*z[a]*x[j])
			}
			g.zy[a] += w[i] * z[a] * y
		}
		for j := range x {
			m.xy[j] += w[i] * x[j] * y
		}
		m.yy += w[i] * y * y
		m.logW += math.Log(w[i])
	}
	return m
}

// upright turns columns of L so that the diagonal is not negative; LL' stays.
func (m *mixedModel) upright(theta []float64) {
	turn := make([]bool, m.q)
	for k, at := range m.parameters {
		turn[at[0]] = turn[at[0]] || at[0] == at[1] && theta[k] < 0
	}
	for k, at := range m.parameters {
		if turn[at[1]] {
			theta[k] = -theta[k]
		}
	}
}

// factor is L for the parameters.
func (m *mixedModel) factor(theta []float64) *mat.Dense {
	l := mat.NewDense(m.q, m.q, nil)
	for k, at := range m.parameters {
		l.Set(at[0], at[1], theta[k])
	}
	return l
}

// mixedFit is the model at given parameters.
type mixedFit struct {
	beta     []float64
	sigma2   float64
	rxx      mat.Cholesky // of X'V^-1 X, V relative to sigma^2
	deviance float64
	logDet   float64 // of V without the weights
	logRX    float64
	rss      float64
	inverse  []*mat.SymDense // (L'Z'WZL + I)^-1 by group
}

func (f *mixedFit) covariance() *mat.SymDense {
	v := mat.NewSymDense(len(f.beta), nil)
	if err := f.rxx.InverseTo(v); err != nil && !isCondition(err) {
		panic("fit: " + err.Error())
	}
	v.ScaleSym(f.sigma2, v)
	return v
}

func isCondition(err error) bool {
	var c mat.Condition
	return errors.As(err, &c)
}

// at evaluates the model, nil where X'V^-1 X is singular.
func (m *mixedModel) at(theta []float64) *mixedFit {
	l := m.factor(theta)
	f := &mixedFit{}
	a := mat.NewSymDense(m.p, nil)
	a.CopySym(m.xx)
	b := append([]float64(nil), m.xy...)
	f.rss = m.yy
	for _, g := range m.groups {
		var half, full, lx mat.Dense
		half.Mul(l.T(), g.zz)
		full.Mul(&half, l)
		c := mat.NewSymDense(m.q, nil)
		for i := range m.q {
			for j := i; j < m.q; j++ {
				c.SetSym(i, j, (full.At(i, j)+full.At(j, i))/2+share(i == j))
			}
		}
		var chol mat.Cholesky
		if !chol.Factorize(c) {
			return nil
		}
		f.logDet += chol.LogDet()
		inv := mat.NewSymDense(m.q, nil)
		if err := chol.InverseTo(inv); err != nil && !isCondition(err) {
			return nil
		}
		f.inverse = append(f.inverse, inv)
		lx.Mul(l.T(), g.zx)
		var ly, iy mat.VecDense
		ly.MulVec(l.T(), mat.NewVecDense(m.q, g.zy))
		iy.MulVec(inv, &ly)
		f.rss -= mat.Dot(&ly, &iy)
		var ix, part mat.Dense
		ix.Mul(inv, &lx)
		part.Mul(lx.T(), &ix)
		for i := range m.p {
			for j := i; j < m.p; j++ {
				a.SetSym(i, j, a.At(i, j)-(part.At(i, j)+part.At(j, i))/2)
			}
			for k := range m.q {
				b[i] -= lx.At(k, i) * iy.AtVec(k)
			}
		}
	}
	if !f.rxx.Factorize(a) {
		return nil
	}
	f.logRX = f.rxx.LogDet()
	var beta mat.VecDense
	if err := f.rxx.SolveVecTo(&beta, mat.NewVecDense(m.p, b)); err != nil && !isCondition(err) {
		return nil
	}
	f.beta = beta.RawVector().Data
	for i := range b {
		f.rss -= f.beta[i] * b[i]
	}
	df := float64(m.n)
	if !m.d.ML {
		df -= float64(m.p)
	}
	f.sigma2 = f.rss / df
	f.deviance = m.devianceAt(f, f.sigma2)
	return f
}

// devianceAt is -2 log (restricted) likelihood for any sigma^2.
func (m *mixedModel) devianceAt(f *mixedFit, sigma2 float64) float64 {
	df, logs := float64(m.n), f.logDet-m.logW
	if !m.d.ML {
		df -= float64(m.p)
		logs += f.logRX
	}
	return logs + df*math.Log(2*math.Pi*sigma2) + f.rss/sigma2
}

func (m *mixedModel) deviance(theta []float64) float64 {
	if f := m.at(theta); f != nil && f.rss > 0 {
		return f.deviance
	}
	return math.Inf(1)
}

// optimise searches by Nelder and Mead from several starts, then polishes by Newton steps on finite differences.
func (m *mixedModel) optimise(start []float64) ([]float64, error) {
	if len(start) == 1 {
		return []float64{minimise(func(t float64) float64 { return m.deviance([]float64{t}) }, 0, 100)}, nil
	}
	best, at := math.Inf(1), []float64(nil)
	for _, scale := range []float64{1, .1, 3} {
		from := make([]float64, len(start))
		for i, v := range start {
			from[i] = scale * v
		}
		r, err := optimize.Minimize(optimize.Problem{Func: m.deviance}, from,
			&optimize.Settings{MajorIterations: 5000, Converger: &optimize.FunctionConverge{Absolute: 1e-11, Iterations: 60}}, &optimize.NelderMead{})
		if err != nil && r == nil {
			return nil, err
		}
		if r.F < best {
			best, at = r.F, append([]float64(nil), r.X...)
		}
	}
	for range 5 {
		d := differ(m.deviance, at, 1e-3)
		g, h := d.gradient(), d.hessian()
		var step mat.VecDense
		if err := step.SolveVec(h, mat.NewVecDense(len(g), g)); err != nil {
			break
		}
		next := make([]float64, len(at))
		for i := range at {
			next[i] = at[i] - step.AtVec(i)
		}
		if !(m.deviance(next) <= m.deviance(at)) {
			break
		}
		at = next
	}
	return at, nil
}
