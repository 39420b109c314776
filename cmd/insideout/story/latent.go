package story

import (
	"math"
	"math/rand/v2"
)

// How strongly things move. Conditions are in points of a five-point scale, log odds in their own unit.
const (
	sdTeam   = 0.30 // between teams, of a condition
	sdWithin = 0.34 // inside a team over time, of a condition
	sdTime   = 0.15 // shock shared by every team in a week, of a condition
	rhoCond  = 0.60 // memory of a condition from week to week
	rhoOut   = 0.35 // memory of an outcome
	halo     = 0.06 // correlation of the conditions of one team and week
	settled  = 0.88 // weight of how settled a team is on development and on NPS, the confounder of the spurious link

	effectFlow       = 0.12  // log odds of failure demand for one within-team standard deviation of flow
	effectConnection = 0.012 // points of effort for one within-team standard deviation of connection
)

// live lets the world run: conditions first, then the outcomes that some of them move.
func (w *World) live() {
	r := w.rand(drawLatent)
	weeks, g, d := Weeks+burnIn, len(w.teams), len(w.dims)

	calendar := memory(r, 0.8, weeks, 1)
	own, shared := memory(r, rhoCond, weeks, g*d), memory(r, rhoCond, weeks, g)
	within := grid2(weeks, g*d) // what the conditions of one team and week have in common makes them go together
	for t := range within {
		for j := range within[t] {
			within[t][j] = math.Sqrt(1-halo)*own[t][j] + math.Sqrt(halo)*shared[t][j/d]
		}
	}

	level := make([]float64, g) // how settled each team is
	for i := range level {
		level[i] = r.NormFloat64()
	}
	mean := make([][]float64, g)
	dev := w.dimension("development")
	for i := range mean {
		mean[i] = make([]float64, d)
		for k := range mean[i] {
			weight := 0.25
			if k == dev {
				weight = settled
			}
			mean[i][k] = weight*level[i] + math.Sqrt(1-weight*weight)*r.NormFloat64()
		}
	}

	w.inside = grid3(Weeks, g, d)
	for t := range Weeks {
		for i := range g {
			for k := range d {
				w.inside[t][i][k] = base(k) + sdTeam*mean[i][k] + sdTime*calendar[t+burnIn][0] + sdWithin*within[t+burnIn][i*d+k]
			}
		}
	}
	w.outcomes(calendar, within, level)
}

// base is the level of the k-th condition in the whole company.
func base(k int) float64 {
	levels := []float64{3.55, 3.15, 3.30, 3.70, 3.45, 3.85, 3.05, 3.60}
	return levels[k%len(levels)]
}

// outcomes makes what customers meet. The calendar helps or hurts both sides in the same week, which alone makes
// every raw correlation look like something.
func (w *World) outcomes(calendar, within [][]float64, level []float64) {
	r := w.rand(drawEffects)
	weeks, g, d := Weeks+burnIn, len(w.teams), len(w.dims)
	flow, connection := w.dimension("flow"), w.dimension("connection")
	own := memory(r, rhoOut, weeks, g*4)
	team := make([][4]float64, g)
	for i := range team {
		for q := range team[i] {
			team[i][q] = r.NormFloat64()
		}
		team[i][1] = settled*level[i] + math.Sqrt(1-settled*settled)*team[i][1]
	}
	w.failure, w.nps, w.ease, w.csat = grid2(Weeks, g), grid2(Weeks, g), grid2(Weeks, g), grid2(Weeks, g)
	w.volume = make([]float64, Weeks)
	for t := range Weeks {
		b := t + burnIn
		w.volume[t] = math.Exp(0.12*math.Cos(2*math.Pi*float64(t-2)/52) + 0.05*r.NormFloat64())
		for i := range g {
			c := calendar[b][0]
			w.failure[t][i] = -0.55 + 0.28*team[i][0] - 0.10*c + 0.13*own[b][i*4] - effectFlow*within[b-lagFlow][i*d+flow]
			w.nps[t][i] = 0.42*team[i][1] + 0.12*c + 0.10*own[b][i*4+1]
			w.ease[t][i] = 4.85 + 0.22*team[i][2] + 0.09*c + 0.12*own[b][i*4+2] + effectConnection*within[b-lagConnection][i*d+connection]
			w.csat[t][i] = 1.0 + 0.25*team[i][3] + 0.12*c + 0.20*own[b][i*4+3]
		}
	}
}

// memory makes columns of first-order autoregressive noise with unit variance.
func memory(r *rand.Rand, rho float64, weeks, columns int) [][]float64 {
	out, fresh := grid2(weeks, columns), math.Sqrt(1-rho*rho)
	for t := range out {
		for k := range out[t] {
			if t == 0 {
				out[t][k] = r.NormFloat64()
				continue
			}
			out[t][k] = rho*out[t-1][k] + fresh*r.NormFloat64()
		}
	}
	return out
}

func grid2(a, b int) [][]float64 {
	out, flat := make([][]float64, a), make([]float64, a*b)
	for i := range out {
		out[i] = flat[i*b : (i+1)*b : (i+1)*b]
	}
	return out
}

func grid3(a, b, c int) [][][]float64 {
	out := make([][][]float64, a)
	for i := range out {
		out[i] = grid2(b, c)
	}
	return out
}
