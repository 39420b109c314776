package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"insideout/connectors"
	"insideout/pipelines/export"
	"insideout/pipelines/place"
	"insideout/pipelines/warehouse"
)

// exported is one file that was written.
type exported struct {
	Table string `json:"table"`
	File  string `json:"file"`
	Rows  int64  `json:"rows"`
}

func (a *app) exportVerb() *cobra.Command {
	var format, output string
	cmd := &cobra.Command{
		Use:   "export [TABLE...]",
		Short: "Write tables of the published warehouse as Parquet, Arrow IPC, CSV or XLSX",
		Long: `Write tables of the published warehouse into a folder, one file each; without a name all of them. The same generation gives
the same bytes. In CSV and XLSX a text that a spreadsheet would take for a formula gets an apostrophe before it.`,
		Example: `  insideout export                                      every table as Parquet
  insideout export fct_customer_metric --format xlsx -o for-finance`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, p, err := a.published()
			if err != nil {
				return err
			}
			if !slices.Contains(export.Formats(), format) {
				return usageError{fmt.Errorf("--format %s is none of %s", format, strings.Join(export.Formats(), ", "))}
			}
			if output == "" {
				output = c.Path("export")
			}
			db, err := warehouse.OpenReadOnly(c.Path(p.Warehouse))
			if err != nil {
				return err
			}
			defer db.Close()
			tables, err := chosen(cmd.Context(), db, args)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(output, 0o755); err != nil {
				return err
			}
			var done []exported
			var rows int64
			for _, t := range tables {
				e, err := exportTable(cmd.Context(), db, t, format, output)
				if err != nil {
					return fmt.Errorf("export %s: %w", t, err)
				}
				done, rows = append(done, e), rows+e.Rows
			}
			a.result = done
			a.summary = fmt.Sprintf("%s, %s: %s", count(int64(len(done)), "table"), count(rows, "row"), output)
			a.say("%s", a.summary)
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "parquet", strings.Join(export.Formats(), ", "))
	cmd.Flags().StringVarP(&output, "output", "o", "", "folder to write into (default export in the out folder)")
	return cmd
}

// chosen returns the tables that were named, or all, and every name that is none at once.
func chosen(ctx context.Context, db *sql.DB, names []string) ([]string, error) {
	rows, err := db.QueryContext(ctx, "select table_name from duckdb_tables() where not internal order by table_name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		all = append(all, name)
	}
	if err := rows.Err(); err != nil || len(names) == 0 {
		return all, err
	}
	var wrong []error
	for _, name := range names {
		if !slices.Contains(all, name) {
			wrong = append(wrong, usageError{fmt.Errorf("there is no table %q; %s", name, connectors.Suggest(name, all))})
		}
	}
	return names, errors.Join(wrong...)
}

func exportTable(ctx context.Context, db *sql.DB, table, format, dir string) (exported, error) {
	e := exported{Table: table, File: filepath.Join(dir, table+"."+format)}
	rows, err := db.QueryContext(ctx, `from "`+table+`" order by all`) // the rows of a table have no order of their own
	if err != nil {
		return e, err
	}
	defer rows.Close()
	err = place.File(e.File, 0o644, func(w io.Writer) (err error) {
		e.Rows, err = export.Write(w, rows, format)
		return err
	})
	return e, err
}
