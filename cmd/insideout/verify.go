package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"insideout/pipelines"
	"insideout/pipelines/lake"
)

// verifyError says that the lake is not what its manifest says. It is a failed check of the data: exit code 4.
type verifyError struct{ problems []lake.Problem }

func (e *verifyError) Error() string { return fmt.Sprintf("%d problems in the lake", len(e.problems)) }

func (a *app) verifyVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Prove from the files alone that nothing in the lake is lost, doubled or changed",
		Long: `Read every file of the lake and prove, without any source: files are those of the manifest, by size, hash and row count;
of every stream each position is loaded, rejected, filtered, a control record, or in a named gap; ranges follow each
other without overlap; and the digests of the rows are those that were committed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := pipelines.LoadToRead(a.config)
			if err != nil {
				return err
			}
			v, err := lake.Verify(cmd.Context(), c.Lake, c.Keys())
			if err != nil {
				return err
			}
			a.result = v
			a.summary = fmt.Sprintf("%s, %s, %s, %s, %s: %s", count(v.Commits, "commit"), count(v.Files, "file"), count(v.Streams, "stream"),
				count(v.Records, "record"), count(v.Rejects, "reject"), count(int64(len(v.Problems)), "problem"))
			if v.Sealed > 0 {
				a.summary += fmt.Sprintf("; %s encrypted and judged by hash alone, as the key is not set", count(v.Sealed, "file"))
			}
			a.say("%s", a.summary)
			if !v.OK() {
				return &verifyError{v.Problems}
			}
			return nil
		},
	}
}
