package report

import "insideout/models"

// acrossFigure says what a move at one place of contact goes with at another; the pairs that are seen stand open, all others are folded.
func (r *Report) acrossFigure(span markup) markup {
	l := r.Link
	if len(l.Across) == 0 {
		return ""
	}
	g := grid{caption: "From one touchpoint or channel to another", words: 2, head: []string{"From", "To", "Grade", "Size", "95% interval", "When", "Moved first", "Teams", "Cells"}}
	rest := g
	tested := 0
	for i := range l.Across {
		f := &l.Across[i]
		x := effectOf(f.Within, models.Figure(1), quantityOf(""))
		row := []string{f.ConditionName, f.OutcomeName, string(f.Grade), x.size(), x.span(), r.later(f), string(f.Order()), count(f.Within.Teams), count(f.Within.N)}
		if f.Refused != nil {
			row[2], row[3], row[4], row[5] = "refused: "+f.Refused.Reason, "", "", ""
		} else {
			tested++
		}
		if f.claimed() && len(g.rows) < 6 {
			g.rows = append(g.rows, row)
		} else {
			rest.rows = append(rest.rows, row)
		}
	}
	title := "Nothing at one touchpoint was seen to go with another later"
	body := `<div class="none"><p>` + esc(plural(tested, "pair was", "pairs were")+" tested inside teams, and none passed the search.") + `</p></div>`
	if n := len(g.rows); n > 0 {
		title = "What moves at one touchpoint goes with another: " + plural(n, "pair", "pairs") + " of " + count(len(l.Across))
		body = g.open()
	}
	return figure{id: "f-across", span: span, title: title, sub: "The same measure at two places of contact, inside teams, calendar removed; change at the second for a change of one at the first.",
		body: body, note: "A family of its own, false-discovery control over all of it. Shocks that meet a team everywhere show as the same " + string(r.Grain) + ".", table: rest.folded("The other " + count(len(rest.rows)))}.markup()
}
