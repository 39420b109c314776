package report

import (
	"fmt"
	"math"
	"slices"

	"insideout/models"
)

// ordered is the outcome whose order is drawn: the first in the order of the findings that has one.
func (l *Link) ordered() *models.Priority {
	for i := range l.Findings {
		for j := range l.Priorities {
			if p := &l.Priorities[j]; p.Outcome == l.Findings[i].Outcome && p.Refused == nil && len(p.Reaches) > 0 {
				return p
			}
		}
	}
	return nil
}

// outcome gives the words and units of an outcome.
func (l *Link) outcome(id string) Named {
	for _, o := range l.Outcomes {
		if o.ID == id {
			return o
		}
	}
	return Named{ID: id, Name: id}
}

// priorityFigure draws what goes with each condition's feasible step for the average customer. An order is drawn as far as the intervals allow, a
// tie is called one, and where they allow nothing a refusal stands in its place.
func (r *Report) priorityFigure(span markup) markup {
	l := r.Link
	if len(l.Priorities) == 0 {
		return ""
	}
	g := grid{caption: "Where to look first, by outcome: the parts of each difference", words: 2,
		head: []string{"Outcome", "Condition", "Difference, + is better", "95% interval", "Rank", "In the first three", "Feasible move", "Teams with room", "Slope for one unit", "95% interval", "Teams", "Cells"}}
	for i := range l.Priorities {
		p := &l.Priorities[i]
		q := quantityOf(l.outcome(p.Outcome).Unit)
		if p.Refused != nil {
			g.rows = append(g.rows, append([]string{l.name(p.Outcome), "refused: " + p.Refused.Reason + "; it would take " + p.Refused.Needed}, make([]string, 10)...))
			continue
		}
		for _, x := range byDifference(p) {
			d := differenceOf(&x, q)
			s := effectOf(models.Estimate{Slope: x.Slope, Low: x.SlopeLow, High: x.SlopeHigh}, models.None(), q)
			g.rows = append(g.rows, []string{l.name(p.Outcome), l.name(x.Condition), d.size(), d.span(), rankSpan(x.RankLow, x.RankHigh), percent(x.Three, 0),
				plainFigure(x.Move, 2), count(x.Teams), signed(s.value, s.digits), s.span(), count(p.Teams), count(p.N)})
		}
	}
	table := g.folded("The parts, all outcomes")
	p := l.ordered()
	if p == nil {
		why, needed := "", ""
		for i := range l.Priorities {
			if x := l.Priorities[i].Refused; x != nil && why == "" {
				why, needed = sentenceOf(x.Reason), sentenceOf(x.Needed)
			}
		}
		return figure{id: "f-first", span: span, title: "Where to look first: no order is shown",
			body: `<div class="none"><p>` + esc(why) + `</p><p><b>It would take:</b> ` + esc(needed) + `</p></div>`, table: table}.markup()
	}
	o := l.outcome(p.Outcome)
	q := quantityOf(o.Unit)
	x := newAxis(0)
	for i := range p.Reaches {
		d := differenceOf(&p.Reaches[i], q)
		x.add(d.low, d.value, d.high)
	}
	x.widen(.06)
	at := func(v float64) markup { return pct(x.at(v)) }
	marks, digits := ticks(x.low, x.high, 4)
	var lines, axis, rows markup
	for _, v := range marks {
		lines += line(at(v), "0", at(v), "100%", "gl")
		axis += label(at(v), "12", "t3 s11 m", "", esc(signed(v, digits)))
	}
	lines += line(at(0), "0", at(0), "100%", "zero")
	for _, c := range byDifference(p) {
		d := differenceOf(&c, q)
		drawn, value := lines, markup("not clear of none")
		if !math.IsNaN(d.low) && !math.IsNaN(d.high) && !math.IsNaN(d.value) {
			if c.Clear() {
				drawn += line(at(d.low), "15", at(d.high), "15", "in-s") + dot(at(d.value), "15", "4.5", "fin")
				value = `<b>` + esc(signed(d.value, d.digits)) + `</b> rank ` + esc(rankSpan(c.RankLow, c.RankHigh))
			} else {
				drawn += line(at(d.low), "15", at(d.high), "15", "sm w15") + dot(at(d.value), "15", "3", "hol sm w15")
			}
		}
		rows += `<div class="row"><span class="l">` + esc(cut(l.name(c.Condition), 28)) + `</span><span class="pl">` + strip(30, drawn) + `</span><span class="v">` + value + "</span></div>\n"
	}
	body := `<div class="rows" style="--lab:96px;--val:106px;--h:30px">` + rows + `<div class="row hd axr"><span class="l"></span><span class="pl">` + strip(16, axis) + `</span><span class="v"></span></div></div>`
	return figure{id: "f-first", span: span, title: r.firstTitle(p),
		sub: fmt.Sprintf("Difference in %s%s that goes with each team’s own step to its best quarter, the other conditions held fixed, for the average customer; 95%% interval. Right of zero: better.",
			lower(o.Name), either(q.moves != "", ", in "+q.moves, "")),
		body: body, note: fmt.Sprintf("%s, %s; association: it goes with the condition and is no promised gain.", plural(p.Teams, "team", "teams"), plural(p.N, "cell", "cells")), table: table}.markup()
}

func differenceOf(x *models.Reach, q quantity) effect {
	return effectOf(models.Estimate{Slope: x.Difference, Low: x.Low, High: x.High}, models.None(), q)
}

func byDifference(p *models.Priority) []models.Reach {
	out := slices.Clone(p.Reaches)
	slices.SortStableFunc(out, func(a, b models.Reach) int { return compareFigures(-a.Difference, -b.Difference) })
	return out
}

// firstTitle names the first, or says that it is a tie and between which.
func (r *Report) firstTitle(p *models.Priority) string {
	tied := r.Link.names(p.Tied())
	y := lower(r.Link.name(p.Outcome))
	switch len(tied) {
	case 0:
		return "Where to look first for " + y + ": open"
	case 1:
		return "Look here first for " + y + ": " + tied[0]
	}
	return "A tie for the first place, for " + y + ": " + list(tied, 4)
}

// rolesFigure lists which conditions carry the customer-facing work and which strain it.
func (r *Report) rolesFigure(span markup) markup {
	l := r.Link
	g := grid{caption: "Conditions that carry or strain the customer-facing work", words: 3, head: []string{"Condition", "Role", "With", "Lately, against its own past", "Teams"}}
	var carry, strain []string
	for i := range l.Findings {
		f := &l.Findings[i]
		level := l.level(f.Condition)
		role := models.RoleOf(&f.Finding, level, f.OutcomeHigher)
		if role == models.Unknown {
			continue
		}
		to := &carry
		if role == models.Strains {
			to = &strain
		}
		if role != models.Neutral && !slices.Contains(*to, f.ConditionName) {
			*to = append(*to, f.ConditionName)
		}
		x := effectOf(models.Estimate{Slope: level.Change, Low: level.Low, High: level.High}, models.None(), quantityOf(r.conditionUnit(f.Condition)))
		g.rows = append(g.rows, []string{f.ConditionName, string(role), f.OutcomeName + ", " + string(f.Grade), x.size() + " (" + x.span() + ")", count(level.Teams)})
	}
	if len(g.rows) == 0 {
		return ""
	}
	var parts []string
	if len(carry) > 0 {
		parts = append(parts, list(carry, 3)+either(len(carry) == 1, " carries", " carry")+" the customer-facing work")
	}
	if len(strain) > 0 {
		parts = append(parts, list(strain, 3)+either(len(strain) == 1, " strains", " strain")+" it")
	}
	title := "No condition that goes with an outcome has moved lately"
	if len(parts) > 0 {
		title = list(parts, 2)
		if len(carry) == 0 {
			title = list(strain, 3) + either(len(strain) == 1, " strains", " strain") + " the customer-facing work"
		}
	}
	rest := g
	shown := min(len(g.rows), 8)
	var table markup
	if len(g.rows) > shown {
		rest.rows = g.rows[shown:]
		table = rest.folded("The other " + count(len(g.rows)-shown))
	}
	g.rows = g.rows[:shown]
	return figure{id: "f-roles", span: span, title: title, sub: "Carries: goes with better outcomes and stands above its own past, or with worse ones and stands below; strains: the reverse. Pairs that are seen only.",
		body: g.open(), note: "The latest stretch is a quarter of the periods, 13 at most; 95% interval by team.", table: table}.markup()
}

func (l *Link) level(condition string) *models.Level {
	for i := range l.Levels {
		if l.Levels[i].Condition == condition {
			return &l.Levels[i]
		}
	}
	return nil
}
