package main

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"insideout/models"
	"insideout/models/worlds/gates"
	"insideout/pipelines"
)

func (a *app) simulateVerb() *cobra.Command {
	o := gates.Options{}
	list := gates.List()
	var names []string
	for _, e := range list {
		if !slices.Contains(names, e.Scenario) {
			names = append(names, e.Scenario)
		}
	}
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Measure how often inference is right in worlds whose truth is known",
		Long: `Make worlds of teams, surveys and customers whose truth is known, run inference on them, and hold what it finds against what
is required of it: how often something is found where nothing is, what is found of what is there, whether the lag is right,
whether intervals hold the truth. Nothing of yours is read.

A figure comes with its Monte Carlo standard error (+-). Outside of its bound by at most two of them a gate passes within
noise; beyond, it fails and the command ends with exit code 4. "not yet" is a gate for which nothing came out to measure; it is
not passed. Figures without a bound are stated for comparison. "reference" is what an independent
implementation reaches in the same worlds.

Scenarios: ` + strings.Join(names, ", ") + `.`,
		Example: `  insideout simulate                                   some tens of minutes on two processors
  insideout simulate --reps 50                         a look in minutes
  insideout simulate --scenario S0_null,S2_correlated`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Reps < 2 || o.Precise < 0 || o.Precise == 1 {
				return usageError{fmt.Errorf("--reps %d, --precise-reps %d: it takes at least 2 worlds to know a standard error", o.Reps, o.Precise)}
			}
			if o.Workers < 1 {
				return usageError{fmt.Errorf("--workers %d: at least 1", o.Workers)}
			}
			for _, s := range o.Scenarios {
				if !slices.Contains(names, s) {
					return usageError{fmt.Errorf("--scenario %s is none of %s", s, strings.Join(names, ", "))}
				}
			}
			p := newProgress(a)
			o.Progress = func(world string, done, of int) {
				p.tell(pipelines.Progress{Stage: fmt.Sprintf("%s: %d of %d", world, done, of)})
			}
			rows, err := gates.Run(cmd.Context(), list, o)
			p.done()
			if err != nil {
				return err
			}
			t := newGateTable(rows, o)
			a.result, a.summary = t, t.summary()
			if !a.json && !a.quiet {
				if err := t.text(a.stdout); err != nil {
					return err
				}
			}
			return t.err()
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.Reps, "reps", 500, "worlds of each kind, for rates")
	f.IntVar(&o.Precise, "precise-reps", 0, "worlds of each kind for coverage, teams and leads (0: eight times --reps)")
	f.Uint64Var(&o.Seed, "seed", 1, "of the first world; the next ones follow")
	f.IntVar(&o.Workers, "workers", runtime.GOMAXPROCS(0), "worlds at a time; changes nothing in the figures")
	f.StringSliceVar(&o.Scenarios, "scenario", nil, "only these, separated by commas")
	return cmd
}

// gateTable is the result of the verb, as JSON.
type gateTable struct {
	Seed  uint64    `json:"seed"`
	Gates []gateRow `json:"gates"`
}

type gateRow struct {
	World     string        `json:"world"`
	Claim     string        `json:"claim"`
	Figure    models.Figure `json:"figure"`
	SE        models.Figure `json:"mc_se"`
	Reps      int           `json:"reps"`
	Low       models.Figure `json:"at_least"`
	High      models.Figure `json:"at_most"`
	Reference string        `json:"reference"`
	Verdict   gates.Verdict `json:"verdict"`
}

func newGateTable(rows []gates.Row, o gates.Options) *gateTable {
	t := &gateTable{Seed: o.Seed, Gates: []gateRow{}}
	for _, r := range rows {
		t.Gates = append(t.Gates, gateRow{
			World: r.World, Claim: r.Claim, Figure: models.Figure(r.Value), SE: models.Figure(r.SE), Reps: r.Reps,
			Low: models.Figure(r.Must.Low), High: models.Figure(r.Must.High), Reference: r.Reference, Verdict: r.Verdict,
		})
	}
	return t
}

func (t *gateTable) count(v gates.Verdict) int {
	n := 0
	for _, g := range t.Gates {
		if g.Verdict == v {
			n++
		}
	}
	return n
}

func (t *gateTable) summary() string {
	return fmt.Sprintf("%d gates pass, %d pass within noise, %d fail, %d not yet; %d figures stated",
		t.count(gates.Pass), t.count(gates.Noise), t.count(gates.Fail), t.count(gates.NotYet), t.count(gates.Stated))
}

func (t *gateTable) text(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	world := ""
	for _, g := range t.Gates {
		if g.World != world {
			world = g.World
			fmt.Fprintf(w, "\n%s\n", world)
			fmt.Fprintln(w, "  \tfigure\t+-\tmust\treference\tworlds\t")
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\t%d\t%s\n", g.Claim, digits(g.Figure), digits(g.SE), g.must(), g.Reference, g.Reps, g.Verdict)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s\n", t.summary())
	return err
}

func (g gateRow) must() string {
	switch {
	case g.Low.Known() && g.High.Known():
		return limit(g.Low) + " to " + limit(g.High)
	case g.Low.Known():
		return ">= " + limit(g.Low)
	case g.High.Known():
		return "<= " + limit(g.High)
	}
	return ""
}

// err is a gateError if a gate fails.
func (t *gateTable) err() error {
	var failed gateError
	for _, g := range t.Gates {
		if g.Verdict == gates.Fail {
			failed = append(failed, g)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return failed
}

// gateError says which gates failed. The command ends with exit code 4.
type gateError []gateRow

func (e gateError) Error() string {
	return fmt.Sprintf("%d gates fail", len(e))
}

func (e gateError) findings() []finding {
	var out []finding
	for _, g := range e {
		out = append(out, finding{"gate", g.World, fmt.Sprintf("%s is %s (+- %s), it must be %s", g.Claim, digits(g.Figure), digits(g.SE), g.must()), ""})
	}
	return out
}

// digits is a figure with three decimals, or three digits above ten.
func digits(f models.Figure) string {
	switch {
	case !f.Known():
		return "-"
	case math.Abs(float64(f)) >= 10:
		return strconv.FormatFloat(float64(f), 'f', 1, 64)
	}
	return strconv.FormatFloat(float64(f), 'f', 3, 64)
}

func limit(f models.Figure) string { return strconv.FormatFloat(float64(f), 'g', -1, 64) }
