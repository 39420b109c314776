package warehouse

import (
	"slices"
	"strings"

	"insideout/models"
)

var verdictTable = Relation{
	Name: "fct_hypothesis", Grain: "one row per registered hypothesis", Features: []string{"L4"},
	Why: "What was registered before looking, apart from what was found by looking: tested in the registered direction and lags, adjusted among the " +
		"registered ones only.",
	Key: []KeyColumn{{Name: "hypothesis"}},
	Columns: slices.Concat([]Column{
		{"hypothesis", "varchar", "id"},
		{"words", "varchar", "as it was registered"},
		{"condition", "varchar", "series of the inside"},
		{"outcome", "varchar", "series of the outside"},
		{"sign", "integer", "registered direction: +1 more goes with more, -1 more goes with less"},
		{"from_lag", "integer", "first registered lag, in periods; the condition comes first"},
		{"to_lag", "integer", "last registered lag"},
		{"verdict", "varchar", "supported, not supported or cannot say"},
		{"lag", "integer", "lag of the estimates: the one that fits the registered direction best"},
	}, estimate, []Column{
		{"p_one", "double", "one-sided p, the search over the registered lags paid for"},
		{"p_method", "varchar", "how it was paid for"},
		{"q", "double", "after Benjamini-Hochberg over the registered hypotheses"},
		{"family", "bigint", "hypotheses tested together"},
		{"mde", "double", "slope that would have been seen with power .8"},
		{"mde_r", "double", "the same as a partial correlation; up to .1 a link that was not seen is not supported"},
		{"evidence", "varchar", "kind of design"},
		{"refused", "varchar", "why there is no answer; null if there is"},
		{"needed", "varchar", "what would be needed"},
	}),
}

func verdictRows(c *models.Conclusions) [][]any {
	var rows [][]any
	for i := range c.Verdicts {
		v := &c.Verdicts[i]
		why, needed := refusal(v.Refused)
		rows = append(rows, slices.Concat([]any{v.ID, text(v.Words), v.Condition, v.Outcome, v.Sign, v.From, v.To, string(v.Said()), when(v.OK, v.Lag)}, estimated(&v.Estimate),
			[]any{number(v.POne), text(v.Method), number(v.Q), v.Family, number(v.MDE), number(v.MDER), string(v.Evidence), why, needed}))
	}
	return rows
}

func refusal(r *models.Refusal) (why, needed any) {
	if r == nil {
		return nil, nil
	}
	return r.Reason, r.Needed
}

var actionTable = Relation{
	Name: "fct_action", Grain: "one row per action and series", Features: []string{"N16"},
	Why: "What changed in teams that took an action, beside teams that did not, over the same periods. Teams chosen in a bad spell get better anyway: " +
		"the level before is held fixed beside, and what the teams did before is the placebo.",
	Key: []KeyColumn{{Name: "action"}, {Name: "series"}},
	Columns: []Column{
		{"action", "varchar", "label of the events"},
		{"series", "varchar", "metric or dimension"},
		{"side", "varchar", "inside or outside"},
		{"is_clear", "boolean", "the change may be told: q at most .05, interval clear of zero, no drift before, clear with the level before held fixed"},
		{"n_treated", "bigint", "teams that took it"},
		{"n_controls", "bigint", "teams that did not, or took it later"},
		{"window_periods", "bigint", "periods before and after that are compared, each"},
		{"effect", "double", "mean change of teams that took it less that of the others, unit of the series"},
		{"low", "double", "lower end of its 95 % interval (Welch)"},
		{"high", "double", "upper end of it"},
		{"n", "bigint", "cells"},
		{"p", "double", "p of effect by t"},
		{"p_random", "double", "p of effect by giving the starts to teams at random; null above 200 teams"},
		{"q", "double", "of the larger p, after Benjamini-Hochberg over all actions and series"},
		{"family", "bigint", "actions and series tested together"},
		{"placebo", "double", "the same contrast one window earlier: should be nothing"},
		{"placebo_p", "double", "p of it"},
		{"bound_low", "double", "lower end of the interval if teams had gone on drifting apart as much as before"},
		{"bound_high", "double", "upper end of it"},
		{"adjusted", "double", "effect with where the teams stood before held fixed"},
		{"adjusted_low", "double", "lower end of its 95 % interval"},
		{"adjusted_high", "double", "upper end of it"},
		{"doubts", "varchar", "codes of warnings, parted by commas"},
		{"refused", "varchar", "why there is no answer; null if there is"},
		{"needed", "varchar", "what would be needed"},
		{"evidence", "varchar", "kind of design: always intervention"},
	},
}

func actionRows(c *models.Conclusions) [][]any {
	var rows [][]any
	for i := range c.Actions {
		a := &c.Actions[i]
		doubts := make([]string, len(a.Doubts))
		for j, d := range a.Doubts {
			doubts[j] = d.Code
		}
		why, needed := refusal(a.Refused)
		e, p, d := &a.Effect, &a.Placebo, &a.Adjusted
		rows = append(rows, []any{
			a.Action, a.Series, string(a.Side), a.Clear(), a.Treated, a.Controls, a.Window, known(e.OK, e.Slope), known(e.OK, e.Low), known(e.OK, e.High), e.N, known(e.OK, e.P),
			number(a.PRandom), number(a.Q), a.Family, known(p.OK, p.Slope), known(p.OK, p.P), number(a.BoundLow), number(a.BoundTop),
			known(d.OK, d.Slope), known(d.OK, d.Low), known(d.OK, d.High), text(strings.Join(doubts, ",")), why, needed, string(a.Evidence),
		})
	}
	return rows
}
