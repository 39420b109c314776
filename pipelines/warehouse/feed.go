package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"insideout/models"
	"insideout/models/catalog"
	sqlfiles "insideout/sql"
)

// column types of the lake's datasets.
func columnType(k models.Kind) string {
	switch k {
	case models.Int:
		return "bigint"
	case models.Real:
		return "double"
	case models.Bool:
		return "boolean"
	case models.Instant:
		return "timestamp"
	case models.Date:
		return "date"
	}
	return "varchar" // text, and JSON as text
}

type typed struct{ name, typ string }

// rawColumns are the columns of raw_<dataset>: the dataset's own, then where the row comes from.
func rawColumns(s *models.Schema) []typed {
	out := make([]typed, 0, len(s.Fields)+5)
	for _, f := range s.Fields {
		out = append(out, typed{f.Name, columnType(f.Kind)})
	}
	return append(out, typed{models.ColSource, "varchar"}, typed{models.ColStream, "varchar"},
		typed{models.ColPosition, "bigint"}, typed{models.ColIngested, "timestamp"}, typed{models.ColRun, "varchar"})
}

// createRaw makes a view over committed files of a dataset, of the rows that meet the condition, if there is one. Without files it is
// empty and typed. Columns that files of an older version lack are null: a dataset's version adds fields and changes none.
func createRaw(ctx context.Context, db *sql.DB, s *models.Schema, name string, files []string, condition string) error {
	from, have := "", map[string]bool{}
	if len(files) > 0 {
		from = "read_parquet(" + literals(files) + ", union_by_name = true)"
		columns, err := describe(ctx, db, "select * from "+from)
		if err != nil {
			return fmt.Errorf("files of %s: %w", s.Name, err)
		}
		for _, c := range columns {
			have[c.name] = true
		}
	}
	var list []string
	for _, c := range rawColumns(s) {
		if have[c.name] {
			list = append(list, fmt.Sprintf("cast(%s as %s) as %s", ident(c.name), c.typ, ident(c.name)))
		} else {
			list = append(list, fmt.Sprintf("cast(null as %s) as %s", c.typ, ident(c.name)))
		}
	}
	text := "create view " + ident(name) + " as select " + strings.Join(list, ", ")
	switch {
	case from == "":
		text += " where false"
	case condition == "":
		text += " from " + from
	default:
		text += " from " + from + " where " + condition
	}
	if _, err := db.ExecContext(ctx, text); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// describe returns the columns of a query.
func describe(ctx context.Context, db *sql.DB, query string) ([]typed, error) {
	rows, err := db.QueryContext(ctx, "describe "+query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []typed
	for rows.Next() {
		var c typed
		var null, key, def, extra any
		if err := rows.Scan(&c.name, &c.typ, &null, &key, &def, &extra); err != nil {
			return nil, err
		}
		c.typ = strings.ToLower(c.typ)
		out = append(out, c)
	}
	return out, rows.Err()
}

// inputs makes raw_run, raw_series, cat_* and what stands published.
func (w *Workshop) inputs(ctx context.Context) error {
	in, c := &w.in, w.in.Catalog
	run := []any{string(in.Grain), in.Zone, date(in.From), date(in.To), in.MinGroup, strings.Join(in.RepeatKey, ","), in.RepeatDays}
	columns := "grain varchar, zone varchar, from_on date, to_on date, min_group integer, repeat_key varchar, repeat_days integer"
	for _, f := range RepeatFields() {
		columns += ", is_key_" + f + " boolean"
		is := false
		for _, k := range in.RepeatKey {
			is = is || k == f
		}
		run = append(run, is)
	}
	columns += ", is_roster_first boolean, catalog_hash varchar, sql_hash varchar"
	run = append(run, in.RosterFirst, c.Hash(), sqlfiles.Hash())
	if err := w.fill(ctx, "raw_run", columns, [][]any{run}); err != nil {
		return err
	}

	if err := w.inside(ctx, c); err != nil {
		return err
	}
	var series [][]any
	for _, id := range in.Conditions {
		series = append(series, []any{id, "condition"})
	}
	for _, id := range in.Outcomes {
		series = append(series, []any{id, "outcome"})
	}
	if err := w.fill(ctx, "raw_series", "series varchar, role varchar", series); err != nil {
		return err
	}
	if err := w.catalogue(ctx, c); err != nil {
		return err
	}
	if err := w.outside(ctx, c); err != nil {
		return err
	}
	if err := w.fill(ctx, "raw_custom", customTable, nil); err != nil { // filled when what custom metrics read is there
		return err
	}
	return w.before(ctx)
}

func (w *Workshop) catalogue(ctx context.Context, c *catalog.Catalog) error {
	var metrics, dimensions, items, steps [][]any
	for i := range c.Metrics {
		m := &c.Metrics[i]
		var lo, hi, top, bottom any
		if len(m.Scale) == 2 {
			lo, hi = m.Scale[0], m.Scale[1]
		}
		if m.Kind == catalog.NPS || m.Kind == catalog.TopBox {
			top = m.Top
		}
		if m.Kind == catalog.NPS {
			bottom = m.Bottom
		}
		metrics = append(metrics, []any{m.ID, m.Version, m.Name, string(m.Side), string(m.Kind), m.Unit, string(m.Direction), lo, hi, top, bottom,
			text(m.Measure), text(m.Numerator), text(m.Denominator), m.Definition, text(m.Owner), m.Complement, m.Public, w.fromReleased(ctx, m)})
	}
	in := &c.Instrument
	for i, d := range in.Dimensions {
		dimensions = append(dimensions, []any{d.ID, in.Version, d.Name, d.About, len(c.Items(d.ID)), i + 1, d.Own})
	}
	for i, it := range c.Questions() {
		items = append(items, []any{it.ID, text(it.Dimension), in.Version, it.Facet, it.Text, it.Scale[0], it.Scale[1], i + 1, it.Reverse, it.Own})
		// Steps are drawn for scales that have few of them; a slider has a mean and a spread.
		if lo, hi := it.Scale[0], it.Scale[1]; lo == float64(int(lo)) && hi == float64(int(hi)) && hi-lo <= 10 {
			for step := int(lo); step <= int(hi); step++ {
				steps = append(steps, []any{it.ID, step})
			}
		}
	}
	for _, t := range []struct {
		name, columns string
		rows          [][]any
	}{
		{"cat_metric", "metric varchar, version integer, name varchar, side varchar, kind varchar, unit varchar, direction varchar, lo double, hi double, top_from double, bottom_to double, measure varchar, numerator varchar, denominator varchar, definition varchar, owner varchar, is_complement boolean, is_public boolean, is_from_released boolean", metrics},
		{"cat_dimension", "dimension varchar, version integer, name varchar, about varchar, n_items bigint, place integer, is_own boolean", dimensions},
		{"cat_item", "item varchar, dimension varchar, version integer, facet varchar, text varchar, lo double, hi double, place integer, is_reversed boolean, is_own boolean", items},
		{"cat_step", "item varchar, step integer", steps},
	} {
		if err := w.fill(ctx, t.name, t.columns, t.rows); err != nil {
			return err
		}
	}
	return nil
}

// fill makes a table and its rows.
func (w *Workshop) fill(ctx context.Context, name, columns string, rows [][]any) error {
	if _, err := w.db.ExecContext(ctx, "create or replace table "+name+" ("+columns+")"); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(rows) == 0 {
		return nil
	}
	err := w.append(ctx, name, func(row func(...driver.Value) error) error {
		for _, r := range rows {
			values := make([]driver.Value, len(r))
			for i, v := range r {
				values[i] = v
			}
			if err := row(values...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// append adds many rows to a table at once.
func (w *Workshop) append(ctx context.Context, table string, add func(row func(...driver.Value) error) error) error {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(c any) (err error) {
		a, err := duckdb.NewAppenderFromConn(c.(driver.Conn), "", table)
		if err != nil {
			return err
		}
		defer func() {
			if closing := a.Close(); err == nil {
				err = closing
			}
		}()
		return add(a.AppendRow)
	})
}

// text is null for an empty string.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// date is null for the zero time, and midnight UTC of the civil date otherwise.
func date(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
