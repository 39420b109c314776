package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"insideout/models"
	sqlfiles "insideout/sql"
)

// Workshop is a private DuckDB in which the relations of one run have been built. It is safe for concurrent queries; it
// must be closed.
type Workshop struct {
	in        Input
	db        *sql.DB
	relations []*Relation
	cache     *cache // nil: everything is built
	hasShelf  bool   // published tables are made where they are published from
	checks    []CheckResult
}

// RelationError is a relation that could not be built.
type RelationError struct {
	File string // sql/...
	Err  error
}

func (e *RelationError) Error() string { return fmt.Sprintf("sql/%s: %v", e.File, e.Err) }
func (e *RelationError) Unwrap() error { return e.Err }

// Build makes a workshop in in.Dir, which must not exist or be empty. The error names every mistake of the input, or
// is a *RelationError. A workshop whose stop-checks found something is returned without an error: see Stopped.
func Build(ctx context.Context, in Input, release Release) (_ *Workshop, err error) {
	in, err = in.withDefaults()
	if err != nil {
		return nil, err
	}
	relations, problems := loadRelations(sqlfiles.Files)
	if len(problems) > 0 {
		return nil, problems[0]
	}
	if err := claim(in.Dir); err != nil {
		return nil, environment(err)
	}
	w := &Workshop{in: in, relations: relations}
	defer func() {
		if err != nil {
			err = errors.Join(environment(err), w.Close())
		}
	}()
	var files []string
	for _, s := range models.Datasets() {
		files = append(files, in.Files[s.Name]...)
	}
	dirs := []string{in.Dir}
	if in.CacheDir != "" {
		if err := ownerOnly(in.CacheDir); err != nil {
			return nil, err
		}
		dirs = append(dirs, in.CacheDir)
	}
	if w.db, err = engine(ctx, dirs, files, in.Threads, in.MemoryMB); err != nil {
		return nil, err
	}
	if err := w.knowsZone(ctx); err != nil {
		return nil, err
	}
	if err := createMacros(ctx, w.db, sqlfiles.Files); err != nil {
		return nil, err
	}
	for _, s := range models.Datasets() {
		if err := createRaw(ctx, w.db, s, "raw_"+s.Name, in.Files[s.Name], ""); err != nil {
			return nil, err
		}
	}
	if err := w.inputs(ctx); err != nil {
		return nil, err
	}
	if in.CacheDir != "" {
		if w.cache, err = openCache(ctx, w); err != nil {
			return nil, err
		}
	} else if _, err := w.db.ExecContext(ctx, attach(w.shelf(), shelf)); err != nil {
		return nil, err
	}
	w.hasShelf = true
	if err := w.relate(ctx, release); err != nil {
		return nil, err
	}
	if err := w.export(ctx); err != nil {
		return nil, err
	}
	if err := w.columns(ctx); err != nil {
		return nil, err
	}
	if err := w.check(ctx); err != nil {
		return nil, err
	}
	done := in.step("keep")
	defer done()
	if w.cache != nil {
		err = w.cache.seal(ctx)
	} else {
		_, err = w.db.ExecContext(ctx, "checkpoint "+shelf)
	}
	if err != nil {
		return nil, fmt.Errorf("keep what was built: %w", err)
	}
	return w, nil
}

// claim makes the folder of the workshop, for the owner only. A folder with something in it is refused, because
// Close will wipe it.
func claim(dir string) error {
	if err := ownerOnly(dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("make the workshop: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("make the workshop: %s is not empty, and a workshop's folder is wiped in the end: name an empty one", dir)
	}
	return nil
}

// ownerOnly makes a folder that nobody but its owner can look into.
func ownerOnly(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the workshop: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("make the workshop: %w", err)
	}
	return nil
}

// byName finds relations.
func (w *Workshop) byName() map[string]*Relation {
	out := make(map[string]*Relation, len(w.relations))
	for _, r := range w.relations {
		out[r.Name] = r
	}
	return out
}

// knowsZone makes sure that the engine's time zones hold the one that Go's do.
func (w *Workshop) knowsZone(ctx context.Context) error {
	var n int
	err := w.db.QueryRowContext(ctx, "select count(*) from pg_timezone_names() where name = ?", w.in.Zone).Scan(&n)
	if err == nil && n == 0 {
		err = fmt.Errorf("zone %q is not known to the engine: write its usual IANA name", w.in.Zone)
	}
	return err
}

// relate builds all relations but the checks. Those that read rel_*, by way of others or themselves, wait for the release step: it
// decides in waves, each over all cells that rest on what earlier waves released, so that what adds up is decided together. Where an audit
// asks for it, what rests on decisions is taken down and decided again; marts are built once, of what stands in the end.
func (w *Workshop) relate(ctx context.Context, decide Release) error {
	if decide == nil {
		return errors.New("release: no release step was given, so no employee-side number may leave the workshop")
	}
	waves := waves(w.relations)
	last := len(waves) - 1
	if err := w.build(ctx, waves[0]); err != nil {
		return err
	}
	for {
		if err := w.fill(ctx, "raw_verdict", "relation varchar, cell_id bigint, is_shown boolean, reason varchar", nil); err != nil {
			return err
		}
		for i, wave := range waves[:last] {
			if i > 0 {
				if err := w.build(ctx, wave); err != nil {
					return err
				}
			}
			if err := w.release(ctx, cellsOf(wave), decide); err != nil {
				return err
			}
		}
		if w.in.Audit == nil {
			break
		}
		again, err := w.in.Audit(ctx, w)
		if err != nil {
			return err
		}
		if !again {
			break
		}
		for i := last - 1; i >= 0; i-- {
			if err := w.undo(ctx, waves[i], i > 0); err != nil {
				return err
			}
		}
	}
	if err := w.custom(ctx); err != nil {
		return err
	}
	return w.build(ctx, waves[last]) // the marts
}

// build makes the relations of a wave.
func (w *Workshop) build(ctx context.Context, wave []*Relation) error {
	for _, r := range wave {
		if slices.Contains(r.Reads, heldTable) {
			if err := w.hold(ctx); err != nil {
				return err
			}
		}
		if err := w.make(ctx, r); err != nil {
			return &RelationError{r.File, err}
		}
	}
	return nil
}

// undo takes down what a wave released, and its relations too where these rest on decisions.
func (w *Workshop) undo(ctx context.Context, wave []*Relation, relations bool) error {
	for _, r := range slices.Backward(wave) {
		text := ""
		if r.isCell() {
			text = "drop table " + ident(released(r.Name)) + ";"
		}
		if relations {
			kind := "view"
			if r.isCell() || r.Keep == "table" {
				kind = "table"
			}
			text += "drop " + kind + " " + ident(r.Name) + ";"
		}
		if text == "" {
			continue
		}
		if _, err := w.db.ExecContext(ctx, text); err != nil {
			return &RelationError{r.File, err}
		}
	}
	return nil
}

// heldTable lists the answers that do not count yet.
const heldTable = "raw_held"

// hold asks for them.
func (w *Workshop) hold(ctx context.Context) error {
	var rows [][]any
	if w.in.Hold != nil {
		held, err := w.in.Hold(ctx, w)
		if err != nil {
			return err
		}
		for _, h := range held {
			rows = append(rows, []any{h.Response, h.Item})
		}
	}
	return w.fill(ctx, heldTable, "response varchar, item varchar", rows)
}

func cellsOf(wave []*Relation) (cells []*Relation) {
	for _, r := range wave {
		if r.isCell() {
			cells = append(cells, r)
		}
	}
	return cells
}

// released is the name of what may leave of a relation of cells.
func released(cell string) string { return "rel_" + strings.TrimPrefix(cell, "cell_") }

// waves splits staging and intermediate relations by how often the release step has to have decided before; the last wave are the marts.
func waves(relations []*Relation) [][]*Relation {
	var out [][]*Relation
	var last []*Relation
	after := map[string]int{}
	for _, r := range relations { // each comes after what it reads
		switch r.Layer {
		case checks:
			continue
		case marts:
			last = append(last, r)
			continue
		}
		n := 0
		for _, up := range r.Reads {
			if cell := cellOf(up); cell != up {
				n = max(n, after[cell]+1)
			} else {
				n = max(n, after[up])
			}
		}
		after[r.Name] = n
		for len(out) <= n {
			out = append(out, nil)
		}
		out[n] = append(out[n], r)
	}
	return append(out, last)
}

func (w *Workshop) make(ctx context.Context, r *Relation) error {
	defer w.in.step(r.Name)()
	switch {
	case w.cache != nil && len(r.By) > 0:
		return w.cache.make(ctx, r)
	case w.hasShelf && r.isShelved():
		return w.put(ctx, r)
	}
	_, err := w.db.ExecContext(ctx, create(r))
	return err
}

// create writes the statement that makes a relation. Cells are numbered, in the order of their key, so that a verdict
// can name them.
func create(r *Relation) string {
	switch {
	case r.isCell():
		var by []string
		for _, k := range r.Key {
			by = append(by, ident(k.Name)+" asc nulls last")
		}
		return fmt.Sprintf("create table %s as select row_number() over (order by %s) as cell_id, q.* from (\n%s\n) as q",
			ident(r.Name), strings.Join(by, ", "), r.Query)
	case r.Keep == "table":
		return fmt.Sprintf("create table %s as\n%s", ident(r.Name), r.Query)
	}
	return fmt.Sprintf("create view %s as\n%s", ident(r.Name), r.Query)
}

// release asks which cells of a wave may leave and makes rel_* of those that may.
func (w *Workshop) release(ctx context.Context, wave []*Relation, decide Release) error {
	var cells []Cell
	for _, r := range wave {
		found, err := w.cells(ctx, r.Name)
		if err != nil {
			return &RelationError{r.File, err}
		}
		cells = append(cells, found...)
	}
	defer w.in.step("release")()
	verdicts := decide(cells)
	if len(verdicts) != len(cells) {
		return fmt.Errorf("release: %d verdicts for %d cells", len(verdicts), len(cells))
	}
	err := w.append(ctx, "raw_verdict", func(row func(...driver.Value) error) error {
		for i, v := range verdicts {
			if err := row(cells[i].Relation, cells[i].ID, v.Shown, v.Reason); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	for _, r := range wave {
		name := r.Name
		rel := released(name)
		_, err := w.db.ExecContext(ctx, fmt.Sprintf(`create table %s as
select c.* exclude (cell_id)
from %s as c
inner join raw_verdict as v on v.relation = %s and v.cell_id = c.cell_id and v.is_shown
order by c.cell_id`, ident(rel), ident(name), literal(name)))
		if err != nil {
			return fmt.Errorf("release: %s: %w", rel, err)
		}
	}
	return nil
}

func (w *Workshop) cells(ctx context.Context, relation string) ([]Cell, error) {
	columns, err := describe(ctx, w.db, "select * from "+ident(relation))
	if err != nil {
		return nil, err
	}
	said := func(name, otherwise string) string { // columns that a relation has only where they say something
		if slices.ContainsFunc(columns, func(c typed) bool { return c.name == name }) {
			return ident(name)
		}
		return otherwise
	}
	rows, err := w.db.QueryContext(ctx, "select cell_id, team, period_start, series, "+said("n_people", "n")+", is_public, "+
		said("least", "0")+", "+said("slice", "''")+", "+said("group_value", "''")+", "+said("is_total", "false")+", "+
		said("family", "''")+", "+said("n_alike", "0")+", "+said("n_odd", "0")+", "+said("n_left", "0")+
		" from "+ident(relation)+" order by cell_id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Cell
	for rows.Next() {
		c := Cell{Relation: relation}
		var period sql.NullTime
		var n sql.NullInt64
		if err := rows.Scan(&c.ID, &c.Team, &period, &c.Series, &n, &c.Public, &c.Least, &c.Slice, &c.Group, &c.Total,
			&c.Family, &c.Alike, &c.Odd, &c.Left); err != nil {
			return nil, err
		}
		c.Period, c.N, c.HasN = period.Time, n.Int64, n.Valid
		out = append(out, c)
	}
	return out, rows.Err()
}

// export writes the panel.
func (w *Workshop) export(ctx context.Context) error {
	_, err := w.db.ExecContext(ctx, fmt.Sprintf(`copy (
    select unit, period_start, series, side, kind, version, value, n, se, facet_of
    from fct_panel
    order by series, unit, period_start
) to %s (format parquet, compression zstd)`, literal(w.PanelFile())))
	if err != nil {
		return fmt.Errorf("write the panel: %w", err)
	}
	return nil
}

// PanelFile is the path of panel.parquet in the workshop: the cells of the series asked for, sorted by series, unit and
// period. Columns: unit, period_start (date), series, side, kind, version (int32), value, n and se (double, null where
// not known), facet_of (null unless an item).
func (w *Workshop) PanelFile() string { return filepath.Join(w.in.Dir, "panel.parquet") }

// Query runs a query in the workshop. It sees everything, person-level rows too: what it returns is not to leave the
// run unless it reads marts.
func (w *Workshop) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return w.db.QueryContext(ctx, query, args...)
}

// Close shuts the engine and wipes the folder.
func (w *Workshop) Close() error {
	var err error
	if w.db != nil {
		err = w.db.Close()
	}
	if wiped := os.RemoveAll(w.in.Dir); wiped != nil {
		err = errors.Join(err, fmt.Errorf("wipe the workshop: %w", wiped))
	}
	return err
}

// SQLHash identifies the relations that a workshop is built from.
func SQLHash() string { return sqlfiles.Hash() }

// stamp writes a date or an instant for people.
func stamp(t time.Time) string {
	if h, m, s := t.Clock(); h == 0 && m == 0 && s == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.DateTime)
}
