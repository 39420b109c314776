package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"insideout/pipelines"
)

func (a *app) validateVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "validate",
		Short: "Check the configuration and the catalogue without reading any data",
		Long: `Check the configuration, the catalogue that it names and every mapping. All mistakes are reported at once, each with
its line. Nothing is read from the sources and nothing is written.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := pipelines.Load(a.config)
			if err != nil {
				return err
			}
			type source struct {
				Name    string `json:"name"`
				Dataset string `json:"dataset"`
			}
			r := struct {
				Config  string   `json:"config"`
				Sources []source `json:"sources"`
			}{Config: a.config}
			for _, s := range c.Sources {
				r.Sources = append(r.Sources, source{s.Name, s.To})
			}
			a.result, a.summary = r, fmt.Sprintf("%s is valid: %s", a.config, count(int64(len(c.Sources)), "source"))
			a.say("%s", a.summary)
			return nil
		},
	}
}
