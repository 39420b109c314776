package report

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"insideout/models"
)

func TestFixed_WritesNumbersForReading(t *testing.T) {
	for _, c := range []struct {
		v      float64
		digits int
		want   string
	}{
		{0, 0, "0"}, {12, 0, "12"}, {1234, 0, "1,234"}, {1234567.891, 1, "1,234,567.9"}, {-1.64, 1, "−1.6"}, {-1234.5, 1, "−1,234.5"},
		{-.04, 1, "0.0"}, {999.99, 1, "1,000.0"}, {math.NaN(), 1, "unknown"}, {math.Inf(1), 1, "unknown"}, {999, 0, "999"}, {100, 0, "100"},
	} {
		if got := fixed(c.v, c.digits); got != c.want {
			t.Errorf("fixed(%v, %d) = %q, want %q", c.v, c.digits, got, c.want)
		}
	}
	for v, want := range map[float64]string{1.9: "+1.9", -1.9: "−1.9", 0: "0.0", .04: "0.0", -.04: "0.0"} {
		if got := signed(v, 1); got != want {
			t.Errorf("signed(%v, 1) = %q, want %q", v, got, want)
		}
	}
}

// No more digits than half the interval carries: the last digit is worth at most half of it.
func TestDecimals_FollowTheInterval(t *testing.T) {
	for half, want := range map[float64]int{.7: 1, .07: 2, .0035: 3, 1.7: 1, 2: 0, 7: 0, 70: 0, .2: 1, .199: 2, 1e-9: 6, 0: -1, math.NaN(): -1, math.Inf(1): -1} {
		if got := decimals(half); got != want {
			t.Errorf("decimals(%v) = %d, want %d", half, got, want)
		}
	}
	for half := 1e-4; half < 50; half *= 1.37 {
		if last := math.Pow10(-decimals(half)); decimals(half) > 0 && last > half/2+1e-12 {
			t.Errorf("half interval %v: the last digit is worth %v", half, last)
		} else if last*10 <= half/2 && decimals(half) > 0 {
			t.Errorf("half interval %v: a digit too many", half)
		}
	}
}

func TestQuantity_WritesLevels(t *testing.T) {
	for _, c := range []struct {
		unit           string
		v, low, high   float64
		level, between string
	}{
		{"share", .3821, .3801, .3841, "38.2%", "38.0 to 38.4%"},
		{"share", .38, .30, .46, "38%", "30 to 46%"},
		{"percent", 38.21, 38.01, 38.41, "38.2%", "38.0 to 38.4%"},
		{"points", 21.3, 20.1, 22.5, "21", "20 to 22"}, // net promoter scores have no decimals
		{"points", -3.2, -6, -.4, "−3", "−6 to 0"},
		{"score", 61.4, 61.2, 61.6, "61", "61 to 62"},
		{"points", 3.874, math.NaN(), math.NaN(), "3.87", ""}, // an index from 1 to 5
		{"points", 3.874, 3.86, 3.888, "3.87", "3.86 to 3.89"},
		{"scale points", 4.951, 4.93, 4.972, "4.95", "4.93 to 4.97"},
		{"", 1.0769, 1.07, 1.08, "1.08", "1.07 to 1.08"},
		{"minutes", 512.3, 400, 620, "512", "400 to 620"},
		{"minutes", 512.3, math.NaN(), math.NaN(), "512", ""},
		{"share", math.NaN(), math.NaN(), math.NaN(), "unknown", ""},
	} {
		q := quantityOf(c.unit)
		i := Interval{Value: fig(c.v), Low: fig(c.low), High: fig(c.high)}
		if got := q.levelOf(i); got != c.level {
			t.Errorf("%v %s: level %q, want %q", c.v, c.unit, got, c.level)
		}
		if got := q.spanOf(i); got != c.between {
			t.Errorf("%v %s: interval %q, want %q", c.v, c.unit, got, c.between)
		}
	}
}

func TestEffect_IsInNaturalUnits(t *testing.T) {
	for _, c := range []struct {
		name             string
		slope, low, high float64
		step             models.Figure
		unit             string
		size, between    string
	}{
		{"points of a share", -.0032, -.0046, -.0018, 5, "share", "−1.6 points", "−2.3 to −0.9"},
		{"scale points", .022, .008, .036, 5, "scale points", "+0.11 scale points", "+0.04 to +0.18"},
		{"no unit, a quarter step", -.004, -.016, .008, .25, "", "−0.001", "−0.004 to +0.002"},
		{"no step", 2, 1, 3, models.None(), "points", "+2.0 points", "+1.0 to +3.0"},
		{"a step downwards", 2, 1, 3, -1, "points", "−2.0 points", "−3.0 to −1.0"},
		{"no interval", 2, math.NaN(), math.NaN(), 1, "points", "+2.00 points", ""},
	} {
		x := effectOf(models.Estimate{Slope: fig(c.slope), Low: fig(c.low), High: fig(c.high)}, c.step, quantityOf(c.unit))
		if x.size() != c.size || x.span() != c.between {
			t.Errorf("%s: %q, %q; want %q, %q", c.name, x.size(), x.span(), c.size, c.between)
		}
	}
}

func TestSeen_HasTwoDigits(t *testing.T) {
	for _, c := range []struct {
		mde, step models.Figure
		unit      string
		want      string
	}{
		{.0036, 5, "share", "1.8 points"}, {-.0036, 5, "share", "1.8 points"}, {.35, 5, "points", "1.8 points"}, {12.3, 1, "minutes", "12 minutes"},
		{.017, .25, "", "0.0043"}, {models.None(), 5, "share", ""}, {2, models.None(), "points", "2.0 points"},
	} {
		if got := seen(c.mde, c.step, quantityOf(c.unit)); got != c.want {
			t.Errorf("seen(%v, %v, %q) = %q, want %q", c.mde, c.step, c.unit, got, c.want)
		}
	}
}

func TestCorrelation_HasNoLeadingZero(t *testing.T) {
	for v, want := range map[float64]string{-.344: "−.34", .2: ".20", 1: "1.00", -1: "−1.00", 0: ".00", -.001: ".00", .996: "1.00", math.NaN(): "unknown"} {
		if got := correlation(fig(v)); got != want {
			t.Errorf("correlation(%v) = %q, want %q", v, got, want)
		}
	}
	e := models.Estimate{R: fig(.22), RLow: fig(-.08), RHigh: fig(.35)}
	if got, want := association(e), "+.22 (−.08 to +.35)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	e.RLow = models.None()
	if got, want := association(e), "+.22"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProbability(t *testing.T) {
	for p, want := range map[float64]string{.0004: "< .001", .001: "= .001", .0042: "= .004", .03: "= .03", .624: "= .62", 1: "= 1.00", math.NaN(): "unknown"} {
		if got := probability(fig(p)); got != want {
			t.Errorf("probability(%v) = %q, want %q", p, got, want)
		}
	}
}

func TestShare_NeverRoundsToNothingOrEverything(t *testing.T) {
	for _, c := range []struct {
		part, of int64
		want     string
	}{
		{0, 10, "0%"}, {0, 0, "0%"}, {10, 10, "100%"}, {1, 1_000_000, "under 0.01%"}, {31, 10_000, "0.31%"}, {53, 1000, "5.3%"}, {999_999, 1_000_000, "over 99.9%"}, {1, 3, "33.3%"},
	} {
		if got := share(c.part, c.of); got != c.want {
			t.Errorf("share(%d, %d) = %q, want %q", c.part, c.of, got, c.want)
		}
	}
}

func TestTicks_AreRoundAndFew(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      int
		ticks     []float64
		digits    int
	}{
		{0, 10, 3, []float64{0, 5, 10}, 0},
		{-2.6, .4, 5, []float64{-2, -1, 0}, 0},
		{.35, .46, 3, []float64{.35, .4, .45}, 2},
		{0, 1000, 2, []float64{0, 1000}, 0},
		{5, 5, 3, nil, 0},
		{math.NaN(), 5, 3, nil, 0},
	} {
		got, digits := ticks(c.low, c.high, c.want)
		for i := range got {
			got[i] = math.Round(got[i]*1e9) / 1e9
		}
		if d := cmp.Diff(c.ticks, got); d != "" || digits != c.digits {
			t.Errorf("ticks(%v, %v, %d): %d digits, want %d %s", c.low, c.high, c.want, digits, c.digits, d)
		}
	}
	for low := -3.7; low < 4; low += .63 {
		for width := 1e-5; width < 1e6; width *= 3.3 {
			if got, _ := ticks(low, low+width, 4); len(got) > 4 {
				t.Errorf("%d ticks between %v and %v", len(got), low, low+width)
			}
		}
	}
}

func TestList_NamesTheFirstAndCountsTheRest(t *testing.T) {
	for want, names := range map[string][]string{"": nil, "a": {"a"}, "a and b": {"a", "b"}, "a, b and c": {"a", "b", "c"}, "a, b, c and 2 more": {"a", "b", "c", "d", "e"}} {
		if got := list(names, 3); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
