package warehouse

import (
	"slices"
	"strings"

	sqlfiles "insideout/sql"
)

// Entry describes one relation for people. Published relations are what an analyst meets; the others are what they are made of.
type Entry struct {
	Name      string
	Layer     string // folder of package sql; "" where inference or the checks fill it
	Grain     string // one row per ...
	Why       string
	Key       []string
	Columns   []Column // published relations and checks only
	Features  []string
	Reads     []string // as written: inputs (raw_, cat_) and rel_* too
	Published bool
	Severity  string // checks: stop or warn
	Fix       string // checks
	Query     string // "" where there is none
}

// Dictionary lists every relation, published ones first, each group by name. It is made from the same headers that the lint holds
// against the engine and that become the comments of a warehouse, so it cannot say anything else than they do.
func Dictionary() []Entry {
	relations, problems := loadRelations(sqlfiles.Files)
	if len(problems) > 0 {
		panic("warehouse: " + problems[0].Error()) // the files are part of the program, and the lint holds them
	}
	var out []Entry
	add := func(r *Relation, published bool) {
		out = append(out, Entry{
			Name: r.Name, Layer: r.Layer, Grain: r.Grain, Why: r.Why, Key: r.keyNames(), Columns: r.Columns, Features: r.Features,
			Reads: r.Reads, Published: published, Severity: r.Severity, Fix: r.Fix, Query: r.Query,
		})
	}
	for _, r := range relations {
		add(r, r.Layer == marts)
	}
	for _, t := range told {
		add(t.table, true)
	}
	add(&checkTable, true)
	slices.SortFunc(out, func(a, b Entry) int {
		if a.Published != b.Published {
			if a.Published {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out
}

// Lineage lists what a relation is made of, near and far, each once and nearest first: the relation it reads, those that these read,
// down to the inputs. rel_* stand beside the cell_* that the release step makes them of.
func Lineage(all []Entry, name string) [][]string {
	reads := map[string][]string{}
	for _, e := range all {
		reads[e.Name] = e.Reads
	}
	seen := map[string]bool{name: true}
	level := []string{name}
	var out [][]string
	for len(level) > 0 {
		var next []string
		for _, at := range level {
			up := reads[at]
			if cell := cellOf(at); cell != at {
				up = []string{cell}
			}
			for _, r := range up {
				if !seen[r] {
					seen[r] = true
					next = append(next, r)
				}
			}
		}
		slices.Sort(next)
		if len(next) > 0 {
			out = append(out, next)
		}
		level = next
	}
	return out
}
