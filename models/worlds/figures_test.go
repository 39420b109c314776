package worlds

import (
	"fmt"
	"math"
	"testing"
)

// seen is what can be seen of a world, by whichever generator: series by team and period, NaN where missing.
type seen struct {
	teams, periods int
	x, y           [][]float64 // at team*periods+period
	n, m           []float64   // answers of employees where seen, of customers
}

func see(w *World) *seen {
	p := w.Panel
	s := &seen{teams: w.Knobs.Teams, periods: w.Knobs.Periods}
	for i := range p.Series {
		v := make([]float64, len(p.Series[i].Value))
		for c := range v {
			v[c] = math.NaN()
			if p.Series[i].Valid[c] {
				v[c] = p.Series[i].Value[c]
			}
		}
		if i < w.Knobs.Conditions {
			s.x = append(s.x, v)
		} else {
			s.y = append(s.y, v)
		}
	}
	x, y := &p.Series[0], &p.Series[w.Knobs.Conditions]
	for c := range x.Value {
		if x.Valid[c] {
			s.n = append(s.n, x.N[c])
		}
		if y.Valid[c] {
			s.m = append(s.m, y.N[c])
		}
	}
	return s
}

// mean leaves NaN out.
func mean(v []float64) float64 {
	var s, n float64
	for _, x := range v {
		if x == x {
			s += x
			n++
		}
	}
	return s / n
}

// variance about the mean, NaN left out, divided by n-less.
func variance(v []float64, less float64) float64 {
	m := mean(v)
	var s, n float64
	for _, x := range v {
		if x == x {
			s += (x - m) * (x - m)
			n++
		}
	}
	return s / (n - less)
}

func correlation(a, b []float64) float64 {
	var u, v []float64
	for i := range a {
		if a[i] == a[i] && b[i] == b[i] {
			u, v = append(u, a[i]), append(v, b[i])
		}
	}
	mu, mv := mean(u), mean(v)
	var uv float64
	for i := range u {
		uv += (u[i] - mu) * (v[i] - mv)
	}
	return uv / float64(len(u)) / math.Sqrt(variance(u, 0)*variance(v, 0))
}

func (s *seen) byTeam(v []float64) []float64 {
	out := make([]float64, s.teams)
	for g := range out {
		out[g] = mean(v[g*s.periods : (g+1)*s.periods])
	}
	return out
}

func (s *seen) byPeriod(v []float64) []float64 {
	out := make([]float64, s.periods)
	for t := range out {
		var at []float64
		for g := range s.teams {
			at = append(at, v[g*s.periods+t])
		}
		out[t] = mean(at)
	}
	return out
}

// residual takes the means of teams and of periods out, once each.
func (s *seen) residual(v []float64) []float64 {
	team, period, all := s.byTeam(v), s.byPeriod(v), mean(v)
	out := make([]float64, len(v))
	for c := range v {
		out[c] = v[c] - team[c/s.periods] - period[c%s.periods] + all
	}
	return out
}

// product is the mean product of a at t-lag and b at t over the cells of the teams from and below to.
func (s *seen) product(a, b []float64, lag, from, to int) float64 {
	var sum, n float64
	for g := from; g < to; g++ {
		for t := max(lag, 0); t < s.periods+min(lag, 0); t++ {
			if v := a[g*s.periods+t-lag] * b[g*s.periods+t]; v == v {
				sum += v
				n++
			}
		}
	}
	return sum / n
}

// figures are the moments that testdata/reference.py computes of the reference generator, by the same names.
func (s *seen) figures(effects []Effect) map[string]float64 {
	out := map[string]float64{}
	all := func(a, b []float64, lag int) float64 { return s.product(a, b, lag, 0, s.teams) }
	side := func(v, r []float64) map[string]float64 {
		missing := 0.0
		for _, x := range v {
			if x != x {
				missing += 1 / float64(len(v))
			}
		}
		return map[string]float64{
			"mean": mean(v), "between": variance(s.byTeam(v), 1), "inside": all(r, r, 0), "time": variance(s.byPeriod(v), 0),
			"auto 1": all(r, r, 1) / all(r, r, 0), "auto 3": all(r, r, 3) / all(r, r, 0), "missing": missing,
		}
	}
	var rx, ry, mx, my [][]float64
	everyX := make([]float64, s.teams*s.periods)
	for _, v := range s.x {
		r := s.residual(v)
		rx, mx = append(rx, r), append(mx, s.byTeam(v))
		for k, f := range side(v, r) {
			out["x "+k] += f / float64(len(s.x))
		}
		for c := range v {
			everyX[c] += v[c] / float64(len(s.x))
		}
	}
	for q, v := range s.y {
		r := s.residual(v)
		ry, my = append(ry, r), append(my, s.byTeam(v))
		for k, f := range side(v, r) {
			out[fmt.Sprintf("y%d %s", q, k)] = f
		}
	}
	pairs := float64(len(rx)*(len(rx)-1)) / 2
	for a := range rx {
		for b := range a {
			out["x cross"] += all(rx[a], rx[b], 0) / pairs
			out["x cross 1"] += all(rx[a], rx[b], 1) / pairs
			out["x cross between"] += correlation(mx[a], mx[b]) / pairs
		}
	}
	for q := range ry {
		name := func(what string, lag int) string { return fmt.Sprintf("%s y%d %d", what, q, lag) }
		for d := range rx {
			out[fmt.Sprintf("between y%d", q)] += correlation(mx[d], my[q]) / float64(len(rx))
			for _, lag := range []int{-1, 0, 2} {
				out[name("slope", lag)] += all(rx[d], ry[q], lag) / all(rx[d], rx[d], 0) / float64(len(rx))
			}
		}
		for _, lag := range []int{-1, 0, 2} {
			out[name("slope x0", lag)] = all(rx[0], ry[q], lag) / all(rx[0], rx[0], 0)
		}
		out[fmt.Sprintf("time y%d", q)] = correlation(s.byPeriod(everyX), s.byPeriod(s.y[q]))
		for b := range q {
			out[fmt.Sprintf("y%d y%d", q, b)] = all(ry[q], ry[b], 0)
		}
	}
	for _, e := range effects {
		x, y := rx[e.Condition], ry[e.Outcome]
		out[fmt.Sprintf("effect x%d y%d", e.Condition, e.Outcome)] = all(x, y, e.Lag) / all(x, x, 0)
		var own []float64
		for g := range s.teams {
			own = append(own, s.product(x, y, e.Lag, g, g+1)/s.product(x, x, 0, g, g+1))
		}
		out[fmt.Sprintf("effect spread x%d y%d", e.Condition, e.Outcome)] = variance(own, 1)
	}
	out["n mean"], out["n var"], out["n least"], out["n five"] = mean(s.n), variance(s.n, 0), math.Inf(1), 0
	for _, n := range s.n {
		out["n least"] = math.Min(out["n least"], n)
		if n == 5 {
			out["n five"] += 1 / float64(len(s.n))
		}
	}
	m := mean(s.m)
	out["m mean"], out["m var"] = m, variance(s.m, 0)
	for _, v := range s.m {
		out["m skew"] += math.Pow(v-m, 3) / float64(len(s.m))
	}
	return out
}

// spread collects figures over seeds.
type spread struct{ n, sum, squares float64 }

func (s *spread) add(v float64) { s.n++; s.sum += v; s.squares += v * v }
func (s *spread) mean() float64 { return s.sum / s.n }
func (s *spread) sd() float64 {
	return math.Sqrt(math.Max(0, (s.squares-s.sum*s.sum/s.n)/(s.n-1)))
}

// over gives the figures of worlds of some seeds; effects are those looked for, as a rule those of the knobs.
func over(k Knobs, effects []Effect, seeds int) map[string]*spread {
	out := map[string]*spread{}
	for seed := range seeds {
		for name, v := range see(Make(k, uint64(seed)+1)).figures(effects) {
			if out[name] == nil {
				out[name] = &spread{}
			}
			out[name].add(v)
		}
	}
	return out
}

func TestFigures_ByHand(t *testing.T) {
	// Two teams, three periods: x has team means 2 and 5, period means 2, 3.5 and 5 (one cell missing), mean 3.4.
	no := math.NaN()
	s := &seen{teams: 2, periods: 3, x: [][]float64{{1, 2, 3, 3, 5, 7}, {1, 1, no, 3, 5, 7}}, y: [][]float64{{1, 0, 1, 0, 1, 0}}, n: []float64{5, 7}, m: []float64{1, 2, 6}}
	if r := s.residual(s.x[0]); r[0] != 1-2-2+3.5 || r[5] != 7-5-5+3.5 {
		t.Errorf("residual %v", r)
	}
	f := s.figures(nil)
	for name, want := range map[string]float64{"n mean": 6, "n var": 1, "n least": 5, "n five": .5, "m mean": 3, "m var": 14. / 3, "m skew": (-8. - 1 + 27) / 3, "x missing": 1. / 12} {
		if math.Abs(f[name]-want) > 1e-12 {
			t.Errorf("%s is %v, want %v", name, f[name], want)
		}
	}
}
