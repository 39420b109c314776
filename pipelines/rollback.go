package pipelines

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"insideout/pipelines/place"
	"insideout/pipelines/warehouse"
)

// keptFolder holds, for each generation, what stands beside its warehouse: the report as a value, the panel, the state. A rollback
// puts all of it back, so that report and warehouse always speak of the same data.
const keptFolder = "generations"

// RollbackError says why a generation cannot be shown. Nothing was changed.
type RollbackError struct{ What, Hint string }

func (e *RollbackError) Error() string { return e.What + " -> " + e.Hint }

// keepGeneration sets aside what a rollback to the generation needs, and forgets that of generations that are gone.
func keepGeneration(out string, p *Published) error {
	name := strings.TrimSuffix(p.Warehouse, ".duckdb")
	dir := filepath.Join(out, keptFolder, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, file := range []string{reportJSON, panelFile} {
		if err := place.Copy(filepath.Join(out, file), filepath.Join(dir, file), 0o644); err != nil {
			return err
		}
	}
	if err := writeJSON(filepath.Join(dir, stateFile), p, 0o644); err != nil { // last: with it the folder is whole
		return err
	}
	kept, err := os.ReadDir(filepath.Join(out, keptFolder))
	if err != nil {
		return err
	}
	for _, k := range kept {
		if _, err := os.Lstat(filepath.Join(out, k.Name()+".duckdb")); errors.Is(err, fs.ErrNotExist) {
			if err := os.RemoveAll(filepath.Join(out, keptFolder, k.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// Rollback shows an earlier generation again, warehouse, report and panel; name "" means the one made before the published one. It
// takes the lease of the lake, so no run is at work meanwhile. What is rolled back is not published again by the next
// run, unless data, configuration or program have changed. A generation made for smaller groups of employees than the configuration allows
// now is refused. Stopped in the middle, it is finished by the same call with the name.
func Rollback(c *Config, name string, o Options) (_ *Published, err error) {
	l, err := o.open(c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	have, err := ReadPublished(c.Out)
	if err != nil {
		return nil, err
	}
	g, err := earlier(c.Out, name)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(c.Out, keptFolder, g.Name)
	text, err := os.ReadFile(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &RollbackError{g.Name + " has no report of its own: it was published by an earlier version, or its publication was broken off", "choose another one: insideout generations"}
	}
	if err != nil {
		return nil, err
	}
	p := new(Published)
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("read the state of %s: %w", g.Name, err)
	}
	least, err := warehouse.MinGroup(g.File)
	if err != nil {
		return nil, err
	}
	if least < c.Privacy.MinimumGroup {
		return nil, &RollbackError{fmt.Sprintf("%s shows groups of %d employees, and privacy.minimum_group is %d now", g.Name, least, c.Privacy.MinimumGroup), "run again to publish with the larger minimum, and delete that generation"}
	}
	if have != nil && have.Warehouse != p.Warehouse {
		p.Held = have
		if have.Held != nil {
			p.Held = have.Held
		}
		if p.Held.Warehouse == p.Warehouse { // back to where it was before the first rollback
			p.Held = nil
		}
	}
	rep, err := ReadReport(dir)
	if err != nil {
		return nil, err
	}
	if err := writeReport(c.Out, rep); err != nil {
		return nil, err
	}
	if err := place.Copy(filepath.Join(dir, panelFile), filepath.Join(c.Out, panelFile), 0o644); err != nil {
		return nil, err
	}
	if err := warehouse.Show(c.Out, *g); err != nil {
		return nil, err
	}
	return p, writeJSON(filepath.Join(c.Out, stateFile), p, 0o644)
}

// earlier finds the generation with the name, or the one made before the published one.
func earlier(out, name string) (*warehouse.Generation, error) {
	all, err := warehouse.Generations(out)
	if err != nil {
		return nil, err
	}
	for i := range all {
		switch {
		case name != "" && (all[i].Name == name || all[i].Name == "gen-"+name):
			return &all[i], nil
		case name == "" && i > 0 && all[i-1].Current:
			return &all[i], nil
		}
	}
	if name == "" {
		return nil, &RollbackError{"there is no generation before the published one", "generations.keep in the configuration says how many stay"}
	}
	return nil, &RollbackError{fmt.Sprintf("there is no generation %q", name), "see insideout generations"}
}
