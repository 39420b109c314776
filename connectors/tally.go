package connectors

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Tally counts values of a field about which a person may want to know something, by what it is about them.
type Tally struct {
	Field  string `json:"field"`
	What   string `json:"what"`
	Values int64  `json:"values"`
	// Example shows one, where nobody can be recognised by it.
	Example string `json:"example,omitempty"`
}

// What a Tally is about. The first are values that a reader which guesses types would have changed; here they are as they
// came.
const (
	KeptZeros    = "leading_zeros"  // 00501 would be 501
	KeptLong     = "long_number"    // 12345678901234567 would lose its last digits
	KeptSign     = "plus_sign"      // +4420 would be 4420
	KeptExponent = "exponent"       // 12E5 would be 1200000
	KeptEnd      = "trailing_zeros" // 1.10 would be 1.1
	KeptFraction = "fraction"       // 7.9 after many whole numbers would be 8
	KeptTime     = "time_of_day"    // 23:59 after many days without a time would be cut off

	DroppedType   = "dropped_type"   // contract.types: discard_value
	DroppedColumn = "dropped_column" // contract.columns: discard_value
)

// sniffed is how many values a sniffer looks at before it decides (DuckDB: sample_size).
const sniffed = 20_480

// tallies count for one field.
type tallies struct {
	counts   map[string]*Tally
	seen     int64
	fraction bool // among the first
	timed    bool
}

func (t *tallies) add(what string, value []byte) {
	if t.counts == nil {
		t.counts = map[string]*Tally{}
	}
	c := t.counts[what]
	if c == nil {
		c = &Tally{What: what}
		if value != nil {
			c.Example = string(value[:min(len(value), 40)])
		}
		t.counts[what] = c
	}
	c.Values++
}

// text looks at a text that begins like a number.
func (t *tallies) text(b []byte) {
	i := 0
	if b[0] == '+' {
		i = 1
	}
	start := i
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	switch {
	case i == start:
	case i == len(b) && start == 1:
		t.add(KeptSign, b)
	case i == len(b) && b[0] == '0':
		t.add(KeptZeros, b)
	case i == len(b):
		if i > 15 {
			t.add(KeptLong, b)
		}
	case b[i] == '.' && i+1 < len(b) && b[len(b)-1] == '0' && digitsOnly(b[i+1:]):
		t.add(KeptEnd, b)
	case (b[i] == 'e' || b[i] == 'E') && i+1 < len(b) && digitsOnly(b[i+1:]):
		t.add(KeptExponent, b)
	}
}

func digitsOnly(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

// number looks at a number that a sniffer would have taken for a whole one, by those before it.
func (t *tallies) number(v float64, b []byte) {
	whole := v == math.Trunc(v)
	switch {
	case t.seen < sniffed:
		t.seen++
		t.fraction = t.fraction || !whole
	case !whole && !t.fraction:
		t.add(KeptFraction, b)
	}
}

// instant looks at a time that a sniffer would have taken for a day.
func (t *tallies) instant(b []byte) {
	if t.timed && t.seen == sniffed {
		return
	}
	timed := len(b) > len("2006-01-02") && !strings.HasSuffix(string(b), " 00:00:00")
	switch {
	case t.seen < sniffed:
		t.seen++
		t.timed = t.timed || timed
	case timed && !t.timed:
		t.add(KeptTime, b)
	}
}

// Tallies returns what was counted since the binder was made, sorted by field and what. What is of no field has none.
func (b *Binder) Tallies() []Tally {
	var all []Tally
	add := func(name string, hidden bool, t *tallies) {
		for _, c := range t.counts {
			c := *c
			if c.Field = name; hidden {
				c.Example = ""
			}
			all = append(all, c)
		}
	}
	for _, p := range b.fields {
		add(p.about.Name, p.hidden, &p.tallies)
	}
	add("", true, &b.tallies)
	return SumTallies(all)
}

// SumTallies adds up tallies of one source, such as those of several workers.
func SumTallies(all []Tally) []Tally {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Tally) int {
		return cmp.Or(strings.Compare(a.Field, b.Field), strings.Compare(a.What, b.What), strings.Compare(a.Example, b.Example))
	})
	var out []Tally
	for _, t := range all {
		if n := len(out); n > 0 && out[n-1].Field == t.Field && out[n-1].What == t.What {
			out[n-1].Values += t.Values
			continue
		}
		out = append(out, t)
	}
	return out
}

// Text says what a tally is about, for people.
func (t Tally) Text() string {
	about := map[string]string{
		KeptZeros: "leading zeros kept", KeptLong: "more than 15 digits kept", KeptSign: "plus sign kept", KeptExponent: "an id that looks like a power of ten kept",
		KeptEnd: "zeros at the end kept", KeptFraction: "fraction kept, after many whole numbers", KeptTime: "time of day kept, after many days without",
		ScrubbedEmail: "e-mail addresses taken out of the text", ScrubbedCard: "card numbers taken out of the text", ScrubbedAccount: "account numbers taken out of the text",
		ScrubbedPhone: "telephone numbers taken out of the text",
		DroppedType:   "not of the type, taken as empty (contract.types)", DroppedColumn: "of a column that the contract does not have, dropped (contract.columns)",
	}[t.What]
	return about
}
