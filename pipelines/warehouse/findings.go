package warehouse

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"insideout/models"
)

// definition writes the columns of a relation that Go fills.
func definition(r *Relation) string {
	list := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		list[i] = ident(c.Name) + " " + c.Type
	}
	return strings.Join(list, ", ")
}

var estimate = []Column{
	{"r", "double", "partial correlation"},
	{"slope", "double", "outcome units for one unit of the condition"},
	{"se", "double", "standard error of slope"},
	{"df", "double", "degrees of freedom (Satterthwaite)"},
	{"low", "double", "lower end of the 95 % interval of slope"},
	{"high", "double", "upper end of the 95 % interval of slope"},
	{"t", "double", "t of slope"},
	{"p", "double", "p of slope, nothing paid for any search"},
	{"n", "bigint", "cells"},
	{"teams", "bigint", "teams"},
	{"periods", "bigint", "distinct periods"},
}

var findingTable = Relation{
	Name: "fct_finding", Grain: "one row per condition and outcome",
	Why: "What may be said about a pair. The estimates are those inside teams, with team and period fixed effects, at lag; the grade is computed, never typed in.",
	Key: []KeyColumn{{Name: "condition"}, {Name: "outcome"}},
	Columns: slices.Concat([]Column{
		{"condition", "varchar", "series of the inside"},
		{"outcome", "varchar", "series of the outside"},
		{"grade", "varchar", "A+, A, B, C, D (not shown by the data) or - (refused)"},
		{"evidence", "varchar", "kind of design"},
		{"lag", "integer", "periods by which the condition comes first"},
		{"lag_set", "varchar", "lags that hold the best one in 90 % of resamples, parted by commas"},
	}, estimate, []Column{
		{"band_low", "double", "lower end of the 95 % band of slope over all lags at once, at the level that pays for the pairs found"},
		{"band_high", "double", "upper end of it"},
		{"cumulative_slope", "double", "sum of the slopes at lags 0 to cumulative_lag fitted together: what goes with a move that lasts"},
		{"cumulative_low", "double", "lower end of its 95 % interval"},
		{"cumulative_high", "double", "upper end of it"},
		{"cumulative_lag", "integer", "longest lag in it; null where it was not asked"},
		{"waves", "bigint", "waves of a condition with fewer than 26; null for others. The outcome is then that of the window after each wave"},
		{"wave_window", "bigint", "longest window, in periods"},
		{"change_slope", "double", "slope of the change of the outcome on the change of the condition between neighbouring waves"},
		{"change_low", "double", "lower end of its 95 % interval, by team"},
		{"change_high", "double", "upper end of it"},
		{"change_p", "double", "p of it, nothing paid for other pairs"},
		{"change_n", "bigint", "changes behind it"},
		{"change_mde", "double", "slope of it that would have been seen with power .8"},
		{"before_slope", "double", "the same with the window before each wave: the other direction of time"},
		{"before_p", "double", "p of it"},
		{"between_reliability_x", "double", "reliability of the teams' means of the condition over its waves"},
		{"between_reliability_y", "double", "the same of the outcome"},
		{"between_r_corrected", "double", "between_r divided by the root of both reliabilities, at most 1"},
		{"unweighted_slope", "double", "slope without weights"},
		{"pooled_r", "double", "correlation over all cells; mixes teams and calendar, never evidence"},
		{"between_r", "double", "correlation between means of teams"},
		{"between_n", "bigint", "teams behind between_r"},
		{"p_search", "double", "p after the search over lags is paid for"},
		{"p_method", "varchar", "how it was paid for"},
		{"q", "double", "after the search over pairs (Benjamini-Hochberg)"},
		{"p_strict", "double", "chance that any of the pairs would look as strong or stronger were nothing there (max-t stepdown, Romano and Wolf 2005); null where no bootstrap was drawn"},
		{"family", "bigint", "pairs tested together"},
		{"joint_slope", "double", "slope with the other conditions held fixed, at joint_lag"},
		{"joint_low", "double", "lower end of the 95 % interval of joint_slope"},
		{"joint_high", "double", "upper end of the 95 % interval of joint_slope"},
		{"joint_lag", "integer", "periods by which the condition comes first, others held fixed; null without a joint fit"},
		{"joint_q", "double", "after the search over lags and pairs, others held fixed"},
		{"not_held", "varchar", "conditions that share too few cells to be held fixed, parted by commas"},
		{"lead_p", "double", "p of the slope one period ahead, given now and before; small: the other direction is not ruled out"},
		{"half_t1", "double", "t of the slope in the first half of the calendar"},
		{"half_t2", "double", "t in the second half"},
		{"rv", "double", "robustness value: share of what is left of both that a hidden factor would have to explain"},
		{"partial_r2", "double", "of the outcome with the condition, in the fit behind rv"},
		{"max_share", "double", "largest part of the movement that one team holds"},
		{"corrected_slope", "double", "slope with the sampling noise of the condition taken out"},
		{"corrected_low", "double", "lower end of its 95 % interval"},
		{"corrected_high", "double", "upper end of its 95 % interval"},
		{"rate_slope", "double", "of a share: the slope by a quasi-binomial logit of the counts, as an average change of the share for one unit of the condition"},
		{"rate_low", "double", "lower end of its 95 % interval, by team"},
		{"rate_high", "double", "upper end of it"},
		{"mde", "double", "slope that would have been seen with power .8"},
		{"mde_r", "double", "the same as a partial correlation"},
		{"lambda_w", "double", "reliability of the condition inside teams over time"},
		{"look", "bigint", "number of this look at the question, by last period of the data; a pair new in a later look stays at C until the next sees it too"},
		{"seen_before", "boolean", "the look before saw it too"},
		{"doubts", "varchar", "codes of warnings, parted by commas"},
		{"refused", "varchar", "why the question was not answered; null if it was"},
		{"needed", "varchar", "what would be needed"},
	}),
}

var lagTable = Relation{
	Name: "fct_finding_lag", Grain: "one row per condition, outcome and lag",
	Why:     "The profile over lags behind a finding; lag > 0: the condition comes first.",
	Key:     []KeyColumn{{Name: "condition"}, {Name: "outcome"}, {Name: "lag"}},
	Columns: slices.Concat([]Column{{"condition", "varchar", "series of the inside"}, {"outcome", "varchar", "series of the outside"}, {"lag", "integer", "periods"}}, estimate),
}

var checkTable = Relation{
	Name: "fct_check", Grain: "one row per check of the run",
	Why: "Whether the data behind these numbers are sound.",
	Key: []KeyColumn{{Name: "check_name"}},
	Columns: []Column{
		{"check_name", "varchar", "name"},
		{"severity", "varchar", "stop or warn"},
		{"n_rows", "bigint", "violations"},
		{"why", "varchar", "why it matters"},
		{"fix", "varchar", "what to do"},
	},
}

// published lists everything that leaves the workshop: the marts, and the tables that Go fills, which are documented
// like marts.
func (w *Workshop) published() []*Relation {
	var out []*Relation
	for _, r := range w.relations {
		if r.Layer == marts {
			out = append(out, r)
		}
	}
	for _, t := range told {
		out = append(out, t.table)
	}
	return append(out, &checkTable)
}

// told are the tables that inference fills.
var told = []struct {
	table *Relation
	rows  func(c *models.Conclusions) [][]any
}{
	{&findingTable, findingRows},
	{&lagTable, lagRows},
	{&teamTable, teamRows},
	{&wayTable, wayRows},
	{&weightTable, weightRows},
	{&priorityTable, priorityRows},
	{&roleTable, roleRows},
	{&orderTable, orderRows},
	{&verdictTable, verdictRows},
	{&actionTable, actionRows},
	{&warningTable, warningRows},
	{&acrossTable, acrossRows},
}

// WriteConclusions stores what inference says, in place of what was there. Without a call its tables are published empty.
func (w *Workshop) WriteConclusions(ctx context.Context, c *models.Conclusions) error {
	for _, t := range told {
		if err := w.fill(ctx, t.table.Name, definition(t.table), t.rows(c)); err != nil {
			return err
		}
	}
	return nil
}

func findingRows(c *models.Conclusions) [][]any {
	var rows [][]any
	for i := range c.Findings {
		f := &c.Findings[i]
		var refused, needed any
		if f.Refused != nil {
			refused, needed = f.Refused.Reason, f.Refused.Needed
		}
		doubts := make([]string, len(f.Doubts))
		for j, d := range f.Doubts {
			doubts[j] = d.Code
		}
		set := make([]string, len(f.LagSet))
		for j, l := range f.LagSet {
			set[j] = strconv.Itoa(l)
		}
		rows = append(rows, slices.Concat(
			[]any{f.Condition, f.Outcome, string(f.Grade()), text(string(f.Evidence)), f.Lag, text(strings.Join(set, ","))},
			estimated(&f.Within),
			[]any{
				number(f.BandLow), number(f.BandHigh), known(f.Cumulative.OK, f.Cumulative.Slope), known(f.Cumulative.OK, f.Cumulative.Low),
				known(f.Cumulative.OK, f.Cumulative.High), when(f.Cumulative.OK, f.CumulativeLag),
			}, waveColumns(f.Waves), []any{
				known(f.Unweighted.OK, f.Unweighted.Slope), known(f.Pooled.OK, f.Pooled.R),
				known(f.Between.OK, f.Between.R), f.Between.N, number(f.PSearch), text(f.Method), number(f.Q), number(f.PStrict), f.Family,
				known(f.Joint.OK, f.Joint.Slope), known(f.Joint.OK, f.Joint.Low), known(f.Joint.OK, f.Joint.High), when(f.Joint.OK, f.Joint.Lag),
				known(f.Joint.OK, f.Joint.Q), text(strings.Join(f.Joint.NotHeld, ",")), known(f.Lead.OK, f.Lead.P),
				number(f.Halves[0]), number(f.Halves[1]), number(f.Robust), number(f.PartialR2), number(f.Share),
				known(f.Corrected.OK, f.Corrected.Slope), known(f.Corrected.OK, f.Corrected.Low), known(f.Corrected.OK, f.Corrected.High),
				known(f.Rate.OK, f.Rate.Slope), known(f.Rate.OK, f.Rate.Low), known(f.Rate.OK, f.Rate.High), number(f.MDE), number(f.MDER), number(f.Reliable), f.Look, f.Again, text(strings.Join(doubts, ",")), refused, needed,
			}))
	}
	return rows
}

func waveColumns(w *models.Waves) []any {
	if w == nil {
		return make([]any, 13)
	}
	c, b := &w.Change, &w.Before
	return []any{w.Count, w.Window, known(c.OK, c.Slope), known(c.OK, c.Low), known(c.OK, c.High), known(c.OK, c.P), c.N, number(w.MDE),
		known(b.OK, b.Slope), known(b.OK, b.P), number(w.ReliableX), number(w.ReliableY), known(w.Between.OK, w.Between.R)}
}

func lagRows(c *models.Conclusions) [][]any {
	var rows [][]any
	for i := range c.Findings {
		f := &c.Findings[i]
		for j := range f.Lags {
			rows = append(rows, slices.Concat([]any{f.Condition, f.Outcome, f.Lags[j].Lag}, estimated(&f.Lags[j].Estimate)))
		}
	}
	return rows
}

// results makes sure that the tables that Go fills are there.
func (w *Workshop) results(ctx context.Context) error {
	for _, t := range told {
		if _, err := w.db.ExecContext(ctx, "create table if not exists "+t.table.Name+" ("+definition(t.table)+")"); err != nil {
			return err
		}
	}
	var rows [][]any
	for _, c := range w.checks {
		rows = append(rows, []any{c.Name, c.Severity, c.Rows, c.Text, c.Fix})
	}
	return w.fill(ctx, checkTable.Name, definition(&checkTable), rows)
}

func estimated(e *models.Estimate) []any {
	return []any{
		known(e.OK, e.R), known(e.OK, e.Slope), known(e.OK, e.SE), known(e.OK, e.DF), known(e.OK, e.Low), known(e.OK, e.High),
		known(e.OK, e.T), known(e.OK, e.P), e.N, e.Teams, e.Times,
	}
}

// when is null unless the value is there.
func when(ok bool, v any) any {
	if !ok {
		return nil
	}
	return v
}

func known(ok bool, f models.Figure) any {
	if !ok {
		return nil
	}
	return number(f)
}

// number is null for a figure that was not computed.
func number(f models.Figure) any {
	if v := float64(f); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return v
	}
	return nil
}
