package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"insideout/models"
)

// lagProfiles draws the profile of every graded pair that has one, three at most. Where there is none to draw, the frame
// stays and says why: an empty place would be read as nothing to see.
func (r *Report) lagProfiles() markup {
	const most = 3
	var with []*FindingView
	for i := range r.Link.Findings {
		if f := &r.Link.Findings[i]; f.claimed() && hasProfile(f) {
			with = append(with, f)
		}
	}
	if len(with) == 0 {
		why, needed := r.noProfile()
		return refusal("f-lag", "c7", "No lag is named", why, needed)
	}
	with = with[:min(len(with), most)]
	var m markup
	for i, f := range with {
		span := markup("c6")
		switch {
		case i == 0:
			span = "c7"
		case len(with) == 2:
			span = "c12"
		}
		m += r.lagProfile(f, "f-lag-"+whole(i+1), span)
	}
	return m
}

func hasProfile(f *FindingView) bool {
	n := 0
	for _, p := range f.Lags {
		if p.OK {
			n++
		}
	}
	return n > 2
}

// noProfile says why no lag is drawn: none was looked at, or none of the pairs passed.
func (r *Report) noProfile() (why, needed string) {
	for _, x := range r.refusals() {
		if strings.Contains(x.Code, "lag") || strings.Contains(x.Code, "period") || strings.Contains(x.Code, "short") {
			return sentenceOf(x.Reason), sentenceOf(x.Needed)
		}
	}
	if n := r.Link.grades(); r.Link.MaxLag > 0 && n[models.GradeC]+n[models.GradeB]+n[models.GradeA]+n[models.GradeAPlus] > 0 {
		return fmt.Sprintf("The pairs that passed were compared in the same %s only; why no lag was looked for stands among the doubts of each.", r.Grain), ""
	}
	if r.Link.MaxLag == 0 {
		return fmt.Sprintf("Conditions and outcomes were compared in the same %s only: %s are too few to look for one moving before the other.", r.Grain, r.periods(r.Periods)),
			fmt.Sprintf("26 %s with both sides or more.", r.Grain.Plural(26))
	}
	return fmt.Sprintf("Lags up to %s were looked at in both directions, and no pair passed once that search was paid for. To draw the largest of many profiles would invite reading chance as order.", r.periods(r.Link.MaxLag)), ""
}

// lagTitle says which moved first only where the grade carries it.
func (r *Report) lagTitle(f *FindingView) string {
	x, y := f.ConditionName, lower(f.OutcomeName)
	set := slices.Sorted(slices.Values(f.LagSet))
	if len(set) == 0 {
		set = []int{f.Lag}
	}
	if set[0] > 0 && (f.Grade == models.GradeA || f.Grade == models.GradeAPlus) {
		return fmt.Sprintf("%s moved first: %s was %s %s", x, y, either(f.Within.Slope > 0, "higher", "lower"), r.later(f))
	}
	if set[0] > 0 {
		return fmt.Sprintf("%s and %s lie closest with %s %s ahead", x, y, x, r.ahead(set))
	}
	return fmt.Sprintf("%s and %s lie closest %s", x, y, r.later(f))
}

// lagProfile has one axis: to the left the outcome moved first, hollow and grey; to the right the condition, in blue. The
// set of lags is a column with its words above.
func (r *Report) lagProfile(f *FindingView, id, span markup) markup {
	q := quantityOf(f.OutcomeUnit)
	first, last := 0, 0
	values := newAxis(0)
	g := grid{caption: "Change in " + lower(f.OutcomeName) + " per " + r.step(f) + ", by lag; below zero: the outcome moved first", words: 1,
		head: []string{"Lag, " + r.Grain.Plural(2), "Estimate", "95% interval", "Teams", "Cells"}}
	lags := slices.Clone(f.Lags)
	slices.SortStableFunc(lags, func(a, b models.LagPoint) int { return a.Lag - b.Lag })
	fewest, largest := math.MaxInt, 0
	for _, p := range lags {
		if !p.OK {
			continue
		}
		first, last = min(first, p.Lag), max(last, p.Lag)
		e := effectOf(p.Estimate, f.Step, q)
		values.add(e.low, e.value, e.high, chance(f, p.Estimate, q), -chance(f, p.Estimate, q))
		fewest, largest = min(fewest, p.N), max(largest, p.N)
		g.rows = append(g.rows, []string{fixed(float64(p.Lag), 0), signed(e.value, e.digits+1), signed(e.low, e.digits+1) + " to " + signed(e.high, e.digits+1), count(p.Teams), count(p.N)})
	}
	const top, bottom, height = 36.0, 222.0, 268
	values.widen(.06)
	y := func(v float64) float64 { return values.between(bottom, top, v) }
	slots := float64(last - first + 1)
	x := func(lag int) float64 { return unit((float64(lag-first) + .5) / slots) }

	var m, marks markup
	lines, digits := ticks(values.low, values.high, 5)
	for _, v := range lines {
		m += label("0", px(y(v)+4), "t3 e", ` dx="-7"`, esc(signed(v, digits)))
		if math.Abs(v) > 1e-12 {
			marks += line("0", px(y(v)), "100%", px(y(v)), "gl")
		}
	}
	set := slices.Compact(slices.Sorted(slices.Values(f.LagSet)))
	for _, run := range lagRuns(set) {
		m += rect(pct(unit(float64(run[0]-first)/slots)), "34", pct(unit(float64(run[1]-run[0]+1)/slots)), "190", "set")
	}
	for _, p := range lags { // what chance would reach at any lag
		if c := chance(f, p.Estimate, q); p.OK && p.Lag >= 0 && !math.IsNaN(c) {
			m += rect(pct(unit(float64(p.Lag-first)/slots)), px(y(c)), pct(1/slots), px(y(-c)-y(c)), "fg half")
		}
	}
	m += marks + line("0", px(y(0)), "100%", px(y(0)), "zero") + line(pct(x(0)), "32", pct(x(0)), "224", "sm w1")
	for _, p := range lags {
		if !p.OK {
			continue
		}
		e := effectOf(p.Estimate, f.Step, q)
		if math.IsNaN(e.value) {
			continue
		}
		at, inSet := pct(x(p.Lag)), slices.Contains(set, p.Lag)
		stroke, mark, radius := markup("sin w2"), markup("fin"), markup("3.4")
		if p.Lag < 0 {
			stroke, mark = "sm w15", "hol sm w15"
		}
		if inSet {
			radius = "4.2"
		}
		if !math.IsNaN(e.low) && !math.IsNaN(e.high) {
			m += line(at, px(y(e.low)), at, px(y(e.high)), stroke)
		}
		m += dot(at, px(y(e.value)), radius, mark)
	}
	if len(set) > 0 {
		middle := (x(set[0]) + x(set[len(set)-1])) / 2
		words := "lag set: " + r.setWords(set)
		anchor := markup("m")
		switch {
		case middle > .8:
			anchor, middle = "e", unit((float64(set[len(set)-1]-first)+1)/slots)
		case middle < .2:
			anchor, middle = "", unit(float64(set[0]-first)/slots)
		}
		m += label(pct(middle), "26", anchor+" tin b", "", esc(words))
	}
	m += line("0", "224.5", "100%", "224.5", "ax")
	every := (last - first + 1 + 10) / 11
	for lag := first; lag <= last; lag++ {
		if lag%every == 0 {
			m += label(pct(x(lag)), "239", "m t3", "", whole(max(lag, -lag)))
		}
	}
	if first < 0 {
		m += label("0", "257", "t2", "", `← <tspan class="only-w">`+esc(r.Grain.Plural(2))+` by which </tspan>`+esc(cut(lower(f.OutcomeName), 24))+` moved first`)
	}
	m += label("100%", "257", "tin b e", "", esc(cut(f.ConditionName, 24))+` moved first <tspan class="only-w">by so many `+esc(r.Grain.Plural(2))+` </tspan>→`)

	note := count(fewest) + " to " + count(largest) + " cells by lag."
	if fewest == largest {
		note = plural(fewest, "cell", "cells") + " at every lag."
	}
	note += " Each interval stands for its own lag; the search over lags is paid for in q" + either(f.Q.Known(), ", which is "+trimEquals(probability(f.Q)), "") + "."
	if f.BandLow.Known() && f.BandHigh.Known() {
		band := effectOf(models.Estimate{Slope: f.Within.Slope, Low: f.BandLow, High: f.BandHigh}, f.Step, q)
		note += " Grey: what chance reaches somewhere among all lags; with that paid for, the largest size is " + band.span() + "."
	}
	if f.Cumulative.OK {
		sum := effectOf(f.Cumulative, f.Step, q)
		note += fmt.Sprintf(" All lags together: %s (%s) goes with a move that lasts %s.", sum.size(), sum.span(), r.periods(f.CumulativeLag+1))
	}
	note += r.otherDirection(lags, f, q)
	sub := "Change in " + lower(f.OutcomeName) + " per " + r.step(f) + ", same team, with 95% intervals" + either(q.moves != "", ", in "+q.moves, "") + "."
	if len(set) > 0 {
		sub += " Shaded: the smallest set of lags that holds 90% of the draws."
	}
	best := effectOf(f.Within, f.Step, q)
	says := fmt.Sprintf("%s. Largest size taken: %s at %s.", r.lagTitle(f), best.size(), r.lagName(f.Lag))
	return figure{id: id, span: span, title: r.lagTitle(f), sub: sub, body: plane(height, says, 42, 6, m), note: note, table: g.folded("Data table")}.markup()
}

// chance is the half-width of the band over all lags about zero, NaN without one.
func chance(f *FindingView, e models.Estimate, q quantity) float64 {
	if !f.Critical.Known() || !e.SE.Known() || !f.Step.Known() {
		return math.NaN()
	}
	return math.Abs(float64(f.Critical*e.SE*f.Step) * q.factor)
}

// setWords writes a set of lags: "2 to 4 weeks".
func (r *Report) setWords(set []int) string {
	if set[0] == 0 && set[len(set)-1] == 0 {
		return "same " + string(r.Grain)
	}
	return r.ahead(set)
}

func (r *Report) lagName(lag int) string {
	if lag == 0 {
		return "the same " + string(r.Grain)
	}
	return r.periods(lag)
}

func trimEquals(s string) string {
	if len(s) > 2 && s[:2] == "= " {
		return s[2:]
	}
	return s
}

// otherDirection names the largest estimate with the outcome first, so that the left half of the drawing is not passed over.
func (r *Report) otherDirection(lags []models.LagPoint, f *FindingView, q quantity) string {
	var most, ahead *models.LagPoint
	for i := range lags {
		p := &lags[i]
		if !p.OK || !p.T.Known() {
			continue
		}
		abs := math.Abs(float64(p.T))
		if p.Lag < 0 && (most == nil || abs > math.Abs(float64(most.T))) {
			most = p
		}
		if p.Lag >= 0 && (ahead == nil || abs > math.Abs(float64(ahead.T))) {
			ahead = p
		}
	}
	if most == nil || ahead == nil {
		return ""
	}
	e := effectOf(most.Estimate, f.Step, q)
	s := fmt.Sprintf(" Other direction: at most %s (%s), with %s %s first", e.size(), e.span(), lower(f.OutcomeName), r.periods(-most.Lag))
	if math.Abs(float64(most.T)) >= math.Abs(float64(ahead.T)) {
		return s + ". It is as clear as this one, so the order is open."
	}
	return s + "."
}

// lagRuns cuts a sorted set into stretches without holes.
func lagRuns(set []int) [][2]int {
	var out [][2]int
	for i, lag := range set {
		if i > 0 && lag == out[len(out)-1][1]+1 {
			out[len(out)-1][1] = lag
			continue
		}
		out = append(out, [2]int{lag, lag})
	}
	return out
}
