package fit

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// CR is a cluster-robust covariance.
type CR int

const (
	CR0  CR = iota // Liang and Zeger 1986
	CR1            // x G/(G-1)
	CR1S           // x G/(G-1) (N-1)/(N-K), K every column
	CR2            // Bell and McCaffrey 2002; weights as clubSandwich
	CR3            // (I-H_gg)^-1, the approximate jackknife
)

// Clusters is cluster-robust inference for any set of columns, dummies written out. It forms one matrix of cluster size a
// cluster, so it is for general designs and for checking; Run uses the absorbed form.
type Clusters struct {
	r      *Regression
	phi    []float64    // working variance of each row
	rows   [][]int      // of each cluster
	adjust []mat.Matrix // A_g of the last kind
	kind   CR
}

// Clustered groups the rows of a fit. ids has one entry a row; equal entries are one cluster.
func (r *Regression) Clustered(ids []string) *Clusters {
	if len(ids) != len(r.y) {
		panic("fit: one cluster id a row is needed")
	}
	c := &Clusters{r: r, kind: CR0, phi: make([]float64, len(ids))}
	floats.AddConst(1, c.phi)
	at := map[string]int{}
	for i, id := range ids {
		g, ok := at[id]
		if !ok {
			g = len(c.rows)
			at[id] = g
			c.rows = append(c.rows, nil)
		}
		c.rows[g] = append(c.rows[g], i)
	}
	return c
}

// G is the number of clusters.
func (c *Clusters) G() int { return len(c.rows) }

// Covariance is the covariance of the coefficients.
func (c *Clusters) Covariance(kind CR) *mat.SymDense {
	r, p := c.r, len(c.r.Coef)
	c.prepare(kind)
	meat := mat.NewSymDense(p, nil)
	for g, rows := range c.rows {
		e := make([]float64, len(rows))
		for k, i := range rows {
			e[k] = r.Residuals[i]
		}
		e = c.adjusted(g, e, false)
		score := make([]float64, p)
		for k, i := range rows {
			for j := range p {
				score[j] += r.x.At(i, j) * r.w[i] * e[k]
			}
		}
		meat.SymRankOne(meat, 1, mat.NewVecDense(p, score))
	}
	var half, full mat.Dense
	half.Mul(r.inv, meat)
	full.Mul(&half, r.inv)
	f, g, n := 1.0, float64(c.G()), float64(len(r.y))
	if kind == CR1 || kind == CR1S {
		f = g / (g - 1)
	}
	if kind == CR1S {
		f *= (n - 1) / (n - float64(p))
	}
	out := mat.NewSymDense(p, nil)
	for i := range p {
		for j := i; j < p; j++ {
			out.SetSym(i, j, f*(full.At(i, j)+full.At(j, i))/2)
		}
	}
	return out
}

// SE are the standard errors.
func (c *Clusters) SE(kind CR) []float64 { return rootDiagonal(c.Covariance(kind)) }

func rootDiagonal(v mat.Symmetric) []float64 {
	out := make([]float64, v.SymmetricDim())
	for j := range out {
		out[j] = math.Sqrt(v.At(j, j))
	}
	return out
}

// prepare computes the adjustment matrices of CR2 and CR3.
func (c *Clusters) prepare(kind CR) {
	if c.kind == kind {
		return
	}
	c.kind, c.adjust = kind, nil
	if kind != CR2 && kind != CR3 {
		return
	}
	r := c.r
	p := len(r.Coef)
	// M X'W Phi W X M, the middle of H Phi H'.
	square := mat.NewSymDense(p, nil)
	for i, w := range r.w {
		square.SymRankOne(square, w*w*c.phi[i], r.x.RowView(i))
	}
	var half, middle mat.Dense
	half.Mul(r.inv, square)
	middle.Mul(&half, r.inv)
	for _, rows := range c.rows {
		n := len(rows)
		x := mat.NewDense(n, p, nil)
		for k, i := range rows {
			x.SetRow(k, r.x.RawRowView(i))
		}
		var xm, h, hh mat.Dense
		xm.Mul(x, r.inv)
		h.Mul(&xm, x.T()) // H without the weights on its right
		xm.Mul(x, &middle)
		hh.Mul(&xm, x.T())
		if kind == CR3 {
			c.adjust = append(c.adjust, c.jackknife(&h, rows))
			continue
		}
		b := mat.NewSymDense(n, nil)
		for i := range n {
			for j := i; j < n; j++ {
				wi, wj := r.w[rows[i]], r.w[rows[j]]
				fi, fj := c.phi[rows[i]], c.phi[rows[j]]
				v := hh.At(i, j) - h.At(i, j)*(wi*fi+wj*fj) + share(i == j)*fi
				b.SetSym(i, j, v*math.Sqrt(fi*fj))
			}
		}
		a := symPower(b, -.5, 1e-10)
		for i := range n {
			for j := i; j < n; j++ {
				a.SetSym(i, j, a.At(i, j)*math.Sqrt(c.phi[rows[i]]*c.phi[rows[j]]))
			}
		}
		c.adjust = append(c.adjust, a)
	}
}

// jackknife is (I - H_gg)^-1. Where dummies of the cluster are among the columns it does not exist, and all that rests on
// it comes out as NaN; Jackknife then serves.
func (c *Clusters) jackknife(h *mat.Dense, rows []int) mat.Matrix {
	n := len(rows)
	m, out := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			m.Set(i, j, share(i == j)-h.At(i, j)*c.r.w[rows[j]])
		}
	}
	if err := out.Inverse(m); err != nil {
		out.Apply(func(int, int, float64) float64 { return math.NaN() }, out)
	}
	return out
}

// adjusted is A_g v, or A_g' v.
func (c *Clusters) adjusted(g int, v []float64, transposed bool) []float64 {
	if c.adjust == nil {
		return v
	}
	a := c.adjust[g]
	if transposed {
		a = a.T()
	}
	var out mat.VecDense
	out.MulVec(a, mat.NewVecDense(len(v), v))
	return out.RawVector().Data
}

// half returns Phi^{1/2} (I-H)' s for the linear combinations l'b, one column a cluster and combination: s_g = A_g' W_g X_g M l.
func (c *Clusters) half(l *mat.Dense) []*mat.Dense {
	r := c.r
	n, p := r.x.Dims()
	q, _ := l.Dims()
	var ml mat.Dense
	ml.Mul(r.inv, l.T()) // p x q
	out := make([]*mat.Dense, q)
	for a := range q {
		out[a] = mat.NewDense(n, c.G(), nil)
	}
	for g, rows := range c.rows {
		for a := range q {
			s := make([]float64, len(rows))
			for k, i := range rows {
				for j := range p {
					s[k] += r.w[i] * r.x.At(i, j) * ml.At(j, a)
				}
			}
			s = c.adjusted(g, s, true)
			xs := make([]float64, p)
			for k, i := range rows {
				floats.AddScaled(xs, s[k], r.x.RawRowView(i))
			}
			mx := make([]float64, p)
			for j := range p {
				for k := range p {
					mx[j] += r.inv.At(j, k) * xs[k]
				}
			}
			for i := range n {
				out[a].Set(i, g, -r.w[i]*floats.Dot(r.x.RawRowView(i), mx))
			}
			for k, i := range rows {
				out[a].Set(i, g, out[a].At(i, g)+s[k])
			}
			for i, v := range c.phi {
				out[a].Set(i, g, out[a].At(i, g)*math.Sqrt(v))
			}
		}
	}
	return out
}

// Satterthwaite are the degrees of freedom of each coefficient under the working model.
func (c *Clusters) Satterthwaite(kind CR) []float64 {
	c.prepare(kind)
	p := len(c.r.Coef)
	out := make([]float64, p)
	for j := range p {
		l := mat.NewDense(1, p, nil)
		l.Set(0, j, 1)
		k := c.half(l)[0]
		var pm mat.Dense
		pm.Mul(k.T(), k)
		trace, norm := mat.Trace(&pm), mat.Norm(&pm, 2)
		out[j] = trace * trace / (norm * norm)
	}
	return out
}

// Wald is a joint test of coefficients.
type Wald struct{ F, DF1, DF2, P float64 }

// aht tests that the coefficients at the given columns are all zero, by the approximate Hotelling test of Pustejovsky and Tipton
// (2018) with CR2 ("HTZ" in clubSandwich).
func (c *Clusters) aht(columns []int) Wald {
	c.prepare(CR2)
	r, p, q := c.r, len(c.r.Coef), len(columns)
	l := mat.NewDense(q, p, nil)
	for a, j := range columns {
		l.Set(a, j, 1)
	}
	k := c.half(l)
	// Omega = sum_g of the expected own contributions; combinations are then rotated so that Omega is the identity.
	cross := make([][]*mat.Dense, q)
	omega := mat.NewSymDense(q, nil)
	for a := range q {
		cross[a] = make([]*mat.Dense, q)
		for b := range q {
			cross[a][b] = new(mat.Dense)
			cross[a][b].Mul(k[a].T(), k[b])
			if b >= a {
				omega.SetSym(a, b, mat.Trace(cross[a][b]))
			}
		}
	}
	root := symPower(omega, -.5, 1e-12)
	g := c.G()
	rotated := make([][]*mat.Dense, q)
	for s := range q {
		rotated[s] = make([]*mat.Dense, q)
		for t := range q {
			rotated[s][t] = mat.NewDense(g, g, nil)
			for a := range q {
				for b := range q {
					var term mat.Dense
					term.Scale(root.At(s, a)*root.At(t, b), cross[a][b])
					rotated[s][t].Add(rotated[s][t], &term)
				}
			}
		}
	}
	var spread float64 // sum over s, t of Var(D_st)
	for s := range q {
		for t := range q {
			for i := range g {
				for j := range g {
					spread += rotated[s][t].At(i, j)*rotated[t][s].At(i, j) + rotated[s][s].At(i, j)*rotated[t][t].At(i, j)
				}
			}
		}
	}
	v := c.Covariance(CR2)
	sub := mat.NewSymDense(q, nil)
	b := make([]float64, q)
	for s, i := range columns {
		b[s] = r.Coef[i]
		for t, j := range columns {
			if t >= s {
				sub.SetSym(s, t, v.At(i, j))
			}
		}
	}
	inv := symPower(sub, -1, 1e-14)
	var ib mat.VecDense
	ib.MulVec(inv, mat.NewVecDense(q, b))
	stat := floats.Dot(b, ib.RawVector().Data)
	eta := float64(q*(q+1)) / spread
	out := Wald{DF1: float64(q), DF2: eta - float64(q) + 1}
	out.F = (eta - float64(q) + 1) / (eta * float64(q)) * stat
	if out.P = math.NaN(); out.DF2 > 0 {
		out.P = distuv.F{D1: out.DF1, D2: out.DF2}.Survival(out.F)
	}
	return out
}

// Jackknife are standard errors from leaving out one cluster at a time, sum (b_-g - b)^2 without a factor: the form of CR3 that
// exists where cluster dummies are among the columns. Coefficients that are not estimable without some cluster (its own
// dummy) get NaN.
func (c *Clusters) Jackknife() []float64 {
	r := c.r
	n, p := r.x.Dims()
	sum := make([]float64, p)
	for _, rows := range c.rows {
		gone := make([]bool, n)
		for _, i := range rows {
			gone[i] = true
		}
		cross := mat.NewSymDense(p, nil)
		xy := make([]float64, p)
		for i := range n {
			if !gone[i] {
				cross.SymRankOne(cross, r.w[i], r.x.RowView(i))
				floats.AddScaled(xy, r.w[i]*r.y[i], r.x.RawRowView(i))
			}
		}
		scale := rootDiagonal(cross)
		for i := range p {
			if scale[i] == 0 {
				scale[i] = 1
			}
			xy[i] /= scale[i]
		}
		for i := range p {
			for j := i; j < p; j++ {
				cross.SetSym(i, j, cross.At(i, j)/scale[i]/scale[j])
			}
		}
		space := symPower(cross, 0, 1e-12) // projection on what is estimable
		var b mat.VecDense
		b.MulVec(symPower(cross, -1, 1e-12), mat.NewVecDense(p, xy))
		for j := range p {
			if space.At(j, j) < 1-1e-8 {
				sum[j] = math.NaN()
			}
			d := b.AtVec(j)/scale[j] - r.Coef[j]
			sum[j] += d * d
		}
	}
	for j := range sum {
		sum[j] = math.Sqrt(sum[j])
	}
	return sum
}

// twoWaySE are standard errors clustered in two directions at once (Cameron, Gelbach and Miller 2011), each part with its
// own G/(G-1), as sandwich::vcovCL.
func (r *Regression) twoWaySE(a, b []string) []float64 {
	both := make([]string, len(a))
	for i := range a {
		both[i] = a[i] + "\x00" + b[i]
	}
	va, vb, vab := r.Clustered(a).Covariance(CR1), r.Clustered(b).Covariance(CR1), r.Clustered(both).Covariance(CR1)
	out := make([]float64, len(r.Coef))
	for j := range out {
		out[j] = math.Sqrt(va.At(j, j) + vb.At(j, j) - vab.At(j, j))
	}
	return out
}
