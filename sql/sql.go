// Package sql holds the relations: what a row means, said once, in the language that analysts read.
//
// # Layout
//
//   - 10_staging: one relation per dataset of the lake. The same fact delivered twice counts once; nothing is joined.
//   - 20_intermediate: the steps in between, ending in cell_* relations: one row per number that would be published about
//     employees, with the number of respondents behind it. The release step makes rel_* of them.
//   - 30_marts: what is published: dim_ for nouns, fct_ for facts, rpt_ for the report.
//   - 90_checks: queries that return what must not be; no row means that all is well.
//   - macros: the few functions in which engines differ, and the formulas of intervals; one file each.
//   - cases: one relation at a time, rows in and rows out, the expected rows worked out by hand.
//
// One file is one relation named like the file: a header comment and one SELECT, as it runs; no templating. Inputs
// come by name: raw_<dataset> (the committed files of the lake), raw_run (one row: the parameters of the run), raw_series (the
// series asked for), raw_verdict (what the release step decided), raw_column (columns of every relation), cat_* (the
// catalogue) and rel_*.
//
// # Header
//
// Lines "-- key: text", continued by lines "--   text". Keys: grain, key (columns, parted by commas; a column with ? may be
// null; "none" means at most one row), side (inside, outside, shared: whose rows these are; staging and intermediate), reads,
// why, keep (view or table, where it is not the layer's usual one), by (below) and, in marts and checks, columns: one line
// "--   name type: meaning and unit" each. Checks add severity (stop or warn) and fix. Headers are compared with the
// engine's own parse of the query and its own description of the result (package warehouse), so they cannot drift.
//
// A formula has edges: nothing to divide by (zero), one answer (one), answers that are all alike (alike), tied ranks (ties), a period without
// data between others (gap), daylight saving time (clock), somebody who moved (moved). TestCases_ReachEveryEdge breaks each edge in turn
// and wants a case to notice. Where one cannot arise, edges says so: "edges: one (released cells have at least three), zero (...)".
//
// by makes the cost of a run follow what changed: "by: period_start" says that the rows of one period depend, of what the
// relation reads, on nothing but the rows of that period, where that is a dataset or has a by line itself. Such a relation is kept
// between runs and made anew only for the groups in which something changed (package warehouse, cache). "by: own = read" where the column is
// called differently in what is read; "by: column from all" for a small relation that is made as a whole each time, and
// compared, so that what reads it learns in which groups it changed. A by that says too much is found by TestCache_ChangesNoRow.
//
// # Numbers
//
// Whatever is summed is whole: answers in millionths, scores in billionths, counts. Sums are exact, the division comes last, so
// no result depends on threads or on the order of rows. Measures, whose values may have any number of digits, are
// summed as doubles in a declared order. Divisions go through safe_div, intervals through macros with a source.
package sql

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
)

// Files holds the layers and the macros.
//
//go:embed 10_staging/*.sql 20_intermediate/*.sql 30_marts/*.sql 90_checks/*.sql macros/*.sql
var Files embed.FS

// Layers are the folders of relations in the order in which they are built.
func Layers() []string { return []string{"10_staging", "20_intermediate", "30_marts", "90_checks"} }

// Hash is the SHA-256, in hex, over name and text of every file in Files.
func Hash() string {
	h := sha256.New()
	err := fs.WalkDir(Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".sql") {
			return err
		}
		text, err := Files.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s %d\n", path, len(text))
		h.Write(text)
		return nil
	})
	if err != nil {
		panic("sql: " + err.Error()) // the files are part of the program
	}
	return hex.EncodeToString(h.Sum(nil))
}
