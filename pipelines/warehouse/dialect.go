package warehouse

import "slices"

// notPortable are words that other engines lack or read otherwise, or that would make a result depend on more than its
// input. What several engines do in different ways is a macro.
var notPortable = map[string]string{
	"exclude": "list the columns", "qualify": "filter in a sub-query", "asof": "join on the interval", "pivot": "columns would depend on rows",
	"unpivot": "write a union", "ilike": "lower(x) like", "listagg": "", "string_agg": "", "unnest": "nested types are flattened in the lake",
	"md5": "keys are made in Go", "hash": "keys are made in Go", "sample": "", "approx_quantile": "it varies from run to run",
	"approx_count_distinct": "count(distinct x)", "positional": "", "natural": "name the columns", "lateral": "",
	"now": "times come from raw_run", "today": "times come from raw_run", "current_date": "times come from raw_run",
	"current_timestamp": "times come from raw_run", "random": "", "uuid": "", "gen_random_uuid": "",
	"read_parquet": "files come as raw_ relations", "read_csv": "files come as raw_ relations", "read_json": "files come as raw_ relations",
	"parquet_scan": "files come as raw_ relations", "glob": "files come as raw_ relations", "avg": "sum exactly and divide last with safe_div",
	"mean": "sum exactly and divide last with safe_div", "stddev": "squares_about_mean", "stddev_samp": "squares_about_mean", "variance": "squares_about_mean",
	"date_diff": "days_between", "max_by": "latest_known", "arg_max": "latest_known",
}

// lintDialect holds a query to the part of SQL that ports.
func lintDialect(r *Relation) (problems []Problem) {
	ts := tokens(r.Query)
	fail := func(t token, message, hint string) {
		problems = append(problems, Problem{r.File, r.line + t.line - 1, message, hint})
	}
	at := func(i int) string {
		if i < 0 || i >= len(ts) {
			return ""
		}
		return ts[i].text
	}
	if len(ts) == 0 || !slices.Contains([]string{"select", "with"}, at(0)) {
		problems = append(problems, Problem{r.File, r.line, "a relation is one SELECT", ""})
	}
	for i, t := range ts {
		switch t.kind {
		case 'q':
			fail(t, "quoted name "+t.text, "use lower_snake_case")
		case 'w':
			hint, bad := notPortable[t.text]
			// a word after a dot or "as" is a column's name
			if bad && at(i-1) != "." && at(i-1) != "as" && (t.text != "mean" && t.text != "variance" && t.text != "hash" && t.text != "sample" || at(i+1) == "(") {
				fail(t, t.text+" is not used here", hint)
			}
			if t.text == "all" && at(i-1) == "by" {
				fail(t, "group by all is not used here", "list the columns")
			}
			if t.text == "select" && at(i+1) == "*" || t.text == "distinct" && at(i-1) == "select" && at(i+1) == "*" {
				fail(t, "select * is not used here", "list the columns")
			}
			if t.text == "by" && i+1 < len(ts) && ts[i+1].kind == 'n' {
				fail(ts[i+1], at(i-1)+" by position", "name the column")
			}
			if t.text == "by" && at(i-1) == "order" {
				for _, bad := range ordersWithoutNulls(ts[i+1:]) {
					fail(bad, "order by does not say where nulls go", "add asc nulls last, or the like")
				}
			}
		case 'p':
			switch t.text {
			case "/", "//":
				fail(t, "a division by sign", "use safe_div(a, b)")
			case "::":
				fail(t, "a cast by ::", "cast(x as type)")
			case ";":
				fail(t, "a semicolon", "a relation is one SELECT")
			case "[", "{", "->":
				fail(t, "lists, structs and lambdas are not used here", "")
			case "*":
				if at(i-1) == "." {
					fail(t, "select * is not used here", "list the columns")
				}
			}
		}
	}
	return problems
}

// ordersWithoutNulls returns the first token of each item of an ORDER BY that does not end in nulls first or last.
func ordersWithoutNulls(ts []token) (bad []token) {
	depth, start := 0, 0
	end := func(i int) {
		if i > start && !(i-start >= 3 && ts[i-2].text == "nulls" && (ts[i-1].text == "last" || ts[i-1].text == "first")) {
			bad = append(bad, ts[start])
		}
		start = i + 1
	}
	for i, t := range ts {
		switch {
		case t.text == "(":
			depth++
		case t.text == ")" && depth == 0,
			depth == 0 && slices.Contains([]string{"rows", "range", "limit", "union"}, t.text):
			end(i)
			return bad
		case t.text == ")":
			depth--
		case t.text == "," && depth == 0:
			end(i)
		}
	}
	end(len(ts))
	return bad
}
