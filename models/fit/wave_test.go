package fit

import (
	"math"
	"slices"
	"testing"

	"insideout/models"
)

// wavePanel has conditions at few periods of a weekly outcome.
func wavePanel(teams, times int, at []int, x, y func(g, t int) float64) *models.Panel {
	p := world{teams: teams, times: times, conditions: 1, seed: 1}.panel()
	a, b := p.Find("x0"), p.Find("y")
	for i := range a.Value {
		g, t := i/times, i%times
		a.Value[i], a.Valid[i], a.SE[i] = x(g, t), slices.Contains(at, t), .5
		b.Value[i], b.Valid[i], b.N[i], b.SE[i] = y(g, t), true, 10, .5
	}
	return p
}

// Two waves, one answer each of three weeks: windows end at the next wave, and cells count by their answers.
func TestRolled_Windows(t *testing.T) {
	p := wavePanel(1, 8, []int{2, 5}, func(g, t int) float64 { return 0 }, func(g, t int) float64 { return float64(t) })
	y := p.Find("y")
	y.N[3] = 30
	y.Valid[6] = false
	a := &analysis{panel: p, spec: Spec{Window: 4}}
	after, before := a.rolled(y, []int{2, 5}, false), a.rolled(y, []int{2, 5}, true)
	// after 2: weeks 2, 3, 4 with 10, 30, 10 answers: 150/50 = 3; after 5: weeks 5 and 7: 6; before 2: weeks 0, 1: .5; before 5: weeks 2, 3, 4: 3
	for _, c := range []struct {
		name string
		s    *models.Series
		at   int
		want float64
		n    float64
	}{{"after the first", after, 2, 3, 50}, {"after the second", after, 5, 6, 20}, {"before the first", before, 2, .5, 20}, {"before the second", before, 5, 3, 50}} {
		if got := c.s.Value[c.at]; math.Abs(got-c.want) > 1e-12 || c.s.N[c.at] != c.n || !c.s.Valid[c.at] {
			t.Errorf("%s: %v of %v answers, want %v of %v", c.name, got, c.s.N[c.at], c.want, c.n)
		}
	}
	// sqrt(2*(10*.5)^2 + (30*.5)^2)/50 by hand
	if want := math.Sqrt(275) / 50; math.Abs(after.SE[2]-want) > 1e-12 {
		t.Errorf("standard error %v, want %v", after.SE[2], want)
	}
	if cells := after.Cells(); cells != 2 {
		t.Errorf("%d cells, want one a wave", cells)
	}
}

// A survey that is open for three weeks has one wave, not three; one that runs all the time, with a week missing here and there, has no waves.
func TestGathered(t *testing.T) {
	open := []int{10, 11, 12, 60, 61, 62}
	p := wavePanel(2, 100, open, func(g, t int) float64 { return float64(t) }, func(g, t int) float64 { return 0 })
	x, y := p.Find("x0"), p.Find("y")
	for i := range x.N {
		x.N[i] = 5
	}
	x.N[12] = 30 // of the first team
	a := &analysis{panel: p}
	s := a.gathered(x, y)
	if got := a.waves(s); !slices.Equal(got, []int{12, 62}) {
		t.Fatalf("waves in %v", got)
	}
	// (10*5 + 11*5 + 12*30)/40 = 11.625
	if s.Value[12] != 11.625 || s.N[12] != 40 || s.Value[62] != 61 || s.Value[112] != 11 {
		t.Errorf("means %v, %v, %v of %v answers", s.Value[12], s.Value[62], s.Value[112], s.N[12])
	}
	for i := range x.Valid {
		x.Valid[i] = i%10 != 0
	}
	if a.gathered(x, y) != x {
		t.Error("a weekly pulse with gaps is taken for waves")
	}
}

// First differences of three waves with an effect for each step; slope, CR2 and Satterthwaite from explicit matrices in numpy
// (A_g = (I-H_gg)^-1/2, P_gh = w_g'(I-H)_gh w_h).
func TestChange_EqualsExplicitMatrices(t *testing.T) {
	x := [][]float64{{50, 55, 53}, {60, 58, 64}, {40, 47, 45}, {55, 54, 57}, {70, 66, 71}, {62, 69, 60}, {48, 50, 55}, {51, 57, 50}}
	y := [][]float64{{20, 24, 22}, {31, 29, 33}, {15, 18, 19}, {22, 23, 22}, {40, 37, 41}, {30, 35, 31}, {18, 18, 22}, {25, 28, 23}}
	p := wavePanel(8, 3, []int{0, 1, 2}, func(g, t int) float64 { return x[g][t] }, func(g, t int) float64 { return y[g][t] })
	f := &Run(p, Spec{Weights: Unweighted}).Findings[0]
	if f.Waves == nil || f.Waves.Count != 3 || f.Waves.Window != 1 || f.Waves.Refused != nil || f.Waves.Before.OK {
		t.Fatalf("waves: %+v", f.Waves)
	}
	c := f.Waves.Change
	for _, v := range []struct {
		name string
		got  models.Figure
		want float64
	}{{"slope", c.Slope, 0.587734241908}, {"se", c.SE, 0.069373937447}, {"df", c.DF, 4.441402407252}} {
		if math.Abs(float64(v.got)/v.want-1) > 1e-9 {
			t.Errorf("%s %.12f, want %.12f", v.name, float64(v.got), v.want)
		}
	}
	if c.N != 16 || c.Teams != 8 || !f.Waves.MDE.Known() {
		t.Errorf("%+v", f.Waves)
	}
}

// A yearly survey against weekly outcomes: a planted change is found from the windows after the waves, nothing from those before; the same survey once
// compares teams only, and five teams are refused.
func TestRun_FewWavesAgainstWeeklyOutcomes(t *testing.T) {
	level := func(g, wave int) float64 { return math.Mod(float64(g*7+wave*wave*13+g*wave*5), 11) }
	at := []int{10, 50, 90}
	wave := func(t int) int { return min(2, max(0, (t-10)/40)) }
	build := func(teams int, at []int) *models.Panel {
		return wavePanel(teams, 130, at, func(g, t int) float64 { return level(g, wave(t)) }, func(g, t int) float64 {
			noise := math.Sin(float64(g*131+t*17)) * 2
			if since := (t - 10) % 40; t < 10 || since >= 13 {
				return noise
			}
			return .5*level(g, wave(t)) + noise
		})
	}
	f := &Run(build(20, at), Spec{}).Findings[0]
	w := f.Waves
	if w == nil || w.Count != 3 || w.Window != 13 || w.Change.Low > .5 || w.Change.High < .5 || w.Change.Low < .3 {
		t.Fatalf("planted .5, %+v", w)
	}
	if w.Before.OK && w.Before.P < .01 || !w.Before.OK {
		t.Errorf("the window before the wave: %+v", w.Before)
	}
	if f.Lag != 0 || f.Lags != nil || f.Grade() == models.GradeA || !f.Seen() {
		t.Errorf("grade %s, lag %d, %d lags", f.Grade(), f.Lag, len(f.Lags))
	}
	if !(w.ReliableX > .5) || !w.Between.OK {
		t.Errorf("between: %+v, reliability %v", w.Between, w.ReliableX)
	}
	once := &Run(build(20, at[:1]), Spec{}).Findings[0]
	if once.Grade() != models.GradeNone || once.Waves.Refused == nil || once.Waves.Refused.Code != CodeOnePeriod || !once.Between.OK {
		t.Errorf("one wave: grade %s, %+v", once.Grade(), once.Waves)
	}
	few := &Run(build(5, at), Spec{}).Findings[0]
	if few.Waves.Refused == nil || few.Waves.Refused.Code != CodeFewTeams || few.Waves.Change.P.Known() {
		t.Errorf("five teams: %+v", few.Waves)
	}
}
