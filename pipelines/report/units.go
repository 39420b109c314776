package report

import (
	"fmt"
	"math"
	"slices"

	"insideout/models"
)

// unitsShown is how many teams stand open: all of them, or as many lowest and highest.
const (
	unitsShown = 40
	unitsEnds  = 12
)

// unitsFigure draws the slope of each team for the best pair that is graded: partly pooled, with the team's own data as a tick. Where the
// data give no sign that teams differ, one number says it all and the teams stay in the table.
func (r *Report) unitsFigure(span markup) markup {
	var f *FindingView
	for i := range r.Link.Findings {
		if v := &r.Link.Findings[i]; v.claimed() && v.Effects != nil && len(v.Effects.Teams) > 2 {
			f = v
			break
		}
	}
	if f == nil {
		return ""
	}
	e := f.Effects
	q := quantityOf(f.OutcomeUnit)
	shown := func(v, low, high models.Figure) effect {
		return effectOf(models.Estimate{Slope: v, Low: low, High: high}, f.Step, q)
	}
	teams := slices.Clone(e.Teams)
	slices.SortStableFunc(teams, func(a, b models.TeamEffect) int { return compareFigures(a.Slope, b.Slope) })
	g := grid{caption: "Slope of each team, " + f.ConditionName + " and " + lower(f.OutcomeName), words: 1, head: []string{"Team", "Partly pooled", "95% interval", "Own data alone", "Against the others, band over all teams", "Cells"}}
	for i := range teams {
		t := &teams[i]
		x, own := shown(t.Slope, t.Low, t.High), shown(t.Own, models.None(), models.None())
		apart := ""
		if t.Apart.Known() {
			a := shown(t.Apart, t.ApartLow, t.ApartHigh)
			apart = a.size() + " (" + a.span() + ")"
		}
		g.rows = append(g.rows, []string{t.Team, x.size(), x.span(), signed(own.value, x.digits), apart, count(t.N)})
	}
	common := shown(e.Common, e.Low, e.High)
	tau := shown(e.Tau, e.TauLow, e.TauHigh)
	sub := fmt.Sprintf("Change in %s per %s, %s%s.", lower(f.OutcomeName), r.step(f), r.when(f.Lag), either(q.moves != "", ", in "+q.moves, ""))
	note := fmt.Sprintf("%s, %s; %s. Spread between teams %s (%s to %s).", plural(len(teams), "team", "teams"), plural(f.Within.N, "cell", "cells"), f.Evidence,
		fixed(math.Abs(tau.value), common.digits+1), fixed(math.Abs(tau.low), common.digits+1), fixed(math.Abs(tau.high), common.digits+1))
	fig := figure{id: "f-units", span: span, title: r.unitsTitle(f), sub: sub, note: note, table: g.folded("Team by team")}
	if e.Alike {
		fig.body = `<div class="none"><p>` + esc(fmt.Sprintf("All teams: %s (%s). To name one team as the strongest or the weakest would pick the luckiest of %d.", common.size(), common.span(), len(teams))) + `</p></div>`
		return fig.markup()
	}
	fig.sub += " Dot: partly pooled, 95% interval; filled: clear of zero. Tick: the team’s own data alone. Column: the common slope."
	x := newAxis(0)
	for i := range teams {
		v := shown(teams[i].Slope, teams[i].Low, teams[i].High)
		x.add(v.low, v.value, v.high)
	}
	x.widen(.06)
	at := func(v float64) markup { return pct(x.at(v)) }
	marks, digits := ticks(x.low, x.high, 4)
	var lines, axis, rows markup
	for _, v := range marks {
		lines += line(at(v), "0", at(v), "100%", "gl")
		axis += label(at(v), "12", "t3 s11 m", "", esc(signed(v, digits)))
	}
	back := rect(at(common.low), "0", pct(x.at(common.high)-x.at(common.low)), "100%", "fin-w") + lines + line(at(0), "0", at(0), "100%", "zero") + line(at(common.value), "0", at(common.value), "100%", "sin w1")
	if math.IsNaN(common.low) || math.IsNaN(common.high) {
		back = lines + line(at(0), "0", at(0), "100%", "zero")
	}
	for i := range teams {
		if len(teams) > unitsShown && i >= unitsEnds && i < len(teams)-unitsEnds {
			if i == unitsEnds {
				rows += `<div class="row hd"><span class="l">` + esc(count(len(teams)-2*unitsEnds)+" teams between") + `</span><span class="pl"></span><span class="v"></span></div>` + "\n"
			}
			continue
		}
		t := &teams[i]
		v, own := shown(t.Slope, t.Low, t.High), shown(t.Own, models.None(), models.None())
		mark := markup("hol sin w15")
		if t.Low > 0 || t.High < 0 {
			mark = "fin"
		}
		drawn := back
		if !math.IsNaN(v.low) && !math.IsNaN(v.high) && !math.IsNaN(v.value) {
			drawn += line(at(v.low), "7", at(v.high), "7", "sin w15")
			if !math.IsNaN(own.value) && own.value >= x.low && own.value <= x.high {
				drawn += line(at(own.value), "3", at(own.value), "11", "sm w15")
			}
			drawn += dot(at(v.value), "7", "3.4", mark)
		}
		name := esc(cut(t.Team, 28))
		if t.StandsOut() != 0 {
			name = `<b>` + name + `</b>`
		}
		rows += `<div class="row"><span class="l">` + name + `</span><span class="pl">` + strip(14, drawn) + `</span><span class="v">` + esc(signed(v.value, common.digits)) + "</span></div>\n"
	}
	fig.body = `<div class="rows tight" style="--lab:118px;--val:42px;--h:15px">` + rows + `<div class="row hd axr"><span class="l"></span><span class="pl">` + strip(16, axis) + `</span><span class="v"></span></div></div>`
	fig.note += " Bold: differs from the others even for the most extreme of all (95% band over all teams)."
	return fig.markup()
}

// unitsTitle says which teams differ, and only where the search for the most extreme one is paid for.
func (r *Report) unitsTitle(f *FindingView) string {
	e := f.Effects
	pair := f.ConditionName + " and " + lower(f.OutcomeName)
	var out []string
	clear := 0
	for i := range e.Teams {
		t := &e.Teams[i]
		if t.StandsOut() != 0 {
			out = append(out, t.Team)
		}
		if t.Clear {
			clear++
		}
	}
	switch {
	case e.Alike:
		return pair + ": no sign that teams differ"
	case len(out) > 0:
		return list(out, 3) + either(len(out) == 1, " differs", " differ") + " from the other teams in how " + pair + " go together"
	case e.MostTeams():
		return fmt.Sprintf("%s: in most teams, clear by itself in %d of %d", pair, clear, len(e.Teams))
	}
	return pair + ": teams differ, but none can be named"
}
