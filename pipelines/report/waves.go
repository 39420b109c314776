package report

import (
	"fmt"

	"insideout/models"
)

// wavesShown is how many pairs of a survey with few waves stand open on the page.
const wavesShown = 6

// waveWords says how often was asked, and what of the outcome was taken.
func (r *Report) waveWords(w *models.Waves) string {
	s := plural(w.Count, "wave", "waves")
	if w.Window > 1 {
		s += fmt.Sprintf(" of the survey, the outcome taken over up to %s after each", r.periods(w.Window))
	}
	return s
}

// waveRows are the pairs whose condition has few waves: change between waves after and before, and what teams show beside each other; those that are
// clear first, then in the order of the findings.
func (r *Report) waveRows() (title string, rows [][]string) {
	var clear, rest [][]string
	most, seen := 0, 0
	for i := range r.Link.Findings {
		f := &r.Link.Findings[i]
		w := f.Waves
		if w == nil {
			continue
		}
		most = max(most, w.Count)
		q := quantityOf(f.OutcomeUnit)
		pair := f.ConditionName + " and " + lower(f.OutcomeName)
		between := known(f.Between)
		if w.Between.OK {
			between += "; without noise " + signedCorrelation(w.Between.R)
		}
		if w.Refused != nil {
			rest = append(rest, []string{pair, "refused", sentenceOf(w.Refused.Reason), "", sentenceOf(w.Refused.Needed), between, count(w.Change.Teams), count(w.Change.N)})
			continue
		}
		x := effectOf(w.Change, f.Step, q)
		before := ""
		if w.Before.OK {
			b := effectOf(w.Before, f.Step, q)
			before = b.size() + " (" + b.span() + ")"
		}
		row := []string{pair, x.size(), x.span(), before, seenOr(w.MDE, f.Step, q), between, count(w.Change.Teams), count(w.Change.N)}
		if f.claimed() {
			seen++
			clear = append(clear, row)
		} else {
			rest = append(rest, row)
		}
	}
	title = "A survey of " + plural(most, "wave", "waves") + ": no change of a pair passed the search over pairs"
	if seen > 0 {
		title = "A survey of " + plural(most, "wave", "waves") + ": " + plural(seen, "pair changed", "pairs changed") + " together"
	}
	if most == 1 {
		title = "A survey of one wave: teams can be compared, change cannot be seen"
	}
	return title, append(clear, rest...)
}

func seenOr(mde, step models.Figure, q quantity) string {
	if s := seen(mde, step, q); s != "" {
		return s
	}
	return "not computed"
}

// wavesFigure is the table of what few waves can say: no lag is looked for, changes between waves and differences between teams are all there is.
func (r *Report) wavesFigure() markup {
	title, rows := r.waveRows()
	if len(rows) == 0 {
		return ""
	}
	g := grid{caption: "Change between waves", words: 1, head: []string{"Pair", "Change", "95% interval", "Before the wave", "Could have seen", "Between teams", "Teams", "Changes"}}
	rest := g
	g.rows = rows[:min(len(rows), wavesShown)]
	var folded markup
	if len(rows) > wavesShown {
		rest.rows = rows[wavesShown:]
		folded = rest.folded("The other " + count(len(rows)-wavesShown))
	}
	return figure{id: "f-waves", span: "c12 flow", title: title,
		sub:  "Change of the outcome from one wave to the next that goes with one move of the condition, what changed for all taken out. Beside it the same before the wave, which no condition asked for later can have moved.",
		body: g.open(), note: "Within-team change between waves, intervals by team. With fewer than 26 waves no order in time within the window is looked for. " + r.waveNote(), table: folded}.markup()
}

// waveNote says what windows the outcomes were taken over.
func (r *Report) waveNote() string {
	for i := range r.Link.Findings {
		if w := r.Link.Findings[i].Waves; w != nil && w.Window > 1 {
			return "Outcomes are taken over up to " + r.periods(w.Window) + " after each wave, and before it, never past the neighbouring wave."
		}
	}
	return "Wave and outcome are measured equally often."
}
