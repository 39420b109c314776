package fit

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// derivatives are the gradient and the Hessian by central differences of fourth order.
func derivatives(f func([]float64) float64, at []float64, h float64) ([]float64, *mat.SymDense) {
	n := len(at)
	g, hess := make([]float64, n), mat.NewSymDense(n, nil)
	step := make([]float64, n)
	for i := range step {
		step[i] = h * math.Max(math.Abs(at[i]), .1)
	}
	move := func(i int, a float64, j int, b float64) float64 {
		x := append([]float64(nil), at...)
		x[i] += a * step[i]
		if j >= 0 {
			x[j] += b * step[j]
		}
		return f(x)
	}
	f0 := f(at)
	for i := range n {
		m2, m1, p1, p2 := move(i, -2, -1, 0), move(i, -1, -1, 0), move(i, 1, -1, 0), move(i, 2, -1, 0)
		g[i] = (m2 - 8*m1 + 8*p1 - p2) / (12 * step[i])
		hess.SetSym(i, i, (-m2+16*m1-30*f0+16*p1-p2)/(12*step[i]*step[i]))
		for j := range i {
			mixed := func(s float64) float64 {
				return (move(i, s, j, s) - move(i, s, j, -s) - move(i, -s, j, s) + move(i, -s, j, -s)) / (4 * s * s * step[i] * step[j])
			}
			hess.SetSym(i, j, (4*mixed(1)-mixed(2))/3)
		}
	}
	return g, hess
}

// effects fills the conditional means and variances of the random effects.
func (o *Mixed) effects(f *mixedFit, l *mat.Dense) {
	m := o.model
	for k, g := range m.groups {
		r := make([]float64, m.q) // Z'W(y - X b)
		for a := range r {
			r[a] = g.zy[a]
			for j := range m.p {
				r[a] -= g.zx.At(a, j) * f.beta[j]
			}
		}
		var lr, ilr, u mat.VecDense
		lr.MulVec(l.T(), mat.NewVecDense(m.q, r))
		ilr.MulVec(f.inverse[k], &lr)
		u.MulVec(l, &ilr)
		o.Effects = append(o.Effects, u.RawVector().Data)
		var half, full mat.Dense
		half.Mul(l, f.inverse[k])
		full.Mul(&half, l.T())
		v := mat.NewSymDense(m.q, nil)
		for a := range m.q {
			for b := a; b < m.q; b++ {
				v.SetSym(a, b, f.sigma2*full.At(a, b))
			}
		}
		o.EffectCov = append(o.EffectCov, v)
	}
}

// satterthwaite gives the degrees of freedom of each coefficient, 2 v^2 / (g' A g): v its variance, g the gradient of v in the variance
// parameters, A their asymptotic covariance (Fai and Cornelius 1996, as lmerTest).
func (o *Mixed) satterthwaite(v *mat.SymDense) {
	m := o.model
	k := len(o.theta)
	at := append(append([]float64(nil), o.theta...), o.Sigma)
	dev := func(x []float64) float64 {
		f := m.at(x[:k])
		if f == nil {
			return math.Inf(1)
		}
		return m.devianceAt(f, x[k]*x[k])
	}
	_, h := derivatives(dev, at, 1e-3)
	a := symPower(h, -1, 1e-8) // on a boundary the Hessian may not be positive: what is flat or falling is left out
	for j := range o.Coef {
		g, _ := derivatives(func(x []float64) float64 {
			f := m.at(x[:k])
			f.sigma2 = x[k] * x[k]
			return f.covariance().At(j, j)
		}, at, 1e-3)
		gv := mat.NewVecDense(k+1, g)
		spread := 2 * mat.Inner(gv, a, gv)
		df := 2 * v.At(j, j) * v.At(j, j) / spread
		o.DF = append(o.DF, df)
		o.P = append(o.P, studentP(o.Coef[j]/o.SE[j], df))
	}
}
