package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"insideout/models"
	"insideout/pipelines/place"
)

// restated are the marts of which the published generation's rows are read, as was_<mart>, to tell which numbers read differently now. Only
// numbers about customers: of two published scores of a group of employees nobody is to be handed the difference. A mart
// that rests on released cells too is read with a condition that leaves these out; the lint refuses one without.
var restated = map[string]string{
	"dim_run": "", "dim_metric": "", "fct_failure_demand": "", "fct_demand_channel": "", "fct_repeat_contact": "", "fct_first_contact_resolution": "",
	"fct_loyalty": "", "fct_moment": "",
	"fct_customer_metric": customersOnly, "rpt_metric_period": customersOnly,
}

const customersOnly = "metric in (select metric from cat_metric where side = 'outside' and not is_from_released)"

// arriving are the datasets about customers whose rows are told apart by whether the published generation was made from them: as
// raw_new_<dataset>. Of measures these are the ones that customers' metrics are made of.
var arriving = map[string]string{
	"contacts": "", "feedback": "", "behaviours": "",
	"measures": "measure in (select unnest([measure, numerator, denominator]) from cat_metric where side = 'outside')",
}

// Counts reports whether the rows of a dataset are counted among those that came in since the last publication.
func Counts(dataset string) bool {
	_, ok := arriving[dataset]
	return ok
}

// before makes raw_published, was_* and raw_new_*: what stands published, read-only, and the rows that it was not made from. Without a
// published generation all of them are empty. Tables and columns that an older generation lacks are empty and null.
func (w *Workshop) before(ctx context.Context) error {
	have, err := w.attachPublished(ctx)
	if err != nil {
		return err
	}
	for _, r := range w.relations {
		condition, ok := restated[r.Name]
		if !ok {
			continue
		}
		list, from := make([]string, len(r.Columns)), "(select 1) as q where false"
		for i, c := range r.Columns {
			value := "null"
			if have[r.Name+"."+c.Name] {
				value = ident(c.Name)
			}
			list[i] = fmt.Sprintf("try_cast(%s as %s) as %s", value, c.Type, ident(c.Name))
		}
		if have[r.Name] {
			if from = publishedSchema + ident(r.Name); condition != "" {
				from += " where " + condition
			}
		}
		if _, err := w.db.ExecContext(ctx, "create view was_"+r.Name+" as select "+strings.Join(list, ", ")+" from "+from); err != nil {
			return fmt.Errorf("was_%s: %w", r.Name, err)
		}
	}
	known, counted := map[string]bool{}, w.in.Published != ""
	for _, hash := range w.in.Known {
		known[hash] = true
	}
	for name := range arriving {
		for _, file := range w.in.Files[name] {
			delete(known, w.in.Hashes[file])
		}
	}
	counted = counted && len(known) == 0 // no file that the generation was made from is gone
	var published [][]any
	if w.in.Published != "" {
		published = [][]any{{strings.TrimSuffix(filepath.Base(w.in.Published), ".duckdb"), counted}}
	}
	if err := w.fill(ctx, "raw_published", "generation varchar, is_counted boolean", published); err != nil {
		return err
	}
	for _, s := range models.Datasets() {
		condition, ok := arriving[s.Name]
		if !ok {
			continue
		}
		var files []string
		if counted {
			files = slices.DeleteFunc(slices.Clone(w.in.Files[s.Name]), func(file string) bool { return slices.Contains(w.in.Known, w.in.Hashes[file]) })
		}
		if err := createRaw(ctx, w.db, s, "raw_new_"+s.Name, files, condition); err != nil {
			return err
		}
	}
	return nil
}

const publishedSchema = "published.main."

// attachPublished attaches the published generation and lists what it has: "table" and "table.column". The engine may read only its own
// folders, and does not attach a file that a reader in this process has open; so it gets a name of its own for the file.
func (w *Workshop) attachPublished(ctx context.Context) (map[string]bool, error) {
	if w.in.Published == "" {
		return nil, nil
	}
	file := filepath.Join(w.in.Dir, "published.duckdb")
	if err := os.Link(w.in.Published, file); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err := place.Copy(w.in.Published, file, 0o600); err != nil { // another file system
			return nil, err
		}
	}
	if _, err := w.db.ExecContext(ctx, "attach "+literal(file)+" as published (read_only)"); err != nil {
		return nil, fmt.Errorf("read the published generation %s: %w; move it away, then nothing is compared with it", w.in.Published, err)
	}
	columns, err := pairs(ctx, w.db, "select table_name || '.' || column_name, table_name from duckdb_columns() where database_name = 'published'")
	if err != nil {
		return nil, err
	}
	have := map[string]bool{}
	for column, table := range columns {
		have[column], have[table] = true, true
	}
	return have, nil
}
