package pipelines

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

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
	told    []*release.Telling // what it tells of employees' scores
	exposed int                // what an audit found and withholding did not mend
}

// mendings is how often an audit asks for cells to be withheld one by one; after that all of a period and dimension go.
const mendings = 8

// workshop makes one of what the lake holds, to be compared with what stands published, if anything does. What is to be released is attacked before anything is made of it. Where something about too few
// people would follow, together with all that was told before, the cells that it follows from are withheld, the smallest first, and it is decided
// and attacked anew. What is exposed even then, judge refuses.
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
	if r.ledger, err = openLedger(r.Config); err != nil {
		return nil, err
	}
	if err := r.unseal(ctx, snap, &in); err != nil {
		return nil, fmt.Errorf("open the lake for the workshop: %w", err)
	}
	r.closed, r.shut, r.frozen = map[cell]bool{}, map[about]bool{}, nil
	var look *audited
	rounds := 0
	in.Hold = r.hold
	in.Audit = func(ctx context.Context, w *warehouse.Workshop) (bool, error) {
		if s.told, err = r.tellings(ctx, w); err != nil {
			return false, err
		}
		look = r.attack(s.told)
		rounds++
		return rounds < mendings && r.withhold(look, false) || rounds < 2*mendings && r.withhold(look, true), nil
	}
	if s.Workshop, err = warehouse.Build(ctx, in, r.decide); err != nil {
		return nil, fmt.Errorf("build the warehouse: %w", err)
	}
	s.exposed = len(look.exposed)
	return s, r.confide(look)
}

// cell names a number that wants to be released.
type cell struct {
	relation             string
	period               time.Time
	team, group, a, item string
}

// withhold closes what an audit wants back, cell by cell or all of its period and dimension, and reports whether that is more than was closed.
func (r *run) withhold(look *audited, whole bool) (more bool) {
	for at, sums := range look.drop {
		if whole {
			more = more || !r.shut[at]
			r.shut[at] = true
			continue
		}
		for _, s := range sums {
			c := r.cellOf(at, s)
			more = more || !r.closed[c]
			r.closed[c] = true
		}
	}
	return more
}

// cellOf is the cell that a sum was made of.
func (r *run) cellOf(at about, s release.Sum) cell {
	c := cell{period: at.period, item: s.Series}
	switch s.Kind {
	case release.OfTeam:
		c.team = s.A
		switch {
		case s.Series != at.dimension:
			c.relation = "cell_item"
		case r.catalog.Dimension(s.Series) != nil:
			c.relation = "cell_dimension"
		default:
			c.relation = "cell_pulse"
		}
	case release.Deviation:
		c.team, c.relation = s.A, "cell_deviation"
	case release.OfGroup:
		c.a, c.group, c.relation = s.A, s.B, "cell_group"
	case release.OfAll:
		c.a, c.relation = s.A, "cell_group_total"
	}
	return c
}

// stays reports whether a cell is to stay inside because of what an audit found.
func (r *run) stays(c *release.Cell) bool {
	if len(r.closed)+len(r.shut) == 0 {
		return false
	}
	at := about{c.Period, c.Series}
	if item := r.catalog.Item(c.Series); item != nil {
		at.dimension = item.Dimension
	}
	return r.shut[at] || r.closed[cell{c.Relation, c.Period, c.Team, c.Group, strings.TrimPrefix(c.Slice, "group "), c.Series}]
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
	if n := int64(s.run.held); n > 0 {
		warnings = append(warnings, CheckResult{Name: "late_answers", Rows: n,
			Text: "Answers that came after their team was told of are held back until enough have come: two publications that differ by a few people give these away.",
			Fix:  "Nothing to do. Publish a wave when it is closed, and nothing is held back."})
	}
	if s.exposed > 0 {
		failed = append(failed, CheckResult{Name: "anonymity_audit", Rows: int64(s.exposed),
			Text: "Something about too few employees would follow from what is released and was told before, or a released number rests on other people than those counted.",
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
