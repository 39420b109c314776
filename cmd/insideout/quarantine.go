package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"insideout/pipelines"
	"insideout/pipelines/lake"
)

func (a *app) quarantineVerb() *cobra.Command {
	cmd := &cobra.Command{Use: "quarantine", Short: "List, show, replay and purge the rows that were rejected", Args: cobra.NoArgs,
		Example: `  insideout quarantine list
  insideout quarantine show customer-survey --limit 3
  insideout quarantine replay --source customer-survey --code unlisted_value
  insideout quarantine purge --older-than 90`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(a.quarantineList(), a.quarantineShow(), a.quarantineReplay(), a.quarantinePurge())
	return cmd
}

// reasonCount is how often one source was refused for one reason.
type reasonCount struct {
	Source string `json:"source"`
	Code   string `json:"code"`
	Field  string `json:"field,omitempty"`
	Rows   int64  `json:"rows"`
}

func (a *app) quarantineList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Count the rejected rows by source and reason",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			snap, err := a.lakeToRead()
			if err != nil {
				return err
			}
			counts := map[reasonCount]int64{}
			for _, t := range snap.Totals() {
				if t.Rejected == 0 {
					continue
				}
				rejects, err := snap.Rejects(cmd.Context(), t.Source, 0)
				if err != nil {
					return err
				}
				for _, r := range rejects {
					counts[reasonCount{Source: t.Source, Code: r.Code, Field: r.Field}]++
				}
			}
			all := []reasonCount{}
			var rows int64
			for k, n := range counts {
				k.Rows = n
				rows += n
				all = append(all, k)
			}
			slices.SortFunc(all, func(x, y reasonCount) int {
				return cmp.Or(strings.Compare(x.Source, y.Source), cmp.Compare(y.Rows, x.Rows), strings.Compare(x.Code, y.Code), strings.Compare(x.Field, y.Field))
			})
			a.result, a.summary = all, count(rows, "rejected row")
			var b strings.Builder
			w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "source\treason\tfield\trows")
			for _, k := range all {
				fmt.Fprintf(w, "%s\t%s\t%s\t%d\n", k.Source, k.Code, k.Field, k.Rows)
			}
			w.Flush()
			a.say("%s%s", b.String(), a.summary)
			return nil
		},
	}
}

func (a *app) quarantineShow() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "show SOURCE",
		Short: "Show rejected rows as they came, decrypted: they may hold personal data",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 {
				return usageError{fmt.Errorf("--limit %d: at least 1", limit)}
			}
			snap, err := a.lakeToRead()
			if err != nil {
				return err
			}
			rejects, err := snap.Rejects(cmd.Context(), args[0], limit)
			if err != nil {
				return err
			}
			shown := []rejectShown{}
			for _, r := range rejects {
				s := showReject(args[0], r, true)
				s.Raw = printable(r.Raw, 4096)
				shown = append(shown, s)
				a.say("%s %s: %s\n  | %s", s.Where, s.Code, clean(s.Detail), s.Raw)
			}
			a.result, a.summary = shown, count(int64(len(shown)), "rejected row")
			a.say("%s", a.summary)
			return nil
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "how many rows")
	return cmd
}

func (a *app) quarantinePurge() *cobra.Command {
	var source string
	var days int
	var all bool
	cmd := &cobra.Command{
		Use:   "purge (--older-than DAYS | --all)",
		Short: "Remove rejected rows for good; that they were rejected stays counted",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if all == (days > 0) {
				return usageError{errors.New("name one of --older-than DAYS and --all")}
			}
			c, err := pipelines.LoadToRead(a.config)
			if err != nil {
				return err
			}
			o := a.options()
			before := o.Now().AddDate(0, 0, -days)
			if all {
				before = o.Now().Add(24 * time.Hour)
			}
			n, err := pipelines.Purge(cmd.Context(), c, o, source, before)
			if err != nil {
				return err
			}
			a.result = struct {
				Rows int64 `json:"rows"`
			}{n}
			a.summary = count(n, "rejected row") + " removed"
			a.say("%s", a.summary)
			return nil
		},
	}
	cmd.Flags().StringVar(&source, "source", "", "only those of this source")
	cmd.Flags().IntVar(&days, "older-than", 0, "read more than so many days ago")
	cmd.Flags().BoolVar(&all, "all", false, "whatever their age")
	return cmd
}

// lakeToRead is the lake of the configuration as of its last commit.
func (a *app) lakeToRead() (*lake.Snapshot, error) {
	c, err := pipelines.LoadToRead(a.config)
	if err != nil {
		return nil, err
	}
	return lake.Read(c.Lake, c.Keys())
}
