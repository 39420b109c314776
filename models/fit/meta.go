package fit

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distuv"
)

// TauMethod estimates the variance between true slopes.
type TauMethod string

const (
	TauREML TauMethod = "REML"
	TauDL   TauMethod = "DL" // DerSimonian and Laird 1986
	TauPM   TauMethod = "PM" // Paule and Mandel 1982
)

// Meta is a random-effects summary of slopes b with known variances v. Intervals of single slopes built on it are too short,
// because tau^2 is taken for known: claims about teams come from PartialPool.
type Meta struct {
	Tau2, Mu, SE   float64
	Low, High      float64 // 95 % of Mu, normal
	Q, QP          float64 // test of no differences
	I2, H2         float64 // share (in %) and ratio of the variance that is not sampling
	NewLow, NewTop float64 // 95 % of the slope of another team
	KnappSE        float64 // Knapp and Hartung 2003
	KnappLow       float64
	KnappHigh      float64
	Slopes         []float64 // best linear predictions
	SlopeSE        []float64
}

// summarise computes it. It panics unless there are at least two slopes with positive variances.
func summarise(b, v []float64, how TauMethod) Meta {
	k := float64(len(b))
	if len(b) < 2 || floats.Min(v) <= 0 {
		panic("fit: a summary takes at least two slopes with positive variances")
	}
	mean := func(tau2 float64) (mu, sw, q float64) {
		for i := range b {
			w := 1 / (v[i] + tau2)
			sw += w
			mu += w * b[i]
		}
		mu /= sw
		for i := range b {
			q += (b[i] - mu) * (b[i] - mu) / (v[i] + tau2)
		}
		return mu, sw, q
	}
	var m Meta
	_, sw, q := mean(0)
	var sww float64
	for _, x := range v {
		sww += 1 / (x * x)
	}
	m.Q, m.QP = q, distuv.ChiSquared{K: k - 1}.Survival(q)
	typical := (k - 1) * sw / (sw*sw - sww)
	top := 10*floats.Max(v) + 10*spread(b)
	switch how {
	case TauDL:
		m.Tau2 = math.Max(0, (q-(k-1))/(sw-sww/sw))
	case TauPM:
		m.Tau2 = root(func(t float64) float64 { _, _, q := mean(t); return q - (k - 1) }, 0, top)
	case TauREML:
		// Derivative of the restricted log-likelihood; it falls through zero at the maximum, or there is none inside.
		m.Tau2 = root(func(t float64) float64 {
			mu, sw, _ := mean(t)
			var a, c, sww float64
			for i := range b {
				w := 1 / (v[i] + t)
				a += w * w * (b[i] - mu) * (b[i] - mu)
				c += w
				sww += w * w
			}
			return a - c + sww/sw
		}, 0, top)
	default:
		panic("fit: unknown method " + string(how))
	}
	var left float64
	m.Mu, sw, left = mean(m.Tau2)
	m.SE = 1 / math.Sqrt(sw)
	z := normalQuantile(.975)
	m.Low, m.High = m.Mu-z*m.SE, m.Mu+z*m.SE
	m.I2, m.H2 = 100*m.Tau2/(m.Tau2+typical), m.Tau2/typical+1
	half := z * math.Sqrt(m.SE*m.SE+m.Tau2)
	m.NewLow, m.NewTop = m.Mu-half, m.Mu+half
	m.KnappSE = math.Sqrt(left/(k-1)) * m.SE
	half = studentQuantile(.975, k-1) * m.KnappSE
	m.KnappLow, m.KnappHigh = m.Mu-half, m.Mu+half
	for i := range b {
		keep := m.Tau2 / (m.Tau2 + v[i])
		m.Slopes = append(m.Slopes, keep*b[i]+(1-keep)*m.Mu)
		m.SlopeSE = append(m.SlopeSE, math.Sqrt(keep*v[i]+(1-keep)*(1-keep)*m.SE*m.SE))
	}
	return m
}

func spread(b []float64) float64 {
	m := exactMean(b)
	var s float64
	for _, x := range b {
		s += (x - m) * (x - m)
	}
	return s / float64(len(b)-1)
}

// root is the zero of a falling function on an interval by bisection, the lower end if it starts below zero.
func root(f func(float64) float64, lo, hi float64) float64 {
	if f(lo) <= 0 {
		return lo
	}
	for range 200 {
		mid := lo + (hi-lo)/2
		if hi-lo <= 1e-13*math.Max(math.Abs(lo), math.Abs(hi)) {
			break
		}
		if f(mid) > 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo + (hi-lo)/2
}

// TeamPosterior is what the data say of one team's true slope once all teams are taken together.
type TeamPosterior struct {
	Mean, Low, High float64 // 95 %
	Positive        float64 // probability that the slope is above zero
}

// PooledTeams are slopes of teams, partly pooled.
type PooledTeams struct {
	Mu, MuLow, MuHigh float64
	Tau               float64 // posterior median of the spread between teams
	TauLow, TauHigh   float64
	Alike             bool // the spread may well be nothing: one number says it all
	Teams             []TeamPosterior

	b, v, taus, ps, mus, vs []float64 // slopes, their variances; the grid: probability, and center and variance of mu given tau
}

// tauGrid is the number of points over which tau is integrated.
const tauGrid = 200

// PartialPool takes b_g ~ N(beta_g, v_g), beta_g ~ N(mu, tau^2) with flat priors on mu and tau, and integrates over tau on a
// grid (Gelman 2006). Taking one value of tau for known instead would give intervals that cover far too little where teams are
// few. It panics unless there are at least three slopes with positive variances.
func PartialPool(b, v []float64) PooledTeams {
	if len(b) < 3 || floats.Min(v) <= 0 {
		panic("fit: partial pooling takes at least three slopes with positive variances")
	}
	density := func(tau float64) (logp, mu, vmu float64) {
		var sw float64
		for i := range b {
			w := 1 / (v[i] + tau*tau)
			sw += w
			mu += w * b[i]
			logp += .5 * math.Log(w)
		}
		mu /= sw
		for i := range b {
			logp -= .5 * (b[i] - mu) * (b[i] - mu) / (v[i] + tau*tau)
		}
		return logp - .5*math.Log(sw), mu, 1 / sw
	}
	// The grid ends where the density has fallen by e^-14 from its best.
	top := math.Sqrt(spread(b)+floats.Max(v)) / 4
	best := math.Inf(-1)
	for range 60 {
		logp, _, _ := density(top)
		best = math.Max(best, logp)
		if logp < best-14 {
			break
		}
		top *= 1.3
	}
	taus, ps, mus, vs := make([]float64, tauGrid), make([]float64, tauGrid), make([]float64, tauGrid), make([]float64, tauGrid)
	for k := range taus {
		taus[k] = top * (float64(k) + .5) / tauGrid
		ps[k], mus[k], vs[k] = density(taus[k])
	}
	most := floats.Max(ps)
	for k := range ps {
		ps[k] = math.Exp(ps[k] - most)
	}
	floats.Scale(1/floats.Sum(ps), ps)
	out := PooledTeams{}
	quantile := func(p float64) float64 {
		var sum float64
		for k, v := range ps {
			if sum+v >= p {
				return top * (float64(k) + (p-sum)/v) / tauGrid
			}
			sum += v
		}
		return top
	}
	out.Tau, out.TauLow, out.TauHigh = quantile(.5), quantile(.025), quantile(.975)
	// Nothing speaks for differences where the density is not clearly below its best at zero (likelihood ratio of 10 % level).
	atZero, _, _ := density(0)
	out.Alike = most-atZero < 1.35
	out.b, out.v = slices.Clone(b), slices.Clone(v)
	for k, p := range ps { // the tails of the grid hold nothing
		if p >= 1e-12 {
			out.taus, out.ps, out.mus, out.vs = append(out.taus, taus[k]), append(out.ps, p), append(out.mus, mus[k]), append(out.vs, vs[k])
		}
	}
	mu := mixture{p: out.ps, center: out.mus}
	for _, v := range out.vs {
		mu.sd = append(mu.sd, math.Sqrt(v))
	}
	out.Mu, out.MuLow, out.MuHigh = mu.mean(), mu.quantile(.025), mu.quantile(.975)
	for i := range b {
		d := out.team(i)
		out.Teams = append(out.Teams, TeamPosterior{d.mean(), d.quantile(.025), d.quantile(.975), 1 - d.below(0)})
	}
	return out
}

// team is the posterior of one team's slope.
func (p *PooledTeams) team(i int) mixture {
	d := mixture{p: p.ps, center: make([]float64, len(p.ps)), sd: make([]float64, len(p.ps))}
	for k, tau := range p.taus {
		keep := tau * tau / (tau*tau + p.v[i])
		d.center[k] = keep*p.b[i] + (1-keep)*p.mus[k]
		d.sd[k] = math.Sqrt(keep*p.v[i] + (1-keep)*(1-keep)*p.vs[k])
	}
	return d
}

// mixture is a mixture of normal distributions.
type mixture struct{ p, center, sd []float64 }

func (d mixture) mean() float64 { return floats.Dot(d.p, d.center) }

func (d mixture) below(x float64) float64 {
	var sum float64
	for k, p := range d.p {
		sum += p * .5 * math.Erfc((d.center[k]-x)/d.sd[k]/math.Sqrt2)
	}
	return sum
}

// quantile solves below(x) = p by Newton's method kept inside a bracket.
func (d mixture) quantile(p float64) float64 {
	lo, hi := math.Inf(1), math.Inf(-1)
	for k := range d.p {
		lo, hi = math.Min(lo, d.center[k]-9*d.sd[k]), math.Max(hi, d.center[k]+9*d.sd[k])
	}
	x := d.mean()
	var spread float64
	for k, w := range d.p {
		spread += w * (d.sd[k]*d.sd[k] + (d.center[k]-x)*(d.center[k]-x))
	}
	x += normalQuantile(p) * math.Sqrt(spread) // where it would be if it were one normal distribution
	for range 100 {
		off := d.below(x) - p
		if off > 0 {
			hi = x
		} else {
			lo = x
		}
		var density float64
		for k, w := range d.p {
			z := (x - d.center[k]) / d.sd[k]
			density += w * math.Exp(-z*z/2) / (d.sd[k] * math.Sqrt(2*math.Pi))
		}
		next := x - off/density
		if !(next > lo && next < hi) {
			next = (lo + hi) / 2
		}
		if math.Abs(next-x) <= 1e-12*(hi-lo+math.Abs(x)) {
			return next
		}
		x = next
	}
	return x
}
