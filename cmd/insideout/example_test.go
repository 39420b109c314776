package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"insideout/pipelines/report"
	"insideout/pipelines/warehouse"
)

// sharedData is the folder with the published data of the examples, which are no part of this repository. Without it the
// test is skipped aloud.
func sharedData(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("INSIDEOUT_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	dir, err := filepath.Abs(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: the published data are not here (%v); name their folder with INSIDEOUT_SHARED", err)
	}
	return dir
}

// example copies an example of testdata into a folder of its own, with the data beside it, and returns the configuration.
func example(t *testing.T, name, data string) string {
	t.Helper()
	dir := t.TempDir()
	files, err := os.ReadDir(filepath.Join("../../testdata/examples", name))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join("../../testdata/examples", name, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name()), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(data, filepath.Join(dir, "data")); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "insideout.yaml")
}

// expected reads the figures that the example's expected.py worked out with pandas.
func expected(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../testdata/examples", name, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

// insideout runs the command in this process and wants its exit code; it returns what it printed.
func insideout(t *testing.T, code int, args ...string) string {
	t.Helper()
	var out, err bytes.Buffer
	if got := Main(context.Background(), args, nil, &out, &err); got != code {
		t.Fatalf("insideout %v: exit code %d, want %d\n%s%s", args, got, code, out.String(), err.String())
	}
	return out.String()
}

// readReport reads the published report of a configuration.
func readReport(t *testing.T, config string) *report.Report {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(filepath.Dir(config), "out", "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	r := new(report.Report)
	if err := json.Unmarshal(b, r); err != nil {
		t.Fatal(err)
	}
	return r
}

// openWarehouse opens the published warehouse of a configuration.
func openWarehouse(t *testing.T, config string) *sql.DB {
	t.Helper()
	db, err := warehouse.OpenReadOnly(filepath.Join(filepath.Dir(config), "out", "warehouse.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// integers runs a query that gives one row of whole numbers.
func integers(t *testing.T, db *sql.DB, n int, query string, args ...any) []int64 {
	t.Helper()
	got, to := make([]int64, n), make([]any, n)
	for i := range got {
		to[i] = &got[i]
	}
	if err := db.QueryRow(query, args...).Scan(to...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return got
}
