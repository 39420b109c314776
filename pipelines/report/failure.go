package report

import (
	"fmt"

	"insideout/models"
)

// reasonsShown is how many reasons get a bar of their own; the rest is one hatched bar.
const reasonsShown = 8

// outside is what customers meet: measures over time, failure demand by reason, repeat contacts.
func (r *Report) outside() section {
	s := section{id: "outside", nav: "What customers meet", title: "What customers meet"}
	o := r.Outside
	if o == nil {
		return s
	}
	var parts []string
	if len(o.Metrics) > 0 {
		parts = append(parts, "outcomes over time")
	}
	if o.Failure != nil {
		parts = append(parts, "the demand we make ourselves")
	}
	if o.Repeats != nil {
		parts = append(parts, "who had to come back")
	}
	if len(parts) == 0 {
		return s
	}
	s.deck = sentenceOf(list(parts, 3))
	// Three figures: the Pareto chart is as high as the trends and the repeats together.
	switch many := len(o.Metrics) > 6; {
	case o.Failure == nil && o.Repeats == nil || many:
		s.body = r.trends("f-metrics", "c12", o.Metrics, outer) + failure(o.Failure, "c6") + repeats(o.Repeats, "c6")
	case len(o.Metrics) == 0:
		s.body = failure(o.Failure, "c6") + repeats(o.Repeats, "c6")
	case o.Failure == nil:
		s.body = r.trends("f-metrics", "c7", o.Metrics, outer) + repeats(o.Repeats, "c5")
	default:
		s.body = `<div class="c7 stack">` + r.trends("f-metrics", "c7", o.Metrics, outer) + repeats(o.Repeats, "c7") + `</div>` + failure(o.Failure, "c5")
	}
	s.body = `<div class="g">` + s.body + `</div>`
	return s
}

// failures counts failure contacts over all reasons.
func (f *Failure) failures() int64 {
	var n int64
	for _, x := range f.Reasons {
		n += x.Failure
	}
	return n
}

// failureTitle names the rate, and the few reasons that make up half of it if they are few.
func failureTitle(f *Failure) string {
	s := shares.levelOf(f.Rate) + " of classified contacts are failure demand"
	for i, x := range f.Reasons {
		if !x.Running.Known() || x.Running < .5 {
			continue
		}
		switch {
		case i == 0:
			return s + "; one reason makes up " + percent(x.Running, 0) + " of it"
		case i < 5:
			return s + "; " + small(i+1) + " reasons make up " + percent(x.Running, 0) + " of it"
		}
		return s + "; half of it is spread over " + count(i+1) + " reasons"
	}
	return s
}

// shares is how rates are written.
var shares = quantityOf("share")

// failure draws the Pareto chart: bars by count, running share in a column, no second axis.
func failure(f *Failure, span markup) markup {
	if f == nil {
		return ""
	}
	shown := f.Reasons
	var rest FailureReason
	others := 0
	if len(shown) > reasonsShown+1 { // one more reason needs no bar of its own for the rest
		for _, x := range shown[reasonsShown:] {
			rest.Failure += x.Failure
			others++
		}
		shown = shown[:reasonsShown]
	}
	most := rest.Failure
	for _, x := range shown {
		most = max(most, x.Failure)
	}
	total := f.failures()
	var rows markup
	for _, x := range shown {
		rows += paretoRow(x.Reason, either(x.Rate.Value.Known(), shares.levelOf(x.Rate)+" of its contacts", ""), x.Failure, most, "fout", percent(x.Share, 0), percent(x.Running, 0))
	}
	if others > 0 {
		rows += paretoRow(capital(small(others))+" other reasons", "", rest.Failure, most, "fho", percent(models.Figure(float64(rest.Failure)/float64(max(total, 1))), 0), "100%")
	}
	g := grid{caption: "Failure-demand contacts by reason", words: 1, head: []string{"Reason", "Failure contacts", "Share of failure demand", "Running share", "Rate within the reason", "95% interval", "Classified contacts"}}
	for _, x := range f.Reasons {
		g.rows = append(g.rows, []string{x.Reason, count(x.Failure), percent(x.Share, 1), percent(x.Running, 0), shares.levelOf(x.Rate), shares.spanOf(x.Rate), count(x.Rate.N)})
	}
	note := "Rate " + shares.both(f.Rate) + ", n " + count(f.Rate.N) + "."
	if f.Unknown.Known() {
		note += " Not classified: " + percent(f.Unknown, 1) + " of contacts, left out of the rate."
	}
	if f.Misrouted.Known() {
		note += " Misrouted: " + percent(f.Misrouted, 1) + "."
	}
	body := `<div class="rows" style="--lab:182px;--val:96px;--h:37px"><div class="row hd axr"><span class="l">Reason</span><span class="pl">contacts</span><span class="v">share, running</span></div>` + rows + `</div>`
	return figure{id: "f-failure", span: span, title: failureTitle(f),
		sub:  fmt.Sprintf("Contacts that exist because something was not done, or not done right: %s of %s contacts.", count(total), count(f.Contacts)),
		body: body, note: note, table: g.folded("Data table")}.markup()
}

func paretoRow(name, under string, n, most int64, class markup, part, running string) markup {
	width := .92 * unit(float64(n)/float64(max(most, 1)))
	bar := rect("0", "9", pct(width), "20", class)
	if width > .6 && class == "fout" {
		bar += label(pct(width), "23", "e s11", ` dx="-6" style="fill:var(--paper)"`, esc(count(n)))
	} else {
		bar += label(pct(width), "23", "t1 s11", ` dx="5"`, esc(count(n)))
	}
	m := `<div class="row"><span class="l">` + esc(name)
	if under != "" {
		m += `<br/><small>` + esc(under) + `</small>`
	}
	return m + `</span><span class="pl">` + strip(37, bar, line("0", "0", "0", "100%", "ax")) + `</span><span class="v"><b>` + esc(part) + `</b> &#160; ` + esc(running) + "</span></div>\n"
}

func repeatTitle(p *Repeats) string {
	return shares.levelOf(p.Rate) + " of contacts came back within " + p.Window
}

// repeats draws what became of every contact: came back, did not, still open at the end of the data, cannot be followed.
// What is still open is in neither the rate nor its n.
func repeats(p *Repeats, span markup) markup {
	if p == nil {
		return ""
	}
	settled := max(p.Rate.N-p.Repeat, 0)
	parts := []struct {
		name, words string
		n           int64
		class       markup
		counted     bool
	}{
		{"Came back", "again on the same matter within " + p.Window, p.Repeat, "fout", true},
		{"Did not", "and the window is closed", settled, "fout-s", true},
		{"Still open", "the window ends after the data do", p.Censored, "fh", false},
		{"Without a key", "cannot be followed", p.NoKey, "fd", false},
	}
	var most int64
	for _, x := range parts {
		most = max(most, x.n)
	}
	g := grid{caption: "Contacts by what became of them", words: 1, head: []string{"Contacts", "Number", "Of closed windows"}}
	var rows markup
	for _, x := range parts {
		of := "not counted"
		if x.counted {
			of = share(x.n, p.Rate.N)
		}
		g.rows = append(g.rows, []string{x.name + ": " + x.words, count(x.n), of})
		if x.n <= 0 {
			continue
		}
		width := .92 * float64(x.n) / float64(most)
		bar := rect("0", "9", pct(width), "20", x.class)
		switch {
		case width <= .6:
			bar += label(pct(width), "23", "t1 s11", ` dx="5"`, esc(count(x.n)))
		case x.class == "fout":
			bar += label(pct(width), "23", "e s11", ` dx="-6" style="fill:var(--paper)"`, esc(count(x.n)))
		default:
			bar += label(pct(width), "23", "e t1 s11 halo", ` dx="-6"`, esc(count(x.n)))
		}
		value := esc(of)
		if x.counted {
			value = `<b>` + value + `</b>`
		}
		rows += `<div class="row"><span class="l">` + esc(x.name) + `<br/><small>` + esc(x.words) + `</small></span><span class="pl">` + strip(37, bar, line("0", "0", "0", "100%", "ax")) +
			`</span><span class="v">` + value + "</span></div>\n"
	}
	note := "Rate over closed windows: " + shares.both(p.Rate) + ", n " + count(p.Rate.N) + "."
	if p.Key != "" {
		note += " The same matter: same " + p.Key + "."
	}
	return figure{id: "f-repeat", span: span, title: repeatTitle(p),
		sub:  "What became of " + plural(p.Contacts, "contact", "contacts") + ". Hatched and dotted: not in the rate.",
		body: `<div class="rows" style="--lab:214px;--val:108px;--h:38px"><div class="row hd axr"><span class="l"></span><span class="pl">contacts</span><span class="v">of closed windows</span></div>` + rows + `</div>`, note: note, table: g.folded("Data table")}.markup()
}
