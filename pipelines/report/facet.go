package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"insideout/models"
)

// apart is the standard deviation, on 0 to 100, from which answers are said to pull apart.
const apart = 35

// beneath draws the facets of every dimension that has some: the one whose answers pull apart most beside the ranking, the
// others below it in pairs.
func (in *Inside) beneath() markup {
	var with []*Dimension
	for i := range in.Dimensions {
		if len(in.Dimensions[i].Facets) > 0 {
			with = append(with, &in.Dimensions[i])
		}
	}
	if len(with) == 0 {
		return ""
	}
	first := 0
	for i, d := range with {
		if widest(d.Facets) > widest(with[first].Facets) {
			first = i
		}
	}
	with = append([]*Dimension{with[first]}, slices.Delete(slices.Clone(with), first, first+1)...)
	var m markup
	for i, d := range with {
		span := markup("c6")
		switch {
		case i == 0:
			span = "c5"
		case i == len(with)-1 && len(with)%2 == 0:
			span = "c12"
		}
		m += facets(d, "f-facet-"+whole(i+1), span)
	}
	return m
}

// label is what stands beside a bar: the few words where there are some, else the question.
func (f *Facet) label() string {
	if f.Name != "" {
		return f.Name
	}
	return strings.TrimSuffix(f.Text, ".")
}

// widest is the largest standard deviation among facets, 0 if none is known.
func widest(facets []Facet) float64 {
	most := 0.0
	for _, f := range facets {
		if f.SD.Known() {
			most = math.Max(most, float64(f.SD))
		}
	}
	return most
}

func widestFacet(dimensions []Dimension) *Facet {
	var out *Facet
	for i := range dimensions {
		for j := range dimensions[i].Facets {
			if f := &dimensions[i].Facets[j]; f.SD.Known() && (out == nil || f.SD > out.SD) {
				out = f
			}
		}
	}
	return out
}

// facetTitle says what the average hides: answers that pull apart, a question that lies clear of the others, how far they reach, or nothing.
func facetTitle(d *Dimension) string {
	s := "Beneath the " + d.Name + " average of " + scores.levelOf(d.Score) + ": "
	var split *Facet
	for i := range d.Facets {
		if f := &d.Facets[i]; f.SD >= apart && (split == nil || f.SD > split.SD) {
			split = f
		}
	}
	if split != nil {
		return s + "answers to “" + cut(split.label(), 60) + "” pull apart"
	}
	low := slices.MinFunc(d.Facets, func(a, b Facet) int { return compareFigures(a.Score.Value, b.Score.Value) })
	clear := len(d.Facets) > 1
	for _, f := range d.Facets {
		if f.ID != low.ID && !(low.Score.High < f.Score.Low) {
			clear = false
		}
	}
	if clear {
		return s + "“" + cut(low.label(), 60) + "” lies lowest, at " + scores.levelOf(low.Score)
	}
	high := slices.MaxFunc(d.Facets, func(a, b Facet) int { return compareFigures(a.Score.Value, b.Score.Value) })
	if low.Score.High < high.Score.Low {
		return s + "from " + scores.levelOf(low.Score) + " for “" + cut(low.label(), 50) + "” to " + scores.levelOf(high.Score) + " for “" + cut(high.label(), 50) + "”"
	}
	return s + "no question lies clear of the others"
}

// facets draws the questions of one dimension: shares of the answers where there are some, else scores with intervals.
func facets(d *Dimension, id, span markup) markup {
	steps := 0
	for _, f := range d.Facets {
		steps = max(steps, len(f.Shares))
	}
	g := grid{caption: d.Name + ": questions, 0 to 100", words: 1, head: []string{"Question"}}
	for i := range steps {
		g.head = append(g.head, stepName(i, steps))
	}
	g.head = append(g.head, "Mean", "95% interval", "Standard deviation", "Answers")
	var rows markup
	low, high := int64(math.MaxInt64), int64(0)
	turned := false
	for _, f := range d.Facets {
		low, high = min(low, f.Score.N), max(high, f.Score.N)
		name := esc(f.label())
		if f.Reverse && len(f.Shares) > 0 {
			name += `<br/><small>turned round: agreeing lowers the score</small>`
			turned = true
		}
		row := []string{f.Text}
		for i := range steps {
			cell := ""
			if i < len(f.Shares) {
				cell = percent(f.Shares[i], 0)
			}
			row = append(row, cell)
		}
		spread := ""
		value := markup(`<b>` + esc(scores.levelOf(f.Score)) + `</b>`)
		if f.SD.Known() {
			spread = fixed(float64(f.SD), 0)
			value += ` · ` + esc(spread)
		}
		g.rows = append(g.rows, append(row, scores.levelOf(f.Score), scores.spanOf(f.Score), spread, countKnown(f.Score.N)))
		drawn := scoreRow(f.Score)
		if len(f.Shares) > 0 {
			answers := slices.Clone(f.Shares)
			if f.Reverse {
				slices.Reverse(answers)
			}
			drawn = answersRow(answers)
		}
		rows += `<div class="row"><span class="l">` + name + `</span><span class="pl">` + drawn + `</span><span class="v">` + value + "</span></div>\n"
	}
	head := label("0", "11", "t3", "", "disagree strongly") + label("100%", "11", "t3 e", "", "agree strongly")
	sub := fmt.Sprintf("Share of answers, in %%. Spread is the standard deviation on 0–100; from %d up, answers pull apart.", apart)
	if turned {
		head = label("0", "11", "t3", "", "lowers the score") + label("100%", "11", "t3 e", "", "raises the score")
	}
	if steps == 0 {
		head = label("0", "11", "t3", "", "0") + label("100%", "11", "t3 e", "", "100")
		sub = "Mean score from 0 to 100 with 95% interval; beside it the standard deviation of the answers."
	}
	body := `<div class="rows" style="--lab:168px;--val:84px;--h:38px"><div class="row hd"><span class="l"></span><span class="pl">` + strip(16, head) + `</span><span class="v">mean · spread</span></div>` + rows + `</div>`
	note := plural(high, "answer", "answers") + " to each question."
	switch {
	case high == 0:
		note = ""
	case low == 0:
		note = "Up to " + count(high) + " answers to a question."
	case low != high:
		note = count(low) + " to " + count(high) + " answers by question."
	}
	if d.About != "" {
		note = strings.TrimSpace(sentenceOf(d.About) + " " + note)
	}
	return figure{id: id, span: span, title: facetTitle(d), sub: sub, body: body, note: note, table: g.folded("Data table")}.markup()
}

// answersRow is a bar of 100 % cut into the steps of the scale, from lowest score to highest. A share is printed when it is
// at least 9 %.
func answersRow(shares []models.Figure) markup {
	inks := []markup{"d-end", "ink", "ink", "ink", "d-end-hi"}
	var m markup
	at := 0.0
	for i, f := range shares {
		if !f.Known() || f <= 0 {
			continue
		}
		shade := 2 // a scale of one step is neither
		if len(shares) > 1 {
			shade = int(math.Round(float64(i*4) / float64(len(shares)-1)))
		}
		v := math.Min(float64(f), 1-at)
		m += rect(pct(at), "7", pct(v), "20", "a"+whole(shade+1))
		if v >= .09 {
			m += label(pct(at+v/2), "21", "m s11", ` style="fill:var(--`+inks[shade]+`)"`, esc(fixed(v*100, 0)))
		}
		if at += v; at < .9995 {
			m += line(pct(at), "7", pct(at), "27", "w1 sp")
		}
	}
	return strip(34, m)
}

// scoreRow is a score with its interval on a line from 0 to 100.
func scoreRow(s Interval) markup {
	m := line("0", "17", "100%", "17", "gl") + line("50%", "6", "50%", "28", "gl")
	if !s.Value.Known() {
		return strip(34, m)
	}
	if s.Low.Known() && s.High.Known() {
		m += line(pct(unit(float64(s.Low)/100)), "17", pct(unit(float64(s.High)/100)), "17", "in-s")
	}
	return strip(34, m, dot(pct(unit(float64(s.Value)/100)), "17", "4.5", "fin"))
}

func stepName(i, steps int) string {
	if steps == 5 {
		return []string{"Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree"}[i]
	}
	switch i {
	case 0:
		return "Lowest"
	case steps - 1:
		return "Highest"
	}
	return "Step " + fmt.Sprint(i+1)
}
