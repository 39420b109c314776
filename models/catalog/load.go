package catalog

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"insideout/models"
	"insideout/models/strictyaml"
)

// An id is also a value in SQL, a name in file names and an anchor in the report.
var idForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// Answers are summed as decimals with six digits before and six after the point where they are not whole (sql/ macros);
// a scale beyond that would overflow there, so it is refused here.
const scaleLimit = 1e6

// Load reads a catalogue. The name of the file is for messages. The catalogue is nil if there is any problem.
func Load(file string, data []byte) (*Catalog, strictyaml.Problems) {
	c := &Catalog{}
	doc, problems := strictyaml.Decode(file, data, c)
	for i := range c.Metrics { // defaults, before anything is checked
		if c.Metrics[i].Version == 0 {
			c.Metrics[i].Version = 1
		}
		if c.Metrics[i].Direction == "" {
			c.Metrics[i].Direction = Neither
		}
	}
	for i := range c.Moments {
		if c.Moments[i].Version == 0 {
			c.Moments[i].Version = 1
		}
	}
	k := &checker{c: c, doc: doc}
	k.all()
	problems = append(problems, k.problems...)
	if len(problems) > 0 {
		strictyaml.Sort(problems)
		return nil, problems
	}
	return c, nil
}

type checker struct {
	c        *Catalog
	doc      *strictyaml.Document
	problems strictyaml.Problems
}

func (k *checker) fail(path, hint, format string, args ...any) {
	k.problems = append(k.problems, k.doc.At(path, fmt.Sprintf(format, args...), hint))
}

func (k *checker) all() {
	if k.c.Version != 1 {
		k.fail("version", "write version: 1", "version %d of the catalogue's form is not known", k.c.Version)
	}
	seen := map[string]string{}
	id := func(path, id string) {
		switch {
		case id == "":
			k.fail(path, "add id: and a short name", "no id")
		case !idForm.MatchString(id):
			k.fail(path+".id", "lower-case letters, digits and _, a letter first", "id %q is not well formed", id)
		case seen[id] != "":
			k.fail(path+".id", "ids of metrics, dimensions and items are one namespace; rename one", "id %q is taken by %s", id, seen[id])
		default:
			seen[id] = path
		}
	}
	for i := range k.c.Metrics {
		path := fmt.Sprintf("metrics[%d]", i)
		id(path, k.c.Metrics[i].ID)
		k.metric(path, &k.c.Metrics[i])
	}
	for i, it := range k.c.Pulse {
		id(fmt.Sprintf("pulse[%d]", i), it.ID)
	}
	k.inside()
	in := &k.c.Instrument
	if in.ID == "" && (len(in.Dimensions) > 0 || len(in.Items) > 0) {
		k.fail("instrument", "add id: and a short name", "the instrument has no id")
	}
	if in.ID != "" && in.Version < 1 {
		k.fail("instrument", "add version: 1", "the instrument has no version")
	}
	for i, d := range in.Dimensions {
		path := fmt.Sprintf("instrument.dimensions[%d]", i)
		id(path, d.ID)
		if d.Name == "" {
			k.fail(path, "add name:", "dimension %q has no name", d.ID)
		}
		if len(k.c.Items(d.ID)) == 0 {
			k.fail(path, "add items with dimension: "+d.ID, "dimension %q has no items", d.ID)
		}
	}
	for i, it := range in.Items {
		path := fmt.Sprintf("instrument.items[%d]", i)
		id(path, it.ID)
		if it.Text == "" {
			k.fail(path, "add text: as people read it", "item %q has no text", it.ID)
		}
		if k.c.Dimension(it.Dimension) == nil {
			k.fail(path+".dimension", "", "item %q belongs to dimension %q, which is not listed", it.ID, it.Dimension)
		}
		k.scale(path, it.Scale, true)
	}
	k.outside()
	k.registered()
}

func (k *checker) metric(path string, m *Metric) {
	if m.Name == "" {
		k.fail(path, "add name:", "metric %q has no name", m.ID)
	}
	if m.Definition == "" {
		k.fail(path, "add definition: one sentence that a reader of the report understands", "metric %q has no definition", m.ID)
	}
	if m.Version < 1 {
		k.fail(path+".version", "count from 1", "version %d", m.Version)
	}
	if m.Side != models.Inside && m.Side != models.Outside {
		k.fail(path+".side", "inside or outside", "side %q", m.Side)
	}
	if !slices.Contains([]Direction{Higher, Lower, Neither}, m.Direction) {
		k.fail(path+".direction", "higher, lower or neither", "direction %q", m.Direction)
	}
	if answered(m.Kind) || counted(m.Kind) || m.Kind == Composite || m.Kind == Effortful || m.Kind == Custom {
		if m.Side == models.Inside {
			k.fail(path+".side", "an inside number comes from the instrument or from measures", "kind %s is computed from customers' rows", m.Kind)
		}
	}
	k.scale(path, m.Scale, answered(m.Kind))
	lo, hi := math.Inf(-1), math.Inf(1)
	if len(m.Scale) == 2 {
		lo, hi = m.Scale[0], m.Scale[1]
	}
	has := func(key, value string, want bool) {
		if want && value == "" {
			k.fail(path, "add "+key+": and the id of a measure", "kind %s needs %s", m.Kind, key)
		}
		if !want && value != "" {
			k.fail(path+"."+key, "take it out", "kind %s has no %s", m.Kind, key)
		}
	}
	has("measure", m.Measure, m.Kind == MeasureMean)
	has("numerator", m.Numerator, m.Kind == MeasureRatio)
	has("denominator", m.Denominator, m.Kind == MeasureRatio)
	if m.Complement && m.Kind != MeasureRatio {
		k.fail(path+".complement", "take it out", "kind %s has no complement", m.Kind)
	}
	if m.Public && (m.Side != models.Inside || m.Kind != MeasureMean && m.Kind != MeasureRatio) {
		k.fail(path+".public", "take it out", "only a measure on the inside can be declared public")
	}
	if m.Kind != Composite && len(m.Parts) > 0 {
		k.fail(path+".parts", "take it out", "kind %s has no parts", m.Kind)
	}
	if m.Kind != Custom && m.SQL != "" {
		k.fail(path+".sql", "take it out, or write kind: custom", "kind %s has a formula of its own", m.Kind)
	}
	k.registry(path, m)
	switch m.Kind {
	case Custom:
		if strings.TrimSpace(m.SQL) == "" {
			k.fail(path, "add sql: select team, period_start, value from ...", "kind custom needs sql")
		}
	case NPS:
		if m.Top <= lo || m.Top > hi || m.Bottom < lo || m.Bottom >= m.Top {
			k.fail(path, "NPS on 0 to 10 has top: 9 and bottom: 6", "top %v and bottom %v do not cut the scale in three", m.Top, m.Bottom)
		}
	case TopBox:
		if m.Top <= lo || m.Top > hi {
			k.fail(path, "top: 4 is the share of 4 and 5 on five points", "top %v does not cut the scale in two", m.Top)
		}
	case Composite:
		k.parts(path, m)
	case Mean, Index, FailureDemand, Repeat, Complaint, Success, Resolution, Effortful, MeasureMean, MeasureRatio:
	case Dimensional, Facet:
		k.fail(path+".kind", "describe dimensions and items under instrument:", "kind %s is not written as a metric", m.Kind)
	default:
		k.fail(path+".kind", "nps, mean, top_box, index, composite, failure_demand, repeat, complaint, success, resolution, effort, measure_mean, measure_ratio or custom", "kind %q", m.Kind)
	}
}

func (k *checker) scale(path string, s []float64, needed bool) {
	if len(s) == 0 {
		if needed {
			k.fail(path, "add scale: [lowest, highest]", "no scale")
		}
		return
	}
	if len(s) != 2 || !(s[0] < s[1]) || math.Abs(s[0]) > scaleLimit || math.Abs(s[1]) > scaleLimit {
		k.fail(path+".scale", "write scale: [lowest, highest], each within a million", "scale %v", s)
	}
}

// parts checks that a composite is made of metrics that customers answer.
func (k *checker) parts(path string, m *Metric) {
	if len(m.Parts) < 2 {
		k.fail(path, "add parts: [one, another]", "a composite of %d parts", len(m.Parts))
	}
	for i, id := range m.Parts {
		switch {
		case slices.Contains(m.Parts[:i], id):
			k.fail(fmt.Sprintf("%s.parts[%d]", path, i), "take one out", "part %q is listed twice", id)
		case !k.answeredOrElsewhere(id):
			k.fail(fmt.Sprintf("%s.parts[%d]", path, i), "list it under metrics: with kind mean, index, top_box or nps", "part %q is no metric that customers answer", id)
		}
	}
}

// registry checks what a metric says of its use.
func (k *checker) registry(path string, m *Metric) {
	if m.Perspective != "" && !slices.Contains(Perspectives(), m.Perspective) {
		k.fail(path+".perspective", strings.Join(Perspectives(), ", "), "perspective %q", m.Perspective)
	}
	if m.Element != "" && !slices.Contains(Elements(), m.Element) {
		k.fail(path+".element", strings.Join(Elements(), ", "), "element %q", m.Element)
	}
	if m.Review != "" {
		if _, err := time.Parse(time.DateOnly, m.Review); err != nil {
			k.fail(path+".review", "write a date such as 2025-03-31", "review %q is no date", m.Review)
		}
	}
}
