package warehouse

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"insideout/models"
	sqlfiles "insideout/sql"
)

// sandbox is an engine of its own for SQL that a project writes: custom metrics and checks. What such SQL may read is not a matter of
// reading it well: the engine holds a copy of the relations that may be read, without the columns that single out an employee, opened
// read-only, and can open no other file, load no extension and change no setting. Employees' rows and cells are not in it.
//
// It works on one thread over rows in the order of their keys, so that a sum of doubles is the same each time.
type sandbox struct {
	db  *sql.DB
	dir string
}

// hiddenColumns are left out of every copy: who among the employees it was, and customers' own words, which may name them.
var hiddenColumns = []string{"agent", "asked_agent", "person", "comment"}

// openRelations lists what a project's SQL may read: the lake's datasets about customers, the relations of that side, the catalogue and the run, and
// what the release step lets out; checks the marts too, custom metrics not, because the marts are made of them.
func (w *Workshop) openRelations(withMarts bool) []string {
	out := []string{"raw_run"}
	for _, s := range models.Datasets() {
		if s.Side == models.Outside {
			out = append(out, "raw_"+s.Name)
		}
	}
	out = append(out, "stg_teams", "stg_events", "stg_crosswalk", "cat_metric", "cat_dimension", "cat_item")
	out = append(out, outsideInputs...)
	for _, r := range w.relations {
		switch {
		case r.Layer == marts && withMarts, r.Layer < marts && r.Side == "outside" && r.Name != "stg_arrivals" && r.Name != "int_arrivals__placed":
			out = append(out, r.Name)
		case r.isCell():
			out = append(out, "rel_"+strings.TrimPrefix(r.Name, "cell_"))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// mayRead checks one SELECT of a project: what it reads, and that it says the same each time. It returns what it reads.
func (w *Workshop) mayRead(ctx context.Context, query string, withMarts bool) ([]string, error) {
	read, err := reads(ctx, w.db, query)
	if err != nil {
		return nil, fmt.Errorf("it is no single SELECT: %w", err)
	}
	open := w.openRelations(withMarts)
	for _, name := range read {
		if !slices.Contains(open, name) {
			return nil, fmt.Errorf("it reads %s; open to it are %s", name, strings.Join(open, ", "))
		}
	}
	return read, w.steady(ctx, query)
}

// steady refuses functions that give another result each time, or look at the clock.
func (w *Workshop) steady(ctx context.Context, query string) error {
	var text string
	if err := w.db.QueryRowContext(ctx, "select cast(json_serialize_sql(cast(? as varchar)) as varchar)", query).Scan(&text); err != nil {
		return err
	}
	var tree any
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return fmt.Errorf("parse tree: %w", err)
	}
	unsteady, err := pairs(ctx, w.db, "select distinct function_name, '' from duckdb_functions() where stability in ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')")
	if err != nil {
		return err
	}
	for _, name := range []string{"current_date", "current_timestamp", "current_time", "localtime", "localtimestamp", "get_current_timestamp", "get_current_time"} {
		unsteady[name] = ""
	}
	var bad string
	var look func(node any)
	look = func(node any) {
		switch n := node.(type) {
		case []any:
			for _, child := range n {
				look(child)
			}
		case map[string]any:
			if name, ok := n["function_name"].(string); ok {
				if _, found := unsteady[strings.ToLower(name)]; found {
					bad = name
				}
			}
			if names, ok := n["column_names"].([]any); ok && len(names) == 1 {
				if name, ok := names[0].(string); ok && strings.HasPrefix(strings.ToLower(name), "current_") {
					if _, found := unsteady[strings.ToLower(name)]; found {
						bad = name
					}
				}
			}
			if n["sample"] != nil {
				bad = "a sample"
			}
			for _, child := range n {
				look(child)
			}
		}
	}
	look(tree)
	if bad != "" {
		return fmt.Errorf("%s gives another result each time, and the same data are to give the same numbers", bad)
	}
	return nil
}

// sandbox copies relations and locks them in.
func (w *Workshop) sandbox(ctx context.Context, relations []string) (_ *sandbox, err error) {
	dir, err := os.MkdirTemp(w.in.Dir, "sandbox-")
	if err != nil {
		return nil, err
	}
	s := &sandbox{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	file := filepath.Join(dir, "open.duckdb")
	if err := withMacros(ctx, file); err != nil {
		return nil, err
	}
	if err := w.copyInto(ctx, file, relations); err != nil {
		return nil, err
	}
	connector, err := duckdb.NewConnector(file+"?access_mode=read_only", nil)
	if err != nil {
		return nil, err
	}
	s.db = sql.OpenDB(connector)
	for _, statement := range []string{
		"set global TimeZone = 'UTC'",
		"set threads = 1",
		fmt.Sprintf("set memory_limit = '%dMiB'", w.in.MemoryMB),
		"set temp_directory = " + literal(filepath.Join(dir, "spill")),
		"set autoinstall_known_extensions = false",
		"set autoload_known_extensions = false",
		"set enable_external_access = false",
		"set lock_configuration = true",
	} {
		if _, err := s.db.ExecContext(ctx, statement); err != nil {
			return nil, fmt.Errorf("open the sandbox: %s: %w", statement, err)
		}
	}
	return s, nil
}

// withMacros makes a database with the functions that relations call, so that a project's SQL can call them too.
func withMacros(ctx context.Context, file string) (err error) {
	connector, err := duckdb.NewConnector(file, nil)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer func() { err = errors.Join(err, db.Close()) }()
	return createMacros(ctx, db, sqlfiles.Files)
}

func (w *Workshop) copyInto(ctx context.Context, file string, relations []string) (err error) {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "attach "+literal(file)+" as sandbox"); err != nil {
		return err
	}
	defer func() {
		_, detaching := conn.ExecContext(context.WithoutCancel(ctx), "detach sandbox")
		err = errors.Join(err, detaching)
	}()
	byName := w.byName()
	for _, name := range relations {
		columns, err := describe(ctx, w.db, "select * from "+ident(name))
		if err != nil {
			return err
		}
		var list []string
		for _, c := range columns {
			if !slices.Contains(hiddenColumns, c.name) {
				list = append(list, ident(c.name))
			}
		}
		order := strings.Join(list, ", ")
		if r := byName[cellOf(name)]; r != nil && len(r.Key) > 0 {
			order = idents(r.keyNames())
		} else if strings.HasPrefix(name, "raw_") && models.Dataset(name[4:]) != nil {
			order = idents([]string{models.ColSource, models.ColStream, models.ColPosition}) + ", " + order
		}
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("create table sandbox.main.%s as select %s from %s order by %s", ident(name), strings.Join(list, ", "), ident(name), order)); err != nil {
			return fmt.Errorf("copy %s: %w", name, err)
		}
	}
	return nil
}

// close shuts the engine and wipes the copies.
func (s *sandbox) close() error {
	var err error
	if s.db != nil {
		err = s.db.Close()
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}
