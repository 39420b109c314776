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

// write copies what is published into a new database, sorted by key and with every comment, and closes it, so that no
// write-ahead log remains.
func (w *Workshop) write(ctx context.Context, file string) (err error) {
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := w.results(ctx); err != nil {
		return err
	}
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	run := func(statement string) {
		if err == nil {
			if _, err = conn.ExecContext(ctx, statement); err != nil {
				err = fmt.Errorf("%.80s: %w", statement, err)
			}
		}
	}
	run("attach " + literal(file) + " as draft")
	if err != nil {
		return err
	}
	defer func() {
		if _, detaching := conn.ExecContext(context.WithoutCancel(ctx), "detach draft"); err == nil {
			err = detaching
		}
	}()
	run("begin transaction") // one write to the disk, not one a comment
	for _, r := range w.published() {
		order := ""
		if len(r.Key) > 0 {
			order = " order by " + idents(r.keyNames())
		}
		// One statement more costs more than what it does, so all that belongs to a table goes to the engine at once.
		var text strings.Builder
		fmt.Fprintf(&text, "create table draft.main.%[1]s as select * from %[1]s%[2]s;", ident(r.Name), order)
		about := r.Grain + "."
		if len(r.Key) > 0 {
			about += " Key: " + strings.Join(r.keyNames(), ", ") + "."
		}
		fmt.Fprintf(&text, "\ncomment on table draft.main.%s is %s;", ident(r.Name), literal(about+" "+r.Why))
		for _, c := range r.Columns {
			fmt.Fprintf(&text, "\ncomment on column draft.main.%s.%s is %s;", ident(r.Name), ident(c.Name), literal(c.Doc))
		}
		run(text.String())
	}
	run("commit")
	run("checkpoint draft")
	return err
}
