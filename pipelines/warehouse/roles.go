package warehouse

import (
	"insideout/models"
)

var priorityTable = Relation{
	Name: "fct_priority", Grain: "one row per outcome and condition", Features: []string{"L5"},
	Why: "Where to look first, as far as intervals allow: the slope of each condition beside the others, shrunk, times the step that each team could " +
		"take to its own best quarter, for the average customer. It is the difference that goes with the condition, not a promised gain.",
	Key: []KeyColumn{{Name: "outcome"}, {Name: "condition", Nullable: true}},
	Columns: []Column{
		{"outcome", "varchar", "series of the outside"},
		{"condition", "varchar", "series of the inside; null where the order was refused before anything was computed"},
		{"lag", "integer", "periods by which the conditions come first"},
		{"slope", "double", "outcome units for one unit of the condition, others held fixed, shrunk"},
		{"slope_low", "double", "lower end of its 95 % interval"},
		{"slope_high", "double", "upper end of it"},
		{"move", "double", "feasible step in the condition's good direction, its unit: from the latest stretch to the team's own best quarter, mean over teams by customers"},
		{"n_moving", "bigint", "teams with room for a step"},
		{"customers", "double", "answers or cases behind the outcome in the latest stretch"},
		{"difference", "double", "slope times move, outcome units, positive if better"},
		{"low", "double", "lower end of its 95 % interval"},
		{"high", "double", "upper end of it"},
		{"rank_low", "integer", "best rank in 95 % of draws; null where no order is shown"},
		{"rank_high", "integer", "worst rank in 95 % of draws; null where no order is shown"},
		{"p_first", "double", "probability of the largest difference"},
		{"p_three", "double", "probability of one of the three largest"},
		{"is_tied", "boolean", "one of those that may be the first; alone: it is the first"},
		{"n", "bigint", "cells"},
		{"teams", "bigint", "teams"},
		{"periods", "bigint", "distinct periods"},
		{"refused", "varchar", "why no order is shown; null if one is"},
		{"needed", "varchar", "what would be needed"},
		{"evidence", "varchar", "kind of design: always association"},
	},
}

func priorityRows(c *models.Conclusions) [][]any {
	var rows [][]any
	for i := range c.Priorities {
		p := &c.Priorities[i]
		var refused, needed any
		tied := map[string]bool{}
		if p.Refused != nil {
			refused, needed = p.Refused.Reason, p.Refused.Needed
		} else {
			for _, id := range p.Tied() {
				tied[id] = true
			}
		}
		tail := []any{p.N, p.Teams, p.Periods, refused, needed, string(models.Association)}
		if len(p.Reaches) == 0 {
			rows = append(rows, append([]any{p.Outcome, nil, p.Lag, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, false}, tail...))
		}
		for j := range p.Reaches {
			r := &p.Reaches[j]
			ordered := p.Refused == nil
			rows = append(rows, append([]any{
				p.Outcome, r.Condition, p.Lag, number(r.Slope), number(r.SlopeLow), number(r.SlopeHigh), number(r.Move), r.Teams, number(p.Customers),
				number(r.Difference), number(r.Low), number(r.High), when(ordered, r.RankLow), when(ordered, r.RankHigh),
				known(ordered, r.First), known(ordered, r.Three), tied[r.Condition],
			}, tail...))
		}
	}
	return rows
}

var roleTable = Relation{
	Name: "fct_condition_role", Grain: "one row per condition and outcome", Features: []string{"E9"},
	Why: "Which conditions carry the customer-facing work and which strain it: the sign and grade of the relation, and where the condition stands lately " +
		"against its own past. A relation that is not seen gives no label.",
	Key: []KeyColumn{{Name: "condition"}, {Name: "outcome"}},
	Columns: []Column{
		{"condition", "varchar", "series of the inside"},
		{"outcome", "varchar", "series of the outside"},
		{"role", "varchar", "carries, strains, neutral or cannot say"},
		{"grade", "varchar", "of the relation"},
		{"evidence", "varchar", "kind of design"},
		{"slope", "double", "outcome units for one unit of the condition, inside teams"},
		{"low", "double", "lower end of its 95 % interval"},
		{"high", "double", "upper end of it"},
		{"n", "bigint", "cells behind slope"},
		{"level_change", "double", "mean over teams of the latest stretch minus the time before, in the condition's unit"},
		{"level_low", "double", "lower end of its 95 % interval, by team"},
		{"level_high", "double", "upper end of it"},
		{"level_teams", "bigint", "teams behind level_change"},
		{"recent_periods", "bigint", "periods of the latest stretch"},
		{"before_periods", "bigint", "periods before it"},
	},
}

func roleRows(c *models.Conclusions) [][]any {
	var rows [][]any
	for i := range c.Findings {
		f := &c.Findings[i]
		l := c.Level(f.Condition)
		if l == nil {
			continue
		}
		rows = append(rows, []any{
			f.Condition, f.Outcome, string(models.RoleOf(f, l, c.Higher[f.Outcome])), string(f.Grade()), text(string(f.Evidence)),
			known(f.Within.OK, f.Within.Slope), known(f.Within.OK, f.Within.Low), known(f.Within.OK, f.Within.High), f.Within.N,
			number(l.Change), number(l.Low), number(l.High), l.Teams, l.Recent, l.Before,
		})
	}
	return rows
}

var orderTable = Relation{
	Name: "fct_which_leads", Grain: "one row per condition and outcome", Features: []string{"E11"},
	Why: "Which of the two moves first: the evidence in both directions of time. The order is named only where the pair is seen and the conditional lead " +
		"test (the condition one period later, now and before held fixed) does not speak for the other direction.",
	Key: []KeyColumn{{Name: "condition"}, {Name: "outcome"}},
	Columns: []Column{
		{"condition", "varchar", "series of the inside"},
		{"outcome", "varchar", "series of the outside"},
		{"moves_first", "varchar", "condition first, outcome first, same period or cannot tell"},
		{"grade", "varchar", "of the pair"},
		{"evidence", "varchar", "kind of design"},
		{"forward_lag", "integer", "periods by which the condition comes first, at the clearest lag"},
		{"forward_slope", "double", "outcome units for one unit of the condition there"},
		{"forward_low", "double", "lower end of its 95 % interval"},
		{"forward_high", "double", "upper end of it"},
		{"forward_t", "double", "t of forward_slope"},
		{"forward_n", "bigint", "cells behind it"},
		{"backward_lag", "integer", "periods by which the outcome comes first, at the clearest lead; null without any"},
		{"backward_slope", "double", "slope there"},
		{"backward_low", "double", "lower end of its 95 % interval"},
		{"backward_high", "double", "upper end of it"},
		{"backward_t", "double", "t of backward_slope"},
		{"backward_n", "bigint", "cells behind it"},
		{"lead_p", "double", "p of the conditional lead test; null where the pair is not seen"},
	},
}

func orderRows(c *models.Conclusions) [][]any {
	var rows [][]any
	for i := range c.Findings {
		f := &c.Findings[i]
		w := &f.Within
		row := []any{f.Condition, f.Outcome, string(f.Order()), string(f.Grade()), text(string(f.Evidence)), when(w.OK, f.Lag),
			known(w.OK, w.Slope), known(w.OK, w.Low), known(w.OK, w.High), known(w.OK, w.T), w.N}
		if b := f.Backward(); b != nil {
			row = append(row, -b.Lag, number(b.Slope), number(b.Low), number(b.High), number(b.T), b.N)
		} else {
			row = append(row, nil, nil, nil, nil, nil, nil)
		}
		rows = append(rows, append(row, known(f.Lead.OK, f.Lead.P)))
	}
	return rows
}
