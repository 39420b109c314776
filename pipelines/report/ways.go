package report

import (
	"fmt"

	"insideout/models"
)

// otherWays counts the ways in which the slope was counted again, and those that agree: same sign, clear of zero. What a hidden factor would
// leave is no way of counting.
func otherWays(f *FindingView) (ways, agree int) {
	for _, w := range f.Ways {
		if w.Kind == models.IfHidden {
			continue
		}
		ways++
		if w.Holds(&f.Finding) {
			agree++
		}
	}
	return ways, agree
}

// waysTable lists each seen pair counted in every other way that its data allow.
func (r *Report) waysTable() markup {
	g := grid{caption: "Seen pairs, counted in other ways", words: 3, head: []string{"Condition", "Outcome", "What is done differently", "Size", "95% interval", "Clear of zero", "Teams", "Cells"}}
	for i := range r.Link.Findings {
		f := &r.Link.Findings[i]
		for _, w := range f.Ways {
			size, span := "", ""
			if w.Code == "ranks" { // in ranks, not in the outcome's units
				size, span = correlation(w.Slope), fmt.Sprintf("%s to %s", correlation(w.Low), correlation(w.High))
			} else {
				x := effectOf(w.Estimate, f.Step, quantityOf(f.OutcomeUnit))
				size, span = x.size(), x.span()
			}
			g.rows = append(g.rows, []string{f.ConditionName, f.OutcomeName, w.Says, size, span, either(w.Low > 0 || w.High < 0, "yes", "no"), count(w.Teams), count(w.N)})
		}
	}
	if len(g.rows) == 0 {
		return ""
	}
	return g.folded("Seen pairs counted in other ways")
}
