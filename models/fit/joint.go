package fit

import (
	"math"
	"slices"

	"insideout/models"
)

// joint tests every pair of one outcome beside the other conditions at the same lag, with the search over lags paid for as in the
// headline. A condition that shares too few cells with the others is not held fixed by them (see crew): its own joint claim is made on the
// cells that it does share, and theirs say that it was left out.
func (a *analysis) joint(pairs []pair, weights []float64) {
	var moving []*pair
	for i := range pairs {
		if p := &pairs[i]; p.finding.Refused == nil && p.chosen != nil {
			moving = append(moving, p)
		}
	}
	if len(moving) < 2 {
		return
	}
	core := a.crew(moving)
	if len(core) > 1 {
		lag := a.beside(core, core, moving, weights)
		a.weights = append(a.weights, a.weigh(core, moving, lag, weights))
	}
	for _, p := range moving {
		if !slices.Contains(core, p) {
			a.beside([]*pair{p}, append(slices.Clone(core), p), moving, weights)
		}
	}
}

// crew chooses the conditions that are held fixed together: all, less those with the fewest cells until at least minPresent of the
// cells of the one with the most are left to a fit.
func (a *analysis) crew(moving []*pair) []*pair {
	core := slices.Clone(moving)
	most := 0
	for _, p := range core {
		most = max(most, p.lag0.n())
	}
	for len(core) > 1 && float64(match(a.panel, together(core), core[0].y.Valid, 0).n()) < minPresent*float64(most) {
		fewest := 0
		for i, p := range core {
			if p.lag0.n() < core[fewest].lag0.n() {
				fewest = i
			}
		}
		core = slices.Delete(core, fewest, fewest+1)
	}
	return core
}

// together marks the cells in which the conditions of all pairs are present.
func together(pairs []*pair) []bool {
	out := slices.Clone(pairs[0].x.Valid)
	for _, p := range pairs[1:] {
		for i, ok := range p.x.Valid {
			out[i] = out[i] && ok
		}
	}
	return out
}

// jointly is the best lag of a pair so far.
type jointly struct {
	lag   int
	t     float64     // |t|, CR1
	stars []float64   // largest |t*| over lags, by draw
	each  [][]float64 // |t*| by lag and draw, where weights differ in size
}

// beside makes the joint claims of the asked pairs from fits that hold the conditions of all pairs of crew. It returns the lag at which
// all of crew together go with the outcome most closely, by R^2 adjusted for the rows that a lag leaves.
func (a *analysis) beside(asked, crew, moving []*pair, weights []float64) (closest int) {
	y := crew[0].y
	valid := together(crew)
	places := numbered(a.panel, valid, y.Valid)
	best := make([]jointly, len(asked))
	longest, closeness := 0, math.Inf(-1)
	for i, p := range asked {
		best[i].lag = -1
		longest = max(longest, p.longest)
		j := &p.finding.Joint
		for _, o := range moving {
			switch {
			case o == p:
			case slices.Contains(crew, o):
				j.Held = append(j.Held, o.x.ID)
			default:
				j.NotHeld = append(j.NotHeld, o.x.ID)
			}
		}
	}
	for lag := range longest + 1 {
		s, ys := a.all(crew, valid, lag, weights)
		if !s.ok {
			continue
		}
		for i, p := range asked {
			if lag > p.longest {
				continue
			}
			k := slices.Index(crew, p)
			f := s.point(k, ys, false)
			if i == 0 {
				rest, total := weightedDot(s.w, f.residuals, f.residuals), weightedDot(s.w, ys, ys)
				free := float64(s.n() - s.teams() - s.times + 1)
				if r2 := 1 - rest/total*free/(free-float64(len(crew))); r2 > closeness {
					closest, closeness = lag, r2
				}
			}
			if f.active < minTeams || !(f.se > 0) {
				continue
			}
			if t := math.Abs(f.b / f.se); t > best[i].t {
				best[i].lag, best[i].t = lag, t
			}
			if a.boots(places) && p.longest > 0 {
				best[i].keep(a.stars(s.wildOf(k, f), places), places)
			}
		}
	}
	for lag := range longest + 1 {
		if !slices.ContainsFunc(best, func(b jointly) bool { return b.lag == lag }) {
			continue
		}
		s, ys := a.all(crew, valid, lag, weights)
		for i, p := range asked {
			if best[i].lag == lag {
				k := slices.Index(crew, p)
				c := s.coefficient(k, ys, s.teams() <= crMaxTeams)
				p.claim(&c, s.rows, &best[i])
			}
		}
	}
	return closest
}

// all fits the conditions of all pairs at a lag.
func (a *analysis) all(crew []*pair, valid []bool, lag int, weights []float64) (*sandwich, []float64) {
	r := match(a.panel, valid, crew[0].y.Valid, lag)
	if r.n()-r.teams()-r.times+1-len(crew) < 1 {
		return &sandwich{rows: r}, nil
	}
	var w []float64
	if weights != nil {
		w = r.take(weights, 0)
	}
	base := absorb(r, w)
	ys := centred(r.take(crew[0].y.Value, 0))
	base.residual(ys)
	columns := make([][]float64, len(crew))
	for k, p := range crew {
		columns[k] = centred(r.take(p.x.Value, lag))
	}
	return newSandwich(r, base, nil, columns...), ys
}

// claim writes down the joint claim. As in the headline the bootstrap and the CR2 interval must agree, else the more cautious one counts.
func (p *pair) claim(c *clustered, r *rows, b *jointly) {
	j := &p.finding.Joint
	j.Estimate, j.Lag = estimate(c, r), b.lag
	if !c.testable() {
		return
	}
	j.PSearch = models.Figure(math.Min(1, float64(p.longest+1)*float64(j.P)))
	if b.stars != nil {
		j.PSearch = models.Figure(b.settle(float64(j.P)))
		b.each = nil
	}
}

// keep holds the largest |t*| over lags by draw, and where few teams have to do with weights of several sizes that of each lag.
func (b *jointly) keep(stars []float64, places []int) {
	if slices.Max(places)+1 < minSigned {
		b.each = append(b.each, slices.Clone(stars))
	}
	if b.stars == nil {
		b.stars = stars
		return
	}
	for i, v := range stars {
		b.stars[i] = math.Max(b.stars[i], v)
	}
}

// settle is the p of the search: that of the bootstrap or that of the CR2 interval at the best lag, whichever is more cautious. Where
// draws reach too little into the tail (see drawsFor) the latter pays for the search as well, with the number of independent
// tests that would have the same chance of a false find as the lags have together.
func (b *jointly) settle(single float64) float64 {
	return math.Max(shareAbove(b.stars, b.t), math.Min(1, b.tests()*single))
}

// tests is the number of independent tests that the lags amount to, at least 1 and at most the number of lags, because their estimates move
// together: how much likelier the largest |t*| is to pass its own 95 % point than a single lag is. 1 where the draws suffice.
func (b *jointly) tests() float64 {
	if b.each == nil {
		return 1
	}
	sorted := slices.Clone(b.stars)
	slices.Sort(sorted)
	edge := sorted[int(.95*float64(len(sorted)))]
	var any, single int
	for _, v := range b.stars {
		if v >= edge {
			any++
		}
	}
	for _, stars := range b.each {
		for _, v := range stars {
			if v >= edge {
				single++
			}
		}
	}
	return float64(any) * float64(len(b.each)) / float64(single)
}

// shareAbove is (1 + #{T* >= T}) / (B + 1).
func shareAbove(stars []float64, observed float64) float64 {
	n := 1
	for _, v := range stars {
		if v >= observed*(1-1e-10) {
			n++
		}
	}
	return float64(n) / float64(len(stars)+1)
}
