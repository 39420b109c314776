package fit

import (
	"fmt"
	"testing"

	"insideout/models"
)

// size builds a panel of the size given whose conditions come from one survey, so that they share their cells.
func size(teams, times, conditions, outcomes int) *models.Panel {
	w := world{teams: teams, times: times, conditions: conditions, slope: .2, lag: 2, missing: .08, noise: .3, levels: .5, seed: 7}
	p := w.panel()
	for k := range conditions {
		p.Series[k].Valid = p.Series[0].Valid
	}
	for k := 1; k < outcomes; k++ {
		v := w
		v.seed += uint64(k)
		s := *v.panel().Find("y")
		s.ID = fmt.Sprintf("y%d", k)
		p.Series = append(p.Series, s)
	}
	return p
}

func BenchmarkRun(b *testing.B) {
	for _, c := range []struct{ teams, times, conditions, outcomes, lag int }{
		{24, 52, 8, 3, 8},
		{24, 52, 8, 6, 8},
		{60, 104, 8, 3, 8},
		{150, 104, 8, 3, 8},
		{1000, 104, 8, 3, 8},
		{10000, 104, 8, 1, 12},
	} {
		b.Run(fmt.Sprintf("%dx%d/%d pairs/%d lags", c.teams, c.times, c.conditions*c.outcomes, c.lag+1), func(b *testing.B) {
			p := size(c.teams, c.times, c.conditions, c.outcomes)
			b.ReportAllocs()
			for b.Loop() {
				Run(p, Spec{MaxLag: c.lag, Draws: DefaultDraws})
			}
		})
	}
}
