package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"insideout/pipelines"
	"insideout/pipelines/warehouse"
)

func (a *app) generationsVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "generations",
		Short: "List the published warehouses that are kept, and go back to one",
		Long: `List the generations of the warehouse, newest first; a star marks the published one. generations.keep and generations.for in
the configuration say how many stay.`,
		Example: `  insideout generations
  insideout generations rollback                                 the one before the published one
  insideout generations rollback gen-20250301T101500Z-3b0b81`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := pipelines.LoadToRead(a.config)
			if err != nil {
				return err
			}
			all, err := warehouse.Generations(c.Out)
			if err != nil {
				return err
			}
			a.result, a.summary = all, count(int64(len(all)), "generation")
			if a.json || a.quiet {
				return nil
			}
			w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			for _, g := range all {
				mark := " "
				if g.Current {
					mark = "*"
				}
				fmt.Fprintf(w, "%s %s\t%s\t%.1f MB\n", mark, printable([]byte(g.Name), 120), g.Made.Format(time.RFC3339), float64(g.Bytes)/1e6)
			}
			return w.Flush()
		},
	}
	cmd.AddCommand(a.rollbackVerb())
	return cmd
}

func (a *app) rollbackVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "rollback [NAME]",
		Short: "Show an earlier generation again: warehouse, report and panel",
		Long: `Show an earlier generation again. Readers that have another one open keep it. The lake is not changed, and the next run
does not publish again what was rolled back unless data, configuration or program have changed.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := pipelines.LoadToRead(a.config)
			if err != nil {
				return err
			}
			name := ""
			if len(args) == 1 {
				name = args[0]
			}
			p, err := pipelines.Rollback(c, name, a.options())
			if err != nil {
				return err
			}
			a.result, a.summary = p, "published again: "+p.Warehouse
			a.say("%s", a.summary)
			return nil
		},
	}
}
