package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"insideout/models"
)

// side is how the marks of one side are coloured.
type side struct{ dot, soft, stroke, text markup }

var (
	inner = side{"fin", "fin-s", "sin", "tin"}
	outer = side{"fout", "fout-s", "sout", "tout"}
)

// trends draws one small panel for each metric, each on its own scale.
func (r *Report) trends(id, span markup, metrics []Metric, s side) markup {
	if len(metrics) == 0 {
		return ""
	}
	var panels markup
	g := grid{caption: "Values by " + string(r.Grain) + ", with 95% interval and n", words: 2, head: []string{"Measure", capital(string(r.Grain)), "Value", "95% interval", "n"}}
	for i := range metrics {
		m := &metrics[i]
		q := quantityOf(m.Unit)
		panels += r.trend(m, s)
		g.rows = append(g.rows, []string{m.Name, "all", q.levelOf(m.Overall), q.spanOf(m.Overall), countKnown(m.Overall.N)})
		for _, p := range m.Trend {
			g.rows = append(g.rows, []string{m.Name, p.Period, q.levelOf(p.Interval), q.spanOf(p.Interval), countKnown(p.N)})
		}
	}
	title := capital(small(len(metrics))) + " measures, each on its own scale"
	sub := "Values by " + string(r.Grain) + ". Line: value. Band: its 95% interval. Thin line: the whole window. A thick mark beneath the axis: no data, never joined by a line."
	note := "n and interval of every " + string(r.Grain) + " are in the table."
	if len(metrics) == 1 {
		title = metrics[0].Name + " over time"
	}
	if !slices.ContainsFunc(metrics, func(m Metric) bool { return len(drawable(m.Trend)) > 1 }) {
		title = strings.TrimSuffix(strings.TrimSuffix(title, " over time"), ", each on its own scale") + " over the whole window"
		sub, note = "Value with 95% interval and n.", ""
	}
	class := markup("sm2")
	switch {
	case len(metrics) == 1:
		class, span = "sm1", either[markup](span == "c12", "c7", span)
	case span == "c12" && len(metrics) != 2 && len(metrics) != 4:
		class = "sm3"
	}
	return figure{id: id, span: span, title: title,
		sub:   sub,
		body:  `<div class="` + class + `">` + panels + `</div>`,
		note:  note,
		table: g.folded("Data table"),
	}.markup()
}

const trendTop, trendBottom, trendHeight = 10.0, 84.0, 104

// trend is one panel: the value over time, its interval as a band, the whole window as a thin line.
func (r *Report) trend(m *Metric, s side) markup {
	q := quantityOf(m.Unit)
	head := `<div><h4>` + esc(m.Name) + `</h4><p class="big"><b>` + esc(q.levelOf(m.Overall)) + `</b> ` + esc(overallWords(m, q)) + `</p>`
	points := drawable(m.Trend)
	if len(points) < 2 {
		return head + `<p>` + esc(fewPoints(points, r.Grain)) + "</p></div>\n"
	}
	values := newAxis()
	periods := r.Periods
	for _, p := range points {
		values.add(float64(p.Low), float64(p.Value), float64(p.High))
		periods = max(periods, p.Index+1)
	}
	values.add(float64(m.Overall.Value))
	values.widen(.06)
	y := func(v float64) float64 { return values.between(trendBottom, trendTop, v) }
	x := func(i int) float64 { return float64(i) / float64(max(periods-1, 1)) }
	var out, paths markup
	marks, digits := ticks(values.low*q.factor, values.high*q.factor, 3)
	for _, v := range marks {
		out += line("0", px(y(v/q.factor)), "100%", px(y(v/q.factor)), "gl") + label("0", px(y(v/q.factor)+4), "t3 s11 e", ` dx="-5"`, esc(fixed(v, digits)+q.suffix))
	}
	for _, run := range runs(points) {
		if band := bandPath(run, x, y); band != "" {
			paths += `<path d="` + band + `" class="` + s.soft + ` half"/>`
		}
		if len(run) > 1 {
			paths += `<path d="` + linePath(run, x, y) + `" vector-effect="non-scaling-stroke" class="nf ` + s.stroke + ` w15"/>`
		}
	}
	out += stretched(trendHeight, paths)
	if m.Overall.Value.Known() {
		out += line("0", px(y(float64(m.Overall.Value))), "100%", px(y(float64(m.Overall.Value))), "sm w1")
	}
	for _, run := range runs(points) {
		if len(run) == 1 {
			out += dot(pct(x(run[0].Index)), px(y(float64(run[0].Value))), "2.4", s.dot)
		}
	}
	last := points[len(points)-1]
	out += dot(pct(x(last.Index)), px(y(float64(last.Value))), "3", s.dot) +
		label(pct(x(last.Index)), px(y(float64(last.Value))+4), s.text+" b halo", ` dx="7"`, esc(q.levelOf(last.Interval)))
	out += line("0", "84.5", "100%", "84.5", "ax")
	for _, gap := range gaps(points, periods) {
		from := math.Min(math.Max(x(gap[0])-.5/float64(periods), 0), .994)
		out += rect(pct(from), "85", pct(math.Min(math.Max(float64(gap[1]-gap[0]+1)/float64(periods), .006), 1-from)), "3", "fi")
	}
	out += label("0", "100", "t3 s11", "", esc(r.From)) + label("100%", "100", "t3 s11 e", "", esc(r.To))
	return head + plane(trendHeight, trendSays(m, q, points), 42, 44, out) + "</div>\n"
}

func overallWords(m *Metric, q quantity) string {
	var parts []string
	if s := q.spanOf(m.Overall); s != "" {
		parts = append(parts, s)
	}
	if q.suffix == "" && q.moves != "" {
		parts = append(parts, q.moves)
	}
	if m.Overall.N > 0 {
		parts = append(parts, "n "+count(m.Overall.N))
	}
	switch {
	case m.Higher > 0:
		parts = append(parts, "more is better")
	case m.Higher < 0:
		parts = append(parts, "less is better")
	}
	return strings.Join(parts, ", ")
}

func fewPoints(points []Point, g models.Grain) string {
	if len(points) == 0 {
		return "No value by " + string(g) + "."
	}
	return "One " + string(g) + " only, " + points[0].Period + ": no trend."
}

func trendSays(m *Metric, q quantity, points []Point) string {
	first, last := points[0], points[len(points)-1]
	low, high := first, first
	for _, p := range points {
		if p.Value < low.Value {
			low = p
		}
		if p.Value > high.Value {
			high = p
		}
	}
	return fmt.Sprintf("%s: %s in %s, %s in %s; lowest %s in %s, highest %s in %s", m.Name, q.levelOf(first.Interval), first.Period, q.levelOf(last.Interval), last.Period,
		q.levelOf(low.Interval), low.Period, q.levelOf(high.Interval), high.Period)
}

// drawable leaves the points that have a value and a place.
func drawable(points []Point) []Point {
	out := make([]Point, 0, len(points))
	for _, p := range points {
		if p.Value.Known() && p.Index >= 0 {
			out = append(out, p)
		}
	}
	return out
}

// runs cuts a trend where a period is missing: no line crosses a gap.
func runs(points []Point) [][]Point {
	var out [][]Point
	start := 0
	for i := 1; i <= len(points); i++ {
		if i == len(points) || points[i].Index != points[i-1].Index+1 {
			out = append(out, points[start:i])
			start = i
		}
	}
	return out
}

// gaps gives the missing stretches, first and last period of each.
func gaps(points []Point, periods int) [][2]int {
	var out [][2]int
	next := 0
	for _, p := range points {
		if p.Index > next {
			out = append(out, [2]int{next, p.Index - 1})
		}
		next = p.Index + 1
	}
	if next < periods {
		out = append(out, [2]int{next, periods - 1})
	}
	return out
}

func linePath(run []Point, x func(int) float64, y func(float64) float64) markup {
	var m markup
	for i, p := range run {
		m += either[markup](i == 0, "M", "L") + xu(x(p.Index)) + " " + px(y(float64(p.Value)))
	}
	return m
}

// bandPath is the outline of the intervals of a run, or nothing if one of them is not known.
func bandPath(run []Point, x func(int) float64, y func(float64) float64) markup {
	if len(run) < 2 {
		return ""
	}
	var up, down markup
	for i, p := range run {
		if !p.Low.Known() || !p.High.Known() {
			return ""
		}
		up += either[markup](i == 0, "M", "L") + xu(x(p.Index)) + " " + px(y(float64(p.High)))
		down = "L" + xu(x(p.Index)) + " " + px(y(float64(p.Low))) + down
	}
	return up + down + "Z"
}
