package report

import (
	"fmt"
	"math"
	"strings"
)

// inside is the employee side: dimensions in rank order, what sits beneath each average, further inside measures.
func (r *Report) inside() section {
	s := section{id: "inside", nav: "The full picture", title: "The full picture inside"}
	in := r.Inside
	if in == nil {
		return s
	}
	var body markup
	if len(in.Dimensions) > 0 {
		s.deck = capital(small(len(in.Dimensions))) + " conditions in rank order, and what sits beneath each average."
		if len(in.Dimensions) == 1 {
			s.deck = "One condition, and what sits beneath its average."
		}
		body += r.crest()
	}
	if in.Waves != "" {
		s.deck = strings.TrimSpace(s.deck + " " + sentenceOf(in.Waves))
	}
	body += in.beneath()
	body += r.gaps()
	body += r.trends("f-measures", "c12", in.Measures, inner)
	if s.deck == "" {
		s.deck = "Measures of how work is done, by " + string(r.Grain) + "."
	}
	if body != "" {
		s.body = `<div class="g">` + body + `</div>`
	}
	return s
}

// stand tells where a dimension is against the declared line: above, beneath, or cannot tell; nothing without a line.
func (in *Inside) stand(d *Dimension) string {
	if in.Line == nil || !in.Line.Value.Known() || !d.Score.Low.Known() || !d.Score.High.Known() {
		return ""
	}
	// Judged on the digits shown, so that an interval printed as touching the line is not said to clear it.
	line := math.Round(float64(in.Line.Value))
	switch {
	case math.Round(float64(d.Score.Low)) > line:
		return "above"
	case math.Round(float64(d.Score.High)) < line:
		return "beneath"
	}
	return "cannot tell"
}

func (r *Report) crestTitle() string {
	in := r.Inside
	n := len(in.Dimensions)
	first, last := &in.Dimensions[0], &in.Dimensions[n-1]
	if n == 1 {
		return first.Name + " stands at " + scores.both(first.Score)
	}
	above, beneath := 0, 0
	for i := range in.Dimensions {
		switch in.stand(&in.Dimensions[i]) {
		case "above":
			above++
		case "beneath":
			beneath++
		}
	}
	if above+beneath > 0 {
		return fmt.Sprintf("%s of %s conditions %s clear above the line; %s %s beneath it", capital(either(above == 0, "none", small(above))), small(n), either(above == 1, "stands", "stand"), either(beneath == 0, "none", small(beneath)), either(beneath == 1, "sits", "sit"))
	}
	if first.Score.Low.Known() && last.Score.High.Known() && last.Score.High < first.Score.Low {
		return fmt.Sprintf("%s ranks highest at %s, %s lowest at %s", first.Name, scores.levelOf(first.Score), last.Name, scores.levelOf(last.Score))
	}
	return "The order of the " + small(n) + " conditions cannot be told: their intervals overlap"
}

// scores is how dimension and facet scores are written.
var scores = quantity{1, "", "points", 0}

// crest draws the dimensions as columns from 0 on a scale to 100, ranked, fading downwards. The names are words of the page
// beneath the drawing, so that a long one wraps.
func (r *Report) crest() markup {
	in := r.Inside
	const bottom, top = 212.0, 8.0
	most := 0.0
	for _, d := range in.Dimensions {
		most = math.Max(most, finite(float64(d.Score.High), finite(float64(d.Score.Value), 0)))
	}
	most = math.Max(math.Min(most+6, 100), 20)
	y := func(v float64) float64 { return bottom - (bottom-top)*math.Max(0, math.Min(v, most))/most }
	n := float64(len(in.Dimensions))
	var m, names markup
	hasLine := in.Line != nil && in.Line.Value.Known()
	if hasLine {
		m += rect("0", px(y(float64(in.Line.Value))), "100%", px(bottom-y(float64(in.Line.Value))), "fin-w half")
	}
	for v := 0.0; v <= math.Min(most, 75); v += 25 {
		m += line("0", px(y(v)), "100%", px(y(v)), "gl")
		if !hasLine || math.Abs(v-float64(in.Line.Value)) > 7 {
			m += label("0", px(y(v)+4), "t3 e", ` dx="-8"`, coordinate(v, 0))
		}
	}
	g := grid{caption: "Dimension scores, 0 to 100, ranked", words: 1, head: []string{"Dimension", "Score", "95% interval", "Rank interval", "Responses", "Teams"}}
	if hasLine {
		g.head = append(g.head, "Against the line at "+fixed(float64(in.Line.Value), 0))
	}
	own := false
	for i := range in.Dimensions {
		d := &in.Dimensions[i]
		stand := in.stand(d)
		row := []string{d.Name, scores.levelOf(d.Score), scores.spanOf(d.Score), rank(d), countKnown(d.Score.N), count(d.Teams)}
		if hasLine {
			row = append(row, stand)
		}
		g.rows = append(g.rows, row)
		name := esc(d.Name)
		if d.Own {
			name, own = name+"*", true
		}
		names += `<div><span>` + name + `</span><b>` + esc(scores.levelOf(d.Score)) + `</b>`
		if d.RankLow > 0 {
			names += `<small><span class="only-w">rank </span>` + esc(rank(d)) + `</small>`
		}
		names += `</div>`
		if !d.Score.Value.Known() {
			continue
		}
		v, left, width := float64(d.Score.Value), (float64(i)+.19)/n, .62/n
		fill := markup("url(#cr)")
		if stand == "beneath" {
			fill = "url(#cs)"
		}
		m += `<rect x="` + pct(left) + `" y="` + px(y(v)) + `" width="` + pct(width) + `" height="` + px(bottom-y(v)) + `" fill="` + fill + `"/>`
		if d.Score.Low.Known() && d.Score.High.Known() {
			hi := y(float64(d.Score.High))
			m += rect(pct(left), px(hi), pct(width), px(math.Max(y(float64(d.Score.Low))-hi, 1)), "fin-s most")
		}
		m += line(pct(left), px(y(v)), pct(left+width), px(y(v)), "sin w25")
		m += `<svg x="` + pct((float64(i)+.5)/n) + `" y="206" overflow="visible" class="only-n"><text transform="rotate(-90)" x="0" y="4" class="t1 b">` + esc(cut(d.Name, 28)) + `</text></svg>`
	}
	right := 4
	sub := "Average score from 0 to 100, ranked. The pale band is the 95% interval."
	if hasLine {
		ly := y(float64(in.Line.Value))
		m += line("0", px(ly), "100%", px(ly), "si w15") + label("100%", px(ly-6), "t1 s11 only-w", ` dx="8"`, "surfaces") + label("100%", px(ly+13), "t3 s11 only-w", ` dx="8"`, "beneath") +
			label("0", px(ly+4), "t1 b e", ` dx="-8"`, esc(fixed(float64(in.Line.Value), 0)))
		right = 54
		if in.Line.Words != "" {
			sub += " The line at " + fixed(float64(in.Line.Value), 0) + " is " + in.Line.Words + "."
		}
	}
	first, last := &in.Dimensions[0], &in.Dimensions[len(in.Dimensions)-1]
	says := fmt.Sprintf("%s ranked from %s, %s, to %s, %s. Values and intervals are in the data table.", plural(len(in.Dimensions), "dimension", "dimensions"),
		first.Name, scores.levelOf(first.Score), last.Name, scores.levelOf(last.Score))
	body := `<svg class="p crest" height="218" role="img" aria-label="` + esc(says) + `" style="--l:30px;--r:` + whole(right) + `px">` + m + `</svg>` +
		`<div class="names" style="--n:` + whole(len(in.Dimensions)) + `;--l:30px;--r:` + whole(right) + `px">` + names + `</div>`
	var note []string
	if unsure := in.unsure(); len(unsure) > 0 {
		note = append(note, list(unsure, 4)+either(len(unsure) == 1, " touches", " touch")+" the line: cannot tell.")
	}
	if own {
		note = append(note, "* Dimension of this project’s own.")
	}
	note = append(note, "Responses and teams behind each score are in the table.")
	return figure{id: "f-crest", span: "c7", title: r.crestTitle(), sub: sub, body: body, note: strings.Join(note, " "), table: g.folded("Data table")}.markup()
}

// unsure lists the dimensions whose interval holds the line.
func (in *Inside) unsure() []string {
	var out []string
	for i := range in.Dimensions {
		if in.stand(&in.Dimensions[i]) == "cannot tell" {
			out = append(out, in.Dimensions[i].Name)
		}
	}
	return out
}

// rank writes a rank as an interval: "1–2", or "8".
func rank(d *Dimension) string {
	switch {
	case d.RankLow <= 0:
		return ""
	case d.RankLow >= d.RankHigh:
		return fmt.Sprint(d.RankLow)
	}
	return fmt.Sprintf("%d–%d", d.RankLow, d.RankHigh)
}

// cut shortens a long name for a label; the full name is in the table.
func cut(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return strings.TrimRight(string(r[:most-1]), " ") + "…"
}
