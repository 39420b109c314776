package warehouse

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"insideout/models"
	sqlfiles "insideout/sql"
)

// Lint holds the relations of package sql to their rules: headers that are complete and true (reads against the engine's
// own parse, columns and types against its own description), layers that read only what lies below, the wall between
// person-level rows and marts, and the part of the dialect that ports to other engines. No problem is the usual answer.
func Lint(ctx context.Context) ([]Problem, error) { return lint(ctx, sqlfiles.Files) }

func lint(ctx context.Context, files fs.FS) ([]Problem, error) {
	relations, problems := loadRelations(files)
	for _, r := range relations {
		problems = append(problems, lintHeader(r)...)
		problems = append(problems, lintDialect(r)...)
	}
	problems = append(problems, lintLayers(relations)...)
	problems = append(problems, lintWall(relations)...)
	problems = append(problems, lintParts(relations)...)
	if len(problems) > 0 { // the engine's own message about a bad file would only repeat this
		sortProblems(problems)
		return problems, nil
	}
	more, err := lintAgainstEngine(ctx, files, relations)
	sortProblems(more)
	return more, err
}

func sortProblems(ps []Problem) {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
}

func lintHeader(r *Relation) (problems []Problem) {
	fail := func(key, message, hint string) {
		problems = append(problems, Problem{r.File, max(r.lines[key], 1), message, hint})
	}
	switch r.Layer {
	case staging, intermediate:
		if !slices.Contains([]string{"inside", "outside", "shared"}, r.Side) {
			fail("side", "side "+r.Side, "inside, outside or shared")
		}
		if len(r.Columns) > 0 {
			fail("columns", "columns are described in marts and checks only", "")
		}
	case checks:
		if r.Severity != Stop && r.Severity != Warn {
			fail("severity", "severity "+r.Severity, "stop or warn")
		}
	}
	if !slices.Contains([]string{"", "view", "table"}, r.Keep) {
		fail("keep", "keep "+r.Keep, "view or table")
	}
	if r.isCell() || r.Layer == marts {
		if r.Keep != "table" {
			fail("keep", "cells and marts are tables", "")
		}
	}
	prefixes := map[string][]string{
		staging: {"stg_"}, intermediate: {"int_", "cell_"}, marts: {"dim_", "fct_", "rpt_"}, checks: {"assert_"},
	}[r.Layer]
	if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(r.Name, p) }) {
		fail("grain", "name "+r.Name, "names of this layer begin with "+strings.Join(prefixes, " or "))
	}
	return problems
}

// lintLayers checks that every relation reads only what is there, and only from its own layer or lower ones.
func lintLayers(relations []*Relation) (problems []Problem) {
	byName := map[string]*Relation{}
	for _, r := range relations {
		if other := byName[r.Name]; other != nil {
			problems = append(problems, Problem{r.File, 1, "the name is taken by " + other.File, ""})
		}
		byName[r.Name] = r
	}
	for _, r := range relations {
		fail := func(message string) {
			problems = append(problems, Problem{r.File, r.lines["reads"], message, ""})
		}
		for _, up := range r.Reads {
			other := byName[up]
			switch {
			case other == nil && !given(up, byName):
				fail("reads " + up + ", which is not there")
			case other != nil && other.Layer > r.Layer:
				fail("reads " + up + " of a later layer")
			case other != nil && other.Layer == checks:
				fail("reads a check")
			case strings.HasPrefix(up, "raw_") && models.Dataset(up[4:]) != nil && r.Layer != staging && r.Layer != checks:
				fail("reads " + up + ": only staging reads the lake")
			case strings.HasPrefix(up, "rel_") && r.Layer < intermediate:
				fail("reads " + up + ", which the release step makes later")
			}
		}
	}
	return problems
}

// given reports whether the adapter makes the relation.
func given(name string, byName map[string]*Relation) bool {
	if data, ok := strings.CutPrefix(name, "raw_"); ok && models.Dataset(data) != nil {
		return true
	}
	if rel, ok := strings.CutPrefix(name, "rel_"); ok {
		return byName["cell_"+rel] != nil
	}
	if mart, ok := strings.CutPrefix(name, "was_"); ok {
		_, ok = restated[mart]
		return ok && byName[mart] != nil
	}
	if data, ok := strings.CutPrefix(name, "raw_new_"); ok {
		return Counts(data)
	}
	if slices.Contains(insideInputs, name) {
		return true
	}
	return slices.Contains([]string{
		"raw_run", "raw_series", "raw_verdict", "raw_column", "raw_published", "raw_custom", "cat_metric", "cat_dimension", "cat_item", "cat_step",
	}, name) || slices.Contains(outsideInputs, name)
}

// gates are the relations through which customer-side relations may touch employee-side data: the team of an agent on
// a day, measures, of which they take those that the catalogue puts outside (assert_sides_stay_apart), and invitations, of
// which staging takes those to customers.
var gates = []string{"int_roster__spans", "int_measures__valued", "stg_customer_invitations"}

// lintWall checks that no mart reads person-level employee rows or cells, neither directly nor by way of others, and that
// no published column or sample of a check singles out a person.
func lintWall(relations []*Relation) (problems []Problem) {
	byName := map[string]*Relation{}
	for _, r := range relations {
		byName[r.Name] = r
	}
	var sensitive func(name string) bool
	sensitive = func(name string) bool {
		if data, ok := strings.CutPrefix(name, "raw_"); ok {
			s := models.Dataset(data)
			return s != nil && (s.Personal() || data == "measures")
		}
		if strings.HasPrefix(name, "cell_") {
			return true
		}
		r := byName[name]
		if r == nil || r.Side == "outside" { // the walls of the outside are checked where it reads
			return false
		}
		return slices.ContainsFunc(r.Reads, sensitive)
	}
	var released func(name string) bool
	released = func(name string) bool {
		return strings.HasPrefix(name, "rel_") || byName[name] != nil && slices.ContainsFunc(byName[name].Reads, released)
	}
	personal := personalColumns()
	for _, r := range relations {
		fail := func(key, message, hint string) {
			problems = append(problems, Problem{r.File, r.lines[key], message, hint})
		}
		if condition, ok := restated[r.Name]; ok && condition == "" && released(r.Name) {
			fail("reads", "what was published of it is compared, and it rests on employees' cells", "leave these out of the comparison: see restated")
		}
		for _, up := range r.Reads {
			if strings.HasPrefix(up, "cell_") {
				fail("reads", "reads "+up+" past the release step", "read rel_"+up[5:])
				continue
			}
			if !sensitive(up) {
				continue
			}
			switch {
			case r.Layer == marts:
				fail("reads", "a mart reads "+up+", which holds employee rows that were not released", "read rel_* relations")
			case r.Layer < marts && r.Side == "outside" && !slices.Contains(gates, up):
				fail("reads", "a customer-side relation reads "+up+" of the employee side", "the gates are "+strings.Join(gates, ", "))
			}
		}
		for _, c := range r.Columns {
			if personal[c.Name] {
				fail("columns", "column "+c.Name+" singles out a person, an answer or a contact", "take it out")
			}
		}
	}
	return problems
}

// lintAgainstEngine builds every relation over empty inputs and compares headers with what the engine makes of the files.
func lintAgainstEngine(ctx context.Context, files fs.FS, relations []*Relation) (problems []Problem, err error) {
	w, err := empty(ctx, files, relations)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closing := w.Close(); err == nil {
			err = closing
		}
	}()
	for _, r := range relations {
		fail := func(key, format string, args ...any) {
			problems = append(problems, Problem{r.File, r.lines[key], fmt.Sprintf(format, args...), ""})
		}
		parsed, err := reads(ctx, w.db, r.Query)
		if err != nil {
			return nil, &RelationError{r.File, err}
		}
		said := slices.Clone(r.Reads)
		slices.Sort(said)
		for _, name := range parsed {
			if !slices.Contains(said, name) {
				fail("reads", "the query reads %s and the header does not say so", name)
			}
		}
		for _, name := range said {
			if !slices.Contains(parsed, name) {
				fail("reads", "the header says that it reads %s; the query does not", name)
			}
		}
		columns, err := describe(ctx, w.db, r.Query)
		if err != nil {
			return nil, &RelationError{r.File, err}
		}
		if len(r.By) > 0 {
			parts, err := lintColumns(ctx, w, r, columns)
			if err != nil {
				return nil, err
			}
			problems = append(problems, parts...)
		}
		for _, k := range r.Key {
			if !slices.ContainsFunc(columns, func(c typed) bool { return c.name == k.Name }) {
				fail("key", "the key names %s, which is no column", k.Name)
			}
		}
		if r.Layer != marts && r.Layer != checks {
			continue
		}
		for i := range max(len(columns), len(r.Columns)) {
			switch {
			case i >= len(r.Columns):
				fail("columns", "column %s is not described", columns[i].name)
			case i >= len(columns):
				fail("columns", "column %s is described and not there", r.Columns[i].Name)
			case columns[i].name != r.Columns[i].Name || columns[i].typ != r.Columns[i].Type:
				fail("columns", "column %d is %s %s, described as %s %s", i+1, columns[i].name, columns[i].typ, r.Columns[i].Name, r.Columns[i].Type)
			}
		}
	}
	return problems, nil
}

// empty is a workshop over no files, whose checks are not run.
func empty(ctx context.Context, files fs.FS, relations []*Relation) (*Workshop, error) {
	dir, err := os.MkdirTemp("", "insideout-lint-")
	if err != nil {
		return nil, err
	}
	in, err := Input{Dir: dir, Grain: models.Week, Zone: "UTC", Threads: 1}.withDefaults()
	if err != nil {
		return nil, err
	}
	w := &Workshop{in: in, relations: relations}
	fail := func(err error) (*Workshop, error) {
		w.Close()
		return nil, err
	}
	if w.db, err = engine(ctx, []string{dir}, nil, 1, 512); err != nil {
		return fail(err)
	}
	if err := createMacros(ctx, w.db, files); err != nil {
		return fail(err)
	}
	for _, s := range models.Datasets() {
		if err := createRaw(ctx, w.db, s, "raw_"+s.Name, nil, ""); err != nil {
			return fail(err)
		}
	}
	if err := w.inputs(ctx); err != nil {
		return fail(err)
	}
	if err := w.relate(ctx, func([]Cell) []Verdict { return nil }); err != nil {
		return fail(err)
	}
	if err := w.columns(ctx); err != nil {
		return fail(err)
	}
	return w, nil
}
