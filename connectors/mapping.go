package connectors

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Mapping says how the rows of a source become records of a dataset.
//
// Map gives each canonical field its rule. Each is for wide rows: every entry is laid over Map and makes one record, so
// a questionnaire with twenty item columns makes up to twenty records. An entry makes no record when the field that its
// record exists for is empty: Schema.Value, or Schema.Time for datasets without one. Where keeps only rows whose places
// hold one of the listed values ("" stands for empty); all places must agree.
type Mapping struct {
	To    string              `yaml:"to"`
	Map   map[string]Rule     `yaml:"map"`
	Each  []map[string]Rule   `yaml:"each"`
	Where map[string][]string `yaml:"where"`
	// Contract says what happens when the source changes.
	Contract Contract `yaml:"contract"`
}

// Over lays a mapping over a base, such as a preset, and returns the whole. What the mapping says wins: a rule replaces
// the base's rule of the field, except that a rule with neither place nor constant completes it (so that a value map can
// be given for a place that the base knows); Each replaces as a whole; Where goes by place. Neither argument is changed.
func (m Mapping) Over(base Mapping) Mapping {
	out := Mapping{To: m.To, Map: maps.Clone(base.Map), Each: m.Each, Where: maps.Clone(base.Where), Contract: m.Contract.over(base.Contract)}
	if out.To == "" {
		out.To = base.To
	}
	if out.Each == nil {
		out.Each = base.Each
	}
	for name, r := range m.Map {
		if out.Map == nil {
			out.Map = map[string]Rule{}
		}
		out.Map[name] = r.over(base.Map[name])
	}
	for place, keep := range m.Where {
		if out.Where == nil {
			out.Where = map[string][]string{}
		}
		out.Where[place] = keep
	}
	return out
}

// over completes a rule that names no place by another one.
func (r Rule) over(base Rule) Rule {
	if len(r.From) > 0 || r.Value != nil {
		return r
	}
	out := base
	if r.Join != nil {
		out.Join = r.Join
	}
	if r.Values != nil {
		out.Values, out.Otherwise = r.Values, r.Otherwise
	}
	if r.Otherwise != nil {
		out.Otherwise = r.Otherwise
	}
	if r.Null != nil {
		out.Null = r.Null
	}
	out.Optional = r.Optional || base.Optional
	for _, s := range []struct {
		into *string
		own  string
	}{{&out.Starts, r.Starts}, {&out.Levels, r.Levels}, {&out.Time, r.Time}, {&out.Zone, r.Zone}, {&out.Decimal, r.Decimal}, {&out.Thousands, r.Thousands}, {&out.Percent, r.Percent}} {
		if s.own != "" {
			*s.into = s.own
		}
	}
	return out
}

// Rule says where one field comes from and how it is written there. Either From or Value is given.
//
// The steps are taken in this order: the places are read; words that mean nothing (BinderOptions.Null, Null) become
// empty; several places are joined; Starts leaves out; Levels are parted anew; Values and Otherwise translate; the text
// is read as the field's type.
type Rule struct {
	// From is the place: a column's name, or for JSON a path (a, a.b, or the JSON pointer /a/b, which also reaches keys
	// that hold dots, and array elements by number). Several places are joined, those that are empty left out; for a
	// field of kind json they become the members of an object.
	From Places `yaml:"from"`
	// Join stands between several places.
	Join *string `yaml:"join"`
	// Value is a constant instead of a place.
	Value *string `yaml:"value"`
	// Values translates what stands at the place, letter by letter the same; "" as translation means empty.
	Values map[string]string `yaml:"values"`
	// Otherwise is for what Values does not list; without it such a row is rejected. Empty stays empty.
	Otherwise *string `yaml:"otherwise"`
	// Null lists words that mean nothing, beside those of the whole source.
	Null []string `yaml:"null"`
	// Optional says that the places need not exist: exports leave columns out. What is not there is empty. It says
	// nothing about JSON, where any place may be absent.
	Optional bool `yaml:"optional"`
	// Starts keeps only a value that begins so and takes others as empty, for places that hold two kinds of ids.
	Starts string `yaml:"starts"`
	// Levels parts the levels of a path in the source ("::"); here they are parted by "/".
	Levels string `yaml:"levels"`
	// Time is how an instant or date is written: a Go layout ("02/01/2006 15:04"), or unix_s, unix_ms, unix_us, unix_ns.
	// Default: RFC 3339 with an offset for instants, 2006-01-02 for dates.
	Time string `yaml:"time"`
	// Zone is the time zone of layouts that have no offset. Default: the zone of the run.
	Zone string `yaml:"zone"`
	// Decimal is the decimal mark of numbers, "." or ",".
	Decimal string `yaml:"decimal"`
	// Thousands is the mark between groups of three digits: ",", ".", "'" or " " (any space of one letter). Without it
	// such a number is rejected; with it every mark must stand at its place.
	Thousands string `yaml:"thousands"`
	// Percent says what "45 %" means: points (45) or share (0.45). Without it such a text is rejected; with it a text
	// without the sign is, because nobody can say which of the two it is.
	Percent string `yaml:"percent"`
}

// SetScalar is the short form: only the place.
func (r *Rule) SetScalar(s string) error {
	if s == "" {
		return fmt.Errorf("want the name of a place, not an empty text")
	}
	*r = Rule{From: Places{s}}
	return nil
}

// Places is one place or several, written as one word or as a list.
type Places []string

// SetScalar is the form with one place.
func (p *Places) SetScalar(s string) error {
	*p = Places{s}
	return nil
}

func (p Places) String() string {
	q := make([]string, len(p))
	for i, s := range p {
		q[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(q, " + ")
}

// nearest returns the candidate that looks most like the word, or "" when none is near: at most two slips away, and for
// short words at most half of their letters.
func nearest(word string, candidates []string) string {
	best, at := 3, ""
	for _, c := range candidates {
		if d := slips(strings.ToLower(word), strings.ToLower(c)); d < best && 2*d <= max(len(word), len(c)) {
			best, at = d, c
		}
	}
	return at
}

// slips counts the letters that were left out, added, changed, or swapped with their neighbour (the optimal string
// alignment distance, in bytes).
func slips(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// Suggest makes the hint for a name that is none of those allowed: the nearest one, or the list of all (shortened).
func Suggest(word string, allowed []string) string {
	if near := nearest(word, allowed); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(allowed) == 0 {
		return ""
	}
	const most = 40
	list := slices.Clone(allowed)
	more := ""
	if len(list) > most {
		more = fmt.Sprintf(" and %d more", len(list)-most)
		list = list[:most]
	}
	return "known: " + strings.Join(list, ", ") + more
}
