package report

import (
	"fmt"
	"math"
	"slices"

	"insideout/models"
)

// name gives the words of a condition or an outcome.
func (l *Link) name(id string) string {
	for _, n := range slices.Concat(l.Conditions, l.Outcomes) {
		if n.ID == id {
			return n.Name
		}
	}
	return id
}

func (l *Link) names(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = l.name(id)
	}
	return out
}

// spread is the outcome whose weights are drawn: the one with the most conditions clear of noise, then with the most said of it. The others
// stand in the table.
func (l *Link) spread() *models.Weights {
	var best *models.Weights
	most := 0
	for i := range l.Relative {
		w := &l.Relative[i]
		if n := clearWeights(w); n > most || n == most && n > 0 && w.R2 > best.R2 {
			best, most = w, n
		}
	}
	return best
}

// weightsFigure draws how what the conditions say together is shared out among them. A condition within noise has a grey line and no number.
func (r *Report) weightsFigure(span markup) markup {
	l := r.Link
	if len(l.Relative) == 0 {
		return ""
	}
	g := grid{caption: "Relative weights of the conditions, by outcome", words: 2, head: []string{"Outcome", "Condition", "Weight", "95% interval", "Rank", "Johnson", "Noise floor", "Ridge", "VIF", "Teams", "Cells"}}
	for i := range l.Relative {
		w := &l.Relative[i]
		if w.Refused != nil {
			g.rows = append(g.rows, append([]string{l.name(w.Outcome), "refused: " + w.Refused.Reason + "; it would take " + w.Refused.Needed}, make([]string, 9)...))
		}
		for _, k := range byWeight(w) {
			g.rows = append(g.rows, []string{l.name(w.Outcome), l.name(k.Condition), percent(k.LMG, 1), percent(k.Low, 1) + " to " + percent(k.High, 1), rankSpan(k.RankLow, k.RankHigh),
				percent(k.Johnson, 1), percent(w.Floor, 1), signedCorrelation(k.Ridge), plainFigure(k.VIF, 1), count(w.Teams), count(w.N)})
		}
	}
	table := g.folded("All outcomes as a table")
	w := l.spread()
	if w == nil {
		f := figure{id: "f-weights", span: span, title: "No condition’s weight is clear of noise",
			sub:  "How much of the movement of each outcome goes with each condition, all conditions considered together.",
			body: `<div class="none"><p>` + esc("A shuffled condition, which can have nothing to do with the outcome, gets as much as the real ones do, so no order among them is shown.") + `</p><p><b>It would take:</b> ` + esc("more teams or "+r.Grain.Plural(2)+", or more answers a cell.") + `</p></div>`, table: table}
		return f.markup()
	}
	top := 0.
	for i := range w.Weights {
		top = math.Max(top, finite(float64(w.Weights[i].High), 0))
	}
	top = math.Max(top*1.08, 1e-3)
	at := func(v models.Figure) markup { return pct(unit(float64(v) / top)) }
	marks, digits := ticks(0, top*100, 4)
	var lines, axis, rows markup
	for _, v := range marks {
		lines += line(pct(unit(v/100/top)), "0", pct(unit(v/100/top)), "100%", "gl")
		axis += label(pct(unit(v/100/top)), "12", "t3 s11 m", "", esc(fixed(v, digits)+"%"))
	}
	noise := rect("0", "0", at(w.Floor), "100%", "fd")
	edge := line(at(w.Floor), "0", at(w.Floor), "100%", "si2 w1 dash")
	for _, k := range byWeight(w) {
		drawn, value := noise+lines+edge, markup(`within noise`)
		if k.Shown {
			drawn += line(at(k.Low), "15", at(k.High), "15", "in-s") + dot(at(k.LMG), "15", "4.5", "fin")
			value = `<b>` + esc(percent(k.LMG, 1)) + `</b> rank ` + esc(rankSpan(k.RankLow, k.RankHigh))
		} else {
			drawn += line("0", "15", at(k.High), "15", "sm w15")
		}
		rows += `<div class="row"><span class="l">` + esc(cut(l.name(k.Condition), 28)) + `</span><span class="pl">` + strip(30, drawn) + `</span><span class="v">` + value + "</span></div>\n"
	}
	body := `<div class="rows" style="--lab:96px;--val:92px;--h:30px">` + rows + `<div class="row hd axr"><span class="l"></span><span class="pl">` + strip(16, axis) + `</span><span class="v"></span></div></div>`
	note := fmt.Sprintf("%s, %s; association. Weights have no sign and promise nothing. Teams resampled 1,000 times.", plural(w.Teams, "team", "teams"), plural(w.N, "cell", "cells"))
	for _, group := range w.Groups {
		note += " These data cannot tell " + list(l.names(group), 4) + " apart."
	}
	for _, d := range w.Doubts {
		note += " " + sentenceOf(d.Text)
	}
	return figure{id: "f-weights", span: span, title: r.weightsTitle(w),
		sub:  fmt.Sprintf("Relative weight: part of the movement of %s inside teams that goes with each condition, of %s with all together, %s; 95%% interval. Dotted: what a shuffled condition gets.", lower(l.name(w.Outcome)), percent(w.R2, 1), r.when(w.Lag)),
		body: body, note: note, table: table}.markup()
}

// clearWeights counts the conditions whose weight is clear of noise.
func clearWeights(w *models.Weights) int {
	n := 0
	for i := range w.Weights {
		if w.Weights[i].Shown {
			n++
		}
	}
	return n
}

func byWeight(w *models.Weights) []models.Weight {
	out := slices.Clone(w.Weights)
	slices.SortStableFunc(out, func(a, b models.Weight) int { return compareFigures(-a.LMG, -b.LMG) })
	return out
}

func (r *Report) weightsTitle(w *models.Weights) string {
	var clear []string
	for _, k := range byWeight(w) {
		if k.Shown {
			clear = append(clear, r.Link.name(k.Condition))
		}
	}
	s := list(clear, 3) + either(len(clear) == 1, " stands", " stand") + " out from noise"
	if top := w.Top(); top != "" && len(clear) > 1 {
		return s + "; " + r.Link.name(top) + " weighs most"
	} else if len(clear) > 1 {
		return s + "; which weighs most is open"
	}
	return s
}

func rankSpan(low, high int) string {
	if low == high {
		return fmt.Sprint(low)
	}
	return fmt.Sprintf("%d–%d", low, high)
}

func plainFigure(v models.Figure, digits int) string {
	if !v.Known() {
		return ""
	}
	return fixed(float64(v), digits)
}

// when says at which lag: "in the same week", "2 weeks later".
func (r *Report) when(lag int) string {
	if lag == 0 {
		return "in the same " + string(r.Grain)
	}
	return r.periods(lag) + " later"
}
