package fit

import (
	"math"
	"slices"

	"insideout/models"
)

// strict gives each tested pair the chance that any of those no stronger than it would look as strong were nothing there: the largest |t*| over
// pairs and lags of the same draws, step down (Romano and Wolf 2005; Westfall and Young 1993). It bounds the chance of a single false find, where q
// bounds their share. Pairs drawn on different teams do not share draws; then Holm's correction of the p of the search serves.
func strict(pairs []pair) {
	var tested []*pair
	for i := range pairs {
		if p := &pairs[i]; p.finding.PSearch.Known() {
			if p.stars == nil {
				return
			}
			tested = append(tested, p)
		}
	}
	if len(tested) == 0 {
		return
	}
	if slices.ContainsFunc(tested, func(p *pair) bool { return !slices.Equal(p.places, tested[0].places) }) {
		ps := make([]float64, len(tested))
		for i, p := range tested {
			ps[i] = float64(p.finding.PSearch)
		}
		for i, q := range Adjust(ps, Holm) {
			tested[i].finding.PStrict = models.Figure(q)
		}
		return
	}
	slices.SortStableFunc(tested, func(a, b *pair) int { return int(sign(b.search.t - a.search.t)) })
	running := make([]float64, len(tested[0].stars))
	ps := make([]float64, len(tested))
	for k := len(tested) - 1; k >= 0; k-- {
		for i, v := range tested[k].stars {
			running[i] = math.Max(running[i], v)
		}
		ps[k] = math.Max(shareAbove(running, tested[k].search.t), float64(tested[k].finding.PSearch))
	}
	for k, p := range tested {
		if k > 0 {
			ps[k] = math.Max(ps[k], ps[k-1])
		}
		p.finding.PStrict = models.Figure(ps[k])
	}
}
