package fit

import (
	"math"
	"slices"
	"strings"
	"testing"

	"insideout/models"
)

// waysPanel is 12 teams in 42 periods by a formula that the reference repeats; condition, outcome and answers behind the condition.
func waysPanel() *models.Panel {
	const teams, times = 12, 42
	p := &models.Panel{Grain: "week", Periods: times}
	x := models.Series{ID: "x", Name: "x", Side: models.Inside, Higher: 1}
	y := models.Series{ID: "y", Name: "y", Side: models.Outside, Higher: 1}
	for i := range teams {
		p.Teams = append(p.Teams, string(rune('a'+i)))
		g := float64(i)
		for k := range times {
			t := float64(k)
			v := math.Sin(1.7*g+.9*t*t) + .3*math.Cos(2.3*t+g) + .02*g*t/3
			w := .5*v*(1+.3*math.Sin(g)) + math.Sin(5.1*g*g+3.3*t*t+1.1*g*t) + .05*t*math.Cos(3*g) + .2*g
			if (i*7+k*3)%37 == 5 {
				w += 6
			}
			x.Value, x.Valid, x.N, x.SE = append(x.Value, v), append(x.Valid, (i*3+k*5)%17 != 4), append(x.N, float64(5+(i*5+k*11)%13)), append(x.SE, math.NaN())
			y.Value, y.Valid, y.N, y.SE = append(y.Value, w), append(y.Valid, (i*11+k*7)%19 != 6), append(y.N, 0), append(y.SE, math.NaN())
		}
	}
	p.Series = []models.Series{x, y}
	return p
}

// waysOf counts one pair again, seen or not.
func waysOf(t *testing.T, p *models.Panel, x, y string, lag int) *models.Finding {
	t.Helper()
	a := &analysis{panel: p, seed: 1}
	q := Question{Panel: p, Condition: x, Outcome: y, Weights: Unweighted}
	f := &models.Finding{Condition: x, Outcome: y, Lag: lag, Within: q.Within(lag)}
	a.ways(f, q)
	return f
}

func way(t *testing.T, f *models.Finding, code string) models.Way {
	t.Helper()
	i := slices.IndexFunc(f.Ways, func(w models.Way) bool { return w.Code == code })
	if i < 0 {
		t.Fatalf("there is no %s", code)
	}
	return f.Ways[i]
}

// The numbers are those of numpy with dummies written out, scipy and statsmodels 0.14 (RLM, MixedLM by REML).
func TestWays_EqualTheReference(t *testing.T) {
	f := waysOf(t, waysPanel(), "x", "y", 0)
	for _, c := range []struct {
		code      string
		slope, se float64 // NaN: not compared
		within    float64
	}{
		{"trends", .4809143637913378, .10678205857472262, 1e-8},
		{"answers", .4754517508596582, math.NaN(), 1e-10},
		{"huber", .4773686227039846, math.NaN(), 1e-7},
		{"ranks", .36957471630077415, math.NaN(), 1e-10},
		{"two_way", .47749258092626207, .11285511206368251, 1e-10},
		{"driscoll_kraay", .47749258092626207, .08504807902154665, 1e-10},
		{"jackknife", .47749258092626207, .12327031442848645, 1e-10},
		{"mixed", .505245709, .11134983, 2e-4},
	} {
		w := way(t, f, c.code)
		if d := math.Abs(float64(w.Slope) - c.slope); d > c.within {
			t.Errorf("%s: slope %v, want %v", c.code, w.Slope, c.slope)
		}
		if d := math.Abs(float64(w.SE) - c.se); d > c.within {
			t.Errorf("%s: standard error %v, want %v", c.code, w.SE, c.se)
		}
		if w.Teams != 12 || w.Times != 42 || w.N != 449 || w.Kind != models.OtherMethod {
			t.Errorf("%s: %d teams, %d periods, %d cells, kind %s", c.code, w.Teams, w.Times, w.N, w.Kind)
		}
	}
	if says := way(t, f, "jackknife").Says; !strings.Contains(says, "0.418 to 0.531") {
		t.Error(says)
	}
	if i := slices.IndexFunc(f.Doubts, func(d models.Doubt) bool { return d.Code == CodeOutliers }); i < 0 || !strings.HasPrefix(f.Doubts[i].Text, "10 cells lie ") {
		t.Errorf("doubts %v", f.Doubts)
	}
}

// Where cells are missing by chance alone the filled-in slope is that of the whole panel, on average, and its standard error is between that of the
// whole panel and a little more than that of what is there.
func TestWays_ImputedIsRightOnAverage(t *testing.T) {
	var whole, there, imputed, covered float64
	const worlds = 40
	for seed := range uint64(worlds) {
		w := world{teams: 12, times: 30, conditions: 1, slope: .4, levels: .5, seed: seed + 1}
		p := w.panel()
		whole += float64(Question{Panel: p, Condition: "x0", Outcome: "y", Weights: Unweighted}.Within(0).Slope) / worlds
		for i := range p.Series {
			s := &p.Series[i]
			s.Valid = slices.Clone(s.Valid)
			for k := range s.Valid {
				s.Valid[k] = (k*7919+i*31+int(seed)*17)%97 > 10 // a ninth is missing
			}
		}
		f := waysOf(t, p, "x0", "y", 0)
		m := way(t, f, "imputed")
		there += float64(f.Within.Slope) / worlds
		imputed += float64(m.Slope) / worlds
		if m.Low <= .4 && m.High >= .4 {
			covered++
		}
		if m.N != 12*30 || m.SE > 2*f.Within.SE {
			t.Errorf("world %d: %d cells, standard error %v beside %v", seed, m.N, m.SE, f.Within.SE)
		}
		low, high := way(t, f, "missing_lower"), way(t, f, "missing_higher")
		if low.Slope == m.Slope || high.Slope == m.Slope {
			t.Error("moving what is missing changes nothing")
		}
	}
	t.Logf("whole %.4f, there %.4f, imputed %.4f, covered %v of %d", whole, there, imputed, covered, worlds)
	if math.Abs(imputed-whole) > .04 || covered < 32 { // 38 expected; fewer than 32 has a chance of about 1 in 2,000
		t.Errorf("whole %.4f, imputed %.4f, %v of %d intervals hold .4", whole, imputed, covered, worlds)
	}
}

// A panel without holes has nothing to fill in; a pair that turns over when trends are out says so.
func TestWays_SayWhereTheSignDepends(t *testing.T) {
	p := waysPanel()
	x, y := p.Find("x"), p.Find("y")
	for i := range x.Valid {
		g, k := float64(i/p.Periods), float64(i%p.Periods)
		x.Valid[i], y.Valid[i] = true, true
		v := math.Sin(1.7*g + .9*k*k)
		trend := .3 * k * math.Sin(2*g)
		x.Value[i], y.Value[i] = trend+v, trend-v+.3*math.Sin(5.1*g*g+3.3*k*k+1.1*g*k)
	}
	f := waysOf(t, p, "x", "y", 0)
	if slices.ContainsFunc(f.Ways, func(w models.Way) bool { return w.Kind == models.IfMissing }) {
		t.Error("cells were filled in where none is missing")
	}
	if f.Within.Low <= 0 || way(t, f, "trends").High >= 0 {
		t.Fatalf("within %v, trends %v: not the case that is meant", f.Within.Slope, way(t, f, "trends").Slope)
	}
	if i := slices.IndexFunc(f.Doubts, func(d models.Doubt) bool {
		return d.Code == CodeOtherWays && strings.Contains(d.Text, "other sign: each team's own straight trend")
	}); i < 0 {
		t.Errorf("doubts %v", f.Doubts)
	}
}

// A hidden factor leaves less the stronger it is; the first bound is that of the general regression with dummies.
func TestWays_HiddenFactorLeavesLess(t *testing.T) {
	p := size(24, 52, 3, 1)
	r := Run(p, Spec{Draws: 199})
	i := slices.IndexFunc(r.Findings, func(f models.Finding) bool { return len(f.Ways) > 0 })
	if i < 0 {
		t.Fatal("nothing seen")
	}
	f := &r.Findings[i]
	last := math.Abs(float64(f.Joint.Slope))
	for _, code := range []string{"hidden_1", "hidden_2", "hidden_3"} {
		b := math.Abs(float64(way(t, f, code).Slope))
		if !(b < last) {
			t.Errorf("%s leaves %v of %v", code, b, last)
		}
		last = b
	}
	var columns [][]float64
	var teams, periods []string
	q := Question{Panel: p, Condition: f.Condition, Outcome: f.Outcome, Controls: f.Joint.Held}
	d, series := q.design(f.Joint.Lag)
	if !d.ok {
		t.Fatal("no design")
	}
	for g := range d.rows.team {
		for i := d.rows.start[g]; i < d.rows.start[g+1]; i++ {
			teams = append(teams, string(rune('a'+g)))
			periods = append(periods, string(rune(0x100+d.rows.period[i])))
		}
	}
	for _, s := range series {
		columns = append(columns, d.rows.take(s.Value, f.Joint.Lag))
	}
	q.Weights = Unweighted
	plain := *f
	plain.Ways, plain.Joint.Estimate = nil, q.Within(f.Joint.Lag)
	(&analysis{panel: p, seed: 1}).ways(&plain, Question{Panel: p, Condition: f.Condition, Outcome: f.Outcome, Weights: Unweighted})
	dm, err := Demean(teams, periods, columns, d.rows.take(p.Find(f.Outcome).Value, 0))
	if err != nil {
		t.Fatal(err)
	}
	strongest := 1
	for j := 2; j < len(columns); j++ {
		if dm.Sensitivity(j).PartialR2 > dm.Sensitivity(strongest).PartialR2 {
			strongest = j
		}
	}
	dm.Regression.DF, dm.Sigma = dm.DF, math.Sqrt(dm.RSS/float64(dm.DF))
	want, err := dm.benchmark(0, strongest, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := way(t, &plain, "hidden_1"); math.Abs(float64(got.Slope)-want.Estimate) > 1e-9 {
		t.Errorf("left %v, want %v", got.Slope, want.Estimate)
	}
}
