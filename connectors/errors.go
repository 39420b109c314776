package connectors

import (
	"errors"
	"strings"
)

// EnvironmentError says that something outside the data and the configuration is not as it must be: a broker that is
// away, a folder that may not be read, a topic that is another one than before. The command ends with exit code 3.
type EnvironmentError struct {
	Op   string // what was being done: "read file", "fetch"
	What string // to what: a path, a broker, a topic
	Hint string // what to do about it
	Err  error  // what came back
}

func (e *EnvironmentError) Error() string { return sentence(e.Op, e.What, e.Hint, e.Err) }

func (e *EnvironmentError) Unwrap() error { return e.Err }

// DataError says that a whole piece of the input cannot be used: a file without a mapped column, a Parquet file that
// ends half-way. Single bad rows are never one of these; they are rejects. What was emitted before stays good and is to
// be committed. The command ends with exit code 1.
type DataError struct {
	Op   string
	What string
	Hint string
	Err  error
}

func (e *DataError) Error() string { return sentence(e.Op, e.What, e.Hint, e.Err) }

func (e *DataError) Unwrap() error { return e.Err }

func sentence(op, what, hint string, err error) string {
	var parts []string
	for _, part := range []string{strings.TrimSpace(op + " " + what), text(err)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	s := strings.Join(parts, ": ")
	if hint != "" {
		s += " -> " + hint
	}
	return s
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Problems is every mistake of a mapping or of a source's configuration.
type Problems []MappingProblem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns nil for none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// MappingProblem is one mistake, at a path below the source's own: "map.score.time".
type MappingProblem struct {
	Path    string
	Message string
	Hint    string // what is allowed, or what to do
}

func (p MappingProblem) Error() string { return sentence("", p.Path, p.Hint, errors.New(p.Message)) }

// Codes of rejects. They are part of what users see and filter by, and do not change.
const (
	CodeMalformed     = "malformed"      // the row is not of the format
	CodeTruncated     = "truncated"      // the last row ends half-way
	CodeTooLarge      = "too_large"      // the row is longer than the limit
	CodeEncoding      = "invalid_utf8"   // the row is not UTF-8
	CodeMissing       = "missing_field"  // a required field is empty
	CodeWrongType     = "wrong_type"     // not of the declared type or layout
	CodeOutOfRange    = "out_of_range"   // outside the scale, or no finite number
	CodeUnlisted      = "unlisted_value" // in no value map, or none of the allowed words
	CodeUnknownMetric = "unknown_metric" // a metric that the catalogue does not have
	CodeUnknownItem   = "unknown_item"   // an item that the instrument does not have
	CodeNewColumn     = "new_column"     // a value of a column that the contract does not have
	CodeSchema        = "schema"         // does not fit the schema that it names
	CodeUnknownSchema = "unknown_schema" // names a schema that the registry does not have, or that cannot be used
)
