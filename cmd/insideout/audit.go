package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"insideout/pipelines"
)

func (a *app) auditVerb() *cobra.Command {
	var generation string
	var explain bool
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Attack what is published, and say how those who answered are protected",
		Long: `Attack a published generation the way somebody would who kept everything that was ever published: take all sums about
employees' scores as equations, and try whether a sum over fewer people than the minimum follows. The equations come from
the release ledger beside the lake; a number that the generation shows and the ledger does not know counts as a failure
too. Exit code 4 if anything is found; the cells are named in audit.log in the lake's folder only.`,
		Example: `  insideout audit
  insideout audit --explain                                      for the people who answered
  insideout audit --generation gen-20250301T101500Z-3b0b81`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := pipelines.LoadToRead(a.config)
			if err != nil {
				return err
			}
			found, err := pipelines.Audit(cmd.Context(), c, generation)
			if found == nil {
				return err
			}
			a.result = found
			a.summary = fmt.Sprintf("%s: %s about employees, with %s %s and %s of people; %s of fewer than %d tried, %d exposed", found.Generation,
				count(int64(found.Numbers), "number"), count(int64(found.Publications), "publication"), count(int64(found.Equations), "equation"),
				count(int64(found.Sets), "set"), count(int64(found.Tried), "set"), found.MinGroup, found.Exposed)
			if explain {
				a.say("%s", found.Explain())
			} else {
				a.say("%s", a.summary)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&generation, "generation", "", "generation to attack, as `NAME` in insideout generations; the published one unless given")
	cmd.Flags().BoolVar(&explain, "explain", false, "say in plain words what is protected, how, and what is not promised")
	return cmd
}
