package warehouse

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	sqlfiles "insideout/sql"
)

// Problem is a mistake in a relation.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func (p Problem) Error() string {
	s := fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
	if p.Hint != "" {
		s += " -> " + p.Hint
	}
	return s
}

// Relation is one file of package sql, header and query.
type Relation struct {
	Name, Layer, File string
	Grain, Why        string
	Side              string   // staging and intermediate
	Keep              string   // view or table; "" for checks, which are only run
	Severity, Fix     string   // checks
	Features          []string // marts: ids of the features that the relation serves
	Edges             string   // edges of its formulas that cannot arise, each with the reason
	Key               []KeyColumn
	OneRow            bool // key: none
	Reads             []string
	By                []Group  // columns by which it can be made in parts; see cache
	FromAll           bool     // by: ... from all: made as a whole each time, and compared in parts
	Columns           []Column // marts and checks
	Query             string   // the SELECT
	line              int      // at which the query begins
	lines             map[string]int
}

// KeyColumn is one column of a key.
type KeyColumn struct {
	Name     string
	Nullable bool
}

// Column is a documented column.
type Column struct{ Name, Type, Doc string }

const (
	staging      = "10_staging"
	intermediate = "20_intermediate"
	marts        = "30_marts"
	checks       = "90_checks"
)

// width is the longest line that is read without turning the head.
const width = 120

// isCell reports whether the relation waits for the release step.
func (r *Relation) isCell() bool { return strings.HasPrefix(r.Name, "cell_") }

// cellOf names the relation that has to be there before one can be read: cell_* for rel_*, which the release step makes of it.
func cellOf(name string) string {
	if rel, ok := strings.CutPrefix(name, "rel_"); ok {
		return "cell_" + rel
	}
	return name
}

// keyNames returns the columns of the key.
func (r *Relation) keyNames() []string {
	out := make([]string, len(r.Key))
	for i, k := range r.Key {
		out[i] = k.Name
	}
	return out
}

// loadRelations parses every file of every layer, and orders the relations so that each comes after what it reads.
func loadRelations(files fs.FS) ([]*Relation, []Problem) {
	var all []*Relation
	var problems []Problem
	for _, layer := range sqlfiles.Layers() {
		names, err := fs.Glob(files, layer+"/*.sql")
		if err != nil {
			panic("warehouse: " + err.Error()) // the pattern is a constant
		}
		for _, name := range names {
			text, err := fs.ReadFile(files, name)
			if err != nil {
				problems = append(problems, Problem{File: name, Message: err.Error()})
				continue
			}
			r, ps := parseRelation(name, string(text))
			all = append(all, r)
			problems = append(problems, ps...)
		}
	}
	ordered, ps := order(all)
	return ordered, append(problems, ps...)
}

// parseRelation takes header and query apart. Names follow from the file.
func parseRelation(file, text string) (*Relation, []Problem) {
	r := &Relation{
		File: file, Layer: path.Dir(file), Name: strings.TrimSuffix(path.Base(file), ".sql"), lines: map[string]int{},
	}
	var problems []Problem
	fail := func(line int, message, hint string) {
		problems = append(problems, Problem{File: file, Line: line, Message: message, Hint: hint})
	}
	values := map[string]string{}
	lines := strings.Split(text, "\n")
	key, n := "", 0
	for ; n < len(lines) && strings.HasPrefix(lines[n], "--"); n++ {
		body := strings.TrimPrefix(lines[n], "--")
		switch {
		case strings.HasPrefix(body, "     ") && key == "columns" && len(r.Columns) > 0:
			r.Columns[len(r.Columns)-1].Doc += " " + strings.TrimSpace(body)
		case strings.HasPrefix(body, "   ") && key == "columns":
			name, rest, _ := strings.Cut(strings.TrimSpace(body), " ")
			typ, doc, ok := strings.Cut(rest, ": ")
			if !ok || name == "" || typ == "" {
				fail(n+1, "a column is not described", "write --   name type: meaning and unit")
				continue
			}
			r.Columns = append(r.Columns, Column{name, typ, doc})
		case strings.HasPrefix(body, "   "):
			values[key] += " " + strings.TrimSpace(body)
		default:
			k, v, ok := strings.Cut(strings.TrimSpace(body), ":")
			if !ok || !slices.Contains(headerKeys, k) {
				fail(n+1, "header line without a known key", "keys are "+strings.Join(headerKeys, ", "))
				continue
			}
			if _, twice := r.lines[k]; twice {
				fail(n+1, k+" is written twice", "")
			}
			key, values[k], r.lines[k] = k, strings.TrimSpace(v), n+1
		}
	}
	for i, line := range lines {
		if len(line) > width {
			fail(i+1, fmt.Sprintf("a line of %d characters", len(line)), fmt.Sprintf("break it at %d", width))
		}
	}
	r.line = n + 1
	r.Query = strings.TrimSpace(strings.Join(lines[n:], "\n"))
	r.Grain, r.Why, r.Side, r.Keep = values["grain"], values["why"], values["side"], values["keep"]
	r.Severity, r.Fix = values["severity"], values["fix"]
	if r.Keep == "" {
		switch {
		case r.Layer == marts || r.isCell():
			r.Keep = "table"
		case r.Layer != checks:
			r.Keep = "view"
		}
	}
	r.Features = split(values["feature"])
	r.Edges = values["edges"]
	r.Reads = split(values["reads"])
	groups, fromAll := strings.CutSuffix(values["by"], " from all")
	r.By, r.FromAll = parseGroups(groups), fromAll
	if values["key"] == "none" {
		r.OneRow = true
	} else {
		for _, f := range split(values["key"]) {
			name := strings.TrimSuffix(f, "?")
			r.Key = append(r.Key, KeyColumn{name, name != f})
		}
	}
	for _, k := range required(r) {
		if values[k] == "" && !(k == "columns" && len(r.Columns) > 0) {
			fail(1, "the header has no "+k, "")
		}
	}
	for k := range r.lines {
		if !slices.Contains(required(r), k) && k != "keep" && k != "by" && k != "edges" && !(k == "feature" && r.Layer == marts) {
			fail(r.lines[k], "the header of this layer has no "+k, "take it out")
		}
	}
	return r, problems
}

var headerKeys = []string{"grain", "key", "side", "reads", "keep", "by", "why", "severity", "fix", "feature", "edges", "columns"}

// required lists the header keys of a relation's layer.
func required(r *Relation) []string {
	keys := []string{"grain", "key", "reads", "why"}
	switch r.Layer {
	case staging, intermediate:
		return append(keys, "side")
	case marts:
		return append(keys, "columns")
	}
	return append(keys, "severity", "fix", "columns")
}

func split(list string) []string {
	var out []string
	for _, f := range strings.Split(list, ",") {
		if f = strings.TrimSpace(f); f != "" {
			out = append(out, f)
		}
	}
	return out
}

// order sorts by layer and, inside a layer, each relation after those that it reads; ties by name.
func order(all []*Relation) ([]*Relation, []Problem) {
	var out []*Relation
	var problems []Problem
	for _, layer := range sqlfiles.Layers() {
		waiting := map[string]*Relation{}
		for _, r := range all {
			if r.Layer == layer {
				waiting[r.Name] = r
			}
		}
		for len(waiting) > 0 {
			var ready []string
			for name, r := range waiting {
				if !slices.ContainsFunc(r.Reads, func(up string) bool { return waiting[cellOf(up)] != nil }) {
					ready = append(ready, name)
				}
			}
			if len(ready) == 0 {
				for _, r := range waiting {
					problems = append(problems, Problem{File: r.File, Line: r.lines["reads"], Message: "reads itself, by way of others"})
				}
				slices.SortFunc(problems, func(a, b Problem) int { return strings.Compare(a.File, b.File) })
				return out, problems
			}
			slices.Sort(ready)
			for _, name := range ready {
				out = append(out, waiting[name])
				delete(waiting, name)
			}
		}
	}
	return out, problems
}
