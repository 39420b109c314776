package fit

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"insideout/models"
)

const (
	leastDonors    = 19 // with fewer the smallest p is above .05
	donorsInBand   = 39 // with fewer no 95 % interval
	nearestDonors  = 60 // from which a mixture is made
	mixtureRounds  = 2000
	mixtureShrinks = 1e-2 // of the mean square of the donors: makes the mixture unique where donors outnumber stretches
)

// course is what a team did: means of stretches before the start, its mean over them out, and the mean of the window after, likewise.
type course struct {
	team   int
	before []float64
	after  float64
	cells  int
}

// alone studies an action that one team took, from period start on: beside a mixture of teams that did not take it and moved as it did before
// (synthetic control: Abadie, Diamond and Hainmueller 2010; levels out: Ferman and Pinto 2021). Its p is the share of teams, itself among them, that
// stand out from a mixture of their own as much, for the size of their misfit before, had the start been theirs.
func (a *analysis) alone(out *models.ActionStudy, s *models.Series, first []int, start, window int) {
	effect, p, donors, cells, misfit := a.besideMixture(s, first, start, start, window)
	out.Controls = donors
	switch {
	case donors < leastDonors:
		out.Refused = &models.Refusal{Code: CodeFewTreated, Reason: fmt.Sprintf("one team took it, and %s did not with data before and after: its luck cannot be told from the action", count(donors, "team")),
			Needed: fmt.Sprintf("at least %d teams that take it, or %d that do not", leastTreated, leastDonors)}
		return
	case !effect.OK:
		out.Refused = &models.Refusal{Code: CodeTooEarly, Reason: "one team took it, and it has no data in a stretch of the time before, so there is nothing to hold a mixture of others against",
			Needed: "data of the team all the time before, or more teams that take it"}
		return
	}
	e := effect
	e.N, e.Teams, e.Times = cells, donors+1, 2*window
	out.Effect, out.PRandom = e, e.P
	if placebo, q, n, cells, _ := a.besideMixture(s, first, start, start-window, window); placebo.OK {
		placebo.N, placebo.Teams, placebo.Times, placebo.P = cells, n+1, 2*window, q
		out.Placebo = placebo
		drift := models.Figure(math.Abs(float64(placebo.Slope)))
		out.BoundLow, out.BoundTop = e.Low-drift, e.High+drift
	} else {
		out.Doubts = append(out.Doubts, models.Doubt{Code: CodeNoPlacebo, Text: "there is too little time before it to see whether the mixture would have gone on like the team"})
	}
	out.Doubts = append(out.Doubts, models.Doubt{Code: CodeOneTreated, Text: fmt.Sprintf("one team took it; it is held beside a mixture of others that missed it by %.2g before, and p (%.2g) is its rank among all teams", misfit, float64(p))})
	if donors < donorsInBand {
		out.Doubts = append(out.Doubts, models.Doubt{Code: CodeNoInterval, Text: fmt.Sprintf("%s are too few for a 95 %% interval; it takes %d", count(donors, "other team"), donorsInBand)})
	}
	if d := out.Placebo; d.OK && d.P <= .05 {
		out.Doubts = append(out.Doubts, models.Doubt{Code: CodeDrift, Text: "the team had left the mixture before it began, so the difference is not the action's alone"})
	}
}

// besideMixture compares the window from at on; the mixture is made of what was before at. start is when the action began: what lies after it is no
// part of a placebo.
func (a *analysis) besideMixture(s *models.Series, first []int, start, at, window int) (e models.Estimate, p models.Figure, donors, cells int, misfit float64) {
	e, p = blank(), models.None()
	if at < 2*leastWindow {
		return e, p, 0, 0, 0
	}
	var own *course
	var others []*course
	for _, team := range byName(a.panel.Teams) {
		takes := first[team] == start
		if !takes && first[team] < start+window {
			continue
		}
		c := a.course(s, team, at, window)
		switch {
		case c == nil:
		case takes:
			own = c
		case len(others) < maxShuffled:
			others = append(others, c)
		}
	}
	if own == nil || len(others) < leastDonors {
		return e, p, len(others), 0, 0
	}
	gap, misfit := blend(own, others)
	ratio := stand(gap, misfit)
	above, gaps := 1, make([]float64, 0, len(others))
	for i, c := range others {
		rest := append(slices.Clone(others[:i]), others[i+1:]...)
		g, m := blend(c, rest)
		gaps = append(gaps, g)
		if stand(g, m) >= ratio*(1-1e-10) {
			above++
		}
		cells += c.cells
	}
	p = models.Figure(float64(above) / float64(len(others)+1))
	e.OK, e.Slope, e.P = true, models.Figure(gap), p
	if len(others) >= donorsInBand {
		slices.Sort(gaps)
		tail := int(.025*float64(len(gaps)+1)) - 1
		e.Low, e.High = models.Figure(gap-gaps[len(gaps)-1-tail]), models.Figure(gap-gaps[tail])
	}
	return e, p, len(others), cells + own.cells, misfit
}

// stand is how far a team stands out, for the size of its misfit before.
func stand(gap, misfit float64) float64 { return math.Abs(gap) / (misfit + 1e-12) }

// course is that of one team, nil where a stretch is empty.
func (a *analysis) course(s *models.Series, team, at, window int) *course {
	long := max(1, window/stretches)
	c := &course{team: team}
	for from := at % long; from < at; from += long {
		m, n := a.meanOver(s, team, from, from+long)
		if n == 0 {
			return nil
		}
		c.before = append(c.before, m)
		c.cells += n
	}
	m, n := a.meanOver(s, team, at, at+window)
	if n == 0 {
		return nil
	}
	level := exactMean(c.before)
	floats.AddConst(-level, c.before)
	c.after = m - level
	c.cells += n
	return c
}

// blend gives how far a team is from the best mixture of others after, and their root mean square distance before. Weights are at least 0 and sum to
// 1; they are found by accelerated projected gradients (Beck and Teboulle 2009).
func blend(c *course, others []*course) (gap, misfit float64) {
	others = nearest(c, others)
	k := len(others)
	scale := 0.
	for _, o := range others {
		scale += floats.Dot(o.before, o.before) / float64(k)
	}
	shrink := mixtureShrinks * scale
	gram := mat.NewSymDense(k, nil)
	with := make([]float64, k)
	for i, o := range others {
		with[i] = floats.Dot(o.before, c.before)
		for j := i; j < k; j++ {
			gram.SetSym(i, j, floats.Dot(o.before, others[j].before)+shrink*share(i == j))
		}
	}
	var eigen mat.EigenSym
	steepest := 0.
	if eigen.Factorize(gram, false) {
		steepest = slices.Max(eigen.Values(nil))
	}
	if !(steepest > 0) { // no donor ever moved
		return c.after, math.Sqrt(floats.Dot(c.before, c.before) / float64(len(c.before)))
	}
	full := mat.DenseCopyOf(gram).RawMatrix().Data
	w := slices.Repeat([]float64{1 / float64(k)}, k)
	ahead, last, momentum := slices.Clone(w), make([]float64, k), 1.
	step := make([]float64, k)
	for range mixtureRounds {
		copy(last, w)
		for i := range step {
			step[i] = ahead[i] - (floats.Dot(full[i*k:(i+1)*k], ahead)-with[i])/steepest
		}
		toSimplex(step)
		copy(w, step)
		var back float64 // a step against the last one ends the momentum (O'Donoghue and Candes 2015)
		for i := range w {
			back += (ahead[i] - w[i]) * (w[i] - last[i])
		}
		if back > 0 {
			momentum = 1
		}
		next := (1 + math.Sqrt(1+4*momentum*momentum)) / 2
		for i := range w {
			ahead[i] = w[i] + (momentum-1)/next*(w[i]-last[i])
		}
		momentum = next
		if floats.Distance(w, last, math.Inf(1)) < 1e-9 {
			break
		}
	}
	gap = c.after
	left := slices.Clone(c.before)
	for i, o := range others {
		gap -= w[i] * o.after
		floats.AddScaled(left, -w[i], o.before)
	}
	return gap, math.Sqrt(floats.Dot(left, left) / float64(len(left)))
}

// nearest keeps the teams whose courses before were nearest.
func nearest(c *course, others []*course) []*course {
	if len(others) <= nearestDonors {
		return others
	}
	sorted := slices.Clone(others)
	slices.SortStableFunc(sorted, func(a, b *course) int {
		return int(sign(floats.Distance(a.before, c.before, 2) - floats.Distance(b.before, c.before, 2)))
	})
	return sorted[:nearestDonors]
}

// toSimplex moves v to the nearest point whose entries are at least 0 and sum to 1 (Duchi et al. 2008).
func toSimplex(v []float64) {
	sorted := slices.Clone(v)
	slices.Sort(sorted)
	var sum, off float64
	for i := len(sorted) - 1; i >= 0; i-- {
		sum += sorted[i]
		if t := (sum - 1) / float64(len(sorted)-i); sorted[i] > t {
			off = t
		}
	}
	for i := range v {
		v[i] = math.Max(0, v[i]-off)
	}
}
