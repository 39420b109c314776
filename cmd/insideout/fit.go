package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"insideout/connectors"
	"insideout/models"
	"insideout/models/fit"
	"insideout/models/strictyaml"
	"insideout/pipelines/panel"
)

func (a *app) fitVerb() *cobra.Command {
	var specFile, out string
	cmd := &cobra.Command{
		Use:   "fit PANEL.csv --spec SPEC.yaml",
		Short: "Ask the question of a specification of any panel in a CSV file",
		Long: `Inference alone, without lake and warehouse: what "insideout run" says of its panel, said of any panel of teams and
periods, so that it can be compared with other software.

The panel is a CSV file with a header, long or wide:

  team,period,series,value[,n,se]             one row a cell
  team,period,SERIES...[,SERIES_n,SERIES_se]  one row a team and period

n is the number of answers behind a cell, se its standard error. A period is the date on which it begins, its own notation
(2025-W11, 2025-03, 2025-Q1, 2025) or a whole number that counts periods; a lag counts calendar periods, so a gap stays
a gap. An empty field, NA or NaN is missing.

The specification says what is asked before anything is looked at:

  period: week                      # day, week (default), month, quarter, year
  conditions: [flow, service]       # series of the inside
  outcomes: [nps]                   # series of the outside
  max_lag: 6                        # in periods; 0 (default): min(8, periods/6); -1: no lags
  fdr: 0.10                         # false discovery rate over all pairs
  weights: precision                # or none
  draws: 1999                       # of the wild cluster bootstrap that pays for the search over lags; 0: Bonferroni
  series:                           # optional, what a column does not say itself
    flow: {name: Flow, n: answers, sd: 0.9, scale: 4}

with, for a series, name, n and se (columns of a wide file), sd of one answer (its root-n part is the standard error where
there is no other), scale (width of the scale) and higher (1: more is better, -1: less is). Every mistake of the
specification is told at once.`,
		Example: `  insideout fit panel.csv --spec spec.yaml
  insideout fit panel.csv --spec spec.yaml --json
  insideout fit panel.csv --spec spec.yaml --out estimates.csv    every estimate, one row each, for other software`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if specFile == "" {
				return usageError{errors.New("--spec SPEC.yaml is missing: it says what is asked")}
			}
			switch filepath.Ext(out) {
			case "", ".json", ".csv":
			default:
				return usageError{fmt.Errorf("--out %s: the name ends in .json (all of the result) or .csv (one row an estimate)", out)}
			}
			p, s, err := loadFit(args[0], specFile)
			if err != nil {
				return err
			}
			r := newFitResult(p, s)
			a.result, a.summary = r, r.summary()
			if !a.json && !a.quiet {
				if err := r.text(a.stdout); err != nil {
					return err
				}
			}
			if out == "" {
				return nil
			}
			return r.save(out)
		},
	}
	cmd.Flags().StringVar(&specFile, "spec", "", "what is asked, in YAML")
	cmd.Flags().StringVar(&out, "out", "", "also write the result to this file: .json or .csv")
	return cmd
}

// loadFit reads the specification and the panel. Mistakes of the specification come together, those that only show beside the
// panel included.
func loadFit(panelFile, specFile string) (*models.Panel, *fitSpec, error) {
	data, err := os.ReadFile(specFile)
	if err != nil {
		return nil, nil, usageError{err}
	}
	s, doc, problems := readFitSpec(specFile, data)
	in, err := os.Open(panelFile)
	if err != nil {
		if len(problems) > 0 {
			return nil, nil, errors.Join(problems.Err(), usageError{err})
		}
		return nil, nil, usageError{err}
	}
	defer in.Close()
	p, ignored, err := panel.ReadCSV(in, s.Period.Grain, s.columns())
	if mistakes, ok := errors.AsType[panel.Problems](err); ok {
		all := []error{problems.Err()}
		for _, m := range mistakes {
			all = append(all, &connectors.DataError{What: fmt.Sprintf("%s:%d", panelFile, m.Line), Err: errors.New(m.Message), Hint: m.Hint})
		}
		return nil, nil, errors.Join(all...)
	}
	if err != nil {
		return nil, nil, err
	}
	problems = append(problems, s.unknown(doc, p, ignored)...)
	strictyaml.Sort(problems)
	return p, s, problems.Err()
}

// fitResult is what the verb has to say, as JSON.
type fitResult struct {
	Panel struct {
		Teams   int    `json:"teams"`
		Period  string `json:"period"` // length of one
		Periods int    `json:"periods"`
		First   string `json:"first,omitempty"`
		Last    string `json:"last,omitempty"`
	} `json:"panel"`
	Spec          fit.Spec         `json:"spec"`
	Hash          string           `json:"spec_hash"`
	MaxLag        int              `json:"max_lag"`
	Tested        int              `json:"tested"`
	Found         int              `json:"found"`
	ExpectedFalse models.Figure    `json:"expected_false"`
	Refusals      []models.Refusal `json:"refusals"`
	Findings      []fitFinding     `json:"findings"`
	grain         models.Grain
}

// fitFinding is a finding with its grade and the slopes of single teams.
type fitFinding struct {
	models.Finding
	Strength models.Grade `json:"grade"`
	Teams    []fitTeam    `json:"teams"`
}

type fitTeam struct {
	Team  string        `json:"team"`
	Slope models.Figure `json:"slope"`
	X     models.Figure `json:"x"`
	Y     models.Figure `json:"y"`
	N     int           `json:"n"`
}

func newFitResult(p *models.Panel, s *fitSpec) *fitResult {
	spec := s.question()
	res := fit.Run(p, spec)
	r := &fitResult{
		Spec: spec, Hash: spec.Hash(), MaxLag: res.MaxLag, Tested: res.Tested, Found: res.Found, ExpectedFalse: res.ExpectedFalse,
		Refusals: append([]models.Refusal{}, res.Refusals...), Findings: []fitFinding{}, grain: p.Grain,
	}
	r.Panel.Teams, r.Panel.Period, r.Panel.Periods = len(p.Teams), string(p.Grain), p.Periods
	if p.Periods > 0 {
		r.Panel.First, r.Panel.Last = p.First.String(), p.Period(p.Periods-1).String()
	}
	for i, f := range res.Findings {
		ff := fitFinding{Finding: f, Strength: f.Grade(), Teams: []fitTeam{}}
		for _, t := range res.Points[i] {
			ff.Teams = append(ff.Teams, fitTeam{t.Team, t.Slope, t.X, t.Y, t.N})
		}
		r.Findings = append(r.Findings, ff)
	}
	return r
}

// save writes the whole result as JSON, or the estimates as CSV.
func (r *fitResult) save(path string) error {
	var b bytes.Buffer
	if filepath.Ext(path) == ".csv" {
		if err := r.estimates(&b); err != nil {
			return err
		}
	} else {
		e := json.NewEncoder(&b)
		e.SetIndent("", "  ")
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// estimates writes one row an estimate: the associations, those behind the grade, and the within-team one at every lag.
func (r *fitResult) estimates(w io.Writer) error {
	c := csv.NewWriter(w)
	_ = c.Write([]string{"condition", "outcome", "association", "lag", "slope", "se", "df", "t", "p", "low", "high", "r", "n", "teams", "periods"}) // kept for Error
	for i := range r.Findings {
		f := &r.Findings[i]
		row := func(kind string, lag int, e models.Estimate) {
			if !e.OK {
				return
			}
			record := []string{f.Condition, f.Outcome, kind, strconv.Itoa(lag)}
			for _, v := range []models.Figure{e.Slope, e.SE, e.DF, e.T, e.P, e.Low, e.High, e.R} {
				text := ""
				if v.Known() {
					text = strconv.FormatFloat(float64(v), 'g', -1, 64)
				}
				record = append(record, text)
			}
			_ = c.Write(append(record, strconv.Itoa(e.N), strconv.Itoa(e.Teams), strconv.Itoa(e.Times))) // kept for Error
		}
		row("pooled", 0, f.Pooled)
		row("between", 0, f.Between)
		row("within", f.Lag, f.Within)
		row("within unweighted", f.Lag, f.Unweighted)
		row("within corrected", f.Lag, f.Corrected)
		row("joint", f.Joint.Lag, f.Joint.Estimate)
		row("lead", -1, f.Lead)
		for _, l := range f.Lags {
			row("lag", l.Lag, l.Estimate)
		}
	}
	c.Flush()
	return c.Error()
}
