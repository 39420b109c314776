package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"insideout/connectors/presets"
	"insideout/pipelines"
)

func (a *app) presetVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "preset",
		Short: "List, show and try the formats that are known: Qualtrics, Zendesk, Salesforce, ...",
		Long: `A preset is a piece of configuration for an export that people really have. Name it in a source (preset: qualtrics); what
the source says itself comes first. Try one on a file before anything is stored.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.presetListVerb(), a.presetShowVerb(), a.presetTryVerb())
	return cmd
}

// trialError says that too much of a file would be rejected.
type trialError struct{ what string }

func (e *trialError) Error() string { return e.what }

func (a *app) presetListVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the presets",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			type entry struct {
				Name    string `json:"name"`
				Dataset string `json:"dataset"`
				Title   string `json:"title"`
				Topic   bool   `json:"topic"`
			}
			var list []entry
			var b bytes.Buffer
			w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "preset\tdataset\treads")
			for _, p := range presets.All() {
				list = append(list, entry{p.Name, p.To, p.Title, p.Topic})
				fmt.Fprintf(w, "%s\t%s\t%s\n", p.Name, p.To, p.Title)
			}
			w.Flush()
			a.result, a.summary = list, fmt.Sprintf("%d presets", len(list))
			a.say("%s", strings.TrimSuffix(b.String(), "\n"))
			return nil
		},
	}
}

func (a *app) presetShowVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME",
		Short: "Show a preset: what it reads, the traps and how they are met, what to fill in, and the whole mapping",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := preset(args[0])
			if err != nil {
				return err
			}
			a.result = struct {
				Name    string         `json:"name"`
				Title   string         `json:"title"`
				Reads   string         `json:"reads"`
				Dataset string         `json:"dataset"`
				Topic   bool           `json:"topic"`
				Traps   []presets.Trap `json:"traps"`
				Fill    []presets.Fill `json:"fill"`
				YAML    string         `json:"yaml"`
			}{p.Name, p.Title, p.Reads, p.To, p.Topic, p.Traps, p.Fill, p.Text()}
			a.summary = p.Title
			a.say("# preset %s\n%s", p.Name, strings.TrimSuffix(p.Text(), "\n"))
			return nil
		},
	}
}

func (a *app) presetTryVerb() *cobra.Command {
	var o trial
	var zone, catalogFile string
	var share float64
	cmd := &cobra.Command{
		Use:   "try NAME FILE",
		Short: "Show what a preset would read of a file, what it would reject and why, and which columns it leaves; store nothing",
		Long: `Read the whole file as a run would and store nothing: the first records, every count, the rejected rows with line and
reason, and each column with what becomes of it. What the preset leaves to you goes into a file that --with names and that looks like
the source will: map:, each:, where:, file:. Ids of people and their words are not shown.`,
		Example: `  insideout preset try qualtrics exports/survey.csv
  insideout preset try qualtrics exports/survey.csv --with survey.yaml --zone Europe/London`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.preset, err = preset(args[0]); err != nil {
				return err
			}
			if share < 0 || share > 1 {
				return usageError{fmt.Errorf("--reject-share %g is no share", share)}
			}
			var z pipelines.Zone
			if err := z.SetScalar(zone); err != nil {
				return usageError{fmt.Errorf("--zone: %w", err)}
			}
			o.zone = z.Location
			if o.file, err = filepath.Abs(args[1]); err != nil {
				return err
			}
			if o.scale, err = scales(catalogFile); err != nil {
				return err
			}
			r, err := o.run(cmd.Context())
			if r != nil {
				a.result, a.summary = r, r.summary()
				a.say("%s", r.text())
			}
			if err != nil {
				return err
			}
			if r.Read > 0 && float64(r.Rejected) > share*float64(r.Read) {
				return &trialError{fmt.Sprintf("%d of %d rows would be rejected, more than a share of %g", r.Rejected, r.Read, share)}
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.with, "with", "", "file with the source's own keys: map, each, where, file")
	f.StringVar(&zone, "zone", time.UTC.String(), "zone of times that name none, as zone: of the configuration")
	f.StringVar(&catalogFile, "catalog", "", "definitions laid over the built-in ones")
	f.IntVar(&o.records, "records", 5, "how many records to show")
	f.IntVar(&o.rejects, "rejects", 10, "how many rejected rows to show")
	f.Float64Var(&share, "reject-share", .05, "more bad rows than this share end with exit code 5, as limits.reject_share does")
	return cmd
}
