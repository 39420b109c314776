package fit

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Ridge is a ridge regression on centred columns of unit variance, for display only: it has no p and no interval.
type Ridge struct {
	Slopes       []float64 // in units of the columns as given
	Intercept    float64
	Standardised []float64 // for columns of unit variance
	DF           float64   // effective, sum d^2/(d^2+k)
	GCV          float64   // generalised cross-validation, RSS/(n-DF)^2 (Golub, Heath and Wahba 1979)
}

// RidgePath holds what all penalties share.
type RidgePath struct {
	u, v         mat.Dense
	d, uy        []float64
	mean, scale  []float64
	center, rss0 float64 // mean of y; sum of squares of y that no column explains
	HKB, LW      float64 // penalties of Hoerl, Kennard and Baldwin (1975) and Lawless and Wang (1976)
}

// newRidgePath decomposes the columns. divisor n scales like MASS::lm.ridge, n-1 by sample standard deviations. The error is
// ErrCollinear where a column is constant.
func newRidgePath(x [][]float64, y []float64, divisor int) (*RidgePath, error) {
	n, p := len(y), len(x)
	r := &RidgePath{center: exactMean(y)}
	scaled := mat.NewDense(n, p, nil)
	for j, c := range x {
		m := exactMean(c)
		col := append([]float64(nil), c...)
		floats.AddConst(-m, col)
		s := math.Sqrt(floats.Dot(col, col) / float64(divisor))
		if s == 0 {
			return nil, ErrCollinear
		}
		floats.Scale(1/s, col)
		scaled.SetCol(j, col)
		r.mean, r.scale = append(r.mean, m), append(r.scale, s)
	}
	var svd mat.SVD
	if !svd.Factorize(scaled, mat.SVDThin) {
		return nil, ErrCollinear
	}
	svd.UTo(&r.u)
	svd.VTo(&r.v)
	r.d = svd.Values(nil)
	yc := append([]float64(nil), y...)
	floats.AddConst(-r.center, yc)
	var uy mat.VecDense
	uy.MulVec(r.u.T(), mat.NewVecDense(n, yc))
	r.uy = uy.RawVector().Data
	explained := floats.Dot(r.uy, r.uy)
	r.rss0 = math.Max(0, floats.Dot(yc, yc)-explained)
	s2 := r.rss0 / float64(n-p-1)
	var size float64
	for k, d := range r.d {
		size += r.uy[k] * r.uy[k] / (d * d)
	}
	r.HKB = float64(p-2) * s2 / size
	r.LW = float64(p-2) * s2 * float64(n) / explained
	return r, nil
}

// At gives the fit for a penalty.
func (r *RidgePath) At(penalty float64) Ridge {
	n, p := r.u.Dims()
	out := Ridge{Slopes: make([]float64, p), Standardised: make([]float64, p), Intercept: r.center}
	rss := r.rss0
	for k, d := range r.d {
		keep := d * d / (d*d + penalty)
		out.DF += keep
		rss += (1 - keep) * (1 - keep) * r.uy[k] * r.uy[k]
		for j := range p {
			out.Standardised[j] += r.v.At(j, k) * keep / d * r.uy[k]
		}
	}
	left := float64(n) - out.DF
	out.GCV = rss / (left * left)
	for j := range p {
		out.Slopes[j] = out.Standardised[j] / r.scale[j]
		out.Intercept -= out.Slopes[j] * r.mean[j]
	}
	return out
}
