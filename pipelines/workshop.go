package pipelines

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"insideout/pipelines/lake"
	"insideout/pipelines/place"
	"insideout/pipelines/release"
	"insideout/pipelines/warehouse"
)

// auditFile is the private log of an audit that failed, in the lake's folder: it names cells and is never published. It is there while the
// failure stands.
const auditFile = "audit.log"

// workshop is one that is built and audited, with what it was made from. It must be closed.
type workshop struct {
	*warehouse.Workshop
	run     *run
	exposed int // what an audit found and withholding did not mend
}

// workshop makes one of what the lake holds, to be compared with what stands published, if anything does. Where an audit finds that something about too few people would follow, the groups of that period and
// dimension give too much away together, for the numbers of teams do not by their rules: all of them are withheld, and the workshop is
// made again. What is exposed even then, judge refuses.
func (r *run) workshop(ctx context.Context, snap *lake.Snapshot, published *Published) (_ *workshop, err error) {
	s := &workshop{run: r}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	in := r.input()
	if published != nil {
		in.Published, in.Known = filepath.Join(r.Out, published.Warehouse), published.Files
	}
	if err := os.RemoveAll(in.Dir); err != nil { // left by a run that was killed; the lake's lease says that no other is at work
		return nil, fmt.Errorf("clear the workshop: %w", err)
	}
	if err := r.unseal(ctx, snap, &in); err != nil {
		return nil, fmt.Errorf("open the lake for the workshop: %w", err)
	}
	r.closed = nil
	for {
		if s.Workshop, err = warehouse.Build(ctx, in, r.decide); err != nil {
			return nil, fmt.Errorf("build the warehouse: %w", err)
		}
		look, err := r.audit(ctx, s.Workshop)
		if err != nil {
			return nil, err
		}
		if s.exposed = len(look.exposed); s.exposed == 0 || r.closed != nil {
			return s, r.confide(look)
		}
		r.closed = map[about]bool{}
		for _, e := range look.exposed {
			r.closed[e.about] = true
		}
		err = s.Workshop.Close()
		s.Workshop = nil
		if err != nil {
			return nil, err
		}
	}
}

// stays reports whether an audit found the groups of a cell's period and dimension to give too much away.
func (r *run) stays(c *release.Cell) bool {
	if c.Slice == "" || len(r.closed) == 0 {
		return false
	}
	at := about{c.Period, c.Series}
	if item := r.catalog.Item(c.Series); item != nil {
		at.dimension = item.Dimension
	}
	return r.closed[at]
}

// confide writes what is exposed into the private log, and takes the log of an earlier failure away.
func (r *run) confide(a *audited) error {
	path := filepath.Join(r.Lake, auditFile)
	if len(a.exposed) == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	var text bytes.Buffer
	for _, e := range a.exposed {
		fmt.Fprintln(&text, e)
	}
	return place.Bytes(path, 0o600, text.Bytes())
}

// judge sorts what the checks and the audit found: warnings, and a *CheckError if there is anything that nothing may be published with.
func (s *workshop) judge() (warnings []CheckResult, err error) {
	var failed []CheckResult
	for _, k := range s.Checks() {
		if k.Rows == 0 {
			continue
		}
		result := CheckResult{Name: k.Name, Rows: k.Rows, Text: k.Text, Fix: k.Fix}
		if k.Severity == warehouse.Stop {
			failed = append(failed, result)
		} else {
			warnings = append(warnings, result)
		}
	}
	if s.exposed > 0 {
		failed = append(failed, CheckResult{Name: "anonymity_audit", Rows: int64(s.exposed),
			Text: "Something about too few employees would follow from what is released, or a released number rests on other people than those counted.",
			Fix:  "The cells are named in " + auditFile + " in the lake's folder, for its owner only. Leave out a grouping of the catalogue, or raise privacy.minimum_group."})
	}
	if len(failed) > 0 { // invariant 5
		return warnings, &CheckError{Failed: failed}
	}
	return warnings, nil
}

// close wipes the workshop and what stood decrypted for it. What it cannot remove now, the next one does.
func (s *workshop) close() error {
	var err error
	if s.Workshop != nil {
		err = s.Workshop.Close()
	}
	return errors.Join(err, s.run.wipe())
}
