package pipelines

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"insideout/pipelines/place"
)

// Published names the files that stand in the out folder and what they were made from. It is the content of state.json,
// which is written after everything that it names.
type Published struct {
	Run       string `json:"run_id"`
	Version   string `json:"version"`
	Input     string `json:"input"`   // lake content
	Config    string `json:"config"`  // what of the configuration decides the content
	SQL       string `json:"sql"`     // relations
	Catalog   string `json:"catalog"` // definitions
	Warehouse string `json:"warehouse"`
	Report    string `json:"report"`
	// Files are the hashes of the files about customers that it was made from: what came in since is told by them.
	Files []string `json:"files,omitempty"`

	Held *Published `json:"held,omitempty"` // what was rolled back: it is not published again until something changes
}

// same reports whether both were made from the same things.
func (p *Published) same(q *Published) bool {
	return p != nil && p.Version == q.Version && p.Input == q.Input && p.Config == q.Config && p.SQL == q.SQL && p.Catalog == q.Catalog
}

const stateFile = "state.json"

// ReadPublished returns what stands published in the out folder, or nil if nothing does.
func ReadPublished(out string) (*Published, error) {
	b, err := os.ReadFile(filepath.Join(out, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p := new(Published)
	if err := json.Unmarshal(b, p); err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(out, stateFile), err)
	}
	for _, path := range []string{p.Warehouse, p.Report} {
		if _, err := os.Stat(filepath.Join(out, path)); err != nil {
			return nil, nil // somebody removed it: publish again
		}
	}
	return p, nil
}

func writeJSON(path string, v any, mode fs.FileMode) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return place.Bytes(path, mode, append(b, '\n'))
}
