package connectors

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"insideout/models"
)

// field is a rule made ready: it reads one field of one record out of the values of a row.
type field struct {
	about  *models.Field
	kind   models.Kind // of about, kept near because every value asks for it
	wanted bool        // about.Required
	places []int       // indexes into the values of a row
	names  Places      // for messages, and for the members of an object
	join   string
	starts string // Rule.Starts, Levels, Optional
	levels string
	lax    bool
	fixed  *cell // a constant
	null   []string
	values map[string]cell // translations, already read as the type
	other  *cell
	mapped bool
	clock  *clock
	home   *time.Location // the zone of clock by mapping and run
	floats bool           // a zone that the source names for the place comes before home
	mark   byte
	group  string // Rule.Thousands, Percent
	share  string
	moment *clock // of cells that are dates by themselves, in the zone of clock
	enum   map[string]bool
	hidden bool // the value may not be shown in messages
	secret func(raw []byte) string
	memo   *memo
	buffer []byte // joined text, or the object
	tallies
}

// cell is a value of any kind. A text is in text, or, valid until the next row, in bytes.
type cell struct {
	ok    bool
	text  string
	bytes []byte
	int   int64
	real  float64
}

func (c *cell) view() []byte {
	if c.bytes != nil {
		return c.bytes
	}
	return []byte(c.text)
}

// fault is what is wrong with a value. The text is made only when a row is really rejected.
type fault struct {
	code  string
	text  string // what is wrong, after the value
	fix   string
	value []byte
	quote bool
}

// newField makes a rule ready that Check has passed; the places get their indexes later.
func newField(f *models.Field, r Rule, o BinderOptions) *field {
	p := &field{
		about: f, kind: f.Kind, wanted: f.Required, names: r.From, null: r.Null, starts: r.Starts, levels: r.Levels, lax: r.Optional,
		mark: '.', group: r.Thousands, share: r.Percent, hidden: f.Privacy != models.Open,
	}
	if r.Join != nil {
		p.join = *r.Join
	}
	if r.Decimal != "" {
		p.mark = r.Decimal[0]
	}
	if f.Enum != nil {
		p.enum = map[string]bool{}
		for _, e := range f.Enum {
			p.enum[e] = true
		}
	}
	if f.Kind == models.Instant || f.Kind == models.Date {
		where := o.Zone
		if r.Zone != "" {
			where, _ = zone(r.Zone)
		}
		if where == nil {
			where = time.UTC
		}
		layout := r.Time
		if layout == "" {
			layout = layoutInstant
			if f.Kind == models.Date {
				layout = layoutDate
			}
		}
		p.home, p.floats = where, r.Zone == ""
		p.setClock(layout, where)
	}
	return p
}

// setClock makes the clocks of a field of time.
func (p *field) setClock(layout string, where *time.Location) {
	p.clock, p.moment = newClock(layout, where), newClock("2006-01-02T15:04:05", where)
}

// prepare fills in what the rule holds ready: constant and value map, read as the field's type and, for a pseudonym,
// already replaced.
func (p *field) prepare(r Rule) error {
	read := func(word string) (cell, error) {
		var c cell
		if word == "" {
			return c, nil
		}
		if bad := p.read(String, []byte(word), &c); bad != nil {
			return c, fmt.Errorf("%q is not a value of %s", word, p.about.Name)
		}
		if c.ok && c.bytes != nil {
			c.text, c.bytes = string(c.bytes), nil
		}
		return c, nil
	}
	if r.Value != nil {
		c, err := read(*r.Value)
		if err != nil {
			return err
		}
		p.fixed = &c
	}
	if r.Values != nil {
		p.mapped = true
		p.values = make(map[string]cell, len(r.Values))
		for k, v := range r.Values {
			c, err := read(v)
			if err != nil {
				return err
			}
			p.values[k] = c
		}
	}
	if r.Otherwise != nil {
		c, err := read(*r.Otherwise)
		if err != nil {
			return err
		}
		p.other = &c
	}
	return nil
}

func (p *field) layout() string { return fmt.Sprintf("%q", p.clock.layout) }

// eval reads the field from a row. An empty value leaves the cell not ok and is no fault.
func (p *field) eval(values []Value, null []string, into *cell) *fault {
	if p.fixed != nil {
		*into = *p.fixed
		return nil
	}
	into.ok, into.text, into.bytes = false, "", nil
	if p.kind == models.JSON {
		return p.object(values, null, into)
	}
	kind, b := String, []byte(nil)
	if len(p.places) == 1 {
		v := &values[p.places[0]]
		if p.empty(v, null) {
			return nil
		}
		kind, b = v.Kind, v.Bytes
	} else {
		p.buffer = p.buffer[:0]
		some := false
		for _, at := range p.places {
			v := &values[at]
			if p.empty(v, null) {
				continue
			}
			if v.Kind == Nested {
				return nested
			}
			if some {
				p.buffer = append(p.buffer, p.join...)
			}
			p.buffer = append(p.buffer, v.Bytes...)
			some = true
		}
		if !some {
			return nil
		}
		b = p.buffer
	}
	switch kind {
	case Nested:
		return nested
	case Broken:
		return &fault{code: CodeWrongType, value: b, quote: true, text: "is not a value: the spreadsheet has an error there, a formula without a result, or a number of which it keeps only 15 digits",
			fix: "correct the cell, and format ids as text; words that mean nothing go under null:"}
	}
	if p.starts != "" && !strings.HasPrefix(string(b), p.starts) {
		return nil
	}
	if p.levels != "" {
		b = bytes.ReplaceAll(b, []byte(p.levels), []byte("/"))
	}
	if p.mapped {
		if c, ok := p.values[string(b)]; ok {
			*into = c
			return nil
		}
		if p.other != nil {
			*into = *p.other
			return nil
		}
		return &fault{code: CodeUnlisted, value: b, quote: true, text: "is not in the value map", fix: "add it under values:, or give otherwise:"}
	}
	return p.read(kind, b, into)
}

var nested = &fault{code: CodeWrongType, text: "an object or a list stands where one value is wanted", fix: "name the part of it that is wanted: place.part"}

func (p *field) empty(v *Value, null []string) bool {
	if v.Kind <= Null {
		return true
	}
	if v.Kind == Nested {
		return false
	}
	for _, w := range null {
		if string(v.Bytes) == w && (v.Kind == String || v.Kind == Broken) {
			return true
		}
	}
	for _, w := range p.null {
		if string(v.Bytes) == w {
			return true
		}
	}
	return false
}

// read takes a text as the field's type. It keeps views into b.
func (p *field) read(kind ValueKind, b []byte, into *cell) *fault {
	into.ok = true
	switch p.kind {
	case models.Text:
		if bytes.IndexByte(b, 0) >= 0 {
			return &fault{code: CodeMalformed, value: b, quote: true, text: "holds a NUL character", fix: "correct the value at the source: most programs end a text there"}
		}
		if kind == String && len(b) > 1 && (b[0]-'0' <= 9 || b[0] == '+') {
			p.tallies.text(b)
		}
		if p.secret != nil {
			into.bytes = p.memo.get(b, p.secret)
			return nil
		}
		if p.enum != nil && !p.enum[string(b)] {
			return &fault{code: CodeUnlisted, value: b, quote: true, text: "is none of " + strings.Join(p.about.Enum, ", "), fix: "translate it with values: {...}"}
		}
		if p.about.Privacy == models.FreeText {
			b = scrub(b, func(what string) { p.tallies.add(what, nil) })
		}
		into.bytes = b
		return nil
	case models.Int, models.Real:
		if kind == Boolean || kind == Moment {
			break
		}
		if len(b) > 0 && (p.group != "" || p.share != "" || b[len(b)-1] == '%') {
			var bad *fault
			if b, bad = p.plain(kind, b); bad != nil {
				return bad
			}
		}
		mark := p.mark
		if kind == Number {
			mark = '.' // a number of its own has nothing of a country
		}
		var ok, finite bool
		if p.kind == models.Int {
			into.int, ok, finite = parseInt(b, mark)
		} else {
			into.real, ok, finite = parseReal(b, mark)
			if kind == String && ok && finite {
				p.tallies.number(into.real, b)
			}
		}
		if ok && finite {
			return nil
		}
		if ok {
			return &fault{code: CodeOutOfRange, value: b, quote: true, text: "is too large a number", fix: "correct the value"}
		}
		if p.kind == models.Int {
			return &fault{code: CodeWrongType, value: b, quote: true, text: "is not a whole number", fix: "correct the value; words that mean nothing go under null:, translations under values:"}
		}
		return &fault{code: CodeWrongType, value: b, quote: true, text: fmt.Sprintf("is not a number with the decimal mark %q", string(p.mark)), fix: "correct the value; words that mean nothing go under null:, translations under values:, another mark is decimal:, marks between thousands are thousands:"}
	case models.Bool:
		if v, ok := truth(b); ok {
			into.int = v
			return nil
		}
		return &fault{code: CodeWrongType, value: b, quote: true, text: "is not true or false", fix: `translate it: values: {"yes": "true", "no": "false"}`}
	case models.Instant, models.Date:
		if kind == Boolean {
			break
		}
		clock, b := p.clock, b
		if kind == Moment {
			if clock = p.moment; len(b) == len(time.DateOnly) {
				b = append(append(p.buffer[:0], b...), "T00:00:00"...)
				p.buffer = b
			}
		}
		var ok bool
		if p.kind == models.Instant {
			if into.int, ok = clock.instant(b); ok && kind == String {
				p.tallies.instant(b)
			}
		} else {
			into.int, ok = clock.date(b)
		}
		if ok {
			return nil
		}
		fix := "say how it is written with time:"
		if p.clock.unix == 1 {
			if _, _, ms := parseUnix(b, 1e3); ms {
				fix = "milliseconds are time: unix_ms"
			}
		} else if guess := layoutOf(b); guess != "" {
			fix = fmt.Sprintf("it looks like time: %q", guess)
		}
		return &fault{code: CodeWrongType, value: b, quote: true, text: "is not a time of the layout " + p.layout(), fix: fix}
	}
	return &fault{code: CodeWrongType, value: b, quote: true, text: "is not " + p.about.Kind.String(), fix: "correct the value"}
}

// truth reads true and false in any case, 1 and 0.
func truth(b []byte) (int64, bool) {
	switch len(b) {
	case 1:
		return int64(b[0] - '0'), b[0] == '0' || b[0] == '1'
	case 4:
		return 1, strings.EqualFold(string(b), "true")
	case 5:
		return 0, strings.EqualFold(string(b), "false")
	}
	return 0, false
}

// object makes a JSON object of the places: one place that holds an object is taken as it is, otherwise every place
// that is not empty becomes a member.
func (p *field) object(values []Value, null []string, into *cell) *fault {
	if len(p.places) == 1 {
		v := &values[p.places[0]]
		if v.Kind == Nested && v.Bytes[0] == '{' {
			into.ok, into.bytes = true, v.Bytes
			return nil
		}
	}
	p.buffer = append(p.buffer[:0], '{')
	for i, at := range p.places {
		v := &values[at]
		if p.empty(v, null) {
			continue
		}
		if len(p.buffer) > 1 {
			p.buffer = append(p.buffer, ',')
		}
		p.buffer = AppendJSONString(p.buffer, p.names[i])
		p.buffer = append(p.buffer, ':')
		if v.Kind == Number || v.Kind == Boolean || v.Kind == Nested {
			p.buffer = append(p.buffer, v.Bytes...)
		} else {
			p.buffer = AppendJSONString(p.buffer, v.Bytes)
		}
	}
	if len(p.buffer) == 1 {
		return nil
	}
	p.buffer = append(p.buffer, '}')
	into.ok, into.bytes = true, p.buffer
	return nil
}

// AppendJSONString appends a text as a JSON string. The text must be UTF-8.
func AppendJSONString[T string | []byte](b []byte, s T) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
