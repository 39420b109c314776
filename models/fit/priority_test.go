package fit

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"insideout/models"
)

// Mean and standard deviation of the posterior, by numerical integration over tau with numpy:
//
//	z = b*s; W = V*outer(s,s); p(tau) ~ |W+tau^2 I|^-1/2 exp(-z'(W+tau^2 I)^-1 z/2), tau up to 3 sqrt(max(z^2+diag W))
//	mean | tau = tau^2 (W+tau^2 I)^-1 z, cov | tau = tau^2 I - tau^4 (W+tau^2 I)^-1
func TestShrunk_EqualsTheIntegral(t *testing.T) {
	v := mat.NewSymDense(3, []float64{.09, .02, .01, .02, .04, -.005, .01, -.005, .16})
	draws, ok := shrunk([]float64{1.2, .4, -.1}, v, []float64{1, 2, .5}, 1)
	if !ok {
		t.Fatal("not drawn")
	}
	mean, sd := []float64{1.02522, 0.30449, -0.09976}, []float64{0.32626, 0.19600, 0.38615}
	for k := range mean {
		var c []float64
		for _, d := range draws {
			c = append(c, d[k])
		}
		m, s := stat.MeanStdDev(c, nil)
		if math.Abs(m-mean[k]) > 4*sd[k]/math.Sqrt(priorityDraws) || math.Abs(s/sd[k]-1) > .06 {
			t.Errorf("slope %d: %.4f +- %.4f, want %.4f +- %.4f", k, m, s, mean[k], sd[k])
		}
	}
	if _, ok := shrunk([]float64{1, 1}, mat.NewSymDense(2, []float64{1, 1, 1, 1}), []float64{1, 1}, 1); ok {
		t.Error("slopes that cannot be told apart are drawn")
	}
}

// One condition that matters is the first; two that matter alike are a tie; where none is seen no order is shown.
func TestPrioritise_OrdersAsFarAsIntervalsAllow(t *testing.T) {
	w := world{teams: 20, times: 40, conditions: 4, slope: .6, noise: .05, levels: 1, seed: 21}
	p := w.panel()
	y := p.Find("y")
	y.Higher = 1
	run := func() models.Priority { return Run(p, Spec{MaxLag: -1}).Priorities[0] }
	one := run()
	if one.Refused != nil || len(one.Tied()) != 1 || one.Tied()[0] != "x0" || !one.Reaches[0].Clear() || one.Reaches[0].Slope < .4 {
		t.Errorf("one that matters: tied %v, %+v", one.Tied(), one.Reaches[0])
	}
	if x := one.Reaches[0]; math.Abs(float64(x.Difference-x.Slope*x.Move)) > 1e-9 || !(x.Move > 0) || x.Teams == 0 {
		t.Errorf("the difference is not slope times move: %+v", x)
	}
	y.Higher = -1 // the same movement is now for the worse
	if bad := run(); bad.Refused == nil || bad.Refused.Code != CodeWithinNoise {
		t.Errorf("for the worse: %+v", bad.Refused)
	}
	y.Higher = 0
	if none := run(); none.Refused == nil || none.Refused.Code != CodeNoDirection {
		t.Errorf("no direction: %+v", none.Refused)
	}
	y.Higher = 1
	b := p.Find("x1")
	for i := range y.Value {
		y.Value[i] += .42 * b.Value[i] // its feasible step is larger
	}
	if two := run(); two.Refused != nil || len(two.Tied()) != 2 {
		t.Errorf("two that matter alike: %v, %+v", two.Tied(), two.Reaches)
	}
	w.slope = 0
	p = w.panel()
	p.Find("y").Higher = 1
	if null := Run(p, Spec{MaxLag: -1}).Priorities[0]; null.Refused == nil || null.Refused.Needed == "" {
		t.Errorf("nothing is true: %+v", null.Refused)
	}
}

// The level is the mean over teams of the latest quarter less the rest, with Student's t over teams.
func TestLevel(t *testing.T) {
	p := world{teams: 8, times: 20, conditions: 1, seed: 3}.panel()
	fillWith := func(f func(g, t int) float64) {
		s := p.Find("x0")
		for i := range s.Value {
			s.Value[i] = f(i/20, i%20)
		}
	}
	fillWith(func(g, t int) float64 { // teams rise by 1, 2, ... 8 in the last five periods
		if t >= 15 {
			return float64(10*g + g + 1)
		}
		return float64(10 * g)
	})
	l := Run(p, Spec{MaxLag: -1}).Levels[0]
	// mean 4.5, sd 2.449490, t(7) 2.364624: half 2.047824 by hand
	if l.Recent != 5 || l.Before != 15 || l.Teams != 8 || math.Abs(float64(l.Change)-4.5) > 1e-12 || math.Abs(float64(l.High-l.Low)/2-2.047824) > 1e-5 {
		t.Errorf("%+v", l)
	}
	few := Run(world{teams: 5, times: 20, conditions: 1, seed: 3}.panel(), Spec{MaxLag: -1}).Levels[0]
	if few.Refused == nil {
		t.Error("five teams are compared")
	}
}
