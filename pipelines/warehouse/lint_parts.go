package warehouse

import (
	"context"
	"slices"
	"strings"
)

// lintParts checks that what is kept between runs is of the customers' side: rows of employees never leave lake and workshop.
func lintParts(relations []*Relation) (problems []Problem) {
	byName := map[string]*Relation{}
	for _, r := range relations {
		byName[r.Name] = r
	}
	for _, r := range relations {
		if len(r.By) == 0 {
			continue
		}
		fail := func(message, hint string) {
			problems = append(problems, Problem{r.File, r.lines["by"], message, hint})
		}
		s := sourcesOf(r, byName)
		switch {
		case r.Layer == checks && r.Severity != Stop:
			fail("a check that only warns is told in full in every run", "take by out")
		case r.Layer != checks && r.Keep != "table":
			fail("a view is not kept", "keep: table")
		case len(r.Key) == 0 && r.Layer != checks:
			fail("without a key rows cannot be found again", "name the key")
		}
		if r.Layer < marts && r.Side != "outside" {
			fail("rows of employees are not kept between runs", "take by out")
		}
		for _, name := range append(slices.Clone(s.parts), s.whole...) {
			if strings.HasPrefix(name, "rel_") || strings.HasPrefix(name, "cell_") {
				fail("reads "+name+": rows about employees are not kept between runs", "take by out")
			}
		}
		if len(s.parts) == 0 && !r.FromAll {
			fail("reads nothing that is known in parts", "take by out, or write from all")
		}
	}
	return problems
}

// lintColumns checks that the columns of by are there: in the relation, unless it is a check, and in everything that it reads in parts.
func lintColumns(ctx context.Context, w *Workshop, r *Relation, own []typed) (problems []Problem, err error) {
	has := func(columns []typed, name string) bool {
		return slices.ContainsFunc(columns, func(c typed) bool { return c.name == name })
	}
	for _, g := range r.By {
		if r.Layer != checks && !has(own, g.Own) {
			problems = append(problems, Problem{r.File, r.lines["by"], "by names " + g.Own + ", which is no column", ""})
		}
	}
	if r.FromAll {
		return problems, nil
	}
	for _, name := range sourcesOf(r, w.byName()).parts {
		columns, err := describe(ctx, w.db, "select * from "+ident(name))
		if err != nil {
			return nil, &RelationError{r.File, err}
		}
		for _, g := range r.By {
			if !has(columns, g.Read) {
				problems = append(problems, Problem{r.File, r.lines["by"], "by reads " + g.Read + " of " + name + ", which has no such column", ""})
			}
		}
	}
	return problems, nil
}
