package models

import "fmt"

// Kind is the type of a field. One field has one kind for ever.
type Kind uint8

const (
	Text    Kind = iota // UTF-8, kept as it came: 007 stays 007
	Int                 // 64-bit integer
	Real                // 64-bit float, finite
	Bool                // true or false
	Instant             // UTC, microseconds since 1970
	Date                // civil date, days since 1970-01-01
	JSON                // a JSON object as text
)

// String gives the name used in configuration and in messages.
func (k Kind) String() string {
	switch k {
	case Text:
		return "text"
	case Int:
		return "integer"
	case Real:
		return "number"
	case Bool:
		return "true/false"
	case Instant:
		return "instant"
	case Date:
		return "date"
	case JSON:
		return "json"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Privacy says how a field is treated at the door.
type Privacy uint8

const (
	Open      Privacy = iota // kept as it came
	Pseudonym                // replaced by an HMAC-SHA-256 pseudonym before it reaches the lake
	FreeText                 // a person's own words
)

// Side tells whose world a dataset or a series describes.
type Side string

const (
	Inside  Side = "inside"  // conditions in the organisation
	Outside Side = "outside" // what customers meet
	Shared  Side = "shared"  // teams, events, crosswalks
)

// Field is one column of a dataset.
type Field struct {
	Name     string
	Kind     Kind
	Required bool // a row without it is rejected
	Privacy  Privacy
	Enum     []string // allowed values; nil means any
	Doc      string   // meaning and unit
}

// Schema is one dataset of the lake.
type Schema struct {
	Name    string
	Side    Side
	Version int
	Grain   string // "one row per ..."
	Fields  []Field

	// Time names the instant or date that places a row in a period, or "" for datasets without one.
	Time string
	// Value names the field that the row exists for: a row of a wide file whose Value is empty makes no record.
	Value string
	// Scale names the field whose content (a metric or an item) fixes the allowed range of Value; "" if none.
	Scale string
}

// Field returns the index of the named field, or -1.
func (s *Schema) Field(name string) int {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return i
		}
	}
	return -1
}

// Personal reports whether rows describe single employees: such datasets never leave lake and workshop.
func (s *Schema) Personal() bool {
	switch s.Name {
	case "answers", "roster", "invitations":
		return true
	}
	return false
}

// Dataset returns the schema of the named dataset, or nil.
func Dataset(name string) *Schema {
	for _, s := range Datasets() {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Datasets lists every dataset of the lake, in a fixed order. Callers must not change what it returns.
func Datasets() []*Schema { return datasets }

// Provenance columns that the lake adds to every row, in this order, after the dataset's own fields.
const (
	ColSource   = "_source"      // configured name of the source
	ColStream   = "_stream"      // "topic/partition" or the file's name
	ColPosition = "_position"    // offset in the topic, or row number in the file (first data row is 0)
	ColIngested = "_ingested_at" // UTC instant at which the row was pulled
	ColRun      = "_run_id"      // the run that committed it
)
