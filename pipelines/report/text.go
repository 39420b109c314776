package report

import (
	"io"
	"strings"

	"insideout/models"
)

// Text writes the report for a terminal of the width in columns (under 40 counts as 40), with a few ANSI attributes if
// colour is asked for. It uses plain characters: a minus is a hyphen, quotes are straight, nothing is drawn with
// boxes, so that it reads the same in a log, a mail and a pager. Names keep their letters; what a terminal would
// obey is taken out of them. The error is that of the writer.
func Text(w io.Writer, r *Report, width int, color bool) error {
	t := &text{width: max(width, 40), color: color}
	t.head(r)
	t.trust(r)
	t.summary(r)
	t.inside(r)
	t.outside(r)
	t.link(r)
	t.limits(r)
	t.foot(r)
	_, err := io.WriteString(w, t.b.String())
	return err
}

type text struct {
	b     strings.Builder
	width int
	color bool
}

const (
	bold  = "\x1b[1m"
	faint = "\x1b[2m"
	plain = "\x1b[0m"
)

// words makes a string fit for a terminal.
func words(s string) string { return plainer.Replace(clean(s)) }

var plainer = strings.NewReplacer("−", "-", "–", "-", "—", "-", "’", "'", "‘", "'", "“", `"`, "”", `"`, "×", "x", "·", "-", "…", "...", "\u00a0", " ", "±", "+/-", "≥", ">=", "≤", "<=", "→", "->", "\ufffd", "?")

func (t *text) style(code, s string) string {
	if !t.color || s == "" {
		return s
	}
	return code + s + plain
}

// para writes a paragraph, wrapped, each line after the first with the indent.
func (t *text) para(first, indent, code, s string) {
	for i, l := range wrap(words(s), t.width-columns(indent)) {
		lead := indent
		if i == 0 {
			lead = first
		}
		t.b.WriteString(lead + t.style(code, l) + "\n")
	}
}

func (t *text) section(title, deck string) {
	t.b.WriteString("\n")
	t.para("", "", bold, strings.ToUpper(title))
	if deck != "" {
		t.para("", "", "", deck)
	}
	t.b.WriteString("\n")
}

// table writes rows in columns: the first takes what the others leave and is cut, the others stand to the right.
func (t *text) table(head []string, rows [][]string) {
	all := append([][]string{head}, rows...)
	widths := make([]int, len(head))
	for _, row := range all {
		for i, c := range row {
			widths[i] = max(widths[i], columns(words(c)))
		}
	}
	room := t.width - 2
	for _, w := range widths[1:] {
		room -= w + 2
	}
	if room < 12 && len(head) > 2 { // the last column is the one that can be missed
		for i := range all {
			all[i] = all[i][:len(all[i])-1]
		}
		t.table(all[0], all[1:])
		return
	}
	widths[0] = min(widths[0], max(room, 8))
	for k, row := range all {
		line := "  " + pad(fit(words(row[0]), widths[0]), widths[0], false)
		for i, c := range row[1:] {
			line += "  " + pad(words(c), widths[i+1], true)
		}
		line = strings.TrimRight(line, " ")
		if k == 0 {
			line = t.style(faint, line)
		}
		t.b.WriteString(line + "\n")
	}
}

func (t *text) head(r *Report) {
	t.para("", "", bold, r.question())
	if r.MadeUp {
		t.para("", "", "", "Made-up company, made-up numbers.")
	}
	t.para("", "", "", r.deck())
	var facts []string
	for _, f := range r.keyFacts() {
		facts = append(facts, f.name+" "+f.value)
	}
	t.para("", "", faint, strings.Join(facts, ", ")+".")
}

func (t *text) trust(r *Report) {
	t.section("Data", r.Trust.title()+".")
	for _, x := range r.tiles() {
		t.para("  ", "    ", "", x.name+": "+x.value+" ("+x.words+")")
	}
	if len(r.Trust.Sources) > 0 {
		t.b.WriteString("\n")
		rows := [][]string{}
		for _, s := range append(r.Trust.Sources[:len(r.Trust.Sources):len(r.Trust.Sources)], r.Trust.total()...) {
			rows = append(rows, []string{s.Name, count(s.Read), count(s.Loaded), count(s.Rejected), count(s.Filtered), count(s.Missing + s.Control)})
		}
		t.table([]string{"Source", "read", "loaded", "rejected", "filtered", "no row"}, rows)
	}
	warnings := r.Trust.warnings()
	for _, o := range r.oneSided() {
		warnings = append(warnings, plural(len(o.names), "unit", "units")+" seen "+o.words+": "+list(o.names, namesShown)+".")
	}
	if len(r.Trust.Gaps) > 0 {
		warnings = append(warnings, gapWords(r.Trust.Gaps))
	}
	if len(warnings) > 0 {
		t.b.WriteString("\n")
	}
	for _, s := range warnings {
		t.para("  ! ", "    ", "", s)
	}
}

func (t *text) summary(r *Report) {
	if r.Link == nil {
		if g := r.glance(); len(g) > 0 {
			t.section("At a glance", "")
			for _, s := range g {
				t.para("  - ", "    ", "", s)
			}
		}
		return
	}
	statements := r.Statements()
	t.section(r.summaryTitle(statements), r.standfirst())
	if len(statements) == 0 {
		t.para("  ", "  ", "", r.noStatement())
	}
	for i, s := range statements {
		if i > 0 {
			t.b.WriteString("\n")
		}
		grade := string(s.Grade)
		t.b.WriteString("  " + t.style(bold, pad(grade, 2, false)) + "  ")
		if s.Robust != "" {
			s.Sentence = strings.TrimSuffix(s.Sentence, ".") + " (" + s.Robust + ")."
		}
		t.para("", "      ", bold, s.Sentence)
		size := s.Size
		if s.Interval != "" {
			size += " (" + s.Interval + ")"
		}
		t.para("      ", "      ", "", size+" "+s.Per+", 95% interval.")
		t.para("      ", "      ", "", "Kind: "+s.Kind+". Rests on "+s.Rests)
		t.para("      ", "      ", "", "Main rival: "+s.Rival)
		for _, d := range s.Doubts {
			t.para("      ", "      ", "", "Doubt: "+d)
		}
	}
}

func (t *text) inside(r *Report) {
	in := r.Inside
	if in == nil || len(in.Dimensions)+len(in.Measures) == 0 {
		return
	}
	t.section("The full picture inside", sentenceOf(in.Waves))
	if len(in.Dimensions) > 0 {
		t.para("  ", "  ", "", r.crestTitle()+".")
		var rows [][]string
		for i := range in.Dimensions {
			d := &in.Dimensions[i]
			name := d.Name
			if d.Own {
				name += "*"
			}
			rows = append(rows, []string{name, scores.levelOf(d.Score), scores.spanOf(d.Score), rank(d), countKnown(d.Score.N)})
		}
		t.table([]string{"Condition, 0 to 100", "score", "95% interval", "rank", "n"}, rows)
		for i := range in.Dimensions {
			d := &in.Dimensions[i]
			if len(d.Facets) == 0 {
				continue
			}
			t.b.WriteString("\n")
			t.para("  ", "  ", "", facetTitle(d)+".")
			rows = rows[:0:0]
			for _, f := range d.Facets {
				sd := ""
				if f.SD.Known() {
					sd = fixed(float64(f.SD), 0)
				}
				rows = append(rows, []string{f.label(), scores.levelOf(f.Score), scores.spanOf(f.Score), sd})
			}
			t.table([]string{"Question", "mean", "95% interval", "spread"}, rows)
		}
	}
	if len(in.Gaps) > 0 {
		t.b.WriteString("\n")
		t.para("  ", "  ", "", in.gapTitle()+".")
		var rows [][]string
		for _, row := range in.gapRows() {
			rows = append(rows, row[:5])
		}
		t.table(r.gapHead()[:5], rows)
	}
	t.metrics(in.Measures)
}

func (t *text) metrics(metrics []Metric) {
	if len(metrics) == 0 {
		return
	}
	var rows [][]string
	for _, m := range metrics {
		q := quantityOf(m.Unit)
		last := ""
		if p := drawable(m.Trend); len(p) > 1 {
			last = q.levelOf(p[len(p)-1].Interval)
		}
		rows = append(rows, []string{m.Name, q.levelOf(m.Overall), q.spanOf(m.Overall), countKnown(m.Overall.N), last})
	}
	t.table([]string{"Measure", "overall", "95% interval", "n", "last"}, rows)
}

func (t *text) outside(r *Report) {
	o := r.Outside
	if o == nil {
		return
	}
	t.section("What customers meet", "")
	t.metrics(o.Metrics)
	if f := o.Failure; f != nil {
		t.b.WriteString("\n")
		t.para("  ", "  ", "", failureTitle(f)+": rate "+shares.both(f.Rate)+", n "+count(f.Rate.N)+".")
		var rows [][]string
		for _, x := range f.Reasons[:min(len(f.Reasons), reasonsShown)] {
			rows = append(rows, []string{x.Reason, count(x.Failure), percent(x.Share, 0), percent(x.Running, 0)})
		}
		t.table([]string{"Reason", "failure", "share", "running"}, rows)
		if n := len(f.Reasons) - len(rows); n > 0 {
			t.para("  ", "  ", "", plural(n, "other reason", "other reasons")+" not listed.")
		}
	}
	if p := o.Repeats; p != nil {
		t.b.WriteString("\n")
		s := repeatTitle(p) + ": " + count(p.Repeat) + " of " + count(p.Rate.N) + " whose window is closed, " + shares.both(p.Rate) + ". Still open: " + count(p.Censored) + "."
		if p.NoKey > 0 {
			s += " Without a key: " + count(p.NoKey) + "."
		}
		if p.Key != "" {
			s += " The same matter: same " + p.Key + "."
		}
		t.para("  ", "  ", "", s)
	}
}

func (t *text) link(r *Report) {
	if r.Link == nil || len(r.Link.Findings) == 0 {
		return
	}
	t.section("What goes with what, and when", r.matrixTitle()+".")
	if len(r.Link.Verdicts) > 0 {
		var rows [][]string
		for i := range r.Link.Verdicts {
			v := r.verdictRow(&r.Link.Verdicts[i])
			rows = append(rows, []string{v[0], v[1], v[3], v[5], v[8]})
		}
		t.para("  ", "  ", "", r.verdictsTitle()+".")
		t.table([]string{"Registered before looking", "verdict", "95% interval", "q", "n"}, rows)
		t.b.WriteString("\n")
	}
	for _, o := range r.Link.Outcomes {
		var rows [][]string
		for _, c := range r.Link.Conditions {
			if f := r.Link.find(c.ID, o.ID); f != nil {
				rows = append(rows, []string{c.Name, string(f.Grade), known(f.Within), known(f.Between), signedCorrelation(f.Pooled.R)})
			}
		}
		if len(rows) > 0 {
			t.table([]string{o.Name + " with", "grade", "within teams", "between teams", "raw"}, rows)
			t.b.WriteString("\n")
		}
	}
	for i := range r.Link.Findings {
		f := &r.Link.Findings[i]
		if f.claimed() && hasProfile(f) {
			t.para("  ", "  ", "", r.lagTitle(f)+".")
		}
	}
	if title, rows := r.waveRows(); len(rows) > 0 {
		t.para("  ", "  ", "", title+".")
		var short [][]string
		for _, row := range rows {
			short = append(short, []string{row[0], row[1], row[2], row[4], row[len(row)-1]})
		}
		t.table([]string{"Change between waves", "size", "95% interval", "could see", "n"}, short)
		t.b.WriteString("\n")
	}
	t.weights(r)
	t.first(r)
	if len(r.Link.Warnings) > 0 {
		var rows [][]string
		for i := range r.Link.Warnings {
			if w := &r.Link.Warnings[i]; w.Refused == nil {
				v := r.warningRow(w)
				rows = append(rows, []string{v[0], v[1], v[2], v[3], v[7]})
			}
		}
		t.para("  ", "  ", "", r.warningsTitle()+".")
		if len(rows) > 0 {
			t.table([]string{"Early warning", "AUC", "95% interval", "warned of", "n"}, rows)
		}
		t.b.WriteString("\n")
	}
	if len(r.Link.Actions) > 0 {
		var rows [][]string
		for i := range r.Link.Actions {
			if a := &r.Link.Actions[i]; a.Refused == nil {
				v := r.actionRow(a)
				rows = append(rows, []string{v[0] + ": " + v[1], v[2], v[3], v[7], v[9]})
			}
		}
		t.para("  ", "  ", "", r.actionsTitle()+".")
		if len(rows) > 0 {
			t.table([]string{"Change beside the others", "size", "95% interval", "q", "n"}, rows)
		}
		t.b.WriteString("\n")
	}
	for i := range r.Link.Findings {
		if f := &r.Link.Findings[i]; f.claimed() && f.Effects != nil {
			t.para("  ", "  ", "", r.unitsTitle(f)+".")
		}
	}
	for i := range r.Link.Findings {
		if title, words := r.bannerWords(&r.Link.Findings[i]); title != "" {
			t.para("  ! ", "    ", "", title+" "+words)
		}
	}
}

func (t *text) weights(r *Report) {
	if len(r.Link.Relative) == 0 {
		return
	}
	w := r.Link.spread()
	if w == nil {
		t.para("  ", "  ", "", "Relative weights: no condition is clear of what a shuffled one gets.")
		return
	}
	var rows [][]string
	for _, k := range byWeight(w) {
		if k.Shown {
			rows = append(rows, []string{r.Link.name(k.Condition), percent(k.LMG, 1), percent(k.Low, 1) + " to " + percent(k.High, 1), rankSpan(k.RankLow, k.RankHigh), count(w.N)})
		}
	}
	t.para("  ", "  ", "", r.weightsTitle(w)+".")
	t.table([]string{"Relative weight, " + r.Link.name(w.Outcome), "weight", "95% interval", "rank", "n"}, rows)
	t.b.WriteString("\n")
}

// first says where to look first, with what it rests on, or that no order is shown.
func (t *text) first(r *Report) {
	p := r.Link.ordered()
	if p == nil {
		return
	}
	q := quantityOf(r.Link.outcome(p.Outcome).Unit)
	var rows [][]string
	for _, x := range byDifference(p) {
		if x.Clear() {
			d := differenceOf(&x, q)
			rows = append(rows, []string{r.Link.name(x.Condition), d.size(), d.span(), rankSpan(x.RankLow, x.RankHigh), count(p.N)})
		}
	}
	t.para("  ", "  ", "", r.firstTitle(p)+".")
	t.table([]string{"Goes with each team's own step", "difference", "95% interval", "rank", "n"}, rows)
	t.b.WriteString("\n")
}

func (t *text) limits(r *Report) {
	if r.Link == nil {
		return
	}
	questions := r.refusals()
	nulls := 0
	for i := range r.Link.Findings {
		if r.Link.Findings[i].Grade == models.GradeD {
			nulls++
		}
	}
	if len(questions)+nulls == 0 {
		return
	}
	t.section("What we cannot say, and what it would take", "")
	for i := range questions {
		q := &questions[i]
		s := q.words() + ": " + sentenceOf(q.Reason)
		if q.Needed != "" {
			s += " It would take: " + sentenceOf(q.Needed)
		}
		t.para("  - ", "    ", "", s)
	}
	told := 0
	for i := range r.Link.Findings {
		f := &r.Link.Findings[i]
		if f.Grade != models.GradeD {
			continue
		}
		if told++; told > nullsTold {
			t.para("  - ", "    ", "", "And "+plural(nulls-nullsTold, "pair", "pairs")+" more in which nothing was seen: report.html has what could have been seen, as has fct_finding (mde).")
			break
		}
		s := r.sentence(f)
		if f.MDE.Known() {
			s = strings.TrimSuffix(s, ".") + ", per " + r.step(f) + "."
		}
		t.para("  - ", "    ", "", s)
	}
}

// nullsTold is how many pairs without a find the text names before it counts the rest.
const nullsTold = 3

func (t *text) foot(r *Report) {
	t.section("How it was worked out", "")
	for _, s := range r.methods() {
		t.para("  - ", "    ", "", s)
	}
	t.b.WriteString("\n")
	for _, h := range r.hashes() {
		t.para("  ", "    ", faint, h.name+" "+h.value)
	}
}
