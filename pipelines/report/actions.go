package report

import (
	"fmt"

	"insideout/models"
)

// ActionView is an action's study with the words of its series.
type ActionView struct {
	models.ActionStudy
	SeriesName string `json:"series_name"`
	Unit       string `json:"unit"`
	Higher     int    `json:"higher"`
}

// verdictsFigure shows what was registered before looking, first and apart from what was found by looking.
func (r *Report) verdictsFigure() markup {
	l := r.Link
	if len(l.Verdicts) == 0 {
		return ""
	}
	g := grid{caption: "Registered hypotheses", words: 2, head: []string{"Registered before looking", "Verdict", "Size", "95% interval", "When", "q, one-sided", "Could have seen", "Teams", "Cells"}}
	var refusals []string
	for i := range l.Verdicts {
		v := &l.Verdicts[i]
		if v.Refused != nil {
			refusals = append(refusals, r.verdictRow(v)[0]+": "+sentenceOf(v.Refused.Reason)+" It would take: "+sentenceOf(v.Refused.Needed))
		}
		g.rows = append(g.rows, r.verdictRow(v))
	}
	note := "Tested in the registered direction, over the registered lags, and adjusted among the registered ones only. Not supported: the other direction was seen, or a partial correlation of .1 would have been seen and was not."
	for _, s := range refusals {
		note += " " + s
	}
	return figure{id: "f-registered", span: "c12 flow", title: r.verdictsTitle(), sub: "Apart from everything that was found by looking. An association still: no verdict says what would follow from a change.", body: g.open(), note: note}.markup()
}

func (r *Report) verdictRow(v *models.Verdict) []string {
	l := r.Link
	o := l.outcome(v.Outcome)
	q := quantityOf(o.Unit)
	words := v.Words
	if words == "" {
		words = "More " + l.name(v.Condition) + " goes with " + either(v.Sign > 0, "more ", "less ") + lower(o.Name)
	}
	if v.Refused != nil {
		return []string{words, string(v.Said()), "", "", "", "", "", count(v.Teams), count(v.N)}
	}
	x := effectOf(v.Estimate, v.Step, q)
	return []string{words, string(v.Said()), x.size() + " per " + r.stepWords(v.Condition, v.Step), x.span(), r.when(v.Lag), trimEquals(probability(v.Q)), seenOr(v.MDE, v.Step, q), count(v.Teams), count(v.N)}
}

func (r *Report) verdictsTitle() string {
	n := map[models.Said]int{}
	for i := range r.Link.Verdicts {
		n[r.Link.Verdicts[i].Said()]++
	}
	var parts []string
	for _, s := range []models.Said{models.Supported, models.NotSupported, models.CannotSay} {
		if n[s] > 0 {
			parts = append(parts, small(n[s])+" "+either(s == models.CannotSay, "cannot be said", string(s)))
		}
	}
	return capital(plural(len(r.Link.Verdicts), "hypothesis", "hypotheses")) + " registered before looking: " + list(parts, 3)
}

// actionsFigure shows what changed in teams that took an action, beside those that did not.
func (r *Report) actionsFigure() markup {
	l := r.Link
	if len(l.Actions) == 0 {
		return ""
	}
	g := grid{caption: "Actions", words: 2, head: []string{"Action", "Series", "Change beside the others", "95% interval", "If drift went on", "Before it began", "With the level before held fixed", "q", "Teams", "Cells"}}
	rest := g
	for i := range l.Actions {
		a := &l.Actions[i]
		row := r.actionRow(a)
		if a.Clear() || a.Refused == nil && len(g.rows) < 6 {
			g.rows = append(g.rows, row)
		} else {
			rest.rows = append(rest.rows, row)
		}
	}
	body := markup("")
	if len(g.rows) > 0 {
		body = g.open()
	} else if x := l.Actions[0].Refused; x != nil {
		body = `<div class="none"><p>` + esc(sentenceOf(x.Reason)) + `</p><p><b>It would take:</b> ` + esc(sentenceOf(x.Needed)) + `</p></div>`
	}
	var table markup
	if len(rest.rows) > 0 {
		table = rest.folded("The other " + count(len(rest.rows)))
	}
	return figure{id: "f-actions", span: "c12 flow", title: r.actionsTitle(), sub: "Change in teams that took the action less the change in teams that did not, over the same periods. Intervention.",
		body: body, note: "A change is told only with q at most .05 by t and by shuffling starts among teams, no drift before, and clear with the level before held fixed. Main rival: teams are chosen in bad spells, and bad spells end.", table: table}.markup()
}

func (r *Report) actionRow(a *ActionView) []string {
	if a.Refused != nil {
		return []string{a.Action, a.SeriesName, "refused: " + a.Refused.Reason, "", "", "", sentenceOf(a.Refused.Needed), "", count(a.Treated) + " and " + count(a.Controls), ""}
	}
	q := quantityOf(a.Unit)
	one := models.Figure(1)
	x, d := effectOf(a.Effect, one, q), effectOf(a.Adjusted, one, q)
	bound := effectOf(models.Estimate{Slope: a.Effect.Slope, Low: a.BoundLow, High: a.BoundTop}, one, q)
	before := "too little time"
	if a.Placebo.OK {
		p := effectOf(a.Placebo, one, q)
		before = p.size()
		if span := p.span(); span != "" {
			before += " (" + span + ")"
		}
	}
	level := "the mixture stood where it did"
	if a.Adjusted.OK {
		level = d.size() + " (" + d.span() + ")"
	}
	return []string{a.Action, a.SeriesName, x.size(), x.span(), bound.span(), before, level, trimEquals(probability(a.Q)), count(a.Treated) + " and " + count(a.Controls), count(a.Effect.N)}
}

func (r *Report) actionsTitle() string {
	var clear []string
	refused := 0
	for i := range r.Link.Actions {
		a := &r.Link.Actions[i]
		if a.Refused != nil {
			refused++
		}
		if a.Clear() && a.Side == models.Outside {
			way := either(a.Effect.Slope > 0, "rose", "fell")
			clear = append(clear, fmt.Sprintf("after %s, %s %s", lower(a.Action), lower(a.SeriesName), way))
		}
	}
	switch {
	case len(clear) > 0:
		return capital(list(clear, 2)) + " beside teams that did not take it"
	case refused == len(r.Link.Actions):
		return "Did the actions change anything? These data cannot say"
	}
	return "No change after an action is clear of what other teams met"
}
