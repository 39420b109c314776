package fit

import (
	"fmt"
	"math"
)

// RepeatedCorrelation is the common within-team correlation without period effects (Bakdash and Marusich 2017). It is
// here for comparison with other reports: it takes the calendar for an association.
type RepeatedCorrelation struct {
	R, Slope  float64
	DF, P     float64
	Low, High float64 // tanh(atanh r +- 1.96/sqrt(df-1))
}

// RepeatedMeasures computes it, as rmcorr. team has one entry a row.
func RepeatedMeasures(team []string, x, y []float64) (RepeatedCorrelation, error) {
	sums := map[string]*[3]float64{}
	for i, g := range team {
		s := sums[g]
		if s == nil {
			s = &[3]float64{}
			sums[g] = s
		}
		s[0]++
		s[1] += x[i]
		s[2] += y[i]
	}
	df := float64(len(x) - len(sums) - 1)
	if df < 1 {
		return RepeatedCorrelation{}, fmt.Errorf("%d rows in %d teams leave no degree of freedom", len(x), len(sums))
	}
	var xx, xy, yy float64
	for i, g := range team {
		s := sums[g]
		dx, dy := x[i]-s[1]/s[0], y[i]-s[2]/s[0]
		xx += dx * dx
		xy += dx * dy
		yy += dy * dy
	}
	r := RepeatedCorrelation{R: xy / math.Sqrt(xx*yy), Slope: xy / xx, DF: df}
	r.P = studentP(r.R*math.Sqrt(df/(1-r.R*r.R)), df)
	r.Low, r.High = FisherInterval(r.R, df-1)
	return r, nil
}
