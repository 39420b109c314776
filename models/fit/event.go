package fit

import (
	"fmt"
	"slices"

	"insideout/models"
)

// Staggered is a panel of teams of which some were treated from a period on: an action, with its start. Rows may be missing.
type Staggered struct {
	Team   []string
	Period []int
	Start  []int // first treated period of the row's team, 0: never
	Y      []float64
}

// Effect is the average effect on teams treated from Group on, in Period, against never-treated teams.
type Effect struct {
	Group, Period int
	Teams         int // treated teams of the group
	ATT           float64
}

// Effects are the group-time effects of Callaway and Sant'Anna (2021): the change since the period before treatment (before it,
// since the period before: the placebo steps) of treated teams, less that of never-treated teams. The plain two-way
// fixed-effects slope mixes such effects with wrong signs where starts are staggered (Goodman-Bacon 2021).
func (s Staggered) Effects() ([]Effect, error) {
	y := map[string]map[int]float64{}
	start := map[string]int{}
	periods := slices.Clone(s.Period)
	slices.Sort(periods)
	periods = slices.Compact(periods)
	for i, g := range s.Team {
		if y[g] == nil {
			y[g] = map[int]float64{}
		}
		if before, ok := start[g]; ok && before != s.Start[i] {
			return nil, fmt.Errorf("team %s has two starts, %d and %d", g, before, s.Start[i])
		}
		start[g] = s.Start[i]
		y[g][s.Period[i]] = s.Y[i]
	}
	names := make([]string, 0, len(y))
	groups := []int{}
	never := 0
	for g := range y {
		names = append(names, g)
		if start[g] == 0 {
			never++
		} else if !slices.Contains(groups, start[g]) {
			groups = append(groups, start[g])
		}
	}
	slices.Sort(names)
	slices.Sort(groups)
	if never == 0 || len(groups) == 0 {
		return nil, fmt.Errorf("%d teams never treated, %d starts: it takes both", never, len(groups))
	}
	change := func(group, from, to int) (mean float64, n int) {
		for _, g := range names {
			a, ok1 := y[g][from]
			b, ok2 := y[g][to]
			if start[g] == group && ok1 && ok2 {
				mean += b - a
				n++
			}
		}
		return mean / float64(n), n
	}
	var out []Effect
	for _, group := range groups {
		for _, t := range periods[1:] {
			base := group - 1
			if t < group {
				base = t - 1
			}
			treated, n := change(group, base, t)
			control, m := change(0, base, t)
			if n > 0 && m > 0 {
				out = append(out, Effect{group, t, n, treated - control})
			}
		}
	}
	return out, nil
}

// averageEffect weighs the effects from the start of treatment on by treated teams; since, if not nil, keeps only those
// so many periods after the start.
func averageEffect(effects []Effect, since *int) float64 {
	var sum, n float64
	for _, e := range effects {
		if e.Period < e.Group || since != nil && e.Period-e.Group != *since {
			continue
		}
		sum += float64(e.Teams) * e.ATT
		n += float64(e.Teams)
	}
	return sum / n
}

// eventStudy is the two-way fixed-effects event study: slopes of dummies for periods relative to the start, from -bins to bins (the ends
// hold everything beyond), the period before the start and never-treated teams as reference. Before is what should be
// zero if treated and other teams would have moved alike.
func (s Staggered) eventStudy(bins int) (relative []int, est []models.Estimate) {
	for k := -bins; k <= bins; k++ {
		if k != -1 {
			relative = append(relative, k)
		}
	}
	columns := make([][]float64, len(relative))
	for c := range columns {
		columns[c] = make([]float64, len(s.Y))
		for i := range s.Y {
			if s.Start[i] != 0 && max(-bins, min(bins, s.Period[i]-s.Start[i])) == relative[c] {
				columns[c][i] = 1
			}
		}
	}
	return relative, s.slopes(columns)
}

// twoWay is the single slope of having been treated, for comparison.
func (s Staggered) twoWay() models.Estimate {
	d := make([]float64, len(s.Y))
	for i := range d {
		d[i] = share(s.Start[i] != 0 && s.Period[i] >= s.Start[i])
	}
	return s.slopes([][]float64{d})[0]
}

// slopes fits columns with team and period effects, CR2 by team.
func (s Staggered) slopes(columns [][]float64) []models.Estimate {
	when := make([]string, len(s.Period))
	for i, t := range s.Period {
		when[i] = fmt.Sprintf("%020d", t)
	}
	r, order := gather(s.Team, when)
	take := func(v []float64) []float64 {
		out := make([]float64, len(order))
		for k, i := range order {
			out[k] = v[i]
		}
		return centred(out)
	}
	base := absorb(r, nil)
	y := take(s.Y)
	base.residual(y)
	var x [][]float64
	for _, c := range columns {
		x = append(x, take(c))
	}
	fit := newSandwich(r, base, nil, x...)
	out := make([]models.Estimate, len(columns))
	for c := range columns {
		if out[c] = blank(); fit.ok {
			f := fit.coefficient(c, y, r.teams() <= crMaxTeams)
			out[c] = estimate(&f, r)
		}
	}
	return out
}
