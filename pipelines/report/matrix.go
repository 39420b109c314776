package report

import (
	"fmt"
	"strings"

	"insideout/models"
)

// link is both sides together: every pair with its grade, the lag profile, movement inside teams against differences
// between them.
func (r *Report) link() section {
	s := section{id: "link", nav: "What goes with what", title: "What goes with what, and when", deck: "Movement within teams, calendar removed. Only the figure within teams carries a grade."}
	l := r.Link
	if l == nil || len(l.Findings) == 0 && len(l.Refusals) == 0 {
		return s
	}
	matrix, lags, scatter := r.matrix(), r.lagProfiles(), r.scatters()
	if len(l.Findings) == 1 { // one pair: its two figures beside its one cell
		lags, scatter = `<div class="c7 stack">`+lags+scatter+`</div>`, ""
	}
	s.body = `<div class="g">` + r.verdictsFigure() + matrix + lags + scatter + r.wavesFigure() + abreast(r.weightsFigure, r.priorityFigure, r.unitsFigure, r.rolesFigure) + r.actionsFigure() + r.warningsFigure("c12 flow") + r.acrossFigure("c12 flow") + `</div>`
	return s
}

// abreast sets figures in rows of two; the last one, if it stands alone, over the whole width.
func abreast(figures ...func(span markup) markup) markup {
	var there []func(span markup) markup
	for _, f := range figures {
		if f("c6") != "" {
			there = append(there, f)
		}
	}
	var m markup
	for i, f := range there {
		m += f(either[markup](i == len(there)-1 && i%2 == 0, "c12", "c6"))
	}
	return m
}

// find gives the finding of a pair, or nil.
func (l *Link) find(condition, outcome string) *FindingView {
	for i := range l.Findings {
		if f := &l.Findings[i]; f.Condition == condition && f.Outcome == outcome {
			return f
		}
	}
	return nil
}

// grades counts findings by grade.
func (l *Link) grades() map[models.Grade]int {
	n := map[models.Grade]int{}
	for _, f := range l.Findings {
		n[f.Grade]++
	}
	return n
}

var gradeWords = []struct {
	grade     models.Grade
	one, many string
	means     string
}{
	{models.GradeAPlus, "changed and compared", "changed and compared", "changed and compared"},
	{models.GradeA, "strong", "strong", "strong association"},
	{models.GradeB, "moderate", "moderate", "moderate: probably goes with"},
	{models.GradeC, "early sign", "early signs", "early sign: goes together"},
	{models.GradeD, "not seen", "not seen", "not seen"},
}

func (r *Report) matrixTitle() string {
	l := r.Link
	n := l.grades()
	pairs := len(l.Findings)
	s := fmt.Sprintf("All %s tested: ", plural(pairs, "pair", "pairs"))
	switch {
	case pairs == 1:
		s = "One pair tested: "
	case n[models.GradeNone] == pairs:
		return "None of " + plural(pairs, "pair", "pairs") + " could be tested"
	case n[models.GradeNone] > 0:
		s = fmt.Sprintf("%s of %s could be tested: ", capital(small(pairs-n[models.GradeNone])), plural(pairs, "pair", "pairs"))
	}
	var parts []string
	for _, g := range gradeWords[:4] {
		if k := n[g.grade]; k > 0 {
			parts = append(parts, small(k)+" "+either(k == 1, g.one, g.many))
		}
	}
	if len(parts) == 0 {
		return s + "none seen"
	}
	return s + list(parts, len(parts))
}

// matrix is a table of all pairs: the grade in a letter, its weight in the frame, its size on the outcome's own scale.
func (r *Report) matrix() markup {
	l := r.Link
	m := markup(`<table class="lm"><caption class="vh">Grade and size of every pair of condition and outcome</caption><colgroup><col class="n"/>`)
	for range l.Outcomes {
		m += `<col/>`
	}
	steps, same := r.stepSizes()
	m += `</colgroup><thead><tr><th scope="col">per ` + esc(either(same != "", same+" of", "move of")) + `</th>`
	for _, o := range l.Outcomes {
		m += `<th scope="col">` + esc(cut(o.Name, 40))
		if q := quantityOf(o.Unit); q.moves != "" {
			m += `<br/><span class="un">` + esc(q.moves) + `</span>`
		}
		m += `</th>`
	}
	m += "</tr></thead><tbody>\n"
	g := grid{caption: "Every pair, within teams", words: 2, head: []string{"Condition", "Outcome", "Grade", "Size", "95% interval", "Per", "When", "Moved first", "q", "Teams", "Cells"}}
	if l.Weights == "precision" {
		g.head = append(g.head, "Unweighted")
	}
	g.head = append(g.head, "Doubts")
	for _, c := range l.Conditions {
		m += `<tr><th scope="row">` + esc(cut(c.Name, 40))
		if same == "" && steps[c.ID] != "" {
			m += `<br/><span class="un">` + esc(steps[c.ID]) + `</span>`
		}
		m += `</th>`
		for _, o := range l.Outcomes {
			f := l.find(c.ID, o.ID)
			m += r.cell(f)
			if f != nil {
				g.rows = append(g.rows, r.pairRow(f))
			}
		}
		m += "</tr>\n"
	}
	m += `</tbody></table><div class="key">`
	n := l.grades()
	for _, w := range gradeWords {
		if n[w.grade] > 0 {
			m += `<span class="i"><b>` + esc(string(w.grade)) + `</b>` + pips(w.grade) + esc(w.means) + `</span>`
		}
	}
	if n[models.GradeNone] > 0 {
		m += `<span class="i"><span class="sw hatch"></span>refused: the data do not allow the question</span>`
	}
	m += `</div>`
	note := "Sizes on each outcome’s own scale."
	if l.FDR.Known() && l.FDR > 0 {
		note = fmt.Sprintf("Two steps: the search over lags is paid for in each pair, then false-discovery control at %s over %s. %s", percent(l.FDR, 0), plural(l.Tested, "pair", "pairs"), note)
	}
	if l.Rounded {
		note += " Cells were rounded before publication."
	}
	span := markup("c5")
	if len(l.Outcomes) > 6 {
		span = "c12"
	}
	return figure{id: "f-pairs", span: span, title: r.matrixTitle(), sub: "Grade, and size for one move of the condition inside a team. D: not seen.", body: m, note: note, table: g.folded("All pairs as a table") + r.waysTable()}.markup()
}

// stepSizes gives the move of each condition that sizes are for, and the one that all share, if they do.
func (r *Report) stepSizes() (steps map[string]string, same string) {
	steps = map[string]string{}
	for i := range r.Link.Findings {
		if f := &r.Link.Findings[i]; f.Step.Known() && steps[f.Condition] == "" {
			steps[f.Condition] = r.stepSize(f)
		}
	}
	for i, c := range r.Link.Conditions {
		switch {
		case i == 0:
			same = steps[c.ID]
		case steps[c.ID] != same:
			return steps, ""
		}
	}
	return steps, same
}

func (r *Report) cell(f *FindingView) markup {
	if f == nil {
		return `<td class="x0"><span class="vh">not asked</span></td>`
	}
	switch f.Grade {
	case models.GradeNone:
		return `<td class="no"><span>refused</span></td>`
	case models.GradeD:
		return `<td>D</td>`
	}
	x := effectOf(f.Within, f.Step, quantityOf(f.OutcomeUnit))
	class := esc(string(f.Grade))
	if f.Grade == models.GradeAPlus {
		class = "A"
	}
	return `<td class="` + class + `"><b>` + esc(string(f.Grade)) + `</b> <span>` + esc(signed(x.value, x.digits)) + `</span></td>`
}

func (r *Report) pairRow(f *FindingView) []string {
	if f.Grade == models.GradeNone {
		why := "refused"
		if f.Refused != nil {
			why = "refused: " + f.Refused.Reason
		}
		return append([]string{f.ConditionName, f.OutcomeName, why}, make([]string, either(r.Link.Weights == "precision", 10, 9))...)
	}
	x := effectOf(f.Within, f.Step, quantityOf(f.OutcomeUnit))
	q := ""
	if f.Q.Known() {
		q = probability(f.Q)
	}
	row := []string{f.ConditionName, f.OutcomeName, string(f.Grade), x.size(), x.span(), r.stepSize(f), r.later(f), string(f.Order()), q, count(f.Within.Teams), count(f.Within.N)}
	if r.Link.Weights == "precision" {
		u := effectOf(f.Unweighted, f.Step, quantityOf(f.OutcomeUnit))
		row = append(row, either(f.Unweighted.OK, signed(u.value, x.digits), ""))
	}
	var doubts []string
	for _, d := range f.Doubts {
		doubts = append(doubts, sentenceOf(d.Text))
	}
	return append(row, strings.Join(doubts, " "))
}
