package warehouse

import (
	"slices"
	"strings"

	"insideout/models"
)

var acrossTable = Relation{
	Name: "fct_touchpoint_effect", Grain: "one row per metric, place and other place", Features: []string{"O14"},
	Why: "What a move of a metric at one touchpoint (or channel, where fewer than two touchpoints are named) goes with at another, then or later, inside " +
		"teams, the other places held fixed beside. All pairs of all metrics are one family.",
	Key: []KeyColumn{{Name: "metric"}, {Name: "from_place"}, {Name: "to_place"}},
	Columns: slices.Concat([]Column{
		{"metric", "varchar", "metric of the catalogue"},
		{"from_place", "varchar", "touchpoint or channel where it moved"},
		{"to_place", "varchar", "where it moved with it"},
		{"grade", "varchar", "as in fct_finding"},
		{"evidence", "varchar", "kind of design"},
		{"moves_first", "varchar", "condition first: from_place; outcome first: to_place; same period; cannot tell"},
		{"lag", "integer", "periods by which from_place comes first"},
	}, estimate, []Column{
		{"q", "double", "after the search over lags and pairs"},
		{"family", "bigint", "pairs tested together"},
		{"joint_slope", "double", "slope with the other places held fixed"},
		{"joint_low", "double", "lower end of its 95 % interval"},
		{"joint_high", "double", "upper end of it"},
		{"joint_q", "double", "after the search over lags and pairs, the other places held fixed"},
		{"mde", "double", "slope that would have been seen with power .8"},
		{"refused", "varchar", "why it was not answered; null if it was"},
		{"needed", "varchar", "what would be needed"},
	}),
}

func acrossRows(c *models.Conclusions) [][]any {
	var rows [][]any
	for i := range c.Across {
		f := &c.Across[i]
		metric, from, _ := strings.Cut(f.Condition, "@")
		_, to, _ := strings.Cut(f.Outcome, "@")
		why, needed := refusal(f.Refused)
		rows = append(rows, slices.Concat([]any{metric, from, to, string(f.Grade()), text(string(f.Evidence)), string(f.Order()), f.Lag}, estimated(&f.Within), []any{
			number(f.Q), f.Family, known(f.Joint.OK, f.Joint.Slope), known(f.Joint.OK, f.Joint.Low), known(f.Joint.OK, f.Joint.High), known(f.Joint.OK, f.Joint.Q), number(f.MDE), why, needed,
		}))
	}
	return rows
}
