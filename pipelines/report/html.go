package report

import (
	_ "embed"
	"fmt"
	"io"
	"math"
	"strings"

	"insideout/models"
)

//go:embed style.css
var style markup

// patterns are defined once, at the top of the page: single hatch for what is withheld or left out, dots for what
// cannot be placed.
const patterns markup = `<svg width="0" height="0" style="position:absolute" aria-hidden="true" focusable="false"><defs>` +
	`<pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V5" style="stroke:var(--mark-3);stroke-width:1.6"/></pattern>` +
	`<pattern id="hatcho" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" style="fill:var(--out-wash)"/><path d="M0 0V5" style="stroke:var(--out);stroke-width:2"/></pattern>` +
	`<pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse"><circle cx="1.2" cy="1.2" r=".75" style="fill:var(--mark-3)"/></pattern>` +
	`<linearGradient id="cr" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="var(--in)"/><stop offset=".45" stop-color="var(--in)" stop-opacity=".8"/><stop offset="1" stop-color="var(--in)" stop-opacity=".12"/></linearGradient>` +
	`<linearGradient id="cs" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="var(--in)" stop-opacity=".5"/><stop offset="1" stop-color="var(--in)" stop-opacity=".06"/></linearGradient>` +
	`</defs></svg>`

const brand markup = `<span class="brand"><svg viewBox="0 0 26 14" aria-hidden="true"><path d="M0 6.5H26" style="stroke:var(--ink);stroke-width:1.2"/><g style="fill:var(--in)"><rect x="1" y="1" width="3.4" height="12"/><rect x="6.2" y="3" width="3.4" height="10"/><rect x="11.4" y="5" width="3.4" height="8"/><rect x="16.6" y="8.4" width="3.4" height="4.6"/><rect x="21.8" y="9.8" width="3.4" height="3.2"/></g></svg>insideout</span>`

// section is one part of the page. A part without body is left out, from the page and from its list of contents.
type section struct {
	id    markup
	nav   string
	title string
	deck  string
	body  markup
}

// HTML writes the report as one self-contained page: no script, no request, readable on a phone, in the dark and on paper,
// and well-formed enough for an XML parser. The error is that of the writer.
func HTML(w io.Writer, r *Report) error {
	parts := []section{r.summary(), r.inside(), r.outside(), r.link(), r.limits(), r.data(), r.definitions()}
	var b strings.Builder
	add := func(m ...markup) { b.WriteString(string(join(m...))) }
	title := r.question()
	add("<!doctype html>\n", `<html lang="en-GB"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width,initial-scale=1"/>`,
		`<title>insideout: `+esc(r.Name)+`</title><meta name="description" content="`+esc(title)+`"/><style>`, style, "</style></head><body>\n", patterns,
		`<a class="skip" href="#main">Skip to the report</a>`, "\n", `<header class="wrap"><div class="bar">`, brand, `<span>Report</span>`)
	if r.MadeUp {
		add(`<span class="fict">Made-up company, made-up numbers</span>`)
	}
	add(`<span class="end">`, esc(r.edition()), "</span></div>\n", `<div class="mast"><div><h1>`, esc(title), `</h1><p class="deck">`, esc(r.deck()), `</p></div>`, r.facts(), "</div>\n",
		r.trust(), `<nav class="toc" aria-label="On this page"><ol>`)
	for _, s := range parts {
		if s.body != "" {
			add(`<li><a href="#`, s.id, `">`, esc(s.nav), `</a></li>`)
		}
	}
	add(`<li><a href="#method">Method and words</a></li></ol></nav></header>`, "\n", `<main id="main" class="wrap">`)
	for _, s := range parts {
		if s.body != "" {
			add(`<section id="`, s.id, `" aria-labelledby="`, s.id, `-h"><div class="sh"><h2 id="`, s.id, `-h">`, esc(s.title), `</h2><p>`, esc(s.deck), "</p></div>\n", s.body, "</section>\n")
		}
	}
	add("</main>\n", r.method(), "</body></html>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// question is what the report was asked, by the sides that it has.
func (r *Report) question() string {
	switch {
	case r.Inside != nil && r.Outside != nil:
		return "Which conditions inside " + r.Name + " go with what customers meet?"
	case r.Inside != nil:
		return "How do people work inside " + r.Name + "?"
	case r.Outside != nil:
		return "What do customers of " + r.Name + " meet?"
	}
	return r.Name + ": there is nothing to show yet"
}

// deck says what was put side by side, and what is left out for want of a side.
func (r *Report) deck() string {
	when := fmt.Sprintf("%s to %s, by %s.", r.From, r.To, r.Grain)
	switch {
	case r.From == "":
		when = ""
	case r.From == r.To || r.To == "":
		when = r.From + ", one " + string(r.Grain) + "."
	}
	if withheld := fmt.Sprintf(" Employees answered, but every group is smaller than %d people, so all of it is withheld.", r.Trust.MinGroup); r.Inside == nil && r.Trust.CellsHidden > 0 {
		if r.Outside != nil {
			return when + withheld + " Only the customers’ side is shown."
		}
		return strings.TrimSpace(when + withheld)
	}
	switch {
	case r.Inside != nil && r.Outside != nil:
		return when + " Both sides team by team: how large each link is, how sure we can be of it, and what cannot be said."
	case r.Inside != nil:
		return when + " Only the inside was part of this run, so nothing is said of what customers met."
	case r.Outside != nil:
		return when + " Only the customers’ side was part of this run, so nothing is said of conditions inside."
	}
	return strings.TrimSpace(when + " Neither side had data in this run.")
}

func (r *Report) edition() string {
	var parts []string
	if r.Source.Version != "" {
		parts = append(parts, "insideout "+r.Source.Version)
	}
	if r.Source.Config != "" {
		parts = append(parts, "configuration "+short(r.Source.Config))
	}
	return strings.Join(parts, " · ")
}

// short cuts a hash to what people compare by eye.
func short(hash string) string {
	for i, r := range hash {
		if r == ':' {
			return short(hash[i+1:])
		}
	}
	if len(hash) > 12 {
		return hash[:12]
	}
	return hash
}

// fact is one key figure of the masthead.
type fact struct{ name, value string }

func (r *Report) keyFacts() []fact {
	out := []fact{{capital(r.Grain.Plural(r.Periods)), count(r.Periods)}}
	if n := r.units(); n > 0 {
		out = append(out, fact{either(n == 1, "Team", "Teams"), count(n)})
	}
	records := map[string]int64{}
	for _, s := range r.Trust.Sources {
		records[s.Dataset] += s.Records
	}
	for _, d := range []fact{{"contacts", "Contact records"}, {"feedback", "Customer answers"}, {"behaviours", "Loyalty acts"},
		{"answers", "Employee answers"}, {"measures", "Measured values"}} {
		if n := records[d.name]; n > 0 {
			out = append(out, fact{d.value, count(n)})
		}
	}
	return out[:min(len(out), 6)]
}

// units counts the units that were seen on either side.
func (r *Report) units() int {
	return r.Trust.TeamsBoth + len(r.Trust.InsideOnly) + len(r.Trust.OutsideOnly)
}

func (r *Report) facts() markup {
	m := markup(`<dl class="facts">`)
	for _, f := range r.keyFacts() {
		m += `<div><dt>` + esc(f.name) + `</dt><dd>` + esc(f.value) + `</dd></div>`
	}
	return m + "</dl>"
}

// summary is the page that stands alone: graded statements where both sides were tested, the main levels where there is
// one side only.
func (r *Report) summary() section {
	s := section{id: "summary", nav: "Summary"}
	if r.Link == nil {
		s.title, s.deck = "At a glance", "Levels only: with one side there is no link to grade."
		for _, g := range r.glance() {
			s.body += `<li>` + esc(g) + `</li>`
		}
		if s.body != "" {
			s.body = `<ul class="glance">` + s.body + `</ul>`
		}
		return s
	}
	statements := r.Statements()
	s.title, s.deck = r.summaryTitle(statements), r.standfirst()
	if len(statements) == 0 {
		s.body = `<div class="none"><p>` + esc(r.noStatement()) + `</p></div>`
		return s
	}
	for i := range statements {
		s.body += statements[i].markup()
	}
	s.body = `<ol aria-label="Graded statements">` + s.body + `</ol>`
	return s
}

func (r *Report) summaryTitle(statements []Statement) string {
	claims := 0
	for _, s := range statements {
		if s.Grade != models.GradeD {
			claims++
		}
	}
	switch n := len(statements); {
	case claims == 0:
		return "This report claims no link"
	case n == 1:
		return "One thing this report can say"
	default:
		return capital(small(n)) + " things this report can say"
	}
}

// standfirst gives the search: pairs tested, passed, expected to be false.
func (r *Report) standfirst() string {
	l := r.Link
	if l.Tested == 0 {
		return "No pair of condition and outcome could be tested; what is missing stands under “What we cannot say”."
	}
	s := "Of " + plural(l.Tested, "pair", "pairs") + " tested, " + either(l.Found == 0, "none", small(l.Found)) + " passed"
	if l.Tested == 1 {
		s = either(l.Found == 0, "The one pair tested did not pass", "The one pair tested passed")
	}
	if l.FDR.Known() && l.FDR > 0 {
		s += " at a false-discovery rate of " + percent(l.FDR, 0)
	}
	switch {
	case l.Found == 0:
		return s + "." + r.couldHaveSeen()
	case !l.ExpectedFalse.Known():
		return s + "."
	case l.ExpectedFalse < .05:
		return s + "; fewer than 0.1 of these may be expected to be false."
	}
	return s + "; " + fixed(float64(l.ExpectedFalse), 1) + " of these may be expected to be false."
}

// couldHaveSeen gives the reach of the tests where nothing was found.
func (r *Report) couldHaveSeen() string {
	low, high := r.reach(func(*FindingView) bool { return true })
	switch {
	case !low.Known():
		return ""
	case correlation(low) == correlation(high):
		return " Associations of " + correlation(high) + " or more inside teams would have been seen."
	}
	return " Associations of " + correlation(low) + " to " + correlation(high) + " or more inside teams would have been seen, depending on the pair."
}

// reach gives the smallest and the largest association that could have been seen over the tested pairs chosen.
func (r *Report) reach(choose func(*FindingView) bool) (low, high models.Figure) {
	low, high = models.None(), models.None()
	for i := range r.Link.Findings {
		f := &r.Link.Findings[i]
		if !f.MDER.Known() || f.Grade == models.GradeNone || !choose(f) {
			continue
		}
		if !low.Known() || f.MDER < low {
			low = f.MDER
		}
		if !high.Known() || f.MDER > high {
			high = f.MDER
		}
	}
	return low, high
}

func (r *Report) noStatement() string {
	if r.Link.Tested == 0 {
		return "Nothing was tested, so nothing is claimed and nothing is ruled out."
	}
	return "Nothing was seen, and how much could have been seen was not computed, so nothing is ruled out either."
}

// glance gives the sentences of a report with one side.
func (r *Report) glance() []string {
	var out []string
	if in := r.Inside; in != nil {
		if n := len(in.Dimensions); n > 0 {
			out = append(out, r.crestTitle()+".")
			if f := widestFacet(in.Dimensions); f != nil {
				out = append(out, fmt.Sprintf("Answers to “%s” pull apart most: standard deviation %s on 0–100.", f.label(), fixed(float64(f.SD), 0)))
			}
		}
		out = append(out, levels(in.Measures)...)
	}
	if o := r.Outside; o != nil {
		if o.Failure != nil {
			out = append(out, failureTitle(o.Failure)+".")
		}
		if o.Repeats != nil {
			out = append(out, repeatTitle(o.Repeats)+".")
		}
		out = append(out, levels(o.Metrics)...)
	}
	return out[:min(len(out), 7)]
}

func levels(metrics []Metric) []string {
	var out []string
	for _, m := range metrics {
		if m.Overall.Value.Known() {
			s := m.Name + ": " + quantityOf(m.Unit).both(m.Overall)
			if m.Overall.N > 0 {
				s += ", n " + count(m.Overall.N)
			}
			out = append(out, s+".")
		}
	}
	return out
}

// doubtsShown is how many doubts stand with a statement; all of them are in the table of pairs.
const doubtsShown = 3

// markup draws one statement: grade, sentence, base, size with its interval.
func (s *Statement) markup() markup {
	m := `<li class="st"><div class="gr"><b><span class="vh">Grade </span>` + esc(string(s.Grade)) + `</b>` + pips(s.Grade) + `<small>` + esc(s.Kind) + `</small>`
	if s.Robust != "" {
		m += `<small>` + esc(s.Robust) + `</small>`
	}
	m += `</div><div><h3>` + esc(s.Sentence) + `</h3><p><b>Rests on</b> ` + esc(s.Rests)
	m += ` <b>Main rival:</b> ` + esc(s.Rival)
	for i, d := range s.Doubts[:min(len(s.Doubts), doubtsShown)] {
		if i == 0 {
			m += ` <b>` + either[markup](len(s.Doubts) == 1, "Doubt:", "Doubts:") + `</b>`
		}
		m += ` ` + esc(d)
	}
	if n := len(s.Doubts) - doubtsShown; n > 0 {
		m += ` ` + esc(capital(small(n))+" more in the table of pairs.")
	}
	m += `</p></div><div class="sz"><strong>` + esc(s.Size)
	if s.Interval != "" {
		m += ` <em>` + esc(s.Interval) + `</em>`
	}
	return m + `</strong><span>` + esc(s.Per) + `, 95% interval</span>` + s.effect.drawing() + "</div></li>\n"
}

// pips shows a grade as squares: five for A+, none for D.
func pips(g models.Grade) markup {
	on := map[models.Grade]int{models.GradeAPlus: 5, models.GradeA: 4, models.GradeB: 3, models.GradeC: 2}[g]
	m := markup(`<span class="pip" aria-hidden="true">`)
	for i := range 5 {
		if i < on {
			m += `<i class="on"></i>`
		} else {
			m += `<i></i>`
		}
	}
	return m + "</span>"
}

// drawing is the size as a dot on its interval against zero.
func (x effect) drawing() markup {
	if math.IsNaN(x.value) || math.IsNaN(x.low) || math.IsNaN(x.high) {
		return "" // no estimate without its interval
	}
	values := newAxis(0, x.low, x.value, x.high)
	values.widen(.08)
	at := func(v float64) markup { return pct(values.at(v)) }
	return strip(30, line("0", "11", "100%", "11", "gl"), line(at(0), "2", at(0), "20", "zero"),
		line(at(x.low), "11", at(x.high), "11", "in-s"), dot(at(x.value), "11", "4.5", "fin"),
		label(at(0), "29", "m t3 s11", "", "0"))
}
