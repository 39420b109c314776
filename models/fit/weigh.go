package fit

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"insideout/models"
)

const (
	shuffles   = 16 // shuffled conditions that the noise floor is made of
	maxVIF     = 5. // above, a condition cannot be told from the others
	maxHalo    = .6 // share of the first eigenvalue, likewise
	sameThing  = .7 // |r| at which two conditions are one group
	maxWeighed = 14 // conditions up to which all subsets are visited in every resample
	firstSure  = .9 // share of resamples in which a condition must have the largest weight to be called the first
)

// weigh shares out what the conditions of crew say together of their outcome: LMG (Shapley) weights with intervals from resampled teams,
// against the floor of a shuffled condition (a condition of other teams in the place of each team's own; Tonidandel, LeBreton and Johnson 2009)
// that goes through the same resamples. Products of columns are summed by team once, so that a resample costs a few thousand operations.
func (a *analysis) weigh(crew, moving []*pair, lag int, weights []float64) (out models.Weights) {
	y := crew[0].y
	out = models.Weights{Outcome: y.ID, Lag: lag, R2: models.None(), Floor: models.None(), Halo: models.None(), Condition: models.None(), Composite: blank()}
	s, ys := a.all(crew, together(crew), lag, weights)
	if s.rows != nil {
		out.N, out.Teams, out.Periods = s.n(), s.teams(), s.times
	}
	p := len(crew)
	switch {
	case !s.ok:
		out.Refused = &models.Refusal{Code: CodeCollinear, Reason: "the conditions cannot be told apart at all: one follows from the others", Needed: "conditions that move apart in some teams"}
		return out
	case s.teams() < minTeams:
		out.Refused = &models.Refusal{Code: CodeFewTeams, Reason: count(s.teams(), "team") + " with every condition: resampling them says nothing", Needed: "at least " + count(minTeams, "team")}
		return out
	case p > maxWeighed:
		out.Refused = &models.Refusal{Code: CodeManyConditions, Reason: "there are too many conditions to share out what they say together", Needed: "at most 14 conditions: name them in the analysis"}
		return out
	}
	a.priorities = append(a.priorities, a.prioritise(s, ys, crew, lag))
	if len(crew) < len(moving) {
		out.Doubts = append(out.Doubts, models.Doubt{Code: CodeNotHeld, Text: "conditions that share too few cells with the others have no weight here"})
	}
	cols := slices.Clone(s.x)
	cols = append(cols, ys)
	q := p + 1
	whole := make([]float64, q*q)
	groups := min(s.teams(), maxResampled)
	own := make([][]float64, groups) // products of columns of each team, or group of teams
	noise := s.shuffled(shuffles, a.seed)
	shuffled := make([][]float64, groups) // of each shuffled column: its products with the others, and with itself
	for g := range s.team {
		k := g % groups
		if own[k] == nil {
			own[k], shuffled[k] = make([]float64, q*q), make([]float64, shuffles*(q+1))
		}
		lo, hi := s.start[g], s.start[g+1]
		w := s.w[lo:hi]
		for i := range q {
			for j := i; j < q; j++ {
				own[k][i*q+j] += weightedDot(w, cols[i][lo:hi], cols[j][lo:hi])
			}
		}
		for z, c := range noise {
			at := shuffled[k][z*(q+1):]
			for j := range q {
				at[j] += weightedDot(w, c[lo:hi], cols[j][lo:hi])
			}
			at[q] += weightedDot(w, c[lo:hi], c[lo:hi])
		}
	}
	for _, m := range own {
		floats.Add(whole, m)
	}
	im, err := importanceOf(whole, p)
	if err != nil {
		out.Refused = &models.Refusal{Code: CodeCollinear, Reason: "the conditions cannot be told apart at all: one follows from the others", Needed: "conditions that move apart in some teams"}
		return out
	}
	out.R2 = models.Figure(im.R2)
	out.Halo = models.Figure(im.Eigen[0] / float64(p))
	out.Condition = models.Figure(math.Sqrt(im.Eigen[0] / im.Eigen[p-1]))
	draws := a.resampled(groups)
	lmg := make([][]float64, p)
	ranks := make([][]float64, p)
	first := make([]int, p)
	sub := newSubsets(p + 1)
	cross := make([]float64, (q+1)*(q+1))
	var floor float64
	for d, m := range draws {
		clear(cross)
		z := d % shuffles
		for g, times := range m {
			if times == 0 {
				continue
			}
			f := float64(times)
			at := shuffled[g][z*(q+1):]
			for i := range p { // the shuffled column stands between conditions and outcome
				row, from := cross[i*(q+1):], own[g][i*q:]
				for j := i; j < p; j++ {
					row[j] += f * from[j]
				}
				row[p] += f * at[i]
				row[q] += f * from[p]
			}
			cross[p*(q+1)+p] += f * at[q]
			cross[p*(q+1)+q] += f * at[p]
			cross[q*(q+1)+q] += f * own[g][p*q+p]
		}
		got := sub.shapley(sub.shares(cross))
		floor += got[p] / float64(len(draws))
		best := 0
		for k := range p {
			lmg[k] = append(lmg[k], got[k])
			rank := 1.
			for j := range p {
				if got[j] > got[k] {
					rank++
				}
			}
			ranks[k] = append(ranks[k], rank)
			if got[k] > got[best] {
				best = k
			}
		}
		first[best]++
	}
	out.Floor = models.Figure(floor)
	ridge := ridgeByTeam(own, p)
	shown := false
	for k, c := range crew {
		slices.Sort(lmg[k])
		slices.Sort(ranks[k])
		lo, hi := tails(len(draws))
		w := models.Weight{
			Condition: c.x.ID, LMG: models.Figure(im.LMG[k]), Low: models.Figure(lmg[k][lo]), High: models.Figure(lmg[k][hi]),
			Johnson: models.Figure(im.Johnson[k]), RankLow: int(ranks[k][lo]), RankHigh: int(ranks[k][hi]),
			First: models.Figure(float64(first[k]) / float64(len(draws))), Ridge: models.Figure(ridge[k]), VIF: models.Figure(im.VIF[k]),
		}
		w.Shown = float64(w.Low) > floor
		shown = shown || w.Shown
		out.Weights = append(out.Weights, w)
	}
	if !shown {
		out.Doubts = append(out.Doubts, models.Doubt{Code: CodeWithinNoise, Text: "no weight is clear of what a shuffled condition gets"})
	}
	a.halo(&out, im, whole, s, ys, crew)
	return out
}

// tails are the places of the ends of a 95 % interval among sorted draws.
func tails(n int) (lo, hi int) { return n / 40, n - 1 - n/40 }

func weightedDot(w, a, b []float64) float64 {
	var s float64
	for i, v := range w {
		s += v * a[i] * b[i]
	}
	return s
}

// shuffled makes columns that have nothing to say: each team gets, period by period, what a condition was in another team, fixed effects out. A
// series stays a series, so that it persists as the conditions do.
func (s *sandwich) shuffled(n int, seed uint64) [][]float64 {
	rng := rand.New(rand.NewPCG(seed, uint64(s.teams())<<16|2))
	out := make([][]float64, n)
	for z := range out {
		from := s.x[z%len(s.x)]
		donors := rng.Perm(s.teams())
		c := make([]float64, s.n())
		for g := range s.team {
			d := donors[g]
			if d == g { // no team keeps its own
				d = donors[(g+1)%len(donors)]
			}
			lo, n := s.start[d], s.start[d+1]-s.start[d]
			shift := rng.IntN(n)
			for i := s.start[g]; i < s.start[g+1]; i++ {
				c[i] = from[lo+(i-s.start[g]+shift)%n]
			}
		}
		if s.fixed != nil {
			s.fixed.residual(c)
		}
		out[z] = c
	}
	return out
}

// ridgeByTeam gives standardised slopes under the ridge penalty that predicts left-out teams best, from products by team (upper triangles, the
// outcome last).
func ridgeByTeam(own [][]float64, p int) []float64 {
	q := p + 1
	whole := make([]float64, q*q)
	for _, m := range own {
		floats.Add(whole, m)
	}
	scale := make([]float64, q)
	for i := range q {
		scale[i] = math.Sqrt(whole[i*q+i])
	}
	solve := func(m []float64, penalty float64) ([]float64, bool) {
		x, y := mat.NewSymDense(p, nil), mat.NewVecDense(p, nil)
		for i := range p {
			for j := i; j < p; j++ {
				x.SetSym(i, j, m[i*q+j]/scale[i]/scale[j])
			}
			x.SetSym(i, i, x.At(i, i)+penalty)
			y.SetVec(i, m[i*q+p]/scale[i]/scale[p])
		}
		var chol mat.Cholesky
		var b mat.VecDense
		if !chol.Factorize(x) || chol.SolveVecTo(&b, y) != nil {
			return nil, false
		}
		return b.RawVector().Data, true
	}
	best, least := 0., math.Inf(1)
	rest := make([]float64, q*q)
	for _, penalty := range []float64{0, .01, .03, .1, .3, 1, 3, 10, 30} {
		var off float64
		for _, m := range own {
			floats.SubTo(rest, whole, m)
			b, ok := solve(rest, penalty)
			if !ok {
				off = math.Inf(1)
				break
			}
			off += m[p*q+p] / scale[p] / scale[p] // the left-out team's squares of y - x b
			for i := range p {
				off -= 2 * b[i] * m[i*q+p] / scale[i] / scale[p]
				for j := range p {
					off += b[i] * b[j] * m[min(i, j)*q+max(i, j)] / scale[i] / scale[j]
				}
			}
		}
		if off < least {
			best, least = penalty, off
		}
	}
	b, ok := solve(whole, best)
	if !ok {
		b = make([]float64, p)
		for i := range b {
			b[i] = math.NaN()
		}
	}
	return b
}

// halo says where conditions cannot be told apart: which belong together, and what can be said of all as one.
func (a *analysis) halo(out *models.Weights, im *Importance, cross []float64, s *sandwich, ys []float64, crew []*pair) {
	p := len(crew)
	q := p + 1
	group := make([]int, p)
	for i := range group {
		group[i] = i
	}
	for i := range p {
		for j := i + 1; j < p; j++ {
			if math.Abs(cross[i*q+j]) > sameThing*math.Sqrt(cross[i*q+i]*cross[j*q+j]) {
				from, to := max(group[i], group[j]), min(group[i], group[j])
				for k := range group {
					if group[k] == from {
						group[k] = to
					}
				}
			}
		}
	}
	for g := range p {
		var ids []string
		for k := range p {
			if group[k] == g {
				ids = append(ids, crew[k].x.ID)
			}
		}
		if len(ids) > 1 {
			out.Groups = append(out.Groups, ids)
		}
	}
	if slices.Max(im.VIF) <= maxVIF && float64(out.Halo) <= maxHalo {
		return
	}
	out.Doubts = append(out.Doubts, models.Doubt{Code: CodeHalo, Text: "the conditions move so much alike that their weights can hardly be told apart: read the mean of all instead"})
	mean := make([]float64, s.n())
	for k, c := range s.x {
		floats.AddScaled(mean, math.Sqrt(float64(s.n())/cross[k*q+k])/float64(p), c)
	}
	c := newSandwich(s.rows, s.fixed, nil, mean)
	if c.ok {
		f := c.coefficient(0, ys, s.teams() <= crMaxTeams)
		out.Composite = estimate(&f, s.rows)
	}
}
