package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"insideout/connectors/kafka"
	"insideout/pipelines"
)

func (a *app) quarantineReplay() *cobra.Command {
	var source, code string
	cmd := &cobra.Command{
		Use:   "replay [--source NAME] [--code CODE]",
		Short: "Read rejected rows again by the mapping as it is now, and load those that fit",
		Long: `Read rejected rows again, from what is kept of them, by the mapping as it is now. Rows that fit become records, rows that a
filter leaves out now are counted as filtered, the others stay rejected with their present reason: all in one commit of the
lake. Doing it again does nothing. Rows that cannot be read from what is kept are counted with the reason. The next run
publishes.`,
		Example: `  insideout quarantine replay
  insideout quarantine replay --source customer-survey --code unlisted_value`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := pipelines.Load(a.config)
			if err != nil {
				return err
			}
			if source != "" && !slices.ContainsFunc(c.Sources, func(s pipelines.Source) bool { return s.Name == source }) {
				return usageError{fmt.Errorf("--source %s: no source of that name is configured", source)}
			}
			o := a.options()
			o.Open = a.opener(kafka.Options{Notice: a.notice})
			done, err := pipelines.ReplayQuarantine(cmd.Context(), c, o, source, code)
			if err != nil {
				return err
			}
			var rows int64
			var b strings.Builder
			w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
			for _, s := range done.Stay {
				if rows == 0 {
					fmt.Fprintln(w, "source\treason\tfield\trows\tnot read again because")
				}
				rows += s.Rows
				fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", s.Source, s.Code, s.Field, s.Rows, clean(s.Unread))
			}
			w.Flush()
			a.result = done
			a.summary = fmt.Sprintf("%s loaded as %s, %d left out by a filter, %d still rejected", count(done.Loaded, "rejected row"), count(done.Records, "record"), done.Filtered, rows)
			a.say("%s%s", b.String(), a.summary)
			return nil
		},
	}
	cmd.Flags().StringVar(&source, "source", "", "only rows of this source")
	cmd.Flags().StringVar(&code, "code", "", "only rows that were rejected for this reason, such as unlisted_value")
	return cmd
}
