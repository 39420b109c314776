package fit

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// differences are central differences of fourth order about a point.
type differences struct {
	f    func([]float64) float64
	at   []float64
	step []float64
}

func differ(f func([]float64) float64, at []float64, h float64) differences {
	d := differences{f, at, make([]float64, len(at))}
	for i := range at {
		d.step[i] = h * math.Max(math.Abs(at[i]), .1)
	}
	return d
}

// move is the value a steps along i and b steps along j.
func (d differences) move(i int, a float64, j int, b float64) float64 {
	x := append([]float64(nil), d.at...)
	x[i] += a * d.step[i]
	x[j] += b * d.step[j]
	return d.f(x)
}

func (d differences) gradient() []float64 {
	g := make([]float64, len(d.at))
	for i := range g {
		g[i] = (d.move(i, -2, i, 0) - 8*d.move(i, -1, i, 0) + 8*d.move(i, 1, i, 0) - d.move(i, 2, i, 0)) / (12 * d.step[i])
	}
	return g
}

func (d differences) hessian() *mat.SymDense {
	n := len(d.at)
	h := mat.NewSymDense(n, nil)
	f0 := d.f(d.at)
	for i := range n {
		h.SetSym(i, i, (-d.move(i, -2, i, 0)+16*d.move(i, -1, i, 0)-30*f0+16*d.move(i, 1, i, 0)-d.move(i, 2, i, 0))/(12*d.step[i]*d.step[i]))
		for j := range i {
			mixed := func(s float64) float64 {
				return (d.move(i, s, j, s) - d.move(i, s, j, -s) - d.move(i, -s, j, s) + d.move(i, -s, j, -s)) / (4 * s * s * d.step[i] * d.step[j])
			}
			h.SetSym(i, j, (4*mixed(1)-mixed(2))/3)
		}
	}
	return h
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
	h := differ(dev, at, 1e-3).hessian()
	a := symPower(h, -1, 1e-8) // on a boundary the Hessian may not be positive: what is flat or falling is left out
	for j := range o.Coef {
		g := differ(func(x []float64) float64 {
			f := m.at(x[:k])
			f.sigma2 = x[k] * x[k]
			return f.covariance().At(j, j)
		}, at, 1e-3).gradient()
		gv := mat.NewVecDense(k+1, g)
		spread := 2 * mat.Inner(gv, a, gv)
		df := 2 * v.At(j, j) * v.At(j, j) / spread
		o.DF = append(o.DF, df)
		o.P = append(o.P, studentP(o.Coef[j]/o.SE[j], df))
	}
}
