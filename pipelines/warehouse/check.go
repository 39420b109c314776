package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
	"time"

	"insideout/models"
)

// Severities of a check.
const (
	Stop = "stop" // nothing is published
	Warn = "warn" // published, and said in the report
)

// CheckResult is what one check found.
type CheckResult struct {
	Name     string
	Severity string // Stop or Warn
	Rows     int64  // violations; 0 is a pass
	Text     string // why it matters
	Fix      string // what to do
	Sample   []string
}

// samples is how many violations a result shows.
const samples = 5

// Checks returns every check that was run, those from the headers first, then 90_checks, each by name, then the project's own.
func (w *Workshop) Checks() []CheckResult { return w.checks }

// Stopped reports whether a check of severity stop found something: nothing of this workshop may be published.
func (w *Workshop) Stopped() bool {
	for _, c := range w.checks {
		if c.Severity == Stop && c.Rows > 0 {
			return true
		}
	}
	return false
}

func (w *Workshop) check(ctx context.Context) error {
	for _, r := range w.relations {
		if r.Keep != "table" {
			continue
		}
		done := w.in.step("key of " + r.Name)
		result, err := checkKey(ctx, w.db, r, w.cache.checkable(r))
		done()
		if err != nil {
			return &RelationError{r.File, err}
		}
		w.checks = append(w.checks, result)
		w.cache.doubt(r, result)
	}
	for _, r := range w.relations {
		if r.Layer != checks {
			continue
		}
		done := w.in.step(r.Name)
		result, err := w.run(ctx, r)
		done()
		if err != nil {
			return &RelationError{r.File, err}
		}
		w.checks = append(w.checks, result)
		w.cache.doubt(r, result)
	}
	return w.rules(ctx)
}

// checkKey counts the rows of a relation, or of the part of it in the table named, that share their key with another or lack a
// part of it.
func checkKey(ctx context.Context, db *sql.DB, r *Relation, from string) (CheckResult, error) {
	result := CheckResult{
		Name: "key_of_" + r.Name, Severity: Stop,
		Text: "More than one row for what is to be one, or a row without its key: " + r.Grain + ".",
		Fix:  "This is a fault of the program, not of the data: see sql/" + r.File + ".",
	}
	if from == "" {
		return result, nil
	}
	query := "select greatest(count(*) - 1, 0) from " + from
	if !r.OneRow {
		keys := idents(r.keyNames())
		var lacking []string
		for _, k := range r.Key {
			if !k.Nullable {
				lacking = append(lacking, ident(k.Name)+" is null")
			}
		}
		if len(lacking) == 0 {
			lacking = []string{"false"}
		}
		query = fmt.Sprintf(`select
    coalesce((select sum(n - 1) from (select count(*) as n from %[1]s group by %[2]s) where n > 1), 0)
    + (select count(*) from %[1]s where %[3]s)`, from, keys, strings.Join(lacking, " or "))
	}
	err := db.QueryRowContext(ctx, "select cast(("+query+") as bigint)").Scan(&result.Rows)
	return result, err
}

// run runs a relation of 90_checks.
func (w *Workshop) run(ctx context.Context, r *Relation) (CheckResult, error) {
	result := CheckResult{Name: r.Name, Severity: r.Severity, Text: r.Why, Fix: r.Fix}
	text, err := w.cache.query(ctx, r)
	if err != nil || text == "" {
		return result, err
	}
	query := "select * from (\n" + text + "\n) as q"
	if !r.OneRow {
		query += " order by " + idents(r.keyNames())
	}
	rows, err := w.db.QueryContext(ctx, query)
	if err != nil {
		return result, err
	}
	defer rows.Close()
	values := make([]any, len(r.Columns))
	targets := make([]any, len(values))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		result.Rows++
		if len(result.Sample) == samples {
			continue
		}
		if err := rows.Scan(targets...); err != nil {
			return result, err
		}
		var line []string
		for i, v := range values {
			line = append(line, r.Columns[i].Name+" "+show(v))
		}
		result.Sample = append(result.Sample, strings.Join(line, ", "))
	}
	return result, rows.Err()
}

// show writes a value for people, the same on every machine.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "(none)"
	case time.Time:
		return stamp(v)
	case float64:
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
	return fmt.Sprint(v)
}

// columns makes raw_column: every column of every relation, marked if it describes single people, answers or contacts.
func (w *Workshop) columns(ctx context.Context) error {
	layers := map[string]string{}
	for _, r := range w.relations {
		layers[r.Name] = r.Layer
	}
	rows, err := w.db.QueryContext(ctx, "select table_name, column_name, data_type from duckdb_columns() where not internal and database_name = current_database() and schema_name = 'main' order by table_name, column_index")
	if err != nil {
		return err
	}
	defer rows.Close()
	var all [][]driver.Value
	personal := personalColumns()
	for rows.Next() {
		var relation, name, typ string
		if err := rows.Scan(&relation, &name, &typ); err != nil {
			return err
		}
		all = append(all, []driver.Value{relation, layers[relation], name, strings.ToLower(typ), personal[name]})
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := w.fill(ctx, "raw_column", rawColumnColumns, nil); err != nil {
		return err
	}
	return w.append(ctx, "raw_column", func(row func(...driver.Value) error) error {
		for _, r := range all {
			if err := row(r...); err != nil {
				return err
			}
		}
		return nil
	})
}

const rawColumnColumns = "relation varchar, layer varchar, name varchar, type varchar, is_personal boolean"

// personalColumns are the names of columns that hold a person's pseudonym or own words, or that single out one answer or
// one contact.
func personalColumns() map[string]bool {
	out := map[string]bool{"respondent": true, "attributes": true}
	for _, s := range models.Datasets() {
		for _, f := range s.Fields {
			if f.Privacy != models.Open || strings.HasSuffix(f.Name, "_id") {
				out[f.Name] = true
			}
		}
	}
	return out
}
