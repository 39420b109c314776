package warehouse

import (
	"database/sql"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	sqlfiles "insideout/sql"
)

// edge is one place where formulas break: it is broken on purpose, and a case of every relation that could meet it must notice.
type edge struct {
	name   string
	uses   *regexp.Regexp          // relations whose query matches may meet it
	pooled bool                    // one: of variances pooled over cells, or of the others
	macros map[string]string       // broken macros, by name
	query  [2]string               // or what is put in place of what in the query
	data   func(c *caseRun) string // or a statement that takes the edge out of what the case gives
}

// broken is what a broken formula gives at its edge: no case expects it.
const broken = "4.2e30" // large beside squares of billionths too

var edges = []edge{
	{name: "zero", uses: regexp.MustCompile(`\b(safe_div|wilson_low|wilson_high|moment_value|correlation)\(`), macros: map[string]string{
		"safe_div":    "(a, b) as case when cast(b as double) = 0 then " + broken + " else cast(a as double) / cast(b as double) end",
		"wilson_low":  "(hits, n) as case when n = 0 then " + broken + " else ORIGINAL end",
		"wilson_high": "(hits, n) as case when n = 0 then " + broken + " else ORIGINAL end",
	}},
	{name: "one", uses: regexp.MustCompile(`\b(moment_se|moment_bound|wilson_low|t975|correlation|squares_about_mean)\(`), macros: map[string]string{
		"squares_about_mean": "(n, s1, s2) as case when n = 1 then " + broken + " else ORIGINAL end",
		"moment_se":          "(kind, n, s1, s2, divisor) as case when n = 1 then " + broken + " else ORIGINAL end",
		"wilson_low":         "(hits, n) as case when n = 1 then " + broken + " else ORIGINAL end",
		"t975":               "(df) as case when df < 1 then " + broken + " else ORIGINAL end",
		"correlation":        "(n, sx, sy, sxx, syy, sxy) as case when n = 1 then " + broken + " else ORIGINAL end",
	}},
	// Where every cell has one answer a variance pooled over them is over nothing.
	{name: "one", pooled: true, uses: regexp.MustCompile(`\bsquares_about_mean\(`), macros: map[string]string{
		"safe_div": "(a, b) as case when cast(b as double) = 0 then " + broken + " else cast(a as double) / cast(b as double) end",
	}},
	{name: "alike", uses: regexp.MustCompile(`\b(squares_about_mean|products_about_means|moment_se|moment_bound|wilson_low|correlation)\(`), macros: map[string]string{
		"squares_about_mean":   "(n, s1, s2) as case when n > 1 and ORIGINAL = 0 then " + broken + " else ORIGINAL end",
		"products_about_means": "(n, x1, y1, xy) as case when n > 1 and ORIGINAL = 0 then " + broken + " else ORIGINAL end",
		"moment_se":            "(kind, n, s1, s2, divisor) as case when n > 1 and ORIGINAL = 0 then " + broken + " else ORIGINAL end",
		"wilson_low":           "(hits, n) as case when n > 1 and (hits = 0 or hits = n) then " + broken + " else ORIGINAL end",
		"correlation":          "(n, sx, sy, sxx, syy, sxy) as case when n > 1 and ORIGINAL is null then " + broken + " else ORIGINAL end",
	}},
	{name: "ties", uses: regexp.MustCompile(`\b(rank|dense_rank)\(`), query: [2]string{`\b(dense_)?rank\(`, "row_number("}},
	{name: "gap", uses: regexp.MustCompile(`\bperiods_between\(`), macros: map[string]string{
		"periods_between": "(earlier_start, later_start, grain) as least(ORIGINAL, 1)",
	}},
	{name: "clock", uses: regexp.MustCompile(`\b(local_day|period_of)\(`), macros: map[string]string{
		"local_day": "(instant, zone) as cast(" + winter + " as date)",
		"period_of": "(instant, grain, zone) as cast(date_trunc(grain, " + winter + ") as date)",
	}},
	{name: "moved", uses: regexp.MustCompile(`\bint_roster__spans\b`), data: func(c *caseRun) string {
		return fmt.Sprintf("delete from %[1]s.int_roster__spans as s where exists (select 1 from %[1]s.int_roster__spans as o where o.person = s.person and o.valid_from < s.valid_from)", c.schema)
	}},
}

// pools finds variances pooled over cells.
var pools = regexp.MustCompile(`sum\(([a-z]+\.)?n - 1\)`)

// winter is the instant by the clock that the zone has in January, all year long.
const winter = "(instant + (((timestamp '2025-01-15' at time zone 'UTC') at time zone zone) - timestamp '2025-01-15'))"

// Every formula has a case at every edge: where the edge is broken, some case of the relation comes out otherwise. An edge that cannot
// arise is named in the header with the reason, and then no case may show that it does.
func TestCases_ReachEveryEdge(t *testing.T) {
	relations, problems := loadRelations(sqlfiles.Files)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	template, err := empty(t.Context(), sqlfiles.Files, relations)
	if err != nil {
		t.Fatal(err)
	}
	defer template.Close()
	for _, e := range edges {
		t.Run(e.name, func(t *testing.T) {
			db, err := sql.Open("duckdb", "")
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			db.SetMaxOpenConns(1)
			if err := createMacros(t.Context(), db, e.overlay(t)); err != nil {
				t.Fatal(err)
			}
			for _, r := range relations {
				if r.Layer == staging || r.Layer == checks || !e.uses.MatchString(withoutComments(r.Query)) ||
					e.name == "one" && e.pooled != pools.MatchString(r.Query) {
					continue
				}
				excused := regexp.MustCompile(`\b` + e.name + ` \([^)]+\)`).MatchString(r.Edges)
				switch noticed := e.noticed(t, db, template, r); {
				case noticed && excused:
					t.Errorf("sql/%s says that this edge cannot arise, and a case meets it", r.File)
				case !noticed && !excused:
					t.Errorf("sql/%s: no case meets this edge", r.File)
				}
			}
		})
	}
}

func withoutComments(query string) string {
	return regexp.MustCompile(`(?m)--.*$`).ReplaceAllString(query, "")
}

// overlay is the macros with those of the edge broken; ORIGINAL stands for what the macro was.
func (e *edge) overlay(t *testing.T) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	names, err := fs.Glob(sqlfiles.Files, "macros/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(sqlfiles.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		macro := strings.TrimSuffix(filepath.Base(name), ".sql")
		if broken := e.macros[macro]; broken != "" {
			_, body, found := strings.Cut(string(text), ") as\n")
			if !found {
				t.Fatalf("%s has another form", name)
			}
			text = []byte("create macro " + macro + strings.ReplaceAll(broken, "ORIGINAL", "("+withoutComments(body)+")"))
		}
		out[name] = &fstest.MapFile{Data: text}
	}
	for macro := range e.macros {
		if out["macros/"+macro+".sql"] == nil {
			t.Fatalf("there is no macro %s", macro)
		}
	}
	return out
}

// noticed reports whether a case of the relation comes out otherwise.
func (e *edge) noticed(t *testing.T, db *sql.DB, template *Workshop, r *Relation) bool {
	t.Helper()
	files, err := filepath.Glob("../../sql/cases/" + r.Name + ".*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c := caseRun{db: db, template: template, relation: r, schema: "edge"}
		defer c.given(t, archive)()
		query := r.Query
		if e.query[0] != "" {
			query = regexp.MustCompile(e.query[0]).ReplaceAllString(query, e.query[1])
		}
		if e.data != nil {
			if _, err := db.Exec(e.data(&c)); err != nil {
				t.Fatalf("%s: %v", r.Name, err)
			}
		}
		if _, err := db.Exec("create table edge.result as " + query); err != nil {
			return true // what it gives at the edge cannot even be stored
		}
		for _, f := range archive.Files {
			if f.Name == "want" {
				return cmp.Diff(lines(string(f.Data)), lines(c.got(t))) != ""
			}
		}
		return false
	})
}
