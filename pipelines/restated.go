package pipelines

import (
	"database/sql"
	"time"

	"insideout/models"
	"insideout/pipelines/report"
)

// restated counts the published numbers that read differently now, and finds the number of all teams behind which most rows
// came in. The last period that was published is no news: it goes on filling.
func (a *assembler) restated() error {
	var s report.Restatement
	err := a.each("select numbers, gone, added, redefined, earliest_on from rpt_restatement", func(rows *sql.Rows) error {
		var earliest sql.NullTime
		if err := rows.Scan(&s.Numbers, &s.Gone, &s.Added, &s.Redefined, &earliest); err != nil {
			return err
		}
		s.From = a.named(earliest.Time)
		return nil
	})
	if err != nil || s.Numbers == 0 {
		return err
	}
	a.r.Trust.Restated = &s
	return a.each(`select series, period_start, value_before, value_after, coalesce(rows_period, 0), is_redefined from fct_restatement
		where relation = 'rpt_metric_period' and kind = 'changed' and change <> 0 and not is_last_period
		order by rows_period desc nulls last, period_start desc, series limit 1`, func(rows *sql.Rows) error {
		h := new(report.Restated)
		var metric string
		var at time.Time
		if err := rows.Scan(&metric, &at, &h.Before, &h.After, &h.Rows, &h.Redefined); err != nil {
			return err
		}
		d := a.describe(metric)
		h.Name, h.Unit, h.Period = d.Name, d.Unit, a.named(at)
		s.Headline = h
		return nil
	})
}

// named is the name of the period that begins on a date.
func (a *assembler) named(start time.Time) string {
	if start.IsZero() {
		return ""
	}
	return models.PeriodOn(a.Period.Grain, start).String()
}
