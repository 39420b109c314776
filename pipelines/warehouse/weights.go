package warehouse

import (
	"strings"

	"insideout/models"
)

var teamTable = Relation{
	Name: "fct_finding_team", Grain: "one row per condition, outcome and team", Features: []string{"N5"},
	Why: "The slope of each team, partly pooled with all others, at the lag of the finding. A team differs from the others only where its band lies off " +
		"zero: the band covers all teams at once, so the most extreme one has paid for being it.",
	Key: []KeyColumn{{Name: "condition"}, {Name: "outcome"}, {Name: "team"}},
	Columns: []Column{
		{"condition", "varchar", "series of the inside"},
		{"outcome", "varchar", "series of the outside"},
		{"team", "varchar", "team"},
		{"lag", "integer", "periods by which the condition comes first"},
		{"slope", "double", "partly pooled: outcome units for one unit of the condition"},
		{"low", "double", "lower end of its 95 % interval, the team looked at alone"},
		{"high", "double", "upper end of it"},
		{"own_slope", "double", "from the team's own data alone"},
		{"positive", "double", "probability that the slope is above zero"},
		{"n", "bigint", "cells of the team"},
		{"is_clear", "boolean", "its sign may be named: 20 periods, probability .975"},
		{"fcr_low", "double", "of a team that may be named: lower end of the interval that pays for having been picked out"},
		{"fcr_high", "double", "upper end of it"},
		{"apart", "double", "distance of its slope from the common slope"},
		{"apart_low", "double", "lower end of the 95 % band over all teams at once; null where the pair is not seen"},
		{"apart_high", "double", "upper end of it"},
		{"stands_out", "integer", "-1 or +1: differs from the others, the search for the most extreme team paid for; 0: not"},
		{"common_slope", "double", "slope about which the teams of the pair differ"},
		{"tau", "double", "spread between teams, posterior median"},
		{"tau_low", "double", "lower end of its 95 % interval"},
		{"tau_high", "double", "upper end of it"},
		{"are_alike", "boolean", "no evidence that teams differ: the common slope says it all"},
		{"evidence", "varchar", "kind of design"},
	},
}

func teamRows(c *models.Conclusions) [][]any {
	var rows [][]any
	for i := range c.Findings {
		f := &c.Findings[i]
		e := f.Effects
		if e == nil {
			continue
		}
		for j := range e.Teams {
			t := &e.Teams[j]
			rows = append(rows, []any{
				f.Condition, f.Outcome, t.Team, f.Lag, number(t.Slope), number(t.Low), number(t.High), number(t.Own), number(t.Positive), t.N, t.Clear,
				number(t.FCRLow), number(t.FCRHigh), number(t.Apart), number(t.ApartLow), number(t.ApartHigh), t.StandsOut(),
				number(e.Common), number(e.Tau), number(e.TauLow), number(e.TauHigh), e.Alike, text(string(f.Evidence)),
			})
		}
	}
	return rows
}

var weightTable = Relation{
	Name: "fct_relative_weight", Grain: "one row per outcome and condition", Features: []string{"L5"},
	Why: "How what all conditions together say of an outcome is shared out among them, team and period effects out. A weight has no sign and " +
		"says nothing of what would follow from a change. It is shown only where its interval lies above what a shuffled condition gets.",
	Key: []KeyColumn{{Name: "outcome"}, {Name: "condition", Nullable: true}},
	Columns: []Column{
		{"outcome", "varchar", "series of the outside"},
		{"condition", "varchar", "series of the inside; null where the whole outcome was refused"},
		{"lag", "integer", "periods by which the conditions come first: where all together go with the outcome most closely"},
		{"lmg", "double", "share of the outcome's movement: mean gain in R squared over all orders (Shapley value)"},
		{"low", "double", "lower end of its 95 % interval, teams resampled"},
		{"high", "double", "upper end of it"},
		{"johnson", "double", "relative weight of Johnson (2000), for comparison"},
		{"rank_low", "integer", "best rank in 95 % of resamples"},
		{"rank_high", "integer", "worst rank in 95 % of resamples"},
		{"p_first", "double", "share of resamples in which it has the largest weight"},
		{"is_shown", "boolean", "low lies above floor"},
		{"floor", "double", "weight of a shuffled condition in the same resamples"},
		{"ridge", "double", "standardised slope under a ridge penalty; for display, without interval or test"},
		{"vif", "double", "variance inflation by the other conditions"},
		{"r2", "double", "of all conditions together"},
		{"halo", "double", "share of the first eigenvalue of the conditions' correlations"},
		{"condition_number", "double", "root of the largest over the smallest eigenvalue"},
		{"alike_with", "varchar", "conditions that these data cannot tell from it, parted by commas"},
		{"n", "bigint", "cells"},
		{"teams", "bigint", "teams"},
		{"periods", "bigint", "distinct periods"},
		{"doubts", "varchar", "codes of warnings, parted by commas"},
		{"refused", "varchar", "why there are no weights; null if there are"},
		{"needed", "varchar", "what would be needed"},
		{"evidence", "varchar", "kind of design: always association"},
	},
}

func weightRows(c *models.Conclusions) [][]any {
	var rows [][]any
	for i := range c.Weights {
		w := &c.Weights[i]
		doubts := make([]string, len(w.Doubts))
		for j, d := range w.Doubts {
			doubts[j] = d.Code
		}
		if w.Refused != nil {
			rows = append(rows, []any{w.Outcome, nil, w.Lag, nil, nil, nil, nil, nil, nil, nil, false, nil, nil, nil, nil, nil, nil, nil, w.N, w.Teams, w.Periods,
				text(strings.Join(doubts, ",")), w.Refused.Reason, w.Refused.Needed, string(models.Association)})
			continue
		}
		for j := range w.Weights {
			k := &w.Weights[j]
			rows = append(rows, []any{
				w.Outcome, k.Condition, w.Lag, number(k.LMG), number(k.Low), number(k.High), number(k.Johnson), k.RankLow, k.RankHigh, number(k.First), k.Shown,
				number(w.Floor), number(k.Ridge), number(k.VIF), number(w.R2), number(w.Halo), number(w.Condition), text(strings.Join(w.Alike(k.Condition), ",")),
				w.N, w.Teams, w.Periods, text(strings.Join(doubts, ",")), nil, nil, string(models.Association),
			})
		}
	}
	return rows
}
