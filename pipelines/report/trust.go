package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"insideout/models"
)

// namesShown is how many names stand on the page before the rest is folded away.
const namesShown = 6

// rows is the account over all sources.
func (t *Trust) rows() SourceTrust {
	var sum SourceTrust
	for _, s := range t.Sources {
		sum.Read += s.Read
		sum.Loaded += s.Loaded
		sum.Rejected += s.Rejected
		sum.Filtered += s.Filtered
		sum.Missing += s.Missing
		sum.Control += s.Control
		sum.Records += s.Records
	}
	return sum
}

// unaccounted gives the sources whose rows do not add up.
func (t *Trust) unaccounted() []string {
	var out []string
	for _, s := range t.Sources {
		if s.Read != s.Loaded+s.Rejected+s.Filtered+s.Missing+s.Control {
			out = append(out, s.Name)
		}
	}
	return out
}

// gapped counts the positions that were lost with a name.
func (t *Trust) gapped() int64 {
	var n int64
	for _, g := range t.Gaps {
		n += g.To - g.From
	}
	return n
}

func (t *Trust) title() string {
	s := "Can the data be trusted? "
	switch bad := t.unaccounted(); {
	case len(t.Sources) == 0:
		s += "No source was read"
	case len(bad) > 0:
		s += "Not in full: the rows of " + list(bad, 3) + " do not add up"
	default:
		s += "Every row read is accounted for"
	}
	switch n := len(t.Checks); {
	case n == 1:
		s += "; one check warns"
	case n > 1:
		s += "; " + small(n) + " checks warn"
	case t.ChecksRun > 0:
		s += "; no check warns"
	}
	return s
}

// tile is one number of the trust strip.
type tile struct{ name, value, words string }

func (r *Report) tiles() []tile {
	t, sum := &r.Trust, r.Trust.rows()
	account := either(sum.Read == 0, "nothing was read", "all loaded")
	if parts := sum.parts(); len(parts) > 1 {
		account = strings.Join(parts, ", ")
	}
	out := []tile{
		{"Rows read", count(sum.Read), account},
		{"Rejected rows", share(sum.Rejected, sum.Read), either(sum.Rejected == 0, "none", count(sum.Rejected)+" kept aside, with reasons")},
		{"Declared gaps", count(len(t.Gaps)), either(len(t.Gaps) == 0, "nothing known to be lost", plural(t.gapped(), "row", "rows")+" known to be lost")},
	}
	if r.Inside != nil && r.Outside != nil {
		out = append(out, tile{"Teams with both sides", count(t.TeamsBoth), "of " + count(r.units()) + " seen on either side"})
	}
	if n := int64(t.CellsShown + t.CellsHidden); r.Inside != nil && n > 0 {
		words := count(t.CellsHidden) + " of " + plural(n, "cell", "cells")
		switch rest := t.CellsHidden - t.CellsSmall; {
		case t.MinGroup > 0 && rest > 0:
			words += fmt.Sprintf(": %s under %d people, %s that would say too much of a few", count(t.CellsSmall), t.MinGroup, count(rest))
		case t.MinGroup > 0:
			words += fmt.Sprintf(", under %d people", t.MinGroup)
		}
		out = append(out, tile{"Withheld", share(int64(t.CellsHidden), n), words})
	}
	return out
}

// parts says where the rows went, in words.
func (s *SourceTrust) parts() []string {
	out := []string{count(s.Loaded) + " loaded"}
	for _, p := range []struct {
		n    int64
		word string
	}{{s.Rejected, "rejected"}, {s.Filtered, "filtered"}, {s.Missing, "missing"}, {s.Control, "markers"}} {
		if p.n > 0 {
			out = append(out, count(p.n)+" "+p.word)
		}
	}
	return out
}

// window says what stretch of time the report covers.
func (r *Report) window() string {
	s := capital(plural(r.Periods, string(r.Grain), r.Grain.Plural(2))) + ", " + r.From
	if r.To != "" && r.To != r.From {
		s += " to " + r.To
	}
	if r.Zone != "" {
		s += ", business time " + r.Zone
	}
	s += "."
	if n := r.Trust.ChecksRun; n > 0 {
		s += " " + plural(n, "check", "checks") + " run."
	}
	return s
}

// warnings are what the reader must know, one sentence each: checks that warn, then notes.
func (t *Trust) warnings() []string {
	var out []string
	for _, c := range t.Checks {
		s := sentenceOf(c.Text) + " " + plural(c.Rows, "row", "rows")
		if c.Name != "" {
			s += " (" + c.Name + ")"
		}
		s += "."
		if c.Fix != "" {
			s += " " + sentenceOf(c.Fix)
		}
		out = append(out, s)
	}
	if t.Restated != nil {
		out = append(out, t.Restated.sentence())
	}
	for _, n := range t.Notes {
		out = append(out, sentenceOf(n.Text))
	}
	return out
}

// oneSided says which units have one side only, by name.
type oneSided struct {
	words string
	names []string
}

func (r *Report) oneSided() []oneSided {
	if r.Inside == nil || r.Outside == nil {
		return nil
	}
	var out []oneSided
	for _, o := range []oneSided{{"on the inside only", r.Trust.InsideOnly}, {"on the customers’ side only", r.Trust.OutsideOnly}} {
		if len(o.names) > 0 {
			out = append(out, o)
		}
	}
	return out
}

func (r *Report) trust() markup {
	t := &r.Trust
	tiles := r.tiles()
	m := `<div class="trust" role="region" aria-labelledby="trust-h" style="--n:` + whole(len(tiles)) + `"><div class="tv"><h2 id="trust-h">` + esc(t.title()) + `</h2><p class="sub">` + esc(r.window()) + `</p></div><dl>`
	for _, x := range tiles {
		m += `<div><dt>` + esc(x.name) + `</dt><dd><b>` + esc(x.value) + `</b>` + esc(x.words) + `</dd></div>`
	}
	m += "</dl>\n" + t.ribbon(r.Periods)
	warnings := t.warnings()
	sided := r.oneSided()
	if len(warnings)+len(sided)+len(t.Gaps) > 0 {
		m += `<div class="rib"><ul class="warn">`
		for _, w := range warnings {
			m += `<li>` + esc(w) + `</li>`
		}
		for _, o := range sided {
			m += `<li>` + esc(plural(len(o.names), "unit", "units")+" seen "+o.words+": "+list(o.names, namesShown)+".")
			if len(o.names) > namesShown {
				m += `<details><summary>All ` + esc(count(len(o.names))) + ` by name</summary><p>` + esc(strings.Join(o.names, ", ")) + `.</p></details>`
			}
			m += `</li>`
		}
		if len(t.Gaps) > 0 {
			m += `<li>` + esc(gapWords(t.Gaps)) + `</li>`
		}
		m += "</ul></div>"
	}
	return m + "</div>\n"
}

func gapWords(gaps []models.Gap) string {
	var parts []string
	for _, g := range gaps[:min(len(gaps), 3)] {
		parts = append(parts, fmt.Sprintf("%s, %s to %s (%s)", shortStream(g.Stream), count(g.From), count(g.To-1), g.Reason))
	}
	s := "Known to be lost: " + strings.Join(parts, "; ")
	if n := len(gaps) - len(parts); n > 0 {
		s += fmt.Sprintf("; and %s more", plural(n, "gap", "gaps"))
	}
	return sentenceOf(s)
}

// shortStream cuts the content hash that names a file's stream.
func shortStream(s string) string {
	if len(s) > 20 && strings.HasPrefix(s, "sha256:") {
		return "file " + short(s)
	}
	return s
}

// ribbon is the share of units with both sides, period by period; with one side only in hatch above.
func (t *Trust) ribbon(periods int) markup {
	most := 0
	for _, c := range t.Coverage {
		if c.Index < 0 || min(c.Both, c.Inside, c.Outside) < 0 {
			return ""
		}
		most = max(most, c.Both+c.Inside+c.Outside)
		periods = max(periods, c.Index+1)
	}
	if most == 0 || len(t.Coverage) < 2 {
		return ""
	}
	const height = 34.0
	width := 1 / float64(periods)
	lowest := slices.MinFunc(t.Coverage, func(a, b Coverage) int { return a.Both - b.Both })
	var parts markup
	present := make([]bool, periods)
	for _, c := range t.Coverage {
		x, both, one := float64(c.Index)*width, height*float64(c.Both)/float64(most), height*float64(c.Inside+c.Outside)/float64(most)
		present[c.Index] = c.Both+c.Inside+c.Outside > 0
		if both > 0 {
			parts += rect(pct(x), px(height-both), pct(width*.82), px(both), "fin")
		}
		if one > 0 {
			parts += rect(pct(x), px(height-both-one), pct(width*.82), px(one), "fh")
		}
	}
	for first := 0; first < periods; first++ {
		if present[first] {
			continue
		}
		last := first
		for last+1 < periods && !present[last+1] {
			last++
		}
		parts += rect(pct(float64(first)*width), "35", pct(float64(last-first+1)*width), "3", "fi")
		first = last
	}
	says := fmt.Sprintf("Units with both sides, period by period: at most %d, fewest %d in %s", most, lowest.Both, lowest.Period)
	return `<div class="rib"><svg class="p" height="52" role="img" aria-label="` + esc(says) + `">` + parts +
		line("0", "34.5", "100%", "34.5", "ax") + label("0", "49", "t3 s11", "", esc(t.Coverage[0].Period)) +
		label("50%", "49", "m t1 s11 only-w", "", "units with both sides by period; hatched: one side only") +
		label("100%", "49", "e t3 s11", "", esc(t.Coverage[len(t.Coverage)-1].Period)) + "</svg></div>\n"
}

// data is the account of every source: the part that lets a reader check the sentence at the top.
func (r *Report) data() section {
	t := &r.Trust
	s := section{id: "data", nav: "Where every row went", title: "Where every row went",
		deck: "Rows read = loaded + rejected + filtered + known to be missing + markers without a row."}
	if len(t.Sources) == 0 {
		return s
	}
	g := grid{caption: "Account of every source", words: 2,
		head: []string{"Source", "Becomes", "Read", "Loaded", "Rejected", "Filtered", "Missing", "Markers", "Records made"}}
	for _, x := range append(slices.Clone(t.Sources), t.total()...) {
		g.rows = append(g.rows, []string{x.Name, x.Dataset, count(x.Read), count(x.Loaded), count(x.Rejected), count(x.Filtered), count(x.Missing), count(x.Control), count(x.Records)})
	}
	s.body = g.open()
	return s
}

// total is the sum as a last row, where there is more than one.
func (t *Trust) total() []SourceTrust {
	if len(t.Sources) < 2 {
		return nil
	}
	sum := t.rows()
	sum.Name = "All"
	return []SourceTrust{sum}
}

// sentence says what readers of the last report have to know, such as "NPS of 2025-06 went from 41 to 43, with 312 late rows".
func (s *Restatement) sentence() string {
	text := plural(s.Numbers, "number", "numbers") + " about customers that had been published " + either(s.Numbers == 1, "reads", "read") + " differently now, from " + s.From + " on"
	var parts []string
	for _, p := range []struct {
		n    int64
		what string
	}{{s.Gone, "there no more"}, {s.Added, "new in old periods"}, {s.Redefined, "defined or computed otherwise"}} {
		if p.n > 0 {
			parts = append(parts, count(p.n)+" "+p.what)
		}
	}
	if len(parts) > 0 {
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	if h := s.Headline; h != nil {
		q, none := quantityOf(h.Unit), models.Figure(math.NaN())
		text += ": " + h.Name + " of " + h.Period + " went from " + q.level(h.Before, none, none) + " to " + q.level(h.After, none, none)
		switch late := plural(h.Rows, "late row", "late rows"); {
		case h.Rows > 0 && h.Redefined:
			text += ", with " + late + " and changed definitions"
		case h.Rows > 0:
			text += ", with " + late
		case h.Redefined:
			text += ", by changed definitions"
		}
	}
	return text + ". All are in fct_restatement."
}
