package report

import (
	"math"
	"strconv"
	"strings"

	"insideout/models"
)

// quantity is how values of a unit are written. Units are words of the catalogue; one that is not known is written as it
// stands behind the number.
type quantity struct {
	factor float64 // from the stored value to the shown one
	suffix string  // stands right behind a level
	moves  string  // word for differences: points, minutes, ...
	most   int     // decimals of a level at most; -1: as many as its interval carries
}

func quantityOf(unit string) quantity {
	switch unit {
	case "share", "proportion", "rate":
		return quantity{100, "%", "points", 1}
	case "percent", "per cent", "%":
		return quantity{1, "%", "points", 1}
	case "ease", "effort", "scale points": // means of answers on a short scale
		return quantity{1, "", "scale points", 2}
	case "ratio", "index": // a number without a unit: the word would say nothing
		return quantity{1, "", "", -1}
	case "points", "score":
		return quantity{1, "", "points", 0}
	}
	return quantity{1, "", unit, -1}
}

// decimals gives the digits behind the point that an interval of the half width carries: the last one shown is worth at
// most half of it. So 0.7 gives 1, 0.07 gives 2 and 7 gives 0.
func decimals(half float64) int {
	if !(half > 0) || math.IsInf(half, 0) {
		return -1
	}
	return min(max(-int(math.Floor(math.Log10(half/2))), 0), 6)
}

// threeDigits gives the decimals with which a value has three digits that count.
func threeDigits(v float64) int {
	v = math.Abs(v)
	if !(v > 0) || math.IsInf(v, 0) {
		return 0
	}
	return min(max(2-int(math.Floor(math.Log10(v))), 0), 6)
}

// levelDecimals chooses the decimals of a level with its interval; low and high may be NaN.
func (q quantity) levelDecimals(v, low, high float64) int {
	d := threeDigits(v * q.factor)
	half := (high - low) / 2 * q.factor
	if n := decimals(half); n >= 0 {
		d = min(d, n)
	}
	if q.most == 0 && math.Abs(v) < 10 && !(half >= .25) {
		return d // points of a short scale, such as 1 to 5
	}
	if q.most >= 0 {
		d = min(d, q.most)
	}
	return d
}

// level writes a value: "38.2%", "61", "4.95".
func (q quantity) level(v, low, high models.Figure) string {
	if !v.Known() {
		return "unknown"
	}
	return fixed(float64(v)*q.factor, q.levelDecimals(float64(v), float64(low), float64(high))) + q.suffix
}

// span writes the interval of a level: "38.0 to 38.4%"; nothing if there is none.
func (q quantity) span(v, low, high models.Figure) string {
	if !low.Known() || !high.Known() {
		return ""
	}
	d := q.levelDecimals(float64(v), float64(low), float64(high))
	return fixed(float64(low)*q.factor, d) + " to " + fixed(float64(high)*q.factor, d) + q.suffix
}

// levelOf and spanOf are level and span of an interval.
func (q quantity) levelOf(i Interval) string { return q.level(i.Value, i.Low, i.High) }
func (q quantity) spanOf(i Interval) string  { return q.span(i.Value, i.Low, i.High) }

// both writes "38.2% (38.0 to 38.4%)".
func (q quantity) both(i Interval) string {
	if s := q.spanOf(i); s != "" {
		return q.levelOf(i) + " (" + s + ")"
	}
	return q.levelOf(i)
}

// effect is a difference in the units shown, with its interval.
type effect struct {
	value, low, high float64
	digits           int
	word             string // points, minutes, ...; may be empty
}

// effectOf scales a slope to one step of the condition.
func effectOf(e models.Estimate, step models.Figure, q quantity) effect {
	by := q.factor
	if step.Known() {
		by *= float64(step)
	}
	nan := math.NaN()
	x := effect{finite(float64(e.Slope)*by, nan), finite(float64(e.Low)*by, nan), finite(float64(e.High)*by, nan), 0, q.moves}
	if x.low > x.high {
		x.low, x.high = x.high, x.low
	}
	if x.digits = decimals((x.high - x.low) / 2); x.digits < 0 {
		x.digits = threeDigits(x.value)
	}
	return x
}

// size writes "−1.6 points".
func (x effect) size() string {
	if x.word == "" {
		return signed(x.value, x.digits)
	}
	return signed(x.value, x.digits) + " " + x.word
}

// span writes "−2.3 to −0.9".
func (x effect) span() string {
	if math.IsNaN(x.low) || math.IsNaN(x.high) {
		return ""
	}
	return signed(x.low, x.digits) + " to " + signed(x.high, x.digits)
}

// seen writes the smallest effect that could have been seen, "1.8 points", or nothing if it was not computed.
func seen(mde, step models.Figure, q quantity) string {
	if !mde.Known() {
		return ""
	}
	v := math.Abs(float64(mde)) * q.factor
	if step.Known() {
		v *= float64(step)
	}
	s := fixed(v, max(threeDigits(v)-1, 0))
	if q.moves == "" {
		return s
	}
	return s + " " + q.moves
}

// fixed writes a number with a true minus and commas between thousands. What rounds to nothing has no sign.
func fixed(v float64, digits int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "unknown"
	}
	if math.Abs(v) >= 1e15 { // a number of this size is a mistake; it shall not push the page apart
		return strings.Replace(strconv.FormatFloat(v, 'e', 1, 64), "-", "−", 1)
	}
	s := strconv.FormatFloat(math.Abs(v), 'f', digits, 64)
	whole, rest, found := strings.Cut(s, ".")
	if found {
		rest = "." + rest
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	s = whole + rest
	if v < 0 && strings.Trim(s, "0.,") != "" {
		return "−" + s
	}
	return s
}

// signed is fixed with a plus for what is above nothing.
func signed(v float64, digits int) string {
	s := fixed(v, digits)
	if v > 0 && strings.Trim(s, "0.,") != "" {
		return "+" + s
	}
	return s
}

func count[T int | int64](n T) string { return fixed(float64(n), 0) }

// share writes a share as per cent, "0.31%". Small shares keep two digits that count, and what is not everything or not
// nothing is never rounded to it.
func share(part, of int64) string {
	if of == 0 {
		return "0%"
	}
	v := 100 * float64(part) / float64(of)
	switch {
	case part == 0:
		return "0%"
	case v < .01:
		return "under 0.01%"
	case v < 1:
		return fixed(v, 2) + "%"
	case part != of && v > 99.9:
		return "over 99.9%"
	}
	if part == of {
		return "100%"
	}
	return fixed(v, 1) + "%"
}

// countKnown is count for a number of which 0 means that it is not known.
func countKnown(n int64) string {
	if n == 0 {
		return "not known"
	}
	return count(n)
}

// percent writes a share with the decimals given.
func percent(f models.Figure, digits int) string {
	if !f.Known() {
		return "unknown"
	}
	return fixed(float64(f)*100, digits) + "%"
}

// correlation writes "−.34": two decimals, no leading zero.
func correlation(f models.Figure) string {
	if !f.Known() {
		return "unknown"
	}
	s := fixed(float64(f), 2)
	return strings.Replace(s, "0.", ".", 1)
}

// signedCorrelation is correlation with a plus for what is above nothing.
func signedCorrelation(f models.Figure) string {
	if s := correlation(f); f > 0 && strings.Trim(s, ".0") != "" {
		return "+" + s
	}
	return correlation(f)
}

// association writes a correlation with its sign and, where there is one, its interval: "−.34 (−.46 to −.20)".
func association(e models.Estimate) string {
	s := signedCorrelation(e.R)
	if e.RLow.Known() && e.RHigh.Known() {
		s += " (" + signedCorrelation(e.RLow) + " to " + signedCorrelation(e.RHigh) + ")"
	}
	return s
}

// probability writes "= .03" or "< .001".
func probability(p models.Figure) string {
	switch {
	case !p.Known():
		return "unknown"
	case p < .001:
		return "< .001"
	case p < .01:
		return "= " + strings.TrimPrefix(fixed(float64(p), 3), "0")
	case p > .995:
		return "= 1.00"
	}
	return "= " + strings.TrimPrefix(fixed(float64(p), 2), "0")
}

// small writes a number in words up to twelve, in digits above.
func small(n int) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
	if n >= 0 && n < len(words) {
		return words[n]
	}
	return count(n)
}

// capital gives the word an upper-case first letter.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// plural gives "1 team", "2 teams".
func plural[T int | int64](n T, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// ticks gives at most want round values between low and high, and the decimals they need.
func ticks(low, high float64, want int) ([]float64, int) {
	if !(high > low) || math.IsInf(high-low, 0) {
		return nil, 0
	}
	for exp := math.Floor(math.Log10((high - low) / float64(want))); ; exp++ {
		for _, m := range []float64{1, 2, 2.5, 5} {
			step := m * math.Pow(10, exp)
			first, last := math.Ceil(low/step-1e-9), math.Floor(high/step+1e-9)
			if n := int(last-first) + 1; n > want || n < 1 {
				continue
			}
			out := make([]float64, 0, want)
			for k := first; k <= last; k++ {
				out = append(out, k*step)
			}
			digits := max(0, -int(exp))
			if m == 2.5 {
				digits = max(0, 1-int(exp))
			}
			return out, digits
		}
		if math.Pow(10, exp) > 100*(high-low) { // no round value lies in the range
			return nil, 0
		}
	}
}
