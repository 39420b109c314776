package warehouse

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// engine opens an in-memory DuckDB that can read the given files and work in the given folders, the first of which it
// spills to, and nothing else.
func engine(ctx context.Context, dirs, files []string, threads, memoryMB int) (*sql.DB, error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, fmt.Errorf("open the workshop: %w", err)
	}
	db := sql.OpenDB(connector)
	spill := filepath.Join(dirs[0], "spill")
	folders := make([]string, len(dirs))
	for i, dir := range dirs {
		folders[i] = dir + string(filepath.Separator)
	}
	if err := os.MkdirAll(spill, 0o700); err != nil {
		db.Close()
		return nil, fmt.Errorf("open the workshop: %w", err)
	}
	for _, statement := range []string{
		"set global TimeZone = 'UTC'",
		fmt.Sprintf("set threads = %d", threads),
		fmt.Sprintf("set memory_limit = '%dMiB'", memoryMB),
		"set wal_autocheckpoint = '1TiB'", // cache and shelf are made durable once, when they are sealed
		"set temp_directory = " + literal(spill),
		"set autoinstall_known_extensions = false",
		"set autoload_known_extensions = false",
		"set allowed_directories = " + literals(folders),
		"set allowed_paths = " + literals(files),
		"set enable_external_access = false",
		"set lock_configuration = true",
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			db.Close()
			return nil, fmt.Errorf("open the workshop: %s: %w", statement, err)
		}
	}
	return db, nil
}

// createMacros makes the functions that relations call. A macro may call another, so those that are called come first.
func createMacros(ctx context.Context, db *sql.DB, files fs.FS) error {
	names, err := fs.Glob(files, "macros/*.sql")
	if err != nil {
		return err
	}
	text := map[string]string{}
	for _, name := range names {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		text[strings.TrimSuffix(filepath.Base(name), ".sql")] = string(b)
	}
	made := map[string]bool{}
	for len(made) < len(text) {
		before := len(made)
		for _, path := range names {
			name := strings.TrimSuffix(filepath.Base(path), ".sql")
			if made[name] || callsOther(text, name, made) {
				continue
			}
			if _, err := db.ExecContext(ctx, text[name]); err != nil {
				return fmt.Errorf("macro %s: %w", path, err)
			}
			made[name] = true
		}
		if len(made) == before {
			return fmt.Errorf("macros call each other in a circle")
		}
	}
	return nil
}

// callsOther reports whether the macro calls one that is not made yet.
func callsOther(text map[string]string, name string, made map[string]bool) bool {
	for _, t := range tokens(text[name]) {
		if _, isMacro := text[t.text]; isMacro && t.text != name && !made[t.text] {
			return true
		}
	}
	return false
}

// OpenReadOnly opens a published warehouse for queries: it can be read and nothing else can be done, neither to
// it nor to any other file. The generation that is open stays readable while newer ones are published.
func OpenReadOnly(path string) (*sql.DB, error) {
	if strings.ContainsRune(path, '?') {
		return nil, fmt.Errorf("open %s: a path with a question mark cannot be opened", path)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open the warehouse: %w", err)
	}
	connector, err := duckdb.NewConnector(path+"?access_mode=read_only", nil)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db := sql.OpenDB(connector)
	// A process has one engine for a file: where this process has the generation open already, the engine is locked down as below,
	// and refuses to be told again.
	var locked bool
	if err := db.QueryRow("select current_setting('lock_configuration')").Scan(&locked); err != nil {
		db.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if locked {
		return db, nil
	}
	for _, statement := range []string{
		"set global TimeZone = 'UTC'",
		"set autoinstall_known_extensions = false",
		"set autoload_known_extensions = false",
		"set enable_external_access = false",
		"set lock_configuration = true",
	} {
		if _, err := db.Exec(statement); err != nil {
			db.Close()
			return nil, fmt.Errorf("open %s: %s: %w", path, statement, err)
		}
	}
	return db, nil
}
