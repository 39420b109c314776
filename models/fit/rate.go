package fit

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"insideout/models"
)

// rateSteps bounds the steps of iteratively reweighted least squares: a fit that has not settled by then does not settle.
const rateSteps = 60

// Rate is the cross-check of an outcome that is a share of counted cases: a quasi-binomial logit of the counts with team and period effects, standard errors
// by team from the working regression. The dispersion is not taken as one: cases of one team and period resemble each other.
type Rate struct {
	models.Estimate         // average change of the share for one unit of the condition, by the delta method; T, DF and P are those of the logit slope
	Logit, LogitSE  float64 // slope on the scale of log odds
	Firth           bool    // the likelihood has no maximum (cells all one way), so the penalised one was taken
	Dispersion      float64 // Pearson / degrees of freedom
	Left            int     // cells left out: of teams or periods in which every case went one way
}

// Rate fits it at a lag; ok is false where the outcome is no share of counted cases, or nothing can be fitted. Team and period effects are taken out of the
// working regression of every step, so that dummies are never written down. Teams and periods whose cases all went one way say nothing of a slope
// (their effect is without bound) and are left out; where that is not enough the counts get Firth's penalty (1993): half of each cell's leverage
// is added to both kinds of cases.
func (q Question) Rate(lag int) (r Rate, ok bool) {
	x, y := q.Panel.Find(q.Condition), q.Panel.Find(q.Outcome)
	if x == nil || y == nil {
		return Rate{}, false
	}
	there := make([]bool, len(y.Valid))
	cells := 0
	for i, valid := range y.Valid {
		if !valid {
			continue
		}
		if y.Value[i] < 0 || y.Value[i] > 1 {
			return Rate{}, false
		}
		if there[i] = y.N[i] > 0; there[i] {
			cells++
		}
	}
	if cells == 0 {
		return Rate{}, false
	}
	rows := match(q.Panel, x.Valid, there, lag)
	whole := rows.n()
	rows = mixed(q.Panel, x, y, there, lag, rows)
	if rows.teams() < minTeams || rows.times < 2 || rows.n() <= rows.teams()+rows.times {
		return Rate{}, false
	}
	f := &rateFit{rows: rows, x: rows.take(x.Value, lag), n: rows.take(y.N, 0), y: rows.take(y.Value, 0)}
	for i := range f.y {
		f.y[i] *= f.n[i]
	}
	centred(f.x)
	if !f.fit(false) {
		r.Firth = true
		if !f.fit(true) {
			return Rate{}, false
		}
	}
	c := f.final()
	if !(c.se > 0) {
		return Rate{}, false
	}
	var mass, change float64
	for i, mu := range f.mu {
		mass += f.n[i]
		change += f.n[i] * mu * (1 - mu)
		r.Dispersion += (f.y[i] - f.n[i]*mu) * (f.y[i] - f.n[i]*mu) / (f.n[i] * mu * (1 - mu))
	}
	r.Dispersion /= float64(rows.n() - rows.teams() - rows.times)
	r.Estimate = estimate(&c, rows)
	r.Logit, r.LogitSE, r.Left = c.b, c.se, whole-rows.n()
	per := models.Figure(change / mass) // of the share, for one unit of log odds
	r.Slope, r.SE, r.Low, r.High = r.Slope*per, r.SE*per, r.Low*per, r.High*per
	return r, true
}

// mixed leaves out the teams and periods in which every case went one way, until none is left.
func mixed(p *models.Panel, x, y *models.Series, there []bool, lag int, r *rows) *rows {
	for {
		var teamYes, teamNo = make([]float64, len(p.Teams)), make([]float64, len(p.Teams))
		var timeYes, timeNo = make([]float64, p.Periods), make([]float64, p.Periods)
		for _, c := range r.cell {
			yes := y.Value[c] * y.N[c]
			no := y.N[c] - yes
			teamYes[c/p.Periods] += yes
			teamNo[c/p.Periods] += no
			timeYes[c%p.Periods] += yes
			timeNo[c%p.Periods] += no
		}
		left := false
		for _, c := range r.cell {
			g, t := c/p.Periods, c%p.Periods
			const none = 1e-9
			if teamYes[g] < none || teamNo[g] < none || timeYes[t] < none || timeNo[t] < none {
				there[c], left = false, true
			}
		}
		if !left {
			return r
		}
		r = match(p, x.Valid, there, lag)
	}
}

// rateFit is a logit with absorbed effects on its way.
type rateFit struct {
	*rows
	x, y, n []float64 // condition, successes, cases
	eta, mu []float64
	z, w    []float64 // of the last step
	slim    *sandwich
}

// fit steps until the deviance settles; false if it does not, or if a fitted share runs off to an end.
func (f *rateFit) fit(firth bool) bool {
	rows := len(f.y)
	f.eta, f.mu, f.z = make([]float64, rows), make([]float64, rows), make([]float64, rows)
	y, n := append([]float64(nil), f.y...), append([]float64(nil), f.n...)
	for i := range y {
		f.mu[i] = (f.y[i] + .5) / (f.n[i] + 1)
		f.eta[i] = math.Log(f.mu[i] / (1 - f.mu[i]))
	}
	last := math.Inf(1)
	for range rateSteps {
		w := make([]float64, rows)
		for i := range w {
			w[i] = n[i] * f.mu[i] * (1 - f.mu[i])
			f.z[i] = f.eta[i] + (y[i]-n[i]*f.mu[i])/w[i]
		}
		base := factor(f.rows, w, false)
		shift := floats.Sum(f.z) / float64(rows)
		z := append([]float64(nil), f.z...)
		floats.AddConst(-shift, z)
		plain := append([]float64(nil), z...)
		base.residual(z)
		f.slim = newSandwich(f.rows, base, nil, append([]float64(nil), f.x...))
		if !f.slim.ok {
			return false
		}
		c := f.slim.point(0, z, true)
		var dev float64
		far := false
		for i, e := range c.residuals {
			f.eta[i] = shift + plain[i] - e
			far = far || math.Abs(f.eta[i]) > 25
			f.mu[i] = 1 / (1 + math.Exp(-f.eta[i]))
			dev -= 2 * (ylogm(y[i], n[i]*f.mu[i]) + ylogm(n[i]-y[i], n[i]*(1-f.mu[i])))
		}
		f.w = w
		if far || math.IsNaN(dev) {
			return false
		}
		if math.Abs(dev-last) <= 1e-11*(math.Abs(dev)+.1) {
			return true
		}
		last = dev
		if firth {
			left := base.weightedLeft()
			for i := range y {
				h := 1 - left[i]/w[i] + w[i]*f.slim.x[0][i]*f.slim.x[0][i]/c.sxx
				y[i], n[i] = f.y[i]+h/2, f.n[i]+h
			}
		}
	}
	return false
}

// final is the slope of the working regression with its inference by teams.
func (f *rateFit) final() clustered {
	base := absorb(f.rows, f.w)
	z := centred(append([]float64(nil), f.z...))
	base.residual(z)
	return newSandwich(f.rows, base, nil, append([]float64(nil), f.x...)).coefficient(0, z, f.teams() <= crMaxTeams)
}
