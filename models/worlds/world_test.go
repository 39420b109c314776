package worlds

import (
	"fmt"
	"math"
	"reflect"
	"testing"
)

func TestMake_SameSeedSameWorld(t *testing.T) {
	for _, name := range Scenarios() {
		k, _ := Scenario(name)
		k.Teams, k.Periods = 7, 9
		text := func(seed uint64) string { w := Make(k, seed); return fmt.Sprint(*w.Panel, w.Slopes, w.X, w.Y) }
		a := text(3)
		if a != text(3) {
			t.Errorf("%s: two worlds of one seed differ", name)
		}
		if text(4) == a {
			t.Errorf("%s: two seeds make one world", name)
		}
	}
}

// Scenarios of one seed share their noise: with exact conditions S0 differs from S3 by the effects alone.
func TestMake_ScenariosShareTheirNoise(t *testing.T) {
	null := Default()
	null.ExactX = true
	one := null
	one.Effects = []Effect{{0, 1, 2, .5}}
	a, b := Make(null, 9), Make(one, 9)
	if !reflect.DeepEqual(a.X, b.X) || !reflect.DeepEqual(a.Y[0], b.Y[0]) {
		t.Fatal("what no effect touches differs")
	}
	x0, y1 := a.Panel.Find("x0"), b.Panel.Find("y1_ces")
	// y - y_null is .15 x .5 x (within-team x two periods before, in sds): recover the slope per point by differences in time.
	k, at := one.Periods, 0
	for c := range y1.Valid {
		if t := c % k; t < 3 || !y1.Valid[c] || !y1.Valid[c-1] || !x0.Valid[c-2] || !x0.Valid[c-3] {
			continue
		}
		base := a.Panel.Find("y1_ces")
		dy := (y1.Value[c] - base.Value[c]) - (y1.Value[c-1] - base.Value[c-1])
		du := (a.X[0][c-2] - a.X[0][c-3]) - (calendar(a, c-2) - calendar(a, c-3))
		if want := b.CES(0, 1) * du; math.Abs(dy-want) > 1e-9 {
			t.Fatalf("cell %d moves by %v, want %v", c, dy, want)
		}
		at++
	}
	if at < 500 {
		t.Errorf("%d cells compared", at)
	}
}

// calendar is what all teams share in a cell's period, in points, found by making the world again with nothing inside teams.
func calendar(w *World, cell int) float64 {
	k := w.Knobs
	k.SDWithin, k.SDTeam = 1e-9, 0
	return cached(k).X[0][cell]
}

var flat *World

func cached(k Knobs) *World {
	if flat == nil {
		flat = Make(k, 9)
	}
	return flat
}

func TestSource_CountsHaveTheirMoments(t *testing.T) {
	s := newSource(5)
	const n = 40_000
	for _, mean := range []float64{.3, 9, 60, 900} {
		var all spread
		for range n {
			all.add(float64(s.poisson(mean)))
		}
		if z := math.Abs(all.mean()-mean) / math.Sqrt(mean/n); z > 5 {
			t.Errorf("poisson(%v) has mean %v", mean, all.mean())
		}
		if r := all.sd() * all.sd() / mean; math.Abs(r-1) > .08 {
			t.Errorf("poisson(%v) has variance %v", mean, all.sd()*all.sd())
		}
	}
	for _, c := range []struct {
		n int
		p float64
	}{{1, .3}, {60, .18}, {180, .2}, {60, .9}, {2000, .5}, {7, 0}, {7, 1}} {
		var all spread
		for range n {
			all.add(float64(s.binomial(c.n, c.p)))
		}
		mean, v := float64(c.n)*c.p, float64(c.n)*c.p*(1-c.p)
		if v == 0 {
			if all.mean() != mean {
				t.Errorf("binomial(%d, %v) has mean %v", c.n, c.p, all.mean())
			}
			continue
		}
		if z := math.Abs(all.mean()-mean) / math.Sqrt(v/n); z > 5 || math.Abs(all.sd()*all.sd()/v-1) > .08 {
			t.Errorf("binomial(%d, %v) has mean %v and variance %v", c.n, c.p, all.mean(), all.sd()*all.sd())
		}
	}
}

func TestKnobs_Check(t *testing.T) {
	for name, turn := range map[string]func(k *Knobs){
		"no teams":        func(k *Knobs) { k.Teams = 0 },
		"R of 1":          func(k *Knobs) { k.R = 1 },
		"rho of 1":        func(k *Knobs) { k.RhoX = 1 },
		"nobody answers":  func(k *Knobs) { k.NMean = 0 },
		"effect of 9":     func(k *Knobs) { k.Effects = []Effect{{9, 0, 0, .1}} },
		"lag before burn": func(k *Knobs) { k.Effects = []Effect{{0, 0, 61, .1}} },
		"unseen of 9":     func(k *Knobs) { k.UconfOnly = []int{9} },
	} {
		k := Default()
		if turn(&k); k.Check() == nil {
			t.Errorf("%s makes a world", name)
		}
	}
}
