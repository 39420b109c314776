package fit

import (
	"math"
	"math/rand/v2"
	"slices"
)

const (
	lagDraws     = 1000
	lagHold      = 0.90
	maxResampled = 400
)

// lagSet is the smallest set of lags that holds 90 % of the best lags when teams are resampled, the chosen lag always
// among them. A draw needs no refit: with A_g a team's part of x'Wy and H_g of x'Wx (fixed effects out), the slope of a
// draw with multiplicities m is b* = sum mA / sum mH and its variance, from the teams' scores, sum m (A - b*H)^2 /
// (sum mH)^2. Each lag's t is scaled by what CR2 changed in the sample itself. Beyond maxResampled teams, groups of teams are drawn:
// teams are independent, so that groups of them resample as well.
func (a *analysis) lagSet(p *pair) []int {
	type sums struct{ a, h, aa, ah, hh float64 }
	type profile struct {
		lag   int
		own   []sums // by team of lag 0, or group of teams
		scale float64
	}
	var lags []profile
	at := make([]int, len(a.panel.Teams))
	for i := range at {
		at[i] = -1
	}
	n := min(p.lag0.teams(), maxResampled)
	for g, team := range p.lag0.team {
		at[team] = g % n
	}
	for i := range p.profile {
		l := &p.profile[i]
		if l.lag < 0 || l.noFits || !l.fit.testable() {
			continue
		}
		pr := profile{lag: l.lag, own: make([]sums, n)}
		var meat float64
		for g, team := range l.teams {
			meat += l.fit.scores[g] * l.fit.scores[g]
			if k := at[team]; k >= 0 { // a team seen at this lag only cannot be drawn
				x, y := l.fit.scores[g]+l.fit.b*l.fit.share[g], l.fit.share[g]
				s := &pr.own[k]
				s.a += x
				s.h += y
				s.aa += x * x
				s.ah += x * y
				s.hh += y * y
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
			var s sums
			for g, times := range m {
				if times == 0 {
					continue
				}
				f, o := float64(times), &l.own[g]
				s.a += f * o.a
				s.h += f * o.h
				s.aa += f * o.aa
				s.ah += f * o.ah
				s.hh += f * o.hh
			}
			b := s.a / s.h
			if t := math.Abs(s.a) * l.scale / math.Sqrt(s.aa-2*b*s.ah+b*b*s.hh); t > most {
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
