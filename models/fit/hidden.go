package fit

import (
	"math"
	"slices"
	"strconv"

	"insideout/models"
)

// hidden is what is left of the slope, the other conditions held fixed, beside a hidden factor as strong as the strongest of them, twice and
// three times as strong (Cinelli and Hazlett 2020). Standard errors are scaled as those by team stand to the classical ones.
func (c *recount) hidden(f *models.Finding) []models.Way {
	if !f.Joint.OK || len(f.Joint.Held) == 0 {
		return nil
	}
	q := c.Question
	q.Controls = f.Joint.Held
	d, series := q.design(f.Joint.Lag)
	if !d.ok {
		return nil
	}
	column := func(s *models.Series) []float64 { return centred(d.rows.take(s.Value, f.Joint.Lag)) }
	var controls [][]float64
	for _, s := range series[1:] {
		controls = append(controls, column(s))
	}
	x := column(series[0])
	all := newSandwich(d.rows, d.base, nil, append([][]float64{slices.Clone(x)}, controls...)...)
	for i := range controls {
		controls[i] = column(series[1+i])
	}
	rest := newSandwich(d.rows, d.base, nil, controls...)
	df := float64(d.rows.n() - d.rows.teams() - d.rows.times + 1 - len(series))
	if !all.ok || !rest.ok || df < 2 {
		return nil
	}
	strongest := 1
	var ry float64
	for j := range controls {
		if p := all.point(j+1, d.y, false); p.r*p.r > ry {
			strongest, ry = j+1, p.r*p.r
		}
	}
	d.base.residual(x)
	on := rest.point(strongest-1, x, false)
	p := all.point(0, d.y, false)
	plain := Sensitivity{Estimate: p.b, SE: math.Abs(p.b) * math.Sqrt((1-p.r*p.r)/(p.r*p.r*df)), DF: df}
	own := *c
	own.d = d
	var out []models.Way
	for k, times := range []string{"as strong as", "twice as strong as", "three times as strong as"} {
		b := bounded(on.r*on.r, ry, float64(k+1), plain)
		if b.Impossible {
			break
		}
		out = append(out, models.Way{Code: "hidden_" + strconv.Itoa(k+1), Says: "what a hidden factor " + times + " " + series[strongest].Name + " would leave",
			Estimate: own.told(b.Estimate, b.SE/plain.SE*float64(f.Joint.SE), float64(f.Joint.DF))})
	}
	return out
}
