package main

import (
	"strings"

	"github.com/spf13/cobra"

	"insideout/connectors"
	"insideout/pipelines"
)

// published loads the configuration and finds the warehouse and report that stand.
func (a *app) published() (*pipelines.Config, *pipelines.Published, error) {
	c, err := pipelines.LoadToRead(a.config)
	if err != nil {
		return nil, nil, err
	}
	p, err := pipelines.ReadPublished(c.Out)
	if err != nil {
		return nil, nil, err
	}
	if p == nil {
		return nil, nil, &connectors.EnvironmentError{Op: "read", What: c.Out, Err: errNothing, Hint: "insideout run --config " + a.config}
	}
	return c, p, nil
}

func (a *app) connectVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "connect",
		Short: "Print the SQL that opens the newest warehouse in any DuckDB client",
		Long: `Print the SQL that attaches the newest generation of the warehouse read-only. Nothing that a reader does can block a
run; a reader keeps its generation until it connects again.`,
		Example: `  insideout connect > init.sql && duckdb -init init.sql`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, p, err := a.published()
			if err != nil {
				return err
			}
			path := c.Path(p.Warehouse)
			sql := "attach '" + strings.ReplaceAll(path, "'", "''") + "' as insideout (read_only);\nuse insideout;"
			a.result, a.summary = struct {
				SQL       string `json:"sql"`
				Warehouse string `json:"warehouse"`
			}{sql, path}, path
			a.say("%s", sql)
			return nil
		},
	}
}
