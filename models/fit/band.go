package fit

import (
	"math"
	"slices"

	"insideout/models"
)

// bandLevel is the chance that a band over lags misses somewhere.
const bandLevel = .05

// band pays for having picked a lag, and, where the pair was found among others, for having picked the pair: its level is
// then that times the share of pairs found (Benjamini and Yekutieli 2005). The edge is the quantile of the largest |t*| over lags of the bootstrap, or
// Bonferroni's where none was drawn, and never nearer than that of the single interval.
func (r *Result) band(f *models.Finding, stars []float64) {
	if !f.PSearch.Known() {
		return
	}
	level := bandLevel
	if f.Seen() {
		level *= float64(r.Found) / float64(r.Tested)
	}
	tests := 0
	for _, l := range f.Lags {
		if l.Lag >= 0 && l.P.Known() {
			tests++
		}
	}
	df := float64(f.Within.DF)
	edge := studentQuantile(1-level/2, df)
	if stars != nil {
		slices.Sort(stars)
		edge = math.Max(edge, stars[min(len(stars)-1, int(math.Ceil((1-level)*float64(len(stars)+1)))-1)])
	} else {
		edge = studentQuantile(1-level/2/float64(max(tests, 1)), df)
	}
	half := edge * float64(f.Within.SE)
	f.Critical = models.Figure(edge)
	f.BandLow, f.BandHigh = f.Within.Slope-models.Figure(half), f.Within.Slope+models.Figure(half)
}
