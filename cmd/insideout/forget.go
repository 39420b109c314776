package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"insideout/pipelines"
)

func (a *app) forgetVerb() *cobra.Command {
	var person, customer string
	cmd := &cobra.Command{
		Use:   "forget (--person ID | --customer ID)",
		Short: "Take one employee or customer out of the lake and of everything published",
		Long: `Take out every record of one employee or customer, their name in the records of others, and every rejected row that holds
the id; rewrite the files of the lake; remove what was published and build it anew. A keyed hash stays behind, so that
what a source delivers of them again stays out and is counted. Write - for the id to give it on standard input, where
no list of processes and no history of commands shows it.`,
		Example: `  echo E1042 | insideout forget --person -
  insideout forget --customer C-77`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (person == "") == (customer == "") {
				return usageError{errors.New("name one of --person and --customer")}
			}
			id := person + customer
			if id == "-" {
				line, err := bufio.NewReader(a.stdin).ReadString('\n')
				if err != nil && err != io.EOF {
					return err
				}
				id = strings.TrimSpace(line)
			}
			if id == "" {
				return usageError{errors.New("no id was given")}
			}
			c, err := pipelines.Load(a.config)
			if err != nil {
				return err
			}
			done, err := pipelines.Forget(cmd.Context(), c, a.options(), []byte(id), customer != "")
			a.result = done
			if done != nil && done.Forgotten != nil {
				a.summary = fmt.Sprintf("%s and %s taken out, %s emptied, %s rewritten, %s removed", count(done.Rows, "record"), count(done.Rejects, "rejected row"),
					count(done.Blanked, "field"), count(int64(done.Files), "file"), count(int64(len(done.Removed)), "published file"))
				a.say("%s", a.summary)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&person, "person", "", "id of an employee as the sources write it; - reads it from standard input")
	cmd.Flags().StringVar(&customer, "customer", "", "id of a customer as the sources write it; - reads it from standard input")
	return cmd
}

// options are those of a change that is not a run of the sources.
func (a *app) options() pipelines.Options {
	now := func() time.Time { return time.Now().UTC() }
	return pipelines.Options{RunID: newRunID(now()), Version: version(), Now: now, Notice: a.notice}
}

func (a *app) lakeVerb() *cobra.Command {
	cmd := &cobra.Command{Use: "lake", Short: "Look after the lake", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(&cobra.Command{
		Use:   "encrypt",
		Short: "Encrypt what was written before there was a key, or with an older one",
		Long: `Rewrite the files of employee datasets and the quarantine that are not encrypted with the present key. Positions, counts and
digests stay; verify holds before and after.`,
		Example: "  insideout lake encrypt",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := pipelines.Load(a.config)
			if err != nil {
				return err
			}
			n, err := pipelines.Seal(cmd.Context(), c, a.options())
			if err != nil {
				return err
			}
			a.result = struct {
				Files int `json:"files"`
			}{n}
			a.summary = count(int64(n), "file") + " encrypted"
			a.say("%s", a.summary)
			return nil
		},
	}, &cobra.Command{
		Use:   "rekey",
		Short: "Take the lake to a new key of the pseudonyms",
		Long: `Turn every pseudonym of the lake into the one that the new key makes, encrypt employee datasets and the quarantine with it, and
publish anew. Name the new key under privacy.key_env or key_file and the one before it first under privacy.older_keys. An
older key stays needed, because ids go through all of them, the oldest first; alone, it finds nobody in the lake any more.
People stay who they are, and those who were forgotten stay out. Until it is done every other verb that writes refuses. It can
be killed and repeated at any moment.`,
		Example: `  mv key key.1 && openssl rand -hex 32 > key && chmod 600 key key.1
  # privacy: {key_file: key, older_keys: [{file: key.1}]}
  insideout lake rekey`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := pipelines.Load(a.config)
			if err != nil {
				return err
			}
			done, err := pipelines.Rekey(cmd.Context(), c, a.options())
			a.result = done
			if done != nil && done.Renamed != nil {
				a.summary = fmt.Sprintf("%s changed, %s rewritten, %s removed", count(done.Pseudonyms, "pseudonym"), count(int64(done.Files), "file"), count(int64(len(done.Removed)), "published file"))
				a.say("%s", a.summary)
			}
			return err
		},
	})
	return cmd
}
