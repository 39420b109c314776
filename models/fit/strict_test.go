package fit

import (
	"math"
	"testing"

	"insideout/models"
)

// Four draws, three pairs, by hand: the strongest meets the largest of all three in each draw, the next that of the other two.
func TestStrict_ByHand(t *testing.T) {
	drawn := func(observed, p float64, stars ...float64) pair {
		out := pair{stars: stars, places: []int{0, 1}, finding: models.Finding{PSearch: models.Figure(p), PStrict: models.None()}}
		out.search.t = observed
		return out
	}
	pairs := []pair{
		drawn(2, .2, 1, 3, 1, 1),    // second: largest of it and the third 2.5 3 1 1: two of four reach 2, (1+2)/5
		drawn(4, .1, 1, 1, 5, 2),    // first: 2.5 3 5 2: one reaches 4, 2/5
		drawn(1, .6, 2.5, 1, .5, 0), // third: two of four reach 1, 3/5, and not less than the second
	}
	strict(pairs)
	for i, want := range []float64{.6, .4, .6} {
		if got := float64(pairs[i].finding.PStrict); math.Abs(got-want) > 1e-12 {
			t.Errorf("pair %d: %v, want %v", i, got, want)
		}
	}
	pairs[0].places = []int{0, -1}
	strict(pairs)
	for i, want := range []float64{.4, .3, .6} { // Holm: .1 x 3, .2 x 2, .6
		if got := float64(pairs[i].finding.PStrict); math.Abs(got-want) > 1e-12 {
			t.Errorf("Holm, pair %d: %v, want %v", i, got, want)
		}
	}
	pairs[2].stars = nil
	pairs[0].finding.PStrict = models.None()
	strict(pairs)
	if pairs[0].finding.PStrict.Known() {
		t.Error("a p without draws")
	}
}
