package fit

import (
	"testing"

	"insideout/models"
)

// What moves at one place and a week later at another is found at that lag; a place that goes its own way is not, and none is its own condition.
func TestAcross(t *testing.T) {
	w := world{teams: 16, times: 50, conditions: 2, slope: .6, lag: 1, noise: .2, levels: 1, seed: 41}
	p := w.panel()
	for i := range p.Series {
		p.Series[i].Side = models.Outside
	}
	res := Across(p, [][]string{{"x0", "x1", "y"}}, Spec{MaxLag: 3, Draws: 999})
	if len(res.Findings) != 6 || res.Tested != 6 {
		t.Fatalf("%d findings, %d tested", len(res.Findings), res.Tested)
	}
	for i := range res.Findings {
		f := &res.Findings[i]
		planted, other := f.Condition == "x0" && f.Outcome == "y", f.Condition == "x1" || f.Outcome == "x1"
		if f.Condition == f.Outcome || planted && (!f.Seen() || f.Lag != 1) || other && f.Seen() {
			t.Errorf("%s -> %s: grade %s at lag %d, %s", f.Condition, f.Outcome, f.Grade(), f.Lag, f.Order())
		}
	}
	if none := Across(p, nil, Spec{}); len(none.Findings) != 0 {
		t.Error("no group, yet findings")
	}
}
