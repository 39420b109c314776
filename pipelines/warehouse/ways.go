package warehouse

import (
	"slices"

	"insideout/models"
)

var wayTable = Relation{
	Name: "fct_finding_way", Grain: "one row per pair that is seen and way of counting it again", Features: []string{"N5"},
	Why: "The slope of a pair at its lag counted in other ways that could be defended: what it depends on. No way is picked, and no grade rests on them. " +
		"kind method: other rows, weights, adjustments or standard errors; missing: cells that are not there filled in; hidden: what a hidden factor as strong as the strongest condition held fixed would leave.",
	Key: []KeyColumn{{Name: "condition"}, {Name: "outcome"}, {Name: "way"}},
	Columns: slices.Concat([]Column{
		{"condition", "varchar", "series of the inside"},
		{"outcome", "varchar", "series of the outside"},
		{"way", "varchar", "code"},
		{"kind", "varchar", "method, missing or hidden"},
		{"says", "varchar", "what is done differently"},
	}, estimate, []Column{
		{"is_clear", "boolean", "the interval lies clear of zero, on the side of the headline"},
		{"evidence", "varchar", "kind of design"},
	}),
}

func wayRows(c *models.Conclusions) [][]any {
	var rows [][]any
	for i := range c.Findings {
		f := &c.Findings[i]
		for _, w := range f.Ways {
			rows = append(rows, slices.Concat([]any{f.Condition, f.Outcome, w.Code, string(w.Kind), w.Says}, estimated(&w.Estimate), []any{w.Holds(f), text(string(f.Evidence))}))
		}
	}
	return rows
}
