package connectors

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"insideout/models"
)

// BinderOptions are what a mapping needs from the run.
type BinderOptions struct {
	// Zone is where local times are at home that name no zone; nil is UTC.
	Zone *time.Location
	// Pseudonym replaces a personal identifier. The raw bytes are not kept. Nil is an error if the mapping needs it.
	Pseudonym func(raw []byte) string
	// Scale gives the allowed range of a metric or an item, ends included; nil allows everything.
	Scale func(name string) (lo, hi float64, known bool)
	// Null lists the texts that mean nothing; nil is only the empty one. JSON's null always means nothing.
	Null []string
}

// Binder applies a mapping to rows and collects the records in a batch. A row is taken whole or not at all: nothing of
// a rejected row is in the batch. It is not safe for concurrent use.
//
// Values are read into cells first and appended to the columns when the whole row has turned out well. Columns that
// are not mapped are filled up with nulls once, in Batch. Texts are copied into chunks of 64 KiB that are never written
// again, so a text may be kept, but keeping one keeps its chunk; clone what lives long.
type Binder struct {
	schema  *models.Schema
	options BinderOptions
	null    []string
	places  []string
	where   []filter
	fields  []*field
	columns []column
	records []record
	cells   []cell
	batch   *models.Batch
	texts   arena

	attributes int    // index of the field that takes what no rule names; -1 if such fields are dropped
	unknown    string // code of rejects for an unknown metric or item; "" if unknown ones are taken
	scales     map[string]span
	alive      []int
	done       []bool
	terms      terms
	tallies    tallies // of what is no field
	frozen     error
}

type filter struct {
	place int
	keep  map[string]bool
}

// record is one record of a row, in indexes into Binder.fields; -1 means none.
type record struct {
	fields []int // one a column
	exists int   // the field that the record exists for; none if it always exists
	value  int   // the fields of Schema.Value and Schema.Scale
	scale  int
}

// column is one that any record fills.
type column struct {
	index int // in the schema
	kind  models.Kind
}

type span struct{ lo, hi float64 }

// NewBinder makes a binder. The error is Problems if the mapping has mistakes.
func NewBinder(m Mapping, o BinderOptions) (*Binder, error) {
	if err := m.Check(o).Err(); err != nil {
		return nil, err
	}
	s := models.Dataset(m.To)
	b := &Binder{schema: s, options: o, null: o.Null, attributes: -1, scales: map[string]span{}}
	if b.null == nil {
		b.null = []string{""}
	}
	places := map[string]int{}
	at := func(place string) int {
		i, ok := places[place]
		if !ok {
			i = len(b.places)
			places[place] = i
			b.places = append(b.places, place)
		}
		return i
	}
	var lacking []string
	add := func(index int, r Rule) (int, error) {
		f := &s.Fields[index]
		p := newField(f, r, o)
		p.hidden = p.hidden || s.Personal()
		for _, place := range r.From {
			p.places = append(p.places, at(place))
		}
		if f.Privacy == models.Pseudonym {
			if o.Pseudonym == nil {
				lacking = append(lacking, f.Name)
			}
			p.secret, p.memo = o.Pseudonym, &memo{}
		}
		if err := p.prepare(r); err != nil {
			return 0, err
		}
		p.tallies = tallies{} // words of the configuration are no values
		b.fields = append(b.fields, p)
		return len(b.fields) - 1, nil
	}
	entries := m.Each
	if entries == nil {
		entries = []map[string]Rule{nil}
	}
	filled := func(name string) bool {
		_, ok := m.Map[name]
		for _, entry := range entries {
			_, own := entry[name]
			ok = ok || own
		}
		return ok
	}
	for index, f := range s.Fields {
		if filled(f.Name) {
			b.columns = append(b.columns, column{index, f.Kind})
		}
	}
	shared := map[int]int{}
	for _, entry := range entries {
		r := record{exists: -1, value: -1, scale: -1}
		for _, c := range b.columns {
			f := &s.Fields[c.index]
			rule, own := entry[f.Name]
			if !own {
				base, ok := m.Map[f.Name]
				if !ok {
					r.fields = append(r.fields, -1)
					continue
				}
				rule = base
			}
			i, made := shared[c.index]
			if own || !made {
				var err error
				if i, err = add(c.index, rule); err != nil {
					return nil, fmt.Errorf("map %s: %w", f.Name, err)
				}
				if !own {
					shared[c.index] = i
				}
			}
			r.fields = append(r.fields, i)
			if m.Each != nil && f.Name == exists(s) {
				r.exists = i
			}
			if f.Name == s.Value {
				r.value = i
			}
			if f.Name == s.Scale {
				r.scale = i
			}
		}
		b.records = append(b.records, r)
	}
	b.hide()
	if lacking != nil {
		slices.Sort(lacking)
		return nil, &EnvironmentError{Op: "bind", What: strings.Join(slices.Compact(lacking), ", "), Err: errors.New("there is no key for pseudonyms"), Hint: "set the key that privacy.key_env or privacy.key_file names"}
	}
	for _, place := range slices.Sorted(maps.Keys(m.Where)) {
		f := filter{place: at(place), keep: map[string]bool{}}
		for _, w := range m.Where[place] {
			f.keep[w] = true
		}
		b.where = append(b.where, f)
	}
	if s.Side != models.Inside && !filled("attributes") {
		b.attributes = s.Field("attributes")
	}
	b.unknown = unknownCode(s)
	b.terms = newTerms(m, b.places)
	b.cells = make([]cell, len(b.fields))
	b.done = make([]bool, len(b.fields))
	b.batch = models.NewBatch(s, 0)
	return b, nil
}

// hide hides the values of every field that reads a place which an identifying field or free text reads too.
func (b *Binder) hide() {
	private := map[int]bool{}
	for _, p := range b.fields {
		if p.about.Privacy == models.Open {
			continue
		}
		for _, place := range p.places {
			private[place] = true
		}
	}
	for _, p := range b.fields {
		p.hidden = p.hidden || slices.ContainsFunc(p.places, func(place int) bool { return private[place] })
	}
}

// exists names the field that a record of a wide row exists for.
func exists(s *models.Schema) string {
	if s.Value != "" {
		return s.Value
	}
	return s.Time
}

// unknownCode is the code for a name that the catalogue does not have, or "" where every name is taken: measures come
// from anywhere, metrics and items are defined.
func unknownCode(s *models.Schema) string {
	switch s.Scale {
	case "metric":
		return CodeUnknownMetric
	case "item":
		return CodeUnknownItem
	}
	return ""
}

// Schema is the dataset that the binder fills.
func (b *Binder) Schema() *models.Schema { return b.schema }

// Places lists what the mapping reads, each once: the extractor is made for them, and Bind wants their values in this
// order.
func (b *Binder) Places() []string { return slices.Clone(b.places) }

// Bind takes one row. It adds its records to the batch and returns their number, or says that the row was filtered, or
// gives a reject that has Position, Code, Field and Detail; the caller adds what it knows of the row. The reject is not
// kept.
//
// rest gives the fields that no place names and their number. They are kept as attributes where the dataset is one of
// customers; otherwise their number is returned as dropped, and so are values that the contract discards. It may be nil.
func (b *Binder) Bind(values []Value, rest func() (object []byte, fields int), position int64) (records, dropped int, filtered bool, reject *models.Reject) {
	for i := range b.where {
		f := &b.where[i]
		v := &values[f.place]
		word := v.Bytes
		if v.Kind <= Null {
			word = nil
		}
		if !f.keep[string(word)] {
			return 0, 0, true, nil
		}
	}
	clear(b.done)
	b.alive = b.alive[:0]
	for i := range b.records {
		if at := b.records[i].exists; at >= 0 {
			if bad := b.eval(at, values, &dropped); bad != nil {
				return 0, 0, false, b.reject(b.fields[at], bad, position)
			}
			if !b.cells[at].ok {
				continue
			}
		}
		b.alive = append(b.alive, i)
	}
	if len(b.alive) == 0 {
		return 0, 0, true, nil
	}
	for _, i := range b.alive {
		r := &b.records[i]
		for _, at := range r.fields {
			if at < 0 {
				continue
			}
			p := b.fields[at]
			if !b.done[at] {
				if bad := b.eval(at, values, &dropped); bad != nil {
					return 0, 0, false, b.reject(p, bad, position)
				}
			}
			if p.wanted && !b.cells[at].ok {
				return 0, 0, false, b.reject(p, &fault{code: CodeMissing, text: "is empty, and " + p.about.Name + " is required", fix: "fill it in, or leave such rows out with where:"}, position)
			}
		}
		if bad, p := b.scaled(r); bad != nil {
			return 0, 0, false, b.reject(p, bad, position)
		}
	}

	attributes := ""
	if rest != nil {
		object, n := rest()
		if n > 0 && b.terms.columns != "" && b.terms.columns != ModeEvolve {
			var news []string
			if object, n, news = b.terms.split(object); news != nil {
				if b.terms.columns != ModeDiscardValue {
					return 0, 0, false, b.newColumns(news, position)
				}
				dropped += len(news)
				for range news {
					b.tallies.add(DroppedColumn, nil)
				}
			}
		}
		if b.attributes < 0 {
			dropped += n
		} else if n > 0 {
			attributes = b.texts.add(object)
		}
	}
	for _, i := range b.alive {
		b.append(&b.records[i], attributes, position)
	}
	return len(b.alive), dropped, false, nil
}

// eval reads a field of the row. What is not of its type goes by the contract.
func (b *Binder) eval(at int, values []Value, dropped *int) *fault {
	b.done[at] = true
	p := b.fields[at]
	bad := p.eval(values, b.null, &b.cells[at])
	if bad == nil || bad.code != CodeWrongType {
		return bad
	}
	switch b.terms.types {
	case ModeDiscardValue:
		b.cells[at].ok = false
		p.tallies.add(DroppedType, bad.value)
		*dropped++
		return nil
	case ModeFreeze:
		b.frozen = &FrozenError{b.reject(p, bad, 0).Detail + " (contract.types: freeze)"}
	}
	return bad
}

// newColumns is the reject of a row with columns that the contract does not have.
func (b *Binder) newColumns(news []string, position int64) *models.Reject {
	freezes := b.terms.columns == ModeFreeze
	bad := columnsFault(news, freezes)
	if freezes {
		b.frozen = &FrozenError{bad.text + " -> " + bad.fix}
	}
	return &models.Reject{Position: position, Code: bad.code, Detail: bad.text + " -> " + bad.fix}
}

// Frozen returns a *FrozenError when the row of the last Bind broke a contract that freezes: the source is to stop in front
// of it.
func (b *Binder) Frozen() error {
	err := b.frozen
	b.frozen = nil
	return err
}

// scaled checks the value of a record against the scale of its metric, item or measure.
func (b *Binder) scaled(r *record) (*fault, *field) {
	if r.value < 0 || r.scale < 0 || b.options.Scale == nil {
		return nil, nil
	}
	name, value := &b.cells[r.scale], &b.cells[r.value]
	var s span
	var known bool
	if name.bytes != nil {
		s, known = b.scales[string(name.bytes)]
	} else {
		s, known = b.scales[name.text]
	}
	if !known {
		text := string(name.view())
		s.lo, s.hi, known = b.options.Scale(text)
		switch {
		case known:
			b.scales[text] = s
		case b.unknown == "":
			return nil, nil
		default:
			p := b.fields[r.scale]
			return &fault{code: b.unknown, value: name.view(), quote: true, text: "is not in the catalogue", fix: "define it there, translate it with values:, or leave such rows out with where:"}, p
		}
	}
	if value.real >= s.lo && value.real <= s.hi {
		return nil, nil
	}
	p := b.fields[r.value]
	text := fmt.Sprintf("is outside the scale of %s, %v to %v", name.view(), s.lo, s.hi)
	return &fault{code: CodeOutOfRange, value: fmt.Appendf(nil, "%v", value.real), text: text, fix: "correct the value, or the scale in the catalogue"}, p
}

// none is the cell of an empty value.
var none cell

func (b *Binder) append(r *record, attributes string, position int64) {
	b.batch.Positions = append(b.batch.Positions, position)
	for i := range b.columns {
		c := &none
		if at := r.fields[i]; at >= 0 && b.cells[at].ok {
			c = &b.cells[at]
		}
		col := &b.batch.Columns[b.columns[i].index]
		col.Valid = append(col.Valid, c.ok)
		switch b.columns[i].kind {
		case models.Text, models.JSON:
			s := c.text
			if c.bytes != nil {
				s = b.texts.add(c.bytes)
			}
			col.Texts = append(col.Texts, s)
		case models.Real:
			col.Reals = append(col.Reals, c.real)
		default:
			col.Ints = append(col.Ints, c.int)
		}
	}
	if b.attributes >= 0 {
		col := &b.batch.Columns[b.attributes]
		col.Valid = append(col.Valid, attributes != "")
		col.Texts = append(col.Texts, attributes)
	}
}

// Rows is the number of records in the batch.
func (b *Binder) Rows() int { return b.batch.Rows() }

// Batch returns the records since the last Reset. It is the binder's own and changes with the next Bind or Reset.
func (b *Binder) Batch() *models.Batch {
	n := b.batch.Rows()
	for i := range b.batch.Columns {
		c := &b.batch.Columns[i]
		c.Valid = pad(c.Valid, n)
		switch b.schema.Fields[i].Kind {
		case models.Text, models.JSON:
			c.Texts = pad(c.Texts, n)
		case models.Real:
			c.Reals = pad(c.Reals, n)
		default:
			c.Ints = pad(c.Ints, n)
		}
	}
	return b.batch
}

// pad lengthens a column with zero values.
func pad[T any](s []T, n int) []T {
	if short := n - len(s); short > 0 {
		s = slices.Grow(s, short)
		old := len(s)
		s = s[:n]
		clear(s[old:])
	}
	return s
}

// Reset empties the batch and keeps its memory.
func (b *Binder) Reset() {
	b.Batch() // Truncate wants columns of one length
	b.batch.Reset()
}
