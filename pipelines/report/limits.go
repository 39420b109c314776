package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"insideout/models"
)

// nullsShown is how many nulls stand open on the page; the rest is folded.
const nullsShown = 10

// limits is what the report cannot say: questions that were refused and what they would take, nulls with the smallest
// effect that would have been seen.
func (r *Report) limits() section {
	s := section{id: "limits", nav: "What we cannot say", title: "What we cannot say, and what it would take", deck: "A refusal is a result: what is missing, and how much would do."}
	if r.Link == nil {
		return s
	}
	body := r.refused() + r.power() + r.nulls()
	if body != "" {
		s.body = `<div class="g">` + body + `</div>`
	}
	return s
}

// question is a refusal with the pairs that it holds for.
type question struct {
	models.Refusal
	pairs []string // empty: the run as a whole
}

func (q *question) words() string {
	switch n := len(q.pairs); {
	case n == 0:
		return "The run as a whole"
	case n <= 2:
		return list(q.pairs, 2)
	default:
		return fmt.Sprintf("%s, such as %s", plural(n, "pair", "pairs"), q.pairs[0])
	}
}

// refusals gathers the refusals of the run and of the pairs; the same refusal of many pairs is one row.
func (r *Report) refusals() []question {
	var out []question
	for _, x := range r.Link.Refusals {
		out = append(out, question{Refusal: x})
	}
	at := map[models.Refusal]int{}
	for i := range r.Link.Findings {
		f := &r.Link.Findings[i]
		if f.Refused == nil {
			continue
		}
		name := f.ConditionName + " with " + lower(f.OutcomeName)
		k, ok := at[*f.Refused]
		if !ok {
			k = len(out)
			at[*f.Refused] = k
			out = append(out, question{Refusal: *f.Refused})
		}
		out[k].pairs = append(out[k].pairs, name)
	}
	return out
}

func (r *Report) refused() markup {
	questions := r.refusals()
	if len(questions) == 0 {
		return ""
	}
	g := grid{caption: "Questions without an answer", words: 3, head: []string{"The question", "Why there is no answer yet", "What it would take"}}
	for i := range questions {
		q := &questions[i]
		g.rows = append(g.rows, []string{q.words(), sentenceOf(q.Reason), sentenceOf(q.Needed)})
	}
	return figure{id: "f-refused", span: "c7", title: capital(small(len(questions))) + either(len(questions) == 1, " question this data leaves open", " questions this data leaves open"),
		sub: "What was not claimed, why, and how much would do.", body: g.open()}.markup()
}

// power draws, for each outcome, the smallest association inside teams that would have been seen: the thick mark for the
// pair where least was in reach, the thin one for the pair where most was.
func (r *Report) power() markup {
	g := grid{caption: "Smallest association inside teams that would have been seen, by outcome", words: 1, head: []string{"Outcome", "Best pair", "Worst pair", "Pairs"}}
	top := 0.0
	type bar struct {
		name      string
		low, high models.Figure
	}
	var bars []bar
	for _, o := range r.Link.Outcomes {
		pairs := 0
		low, high := r.reach(func(f *FindingView) bool {
			if f.Outcome != o.ID {
				return false
			}
			pairs++
			return true
		})
		if !high.Known() {
			continue
		}
		bars = append(bars, bar{o.Name, low, high})
		g.rows = append(g.rows, []string{o.Name, correlation(low), correlation(high), count(pairs)})
		top = math.Max(top, float64(high))
	}
	if len(bars) == 0 {
		return ""
	}
	top = math.Max(math.Min(top*1.12, 1), .05)
	marks, digits := ticks(0, top, 4)
	var lines, axis, rows markup
	for _, v := range marks {
		lines += line(pct(v/top), "0", pct(v/top), "100%", "gl")
		word := strings.TrimPrefix(fixed(v, digits), "0")
		if v == 0 {
			word = "0"
		}
		axis += label(pct(v/top), "12", "t3 s11 m", "", esc(word))
	}
	for _, b := range bars {
		low, high := unit(float64(b.low)/top), unit(float64(b.high)/top)
		drawn := lines + rect("0", "9", pct(high), "9", "fin-s") + line(pct(high), "5", pct(high), "22", "sin w25")
		value := `<b>` + esc(correlation(b.high)) + `</b>`
		if correlation(b.low) != correlation(b.high) {
			drawn += line(pct(low), "7", pct(low), "20", "sin w15")
			value = esc(correlation(b.low)) + ` to ` + value
		}
		rows += `<div class="row"><span class="l">` + esc(cut(b.name, 40)) + `</span><span class="pl">` + strip(27, drawn) + `</span><span class="v">` + value + "</span></div>\n"
	}
	body := `<div class="rows" style="--lab:128px;--val:84px;--h:27px"><div class="row hd axr"><span class="l"></span><span class="pl"></span><span class="v">smallest seen</span></div>` + rows +
		`<div class="row hd axr"><span class="l"></span><span class="pl">` + strip(16, axis) + `</span><span class="v"></span></div></div>`
	span := markup("c5")
	if len(r.refusals()) == 0 {
		span = "c7"
	}
	return figure{id: "f-power", span: span, title: "The smallest association we could have seen",
		sub:  "Inside teams, with 80% power. Thick mark: the condition where least was in reach; thin mark: where most was. Anything smaller stays out of sight.",
		body: body, note: "To see an association half as large takes about four times as many periods or teams.", table: g.folded("Data table")}.markup()
}

// nulls lists the pairs that were not seen, each with what could have been.
func (r *Report) nulls() markup {
	var chosen []*FindingView
	for i := range r.Link.Findings {
		if f := &r.Link.Findings[i]; f.Grade == models.GradeD {
			chosen = append(chosen, f)
		}
	}
	if len(chosen) == 0 {
		return ""
	}
	slices.SortStableFunc(chosen, func(a, b *FindingView) int { return compareFigures(a.MDER, b.MDER) })
	head := []string{"Pair", "Could have seen", "Per", "Estimate", "95% interval", "Association", "Teams", r.Grain.Plural(2), "Cells"}
	head[7] = capital(head[7])
	var rows [][]string
	unknown := 0
	for _, f := range chosen {
		q := quantityOf(f.OutcomeUnit)
		x := effectOf(f.Within, f.Step, q)
		m := seen(f.MDE, f.Step, q)
		if m == "" {
			m = "not computed"
			unknown++
		}
		rows = append(rows, []string{f.ConditionName + " with " + lower(f.OutcomeName), m, r.stepSize(f), x.size(), x.span(), correlation(f.MDER), count(f.Within.Teams), count(f.Within.Times), count(f.Within.N)})
	}
	g := grid{caption: "Pairs that were not seen", words: 1, head: head, rows: rows[:min(len(rows), nullsShown)]}
	var folded markup
	if len(rows) > nullsShown {
		rest := grid{caption: "Further pairs that were not seen", words: 1, head: head, rows: rows[nullsShown:]}
		folded = rest.folded("The other " + count(len(rows)-nullsShown))
	}
	title := capital(small(len(chosen))) + either(len(chosen) == 1, " pair was", " pairs were") + " not seen, and what could have been"
	note := "Not seen is not the same as not there: anything smaller than this may be. Those with the sharpest sight come first."
	if unknown == len(chosen) {
		note = "Not seen is not the same as not there. How small an effect would have been seen was not computed."
	}
	return figure{id: "f-nulls", span: "c12 flow", title: title, sub: "Size for one move of the condition inside a team, on the outcome’s own scale; smallest effect seen with 80% power.",
		body: g.open(), note: note, table: folded}.markup()
}
