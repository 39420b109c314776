package pipelines

import (
	"context"
	"slices"
	"time"

	"insideout/models"
	"insideout/models/catalog"
	"insideout/pipelines/warehouse"
)

// hypotheses turns those of the catalogue into what inference tests.
func (r *run) hypotheses() []models.Hypothesis {
	var out []models.Hypothesis
	for _, h := range r.catalog.Hypotheses {
		x := models.Hypothesis{ID: h.ID, Words: h.Words, Condition: h.Condition, Outcome: h.Outcome, Sign: 1}
		if h.Direction == string(catalog.Lower) {
			x.Sign = -1
		}
		if len(h.Lags) > 0 {
			x.From, x.To = h.Lags[0], h.Lags[len(h.Lags)-1]
		}
		out = append(out, x)
	}
	return out
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
