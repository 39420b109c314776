package warehouse

import "insideout/models"

var warningTable = Relation{
	Name: "fct_early_warning", Grain: "one row per series", Features: []string{"O10", "N8"},
	Why: "Whether a series warned of known incidents of single teams, each moment judged against the team's own past and against what all teams show then; " +
		"nothing later enters. rpt_metric_backtest counts hits by process limits; this tells whether they are more than luck.",
	Key: []KeyColumn{{Name: "series"}},
	Columns: []Column{
		{"series", "varchar", "metric or dimension"},
		{"side", "varchar", "inside or outside"},
		{"warns", "boolean", "tells moments before incidents from others, the search over series paid for (q at most .05)"},
		{"is_ahead", "boolean", "of the inside: warns, and better than the best of the outside"},
		{"horizon_periods", "bigint", "periods before an incident in which an alert is a warning"},
		{"incidents", "bigint", "that it could have warned of"},
		{"teams", "bigint", "teams with such an incident"},
		{"n", "bigint", "team-periods judged"},
		{"auc", "double", "how often a moment before an incident looks worse than another; .5 is a coin"},
		{"low", "double", "lower end of its 95 % interval: the wider of DeLong's and that of resampled teams"},
		{"high", "double", "upper end of it"},
		{"p", "double", "one-sided p against .5"},
		{"q", "double", "after Benjamini-Hochberg over the series"},
		{"family", "bigint", "series judged together"},
		{"baseline", "varchar", "of the inside: the outside series that warns best"},
		{"gain", "double", "auc over that of the baseline, on the moments that both judge"},
		{"gain_low", "double", "lower end of its 95 % interval, teams resampled"},
		{"gain_high", "double", "upper end of it"},
		{"hits", "bigint", "incidents with an alert in the horizon before"},
		{"hit_rate", "double", "hits / incidents"},
		{"lead", "double", "periods from the first such alert to the incident, median"},
		{"lead_low", "double", "lower quartile of it"},
		{"lead_high", "double", "upper quartile of it"},
		{"alerts", "bigint", "alerts; those within a horizon of each other are one"},
		{"false_alerts", "bigint", "alerts that no incident followed within the horizon"},
		{"false_share", "double", "false_alerts / alerts"},
		{"refused", "varchar", "why it is not judged; null if it is"},
		{"needed", "varchar", "what would be needed"},
		{"evidence", "varchar", "kind of design: lagged association"},
	},
}

func warningRows(c *models.Conclusions) [][]any {
	var rows [][]any
	for i := range c.Warnings {
		w := &c.Warnings[i]
		why, needed := refusal(w.Refused)
		rows = append(rows, []any{
			w.Series, string(w.Side), w.Warns(), w.Ahead(), w.Horizon, w.Incidents, w.Teams, w.N, number(w.AUC), number(w.Low), number(w.High), number(w.P), number(w.Q), w.Family,
			text(w.Baseline), number(w.Gain), number(w.GainLow), number(w.GainHigh), w.Hits, rate(w.Hits, w.Incidents), number(w.Lead), number(w.LeadLow), number(w.LeadHigh),
			w.Alerts, w.False, rate(w.False, w.Alerts), why, needed, string(models.LaggedAssociation),
		})
	}
	return rows
}

func rate(of, among int) any {
	if among == 0 {
		return nil
	}
	return float64(of) / float64(among)
}
