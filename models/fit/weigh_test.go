package fit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"insideout/models"
)

// The weights of a run are those of the columns demeaned by another path: RelativeImportance, which the golden cases of R's relaimpo hold,
// on residuals of Demean, which those of plm hold.
func TestWeigh_EqualsTheGoldenPath(t *testing.T) {
	p := world{teams: 12, times: 30, conditions: 4, slope: .5, noise: .3, levels: 1, seed: 8}.panel()
	res := Run(p, Spec{MaxLag: -1, Weights: Unweighted})
	if len(res.Weights) != 1 || res.Weights[0].Refused != nil {
		t.Fatalf("weights: %+v", res.Weights)
	}
	w := res.Weights[0]
	var teams, periods []string
	columns := make([][]float64, 5)
	for g, name := range p.Teams {
		for at := range p.Periods {
			teams, periods = append(teams, name), append(periods, fmt.Sprintf("%03d", at))
			for k := range columns {
				columns[k] = append(columns[k], p.Series[k].Value[g*p.Periods+at])
			}
		}
	}
	residuals := make([][]float64, 5)
	for k, c := range columns { // what a constant column's effects leave of c: the residuals of c on the effects alone
		residuals[k] = twoWay(c, len(p.Teams), p.Periods)
	}
	im, err := relativeImportance(residuals[:4], residuals[4])
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(float64(w.R2)-im.R2) > 1e-10 {
		t.Errorf("R2 %v, want %v", w.R2, im.R2)
	}
	for k := range 4 {
		if got := w.Weights[k]; math.Abs(float64(got.LMG)-im.LMG[k]) > 1e-10 || math.Abs(float64(got.Johnson)-im.Johnson[k]) > 1e-10 || math.Abs(float64(got.VIF)-im.VIF[k]) > 1e-9 {
			t.Errorf("%s: %+v, want LMG %v, Johnson %v", got.Condition, got, im.LMG[k], im.Johnson[k])
		}
	}
	if w.Top() != "x0" || w.Weights[0].RankLow != 1 || w.Weights[0].RankHigh != 1 {
		t.Errorf("the one condition that matters is not the first: %+v", w.Weights[0])
	}
	d, err := Demean(teams, periods, columns[:4], columns[4])
	if err != nil {
		t.Fatal(err)
	}
	var rss, total float64
	for i, e := range d.Residuals {
		rss += e * e
		total += residuals[4][i] * residuals[4][i]
	}
	if math.Abs(1-rss/total-float64(w.R2)) > 1e-10 {
		t.Errorf("R2 %v, want %v of the demeaned fit", w.R2, 1-rss/total)
	}
}

// twoWay takes team and period means out of a balanced panel.
func twoWay(v []float64, teams, times int) []float64 {
	byTeam, byTime, all := make([]float64, teams), make([]float64, times), 0.
	for i, x := range v {
		byTeam[i/times] += x / float64(times)
		byTime[i%times] += x / float64(teams)
		all += x / float64(len(v))
	}
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = x - byTeam[i/times] - byTime[i%times] + all
	}
	return out
}

// Where nothing is true hardly a weight may be shown, though the lag was chosen for the closest fit.
func TestWeigh_HidesNoise(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds: left out with -short")
	}
	const runs = 60
	shown, all, first := 0, 0, 0
	for seed := range uint64(runs) {
		p := world{teams: 16, times: 30, conditions: 6, slope: 0, noise: .3, levels: 1, seed: 900 + seed}.panel()
		w := Run(p, Spec{MaxLag: 4, Seed: seed + 1}).Weights[0]
		for _, k := range w.Weights {
			all++
			if k.Shown {
				shown++
			}
		}
		if w.Top() != "" {
			first++
		}
	}
	t.Logf("%d of %d weights shown, a first named in %d of %d runs", shown, all, first, runs)
	if shown > all/20 || first > runs/20 {
		t.Errorf("%d of %d weights shown where nothing is true, a first named in %d of %d runs", shown, all, first, runs)
	}
}

// Two conditions that are nearly one and the same are said to be, and read as one.
func TestWeigh_SaysWhatCannotBeToldApart(t *testing.T) {
	p := world{teams: 12, times: 30, conditions: 3, slope: .5, noise: .3, levels: 1, seed: 4}.panel()
	rng := rand.New(rand.NewPCG(1, 1))
	a, b := p.Find("x0"), p.Find("x1")
	for i := range b.Value {
		b.Value[i] = a.Value[i] + .1*rng.NormFloat64()
	}
	w := Run(p, Spec{MaxLag: -1}).Weights[0]
	if len(w.Groups) != 1 || !slices.Equal(w.Groups[0], []string{"x0", "x1"}) || !w.Composite.OK || !slices.ContainsFunc(w.Doubts, func(d models.Doubt) bool { return d.Code == CodeHalo }) {
		t.Errorf("groups %v, composite %v, doubts %v", w.Groups, w.Composite.OK, w.Doubts)
	}
	copy(b.Value, a.Value)
	if w = Run(p, Spec{MaxLag: -1}).Weights[0]; w.Refused == nil || w.Refused.Code != CodeCollinear || w.Refused.Needed == "" {
		t.Errorf("one condition twice: %+v", w.Refused)
	}
}
