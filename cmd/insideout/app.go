package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"insideout/connectors"
	"insideout/models/strictyaml"
	"insideout/pipelines"
	"insideout/pipelines/lake"
	"insideout/pipelines/place"
	"insideout/pipelines/warehouse"
)

// app is what every verb shares: streams, global flags, and the one result of the command.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	config     string
	json       bool
	quiet      bool
	noColor    bool
	noProgress bool

	summary string
	result  any
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "insideout",
		Short: "Relate what happens inside an organisation to what its customers meet",
		Long: `insideout pulls customer metrics and employee surveys into one lake, builds a DuckDB warehouse from it, and says
per team and period what goes with what, with which lag, how surely, and what cannot be said.

Start with:   insideout demo          a made-up company, from nothing to a report
              insideout init          a configuration to fill in`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := root.PersistentFlags()
	f.StringVarP(&a.config, "config", "c", defaultConfig(), "configuration file (environment: INSIDEOUT_CONFIG)")
	f.BoolVar(&a.json, "json", false, "one JSON object on standard output, nothing else")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "say nothing but errors")
	f.BoolVar(&a.noColor, "no-color", os.Getenv("NO_COLOR") != "", "no colour (environment: NO_COLOR)")
	f.BoolVar(&a.noProgress, "no-progress", false, "no progress lines")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(a.initVerb(), a.demoVerb(), a.validateVerb(), a.presetVerb(), a.contractVerb(), a.runVerb(), a.statusVerb(), a.reportVerb(), a.connectVerb(), a.queryVerb(), a.generationsVerb(), a.docsVerb(), a.exportVerb(), a.checkVerb(), a.verifyVerb(), a.forgetVerb(), a.lakeVerb(), a.quarantineVerb(), a.fitVerb(), a.simulateVerb(), a.versionVerb(), a.decode())
	return root
}

func defaultConfig() string {
	if c := os.Getenv("INSIDEOUT_CONFIG"); c != "" {
		return c
	}
	return "insideout.yaml"
}

// say prints a line for people: on standard output, or nowhere when the output is for a program.
func (a *app) say(format string, args ...any) {
	if !a.json && !a.quiet {
		fmt.Fprintf(a.stdout, format+"\n", args...)
	}
}

// color reports whether standard output is a terminal that may be coloured.
func (a *app) color() bool { return !a.noColor && !a.json && isTerminal(a.stdout) }

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is the number of columns of the terminal, 80 where there is none.
func (a *app) width() int {
	if f, ok := a.stdout.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w >= 40 {
			return min(w, 120)
		}
	}
	return 80
}

// count says how many of something there are: 1 source, 2 sources.
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// finding is one thing that is wrong, in the one shape that all of them have.
type finding struct {
	Code     string `json:"code"`
	Location string `json:"location,omitempty"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

type envelope struct {
	Command string         `json:"command"`
	OK      bool           `json:"ok"`
	Summary string         `json:"summary"`
	Result  any            `json:"result"`
	Error   *envelopeError `json:"error"`
}

type envelopeError struct {
	Message  string    `json:"message"`
	Findings []finding `json:"findings"`
}

// end writes what is to be written last and returns the exit code.
func (a *app) end(cmd *cobra.Command, err error) int {
	code, found := classify(err)
	if a.json {
		e := envelope{Command: cmd.Name(), OK: err == nil, Summary: a.summary, Result: a.result}
		if err != nil {
			e.Error = &envelopeError{Message: strings.TrimSpace(err.Error()), Findings: found}
		}
		b, jsonErr := json.MarshalIndent(e, "", "  ")
		if jsonErr != nil {
			fmt.Fprintln(a.stderr, "error:", jsonErr)
			return 1
		}
		fmt.Fprintf(a.stdout, "%s\n", b)
		return code
	}
	for _, f := range found {
		at := f.Location
		if at != "" {
			at += ": "
		}
		// Names of files and columns come from outside: nothing that a terminal would act on gets through.
		fmt.Fprintf(a.stderr, "x %s %s%s\n", f.Code, clean(at), clean(f.Message))
		if f.Hint != "" {
			fmt.Fprintf(a.stderr, "  -> %s\n", clean(f.Hint))
		}
	}
	return code
}

// clean takes out of a text of several lines what a terminal would act on.
func clean(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = printable([]byte(l), len(l))
	}
	return strings.Join(lines, "\n")
}

// classify gives the exit code of an error and what it consists of. With several errors the first of 2, 3, 1, 4, 5 that
// applies wins.
func classify(err error) (int, []finding) {
	if err == nil {
		return 0, nil
	}
	rank := []int{2, 3, 1, 4, 5}
	best := len(rank)
	var found []finding
	for _, e := range flatten(err) {
		code, fs := classifyOne(e)
		for i, c := range rank {
			if c == code {
				best = min(best, i)
			}
		}
		found = append(found, fs...)
	}
	return rank[best], found
}

// flatten takes joined errors apart.
func flatten(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range j.Unwrap() {
			all = append(all, flatten(e)...)
		}
		return all
	}
	return []error{err}
}

func classifyOne(err error) (int, []finding) {
	if ps, ok := errors.AsType[strictyaml.Problems](err); ok {
		var fs []finding
		for _, p := range ps {
			at := p.File
			if p.Line > 0 {
				at = fmt.Sprintf("%s:%d", p.File, p.Line)
			}
			message := p.Message
			if p.Path != "" {
				message = p.Path + ": " + message
			}
			fs = append(fs, finding{"config", at, message, p.Hint})
		}
		return 2, fs
	}
	if e, ok := errors.AsType[usageError](err); ok {
		return 2, []finding{{"usage", "", e.Error(), "see insideout --help, or --help after the verb"}}
	}
	if e, ok := errors.AsType[*connectors.EnvironmentError](err); ok {
		return 3, []finding{{"environment", "", strip(err, e.Hint), e.Hint}}
	}
	if e, ok := errors.AsType[*lake.DiskError](err); ok {
		return 3, []finding{{"disk", "", strip(err, e.Hint), e.Hint}}
	}
	if e, ok := errors.AsType[*pipelines.RollbackError](err); ok {
		return 2, []finding{{"generations", "", e.What, e.Hint}}
	}
	if e, ok := errors.AsType[*demoError](err); ok {
		return 2, []finding{{"demo", "", e.What, e.Hint}}
	}
	if errors.Is(err, lake.ErrIdentity) {
		return 3, []finding{{"identity", "", err.Error(), "if the stream was replaced on purpose, run once with --accept-new-topic"}}
	}
	if e, ok := errors.AsType[*lake.SealedError](err); ok {
		return 3, []finding{{"key", e.Path, err.Error(), "set the key and run again; nothing was changed"}}
	}
	if e, ok := errors.AsType[*lake.NamingError](err); ok {
		fix := "set privacy.key_env or key_file, and privacy.older_keys, to the keys that the lake was written with; nothing was changed"
		if e.Behind {
			fix = "run once: insideout lake rekey"
		}
		return 3, []finding{{"key", "privacy", err.Error(), fix}}
	}
	if e, ok := errors.AsType[*pipelines.RekeyError](err); ok {
		return 2, []finding{{"key", "privacy.older_keys", e.Error(), "see insideout lake rekey --help"}}
	}
	if errors.Is(err, lake.ErrUnclear) {
		return 3, []finding{{"unclear", "", err.Error(), "run again: what was committed is found out when the lake is opened"}}
	}
	if errors.Is(err, lake.ErrLocked) || errors.Is(err, lake.ErrFenced) {
		return 3, []finding{{"lock", "", err.Error(), "wait for the other run, or end it; a lake has one writer"}}
	}
	if e, ok := errors.AsType[*warehouse.EnvironmentError](err); ok {
		return 3, []finding{{"environment", "", err.Error(), e.Hint}}
	}
	if errors.Is(err, os.ErrPermission) {
		return 3, []finding{{"permission", "", err.Error(), "give yourself the right, or choose another folder"}}
	}
	if place.Environment(err) {
		return 3, []finding{{"disk", "", err.Error(), "free space, mount the folder for writing, or name another one (lake:, out:)"}}
	}
	if e, ok := errors.AsType[*pipelines.CheckError](err); ok {
		var fs []finding
		for _, c := range e.Failed {
			fs = append(fs, finding{"check", c.Name, c.Text, c.Fix})
		}
		return 4, fs
	}
	if e, ok := errors.AsType[gateError](err); ok {
		return 4, e.findings()
	}
	if e, ok := errors.AsType[*verifyError](err); ok {
		var fs []finding
		for _, p := range e.problems {
			fs = append(fs, finding{p.Code, p.Path, p.What, "restore the lake from a copy, or load its sources into a new one"})
		}
		return 4, fs
	}
	if e, ok := errors.AsType[*pipelines.OverLimitError](err); ok {
		return 5, []finding{{"rejects", "", e.Error(), "look at them with `insideout status`, mend the mapping or raise limits.reject_share"}}
	}
	if e, ok := errors.AsType[*trialError](err); ok {
		return 5, []finding{{"rejects", "", e.Error(), "mend what the reasons name, here or where the file is made, and try again"}}
	}
	if e, ok := errors.AsType[*connectors.DataError](err); ok {
		return 1, []finding{{"data", "", strip(err, e.Hint), e.Hint}}
	}
	if isUsage(err) {
		return 2, []finding{{"usage", "", err.Error(), "see insideout --help, or --help after the verb; a configuration is named with -c"}}
	}
	return 1, []finding{{"failed", "", err.Error(), ""}}
}

// strip takes the hint off the end of a message: it is shown on a line of its own.
func strip(err error, hint string) string {
	text := strings.TrimSpace(err.Error())
	if hint == "" {
		return text
	}
	return strings.TrimSuffix(strings.TrimSuffix(text, " -> "+hint), " ("+hint+")")
}

// isUsage recognises cobra's own complaints, which have no type: unknown command, wrong number of arguments. The texts
// are those of cobra v1.10.2; TestMain_UsageMistakesExit2 fails when they change.
func isUsage(err error) bool {
	for _, start := range []string{"unknown command ", "accepts ", "requires ", "unknown flag", "invalid argument"} {
		if strings.HasPrefix(err.Error(), start) {
			return true
		}
	}
	return false
}
