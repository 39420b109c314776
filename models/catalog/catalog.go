// Package catalog says what the numbers mean: the metrics with their scale, direction and formula, and the survey
// instrument with its dimensions and items. It is loaded from YAML, strictly, versioned, and stored with every number
// that it defines; Default is the catalogue that ships, and a project's own file is merged over it.
//
// # Contract
//
//   - Every mistake of a file is reported at once, with path and line (Load).
//   - One id names one thing: metrics, dimensions and items share one namespace, because all of them become series
//     of the panel. The id of a metric carries its variant (ces_v1, ces_v2): the two versions of customer effort run in opposite
//     directions, and a row whose metric were only "ces" could be read either way. Version counts revisions of
//     the definition and is written beside each number.
//   - A kind is a formula that exists in sql/, where a case tests it. The exception is custom, whose SQL is the project's own; it runs
//     in an engine that holds nothing else than what it may read (package warehouse, sandbox).
//   - A catalogue is a value: Merge makes a new one, nothing changes one in place.
//
// Sources of the default definitions: the closed form of the variance of NPS and its adjusted-Wald interval are Rocks
// 2016 (arXiv 1601.07235); customer effort 1 is the scale of 2010 (1 to 5, low is good), 2 that of 2013 (1 to 7, high is
// good); customer satisfaction is the share of 4 and 5 on five points; failure demand is counted as F / (F + V), misrouted
// and unclassified contacts apart.
package catalog

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"insideout/models"
)

// Kind is the formula of a metric.
type Kind string

const (
	NPS           Kind = "nps"            // 100 x (share of answers from Top on - share of answers up to Bottom); from feedback
	Mean          Kind = "mean"           // mean answer on the scale; from feedback
	TopBox        Kind = "top_box"        // share of answers from Top on; from feedback
	Index         Kind = "index"          // mean answer, 0 at the lowest and 100 at the highest of the scale; from feedback
	Composite     Kind = "composite"      // mean over customers who answered every one of Parts of the mean of these, each 0 to 100; from feedback
	FailureDemand Kind = "failure_demand" // failure / (failure + value); from contacts
	Complaint     Kind = "complaint"      // complaints / contacts; from contacts
	Success       Kind = "success"        // contacts with which the customer got what was asked for / contacts whose outcome is known
	Resolution    Kind = "resolution"     // settled by the first contact, transfers included / first contacts whose outcome is known and window closed
	Effortful     Kind = "effort"         // observed effort of contacts, 0 to 100; from contacts
	Repeat        Kind = "repeat"         // contacts followed by another on the same matter / contacts whose window is closed; from contacts
	MeasureMean   Kind = "measure_mean"   // mean of the values of Measure, weighted by n where every value has one; from measures
	Custom        Kind = "custom"         // SQL of the project's own: one row per team and period; from customers' rows and released cells
	MeasureRatio  Kind = "measure_ratio"  // sum of Numerator / sum of Denominator, or 1 minus that; from measures
	Dimensional   Kind = "dimension"      // mean over respondents of their mean item score, 0 to 100; from the instrument
	Facet         Kind = "facet"          // mean over respondents of one item's score, 0 to 100; from the instrument
)

// Direction says whether more is better.
type Direction string

const (
	Higher  Direction = "higher"
	Lower   Direction = "lower"
	Neither Direction = "neither"
)

// Sign gives +1 if more is better, -1 if less is, 0 if neither.
func (d Direction) Sign() int {
	switch d {
	case Higher:
		return 1
	case Lower:
		return -1
	}
	return 0
}

// Metric is one definition.
type Metric struct {
	ID          string      `yaml:"id" json:"id"`
	Version     int         `yaml:"version" json:"version"` // revision of the definition, from 1
	Name        string      `yaml:"name" json:"name"`       // shown to people
	Side        models.Side `yaml:"side" json:"side"`
	Kind        Kind        `yaml:"kind" json:"kind"`
	Scale       []float64   `yaml:"scale" json:"scale,omitempty"` // lowest and highest answer or value; empty: unbounded
	Direction   Direction   `yaml:"direction" json:"direction"`
	Unit        string      `yaml:"unit" json:"unit"`               // of the value that the formula gives: points, share, score, ...
	Top         float64     `yaml:"top" json:"top,omitempty"`       // nps, top_box: answers from here on are favourable
	Bottom      float64     `yaml:"bottom" json:"bottom,omitempty"` // nps: answers up to here are unfavourable
	Measure     string      `yaml:"measure" json:"measure,omitempty"`
	Numerator   string      `yaml:"numerator" json:"numerator,omitempty"`
	Denominator string      `yaml:"denominator" json:"denominator,omitempty"`
	Complement  bool        `yaml:"complement" json:"complement,omitempty"` // measure_ratio: 1 minus the ratio
	Public      bool        `yaml:"public" json:"public,omitempty"`         // measures on the inside that are published already: shown whatever their n
	Definition  string      `yaml:"definition" json:"definition"`
	Owner       string      `yaml:"owner" json:"owner,omitempty"` // who answers for the definition

	SQL         string   `yaml:"sql" json:"sql,omitempty"`                 // custom: a SELECT of team, period_start, value (or numerator and denominator), and n and se where known
	Parts       []string `yaml:"parts" json:"parts,omitempty"`             // composite: metrics of the same answered form
	Perspective string   `yaml:"perspective" json:"perspective,omitempty"` // whose success it tells: customer, company, employee
	Element     string   `yaml:"element" json:"element,omitempty"`         // effectiveness, efficiency, transformation, value
	Touchpoint  string   `yaml:"touchpoint" json:"touchpoint,omitempty"`   // where it is measured, if at one place only
	Decision    string   `yaml:"decision" json:"decision,omitempty"`       // what is decided by it
	Review      string   `yaml:"review" json:"review,omitempty"`           // civil date by which it is looked at again
}

// Instrument is an employee survey: items that add up to dimensions.
type Instrument struct {
	ID         string      `yaml:"id" json:"id"`
	Version    int         `yaml:"version" json:"version"`
	Dimensions []Dimension `yaml:"dimensions" json:"dimensions"`
	Items      []Item      `yaml:"items" json:"items"`
}

// Dimension is one condition inside the organisation, scored from 0 to 100.
type Dimension struct {
	ID    string `yaml:"id" json:"id"`
	Name  string `yaml:"name" json:"name"`
	About string `yaml:"about" json:"about"`
	Own   bool   `yaml:"own" json:"own,omitempty"` // of this project's making, not a published instrument's
}

// Item is one question of the instrument.
type Item struct {
	ID        string    `yaml:"id" json:"id"`
	Text      string    `yaml:"text" json:"text"`           // as people read it
	Dimension string    `yaml:"dimension" json:"dimension"` // id of its dimension
	Facet     string    `yaml:"facet" json:"facet"`         // what it looks at, in a few words
	Reverse   bool      `yaml:"reverse" json:"reverse,omitempty"`
	Scale     []float64 `yaml:"scale" json:"scale"` // lowest and highest answer
	Own       bool      `yaml:"own" json:"own,omitempty"`
}

// Catalog is a set of definitions.
type Catalog struct {
	Version int `yaml:"version" json:"version"` // of the file's form; 1

	Inside `yaml:",inline"` // how the employees' side is read

	Metrics    []Metric   `yaml:"metrics" json:"metrics"`
	Instrument Instrument `yaml:"instrument" json:"instrument"`

	Outside `yaml:",inline"` // how the customers' side is read; see Settings

	Registered `yaml:",inline"` // hypotheses, incidents, actions
}

//go:embed default.yaml
var defaultYAML []byte

var loadDefault = sync.OnceValue(func() *Catalog {
	c, problems := Load("default.yaml", defaultYAML)
	if len(problems) > 0 {
		panic("catalog: the built-in catalogue is bad:\n" + problems.Error())
	}
	return c
})

// Default returns the catalogue that ships. The caller may keep but not change it.
func Default() *Catalog { return loadDefault() }

// Metric returns the metric with the id, or nil.
func (c *Catalog) Metric(id string) *Metric {
	for i := range c.Metrics {
		if c.Metrics[i].ID == id {
			return &c.Metrics[i]
		}
	}
	return nil
}

// Dimension returns the dimension with the id, or nil.
func (c *Catalog) Dimension(id string) *Dimension {
	for i := range c.Instrument.Dimensions {
		if c.Instrument.Dimensions[i].ID == id {
			return &c.Instrument.Dimensions[i]
		}
	}
	return nil
}

// Item returns the item with the id, or nil.
func (c *Catalog) Item(id string) *Item {
	for i := range c.Instrument.Items {
		if c.Instrument.Items[i].ID == id {
			return &c.Instrument.Items[i]
		}
	}
	return nil
}

// Items returns the items of a dimension in the order of the instrument.
func (c *Catalog) Items(dimension string) []Item {
	var out []Item
	for _, it := range c.Instrument.Items {
		if it.Dimension == dimension {
			out = append(out, it)
		}
	}
	return out
}

// Scale returns the allowed range of the answers to a metric or an item, or of the values of a measure. Not known
// means that nothing here names it; a metric that is computed and not answered (failure demand) is not known either. An
// unbounded measure is not known: any value goes.
func (c *Catalog) Scale(name string) (lo, hi float64, known bool) {
	for _, it := range c.Questions() {
		if it.ID == name {
			return it.Scale[0], it.Scale[1], true
		}
	}
	if m := c.Metric(name); m != nil && answered(m.Kind) {
		return m.Scale[0], m.Scale[1], true
	}
	for i := range c.Metrics {
		if m := &c.Metrics[i]; m.Kind == MeasureMean && m.Measure == name && len(m.Scale) == 2 {
			return m.Scale[0], m.Scale[1], true
		}
	}
	return 0, 0, false
}

// answered reports whether rows of feedback carry the metric.
func answered(k Kind) bool { return k == NPS || k == Mean || k == TopBox || k == Index }

// counted reports whether the metric is a share of contacts.
func counted(k Kind) bool {
	return k == FailureDemand || k == Repeat || k == Complaint || k == Success || k == Resolution
}

// Series describes an id of the panel in the words shown for it: a metric, a dimension or an item.
type Series struct {
	ID        string
	Version   int
	Name      string
	Side      models.Side
	Kind      Kind
	Unit      string
	Direction Direction
	Scale     float64 // width of the range of the value (200 for NPS, 100 for a score, 1 for a share); 0 if unbounded
	Dimension string  // of a facet
}

// Series returns what is known of a panel series.
func (c *Catalog) Series(id string) (Series, bool) {
	if m := c.Metric(id); m != nil {
		s := Series{ID: id, Version: m.Version, Name: m.Name, Side: m.Side, Kind: m.Kind, Unit: m.Unit, Direction: m.Direction}
		switch m.Kind {
		case NPS:
			s.Scale = 200
		case TopBox, FailureDemand, Repeat, Complaint, Success, Resolution:
			s.Scale = 1
		case Index, Composite, Effortful:
			s.Scale = 100
		default:
			if len(m.Scale) == 2 {
				s.Scale = m.Scale[1] - m.Scale[0]
			}
		}
		return s, true
	}
	score := Series{ID: id, Version: c.Instrument.Version, Side: models.Inside, Unit: "score", Direction: Higher, Scale: 100}
	if d := c.Dimension(id); d != nil {
		score.Name, score.Kind = d.Name, Dimensional
		return score, true
	}
	if it := c.Item(id); it != nil {
		score.Name, score.Kind, score.Dimension = it.Facet, Facet, it.Dimension
		return score, true
	}
	return Series{}, false
}

// IDs returns every id that may be a series of the panel, conditions first as they are listed, then outcomes; items
// are left out, because facets are described and not tested.
func (c *Catalog) IDs(side models.Side) []string {
	var out []string
	if side == models.Inside {
		for _, d := range c.Instrument.Dimensions {
			out = append(out, d.ID)
		}
	}
	for _, m := range c.Metrics {
		if m.Side == side {
			out = append(out, m.ID)
		}
	}
	return out
}

// Merge returns a new catalogue: the metrics of over replace those with the same id and add the rest; an instrument in
// over replaces the whole instrument, because items of two designs do not add up to one score. An error names the ids
// that come to stand for two things.
func (c *Catalog) Merge(over *Catalog) (*Catalog, error) {
	out := &Catalog{Version: c.Version, Metrics: slices.Clone(c.Metrics), Instrument: c.Instrument}
	out.Inside = c.Inside.over(over.Inside)
	for _, m := range over.Metrics {
		if i := slices.IndexFunc(out.Metrics, func(old Metric) bool { return old.ID == m.ID }); i >= 0 {
			out.Metrics[i] = m
		} else {
			out.Metrics = append(out.Metrics, m)
		}
	}
	out.Outside = c.Outside.over(over.Outside)
	out.Registered = c.Registered.over(over.Registered)
	if over.Instrument.ID != "" {
		out.Instrument = over.Instrument
	}
	if twice := out.twice(); len(twice) > 0 {
		return nil, fmt.Errorf("catalogue: ids that stand for two things after merging over the built-in one: %v; rename them", twice)
	}
	if open := out.dangling(); len(open) > 0 {
		return nil, fmt.Errorf("catalogue: metrics that customers do not answer, or that are not there: %s; list them among the metrics", strings.Join(open, ", "))
	}
	if open := out.unfounded(); len(open) > 0 {
		return nil, fmt.Errorf("catalogue: %s", strings.Join(open, "; "))
	}
	return out, nil
}

// twice returns the ids that name more than one thing, sorted.
func (c *Catalog) twice() []string {
	count := map[string]int{}
	for _, m := range c.Metrics {
		count[m.ID]++
	}
	for _, d := range c.Instrument.Dimensions {
		count[d.ID]++
	}
	for _, it := range c.Questions() {
		count[it.ID]++
	}
	var out []string
	for id, n := range count {
		if n > 1 {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// Hash is the SHA-256, in hex, over everything that the catalogue says. Comments and layout of the file do not count.
func (c *Catalog) Hash() string {
	text, err := json.Marshal(c)
	if err != nil {
		panic("catalog: " + err.Error()) // only NaN and infinities could do that, and Load takes neither
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
