package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"insideout/pipelines"
	"insideout/pipelines/warehouse"
)

// checked is one check with what it found.
type checked struct {
	Name     string   `json:"name"`
	Severity string   `json:"severity"`
	Rows     int64    `json:"rows"`
	Text     string   `json:"text"`
	Fix      string   `json:"fix"`
	Sample   []string `json:"sample,omitempty"`
}

func (a *app) checkVerb() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Run every data check on what the lake holds, and publish nothing",
		Long: `Build from what the lake holds, run every check and show rows that each one found. Nothing is read from a source and nothing is
published. Exit code 4 if a check of severity stop found something. What it shows is for those who may read the lake.`,
		Example: `  insideout check
  insideout check --all --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := pipelines.LoadToRead(a.config)
			if err != nil {
				return err
			}
			results, err := pipelines.Check(cmd.Context(), c, a.options())
			found := map[string]int64{}
			list := []checked{}
			for _, r := range results {
				if r.Rows > 0 {
					found[r.Severity]++
				}
				if r.Rows == 0 && !all {
					continue
				}
				list = append(list, checked{r.Name, r.Severity, r.Rows, r.Text, r.Fix, r.Sample})
			}
			a.result = list
			a.summary = fmt.Sprintf("%s: %d stop, %d warn", count(int64(len(results)), "check"), found[warehouse.Stop], found[warehouse.Warn])
			for _, r := range list {
				if r.Rows == 0 {
					a.say("ok   %s", r.Name)
					continue
				}
				a.say("%-4s %s: %s\n     %s", r.Severity, r.Name, count(r.Rows, "row"), clean(r.Text))
				for _, s := range r.Sample {
					a.say("       %s", printable([]byte(s), 300))
				}
				a.say("     -> %s", clean(r.Fix))
			}
			if results != nil {
				a.say("%s", a.summary)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "show the checks that found nothing too")
	return cmd
}
