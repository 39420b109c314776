package connectors

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"insideout/models"
)

// Check returns every mistake of the mapping, in a fixed order: by dataset field, then by entry of Each, then Where. Of
// the options only Scale is looked at; without it the names of metrics and items are not checked.
func (m Mapping) Check(o BinderOptions) Problems {
	c := &checker{options: o, schema: models.Dataset(m.To)}
	if c.schema == nil {
		var names []string
		for _, s := range models.Datasets() {
			names = append(names, s.Name)
		}
		message := fmt.Sprintf("there is no dataset %q", m.To)
		if m.To == "" {
			message = "the dataset is not named"
		}
		c.add("to", message, Suggest(m.To, names))
		return c.problems
	}
	for _, f := range c.schema.Fields {
		c.names = append(c.names, f.Name)
	}
	c.rules("map", m.Map)
	if m.Each != nil && len(m.Each) == 0 {
		c.add("each", "has no entries", "give one entry for each record that a row makes, or leave it out")
	}
	for i, entry := range m.Each {
		at := fmt.Sprintf("each[%d]", i)
		if len(entry) == 0 {
			c.add(at, "is empty", "name the fields in which this record differs from the others of its row")
		}
		c.rules(at, entry)
	}
	c.required(m)
	for _, place := range slices.Sorted(maps.Keys(m.Where)) {
		if len(m.Where[place]) == 0 {
			c.add("where."+place, "lists no values, so no row would be kept", `list the values to keep: ["0", "IP Address"]`)
		}
	}
	m.Contract.check(c.add)
	return c.problems
}

type checker struct {
	options  BinderOptions
	schema   *models.Schema
	names    []string
	problems Problems
}

func (c *checker) add(path, message, hint string) {
	c.problems = append(c.problems, MappingProblem{Path: path, Message: message, Hint: hint})
}

// required reports the required fields that no rule fills, once for Map or once for each entry that lacks them.
func (c *checker) required(m Mapping) {
	for _, f := range c.schema.Fields {
		if _, ok := m.Map[f.Name]; ok || !f.Required {
			continue
		}
		var without []int
		for i, entry := range m.Each {
			if _, ok := entry[f.Name]; !ok {
				without = append(without, i)
			}
		}
		hint := fmt.Sprintf("add %s: <place> (%s)", f.Name, f.Doc)
		switch {
		case len(without) == len(m.Each):
			c.add("map."+f.Name, fmt.Sprintf("%s needs %s, and it is not mapped", c.schema.Name, f.Name), hint)
		default:
			for _, i := range without {
				c.add(fmt.Sprintf("each[%d].%s", i, f.Name), fmt.Sprintf("%s needs %s, and this entry does not map it", c.schema.Name, f.Name), hint)
			}
		}
	}
}

func (c *checker) rules(at string, rules map[string]Rule) {
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		if c.schema.Field(name) < 0 {
			c.add(at+"."+name, fmt.Sprintf("%s has no field %q", c.schema.Name, name), Suggest(name, c.names))
		}
	}
	for _, f := range c.schema.Fields {
		if r, ok := rules[f.Name]; ok {
			c.rule(at+"."+f.Name, &f, r)
		}
	}
}

func (c *checker) rule(at string, f *models.Field, r Rule) {
	switch {
	case len(r.From) == 0 && r.Value == nil:
		c.add(at, "has neither a place nor a constant", "give from: <place> or value: <constant>")
		return
	case len(r.From) > 0 && r.Value != nil:
		c.add(at, "has both a place and a constant", "keep from: or value:, not both")
		return
	}
	for i, place := range r.From {
		if place == "" {
			c.add(at+".from", "a place has no name", "name a column or a path")
		}
		if slices.Contains(r.From[:i], place) {
			c.add(at+".from", fmt.Sprintf("names %q twice", place), "")
		}
	}
	switch {
	case f.Kind == models.JSON:
		if r.Join != nil {
			c.add(at+".join", "an object is made of the places, nothing is joined", "leave join out")
		}
	case len(r.From) > 1 && r.Join == nil:
		c.add(at, "has several places and does not say what stands between them", `add join: "/" (or another text, "" too)`)
	case len(r.From) == 1 && r.Join != nil:
		c.add(at+".join", "has nothing to join: there is one place", "list several places under from:, or leave join out")
	case len(r.From) == 0 && r.Join != nil:
		c.add(at+".join", "has nothing to join: the value is a constant", "leave join out")
	}

	sound := true // the text can be tried as the field's type
	isTime := f.Kind == models.Instant || f.Kind == models.Date
	if r.Time != "" {
		if !isTime {
			c.add(at+".time", fmt.Sprintf("%s is %s, not a time", f.Name, f.Kind), "leave time out")
		} else if wrong, hint := checkLayout(r.Time); wrong != "" {
			c.add(at+".time", wrong, hint)
			sound = false
		}
	}
	if r.Zone != "" {
		if !isTime {
			c.add(at+".zone", fmt.Sprintf("%s is %s, not a time", f.Name, f.Kind), "leave zone out")
		} else if _, err := zone(r.Zone); err != nil {
			c.add(at+".zone", fmt.Sprintf("there is no time zone %q", r.Zone), "use a name of the IANA list: Europe/London, America/New_York, UTC")
			sound = false
		}
	}
	if r.Decimal != "" {
		if f.Kind != models.Real && f.Kind != models.Int {
			c.add(at+".decimal", fmt.Sprintf("%s is %s, not a number", f.Name, f.Kind), "leave decimal out")
		}
		if r.Decimal != "." && r.Decimal != "," {
			c.add(at+".decimal", fmt.Sprintf("%q is no decimal mark", r.Decimal), `use "." or ","`)
			sound = false
		}
	}
	for _, word := range []struct {
		path, value string
		allowed     []string
	}{{".thousands", r.Thousands, []string{",", ".", "'", " "}}, {".percent", r.Percent, []string{percentPoints, percentShare}}} {
		switch {
		case word.value == "":
		case f.Kind != models.Real && f.Kind != models.Int:
			c.add(at+word.path, fmt.Sprintf("%s is %s, not a number", f.Name, f.Kind), "leave it out")
		case !slices.Contains(word.allowed, word.value):
			c.add(at+word.path, fmt.Sprintf("%q is not known", word.value), "use one of "+fmt.Sprintf("%q", word.allowed))
			sound = false
		}
	}
	if mark := r.Decimal; r.Thousands != "" && (r.Thousands == mark || mark == "" && r.Thousands == ".") {
		c.add(at+".thousands", fmt.Sprintf("%q would stand between thousands and before the fraction", r.Thousands), `give decimal: "," with thousands: "."`)
		sound = false
	}
	if f.Kind == models.JSON && (r.Value != nil || r.Values != nil || r.Otherwise != nil) {
		c.add(at, f.Name+" is an object and takes places only", "list the places under from:")
		return
	}
	if (r.Starts != "" || r.Levels != "") && (f.Kind != models.Text || r.Value != nil) {
		c.add(at, f.Name+" is no text from a place, so starts and levels say nothing", "leave them out")
	}
	if r.Value != nil && (r.Values != nil || r.Otherwise != nil || r.Null != nil) {
		c.add(at, "translates a constant", "write the constant as it shall be, and leave values, otherwise and null out")
		return
	}
	if r.Otherwise != nil && r.Values == nil {
		c.add(at+".otherwise", "there is no value map that it could complete", "add values: {...}, or leave otherwise out")
	}
	if r.Values != nil && len(r.Values) == 0 {
		c.add(at+".values", "lists nothing", "list what stands in the source and what it means, or leave values out")
	}
	if !sound {
		return
	}
	try := newField(f, r, c.options)
	if r.Value != nil {
		c.word(at+".value", f, try, *r.Value)
		c.known(at+".value", f, *r.Value)
		if *r.Value == "" && f.Required {
			c.add(at+".value", f.Name+" is required and the constant is empty", "")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(r.Values)) {
		c.word(at+".values."+key, f, try, r.Values[key])
		c.known(at+".values."+key, f, r.Values[key])
	}
	if r.Otherwise != nil {
		c.word(at+".otherwise", f, try, *r.Otherwise)
		c.known(at+".otherwise", f, *r.Otherwise)
	}
}

// word tries a text of the configuration as the field's type; empty means nothing and is always right.
func (c *checker) word(at string, f *models.Field, try *field, word string) {
	if word == "" || f.Kind == models.JSON {
		return
	}
	var into cell
	if bad := try.read(String, []byte(word), &into); bad != nil {
		hint := ""
		switch {
		case f.Enum != nil:
			hint = Suggest(word, f.Enum)
			if !strings.HasPrefix(hint, "known") {
				hint += " allowed: " + strings.Join(f.Enum, ", ")
			}
		case f.Kind == models.Instant || f.Kind == models.Date:
			hint = "it is read by the layout " + try.layout()
		}
		c.add(at, fmt.Sprintf("%q is not a value of %s (%s)", word, f.Name, describe(f)), hint)
	}
}

// known checks a metric or item named in the mapping itself against the catalogue.
func (c *checker) known(at string, f *models.Field, name string) {
	if c.options.Scale == nil || name == "" || f.Name != c.schema.Scale || unknownCode(c.schema) == "" {
		return
	}
	if _, _, known := c.options.Scale(name); !known {
		c.add(at, fmt.Sprintf("the catalogue has no %s %q", f.Name, name), "correct the name, or define it in the catalogue")
	}
}

// describe names the type of a field for messages.
func describe(f *models.Field) string {
	if f.Enum != nil {
		return "one of " + strings.Join(f.Enum, ", ")
	}
	return f.Kind.String()
}

// zone loads a zone of the IANA list. The machine's own zone is not taken: the result must not depend on the machine.
func zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("unknown time zone %q", name)
	}
	return time.LoadLocation(name)
}
