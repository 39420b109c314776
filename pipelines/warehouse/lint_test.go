package warehouse

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	sqlfiles "insideout/sql"
)

func TestLint_RelationsKeepTheirRules(t *testing.T) {
	problems, err := Lint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

func mapFiles(files map[string]string) fs.FS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// spoilt is package sql with some files replaced or added.
func spoilt(t *testing.T, files map[string]string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(sqlfiles.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(sqlfiles.Files, path)
		out[path] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

const goodMart = `-- grain: one row per team
-- key: team
-- reads: %s
-- why: Reasons.
-- columns:
--   team varchar: team
select cast(team as varchar) as team
from %s
`

// Each rule with a file that breaks it.
func TestLint_FindsWhatBreaksARule(t *testing.T) {
	mart := func(reads, from string) string { return fmt.Sprintf(goodMart, reads, from) }
	for _, tc := range []struct{ name, file, text, want string }{
		{"a mart may not read answers", "30_marts/fct_bad.sql", mart("int_answers__scored", "int_answers__scored"),
			"30_marts/fct_bad.sql:3: a mart reads int_answers__scored, which holds employee rows that were not released -> read rel_* relations"},
		{"nor the roster", "30_marts/fct_bad.sql", mart("stg_roster", "stg_roster"), "a mart reads stg_roster"},
		{"nor measures, which may be of the inside", "30_marts/fct_bad.sql", mart("stg_measures", "stg_measures"), "a mart reads stg_measures"},
		{"nor cells", "30_marts/fct_bad.sql", mart("cell_dimension", "cell_dimension"), "reads cell_dimension past the release step -> read rel_dimension"},
		{"nor the lake", "30_marts/fct_bad.sql", mart("raw_feedback", "raw_feedback"), "reads raw_feedback: only staging reads the lake"},
		{"the outside may not read answers", "20_intermediate/int_bad.sql", "-- grain: g\n-- key: team\n-- side: outside\n-- reads: stg_answers\n-- why: w.\nselect team from stg_answers\n",
			"20_intermediate/int_bad.sql:4: a customer-side relation reads stg_answers of the employee side"},
		{"no mart has a person", "30_marts/fct_bad.sql", strings.ReplaceAll(strings.ReplaceAll(mart("rel_dimension", "rel_dimension"), "team varchar", "person varchar"), "as team", "as person"),
			"column person singles out a person"},
		{"a header that says less than the query", "30_marts/fct_bad.sql", mart("rel_dimension", "rel_dimension inner join rel_item using (team)"),
			"30_marts/fct_bad.sql:3: the query reads rel_item and the header does not say so"},
		{"a header that says more", "30_marts/fct_bad.sql", mart("rel_dimension, rel_item", "rel_dimension"), "the header says that it reads rel_item; the query does not"},
		{"a read behind a CTE and a sub-query", "30_marts/fct_bad.sql", mart("rel_dimension", "(with a as (select team from rel_dimension where team in (select team from rel_measure)) select team from a) as b"),
			"the query reads rel_measure"},
		{"a column of another type", "30_marts/fct_bad.sql", strings.Replace(mart("rel_dimension", "rel_dimension"), "team varchar:", "team bigint:", 1), "column 1 is team varchar, described as team bigint"},
		{"a column that is not there", "30_marts/fct_bad.sql", strings.Replace(mart("rel_dimension", "rel_dimension"), "--   team varchar: team\n", "--   team varchar: team\n--   n bigint: rows\n", 1), "column n is described and not there"},
		{"a key that is no column", "30_marts/fct_bad.sql", strings.Replace(mart("rel_dimension", "rel_dimension"), "-- key: team", "-- key: unit", 1), "the key names unit, which is no column"},
		{"a relation that is not there", "30_marts/fct_bad.sql", mart("rel_moods", "rel_moods"), "reads rel_moods, which is not there"},
		{"a later layer", "20_intermediate/int_bad.sql", "-- grain: g\n-- key: team\n-- side: outside\n-- reads: dim_team\n-- why: w.\nselect team from dim_team\n", "reads dim_team of a later layer"},
		{"itself", "30_marts/fct_bad.sql", mart("fct_bad", "fct_bad"), "reads itself"},
		{"no header", "30_marts/fct_bad.sql", "select 1 as team\n", "the header has no grain"},
		{"an unknown header key", "30_marts/fct_bad.sql", strings.Replace(mart("rel_dimension", "rel_dimension"), "-- why:", "-- owner: x\n-- why:", 1), "30_marts/fct_bad.sql:4: header line without a known key"},
		{"a name without its prefix", "30_marts/bad.sql", mart("rel_dimension", "rel_dimension"), "name bad -> names of this layer begin with dim_ or fct_ or rpt_"},
		{"an unknown severity", "90_checks/assert_bad.sql", strings.Replace(mart("rel_dimension", "rel_dimension"), "-- columns:", "-- severity: loud\n-- fix: f\n-- columns:", 1), "severity loud -> stop or warn"},

		{"kept rows of employees", "30_marts/fct_bad.sql", strings.Replace(mart("rel_dimension", "rel_dimension"), "-- why:", "-- by: team\n-- why:", 1),
			"30_marts/fct_bad.sql:4: reads rel_dimension: rows about employees are not kept between runs"},
		{"employees' numbers in a comparison with what was published", "30_marts/fct_loyalty.sql", mart("rel_dimension", "rel_dimension"),
			"what was published of it is compared, and it rests on employees' cells"},
		{"what was published of anything else", "30_marts/fct_bad.sql", mart("was_fct_condition", "was_fct_condition"), "reads was_fct_condition, which is not there"},
		{"parts that the relation lacks", "30_marts/fct_bad.sql", strings.Replace(mart("int_visits__counted", "int_visits__counted group by team"), "-- why:", "-- by: period_start\n-- why:", 1),
			"by names period_start, which is no column"},
		{"parts that what it reads lacks", "30_marts/fct_bad.sql", strings.Replace(mart("int_visits__counted", "int_visits__counted group by team"), "-- why:", "-- by: team = matter\n-- why:", 1),
			"by reads matter of int_visits__counted, which has no such column"},
		{"a warning about parts", "90_checks/assert_bad.sql", strings.Replace(mart("int_visits__counted", "int_visits__counted"), "-- columns:", "-- by: team\n-- severity: warn\n-- fix: f\n-- columns:", 1),
			"a check that only warns is told in full in every run"},

		{"group by all", "30_marts/fct_bad.sql", mart("rel_dimension", "rel_dimension group by all"), "30_marts/fct_bad.sql:8: group by all is not used here"},
		{"select star", "30_marts/fct_bad.sql", mart("rel_dimension", "(select * from rel_dimension) as a"), "select * is not used here"},
		{"a star of one relation", "30_marts/fct_bad.sql", mart("rel_dimension", "(select a.* from rel_dimension as a) as b"), "select * is not used here"},
		{"a cast by sign", "30_marts/fct_bad.sql", mart("rel_dimension", "rel_dimension where n::double > 1"), "a cast by ::"},
		{"a division by sign", "30_marts/fct_bad.sql", mart("rel_dimension", "rel_dimension where n / 2 > 1"), "a division by sign -> use safe_div(a, b)"},
		{"an order without nulls", "30_marts/fct_bad.sql", mart("rel_dimension", "(select team, row_number() over (partition by team order by n desc, team asc nulls last) as i from rel_dimension) as a"), "order by does not say where nulls go"},
		{"by position", "30_marts/fct_bad.sql", mart("rel_dimension", "(select team from rel_dimension group by 1) as a"), "group by position"},
		{"the clock", "30_marts/fct_bad.sql", mart("rel_dimension", "rel_dimension where period_start < current_date"), "current_date is not used here -> times come from raw_run"},
		{"a file", "30_marts/fct_bad.sql", mart("rel_dimension", "read_parquet('x')"), "read_parquet is not used here"},
		{"a mean of doubles", "30_marts/fct_bad.sql", mart("rel_dimension", "(select team, avg(n) as m from rel_dimension group by team) as a"), "avg is not used here"},
		{"two statements", "30_marts/fct_bad.sql", mart("rel_dimension", "rel_dimension; select 2"), "a semicolon"},
		{"no select", "30_marts/fct_bad.sql", strings.Replace(mart("rel_dimension", "rel_dimension"), "select cast", "insert cast", 1), "a relation is one SELECT"},
		{"a quoted name", "30_marts/fct_bad.sql", mart("rel_dimension", `rel_dimension as "T"`), `quoted name "T"`},
		{"a list", "30_marts/fct_bad.sql", mart("rel_dimension", "rel_dimension where n = [1][1]"), "lists, structs and lambdas are not used here"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			problems, err := lint(t.Context(), spoilt(t, map[string]string{tc.file: tc.text}))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(problems, func(p Problem) bool { return strings.Contains(p.Error(), tc.want) }) {
				t.Errorf("no problem %q in %v", tc.want, problems)
			}
		})
	}
}

func TestTokens_LeaveCommentsAndStringsWhole(t *testing.T) {
	var got []string
	for _, tok := range tokens("select 'it''s / ::', \"A b\" -- now()\n/* [1] */ from T where x<>1.5") {
		got = append(got, fmt.Sprintf("%c%d:%s", tok.kind, tok.line, tok.text))
	}
	want := []string{"w1:select", "s1:'it''s / ::'", "p1:,", `q1:"A b"`, "w2:from", "w2:t", "w2:where", "w2:x", "p2:<>", "n2:1.5"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "'plain'", "it's": "'it''s'", "''": "''''''", `back\slash"`: `'back\slash"'`, "new\nline": "'new\nline'", "": "''",
	} {
		if got := literal(in); got != want {
			t.Errorf("literal(%q) = %s, want %s", in, got, want)
		}
	}
	if got := ident(`a"b`); got != `"a""b"` {
		t.Errorf("ident: %s", got)
	}
	if got := literals([]string{"a", "b'"}); got != "['a', 'b''']" {
		t.Errorf("literals: %s", got)
	}
	if got := literals(nil); got != "[]" {
		t.Errorf("literals of none: %s", got)
	}
}
