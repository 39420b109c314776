package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"insideout/cmd/insideout/story"
	"insideout/models/catalog"
	"insideout/pipelines"
)

// demoSeed is the story that everybody sees. The planted effect is strong by design: it is found with most seeds.
const demoSeed = story.DefaultSeed

func (a *app) demoVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "demo [DIR]",
		Short: "Make up a company and run everything on it, from events on a broker to the report",
		Long: `Make up a company in DIR (default insideout-demo): an employee survey in the shape of a Qualtrics export, tickets in
the shape of Zendesk's, a roster, and customer events on an in-process broker that speaks Kafka's protocol. Then do what
"insideout run" does with it. Three links are planted: a true and lagged one, a spurious one through a confounder between
teams, and one too small to be claimed; planted.txt in DIR says which. Everything about the company is invented.

Called again on the same folder it starts the broker with the same events and runs again; nothing new means nothing
changes.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "insideout-demo"
			if len(args) == 1 {
				dir = args[0]
			}
			out := a.stdout
			if a.json || a.quiet {
				out = io.Discard
			}
			return runDemo(cmd.Context(), demo{
				Dir: dir, Seed: demoSeed, Instrument: instrument(catalog.Default()), Out: out,
				Run: func(ctx context.Context, config string) error {
					c, err := pipelines.Load(config)
					if err != nil {
						return err
					}
					_, err = a.run(ctx, c, pipelines.Options{})
					return err
				},
			})
		},
	}
}

// instrument tells the story what the survey asks, so that the catalogue stays the only place that knows.
func instrument(c *catalog.Catalog) []story.Dimension {
	var ds []story.Dimension
	for _, d := range c.Instrument.Dimensions {
		s := story.Dimension{ID: d.ID}
		for _, i := range c.Items(d.ID) {
			s.Items = append(s.Items, story.Item{ID: i.ID, Text: i.Text, Reverse: i.Reverse, Low: int(i.Scale[0]), High: int(i.Scale[1])})
		}
		ds = append(ds, s)
	}
	return ds
}
