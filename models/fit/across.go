package fit

import (
	"math"

	"insideout/models"
)

// Across asks of every group of series (one metric at several places, such as channels) what a move at one place goes with at each of the others,
// then or later, the places between them held fixed. All pairs of all groups are one family. A series is no condition of itself.
func Across(p *models.Panel, groups [][]string, s Spec) *Result {
	if err := s.Check(); err != nil {
		panic("fit: " + err.Error())
	}
	res := &Result{FDR: s.withDefaults().FDR}
	a := &analysis{panel: p, spec: s.withDefaults(), seed: s.seed(), draws: map[int][][]uint16{}, wild: map[int]Draws{}}
	var found []pair
	for _, ids := range groups {
		series := choose(p, ids, models.Outside, res)
		teams, times := overlap(p, series, series)
		res.Teams, res.Times = max(res.Teams, teams), max(res.Times, times)
		if a.maxLag = s.maxLag(times); times < minPeriods {
			a.maxLag = 0
		}
		res.MaxLag = max(res.MaxLag, a.maxLag)
		for _, y := range series {
			var others []*models.Series
			var lambda []float64
			for _, x := range series {
				if x != y {
					others, lambda = append(others, x), append(lambda, withinReliability(p, x))
				}
			}
			found = append(found, a.outcome(y, others, lambda)...)
		}
	}
	strict(found)
	for i := range found {
		res.Findings = append(res.Findings, found[i].finding)
	}
	res.family(res.FDR)
	for i := range res.Findings {
		f := &res.Findings[i]
		res.band(f, found[i].stars)
		if f.Seen() {
			a.closer(f, a.with(found[i].x, found[i].y))
		}
	}
	res.ExpectedFalse = models.Figure(math.Min(res.FDR, DefaultFDR) * float64(res.Found))
	return res
}
