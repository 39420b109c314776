package fit

import (
	"math"
	"slices"
	"testing"

	"insideout/models"
)

// incidentPanel has one outcome and one condition; incidents of the teams at the periods given, and a condition that falls ahead periods before each.
func incidentPanel(teams, times, ahead int, at func(g int) []int) *models.Panel {
	noise := shaped(teams, times, 9, func(g, t int) float64 { return 0 })
	p := wavePanel(teams, times, nil, func(g, t int) float64 { return 0 }, func(g, t int) float64 { return noise[(g+1)%teams][t] })
	x, y := p.Find("x0"), p.Find("y")
	x.Higher, y.Higher = 1, 1
	for i := range x.Value {
		g, t := i/times, i%times
		x.Valid[i], x.Value[i] = true, noise[g][t]
		for _, start := range at(g) {
			if ahead > 0 && t >= start-ahead && t < start {
				x.Value[i] -= 6
			}
		}
	}
	for g := range teams {
		for _, start := range at(g) {
			p.Events = append(p.Events, models.Event{Kind: "incident", Label: "outage", Team: g, Period: start})
		}
	}
	return p
}

func twiceEach(g int) []int { return []int{30 + g%5, 55 + g%7} }

func TestWarnings_TellWhatFallsBefore(t *testing.T) {
	r := Run(incidentPanel(12, 80, 2, twiceEach), Spec{MaxLag: -1})
	if len(r.Warnings) != 2 {
		t.Fatalf("%d warnings", len(r.Warnings))
	}
	y, x := r.Warnings[0], r.Warnings[1]
	// 24 incidents, each told by a fall that begins two periods before: the lead is two. The horizon of four holds two periods without the fall, so the area
	// is above a half and far short of one.
	if x.Incidents != 24 || x.Teams != 12 || x.Hits != 24 || x.Lead != 2 || x.AUC < .57 || !x.Warns() || !x.Ahead() || x.Baseline != "y" {
		t.Errorf("the condition: %+v", x)
	}
	if y.Warns() || y.Incidents != 24 || y.Baseline != "" || y.Gain.Known() {
		t.Errorf("the outcome, which knows nothing: %+v", y)
	}
	if x.False > x.Alerts/2 {
		t.Errorf("%d of %d alerts in vain", x.False, x.Alerts)
	}
	p := incidentPanel(12, 80, 0, twiceEach)
	none := Run(p, Spec{MaxLag: -1}).Warnings[1]
	if none.Warns() || !(none.Low < .5 && .5 < none.High) {
		t.Errorf("nothing falls: %+v", none)
	}
	p.Events = nil
	if w := Run(p, Spec{MaxLag: -1}).Warnings; w != nil {
		t.Errorf("no incident: %+v", w)
	}
}

func TestWarnings_RefuseFewIncidents(t *testing.T) {
	for _, c := range []struct {
		name string
		at   func(g int) []int
	}{
		{"four teams, one each", func(g int) []int {
			if g < 4 {
				return []int{40}
			}
			return nil
		}},
		{"two teams, many", func(g int) []int {
			if g < 2 {
				return []int{20, 30, 40, 50, 60, 70}
			}
			return nil
		}},
		{"before there is a past", func(g int) []int { return []int{5} }},
	} {
		for _, w := range Run(incidentPanel(12, 80, 2, c.at), Spec{MaxLag: -1}).Warnings {
			if w.Refused == nil || w.Refused.Code != CodeFewIncidents || w.Warns() || w.AUC.Known() || w.Q.Known() {
				t.Errorf("%s: %+v", c.name, w)
			}
		}
	}
}

// Nothing later may enter: cutting the panel off changes no score of a moment before the cut.
func TestWarnings_LookAtThePastOnly(t *testing.T) {
	p := incidentPanel(4, 60, 2, twiceEach)
	starts := make([][]int, 4)
	for g := range starts {
		starts[g] = twiceEach(g)
	}
	a := &analysis{panel: p, seed: 1}
	_, whole := a.warning(p.Find("x0"), starts)
	x := *p.Find("x0")
	x.Valid = slices.Clone(x.Valid)
	for i := range x.Valid {
		x.Valid[i] = x.Valid[i] && i%60 < 45
	}
	_, cut := a.warning(&x, starts)
	k := 0
	for _, m := range whole {
		if m.period >= 45 {
			continue
		}
		if k >= len(cut) || cut[k] != m {
			t.Fatalf("moment %d: %+v, whole %+v", k, cut[k], m)
		}
		k++
	}
	if k != len(cut) || k == 0 {
		t.Errorf("%d of %d moments", k, len(cut))
	}
}

// The area of moments counted once is that of pairs counted one by one.
func TestAUC_CountsPairs(t *testing.T) {
	m := []moment{{0, 0, 1, true}, {0, 1, 1, false}, {1, 0, 2, true}, {1, 1, 3, false}, {2, 0, 0, false}}
	// pairs: (1;1) .5, (1;3) 0, (1;0) 1, (2;1) 1, (2;3) 0, (2;0) 1: 3.5 of 6
	slices.SortStableFunc(m, func(a, b moment) int { return sign3(a.score - b.score) })
	if got := auc(m, []uint16{1, 1, 1}); math.Abs(got-3.5/6) > 1e-12 {
		t.Errorf("%v, want %v", got, 3.5/6)
	}
	if got := delong([]bool{true, false, true, false, false}, []float64{1, 1, 2, 3, 0}).AUC; math.Abs(got-3.5/6) > 1e-12 {
		t.Errorf("by ranks %v, want %v", got, 3.5/6)
	}
}
