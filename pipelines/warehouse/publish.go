package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"insideout/pipelines/place"
)

// Link is the name under which the newest generation is opened.
const Link = "warehouse.duckdb"

var generationForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$`)

// ErrStopped says that a stop-check found something, so that nothing is published.
var ErrStopped = errors.New("a check stopped the run: nothing is published")

// Publish writes the marts, the findings and the results of the checks as a new generation gen-<gen>.duckdb in outDir, puts
// panel.parquet beside it, and lets the link warehouse.duckdb point to the new generation. Each step replaces by rename, the last
// one is the link: whoever opens the link sees the generation before or this one, whole. It returns the path of the
// generation. It returns ErrStopped if a stop-check found something. Older generations are removed as Input.Keep says, and those
// that show smaller groups than Input.MinGroup at once.
func (w *Workshop) Publish(ctx context.Context, outDir, gen string) (_ string, err error) {
	defer func() { err = environment(err) }()
	if w.Stopped() {
		return "", ErrStopped
	}
	if !generationForm.MatchString(gen) {
		return "", fmt.Errorf("publish: generation %q is no name for a file", gen)
	}
	link := filepath.Join(outDir, Link)
	if st, err := os.Lstat(link); err == nil && st.Mode()&fs.ModeSymlink == 0 {
		return "", fmt.Errorf("publish: %s is a file and not the link to a generation: move it away first", link)
	}
	if err := os.MkdirAll(outDir, 0o755); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	draft := filepath.Join(w.in.Dir, "draft.duckdb")
	if err := place.Copy(w.shelf(), draft, 0o600); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	if err := w.write(ctx, draft); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	final := filepath.Join(outDir, "gen-"+gen+".duckdb")
	if err := place.Copy(draft, final, 0o644); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	if err := place.Copy(w.PanelFile(), filepath.Join(outDir, "panel.parquet"), 0o644); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	if err := place.Link(link, filepath.Base(final)); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	if err := prune(outDir, w.in.Keep, w.in.MinGroup); err != nil {
		return "", fmt.Errorf("publish: remove old generations: %w", err)
	}
	return final, nil
}

// write adds what is published to a copy of the shelf, sorted by key and with every comment, and closes it, so that no write-ahead
// log remains.
func (w *Workshop) write(ctx context.Context, file string) (err error) {
	if err := w.results(ctx); err != nil {
		return err
	}
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	run := func(step, statement string) {
		defer w.in.step(step)()
		if err == nil {
			if _, err = conn.ExecContext(ctx, statement); err != nil {
				err = fmt.Errorf("%.80s: %w", statement, err)
			}
		}
	}
	if run("publish", attach(file, "draft")); err != nil {
		return err
	}
	defer func() {
		if _, detaching := conn.ExecContext(context.WithoutCancel(ctx), "detach draft"); err == nil {
			err = detaching
		}
	}()
	run("publish", "begin transaction") // one write to the disk, not one a comment
	for _, r := range w.published() {
		if !r.isShelved() {
			run("publish "+r.Name, written(r, "draft.main.", "select * from "+ident(r.Name)))
		}
	}
	run("publish", "commit")
	run("publish", "checkpoint draft")
	return err
}

// written is what makes a published table of a query's rows: sorted by key, with every comment. One statement more costs more than what it
// does, so all that belongs to a table goes to the engine at once.
func written(r *Relation, schema, query string) string {
	name, about := schema+ident(r.Name), r.Grain+"."
	var text strings.Builder
	fmt.Fprintf(&text, "create table %s as\n%s;", name, r.sorted(query))
	if len(r.Key) > 0 {
		about += " Key: " + strings.Join(r.keyNames(), ", ") + "."
	}
	fmt.Fprintf(&text, "\ncomment on table %s is %s;", name, literal(about+" "+r.Why))
	for _, c := range r.Columns {
		fmt.Fprintf(&text, "\ncomment on column %s.%s is %s;", name, ident(c.Name), literal(c.Doc))
	}
	return text.String()
}

// sorted is a query in the order of the relation's key.
func (r *Relation) sorted(query string) string {
	if len(r.Key) == 0 {
		return query
	}
	return "select * from (\n" + query + "\n) as q order by " + idents(r.keyNames())
}

// The shelf is the database file in which marts with a by line are made, with order and comments as they are published: a
// generation begins as a copy of it, so that they are written once, and what did not change since the run before not at all.
const (
	shelf     = "shelf"
	shelfFile = "shelf.duckdb"
)

// shelf is the file of the shelf: with the cache where there is one, else in the workshop.
func (w *Workshop) shelf() string {
	if w.in.CacheDir != "" {
		return filepath.Join(w.in.CacheDir, shelfFile)
	}
	return filepath.Join(w.in.Dir, shelfFile)
}

// isShelved reports whether the relation lies on the shelf.
func (r *Relation) isShelved() bool { return r.Layer == marts && len(r.By) > 0 }

// put makes a mart on the shelf and lets its name stand for it.
func (w *Workshop) put(ctx context.Context, r *Relation) error {
	_, err := w.db.ExecContext(ctx, written(r, shelf+".main.", r.Query)+
		"\ncreate view "+ident(r.Name)+" as select * from "+shelf+".main."+ident(r.Name))
	return err
}

// attach opens a database file that is whole only after a checkpoint: what a run that ends before leaves is never read, so a
// write-ahead log would be written for nobody.
func attach(file, name string) string {
	return "attach " + literal(file) + " as " + name + " (recovery_mode no_wal_writes)"
}
