package fit

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Influence says how much single rows weigh in a fit (Belsley, Kuh and Welsch 1980).
type Influence struct {
	Standardised []float64 // internally studentised residuals
	Studentised  []float64 // externally studentised residuals
	Cook         []float64
	DFFITS       []float64
}

// Influence computes the measures for every row.
func (r *Regression) Influence() Influence {
	n, p := len(r.y), float64(len(r.Coef))
	out := Influence{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
	for i := range n {
		e := math.Sqrt(r.w[i]) * r.Residuals[i]
		left := 1 - r.Hat[i]
		out.Standardised[i] = e / (r.Sigma * math.Sqrt(left))
		without := math.Sqrt((r.RSS - e*e/left) / float64(r.DF-1))
		out.Studentised[i] = e / (without * math.Sqrt(left))
		out.Cook[i] = out.Standardised[i] * out.Standardised[i] * r.Hat[i] / left / p
		out.DFFITS[i] = out.Studentised[i] * math.Sqrt(r.Hat[i]/left)
	}
	return out
}

// VIF are the variance inflation factors of the columns other than the intercept, which gets NaN: 1/(1-R^2) of each
// column on the others, in the fit's weights.
func (r *Regression) VIF() []float64 {
	out := make([]float64, len(r.Coef))
	var sw float64
	for _, w := range r.w {
		sw += w
	}
	for j := range out {
		if j == r.Intercept {
			out[j] = math.NaN()
			continue
		}
		var mean, ss float64
		for i, w := range r.w {
			if r.Intercept >= 0 {
				mean += w * r.x.At(i, j) / sw
			}
		}
		for i, w := range r.w {
			d := r.x.At(i, j) - mean
			ss += w * d * d
		}
		out[j] = r.inv.At(j, j) * ss
	}
	return out
}

// breuschPagan is the studentised test for variance that changes with the columns (Koenker 1981): n R^2 of the squared
// weighted residuals on the columns, chi-squared.
func (r *Regression) breuschPagan() (stat, df, p float64) {
	n := len(r.y)
	squares := make([]float64, n)
	var mean float64
	for i, e := range r.Residuals {
		squares[i] = r.w[i] * e * e
		mean += squares[i] / float64(n)
	}
	columns := make([][]float64, len(r.Coef))
	for j := range columns {
		columns[j] = make([]float64, n)
		for i := range n {
			columns[j][i] = r.x.At(i, j)
		}
	}
	aux, err := Regress(columns, squares, nil)
	if err != nil {
		return math.NaN(), math.NaN(), math.NaN()
	}
	df = float64(len(r.Coef) - 1)
	stat = float64(n) * aux.R2()
	return stat, df, distuv.ChiSquared{K: df}.Survival(stat)
}

// durbinWatson is the statistic for rows in time order.
func (r *Regression) durbinWatson() float64 {
	var num, den float64
	for i, e := range r.Residuals {
		den += e * e
		if i > 0 {
			d := e - r.Residuals[i-1]
			num += d * d
		}
	}
	return num / den
}
