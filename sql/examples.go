package sql

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

// Examples are questions to a published warehouse, ready to run and to change. They are no part of what a warehouse is made of, so
// Hash leaves them out.
//
//go:embed examples/*.sql
var examples embed.FS

// Example is one of them.
type Example struct {
	Name     string `json:"name"`
	Question string `json:"question"` // what it answers, in the words of somebody who wants to know
	Query    string `json:"query"`    // as it runs, the question above it as a comment
}

// Examples returns all of them by name.
func Examples() []Example {
	names, err := fs.Glob(examples, "examples/*.sql") // sorted
	if err != nil {
		panic("sql: " + err.Error()) // the pattern is a constant
	}
	var out []Example
	for _, name := range names {
		text, err := examples.ReadFile(name)
		if err != nil {
			panic("sql: " + err.Error()) // the files are part of the program
		}
		question, _, _ := strings.Cut(strings.TrimPrefix(string(text), "-- question: "), "\n")
		out = append(out, Example{strings.TrimSuffix(path.Base(name), ".sql"), question, string(text)})
	}
	return out
}
