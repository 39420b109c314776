package main

import (
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"insideout/connectors"
	"insideout/pipelines/export"
	"insideout/pipelines/warehouse"
	sqlfiles "insideout/sql"
)

func (a *app) queryVerb() *cobra.Command {
	var format, example string
	var limit int
	var list bool
	cmd := &cobra.Command{
		Use:   "query [SQL]",
		Short: "Ask the published warehouse a question in SQL",
		Example: `  insideout query "select table_name, comment from duckdb_tables() order by 1"
  insideout query --format csv "from fct_customer_metric"
  insideout query --list                                   questions that are ready to run
  insideout query --example weakest_conditions`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return a.examples()
			}
			question, err := chooseQuestion(args, example)
			if err != nil {
				return err
			}
			c, p, err := a.published()
			if err != nil {
				return err
			}
			if format != "table" && format != "csv" {
				return usageError{errors.New("--format " + format + " is neither table nor csv")}
			}
			db, err := warehouse.OpenReadOnly(c.Path(p.Warehouse))
			if err != nil {
				return err
			}
			defer db.Close()
			t, err := ask(cmd.Context(), db, question, limit)
			if err != nil {
				return err
			}
			a.result, a.summary = t, fmt.Sprintf("%d rows", len(t.Rows))
			if a.json {
				return nil
			}
			return t.write(a, format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "table", "table or csv")
	cmd.Flags().BoolVar(&list, "list", false, "list the examples with what each one answers")
	cmd.Flags().StringVar(&example, "example", "", "run an example instead of SQL of your own")
	cmd.Flags().IntVar(&limit, "limit", 10_000, "more rows than this are an error, never cut off in silence; 0: no limit")
	return cmd
}

// chooseQuestion gives the SQL to run: the person's own, or that of an example.
func chooseQuestion(args []string, example string) (string, error) {
	if (len(args) == 1) == (example != "") {
		return "", usageError{errors.New("give either SQL or --example NAME; --list shows the examples")}
	}
	if len(args) == 1 {
		return args[0], nil
	}
	var names []string
	for _, e := range sqlfiles.Examples() {
		if e.Name == example {
			return e.Query, nil
		}
		names = append(names, e.Name)
	}
	return "", usageError{fmt.Errorf("there is no example %q; %s", example, connectors.Suggest(example, names))}
}

// examples lists the questions that are ready to run.
func (a *app) examples() error {
	all := sqlfiles.Examples()
	a.result, a.summary = all, count(int64(len(all)), "example")
	for _, e := range all {
		a.say("%s\n  %s", e.Name, e.Question)
	}
	return nil
}

type table struct {
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
}

func ask(ctx context.Context, db *sql.DB, q string, limit int) (*table, error) {
	rows, err := db.QueryContext(ctx, q)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	t := &table{Rows: [][]any{}}
	if t.Columns, err = rows.Columns(); err != nil {
		return nil, err
	}
	for rows.Next() {
		if limit > 0 && len(t.Rows) == limit {
			return nil, usageError{fmt.Errorf("the answer has more than %d rows; narrow the question or raise --limit", limit)}
		}
		row := make([]any, len(t.Columns))
		to := make([]any, len(row))
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		for i, v := range row {
			row[i] = plain(v)
		}
		t.Rows = append(t.Rows, row)
	}
	return t, rows.Err()
}

// plain turns what the driver gives into what prints and marshals well.
func plain(v any) any {
	switch v := v.(type) {
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly)
		}
		return v.UTC().Format(time.RFC3339Nano)
	case []byte:
		return string(v)
	case fmt.Stringer:
		return v.String()
	case nil, bool, string, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64:
		return v
	}
	return fmt.Sprint(v)
}

func (t *table) write(a *app, format string) error {
	text := func(v any) string {
		if v == nil {
			return ""
		}
		return fmt.Sprint(v)
	}
	if format == "csv" {
		w := csv.NewWriter(a.stdout)
		if err := w.Write(t.Columns); err != nil {
			return err
		}
		for _, r := range t.Rows {
			cells := make([]string, len(r))
			for i, v := range r {
				cells[i] = text(v)
				if s, isText := v.(string); isText {
					cells[i] = export.Guard(s)
				}
			}
			if err := w.Write(cells); err != nil {
				return err
			}
		}
		w.Flush()
		return w.Error()
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for i, c := range t.Columns {
		if i > 0 {
			fmt.Fprint(w, "\t")
		}
		fmt.Fprint(w, printable([]byte(c), 120))
	}
	fmt.Fprintln(w)
	for _, r := range t.Rows {
		for i, v := range r {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, printable([]byte(text(v)), 120))
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
