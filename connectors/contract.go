package connectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Contract says what happens when a source no longer is what was agreed: when columns appear that nobody knows, and when a
// value is not of its field's type. The type of a field itself never changes: it is the dataset's, for ever.
type Contract struct {
	// Columns is for values of columns that neither the mapping nor Known names. evolve, the default, keeps them as
	// attributes of customer datasets and drops and counts them otherwise; freeze ends the reading of the file or topic;
	// discard_row rejects the row; discard_value drops and counts the value.
	Columns string `yaml:"columns"`
	// Types is for values that are not of their field's type. discard_row, the default, rejects the row; freeze ends the
	// reading; discard_value takes the value as empty and counts it, which rejects the row where the field is required.
	Types string `yaml:"types"`
	// Known names columns that are agreed beside those of the mapping.
	Known []string `yaml:"known"`
}

// The modes of a contract.
const (
	ModeEvolve       = "evolve"
	ModeFreeze       = "freeze"
	ModeDiscardRow   = "discard_row"
	ModeDiscardValue = "discard_value"
)

// over completes a contract by another one.
func (c Contract) over(base Contract) Contract {
	if c.Columns == "" {
		c.Columns = base.Columns
	}
	if c.Types == "" {
		c.Types = base.Types
	}
	if c.Known == nil {
		c.Known = base.Known
	}
	return c
}

// check returns the mistakes of a contract.
func (c Contract) check(add func(path, message, hint string)) {
	if modes := []string{ModeEvolve, ModeFreeze, ModeDiscardRow, ModeDiscardValue}; c.Columns != "" && !slices.Contains(modes, c.Columns) {
		add("contract.columns", fmt.Sprintf("unknown mode %q", c.Columns), Suggest(c.Columns, modes))
	}
	switch modes := []string{ModeFreeze, ModeDiscardRow, ModeDiscardValue}; {
	case c.Types == ModeEvolve:
		add("contract.types", "a field has one type for ever", "discard_row keeps rows of another type in quarantine, discard_value takes such values as empty, freeze stops")
	case c.Types != "" && !slices.Contains(modes, c.Types):
		add("contract.types", fmt.Sprintf("unknown mode %q", c.Types), Suggest(c.Types, modes))
	}
	if c.Known != nil && (c.Columns == "" || c.Columns == ModeEvolve) {
		add("contract.known", "every column is taken, so nothing needs to be known", "give contract.columns: freeze, discard_row or discard_value")
	}
}

// FrozenError says that a source broke a contract that freezes. Nothing of the row is in the batch.
type FrozenError struct{ What string }

func (e *FrozenError) Error() string { return e.What }

// terms is a contract made ready.
type terms struct {
	columns, types string
	known          map[string]bool // columns, and the first parts of places in JSON
}

func newTerms(m Mapping, places []string) terms {
	t := terms{columns: m.Contract.Columns, types: m.Contract.Types, known: map[string]bool{}}
	for _, name := range slices.Concat(places, m.Contract.Known) {
		t.known[name] = true
		first, _, _ := strings.Cut(strings.TrimPrefix(name, "/"), ".")
		first, _, _ = strings.Cut(first, "/")
		t.known[first] = true
	}
	return t
}

// split parts what no place names into what is known and the names of what is new.
func (t *terms) split(object []byte) (known []byte, fields int, news []string) {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return nil, 0, nil
	}
	known = []byte{'{'}
	for d.More() {
		key, err := d.Token()
		var value json.RawMessage
		if err != nil || d.Decode(&value) != nil {
			break
		}
		name := fmt.Sprint(key)
		if !t.known[name] {
			news = append(news, name)
			continue
		}
		if fields++; fields > 1 {
			known = append(known, ',')
		}
		known = append(append(AppendJSONString(known, name), ':'), value...)
	}
	return append(known, '}'), fields, news
}

// columnsFault is the reject for new columns.
func columnsFault(news []string, frozen bool) *fault {
	for i, name := range news {
		news[i] = excerpt([]byte(name))
	}
	fix := "map it, add it to contract.known, or let contract.columns be discard_value"
	if frozen {
		fix = "nothing more is read until it is mapped or in contract.known, or contract.columns is another mode"
	}
	return &fault{code: CodeNewColumn, text: "the contract has no column " + strings.Join(news[:min(len(news), 10)], ", "), fix: fix}
}
