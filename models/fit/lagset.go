package fit

import (
	"math"
	"math/rand/v2"
	"slices"
)

const (
	lagDraws = 1000
	lagHold  = 0.90
)

// lagSet is the smallest set of lags that holds 90 % of the best lags when teams are resampled, the chosen lag always
// among them. A draw needs no refit: with A_g a team's part of x'Wy and H_g of x'Wx (fixed effects out), the slope of a
// draw with multiplicities m is b* = sum mA / sum mH and its variance, from the teams' scores, sum m (A - b*H)^2 /
// (sum mH)^2. Each lag's t is scaled by what CR2 changed in the sample itself.
func (a *analysis) lagSet(p *pair) []int {
	type profile struct {
		lag   int
		a, h  []float64 // by team of lag 0
		scale float64
	}
	var lags []profile
	at := make([]int, len(a.panel.Teams))
	for i := range at {
		at[i] = -1
	}
	for g, team := range p.lag0.team {
		at[team] = g
	}
	n := p.lag0.teams()
	for i := range p.profile {
		l := &p.profile[i]
		if l.lag < 0 || l.noFits || !l.fit.testable() {
			continue
		}
		pr := profile{lag: l.lag, a: make([]float64, n), h: make([]float64, n)}
		var meat float64
		for g, team := range l.teams {
			meat += l.fit.scores[g] * l.fit.scores[g]
			if k := at[team]; k >= 0 { // a team seen at this lag only cannot be drawn
				pr.a[k] = l.fit.scores[g] + l.fit.b*l.fit.share[g]
				pr.h[k] = l.fit.share[g]
			}
		}
		pr.scale = math.Sqrt(meat) / l.fit.se
		lags = append(lags, pr)
	}
	wins := make([]int, len(lags))
	for _, m := range a.resampled(n) {
		best, most := -1, -1.0
		for k := range lags {
			l := &lags[k]
			var sa, sh, saa, sah, shh float64
			for g, times := range m {
				if times == 0 {
					continue
				}
				f := float64(times)
				x, y := l.a[g], l.h[g]
				sa += f * x
				sh += f * y
				saa += f * x * x
				sah += f * x * y
				shh += f * y * y
			}
			b := sa / sh
			v := saa - 2*b*sah + b*b*shh
			if t := math.Abs(sa) * l.scale / math.Sqrt(v); t > most {
				best, most = k, t
			}
		}
		if best >= 0 {
			wins[best]++
		}
	}
	order := make([]int, len(lags))
	total := 0
	for k := range order {
		order[k] = k
		total += wins[k]
	}
	slices.SortStableFunc(order, func(x, y int) int {
		if (lags[x].lag == p.chosen.lag) != (lags[y].lag == p.chosen.lag) {
			if lags[x].lag == p.chosen.lag {
				return -1
			}
			return 1
		}
		return wins[y] - wins[x]
	})
	var set []int
	held := 0
	for _, k := range order {
		if len(set) > 0 && float64(held) >= lagHold*float64(total) {
			break
		}
		set = append(set, lags[k].lag)
		held += wins[k]
	}
	slices.Sort(set)
	return set
}

// resampled gives the draws for a number of teams: how often each team, in order of name, is in each. They depend on the
// specification and that number alone, so that a team without data changes nothing.
func (a *analysis) resampled(teams int) [][]uint16 {
	if d, ok := a.draws[teams]; ok {
		return d
	}
	rng := rand.New(rand.NewPCG(a.seed, uint64(teams)))
	draws := make([][]uint16, lagDraws)
	for i := range draws {
		draws[i] = make([]uint16, teams)
		for range teams {
			draws[i][rng.IntN(teams)]++
		}
	}
	a.draws[teams] = draws
	return draws
}
