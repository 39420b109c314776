package fit

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Range is an interval.
type Range struct{ Low, High float64 }

// NPS is a net promoter score, from -100 to 100, with its doubts. SE is the plug-in standard error of a trinomial, SEUnbiased
// the one with n-1.
type NPS struct {
	Score, SE, SEUnbiased float64
	Wald                  Range // Score +- 1.96 SE; of width 0 where all answer alike
	Adjusted              Range // adds 3 answers (.75 promoters, .75 detractors, 1.5 passives; Rocks 2016); may pass +-100
}

// netPromoter computes the score from counts of answers. All figures are NaN without answers.
func netPromoter(promoters, passives, detractors float64) NPS {
	score, v := trinomial(promoters, passives, detractors)
	n := promoters + passives + detractors
	z := normalQuantile(.975)
	out := NPS{Score: 100 * score, SE: 100 * math.Sqrt(v/n), SEUnbiased: 100 * math.Sqrt(v/(n-1))}
	out.Wald = Range{out.Score - z*out.SE, out.Score + z*out.SE}
	score, v = trinomial(promoters+.75, passives+1.5, detractors+.75)
	half := 100 * z * math.Sqrt(v/(n+3))
	out.Adjusted = Range{100*score - half, 100*score + half}
	return out
}

// trinomial returns p-d and its variance for one answer, p+d-(p-d)^2.
func trinomial(promoters, passives, detractors float64) (score, variance float64) {
	n := promoters + passives + detractors
	p, d := promoters/n, detractors/n
	return p - d, p + d - (p-d)*(p-d)
}

// Wilson is the 95 % score interval of a share of x in n (Wilson 1927), without continuity correction.
func Wilson(x, n float64) Range {
	z := normalQuantile(.975)
	p, zz := x/n, z*z/n
	mid := (p + zz/2) / (1 + zz)
	half := z / (1 + zz) * math.Sqrt(p*(1-p)/n+zz/(4*n))
	return Range{math.Max(0, mid-half), math.Min(1, mid+half)}
}

// clopperPearson is the exact 95 % interval of a share of x in n: never too short, mostly too long.
func clopperPearson(x, n float64) Range {
	r := Range{0, 1}
	if x > 0 {
		r.Low = betaQuantile(.025, x, n-x+1)
	}
	if x < n {
		r.High = betaQuantile(.975, x+1, n-x)
	}
	return r
}

// jeffreys is the equal-tailed 95 % interval of the posterior under the prior Beta(.5, .5), for small n.
func jeffreys(x, n float64) Range {
	return Range{betaQuantile(.025, x+.5, n-x+.5), betaQuantile(.975, x+.5, n-x+.5)}
}

// betaQuantile inverts the regularised incomplete beta function.
func betaQuantile(p, a, b float64) float64 {
	x := mathext.InvRegIncBeta(a, b, p)
	// Two Newton steps take the inverse to the precision of the function itself.
	for range 2 {
		lg := func(v float64) float64 { l, _ := math.Lgamma(v); return l }
		density := math.Exp((a-1)*math.Log(x) + (b-1)*math.Log1p(-x) - lg(a) - lg(b) + lg(a+b))
		if step := (mathext.RegIncBeta(a, b, x) - p) / density; !math.IsNaN(step) && x-step > 0 && x-step < 1 {
			x -= step
		}
	}
	return x
}
