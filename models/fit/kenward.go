package fit

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// kenwardRoger are standard errors and degrees of freedom of a REML fit's coefficients that allow for the variance
// parameters being estimated (Kenward and Roger 1997, as pbkrtest). Without weights only; ok is false for other fits.
func (o *Mixed) kenwardRoger() (se, df []float64, ok bool) {
	m := o.model
	if m.d.ML || m.d.W != nil {
		return nil, nil, false
	}
	k := len(m.parameters) + 1 // covariances of the random effects, and sigma^2
	p := m.p
	own := make([][]int, len(m.names))
	index := map[string]int{}
	for g, name := range m.names {
		index[name] = g
	}
	for i, g := range m.d.Group {
		own[index[g]] = append(own[index[g]], i)
	}
	info := mat.NewSymDense(p, nil) // X'V^-1 X
	pr := make([]*mat.Dense, k)     // X'V^-1 G_r V^-1 X
	qrs := make([][]*mat.Dense, k)  // X'V^-1 G_r V^-1 G_s V^-1 X
	traces := mat.NewSymDense(k, nil)
	for r := range k {
		pr[r] = mat.NewDense(p, p, nil)
		qrs[r] = make([]*mat.Dense, k)
		for s := range k {
			qrs[r][s] = mat.NewDense(p, p, nil)
		}
	}
	for _, rows := range own {
		n := len(rows)
		x, z := mat.NewDense(n, p, nil), mat.NewDense(n, m.q, nil)
		for i, row := range rows {
			for j := range p {
				x.Set(i, j, m.d.X[j][row])
			}
			for j := range m.q {
				z.Set(i, j, m.d.Z[j][row])
			}
		}
		var zc, zcz mat.Dense
		zc.Mul(z, o.Cov)
		zcz.Mul(&zc, z.T())
		v := mat.NewSymDense(n, nil)
		for i := range n {
			for j := i; j < n; j++ {
				v.SetSym(i, j, (zcz.At(i, j)+zcz.At(j, i))/2+share(i == j)*o.Sigma*o.Sigma)
			}
		}
		inverse := symPower(v, -1, 0)
		var vx, xvx mat.Dense
		vx.Mul(inverse, x)
		xvx.Mul(x.T(), &vx)
		for i := range p {
			for j := i; j < p; j++ {
				info.SetSym(i, j, info.At(i, j)+xvx.At(i, j))
			}
		}
		vg, gvx := make([]*mat.Dense, k), make([]*mat.Dense, k) // V^-1 G_r and G_r V^-1 X
		for r := range k {
			g := mat.NewDense(n, n, nil)
			if r == k-1 {
				for i := range n {
					g.Set(i, i, 1)
				}
			} else {
				a, b := m.parameters[r][0], m.parameters[r][1]
				g.Outer(1, z.ColView(a), z.ColView(b))
				if a != b {
					var back mat.Dense
					back.Outer(1, z.ColView(b), z.ColView(a))
					g.Add(g, &back)
				}
			}
			vg[r], gvx[r] = new(mat.Dense), new(mat.Dense)
			vg[r].Mul(inverse, g)
			gvx[r].Mul(g, &vx)
			var part mat.Dense
			part.Mul(vx.T(), gvx[r])
			pr[r].Add(pr[r], &part)
		}
		for r := range k {
			var half mat.Dense // V^-1 G_r V^-1 X
			half.Mul(inverse, gvx[r])
			for s := range k {
				var part mat.Dense
				part.Mul(half.T(), gvx[s])
				qrs[r][s].Add(qrs[r][s], &part)
				if s < r {
					continue
				}
				var sum float64
				for i := range n {
					for j := range n {
						sum += vg[r].At(i, j) * vg[s].At(j, i)
					}
				}
				traces.SetSym(r, s, traces.At(r, s)+sum)
			}
		}
	}
	phi := symPower(info, -1, 0)
	// P_r Phi P_s, used in the information, in the adjustment and in the degrees of freedom.
	product := func(a, b mat.Matrix) *mat.Dense {
		var half, out mat.Dense
		half.Mul(a, phi)
		out.Mul(&half, b)
		return &out
	}
	expected := mat.NewSymDense(k, nil)
	for r := range k {
		for s := r; s < k; s++ {
			var pq, pp mat.Dense
			pq.Mul(phi, qrs[r][s])
			pp.Mul(phi, product(pr[r], pr[s]))
			expected.SetSym(r, s, traces.At(r, s)-2*mat.Trace(&pq)+mat.Trace(&pp))
		}
	}
	w := symPower(expected, -1, 1e-14)
	w.ScaleSym(2, w)
	u := mat.NewDense(p, p, nil)
	for r := range k {
		for s := range k {
			var term mat.Dense
			term.Sub(qrs[r][s], product(pr[r], pr[s]))
			term.Scale(w.At(r, s), &term)
			u.Add(u, &term)
		}
	}
	var half, adjust mat.Dense
	half.Mul(phi, u)
	adjust.Mul(&half, phi)
	for j := range p {
		se = append(se, math.Sqrt(phi.At(j, j)+2*adjust.At(j, j)))
		var a float64
		for r := range k {
			for s := range k {
				a += w.At(r, s) * phiDiagonal(phi, pr[r], j) * phiDiagonal(phi, pr[s], j)
			}
		}
		a /= phi.At(j, j) * phi.At(j, j)
		df = append(df, kenwardDF(a))
	}
	return se, df, true
}

// phiDiagonal is (Phi P Phi)_jj.
func phiDiagonal(phi *mat.SymDense, p *mat.Dense, j int) float64 {
	column := mat.NewVecDense(phi.SymmetricDim(), mat.Col(nil, j, phi))
	return mat.Inner(column, p, column)
}

// kenwardDF is the denominator for one coefficient, where both traces of the paper are a.
func kenwardDF(a float64) float64 {
	b := 7 * a / 2
	g := -1.0 // (2a - 5a) / 3a
	d := 3 + 2*(1-g)
	c1, c2, c3 := g/d, (1-g)/d, (3-g)/d
	e := 1 / (1 - a)
	v := 2 * (1 + c1*b) / ((1 - c2*b) * (1 - c2*b) * (1 - c3*b))
	rho := v / (2 * e * e)
	return 4 + 3/(rho-1)
}
