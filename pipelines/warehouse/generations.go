package warehouse

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"insideout/pipelines/place"
)

// Keep says which generations stay when a new one is published: the newest ones, and every one that is not older than the newest by
// more than For. The age is measured against the newest generation and not against a clock, so a company that stops publishing does not
// lose what it has. The one that is published always stays.
type Keep struct {
	Newest int           // 0: that of Defaults: the newest, and those that a reader may still be about to open
	For    time.Duration // 0: age does not matter
}

// Generation is one warehouse that was published and is still there.
type Generation struct {
	Name    string    `json:"name"` // that of the file without its ending, such as gen-20250301T101500Z-3b0b81
	File    string    `json:"file"`
	Bytes   int64     `json:"bytes"`
	Made    time.Time `json:"made"`      // UTC
	Current bool      `json:"published"` // the link warehouse.duckdb shows to it
}

// Generations lists what is in the folder, newest first. A folder that is not there has none.
func Generations(outDir string) ([]Generation, error) {
	files, err := filepath.Glob(filepath.Join(escapeGlob(outDir), "gen-*.duckdb"))
	if err != nil {
		return nil, err
	}
	current, err := os.Readlink(filepath.Join(outDir, Link))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("generations: %w", err)
	}
	var out []Generation
	for _, file := range files {
		st, err := os.Lstat(file)
		if err != nil || !st.Mode().IsRegular() {
			continue
		}
		base := filepath.Base(file)
		out = append(out, Generation{strings.TrimSuffix(base, ".duckdb"), file, st.Size(), st.ModTime().UTC(), base == current})
	}
	slices.SortFunc(out, func(a, b Generation) int {
		if c := b.Made.Compare(a.Made); c != 0 {
			return c
		}
		return strings.Compare(b.Name, a.Name)
	})
	return out, nil
}

// Show lets the link warehouse.duckdb show to a generation that is there. Whoever has another one open keeps it.
func Show(outDir string, g Generation) error {
	if err := place.Link(filepath.Join(outDir, Link), filepath.Base(g.File)); err != nil {
		return fmt.Errorf("show %s: %w", g.Name, err)
	}
	return nil
}

// prune removes the generations that need not be kept, never the published one. An open file survives its removal.
func prune(dir string, keep Keep, least int) error {
	all, err := Generations(dir)
	if err != nil {
		return err
	}
	for i, g := range all {
		young := keep.For > 0 && all[0].Made.Sub(g.Made) <= keep.For
		if g.Current {
			continue
		}
		if i < keep.Newest || young {
			// One that cannot be read says nothing of anybody.
			if n, err := MinGroup(g.File); err != nil || n >= least {
				continue
			}
		}
		if err := os.Remove(g.File); err != nil {
			return err
		}
	}
	return nil
}

// escapeGlob makes a path mean itself where a pattern is expected.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// MinGroup is the smallest number of employees behind a number of the generation.
func MinGroup(file string) (n int, err error) {
	db, err := OpenReadOnly(file)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	if err := db.QueryRow("select min_group from dim_run").Scan(&n); err != nil {
		return 0, fmt.Errorf("read the minimum group of %s: %w", file, err)
	}
	return n, nil
}
