package report

import (
	"fmt"
	"slices"

	"insideout/models"
)

// warningsFigure says which series warned of known incidents, and whether the inside did so before the outcomes did.
func (r *Report) warningsFigure(span markup) markup {
	l := r.Link
	if len(l.Warnings) == 0 {
		return ""
	}
	g := grid{caption: "Early warning of known incidents", words: 1, head: []string{"Series", "AUC", "95% interval", "Incidents with a warning", "Lead", "Alerts in vain", "Against the best outcome", "n"}}
	rest := g
	refused := 0
	all := slices.Clone(l.Warnings)
	slices.SortStableFunc(all, func(a, b models.Warning) int { return compareFigures(a.Q, b.Q) })
	for i := range all {
		w := &all[i]
		if w.Refused != nil {
			refused++
		}
		row := r.warningRow(w)
		if w.Refused == nil && (w.Warns() || len(g.rows) < 4) {
			g.rows = append(g.rows, row)
		} else {
			rest.rows = append(rest.rows, row)
		}
	}
	body := markup("")
	if refused == len(all) {
		x := all[0].Refused
		body = `<div class="none"><p>` + esc(sentenceOf(x.Reason)) + `</p><p><b>It would take:</b> ` + esc(sentenceOf(x.Needed)) + `</p></div>`
	} else {
		body = g.open()
	}
	var table markup
	if len(rest.rows) > 0 {
		table = rest.folded("The other " + count(len(rest.rows)))
	}
	return figure{id: "f-warning", span: span, title: r.warningsTitle(), sub: fmt.Sprintf("Backtest within %s before an incident, looking at the past only. AUC .5: no better than a coin. Lagged association.", r.periods(all[0].Horizon)),
		body: body, note: "Each team against its own past and what all teams showed then; intervals allow for teams; q at most .05 over all series.", table: table}.markup()
}

func (r *Report) warningRow(w *models.Warning) []string {
	name := r.Link.name(w.Series)
	if w.Refused != nil {
		return []string{name, "refused: " + w.Refused.Reason, "", "", "", "", "", count(w.N)}
	}
	lead := ""
	if w.Lead.Known() {
		lead = fixed(float64(w.Lead), 1) + " (" + fixed(float64(w.LeadLow), 1) + " to " + fixed(float64(w.LeadHigh), 1) + ")"
	}
	gain := ""
	if w.Gain.Known() {
		gain = signedCorrelation(w.Gain) + " (" + signedCorrelation(w.GainLow) + " to " + signedCorrelation(w.GainHigh) + ")"
	}
	return []string{name, correlation(w.AUC), correlation(w.Low) + " to " + correlation(w.High), fmt.Sprintf("%s of %s", count(w.Hits), count(w.Incidents)), lead,
		fmt.Sprintf("%s of %s", count(w.False), count(w.Alerts)), gain, count(w.N)}
}

func (r *Report) warningsTitle() string {
	var ahead, warns []string
	refused := 0
	for i := range r.Link.Warnings {
		w := &r.Link.Warnings[i]
		switch {
		case w.Refused != nil:
			refused++
		case w.Ahead():
			ahead = append(ahead, r.Link.name(w.Series))
		case w.Warns():
			warns = append(warns, r.Link.name(w.Series))
		}
	}
	switch {
	case refused == len(r.Link.Warnings):
		return "Early warning: too few incidents to tell"
	case len(ahead) > 0:
		return list(ahead, 3) + " warned of incidents better than any outcome did"
	case len(warns) > 0:
		return list(warns, 3) + " warned of incidents; no condition did so better than the outcomes"
	}
	return "Nothing warned of incidents better than a coin"
}
