package catalog

import (
	"fmt"
	"slices"
)

// Inside is how the employees' side is read besides the instrument. A list that a project writes takes the place of the
// built-in one; nothing here can lower the release step's minimum.
type Inside struct {
	Groups     []Group      `yaml:"groups" json:"groups,omitempty"`
	Pulse      []Item       `yaml:"pulse" json:"pulse,omitempty"` // items without a dimension, read by the week
	Favourable []Favourable `yaml:"favourable" json:"favourable,omitempty"`
	Scoring    Scoring      `yaml:"scoring" json:"scoring,omitzero"`
	Comments   Comments     `yaml:"comments" json:"comments,omitzero"`
	Proxies    []Proxy      `yaml:"proxies" json:"proxies,omitempty"`
}

// Group is one way to tell employees apart. Its values come from the answer where it carries them, else from the
// roster's row of that day.
type Group struct {
	ID   string `yaml:"id" json:"id"`
	Name string `yaml:"name" json:"name"`
	// From is level, role (fields), tenure (days since the person's first day in the roster) or a key of the attributes.
	From  string `yaml:"from" json:"from"`
	Bands []Band `yaml:"bands" json:"bands,omitempty"` // of numbers, lowest first; empty: values as they are
}

// Group sources that are fields and not keys of the attributes.
const (
	FromLevel  = "level"
	FromRole   = "role"
	FromTenure = "tenure"
)

// Band takes the numbers below Below that no band before it takes. The last has no end.
type Band struct {
	Name  string   `yaml:"name" json:"name"`
	Below *float64 `yaml:"below" json:"below,omitempty"`
}

// Favourable says which answers on a scale of Steps whole steps, counted from 1 and turned round for reversed items, are
// favourable (From and above) and unfavourable (To and below). Vendors disagree (six steps: from 4 at one, from 5 at another),
// so this is configuration; the built-in map is that of Viva Glint, and 4 and 5 of five.
type Favourable struct {
	Steps int `yaml:"steps" json:"steps"`
	From  int `yaml:"from" json:"from"`
	To    int `yaml:"to" json:"to"`
}

// Scoring says how answers become scores. Vendors disagree, so this is configuration.
type Scoring struct {
	// Answered is the share of a dimension's items asked in a period that somebody must have answered to have a score of it. Nil: a half.
	Answered *float64 `yaml:"answered" json:"answered,omitempty"`
	// ZeroBased puts the lowest answer at 0: (value - lowest) / (highest - lowest), the default. Otherwise value / highest, so that 3 of 5
	// is 60 and not 50; for scales that do not begin below 0.
	ZeroBased *bool `yaml:"zero_based" json:"zero_based,omitempty"`
}

// Scores returns how answers become scores, every default written out.
func (c *Catalog) Scores() (answered float64, zeroBased bool) {
	answered, zeroBased = .5, true
	if c.Scoring.Answered != nil {
		answered = *c.Scoring.Answered
	}
	if c.Scoring.ZeroBased != nil {
		zeroBased = *c.Scoring.ZeroBased
	}
	return answered, zeroBased
}

// Comments says when people's own words may be read.
type Comments struct {
	// Minimum is the smallest number of people who wrote in a group whose comments are shown; at least floorComments. 0: the
	// built-in 10.
	Minimum int `yaml:"minimum" json:"minimum,omitempty"`
	// By is the one grouping by which comments are read: team, or the id of a group. Empty: team. There is only one, because
	// the same words in two lists would place their author in the overlap of both.
	By string `yaml:"by" json:"by,omitempty"`
}

// Proxy pairs a dimension with a metric that is thought to show the same thing without asking, so that the two can be
// held against each other. Without any, every dimension is laid beside every employee-side measure.
type Proxy struct {
	Dimension string `yaml:"dimension" json:"dimension"`
	Metric    string `yaml:"metric" json:"metric"`
}

const (
	byTeam        = "team"
	floorComments = 5
)

// over returns in with whatever top says in its place.
func (in Inside) over(top Inside) Inside {
	if top.Groups != nil {
		in.Groups = top.Groups
	}
	if top.Pulse != nil {
		in.Pulse = top.Pulse
	}
	if top.Favourable != nil {
		in.Favourable = top.Favourable
	}
	set(&in.Scoring.Answered, top.Scoring.Answered)
	set(&in.Scoring.ZeroBased, top.Scoring.ZeroBased)
	if top.Comments.Minimum != 0 {
		in.Comments.Minimum = top.Comments.Minimum
	}
	if top.Comments.By != "" {
		in.Comments.By = top.Comments.By
	}
	if top.Proxies != nil {
		in.Proxies = top.Proxies
	}
	return in
}

// Questions returns every question that employees may answer: the items of the instrument, then those of the pulse.
func (c *Catalog) Questions() []Item {
	return slices.Concat(c.Instrument.Items, c.Pulse)
}

// CommentsBy returns the grouping by which comments are read.
func (c *Catalog) CommentsBy() string {
	if c.Comments.By == "" {
		return byTeam
	}
	return c.Comments.By
}

// CommentsMinimum returns the smallest number of people who wrote in a group whose comments are shown.
func (c *Catalog) CommentsMinimum() int {
	if c.Comments.Minimum == 0 {
		return Default().Comments.Minimum
	}
	return c.Comments.Minimum
}

// Thresholds returns the scores, 0 to 100, from which on an answer to the item is favourable and up to which it is
// unfavourable. They are not known where the scale does not have whole steps or the map does not list their number.
func (c *Catalog) Thresholds(it Item) (from, to float64, known bool) {
	lo, hi := it.Scale[0], it.Scale[1]
	if lo != float64(int(lo)) || hi != float64(int(hi)) {
		return 0, 0, false
	}
	steps := int(hi) - int(lo) + 1
	for _, f := range c.Favourable {
		if f.Steps == steps {
			if _, zeroBased := c.Scores(); !zeroBased {
				return 100 * (lo + float64(f.From-1)) / hi, 100 * (lo + float64(f.To-1)) / hi, hi > 0
			}
			width := float64(steps - 1)
			return 100 * float64(f.From-1) / width, 100 * float64(f.To-1) / width, true
		}
	}
	return 0, 0, false
}

// inside checks how the employees' side is read.
func (k *checker) inside() {
	in := &k.c.Inside
	seen := map[string]bool{}
	for i, g := range in.Groups {
		k.group(fmt.Sprintf("groups[%d]", i), g, seen)
	}
	for i, it := range in.Pulse {
		path := fmt.Sprintf("pulse[%d]", i)
		if it.Text == "" {
			k.fail(path, "add text: as people read it", "pulse %q has no text", it.ID)
		}
		if it.Dimension != "" {
			k.fail(path+".dimension", "take it out, or list the item under instrument:", "pulse %q belongs to a dimension", it.ID)
		}
		k.scale(path, it.Scale, true)
	}
	steps := map[int]bool{}
	for i, f := range in.Favourable {
		path := fmt.Sprintf("favourable[%d]", i)
		if steps[f.Steps] {
			k.fail(path, "keep one", "scales of %d steps are listed twice", f.Steps)
		}
		steps[f.Steps] = true
		if f.Steps < 2 || f.To < 1 || f.From <= f.To || f.From > f.Steps {
			k.fail(path, "steps: 5, from: 4, to: 2 makes 4 and 5 favourable, 1 and 2 unfavourable", "of %d steps, favourable from %d and unfavourable to %d", f.Steps, f.From, f.To)
		}
	}
	if s := in.Scoring.Answered; s != nil && !(*s > 0 && *s <= 1) {
		k.fail("scoring.answered", "above 0, at most 1; a half is usual", "a share of %v", *s)
	}
	if z := in.Scoring.ZeroBased; z != nil && !*z {
		for i, it := range k.c.Instrument.Items {
			if len(it.Scale) == 2 && (it.Scale[0] < 0 || it.Scale[1] <= 0) {
				k.fail(fmt.Sprintf("instrument.items[%d].scale", i), "leave out scoring.zero_based: false, or begin the scale at 0 or above", "scale %v has no share of its highest answer", it.Scale)
			}
		}
	}
	if m := in.Comments.Minimum; m != 0 && m < floorComments {
		k.fail("comments.minimum", fmt.Sprintf("write %d or more; 10 is usual", floorComments), "comments of groups of %d", m)
	}
	if by := in.Comments.By; by != "" && by != byTeam && !idForm.MatchString(by) {
		k.fail("comments.by", "write team or the id of a group", "by %q", by)
	}
	for i, p := range in.Proxies {
		path := fmt.Sprintf("proxies[%d]", i)
		if !idForm.MatchString(p.Dimension) || !idForm.MatchString(p.Metric) {
			k.fail(path, "write {dimension: flow, metric: transfers}", "proxy %q for %q", p.Metric, p.Dimension)
		}
	}
}

func (k *checker) group(path string, g Group, seen map[string]bool) {
	switch {
	case !idForm.MatchString(g.ID):
		k.fail(path+".id", "lower-case letters, digits and _, a letter first", "id %q is not well formed", g.ID)
	case seen[g.ID] || g.ID == byTeam:
		k.fail(path+".id", "rename one; team is there already", "group %q is listed twice", g.ID)
	}
	seen[g.ID] = true
	if g.Name == "" {
		k.fail(path, "add name:", "group %q has no name", g.ID)
	}
	if g.From == "" {
		k.fail(path, "add from: level, role, tenure or a key of the attributes", "group %q has no source", g.ID)
	}
	if g.From == FromTenure && len(g.Bands) == 0 {
		k.fail(path, "add bands: with below: in days", "group %q by days of service has no bands", g.ID)
	}
	for i, b := range g.Bands {
		at := fmt.Sprintf("%s.bands[%d]", path, i)
		switch {
		case b.Name == "":
			k.fail(at, "add name:", "a band without a name")
		case b.Below == nil && i+1 < len(g.Bands):
			k.fail(at, "add below:", "band %q has no end and is not the last", b.Name)
		case b.Below != nil && i > 0 && g.Bands[i-1].Below != nil && *b.Below <= *g.Bands[i-1].Below:
			k.fail(at+".below", "list the bands from the lowest", "band %q ends before the one above it", b.Name)
		}
		if slices.ContainsFunc(g.Bands[:i], func(o Band) bool { return o.Name == b.Name }) {
			k.fail(at+".name", "rename one", "band %q is listed twice", b.Name)
		}
	}
}
