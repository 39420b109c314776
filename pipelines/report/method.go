package report

import (
	"fmt"
	"strings"

	"insideout/models"
)

// definitions lists what every number means, with the version of its definition.
func (r *Report) definitions() section {
	s := section{id: "definitions", nav: "Definitions", title: "What every number means", deck: "A changed definition gets a new version; numbers of two versions are never put on one line."}
	g := grid{caption: "Definitions", words: 4, head: []string{"Name", "Id", "Version", "Definition", "Unit", "Better"}}
	g.rows = r.definitionRows()
	if len(g.rows) > 0 {
		s.body = g.open()
	}
	return s
}

func (r *Report) definitionRows() [][]string {
	var out [][]string
	row := func(id string, version int, name, about, unit string, higher int) {
		v := ""
		if version > 0 {
			v = fmt.Sprint(version)
		}
		better := ""
		switch {
		case higher > 0:
			better = "more"
		case higher < 0:
			better = "less"
		}
		out = append(out, []string{name, id, v, sentenceOf(about), unit, better})
	}
	if in := r.Inside; in != nil {
		for _, d := range in.Dimensions {
			about := d.About
			if d.Own {
				about = strings.TrimSpace(sentenceOf(about) + " Dimension of this project’s own.")
			}
			row(d.ID, d.Version, d.Name, about, "0 to 100", 1)
		}
		for _, m := range in.Measures {
			row(m.ID, m.Version, m.Name, m.Definition, m.Unit, m.Higher)
		}
	}
	if o := r.Outside; o != nil {
		for _, m := range o.Metrics {
			row(m.ID, m.Version, m.Name, m.Definition, m.Unit, m.Higher)
		}
	}
	return out
}

// methods says in plain words how the numbers of this report were worked out: only what was done, each once.
func (r *Report) methods() []string {
	var out []string
	if l := r.Link; l != nil {
		weights := ""
		switch l.Weights {
		case "precision":
			weights = " Cells that rest on more answers weigh more, within limits; the unweighted estimate stands beside in the table of pairs."
		case "none":
			weights = " Every cell weighs the same."
		}
		out = append(out, "Each team is compared with itself in other "+r.Grain.Plural(2)+", and what moved in all teams at once is taken out (team and "+string(r.Grain)+" effects). Intervals allow for the fewness of teams (CR2 standard errors, Satterthwaite degrees of freedom)."+weights)
		if l.MaxLag > 0 {
			out = append(out, fmt.Sprintf("Lags 0 to %s, on matching calendar %s, in both directions; a lag is never bridged over a missing %s.%s", r.periods(l.MaxLag), r.Grain.Plural(2), r.Grain, paid(l)))
		}
		if l.FDR.Known() && l.FDR > 0 {
			out = append(out, fmt.Sprintf("Every pair of this report belongs to one family, %s in all: false-discovery control at %s (Benjamini–Hochberg) over pairs, after the search over lags.", small(l.Tested), percent(l.FDR, 0)))
		}
		if len(l.Findings) > 0 && l.Findings[0].Look > 1 {
			out = append(out, fmt.Sprintf("This is look %d at this question. To look again and again is a search as well: a pair that is new in a later look stays at C until the next look sees it too.", l.Findings[0].Look))
		}
		out = append(out, "Grades are computed, never typed in."+ceiling(l))
		out = append(out, "What could have been seen: the effect that the same design would show with a power of 80%.")
	}
	if r.Inside != nil && len(r.Inside.Dimensions) > 0 {
		out = append(out, "A dimension is the mean over people of their answers to its questions, put on 0 to 100. Ranks are given as intervals.")
	}
	if r.Inside != nil && r.Trust.MinGroup > 0 {
		out = append(out, fmt.Sprintf("Groups under %d people are withheld before anything is computed, and with them what would let a single answer be found: numbers on which nearly everybody agreed, and numbers that could be taken from each other. An audit of everything released about employees' scores ran before this was published.", r.Trust.MinGroup))
	}
	if r.Outside != nil {
		out = append(out, "Intervals of rates are Wilson’s, of net promoter scores adjusted Wald, of means t; values that came already aggregated may have none. A "+string(r.Grain)+" without data stays without: nothing is carried forward.")
	}
	return out
}

// paid says how the search over lags was paid for.
func paid(l *Link) string {
	for i := range l.Findings {
		switch l.Findings[i].Method {
		case "bonferroni":
			return " The smallest p of a pair is multiplied by the number of its lags (Bonferroni)."
		case "wild cluster bootstrap":
			return " The clearest lag of a pair is compared with the clearest of each draw of a bootstrap by teams (wild cluster bootstrap), so that the search is part of the test."
		}
	}
	return ""
}

// ceiling says what the grades above C took, and that no pair met it where none did.
func ceiling(l *Link) string {
	const takes = " B takes the pair to hold beside the other conditions; A also to come first in time, in both halves of the calendar, in 12 teams and 52 periods, and a hidden factor to need 10% to undo it."
	n := l.grades()
	switch {
	case n[models.GradeAPlus]+n[models.GradeA]+n[models.GradeB] > 0:
		return takes
	case n[models.GradeC] > 0:
		return takes + " No pair of this run met that."
	}
	return ""
}

// hash is one line of where the numbers come from.
type hash struct{ name, value string }

func (r *Report) hashes() []hash {
	p := r.Source
	var out []hash
	for _, h := range []hash{{"insideout", p.Version}, {"Configuration", p.Config}, {"Input", p.Input}, {"Relations", p.SQL}, {"Analysis", p.Spec}, {"Catalogue", p.Catalog}} {
		if h.value != "" {
			out = append(out, h)
		}
	}
	return out
}

// term is one word of the glossary.
type term struct{ word, means string }

// glossary explains the words that this report uses, and no others.
func (r *Report) glossary() []term {
	var out []term
	add := func(ok bool, word, means string) {
		if ok {
			out = append(out, term{word, means})
		}
	}
	o, both := r.Outside, r.Link != nil
	add(o != nil && o.Failure != nil, "Failure demand", "contact that exists because something was not done, or not done right, for the customer.")
	add(o != nil && o.Failure != nil, "Value demand", "contact that customers want to make. Rate: failure / (failure + value).")
	add(o != nil && o.Repeats != nil, "Repeat contact", "a further contact on the same matter within the window.")
	add(o != nil && o.Repeats != nil, "Still open", "the window ends after the data do, so that it cannot be known yet.")
	add(both, "Cell", "one team in one "+string(r.Grain)+".")
	add(true, "95% interval", "the range the data leave open; a narrow one means more is known.")
	add(both, "Within team", "the same team compared with itself in other "+r.Grain.Plural(2)+".")
	add(both, "Between teams", "averages of teams compared with each other; teams differ in much else.")
	add(both, "Goes with", "moves together; does not say that one makes the other.")
	add(both && r.Link.MaxLag > 0, "Lag set", "the smallest set of lags that holds 90% of the draws when teams are drawn anew.")
	add(both, "q", "share of findings as clear as this one that may be expected to be false.")
	add(both && r.Link.robust(), "RV", "robustness value: the share of what is left of both sides that a hidden factor would have to explain to take the estimate to zero; fragile under 5%.")
	add(both, "Grades", "A+ changed and compared · A strong · B moderate · C early sign · D not seen.")
	add(len(r.Trust.Gaps) > 0, "Gap", "rows known to be lost, named instead of passed over.")
	return out
}

// method is the foot of the page: method in plain words, where the numbers come from, the words.
func (r *Report) method() markup {
	m := markup(`<footer class="ft" id="method"><div class="wrap"><h2>Method, provenance and words</h2><div class="g">`)
	if methods := r.methods(); len(methods) > 0 {
		m += `<div class="c4"><h3>How it was worked out</h3><ul>`
		for _, s := range methods {
			m += `<li>` + esc(s) + `</li>`
		}
		m += "</ul></div>\n"
	}
	m += `<div class="c4"><h3>Where the numbers come from</h3><ul>`
	for _, h := range r.hashes() {
		m += `<li>` + esc(h.name) + ` <code>` + esc(h.value) + `</code></li>`
	}
	again := "The same input, configuration and version give this page again, byte for byte"
	if r.Trust.Restated != nil {
		again += "; only what is said of numbers published before depends on these too"
	}
	m += `<li>` + esc(again) + `.</li>`
	if len(r.Trust.Sources) > 0 {
		m += `<li><a href="#data">Where every row went</a></li>`
	}
	m += "</ul></div>\n" + `<div class="c4"><h3>Words</h3><dl>`
	for _, t := range r.glossary() {
		m += `<div><dt>` + esc(t.word) + `</dt> <dd>` + esc(t.means) + `</dd></div>`
	}
	return m + "</dl></div>\n</div></div></footer>"
}

// robust reports whether any finding that is claimed has a robustness value.
func (l *Link) robust() bool {
	for i := range l.Findings {
		if robust(&l.Findings[i]) != "" {
			return true
		}
	}
	return false
}
