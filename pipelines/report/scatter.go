package report

import (
	"fmt"
	"slices"

	"insideout/models"
)

// scatters sets movement inside teams beside differences between them: graded pairs, and at least one of the pairs
// that team averages would sell as a link, three at most.
func (r *Report) scatters() markup {
	const most = 3
	var chosen, sold []*FindingView
	take := func(f *FindingView) {
		if len(chosen) < most && !slices.Contains(chosen, f) && (f.Within.OK || f.Between.OK) {
			chosen = append(chosen, f)
		}
	}
	var claimed []*FindingView
	for i := range r.Link.Findings {
		switch f := &r.Link.Findings[i]; {
		case f.claimed():
			claimed = append(claimed, f)
		case f.betweenOnly():
			sold = append(sold, f)
		}
	}
	slices.SortStableFunc(sold, byBetween)
	for i, f := range claimed {
		if i < most-1 || len(sold) == 0 { // the warning keeps a place
			take(f)
		}
	}
	for _, f := range sold {
		take(f)
	}
	for i := range r.Link.Findings {
		if f := &r.Link.Findings[i]; len(f.Teams) > 2 {
			take(f)
		}
	}
	if len(chosen) == 0 {
		return ""
	}
	g := grid{caption: "Standardised association and 95% interval, every pair", words: 1, head: []string{"Pair", "Within teams", "Cells", "Between teams", "Teams", "Raw (not evidence)", "n"}}
	for i := range r.Link.Findings {
		f := &r.Link.Findings[i]
		g.rows = append(g.rows, []string{f.ConditionName + " and " + lower(f.OutcomeName), known(f.Within), count(f.Within.N), known(f.Between), count(f.Between.Teams), signedCorrelation(f.Pooled.R), count(f.Pooled.N)})
	}
	var panels, banners markup
	for _, f := range chosen {
		panels += r.scatter(f)
		banners += r.banner(f)
	}
	span := []markup{"c7", "c8", "c12"}[len(chosen)-1]
	class := []markup{"sm1", "sm2", "sm3"}[len(chosen)-1]
	return figure{id: "f-within", span: span, title: r.scatterTitle(chosen),
		sub:  "Dots: team averages. Short lines: how that team moved. Dashed: across teams. Numbers: standardised, 95% interval.",
		body: `<div class="` + class + `">` + panels + `</div>` + banners,
		note: "Only the figure within teams carries a grade.", table: g.folded("Data table")}.markup()
}

func known(e models.Estimate) string {
	if !e.OK || !e.R.Known() {
		return "not computed"
	}
	return association(e)
}

func (r *Report) scatterTitle(chosen []*FindingView) string {
	for _, f := range chosen {
		if f.opposite() {
			return "How teams differ is not how teams move"
		}
	}
	for _, f := range chosen {
		if f.betweenOnly() {
			if chosen[0].claimed() {
				return "What differs between teams does not always move inside them"
			}
			return "Teams differ together; inside teams it " + either(f.Within.OK, "was not seen", "could not be asked")
		}
	}
	return "Within teams, between teams, and both mixed"
}

const scatterTop, scatterBottom, scatterHeight = 20.0, 162.0, 196

// scatter is one pair: dots, short lines, the dashed line across teams, and the three numbers in the order within,
// between, raw.
func (r *Report) scatter(f *FindingView) markup {
	name := f.ConditionName + " and " + lower(f.OutcomeName)
	m := `<div><h4>` + esc(name) + `</h4>` + r.points(f, name)
	within := `Within <b>` + esc(known(f.Within)) + `</b>`
	if f.Within.OK {
		within += esc(fmt.Sprintf(", %s, %s", plural(f.Within.Teams, "team", "teams"), plural(f.Within.N, "cell", "cells")))
		if f.Grade == models.GradeD {
			within += `: not seen`
		}
	} else if f.Refused != nil {
		within += `: ` + esc(f.Refused.Reason)
	}
	between := `Between ` + esc(known(f.Between))
	if f.Between.OK {
		between += esc(", " + plural(f.Between.Teams, "team", "teams"))
	}
	raw := `Raw ` + esc(signedCorrelation(f.Pooled.R))
	if f.Pooled.OK {
		raw += esc(", n " + count(f.Pooled.N) + ": mixes both with the calendar")
	}
	return m + `<p>` + within + `<br/>` + between + `<br/>` + raw + "</p></div>\n"
}

// points draws the plane of one pair, or says that its teams may not be shown.
func (r *Report) points(f *FindingView, name string) markup {
	var teams []TeamPoint
	xs, ys := newAxis(), newAxis()
	for _, t := range f.Teams {
		if t.X.Known() && t.Y.Known() {
			teams = append(teams, t)
			xs.add(float64(t.X))
			ys.add(float64(t.Y))
		}
	}
	if len(teams) < 3 {
		return `<div class="none small"><p>Too few teams may be shown one by one.</p></div>`
	}
	for _, t := range teams {
		if t.XLow.Known() && t.XHigh.Known() && t.Slope.Known() {
			xs.add(float64(t.XLow), float64(t.XHigh))
		}
	}
	xs.widen(.04)
	ys.widen(.18)
	x := xs.at
	y := func(v float64) float64 { return ys.between(scatterBottom, scatterTop, v) }
	xq, yq := quantityOf(r.conditionUnit(f.Condition)), quantityOf(f.OutcomeUnit)
	var m markup
	marks, digits := ticks(ys.low*yq.factor, ys.high*yq.factor, 4)
	for _, v := range marks {
		m += line("0", px(y(v/yq.factor)), "100%", px(y(v/yq.factor)), "gl") + label("0", px(y(v/yq.factor)+4), "t3 s11 e", ` dx="-6"`, esc(fixed(v, digits)+yq.suffix))
	}
	if f.Between.OK && f.Between.Slope.Known() {
		b := float64(f.Between.Slope)
		mx, my := means(teams)
		if x1, y1, x2, y2, ok := ys.clip(xs.low, my+b*(xs.low-mx), xs.high, my+b*(xs.high-mx)); ok {
			m += line(pct(x(x1)), px(y(y1)), pct(x(x2)), px(y(y2)), "sm w15 dash")
		}
	}
	radius, moved := markup("2.6"), markup("sin w15 thin")
	if len(teams) > 60 {
		radius, moved = "1.8", "sin w1 thinner"
	}
	for _, t := range teams {
		if t.XLow.Known() && t.XHigh.Known() && t.Slope.Known() {
			b := float64(t.Slope)
			at := func(v float64) float64 { return float64(t.Y) + b*(v-float64(t.X)) }
			if x1, y1, x2, y2, ok := ys.clip(float64(t.XLow), at(float64(t.XLow)), float64(t.XHigh), at(float64(t.XHigh))); ok {
				m += line(pct(x(x1)), px(y(y1)), pct(x(x2)), px(y(y2)), moved)
			}
		}
		m += dot(pct(x(float64(t.X))), px(y(float64(t.Y))), radius, "fin")
	}
	m += line("0", "162.5", "100%", "162.5", "ax")
	marks, digits = ticks(xs.low*xq.factor, xs.high*xq.factor, 5)
	for _, v := range marks {
		m += label(pct(x(v/xq.factor)), "176", "m t3 s11", "", esc(fixed(v, digits)+xq.suffix))
	}
	m += label("100%", "191", "e t3 s11", "", esc(cut(f.ConditionName, 28))+", team average →")
	return plane(scatterHeight, fmt.Sprintf("%s: averages of %s, with a short line through each for how that team moved", name, plural(len(teams), "team", "teams")), 44, 4, m)
}

func means(teams []TeamPoint) (x, y float64) {
	for _, t := range teams {
		x += float64(t.X)
		y += float64(t.Y)
	}
	n := float64(len(teams))
	return x / n, y / n
}

const warningSign markup = `<svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true"><path d="M9 1.5 17 16H1Z" class="nf si w15"/><path d="M9 6.5v5M9 13v1.4" class="si w15"/></svg>`

// bannerWords warns where differences between teams would mislead, and says what is not claimed; nothing otherwise.
func (r *Report) bannerWords(f *FindingView) (title, text string) {
	x, y := f.ConditionName, lower(f.OutcomeName)
	way := either(f.Between.R > 0, "higher", "lower")
	switch {
	case f.betweenOnly() && !f.Within.OK:
		return "Between teams only: " + x + " and " + y + ".",
			fmt.Sprintf("Teams with more %s have %s %s. Whether they move together inside a team could not be asked of these data. The difference between teams may come from what the teams do. This report makes no claim from it.", x, way, y)
	case f.opposite() && f.claimed() && clearOfZero(f.Between):
		return "Opposite signs: " + x + " and " + y + ".",
			fmt.Sprintf("Teams with more %s have %s %s, yet inside a team the two moved the other way. The difference between teams may come from what the teams do; only the movement inside teams is graded.", x, way, y)
	case f.opposite() && f.claimed():
		return "Opposite signs: " + x + " and " + y + ".",
			"The averages of teams lie the other way from how teams moved, though not clear of zero. Who looks at averages only would miss it; only the movement inside teams is graded."
	case f.betweenOnly() && f.opposite():
		return "Opposite signs: " + x + " and " + y + ".",
			fmt.Sprintf("Teams with more %s have %s %s, yet when a team’s own %s rose the estimate lies the other way, and the search takes that back. The difference between teams may come from what the teams do. This report makes no claim from it.", x, way, y, x)
	case f.betweenOnly():
		return "Between teams only: " + x + " and " + y + ".",
			fmt.Sprintf("Teams with more %s have %s %s, yet when a team’s own %s rose no move that clears chance was seen. The difference between teams may come from what the teams do. This report makes no claim from it.", x, way, y, x)
	}
	return "", ""
}

func (r *Report) banner(f *FindingView) markup {
	title, text := r.bannerWords(f)
	if title == "" {
		return ""
	}
	return `<div class="banner" role="note">` + warningSign + `<p><b>` + esc(title) + `</b> ` + esc(text) + "</p></div>\n"
}
