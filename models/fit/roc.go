package fit

import (
	"math"
	"slices"
)

// ROC says how well a score tells events from non-events.
type ROC struct {
	AUC, Var         float64 // DeLong, DeLong and Clarke-Pearson 1988
	Low, High        float64 // 95 %
	AveragePrecision float64 // sum of precision times gain in recall over distinct thresholds
}

// Discriminate computes it; event tells which rows are events. Figures are NaN where one kind is missing.
func Discriminate(event []bool, score []float64) ROC {
	out := delong(event, score)
	var m float64
	for _, e := range event {
		m += share(e)
	}
	thresholds := slices.Clone(score)
	slices.Sort(thresholds)
	thresholds = slices.Compact(thresholds)
	var recall float64
	for i := len(thresholds) - 1; i >= 0; i-- {
		c := Confuse(event, score, thresholds[i])
		tp := float64(c.TruePositive)
		out.AveragePrecision += (tp/m - recall) * tp / float64(c.TruePositive+c.FalsePositive)
		recall = tp / m
	}
	return out
}

// delong is the area and its variance, from ranks among all and among one kind (Sun and Xu 2014): the number of pairs does not matter.
func delong(event []bool, score []float64) ROC {
	var pos, neg []float64
	for i, e := range event {
		if e {
			pos = append(pos, score[i])
		} else {
			neg = append(neg, score[i])
		}
	}
	m, n := float64(len(pos)), float64(len(neg))
	all, _ := Ranks(score)
	own, _ := Ranks(pos)
	others, _ := Ranks(neg)
	var v10, v01 []float64 // of an event: the share of others below it; of another: the share of events above it
	var out ROC
	for i, e := range event {
		if e {
			v10 = append(v10, (all[i]-own[len(v10)])/n)
			out.AUC += v10[len(v10)-1] / m
		} else {
			v01 = append(v01, 1-(all[i]-others[len(v01)])/m)
		}
	}
	if len(v10) == 0 || len(v01) == 0 {
		out.AUC = math.NaN()
	}
	spread := func(v []float64) float64 {
		var s float64
		for _, x := range v {
			s += (x - out.AUC) * (x - out.AUC)
		}
		return s / float64(len(v)-1) / float64(len(v))
	}
	out.Var = spread(v10) + spread(v01)
	half := normalQuantile(.975) * math.Sqrt(out.Var)
	out.Low, out.High = out.AUC-half, out.AUC+half
	return out
}

// Confusion counts alerts (score at least the threshold) against events.
type Confusion struct{ TruePositive, FalsePositive, FalseNegative, TrueNegative int }

// Confuse counts.
func Confuse(event []bool, score []float64, threshold float64) Confusion {
	var c Confusion
	for i, e := range event {
		switch alert := score[i] >= threshold; {
		case alert && e:
			c.TruePositive++
		case alert:
			c.FalsePositive++
		case e:
			c.FalseNegative++
		default:
			c.TrueNegative++
		}
	}
	return c
}
