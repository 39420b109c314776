package fit

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"insideout/models"
)

const (
	priorityDraws = 2000
	priorityGrid  = 60
	mostRecent    = 13 // periods of the latest stretch at most, a quarter of those there are at least
	aimQuantile   = .75
)

// prioritise orders the conditions of crew for an outcome. Slopes are those of the fit that holds all of them, shrunk together: b ~ N(beta, V),
// beta_k ~ N(0, tau^2/s_k^2) with s_k the movement of the condition, tau integrated over a grid under a flat prior. V is CR1 by team, widened by
// (G-1)/(G-3) for the fewness of teams. A move is feasible that takes a team from where it stands lately to its own best quarter,
// and is no larger than one standard deviation of its own movement. The draws carry the doubt of the sign; nothing else discounts.
func (a *analysis) prioritise(s *sandwich, ys []float64, crew []*pair, lag int) models.Priority {
	y := crew[0].y
	out := models.Priority{Outcome: y.ID, Lag: lag, N: s.n(), Teams: s.teams(), Periods: s.times, Customers: models.None()}
	p, n := len(crew), s.teams()
	switch {
	case y.Higher == 0:
		out.Refused = &models.Refusal{Code: CodeNoDirection, Reason: "whether more of " + y.Name + " is better is not defined", Needed: "its direction in the catalogue"}
	case n < max(minTeams, p+4):
		out.Refused = &models.Refusal{Code: CodeFewTeams, Reason: count(n, "team") + " do not carry an order among " + count(p, "condition"), Needed: "at least " + count(max(minTeams, p+4), "team")}
	}
	if out.Refused != nil {
		return out
	}
	b := make([]float64, p)
	scores := mat.NewDense(n, p, nil)
	for k := range crew {
		f := s.point(k, ys, false)
		b[k] = f.b
		scores.SetCol(k, f.scores)
	}
	free := float64(s.n() - p - s.times)
	widen := float64(n) / float64(n-1) * float64(s.n()-1) / free * float64(n-1) / float64(n-3)
	v := mat.NewSymDense(p, nil)
	v.SymOuterK(widen, scores.T())
	scale := make([]float64, p) // movement of each condition
	for k, c := range s.x {
		scale[k] = math.Sqrt(weightedDot(s.w, c, c) / floats.Sum(s.w))
	}
	draws, ok := shrunk(b, v, scale, a.seed)
	if !ok {
		out.Refused = &models.Refusal{Code: CodeCollinear, Reason: "the conditions cannot be told apart", Needed: "conditions that move apart in some teams"}
		return out
	}
	reach := a.customers(y)
	out.Customers = models.Figure(floats.Sum(reach))
	moves := make([]float64, p)
	for k, c := range crew {
		var teams int
		moves[k], teams = a.move(c.x, reach)
		out.Reaches = append(out.Reaches, models.Reach{Condition: c.x.ID, Move: models.Figure(moves[k]), Teams: teams})
	}
	gain := make([][]float64, p)
	slopes := make([][]float64, p)
	ranks := make([][]float64, p)
	first, three := make([]int, p), make([]int, p)
	for _, d := range draws {
		for k := range d {
			slopes[k] = append(slopes[k], d[k])
			gain[k] = append(gain[k], d[k]*moves[k]*float64(y.Higher))
		}
		at := len(gain[0]) - 1
		for k := range gain {
			rank := 1
			for j := range gain {
				if gain[j][at] > gain[k][at] {
					rank++
				}
			}
			ranks[k] = append(ranks[k], float64(rank))
			if rank == 1 {
				first[k]++
			}
			if rank <= 3 {
				three[k]++
			}
		}
	}
	lo, hi := tails(len(draws))
	for k := range out.Reaches {
		r := &out.Reaches[k]
		r.Slope, r.Difference = models.Figure(stat.Mean(slopes[k], nil)), models.Figure(stat.Mean(gain[k], nil))
		slices.Sort(slopes[k])
		slices.Sort(gain[k])
		slices.Sort(ranks[k])
		r.SlopeLow, r.SlopeHigh = models.Figure(slopes[k][lo]), models.Figure(slopes[k][hi])
		r.Low, r.High = models.Figure(gain[k][lo]), models.Figure(gain[k][hi])
		r.RankLow, r.RankHigh = int(ranks[k][lo]), int(ranks[k][hi])
		r.First, r.Three = models.Figure(float64(first[k])/float64(len(draws))), models.Figure(float64(three[k])/float64(len(draws)))
	}
	return out
}

// shrunk draws slopes from their posterior; false where V is singular.
func shrunk(b []float64, v *mat.SymDense, scale []float64, seed uint64) ([][]float64, bool) {
	p := len(b)
	// In standard deviations of each condition.
	z, w := make([]float64, p), mat.NewSymDense(p, nil)
	top := 0.
	for i := range p {
		z[i] = b[i] * scale[i]
		for j := i; j < p; j++ {
			w.SetSym(i, j, v.At(i, j)*scale[i]*scale[j])
		}
		top = math.Max(top, z[i]*z[i]+w.At(i, i))
	}
	// In the axes of W the slopes are independent given tau.
	var eigen mat.EigenSym
	if !eigen.Factorize(w, true) {
		return nil, false
	}
	values := eigen.Values(nil)
	if !(values[0] > 1e-12*values[p-1]) {
		return nil, false
	}
	var axes mat.Dense
	eigen.VectorsTo(&axes)
	on := make([]float64, p)
	for k := range p {
		on[k] = floats.Dot(mat.Col(nil, k, &axes), z)
	}
	taus, weight := make([]float64, priorityGrid), make([]float64, priorityGrid)
	for i := range taus {
		taus[i] = 3 * math.Sqrt(top) * (float64(i) + .5) / priorityGrid
		for k, l := range values {
			weight[i] -= .5 * (math.Log(l+taus[i]*taus[i]) + on[k]*on[k]/(l+taus[i]*taus[i]))
		}
	}
	most := floats.Max(weight)
	for i := range weight {
		weight[i] = math.Exp(weight[i] - most)
	}
	floats.CumSum(weight, weight)
	rng := rand.New(rand.NewPCG(seed, uint64(p)<<16|3))
	out := make([][]float64, priorityDraws)
	turned := make([]float64, p)
	for d := range out {
		i, _ := slices.BinarySearch(weight, rng.Float64()*weight[priorityGrid-1])
		tau2 := taus[i] * taus[i]
		for k, l := range values {
			keep := tau2 / (tau2 + l)
			turned[k] = keep*on[k] + math.Sqrt(keep*l)*rng.NormFloat64()
		}
		out[d] = make([]float64, p)
		for j := range p {
			for k := range p {
				out[d][j] += axes.At(j, k) * turned[k]
			}
			out[d][j] /= scale[j]
		}
	}
	return out, true
}

// latest is the first period of the latest stretch of a series: a quarter of the periods in which it is present, mostRecent at most;
// and how many periods lie before it and in it.
func (a *analysis) latest(s *models.Series) (from, before, recent int) {
	var there []int
	for t := range a.panel.Periods {
		for g := range a.panel.Teams {
			if s.Valid[g*a.panel.Periods+t] {
				there = append(there, t)
				break
			}
		}
	}
	if len(there) == 0 {
		return 0, 0, 0
	}
	recent = min(mostRecent, max(1, len(there)/4))
	return there[len(there)-recent], len(there) - recent, recent
}

// customers counts the answers behind an outcome in its latest stretch, by team; each cell counts one where that is not known.
func (a *analysis) customers(y *models.Series) []float64 {
	from, _, _ := a.latest(y)
	out := make([]float64, len(a.panel.Teams))
	for g := range out {
		for t := from; t < a.panel.Periods; t++ {
			if c := g*a.panel.Periods + t; y.Valid[c] {
				out[g] += math.Max(1, y.N[c])
			}
		}
	}
	return out
}

// move is the feasible step of a condition in its good direction (upwards where it has none), the mean over teams by customers, and the
// number of teams that have room for one.
func (a *analysis) move(x *models.Series, reach []float64) (mean float64, teams int) {
	from, _, _ := a.latest(x)
	way := 1.
	if x.Higher < 0 {
		way = -1
	}
	var total float64
	for _, g := range byName(a.panel.Teams) {
		var all, now []float64
		for t := range a.panel.Periods {
			if c := g*a.panel.Periods + t; x.Valid[c] {
				all = append(all, way*x.Value[c])
				if t >= from {
					now = append(now, way*x.Value[c])
				}
			}
		}
		if len(now) == 0 || len(all) < 4 || reach[g] == 0 {
			continue
		}
		step := math.Min(Quantile(all, aimQuantile, 7)-stat.Mean(now, nil), stat.StdDev(all, nil))
		total += reach[g]
		if step > 0 {
			teams++
			mean += way * step * reach[g]
		}
	}
	if total > 0 {
		mean /= total
	}
	return mean, teams
}

// level compares the latest stretch of a condition with the time before, team by team.
func (a *analysis) level(x *models.Series) models.Level {
	from, before, recent := a.latest(x)
	out := models.Level{Condition: x.ID, Recent: recent, Before: before, Change: models.None(), Low: models.None(), High: models.None()}
	var change []float64
	for _, g := range byName(a.panel.Teams) {
		var then, now []float64
		for t := range a.panel.Periods {
			if c := g*a.panel.Periods + t; x.Valid[c] {
				if t >= from {
					now = append(now, x.Value[c])
				} else {
					then = append(then, x.Value[c])
				}
			}
		}
		if len(then) > 0 && len(now) > 0 {
			change = append(change, stat.Mean(now, nil)-stat.Mean(then, nil))
		}
	}
	if out.Teams = len(change); out.Teams < minTeams || before == 0 {
		out.Refused = &models.Refusal{Code: CodeFewTeams, Reason: count(out.Teams, "team") + " with a latest stretch and a time before it", Needed: "at least " + count(minTeams, "team") + " with both"}
		return out
	}
	m, sd := stat.MeanStdDev(change, nil)
	half := studentQuantile(.975, float64(len(change)-1)) * sd / math.Sqrt(float64(len(change)))
	out.Change, out.Low, out.High = models.Figure(m), models.Figure(m-half), models.Figure(m+half)
	return out
}
