package fit

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// ErrCollinear is returned where columns cannot be told apart in double precision.
var ErrCollinear = errors.New("columns are collinear")

// Regression is a weighted least-squares fit. Slices over coefficients follow the columns given, slices over rows the rows.
type Regression struct {
	Coef      []float64
	Residuals []float64 // y - X b, unweighted
	Hat       []float64 // leverages
	DF        int       // rows minus columns
	RSS       float64   // weighted
	Sigma     float64   // residual standard deviation for weight 1
	Intercept int       // index of a constant column, -1 if none

	y, w []float64
	x    *mat.Dense    // as given
	inv  *mat.SymDense // (X'WX)^-1
}

// Regress fits y on the columns of x by Householder QR of the weighted columns at about unit length, with iterative refinement
// (see refine). A nil w means weights of 1; weights must be positive. An
// intercept is a column like any other. The error is ErrCollinear, or tells that there are more columns than rows.
func Regress(x [][]float64, y, w []float64) (*Regression, error) {
	n, p := len(y), len(x)
	if n < p || p == 0 {
		return nil, fmt.Errorf("%d rows cannot carry %d columns", n, p)
	}
	r := &Regression{DF: n - p, Intercept: -1, y: y, w: w, x: mat.NewDense(n, p, nil)}
	if w == nil {
		r.w = make([]float64, n)
		floats.AddConst(1, r.w)
	}
	root := make([]float64, n)
	for i, v := range r.w {
		if !(v > 0) {
			panic("fit: weight is not positive")
		}
		root[i] = math.Sqrt(v)
	}
	scaled := mat.NewDense(n, p, nil)
	scale := make([]float64, p)
	for j, c := range x {
		if len(c) != n {
			panic("fit: columns differ in length")
		}
		r.x.SetCol(j, c)
		if r.Intercept < 0 && c[0] != 0 && floats.Min(c) == floats.Max(c) {
			r.Intercept = j
		}
		wc := make([]float64, n)
		floats.MulTo(wc, c, root)
		size := floats.Norm(wc, 2)
		if size == 0 {
			return nil, ErrCollinear
		}
		_, e := math.Frexp(size)
		scale[j] = math.Ldexp(1, e) // a power of two: scaling loses nothing
		floats.Scale(1/scale[j], wc)
		scaled.SetCol(j, wc)
	}
	if !(conditionNumber(scaled) < 1e15) {
		return nil, ErrCollinear
	}
	var qr mat.QR
	qr.Factorize(scaled)
	var upper, q mat.Dense
	qr.RTo(&upper)
	qr.QTo(&q)
	tri := mat.NewTriDense(p, mat.Upper, nil)
	for i := range p {
		for j := i; j < p; j++ {
			tri.SetTri(i, j, upper.At(i, j))
		}
	}
	var back mat.TriDense
	if err := back.InverseTri(tri); err != nil {
		var cond mat.Condition
		if !errors.As(err, &cond) {
			return nil, ErrCollinear
		}
	}
	thin := q.Slice(0, n, 0, p)
	wy := make([]float64, n)
	floats.MulTo(wy, y, root)
	b, e := refine(scaled, thin, &back, wy)
	r.Coef = make([]float64, p)
	for j := range p {
		r.Coef[j] = b[j] / scale[j]
	}
	r.Residuals = e
	for i := range n {
		r.Residuals[i] /= root[i]
	}
	r.inv = mat.NewSymDense(p, nil)
	for i := range p {
		for j := i; j < p; j++ {
			var v float64
			for k := j; k < p; k++ {
				v += back.At(i, k) * back.At(j, k)
			}
			r.inv.SetSym(i, j, v/scale[i]/scale[j])
		}
	}
	r.Hat = make([]float64, n)
	for i := range n {
		for j := range p {
			r.Hat[i] += thin.At(i, j) * thin.At(i, j)
		}
		r.RSS += r.w[i] * r.Residuals[i] * r.Residuals[i]
	}
	r.Sigma = math.Sqrt(r.RSS / float64(r.DF))
	return r, nil
}

// refine solves least squares by the factors Q and R^-1 and improves solution and residuals together, on the augmented system
// e + X b = y, X'e = 0 with its residuals in twice the working precision (Bjoerck 1967).
func refine(x *mat.Dense, q mat.Matrix, inverse *mat.TriDense, y []float64) (b, e []float64) {
	n, p := x.Dims()
	b, e = make([]float64, p), make([]float64, n)
	f, g := make([]float64, n), make([]float64, p)
	for range 4 {
		for i := range n {
			s := twice{y[i], 0}
			s.add(-e[i])
			for j, v := range x.RawRowView(i) {
				s.addProduct(-v, b[j])
			}
			f[i] = s.value()
		}
		for j := range p {
			var s twice
			for i := range n {
				s.addProduct(-x.At(i, j), e[i])
			}
			g[j] = s.value()
		}
		var d, z, step, back, out mat.VecDense
		d.MulVec(q.T(), mat.NewVecDense(n, f))
		z.MulVec(inverse.T(), mat.NewVecDense(p, g))
		back.SubVec(&d, &z)
		step.MulVec(inverse, &back)
		back.SubVec(&z, &d)
		out.MulVec(q, &back)
		for j := range p {
			b[j] += step.AtVec(j)
		}
		for i := range n {
			e[i] += f[i] + out.AtVec(i)
		}
	}
	return b, e
}

// twice is a sum in twice the working precision (Ogita, Rump and Oishi 2005).
type twice struct{ sum, low float64 }

func (t *twice) add(v float64) {
	s := t.sum + v
	z := s - t.sum
	t.low += (t.sum - (s - z)) + (v - z)
	t.sum = s
}

func (t *twice) addProduct(a, b float64) {
	p := a * b
	t.low += math.FMA(a, b, -p)
	t.add(p)
}

func (t *twice) value() float64 { return t.sum + t.low }

// SE are the classical standard errors.
func (r *Regression) SE() []float64 {
	out := make([]float64, len(r.Coef))
	for j := range out {
		out[j] = r.Sigma * math.Sqrt(r.inv.At(j, j))
	}
	return out
}

// R2 is the explained share of the (weighted) sum of squares, about the mean if there is an intercept.
func (r *Regression) R2() float64 {
	var sw, swy float64
	if r.Intercept >= 0 {
		for i, w := range r.w {
			sw += w
			swy += w * r.y[i]
		}
		swy /= sw
	}
	var total float64
	for i, w := range r.w {
		total += w * (r.y[i] - swy) * (r.y[i] - swy)
	}
	return 1 - r.RSS/total
}

// F tests all columns but the intercept.
func (r *Regression) F() (f, df1, df2, p float64) {
	df1, df2 = float64(len(r.Coef)), float64(r.DF)
	if r.Intercept >= 0 {
		df1--
	}
	r2 := r.R2()
	f = r2 / df1 / ((1 - r2) / df2)
	return f, df1, df2, distuv.F{D1: df1, D2: df2}.Survival(f)
}

// LogLikelihood is that of normal errors with variance sigma^2/w at its maximum.
func (r *Regression) LogLikelihood() float64 {
	n := float64(len(r.y))
	var logs float64
	for _, w := range r.w {
		logs += math.Log(w)
	}
	return .5 * (logs - n*(math.Log(2*math.Pi)+1-math.Log(n)+math.Log(r.RSS)))
}

// conditionNumber is the ratio of the extreme singular values of the unweighted columns at unit length (Belsley, Kuh and
// Welsch 1980), intercept included.
func (r *Regression) conditionNumber() float64 {
	scaled := mat.DenseCopyOf(r.x)
	_, p := scaled.Dims()
	for j := range p {
		c := mat.Col(nil, j, scaled)
		floats.Scale(1/floats.Norm(c, 2), c)
		scaled.SetCol(j, c)
	}
	return conditionNumber(scaled)
}

// conditionNumber is the ratio of the extreme singular values, NaN if they did not converge.
func conditionNumber(x mat.Matrix) float64 {
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDNone) {
		return math.NaN()
	}
	v := svd.Values(nil)
	return v[0] / v[len(v)-1]
}

// HC is a heteroscedasticity-consistent standard error.
type HC int

const (
	HC0 HC = iota // White 1980
	HC1           // n/(n-p)
	HC2           // 1/(1-h)
	HC3           // 1/(1-h)^2
	HC4           // Cribari-Neto 2004
)

// robustSE are heteroscedasticity-consistent standard errors, as sandwich::vcovHC.
func (r *Regression) robustSE(kind HC) []float64 {
	n, p := len(r.y), len(r.Coef)
	scores := mat.NewDense(n, p, nil)
	for i := range n {
		f, left := 1.0, 1-r.Hat[i]
		switch kind {
		case HC1:
			f = float64(n) / float64(r.DF)
		case HC2:
			f = 1 / left
		case HC3:
			f = 1 / (left * left)
		case HC4:
			f = math.Pow(left, -math.Min(4, float64(n)*r.Hat[i]/float64(p)))
		}
		for j := range p {
			scores.Set(i, j, math.Sqrt(f)*r.w[i]*r.Residuals[i]*r.x.At(i, j))
		}
	}
	var meat mat.Dense
	meat.Mul(scores.T(), scores)
	return r.spread(&meat)
}

// spread gives the standard errors of a sandwich with the meat given.
func (r *Regression) spread(meat mat.Matrix) []float64 {
	var half, v mat.Dense
	half.Mul(r.inv, meat)
	v.Mul(&half, r.inv)
	out := make([]float64, len(r.Coef))
	for j := range out {
		out[j] = math.Sqrt(v.At(j, j))
	}
	return out
}

// neweyWestSE are standard errors for rows in time order, with Bartlett weights up to the lag, without prewhitening and
// without small-sample adjustment (Newey and West 1987).
func (r *Regression) neweyWestSE(lag int) []float64 {
	n, p := len(r.y), len(r.Coef)
	scores := mat.NewDense(n, p, nil)
	for i := range n {
		for j := range p {
			scores.Set(i, j, r.w[i]*r.Residuals[i]*r.x.At(i, j))
		}
	}
	return r.spread(bartlettMeat(scores, lag))
}
