package warehouse

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"insideout/models"
	sqlfiles "insideout/sql"
)

// cache keeps the relations with a header line `by` from one run to the next, so that a run works on what changed and not on what
// exists. It is a database beside the workshop, for the owner only, and holds customers' side only (Lint). It is a
// convenience: whoever deletes it gets the same rows from a full build.
//
// `by: c` declares that the rows of a relation that share the value c depend, of each relation with a `by` line or dataset that it
// reads, on nothing but the rows that share it too. What changed is then known from the bottom: new files of the lake name
// the values c of their rows; of these the relation is made anew, compared with what was kept, and what really differs names the values
// for the relations above. Where all of these are made in the same groups, nobody asks which rows differ, and the groups are replaced. What
// a set of groups selects of a relation is looked up once, for all who ask for that set or a part of it: to look at a table costs what is in it,
// and not what changed. A late version of a contact so touches the contact, its matter before and after, and the periods that it leaves
// and enters, and nothing else.
//
// When in doubt the cache is made anew as a whole: another program, catalogue or parameter, a file of the lake that is gone, a run that did
// not come to its end. A relation is made anew as a whole when something changed that it reads as a whole (a roster, an owner of a
// touchpoint).
type cache struct {
	w     *Workshop
	file  string
	known map[string]bool // hashes of the lake's files that it rests on

	whole   map[string]bool   // relations that were made anew as a whole in this run
	touched map[string]bool   // relations of which some groups were made anew
	changed map[string]bool   // relations of which some rows differ from those of the run before
	plain   map[string]bool   // those of them that were not compared row by row: all their touched groups count
	sets    map[string]string // table with the touched groups, by relation
	widest  map[string]string // table that holds the groups of all sets before, by the columns that the groups are read from
	prints  map[string]string // content of what is read as a whole
	parts   map[string]string // tables with the rows of a relation in the groups of a set, by both
	suspect bool              // an incremental check found something: the next run starts anew
}

const (
	cacheSchema = "cache.main."
	cacheFile   = "derived.duckdb"
)

// openCache attaches the cache of in.CacheDir, an empty one if there is none to go on from.
func openCache(ctx context.Context, w *Workshop) (*cache, error) {
	c := &cache{
		w: w, file: filepath.Join(w.in.CacheDir, cacheFile), plain: map[string]bool{}, sets: map[string]string{}, widest: map[string]string{}, known: map[string]bool{}, whole: map[string]bool{},
		touched: map[string]bool{}, changed: map[string]bool{}, prints: map[string]string{}, parts: map[string]string{},
	}
	if err := c.exec(ctx, "create schema delta"); err != nil {
		return nil, err
	}
	print, err := c.fingerprint(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(c.file); err == nil && c.resume(ctx, print) {
		// From here on until seal the content is between two states; a run that ends in between leaves the mark.
		return c, c.exec(ctx, "update "+cacheSchema+"state set is_whole = false", "checkpoint cache")
	}
	if err := c.remove(ctx); err != nil {
		return nil, err
	}
	clear(c.known)
	if err := c.exec(ctx,
		attach(c.file, "cache"),
		attach(w.shelf(), shelf),
		"create table "+cacheSchema+"state as select "+literal(print)+" as fingerprint, false as is_whole",
		"create table "+cacheSchema+"files (hash varchar)",
		"create table "+cacheSchema+"prints (relation varchar, fingerprint varchar)",
	); err != nil {
		return nil, fmt.Errorf("make the cache: %w", err)
	}
	return c, errors.Join(os.Chmod(c.file, 0o600), os.Chmod(w.shelf(), 0o600))
}

// resume attaches what is there and reports whether it can be gone on from. Whatever is wrong with it, it is then made anew: it
// holds nothing that is not in the lake.
func (c *cache) resume(ctx context.Context, print string) bool {
	if _, err := os.Stat(c.w.shelf()); err != nil || c.exec(ctx, attach(c.file, "cache"), attach(c.w.shelf(), shelf)) != nil {
		return false
	}
	var fingerprint string
	var isWhole bool
	if c.w.db.QueryRowContext(ctx, "select fingerprint, is_whole from "+cacheSchema+"state").Scan(&fingerprint, &isWhole) != nil {
		return false
	}
	known, err := pairs(ctx, c.w.db, "select hash, '' from "+cacheSchema+"files")
	if err != nil {
		return false
	}
	prints, err := pairs(ctx, c.w.db, "select relation, fingerprint from "+cacheSchema+"prints")
	if err != nil {
		return false
	}
	have := map[string]bool{}
	for _, hash := range c.w.in.Hashes {
		have[hash] = true
	}
	for hash := range known {
		if !have[hash] { // forgotten, or another lake
			return false
		}
		c.known[hash] = true
	}
	c.prints = prints
	return isWhole && fingerprint == print
}

func pairs(ctx context.Context, db *sql.DB, query string) (map[string]string, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			return nil, err
		}
		out[k] = v
	}
	return out, rows.Err()
}

// fingerprint is what decides the content beside the files of the lake: the engine, the relations, the catalogue, the parameters.
func (c *cache) fingerprint(ctx context.Context) (string, error) {
	var engine, run string
	if err := c.w.db.QueryRowContext(ctx, "select version(), (select cast(r as varchar) from raw_run as r)").Scan(&engine, &run); err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{"1", engine, run, sqlfiles.Hash(), c.w.in.Catalog.Hash()}, "\n")))
	return hex.EncodeToString(sum[:]), nil
}

// remove takes the cache away.
func (c *cache) remove(ctx context.Context) error {
	for _, name := range []string{"cache", shelf} {
		_, _ = c.w.db.ExecContext(ctx, "detach "+name) // it may not be attached
	}
	for _, name := range []string{c.file, c.file + ".wal", c.w.shelf(), c.w.shelf() + ".wal"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear the cache: %w", err)
		}
	}
	return nil
}

// seal makes what the run left in the cache count for the next one.
func (c *cache) seal(ctx context.Context) error {
	if c.suspect {
		return nil
	}
	var files, prints []string
	for _, s := range models.Datasets() {
		for _, file := range c.w.in.Files[s.Name] {
			files = append(files, "("+literal(c.w.in.Hashes[file])+")")
		}
	}
	for relation, print := range c.prints {
		prints = append(prints, "("+literal(relation)+", "+literal(print)+")")
	}
	slices.Sort(prints)
	var statements []string
	for _, t := range []struct {
		name string
		rows []string
	}{{"files", files}, {"prints", prints}} {
		statements = append(statements, "delete from "+cacheSchema+t.name)
		if len(t.rows) > 0 {
			statements = append(statements, "insert into "+cacheSchema+t.name+" values "+strings.Join(t.rows, ", "))
		}
	}
	// The mark is the last that is written: before it both files are whole.
	return c.exec(ctx, append(statements, "checkpoint "+shelf, "checkpoint cache", "update "+cacheSchema+"state set is_whole = true", "checkpoint cache")...)
}

func (c *cache) exec(ctx context.Context, statements ...string) error {
	for _, s := range statements {
		if _, err := c.w.db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%.120s: %w", s, err)
		}
	}
	return nil
}

// fresh lists the files of a dataset that the cache does not rest on yet.
func (c *cache) fresh(dataset string) []string {
	return slices.DeleteFunc(slices.Clone(c.w.in.Files[dataset]), func(file string) bool { return c.known[c.w.in.Hashes[file]] })
}
