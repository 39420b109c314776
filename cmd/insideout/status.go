package main

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"insideout/models"
	"insideout/pipelines"
	"insideout/pipelines/lake"
)

// rejectShown is a bad row as status shows it. The raw bytes stay out unless asked for: they may hold a person's words.
type rejectShown struct {
	Source string `json:"source"`
	Where  string `json:"where"`
	Code   string `json:"code"`
	Field  string `json:"field,omitempty"`
	Detail string `json:"detail"`
	Raw    string `json:"raw,omitempty"`
}

type statusResult struct {
	Lake      string               `json:"lake"`
	Commits   int64                `json:"commits"`
	Sources   []lake.SourceTotal   `json:"sources"`
	Gaps      []lake.Gap           `json:"gaps"`
	Rejects   []rejectShown        `json:"rejects"`
	Published *pipelines.Published `json:"published"`
}

func (a *app) statusVerb() *cobra.Command {
	var limit int
	var raw bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what is in the lake, what was rejected and why, and what is published",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := pipelines.LoadToRead(a.config)
			if err != nil {
				return err
			}
			snap, err := lake.Read(c.Lake, c.Keys())
			if err != nil {
				return err
			}
			r := statusResult{Lake: c.Lake, Commits: snap.Seq, Sources: snap.Totals(), Gaps: snap.Gaps()}
			for _, t := range r.Sources {
				if t.Rejected == 0 {
					continue
				}
				rejects, err := snap.Rejects(cmd.Context(), t.Source, limit)
				if err != nil {
					return err
				}
				for _, j := range rejects {
					r.Rejects = append(r.Rejects, showReject(t.Source, j, raw))
				}
			}
			if r.Published, err = pipelines.ReadPublished(c.Out); err != nil {
				return err
			}
			a.result = r
			a.summary = count(int64(len(r.Sources)), "source") + ", " + count(r.Commits, "commit")
			a.say("%s", r.text())
			return nil
		},
	}
	cmd.Flags().IntVar(&limit, "rejects", 5, "how many rejected rows of each source to show")
	cmd.Flags().BoolVar(&raw, "raw", false, "show the rejected rows as they came (they may hold personal data)")
	return cmd
}

func showReject(source string, j models.Reject, raw bool) rejectShown {
	where := j.Stream
	if j.Label != "" {
		where = j.Label
	}
	if j.Line > 0 {
		where += fmt.Sprintf(":%d", j.Line)
	} else {
		where += fmt.Sprintf("@%d", j.Position)
	}
	s := rejectShown{Source: source, Where: where, Code: j.Code, Field: j.Field, Detail: j.Detail}
	if raw {
		s.Raw = printable(j.Raw, 200)
	}
	return s
}

// printable shortens bytes of unknown origin and takes out what a terminal would act on.
func printable(b []byte, limit int) string {
	cut := len(b) > limit
	if cut {
		b = b[:limit]
		for len(b) > 0 && !utf8.Valid(b) && !utf8.RuneStart(b[len(b)-1]) {
			b = b[:len(b)-1]
		}
	}
	s := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '.'
		}
		return r
	}, string(b))
	if cut {
		s += "..."
	}
	return s
}

func (r statusResult) text() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "lake %s, %s\n\n", r.Lake, count(r.Commits, "commit"))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "source\tdataset\tread\tloaded\trejected\tfiltered\tcontrol\tmissing\trecords\t")
	for _, t := range r.Sources {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", t.Source, t.Dataset, t.Read(), t.Loaded, t.Rejected, t.Filtered, t.Control, t.Missing, t.Records)
	}
	w.Flush()
	for _, g := range r.Gaps {
		fmt.Fprintf(&b, "\nlost: %s, positions %d to %d: %s\n", g.Stream, g.From, g.To-1, g.Reason)
	}
	if len(r.Rejects) > 0 {
		fmt.Fprintf(&b, "\nrejected rows, kept as they came (--raw shows them):\n")
		for _, j := range r.Rejects {
			fmt.Fprintf(&b, "  %s %s %s: %s\n", j.Source, j.Where, j.Code, j.Detail)
			if j.Raw != "" {
				fmt.Fprintf(&b, "    | %s\n", j.Raw)
			}
		}
	}
	if r.Published == nil {
		fmt.Fprintf(&b, "\nnothing is published yet: insideout run")
	} else {
		fmt.Fprintf(&b, "\npublished by run %s: %s, %s", r.Published.Run, r.Published.Report, r.Published.Warehouse)
	}
	return b.String()
}
