package fit

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// Family is a distribution of the outcome, with its canonical link.
type Family string

const (
	Binomial Family = "binomial" // logit; outcomes are successes of Trials
	Poisson  Family = "poisson"  // log; Offset is the log of exposure
)

// ErrSeparated is returned where the likelihood has no maximum: some column tells all successes from all failures.
var ErrSeparated = errors.New("outcomes are perfectly separated")

// GLMData is what a generalised linear model is fitted to. For Binomial Y holds successes.
type GLMData struct {
	X      [][]float64
	Y      []float64
	Trials []float64 // Binomial only
	Offset []float64 // nil: 0
}

// GLM is a fitted generalised linear model. Working is the weighted regression at convergence: robust and clustered standard
// errors come from it.
type GLM struct {
	Family        Family
	Coef          []float64
	Fitted        []float64 // shares or rates
	Deviance      float64
	NullDeviance  float64
	LogLikelihood float64
	AIC           float64
	Pearson       float64 // chi-squared
	Dispersion    float64 // Pearson/df: above 1 the plain standard errors are too small
	DF            int
	Steps         int
	Working       *Regression
}

// fitGLM maximises the likelihood by iteratively reweighted least squares with step halving, to a relative change of the deviance
// of 1e-12. The error is ErrCollinear, ErrSeparated, or says what is wrong with the data.
func fitGLM(family Family, d GLMData) (*GLM, error) {
	n, p := len(d.Y), len(d.X)
	offset := d.Offset
	if offset == nil {
		offset = make([]float64, n)
	}
	m := &GLM{Family: family, DF: n - p}
	for i, y := range d.Y {
		if y < 0 || family == Binomial && (d.Trials[i] <= 0 || y > d.Trials[i]) {
			return nil, fmt.Errorf("row %d: %v is no possible outcome", i, y)
		}
	}
	f := glmFamily{family, d}
	eta := make([]float64, n)
	for i := range eta {
		eta[i] = f.start(i)
	}
	mu := f.mean(eta)
	dev := f.deviance(mu)
	var coef []float64
	for m.Steps = 1; ; m.Steps++ {
		if m.Steps > 100 {
			return nil, ErrSeparated
		}
		z, w := f.working(eta, mu, offset)
		r, err := Regress(d.X, z, w)
		if err != nil {
			return nil, err
		}
		next := r.Coef
		var moved float64
		for halving := 0; ; halving++ {
			for i := range eta {
				eta[i] = offset[i]
				for j := range p {
					eta[i] += d.X[j][i] * next[j]
				}
			}
			mu = f.mean(eta)
			now := f.deviance(mu)
			moved = dev - now
			if coef == nil || now <= dev*(1+1e-10)+1e-10 || halving > 30 {
				dev = now
				break
			}
			half := make([]float64, p)
			floats.AddTo(half, next, coef)
			floats.Scale(.5, half)
			next = half
		}
		coef = next
		if math.Abs(moved) <= 1e-12*(math.Abs(dev)+.1) && m.Steps > 2 {
			break
		}
	}
	for i, v := range eta {
		if math.Abs(v-offset[i]) > 25 && f.extreme(i) {
			return nil, ErrSeparated
		}
	}
	z, w := f.working(eta, mu, offset)
	r, err := Regress(d.X, z, w)
	if err != nil {
		return nil, err
	}
	m.Working, m.Coef, m.Fitted, m.Deviance = r, r.Coef, mu, dev
	m.LogLikelihood = f.logLikelihood(mu)
	m.AIC = -2*m.LogLikelihood + 2*float64(p)
	for i := range mu {
		m.Pearson += w[i] * r.Residuals[i] * r.Residuals[i]
	}
	m.Dispersion = m.Pearson / float64(m.DF)
	m.NullDeviance = f.null(offset)
	return m, nil
}

// SE are standard errors of the likelihood, for a dispersion of 1.
func (m *GLM) SE() []float64 { return rootDiagonal(m.Working.inv) }

// quasiSE are the same times the root of the dispersion.
func (m *GLM) quasiSE() []float64 {
	out := m.SE()
	floats.Scale(math.Sqrt(m.Dispersion), out)
	return out
}

// Clustered groups the rows for robust inference, with the model's own variance as the working one (clubSandwich).
func (m *GLM) Clustered(ids []string) *Clusters {
	c := m.Working.Clustered(ids)
	for i, w := range m.Working.w {
		c.phi[i] = 1 / w
	}
	return c
}

// marginalEffect is the average over rows of the change of the fitted share or rate for a move of column j by step.
func (m *GLM) marginalEffect(j int, step float64) float64 {
	var sum float64
	for _, mu := range m.Fitted {
		if m.Family == Binomial {
			moved := 1 / (1 + math.Exp(-math.Log(mu/(1-mu))-m.Coef[j]*step))
			sum += moved - mu
			continue
		}
		sum += mu * math.Expm1(m.Coef[j]*step)
	}
	return sum / float64(len(m.Fitted))
}

// glmFamily is the arithmetic of a family on its data.
type glmFamily struct {
	Family
	d GLMData
}

func (f glmFamily) trials(i int) float64 {
	if f.Family == Binomial {
		return f.d.Trials[i]
	}
	return 1
}

// extreme tells rows in which all trials end the same way, or that count nothing.
func (f glmFamily) extreme(i int) bool {
	return f.d.Y[i] == 0 || f.Family == Binomial && f.d.Y[i] == f.d.Trials[i]
}

func (f glmFamily) start(i int) float64 {
	if f.Family == Binomial {
		s := (f.d.Y[i] + .5) / (f.d.Trials[i] + 1)
		return math.Log(s / (1 - s))
	}
	return math.Log(f.d.Y[i] + .1)
}

func (f glmFamily) mean(eta []float64) []float64 {
	mu := make([]float64, len(eta))
	for i, v := range eta {
		if f.Family == Binomial {
			mu[i] = 1 / (1 + math.Exp(-v))
		} else {
			mu[i] = math.Exp(v)
		}
	}
	return mu
}

// working returns the response and the weights of the next weighted regression.
func (f glmFamily) working(eta, mu, offset []float64) (z, w []float64) {
	z, w = make([]float64, len(eta)), make([]float64, len(eta))
	for i, m := range mu {
		slope := m // d mu / d eta
		if f.Family == Binomial {
			slope = m * (1 - m)
		}
		slope = math.Max(slope, 1e-300)
		z[i] = eta[i] - offset[i] + (f.d.Y[i]/f.trials(i)-m)/slope
		w[i] = math.Max(f.trials(i)*slope, 1e-300)
	}
	return z, w
}

func (f glmFamily) deviance(mu []float64) float64 {
	var d float64
	for i, m := range mu {
		y, n := f.d.Y[i], f.trials(i)
		if f.Family == Binomial {
			d += 2 * (ylog(y, n*m) + ylog(n-y, n*(1-m)))
		} else {
			d += 2 * (ylog(y, m) - (y - m))
		}
	}
	return d
}

// ylog is y log(y/m), 0 at y = 0.
func ylog(y, m float64) float64 {
	if y == 0 {
		return 0
	}
	return y * math.Log(y/m)
}

func (f glmFamily) logLikelihood(mu []float64) float64 {
	lg := func(v float64) float64 { l, _ := math.Lgamma(v + 1); return l }
	var l float64
	for i, m := range mu {
		y, n := f.d.Y[i], f.trials(i)
		if f.Family == Binomial {
			l += lg(n) - lg(y) - lg(n-y) + ylogm(y, m) + ylogm(n-y, 1-m)
		} else {
			l += ylogm(y, m) - m - lg(y)
		}
	}
	return l
}

func ylogm(y, m float64) float64 {
	if y == 0 {
		return 0
	}
	return y * math.Log(m)
}

// null is the deviance of a model with an intercept alone, beside the offset.
func (f glmFamily) null(offset []float64) float64 {
	var y, n float64
	for i, v := range f.d.Y {
		y += v
		if f.Family == Binomial {
			n += f.d.Trials[i]
		} else {
			n += math.Exp(offset[i])
		}
	}
	mu := make([]float64, len(f.d.Y))
	for i := range mu {
		mu[i] = y / n
		if f.Family == Poisson {
			mu[i] *= math.Exp(offset[i])
		}
	}
	return f.deviance(mu)
}
