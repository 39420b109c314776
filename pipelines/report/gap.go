package report

import (
	"math"
	"slices"

	"insideout/models"
)

// Gap is how leaders see one condition beside how the front line sees it, on 0 to 100, from the periods in which both sides could be
// shown.
type Gap struct {
	Name       string        `json:"name"`
	Leaders    models.Figure `json:"leaders"`
	FrontLine  models.Figure `json:"front_line"`
	Difference Interval      `json:"difference"` // leaders less front line; n is not said
	NLeaders   int64         `json:"n_leaders"`  // answers, added up over periods
	NFrontLine int64         `json:"n_front_line"`
	Periods    int64         `json:"periods"`
}

// clear reports whether the interval leaves out 0, on the digits shown.
func (g *Gap) clear() bool {
	return math.Round(float64(g.Difference.Low)) > 0 || math.Round(float64(g.Difference.High)) < 0
}

// gapTitle names the widest gap that is clear of 0.
func (in *Inside) gapTitle() string {
	var widest *Gap
	n := 0
	for i := range in.Gaps {
		if g := &in.Gaps[i]; g.clear() {
			n++
			if widest == nil || math.Abs(float64(g.Difference.Value)) > math.Abs(float64(widest.Difference.Value)) {
				widest = g
			}
		}
	}
	if widest == nil {
		return "Leaders and front line: no difference is clear of 0"
	}
	size := fixed(math.Abs(float64(widest.Difference.Value)), 0)
	return "Leaders see " + widest.Name + " " + size + " points " + either(widest.Difference.Value > 0, "better", "worse") + " than the front line does; " +
		count(n) + " of " + plural(int64(len(in.Gaps)), "gap is", "gaps are") + " clear of 0"
}

// gapRows are the gaps, widest first.
func (in *Inside) gapRows() [][]string {
	gaps := slices.Clone(in.Gaps)
	slices.SortStableFunc(gaps, func(a, b Gap) int { return compareFigures(b.Difference.Value, a.Difference.Value) })
	var out [][]string
	for i := range gaps {
		g := &gaps[i]
		d := g.Difference
		span := ""
		if d.Low.Known() && d.High.Known() {
			span = fixed(float64(d.Low), 0) + " to " + fixed(float64(d.High), 0)
		}
		out = append(out, []string{g.Name, fixed(float64(g.Leaders), 0), fixed(float64(g.FrontLine), 0), signed(float64(d.Value), 0), span, count(g.NLeaders), count(g.NFrontLine), count(g.Periods)})
	}
	return out
}

func (r *Report) gapHead() []string {
	return []string{"Condition, 0 to 100", "Leaders", "Front line", "Difference", "95% interval", "n, leaders", "n, front line", capital(r.Grain.Plural(2))}
}

// gaps shows the view from the top beside that from the front line.
func (r *Report) gaps() markup {
	in := r.Inside
	if len(in.Gaps) == 0 {
		return ""
	}
	g := grid{caption: "View of leaders and of the front line", head: r.gapHead(), rows: in.gapRows()}
	return figure{id: "f-gap", span: "c12 flow", title: in.gapTitle(), sub: "The view from the top beside that from the front line. Welch’s interval; managers between them are left out; both sides have the minimum of people.",
		body: g.open(), note: "n adds up the answers of all " + r.Grain.Plural(2) + "; the interval takes those of one side as the same people saying the same again."}.markup()
}
