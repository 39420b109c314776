package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"insideout/models/catalog"
)

// CustomError is a custom metric whose SQL cannot be used.
type CustomError struct {
	Metric string
	Err    error
}

func (e *CustomError) Error() string {
	return fmt.Sprintf("custom metric %s: %v -> correct its sql in the catalogue; insideout validate tries it", e.Metric, e.Err)
}
func (e *CustomError) Unwrap() error { return e.Err }

// customColumns are what the SQL of a custom metric may give, with the engine's type of each.
var customColumns = []typed{{"team", "varchar"}, {"period_start", "date"}, {"value", "double"}, {"numerator", "double"}, {"denominator", "double"}, {"n", "bigint"}, {"se", "double"}}

const customTable = "unit varchar, metric varchar, version integer, period_start date, value double, numerator double, denominator double, n bigint, se double"

// customs lists the custom metrics of the catalogue in its order.
func customs(c *catalog.Catalog) []*catalog.Metric {
	var out []*catalog.Metric
	for i := range c.Metrics {
		if c.Metrics[i].Kind == catalog.Custom {
			out = append(out, &c.Metrics[i])
		}
	}
	return out
}

// fromReleased reports whether a metric's SQL reads what the release step lets out about employees.
func (w *Workshop) fromReleased(ctx context.Context, m *catalog.Metric) bool {
	if m.Kind != catalog.Custom {
		return false
	}
	read, err := reads(ctx, w.db, m.SQL)
	return err != nil || slices.ContainsFunc(read, func(name string) bool { return strings.HasPrefix(name, "rel_") })
}

// custom runs the custom metrics, when everything that they may read is there, and fills raw_custom.
func (w *Workshop) custom(ctx context.Context) (err error) {
	list := customs(w.in.Catalog)
	if len(list) == 0 {
		return nil
	}
	needed := []string{"raw_run"}
	for _, m := range list {
		read, err := w.mayRead(ctx, m.SQL, false)
		if err != nil {
			return &CustomError{m.ID, err}
		}
		needed = append(needed, read...)
	}
	slices.Sort(needed)
	s, err := w.sandbox(ctx, slices.Compact(needed))
	if err != nil {
		return fmt.Errorf("custom metrics: %w", err)
	}
	defer func() {
		if closing := s.close(); err == nil {
			err = closing
		}
	}()
	units, err := w.units(ctx)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, m := range list {
		found, err := s.measure(ctx, m, units)
		if err != nil {
			return &CustomError{m.ID, err}
		}
		rows = append(rows, found...)
	}
	return w.fill(ctx, "raw_custom", customTable, rows)
}

// units are the teams and units that the data know. A custom metric has no others: else an agent could be made a team of one.
func (w *Workshop) units(ctx context.Context) (map[string]string, error) {
	return pairs(ctx, w.db, `select team, '' from int_contacts__attributed where team is not null
		union select team, '' from int_feedback__attributed where team is not null
		union select team, '' from int_behaviours__placed where team is not null
		union select unit, '' from int_measures__valued union select team, '' from stg_teams`)
}

// give describes what the SQL gives, and refuses columns that are none of those asked for.
func (s *sandbox) give(ctx context.Context, m *catalog.Metric) ([]string, error) {
	columns, err := describe(ctx, s.db, "select * from (\n"+m.SQL+"\n) as q")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range columns {
		if !slices.ContainsFunc(customColumns, func(t typed) bool { return t.name == c.name }) {
			return nil, fmt.Errorf("it gives a column %s; a metric is team, period_start, and value or numerator and denominator, and may have n and se", c.name)
		}
		names = append(names, c.name)
	}
	has := func(name string) bool { return slices.Contains(names, name) }
	switch {
	case !has("team") || !has("period_start"):
		return nil, fmt.Errorf("it gives %s; a metric needs team and period_start", strings.Join(names, ", "))
	case has("value") == (has("numerator") || has("denominator")) || has("numerator") != has("denominator"):
		return nil, fmt.Errorf("it gives %s; a metric needs value, or numerator and denominator", strings.Join(names, ", "))
	}
	return names, nil
}

// measure runs the SQL of one metric and returns rows of raw_custom, by team and period.
func (s *sandbox) measure(ctx context.Context, m *catalog.Metric, units map[string]string) ([][]any, error) {
	names, err := s.give(ctx, m)
	if err != nil {
		return nil, err
	}
	list := make([]string, len(customColumns))
	for i, c := range customColumns {
		value := "null"
		if slices.Contains(names, c.name) {
			value = c.name
		}
		list[i] = fmt.Sprintf("cast(%s as %s)", value, c.typ)
	}
	rows, err := s.db.QueryContext(ctx, "select "+strings.Join(list, ", ")+", period_start = cast(date_trunc((select grain from raw_run), period_start) as date) from (\n"+m.SQL+
		"\n) as q order by 1 nulls first, 2 nulls first")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out [][]any
	var before string
	for rows.Next() {
		var team sql.NullString
		var period sql.NullTime
		var value, numerator, denominator, se sql.NullFloat64
		var n sql.NullInt64
		var begins sql.NullBool
		if err := rows.Scan(&team, &period, &value, &numerator, &denominator, &n, &se, &begins); err != nil {
			return nil, err
		}
		if denominator.Valid && numerator.Valid && denominator.Float64 != 0 {
			value = sql.NullFloat64{Float64: numerator.Float64 / denominator.Float64, Valid: true}
		}
		at := team.String + " " + period.Time.Format(time.DateOnly)
		_, known := units[team.String]
		switch {
		case !team.Valid || !period.Valid:
			return nil, fmt.Errorf("a row without team or period_start; leave it out with where")
		case at == before:
			return nil, fmt.Errorf("team %s has two rows", at)
		case !begins.Bool:
			return nil, fmt.Errorf("team %s: no period begins on that day; period_of and the column period_start of int_ relations give the first one", at)
		case !known:
			return nil, fmt.Errorf("team %q is no team or unit of the data", team.String)
		case !value.Valid: // nothing to say of this period
			continue
		case math.IsNaN(value.Float64) || math.IsInf(value.Float64, 0):
			return nil, fmt.Errorf("team %s: the value is no finite number", at)
		case len(m.Scale) == 2 && (value.Float64 < m.Scale[0] || value.Float64 > m.Scale[1]):
			return nil, fmt.Errorf("team %s: the value %g is outside the scale %v", at, value.Float64, m.Scale)
		case n.Valid && n.Int64 < 0 || se.Valid && !(se.Float64 >= 0):
			return nil, fmt.Errorf("team %s: n and se are not negative", at)
		}
		before = at
		out = append(out, []any{team.String, m.ID, int32(m.Version), period.Time, value.Float64, null(numerator), null(denominator), null(n), null(se)})
	}
	return out, rows.Err()
}

// null is the value, or nil where it is not known.
func null(v driver.Valuer) any {
	out, _ := v.Value() // those of package sql give no error
	return out
}
