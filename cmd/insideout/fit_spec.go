package main

import (
	"fmt"
	"slices"
	"strings"

	"insideout/models"
	"insideout/models/fit"
	"insideout/models/strictyaml"
	"insideout/pipelines"
	"insideout/pipelines/panel"
)

// fitSpec is the specification of the verb fit, as it is written.
type fitSpec struct {
	Period     pipelines.Grain      `yaml:"period"`
	Conditions []string             `yaml:"conditions"`
	Outcomes   []string             `yaml:"outcomes"`
	MaxLag     int                  `yaml:"max_lag"`
	FDR        float64              `yaml:"fdr"`
	Weights    string               `yaml:"weights"`
	Draws      int                  `yaml:"draws"`
	Series     map[string]fitSeries `yaml:"series"`
}

// fitSeries is what a column does not say itself.
type fitSeries struct {
	Name   string  `yaml:"name"`
	N      string  `yaml:"n"`
	SE     string  `yaml:"se"`
	SD     float64 `yaml:"sd"`
	Scale  float64 `yaml:"scale"`
	Higher int     `yaml:"higher"`
}

// readFitSpec decodes and checks what can be checked without the panel.
func readFitSpec(file string, data []byte) (*fitSpec, *strictyaml.Document, strictyaml.Problems) {
	s := &fitSpec{Period: pipelines.Grain{Grain: models.Week}, FDR: fit.DefaultFDR, Weights: string(fit.Precision), Draws: fit.DefaultDraws}
	doc, problems := strictyaml.Decode(file, data, s)
	add := func(path, message, hint string) { problems = append(problems, doc.At(path, message, hint)) }
	for _, l := range []struct {
		path string
		ids  []string
	}{{"conditions", s.Conditions}, {"outcomes", s.Outcomes}} {
		if len(l.ids) == 0 && !doc.Has(l.path) {
			add(l.path, "is missing", "list the series of the panel that are asked about, such as "+l.path+": [a, b]")
		} else if len(l.ids) == 0 {
			add(l.path, "names no series", "list at least one")
		}
		for i, id := range l.ids {
			if slices.Contains(l.ids[:i], id) {
				add(fmt.Sprintf("%s[%d]", l.path, i), fmt.Sprintf("%q is named twice", id), "name it once: each pair is one test")
			}
		}
	}
	for i, id := range s.Outcomes {
		if slices.Contains(s.Conditions, id) {
			add(fmt.Sprintf("outcomes[%d]", i), fmt.Sprintf("%q is a condition as well", id), "a series is one or the other")
		}
	}
	if s.MaxLag < -1 || s.MaxLag > 104 {
		add("max_lag", fmt.Sprintf("%d is not between -1 and 104 periods", s.MaxLag), "0 lets the length of the data decide, -1 looks at no lag")
	}
	if !(s.FDR > 0 && s.FDR <= .25) {
		add("fdr", fmt.Sprintf("%g is not between 0 and 0.25", s.FDR), "0.10 and 0.05 are usual")
	}
	if s.Weights != string(fit.Precision) && s.Weights != string(fit.Unweighted) {
		add("weights", fmt.Sprintf("%q is not known", s.Weights), "precision, or none")
	}
	if s.Draws != 0 && (s.Draws < 199 || s.Draws > 99_999) {
		add("draws", fmt.Sprintf("%d is neither 0 nor between 199 and 99999", s.Draws), "1999 is usual; 0 pays for the lags by Bonferroni instead")
	}
	for _, id := range sortedKeys(s.Series) {
		d, at := s.Series[id], "series."+id
		if !slices.Contains(s.Conditions, id) && !slices.Contains(s.Outcomes, id) {
			add(at, fmt.Sprintf("%q is neither a condition nor an outcome", id), "describe the series that are asked about")
		}
		if d.SD < 0 {
			add(at+".sd", fmt.Sprintf("%g is below zero", d.SD), "the standard deviation of one answer")
		}
		if d.Scale < 0 {
			add(at+".scale", fmt.Sprintf("%g is below zero", d.Scale), "the width of the scale: 4 for 1 to 5")
		}
		if d.Higher < -1 || d.Higher > 1 {
			add(at+".higher", fmt.Sprintf("%d is none of -1, 0, 1", d.Higher), "1: more is better, -1: less is better")
		}
	}
	strictyaml.Sort(problems)
	return s, doc, problems
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// columns are the series to take from the panel.
func (s *fitSpec) columns() []panel.Column {
	var out []panel.Column
	take := func(ids []string, side models.Side) {
		for _, id := range ids {
			d := s.Series[id]
			name := d.Name
			if name == "" {
				name = id
			}
			out = append(out, panel.Column{
				Series: models.Series{ID: id, Name: name, Side: side, Higher: d.Higher, Scale: d.Scale},
				N:      d.N, SE: d.SE, SD: d.SD,
			})
		}
	}
	take(s.Conditions, models.Inside)
	take(s.Outcomes, models.Outside)
	return out
}

// unknown names the series asked about that the panel does not have.
func (s *fitSpec) unknown(doc *strictyaml.Document, p *models.Panel, others []string) strictyaml.Problems {
	var problems strictyaml.Problems
	check := func(path string, ids []string) {
		for i, id := range ids {
			if p.Find(id) == nil {
				problems = append(problems, doc.At(fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("the panel has no series %q", id), besides(p, others)))
			}
		}
	}
	if len(p.Teams) > 0 || len(others) > 0 { // an empty panel has no series to name wrongly
		check("conditions", s.Conditions)
		check("outcomes", s.Outcomes)
	}
	return problems
}

// besides lists what is in the panel.
func besides(p *models.Panel, others []string) string {
	there := slices.Clone(others)
	for i := range p.Series {
		there = append(there, p.Series[i].ID)
	}
	slices.Sort(there)
	if len(there) == 0 {
		return "it has none"
	}
	if most := 30; len(there) > most {
		there = append(there[:most], "...")
	}
	return "it has " + strings.Join(there, ", ")
}

// question is what is asked of models/fit.
func (s *fitSpec) question() fit.Spec {
	return fit.Spec{Conditions: s.Conditions, Outcomes: s.Outcomes, MaxLag: s.MaxLag, FDR: s.FDR, Weights: fit.Weighting(s.Weights), Draws: s.Draws}
}
