package fit

import (
	"slices"

	"insideout/models"
)

// rows are the cells of one fit: team by team, in calendar order inside a team. Periods are renumbered so that only
// those that occur have a number.
type rows struct {
	start  []int // rows of the i-th team: start[i] to start[i+1]
	team   []int // index in the panel of the i-th team
	period []int // of each row, 0 to periods-1
	cell   []int // of each row: index of the outcome's cell in the panel
	times  int   // number of distinct periods
}

func (r *rows) n() int     { return len(r.period) }
func (r *rows) teams() int { return len(r.team) }

// match lists the cells in which the outcome is present and the condition was present lag calendar periods before.
// A lag crosses a gap only if that period exists: rows are never shifted. Teams without such a cell are left out.
func match(p *models.Panel, condition, outcome []bool, lag int) *rows {
	r := &rows{}
	seen := make([]bool, p.Periods)
	for _, g := range byName(p.Teams) {
		first := len(r.cell)
		for t := range p.Periods {
			was := t - lag
			if was < 0 || was >= p.Periods || !outcome[g*p.Periods+t] || !condition[g*p.Periods+was] {
				continue
			}
			seen[t] = true
			r.cell = append(r.cell, g*p.Periods+t)
			r.period = append(r.period, t)
		}
		if len(r.cell) > first {
			r.start = append(r.start, first)
			r.team = append(r.team, g)
		}
	}
	r.start = append(r.start, len(r.cell))
	number := make([]int, p.Periods)
	for t, ok := range seen {
		if ok {
			number[t] = r.times
			r.times++
		}
	}
	for i, t := range r.period {
		r.period[i] = number[t]
	}
	return r
}

// numbered numbers the teams, in order of name, that have the condition and the outcome at any time; -1 for the others.
func numbered(p *models.Panel, condition, outcome []bool) []int {
	out := make([]int, len(p.Teams))
	n := 0
	for _, g := range byName(p.Teams) {
		lo, hi := g*p.Periods, (g+1)*p.Periods
		if out[g] = -1; slices.Contains(condition[lo:hi], true) && slices.Contains(outcome[lo:hi], true) {
			out[g] = n
			n++
		}
	}
	return out
}

// byName gives the order of the names: what is computed must not depend on the order in which teams are stored.
func byName(names []string) []int {
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if names[a] < names[b] {
			return -1
		} else if names[a] > names[b] {
			return 1
		}
		return 0
	})
	return order
}

// take picks the values of the rows, from cells that lie lag periods before the rows' own. The lag stays inside a team
// because match admitted only such rows.
func (r *rows) take(values []float64, lag int) []float64 {
	out := make([]float64, len(r.cell))
	for i, c := range r.cell {
		out[i] = values[c-lag]
	}
	return out
}
