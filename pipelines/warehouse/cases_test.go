package warehouse

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	sqlfiles "insideout/sql"
)

var update = flag.Bool("update", false, "write the expected part of sql/cases")

// TestCases runs every sql/cases/<relation>.<case>.txtar: the relation alone, over the rows that the case gives. A section is
// named for a relation that is read and holds its rows as CSV with a header; columns that are left out are null, the
// word null is null. A relation without a section is empty, but for the catalogue and raw_run, which are the built-in one and
// a run by weeks in UTC. Section want holds every row, sorted by key. The comment on top shows the work behind its numbers.
func TestCases(t *testing.T) {
	relations, problems := loadRelations(sqlfiles.Files)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	template, err := empty(t.Context(), sqlfiles.Files, relations)
	if err != nil {
		t.Fatal(err)
	}
	defer template.Close()
	byName := map[string]*Relation{}
	for _, r := range relations {
		byName[r.Name] = r
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // the schema searched belongs to a connection
	if err := createMacros(t.Context(), db, sqlfiles.Files); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../sql/cases/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]bool{}
	for i, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		r := byName[strings.Split(name, ".")[0]]
		if r == nil {
			t.Errorf("%s: no relation of that name", file)
			continue
		}
		tested[r.Name] = true
		t.Run(name, func(t *testing.T) {
			c := caseRun{db: db, template: template, relation: r, schema: fmt.Sprintf("case_%d", i)}
			c.run(t, file)
		})
	}
	for _, r := range relations {
		if !tested[r.Name] {
			t.Errorf("sql/%s has no case in sql/cases", r.File)
		}
	}
}

type caseRun struct {
	db       *sql.DB
	template *Workshop
	relation *Relation
	schema   string
}

func (c *caseRun) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return c.db.QueryContext(ctx, query, args...)
}

func (c *caseRun) run(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	defer c.given(t, archive)()
	if _, err := c.db.Exec(fmt.Sprintf("create table %s.result as %s", c.schema, c.relation.Query)); err != nil {
		t.Fatal(err)
	}
	if result, err := checkKey(t.Context(), c.db, c.relation, "result"); err != nil || result.Rows > 0 {
		t.Errorf("key: %d rows, %v", result.Rows, err)
	}
	c.compare(t, file, archive)
}

// given makes a schema with what the case gives, and returns what takes it away.
func (c *caseRun) given(t *testing.T, archive *txtar.Archive) (end func()) {
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := c.db.Exec(statement, args...); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	exec("create schema " + c.schema)
	exec("set search_path = '" + c.schema + ",main'")
	sections := map[string][]byte{}
	for _, f := range archive.Files {
		sections[f.Name] = f.Data
	}
	for _, up := range c.relation.Reads {
		columns, err := describe(t.Context(), c.template.db, "select * from "+up)
		if err != nil {
			t.Fatal(err)
		}
		types := map[string]string{}
		var definition []string
		for _, col := range columns {
			types[col.name] = col.typ
			definition = append(definition, ident(col.name)+" "+col.typ)
		}
		exec(fmt.Sprintf("create table %s.%s (%s)", c.schema, up, strings.Join(definition, ", ")))
		data, given := sections[up]
		delete(sections, up)
		if !given && (strings.HasPrefix(up, "cat_") || up == "raw_run") || up == "raw_run" {
			c.copy(t, up, columns)
		}
		if !given {
			continue
		}
		header, rows := c.rows(t, data)
		for _, h := range header {
			if types[h] == "" {
				t.Fatalf("%s has no column %s", up, h)
			}
		}
		for _, row := range rows {
			if up == "raw_run" {
				for i, h := range header {
					exec(fmt.Sprintf("update %s.raw_run set %s = cast(? as %s)", c.schema, h, types[h]), row[i])
				}
				continue
			}
			marks := make([]string, len(header))
			for i, h := range header {
				marks[i] = "cast(? as " + types[h] + ")"
			}
			exec(fmt.Sprintf("insert into %s.%s (%s) values (%s)", c.schema, up, idents(header), strings.Join(marks, ", ")), row...)
		}
	}
	delete(sections, "want")
	for name := range sections {
		t.Errorf("section %s: %s does not read it", name, c.relation.Name)
	}
	return func() { exec("drop schema " + c.schema + " cascade") }
}

// copy fills a table of the case with the rows of the template.
func (c *caseRun) copy(t *testing.T, name string, columns []typed) {
	rows, err := c.template.db.Query("select * from " + name)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		values := make([]any, len(columns))
		targets := make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
		if _, err := c.db.Exec(fmt.Sprintf("insert into %s.%s values (%s)", c.schema, name, marks), values...); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func (c *caseRun) rows(t *testing.T, data []byte) (header []string, rows [][]any) {
	r := csv.NewReader(bytes.NewReader(data))
	r.TrimLeadingSpace = true
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, record := range records {
		row := make([]any, len(record))
		for j, v := range record {
			v = strings.TrimSpace(v)
			record[j] = v
			if row[j] = v; v == "null" {
				row[j] = nil
			}
		}
		if i == 0 {
			header = record
		} else {
			rows = append(rows, row)
		}
	}
	return header, rows
}

func (c *caseRun) compare(t *testing.T, file string, archive *txtar.Archive) {
	got := c.got(t)
	for i, f := range archive.Files {
		if f.Name != "want" {
			continue
		}
		if *update {
			archive.Files[i].Data = []byte(got)
			if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		if diff := cmp.Diff(lines(string(f.Data)), lines(got)); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
		return
	}
	t.Error("no section want")
}

// got is the result as CSV, sorted by key.
func (c *caseRun) got(t *testing.T) string {
	columns, err := describe(t.Context(), c.db, "select * from result")
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(columns))
	for i, col := range columns {
		names[i] = col.name
	}
	order := ""
	if len(c.relation.Key) > 0 {
		var by []string
		for _, k := range c.relation.keyNames() {
			by = append(by, ident(k)+" asc nulls last")
		}
		order = " order by " + strings.Join(by, ", ")
	}
	got := strings.Join(names, ", ") + "\n"
	for _, line := range tableOf(t, c, "select * from result"+order) {
		got += line + "\n"
	}
	return got
}

// lines takes the layout out of CSV: blanks that only align columns.
func lines(text string) []string {
	var out []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		parts := strings.Split(line, ",")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		out = append(out, strings.Join(parts, ", "))
	}
	return out
}
