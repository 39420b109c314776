package warehouse

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"insideout/models"
)

// Rule is a check of a project's own, beside those of 90_checks. Exactly one of SQL, Rows, Fresh, Unique and Valid is set. SQL returns
// the rows that must not be; it may read the datasets about customers, the relations of that side, what is released, and the marts, in an engine
// that holds nothing else. The other kinds need no SQL; they work on any dataset, and of employees' datasets they only count.
type Rule struct {
	Name     string `yaml:"name"`
	Severity string `yaml:"severity"` // stop or warn
	Why      string `yaml:"why"`      // why it matters; shown with what was found
	Fix      string `yaml:"fix"`      // what to do

	SQL    string      `yaml:"sql"`
	Rows   *RowsRule   `yaml:"rows"`
	Fresh  *FreshRule  `yaml:"fresh"`
	Unique *UniqueRule `yaml:"unique"`
	Valid  *ValidRule  `yaml:"valid"`
}

// RowsRule holds the number of rows of a dataset between two bounds.
type RowsRule struct {
	Of      string `yaml:"of"`
	AtLeast *int64 `yaml:"at_least"`
	AtMost  *int64 `yaml:"at_most"`
}

// FreshRule wants the latest event of a dataset within so many hours before the latest row of any dataset came in: no clock is asked, so
// that the same data give the same result.
type FreshRule struct {
	Of    string `yaml:"of"`
	Hours int    `yaml:"hours"`
}

// UniqueRule finds rows of a dataset that share the values of fields, as they were delivered.
type UniqueRule struct {
	Of string   `yaml:"of"`
	By []string `yaml:"by"`
}

// ValidRule finds rows with values that a field must not have. Rows of contacts are taken after their versions are merged.
type ValidRule struct {
	Of      string   `yaml:"of"`
	Field   string   `yaml:"field"`
	In      []string `yaml:"in"`       // the values that it may have, as text; empty: any
	AtLeast *float64 `yaml:"at_least"` // for numbers
	AtMost  *float64 `yaml:"at_most"`
	Missing bool     `yaml:"missing"` // it may be missing
}

// RuleProblem is something wrong with a rule.
type RuleProblem struct{ Path, Message, Hint string }

var ruleName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// validSources are where rules about values look: each fact once.
var validSources = map[string]string{
	"feedback": "stg_feedback", "contacts": "int_contacts__merged", "behaviours": "stg_behaviours", "teams": "stg_teams", "events": "stg_events", "crosswalk": "stg_crosswalk",
}

// CheckRules reports what is wrong with rules by their form. What is wrong with their SQL is found by CheckSQL.
func CheckRules(rules []Rule) (problems []RuleProblem) {
	seen := map[string]bool{}
	for _, e := range Dictionary() {
		seen[e.Name], seen["key_of_"+e.Name] = true, true
	}
	for i, r := range rules {
		fail := func(field, message, hint string) {
			path := fmt.Sprintf("[%d]", i)
			if field != "" {
				path += "." + field
			}
			problems = append(problems, RuleProblem{path, message, hint})
		}
		switch {
		case !ruleName.MatchString(r.Name):
			fail("name", fmt.Sprintf("%q is no name", r.Name), "lower-case letters, digits and _, a letter first")
		case seen[r.Name]:
			fail("name", fmt.Sprintf("%q is the name of another check or relation", r.Name), "choose another")
		}
		seen[r.Name] = true
		if r.Severity != Stop && r.Severity != Warn {
			fail("severity", fmt.Sprintf("severity %q", r.Severity), "stop: nothing is published; warn: it is said in the report")
		}
		if r.Why == "" {
			fail("why", "is missing", "one sentence that whoever reads the report understands")
		}
		kinds := 0
		for _, set := range []bool{strings.TrimSpace(r.SQL) != "", r.Rows != nil, r.Fresh != nil, r.Unique != nil, r.Valid != nil} {
			if set {
				kinds++
			}
		}
		if kinds != 1 {
			fail("", fmt.Sprintf("%d of sql, rows, fresh, unique and valid are set", kinds), "write one of them")
			continue
		}
		r.form(fail)
	}
	return problems
}

func (r *Rule) form(fail func(field, message, hint string)) {
	dataset := func(kind, name string) *models.Schema {
		s := models.Dataset(name)
		if s == nil {
			fail(kind+".of", fmt.Sprintf("there is no dataset %q", name), "one of "+strings.Join(datasets(), ", "))
		}
		return s
	}
	field := func(s *models.Schema, path, name string) int {
		i := -1
		if s != nil {
			if i = s.Field(name); i < 0 {
				fail(path, fmt.Sprintf("%s has no field %q", s.Name, name), "see the list of datasets and fields")
			}
		}
		return i
	}
	switch {
	case r.Rows != nil:
		dataset("rows", r.Rows.Of)
		if r.Rows.AtLeast == nil && r.Rows.AtMost == nil {
			fail("rows", "no bound is set", "at_least, at_most or both")
		}
	case r.Fresh != nil:
		if s := dataset("fresh", r.Fresh.Of); s != nil && s.Time == "" {
			fail("fresh.of", s.Name+" has no time of its events", "take a dataset of events, such as contacts")
		}
		if r.Fresh.Hours < 1 {
			fail("fresh.hours", fmt.Sprintf("%d hours", r.Fresh.Hours), "at least 1")
		}
	case r.Unique != nil:
		s := dataset("unique", r.Unique.Of)
		if len(r.Unique.By) == 0 {
			fail("unique.by", "no field is named", "the fields that no two rows share, such as [contact_id, updated_at]")
		}
		for i, name := range r.Unique.By {
			field(s, fmt.Sprintf("unique.by[%d]", i), name)
		}
	case r.Valid != nil:
		if s := dataset("valid", r.Valid.Of); s != nil && validSources[s.Name] == "" {
			fail("valid.of", "values of "+s.Name+" are not looked at: a count of them could be about one employee", "one of behaviours, contacts, crosswalk, events, feedback, teams")
		} else if i := field(s, "valid.field", r.Valid.Field); i >= 0 {
			switch f := s.Fields[i]; {
			case slices.Contains(hiddenColumns, f.Name) || f.Name == "attributes":
				fail("valid.field", f.Name+" is not looked at", "it is about a person, or anything at all")
			case (r.Valid.AtLeast != nil || r.Valid.AtMost != nil) && f.Kind != models.Int && f.Kind != models.Real:
				fail("valid.field", f.Name+" is no number", "bounds are for numbers")
			}
		}
	}
}

func datasets() []string {
	var out []string
	for _, s := range models.Datasets() {
		out = append(out, s.Name)
	}
	slices.Sort(out)
	return out
}

// query is the SELECT of a rule without SQL of its own, over the workshop; shows says whether its rows may be shown.
func (r *Rule) query() (text string, shows bool) {
	customers := func(dataset string) bool { return models.Dataset(dataset).Side == models.Outside }
	switch {
	case r.Rows != nil:
		var bad []string
		if r.Rows.AtLeast != nil {
			bad = append(bad, fmt.Sprintf("n < %d", *r.Rows.AtLeast))
		}
		if r.Rows.AtMost != nil {
			bad = append(bad, fmt.Sprintf("n > %d", *r.Rows.AtMost))
		}
		return fmt.Sprintf("select n as row_count from (select count(*) as n from raw_%s) as c where %s", r.Rows.Of, strings.Join(bad, " or ")), true
	case r.Fresh != nil:
		s := models.Dataset(r.Fresh.Of)
		var loaded []string
		for _, d := range models.Datasets() {
			loaded = append(loaded, "select max("+models.ColIngested+") as moment from raw_"+d.Name)
		}
		return fmt.Sprintf("select e.moment as latest_event, l.moment as latest_load from (select max(%s) as moment from raw_%s) as e cross join (select max(moment) as moment from (%s) as d) as l where e.moment is null or e.moment < l.moment - to_hours(%d)",
			ident(s.Time), s.Name, strings.Join(loaded, " union all "), r.Fresh.Hours), true
	case r.Unique != nil:
		by := idents(r.Unique.By)
		return fmt.Sprintf("select %s, count(*) as row_count from raw_%s group by %s having count(*) > 1 order by %s", by, r.Unique.Of, by, by), customers(r.Unique.Of)
	}
	v := r.Valid
	name := ident(v.Field)
	var bad []string
	if !v.Missing {
		bad = append(bad, name+" is null")
	}
	if len(v.In) > 0 {
		bad = append(bad, fmt.Sprintf("not list_contains(%s, cast(%s as varchar))", literals(v.In), name))
	}
	if v.AtLeast != nil {
		bad = append(bad, fmt.Sprintf("%s < cast(%g as double)", name, *v.AtLeast))
	}
	if v.AtMost != nil {
		bad = append(bad, fmt.Sprintf("%s > cast(%g as double)", name, *v.AtMost))
	}
	if len(bad) == 0 {
		bad = []string{"false"}
	}
	return fmt.Sprintf("select %[1]s, count(*) as row_count from %[2]s where %[3]s group by %[1]s order by %[1]s", name, validSources[v.Of], strings.Join(bad, " or ")), true
}

// rules runs the project's own checks and adds what they found.
func (w *Workshop) rules(ctx context.Context) (err error) {
	var needed []string
	for i := range w.in.Rules {
		if r := &w.in.Rules[i]; r.SQL != "" {
			read, err := w.mayRead(ctx, r.SQL, true)
			if err != nil {
				return &RuleError{r.Name, err}
			}
			needed = append(needed, read...)
		}
	}
	own := w.db
	if len(needed) > 0 {
		slices.Sort(needed)
		s, err := w.sandbox(ctx, slices.Compact(needed))
		if err != nil {
			return fmt.Errorf("checks of the configuration: %w", err)
		}
		defer func() {
			if closing := s.close(); err == nil {
				err = closing
			}
		}()
		own = s.db
	}
	for i := range w.in.Rules {
		r := &w.in.Rules[i]
		db, text, shows := own, r.SQL, true
		if r.SQL == "" {
			db = w.db
			text, shows = r.query()
		}
		result, err := r.run(ctx, db, text, shows)
		if err != nil {
			return &RuleError{r.Name, err}
		}
		w.checks = append(w.checks, result)
	}
	return nil
}

// RuleError is a check of the configuration that cannot be run.
type RuleError struct {
	Rule string
	Err  error
}

func (e *RuleError) Error() string {
	return fmt.Sprintf("check %s: %v -> correct it in the configuration; insideout validate tries it", e.Rule, e.Err)
}
func (e *RuleError) Unwrap() error { return e.Err }

// run counts the rows that must not be. A row that says how many it stands for counts for so many.
func (r *Rule) run(ctx context.Context, db *sql.DB, text string, shows bool) (CheckResult, error) {
	result := CheckResult{Name: r.Name, Severity: r.Severity, Text: r.Why, Fix: r.Fix}
	rows, err := db.QueryContext(ctx, text)
	if err != nil {
		return result, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return result, err
	}
	counts := -1
	if r.Unique != nil || r.Valid != nil {
		counts = len(names) - 1
	}
	for rows.Next() {
		values, targets := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return result, err
		}
		n := int64(1)
		if counts >= 0 {
			n = values[counts].(int64)
		}
		if r.Unique != nil {
			n-- // all but one of them
		}
		result.Rows += n
		if !shows || len(result.Sample) == samples {
			continue
		}
		var line []string
		for i, v := range values {
			line = append(line, names[i]+" "+show(v))
		}
		result.Sample = append(result.Sample, strings.Join(line, ", "))
	}
	return result, rows.Err()
}
