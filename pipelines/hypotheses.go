package pipelines

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"insideout/models"
	"insideout/pipelines/warehouse"
)

// Hypothesis is a link that is expected, written down before the data are looked at. What is registered is part of the question: changing
// it later changes the hash of the specification that stands in the report.
type Hypothesis struct {
	ID        string `yaml:"id"`
	Words     string `yaml:"words"` // as people say it; empty: made from the rest
	Condition string `yaml:"condition"`
	Outcome   string `yaml:"outcome"`
	Direction string `yaml:"direction"` // of the outcome when there is more of the condition: higher or lower
	Lags      []int  `yaml:"lags"`      // first and last lag in periods, the condition first; empty: the same period
}

// hypotheses turns those of the configuration, which has been checked, into what inference tests.
func (a Analysis) hypotheses() []models.Hypothesis {
	var out []models.Hypothesis
	for _, h := range a.Hypotheses {
		x := models.Hypothesis{ID: h.ID, Words: h.Words, Condition: h.Condition, Outcome: h.Outcome, Sign: 1}
		if h.Direction == "lower" {
			x.Sign = -1
		}
		if len(h.Lags) > 0 {
			x.From, x.To = h.Lags[0], h.Lags[len(h.Lags)-1]
		}
		out = append(out, x)
	}
	return out
}

// hypotheses reports everything that is wrong with the registered ones.
func (v *validator) hypotheses() {
	seen := map[string]bool{}
	for i, h := range v.c.Analysis.Hypotheses {
		at := func(field string) string { return fmt.Sprintf("analysis.hypotheses[%d].%s", i, field) }
		switch {
		case h.ID == "":
			v.add(at("id"), "is missing", "a short name that no other hypothesis has, such as flow-failure")
		case seen[h.ID]:
			v.add(at("id"), fmt.Sprintf("%q names two hypotheses", h.ID), "one id for one hypothesis")
		}
		seen[h.ID] = true
		for _, s := range []struct {
			field, id string
			side      models.Side
		}{{"condition", h.Condition, models.Inside}, {"outcome", h.Outcome, models.Outside}} {
			if known, ok := v.c.catalog.Series(s.id); !ok || known.Dimension != "" || known.Side != s.side {
				v.add(at(s.field), fmt.Sprintf("%q is no %s of the catalogue", s.id, map[models.Side]string{models.Inside: "condition inside", models.Outside: "outcome outside"}[s.side]),
					"one of "+strings.Join(v.c.catalog.IDs(s.side), ", "))
			}
		}
		if h.Direction != "higher" && h.Direction != "lower" {
			v.add(at("direction"), fmt.Sprintf("%q is not known", h.Direction), "higher or lower: what happens to the outcome when there is more of the condition")
		}
		if n := len(h.Lags); n > 2 || n > 0 && (h.Lags[0] < 0 || h.Lags[n-1] < h.Lags[0] || h.Lags[n-1] > 26) {
			v.add(at("lags"), fmt.Sprintf("%v is no range of lags", h.Lags), "first and last lag between 0 and 26 periods, such as [1, 4]")
		}
	}
}

// events reads incidents and actions of the teams of the panel, in a fixed order.
func events(ctx context.Context, w *warehouse.Workshop, p *models.Panel) ([]models.Event, error) {
	rows, err := w.Query(ctx, "select kind, coalesce(label, event), unit, period_start from dim_event where kind in ('incident', 'action') and period_start is not null order by period_start, unit, event")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []models.Event
	for rows.Next() {
		var e models.Event
		var unit string
		var start time.Time
		if err := rows.Scan(&e.Kind, &e.Label, &unit, &start); err != nil {
			return nil, err
		}
		e.Period = models.PeriodOn(p.Grain, start).Index - p.First.Index
		if e.Team = slices.Index(p.Teams, unit); e.Team < 0 && unit != "(all)" {
			continue // a team without a releasable cell
		}
		out = append(out, e)
	}
	return out, rows.Err()
}
