package main

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"insideout/pipelines"
)

var errNothing = errors.New("nothing is published there yet")

func (a *app) reportVerb() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Show the published report",
		Example: `  insideout report                   read it in the terminal
  insideout report --format path     where the HTML file is
  insideout report --format json     the whole report as one value`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, p, err := a.published()
			if err != nil {
				return err
			}
			html := c.Path(p.Report)
			a.summary = html
			if a.json {
				r, err := pipelines.ReadReport(c.Out)
				a.result = r
				return err
			}
			switch format {
			case "text":
				return pipelines.WriteReportText(a.stdout, c.Out, a.width(), a.color())
			case "path":
				a.say("%s", html)
				return nil
			case "html", "json":
				b, err := os.ReadFile(strings.TrimSuffix(html, "html") + format)
				if err != nil {
					return err
				}
				_, err = a.stdout.Write(b)
				return err
			}
			return usageError{errors.New("--format " + format + " is none of text, html, json, path")}
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, html, json, or path")
	return cmd
}
