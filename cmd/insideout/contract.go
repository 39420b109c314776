package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"insideout/pipelines"
)

func (a *app) contractVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "contract",
		Short: "Agree with those who deliver data on what they deliver",
		Long: `Write what the sources read as a contract of the Open Data Contract Standard (ODCS 3.1), or hold the configuration
against one. What happens to data that break a contract stands in the source itself, under contract: (evolve, freeze,
discard_row, discard_value).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "export [SOURCE]",
		Short:   "Print what a source, or every source, reads",
		Example: "  insideout contract export tickets > tickets.odcs.yaml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := pipelines.LoadToRead(a.config)
			if err != nil {
				return err
			}
			text, err := c.ExportContract(append(args, "")[0])
			if err != nil {
				return usageError{err}
			}
			if a.result, a.summary = text, "the contract is in result"; !a.json {
				fmt.Fprint(a.stdout, text)
			}
			return nil
		},
	}, &cobra.Command{
		Use:   "check FILE",
		Short: "Hold the configuration against a contract",
		Long: `Hold the configuration against a contract: every column that a source reads is agreed, has a type that its field can
take, is there where the field needs it, and the rules of quality are kept by what the configuration rejects. Sources are
found by the names of the schema's objects. Rules that are not kept at the door are named, not looked at.`,
		Example: "  insideout contract check tickets.odcs.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := pipelines.LoadToRead(a.config)
			if err != nil {
				return err
			}
			notes, err := c.CheckContract(args[0])
			a.result = map[string]any{"notes": notes}
			for _, n := range notes {
				a.say("%s", n)
			}
			if err != nil {
				return err
			}
			a.summary = "the configuration keeps " + args[0]
			a.say("%s", a.summary)
			return nil
		},
	})
	return cmd
}
