package pipelines

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"insideout/connectors"
	"insideout/models"
	"insideout/models/strictyaml"
)

// odcs is the part of the Open Data Contract Standard 3.1.0 that is read and written here: the columns of a source with
// their types, which of them must be there, and the quality rules that the door keeps. Every other key is passed over.
type odcs struct {
	strictyaml.Lenient
	APIVersion string       `yaml:"apiVersion"`
	Kind       string       `yaml:"kind"`
	Schema     []odcsObject `yaml:"schema"`
}

type odcsObject struct {
	strictyaml.Lenient
	Name         string         `yaml:"name"`
	PhysicalName string         `yaml:"physicalName"`
	Properties   []odcsProperty `yaml:"properties"`
}

type odcsProperty struct {
	strictyaml.Lenient
	Name         string        `yaml:"name"`
	PhysicalName string        `yaml:"physicalName"`
	LogicalType  string        `yaml:"logicalType"`
	Required     bool          `yaml:"required"`
	Quality      []odcsQuality `yaml:"quality"`
}

type odcsQuality struct {
	strictyaml.Lenient
	Metric    string        `yaml:"metric"`
	Rule      string        `yaml:"rule"` // as 3.0 called it
	Arguments odcsArguments `yaml:"arguments"`
	MustBe    string        `yaml:"mustBe"`
}

type odcsArguments struct {
	strictyaml.Lenient
	ValidValues []string `yaml:"validValues"`
}

// column is what the standard calls the place of a property.
func (p *odcsProperty) column() string {
	if p.PhysicalName != "" {
		return p.PhysicalName
	}
	return p.Name
}

// reading is one rule of a source that reads a column.
type reading struct {
	path  string
	field *models.Field // nil for a filter
	rule  connectors.Rule
}

// readings tells for every column of a source what reads it.
func (s *Source) readings() map[string][]reading {
	out := map[string][]reading{}
	schema := models.Dataset(s.To)
	take := func(at string, rules map[string]connectors.Rule) {
		for _, name := range slices.Sorted(maps.Keys(rules)) {
			i := schema.Field(name)
			if i < 0 {
				continue
			}
			for _, place := range rules[name].From {
				out[place] = append(out[place], reading{at + "." + name, &schema.Fields[i], rules[name]})
			}
		}
	}
	take("map", s.Map)
	for i, entry := range s.Each {
		take(fmt.Sprintf("each[%d]", i), entry)
	}
	for place := range s.Where {
		out[place] = append(out[place], reading{path: "where"})
	}
	return out
}

// CheckContract holds the configuration against a data contract: every column that a source reads is agreed, has a type
// that its field can take, is there where the field needs it, and the rules of quality are kept by what the configuration
// rejects. The error is strictyaml.Problems with the lines of the contract; notes say what was not looked at.
func (c *Config) CheckContract(path string) (notes []string, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, strictyaml.Problems{{File: path, Message: "cannot be read: " + reason(err)}}
	}
	return c.checkContract(path, data)
}

func (c *Config) checkContract(path string, data []byte) (notes []string, err error) {
	var o odcs
	doc, problems := strictyaml.Decode(path, data, &o)
	add := func(at, message, hint string) { problems = append(problems, doc.At(at, message, hint)) }
	if o.Kind != "DataContract" || !strings.HasPrefix(o.APIVersion, "v3.") {
		add("apiVersion", "it is no Open Data Contract of version 3", "kind: DataContract and apiVersion: v3.1.0")
	}
	var names []string
	for _, s := range c.Sources {
		names = append(names, s.Name)
	}
	for i, object := range o.Schema {
		at := fmt.Sprintf("schema[%d]", i)
		k := slices.Index(names, object.Name)
		if k < 0 {
			add(at+".name", fmt.Sprintf("there is no source %q", object.Name), connectors.Suggest(object.Name, names))
			continue
		}
		notes = append(notes, c.Sources[k].checkObject(at, &object, add)...)
	}
	if len(o.Schema) == 0 {
		add("schema", "it describes nothing", "give an object with the name of a source")
	}
	strictyaml.Sort(problems)
	return notes, problems.Err()
}

func (s *Source) checkObject(at string, o *odcsObject, add func(at, message, hint string)) (notes []string) {
	read := s.readings()
	agreed := map[string]bool{}
	for i := range o.Properties {
		p := &o.Properties[i]
		agreed[p.column()] = true
		here := fmt.Sprintf("%s.properties[%d]", at, i)
		uses := read[p.column()]
		if uses == nil {
			notes = append(notes, fmt.Sprintf("source %s: %q is not mapped", s.Name, p.column()))
		}
		for _, use := range uses {
			if use.field != nil {
				s.checkUse(here, p, use, add)
			}
		}
		for k, q := range p.Quality {
			if note := checkQuality(fmt.Sprintf("%s.quality[%d]", here, k), p, q, uses, add); note != "" {
				notes = append(notes, fmt.Sprintf("source %s: %s", s.Name, note))
			}
		}
	}
	for _, place := range slices.Sorted(maps.Keys(read)) {
		if !agreed[place] && !strings.HasPrefix(place, "$") {
			add(at+".properties", fmt.Sprintf("source %s reads %q at %s, and the contract does not have it", s.Name, place, read[place][0].path), "agree on it, or do not read it")
		}
	}
	return notes
}

// takes tells which kinds of fields a logical type fits. A text is read as any type, strictly.
var takes = map[string][]models.Kind{
	"string":    {models.Text, models.Int, models.Real, models.Bool, models.Instant, models.Date},
	"integer":   {models.Text, models.Int, models.Real, models.Instant},
	"number":    {models.Text, models.Int, models.Real, models.Instant},
	"boolean":   {models.Text, models.Bool},
	"date":      {models.Text, models.Date, models.Instant},
	"timestamp": {models.Text, models.Date, models.Instant},
	"time":      {models.Text},
	"object":    {models.JSON},
	"array":     {},
}

func (s *Source) checkUse(at string, p *odcsProperty, use reading, add func(at, message, hint string)) {
	kinds, known := takes[p.LogicalType]
	switch {
	case p.LogicalType == "" || use.field.Kind == models.JSON:
	case !known:
		add(at+".logicalType", fmt.Sprintf("unknown type %q", p.LogicalType), connectors.Suggest(p.LogicalType, slices.Sorted(maps.Keys(takes))))
	case !slices.Contains(kinds, use.field.Kind):
		add(at+".logicalType", fmt.Sprintf("%s %s reads it as %s, and it is %s", s.Name, use.path, use.field.Kind, p.LogicalType), "map it to another field, or correct the contract")
	}
	if use.field.Required && !p.Required && len(use.rule.From) == 1 && strings.HasPrefix(use.path, "map.") {
		add(at+".required", fmt.Sprintf("%s needs it for %s, and the contract lets it be empty", s.Name, use.field.Name), "agree that it is required; rows without it are rejected")
	}
}

// checkQuality looks at the rules that the door keeps: what is not one of them is named in the note.
func checkQuality(at string, p *odcsProperty, q odcsQuality, uses []reading, add func(at, message, hint string)) (note string) {
	metric := q.Metric
	if metric == "" {
		metric = q.Rule
	}
	if q.MustBe != "0" || len(uses) == 0 {
		return fmt.Sprintf("%s of %q is not looked at here", metric, p.column())
	}
	switch metric {
	case "nullValues", "missingValues", "nullCheck":
		for _, use := range uses {
			if use.field != nil && !use.field.Required {
				add(at, fmt.Sprintf("nothing keeps %q from being empty: %s may be", p.column(), use.field.Name), "drop rows without it by where:, or check it at the source")
			}
		}
	case "invalidValues", "validValues":
		for _, use := range uses {
			for _, v := range q.Arguments.ValidValues {
				if use.field == nil || use.rule.Otherwise != nil {
					continue
				}
				_, listed := use.rule.Values[v]
				if use.rule.Values != nil && !listed || use.rule.Values == nil && use.field.Enum != nil && !slices.Contains(use.field.Enum, v) {
					add(at, fmt.Sprintf("%q is valid by the contract, and %s does not know it", v, use.path), "add it under values:, or give otherwise:")
				}
			}
		}
	default:
		return fmt.Sprintf("%s of %q is not looked at here", metric, p.column())
	}
	return ""
}

// ExportContract writes what the sources read as a contract of the Open Data Contract Standard, to agree on with whoever
// delivers them. An empty name means all sources; the error says that there is none of that name.
func (c *Config) ExportContract(source string) (string, error) {
	var b strings.Builder
	word := func(s string) string { // a JSON string is one of YAML too
		text, _ := json.Marshal(s)
		return string(text)
	}
	fmt.Fprintf(&b, "apiVersion: v3.1.0\nkind: DataContract\nid: %s\nname: %s\nversion: 1.0.0\nstatus: draft\nschema:\n", word("insideout:"+c.Name), word(c.Name))
	var names []string
	found := false
	for i := range c.Sources {
		s := &c.Sources[i]
		if names = append(names, s.Name); source != "" && s.Name != source {
			continue
		}
		found = true
		kind, place := "file", ""
		if s.Kafka != nil {
			kind, place = "topic", s.Kafka.Topic
		} else if s.File != nil {
			place = s.File.Path
		}
		schema := models.Dataset(s.To)
		fmt.Fprintf(&b, "  - name: %s\n    logicalType: object\n    physicalName: %s\n    physicalType: %s\n    description: %s\n    properties:\n",
			word(s.Name), word(place), kind, word("read into "+s.To+": "+schema.Grain))
		read := s.readings()
		for _, column := range slices.Sorted(maps.Keys(read)) {
			if !strings.HasPrefix(column, "$") {
				s.exportColumn(&b, column, read[column], word)
			}
		}
	}
	if !found {
		return "", fmt.Errorf("there is no source %q -> %s", source, connectors.Suggest(source, names))
	}
	return b.String(), nil
}

func (s *Source) exportColumn(b *strings.Builder, column string, uses []reading, word func(string) string) {
	required, personal := false, false
	var into, valid []string
	logical := "string"
	for _, use := range uses {
		if use.field == nil {
			into = append(into, "filter")
			required = true
			continue
		}
		into = append(into, use.field.Name)
		required = required || use.field.Required && len(use.rule.From) == 1 && strings.HasPrefix(use.path, "map.")
		personal = personal || use.field.Privacy != models.Open
		if use.rule.Otherwise == nil {
			valid = append(valid, slices.Collect(maps.Keys(use.rule.Values))...)
		}
		if use.rule.Values == nil && use.rule.Percent == "" && use.rule.Decimal == "" && use.rule.Thousands == "" {
			logical = map[models.Kind]string{models.Int: "integer", models.Real: "number", models.Bool: "boolean"}[use.field.Kind]
			if use.field.Kind == models.Instant && use.rule.Time == "" {
				logical = "timestamp"
			}
			if use.field.Kind == models.Date && use.rule.Time == "" {
				logical = "date"
			}
			if logical == "" {
				logical = "string"
			}
		}
	}
	slices.Sort(into)
	fmt.Fprintf(b, "      - name: %s\n        logicalType: %s\n        required: %v\n        description: %s\n", word(column), logical, required, word("into "+strings.Join(slices.Compact(into), ", ")))
	if personal {
		fmt.Fprintf(b, "        classification: restricted\n")
	}
	if valid != nil {
		slices.Sort(valid)
		text, _ := json.Marshal(slices.Compact(valid))
		fmt.Fprintf(b, "        quality:\n          - {type: library, metric: invalidValues, arguments: {validValues: %s}, mustBe: 0, unit: rows}\n", text)
	}
}
