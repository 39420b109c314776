package pipelines

import (
	"context"
	"errors"
	"fmt"
	"os"

	"insideout/pipelines/lake"
	"insideout/pipelines/warehouse"
)

// Check builds the workshop from what the lake holds, runs every check and returns all results; nothing is pulled and nothing
// published. Results show rows that a check found: they are for whoever may read the lake. It takes the lease of the lake, because a workshop
// has one builder. The error is a *CheckError if a check of severity stop found something.
func Check(ctx context.Context, c *Config, o lake.Options) (_ []warehouse.CheckResult, err error) {
	o.Keys, o.Pseudonym = c.keys, c.names()
	l, err := lake.Open(c.Lake, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	r := &run{Config: c, lake: l, out: &Outcome{}}
	in := r.input()
	if err := os.RemoveAll(in.Dir); err != nil {
		return nil, fmt.Errorf("clear the workshop: %w", err)
	}
	defer func() { err = errors.Join(err, r.wipe()) }()
	if err := r.unseal(ctx, l.Snapshot(), &in); err != nil {
		return nil, fmt.Errorf("open the lake for the workshop: %w", err)
	}
	w, look, err := r.build(ctx, in)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	var failed []CheckResult
	for _, k := range w.Checks() {
		if k.Severity == warehouse.Stop && k.Rows > 0 {
			failed = append(failed, CheckResult{Name: k.Name, Rows: k.Rows, Text: k.Text, Fix: k.Fix})
		}
	}
	if len(look.exposed) > 0 {
		failed = append(failed, look.failure())
	}
	if len(failed) > 0 {
		return w.Checks(), &CheckError{Failed: failed}
	}
	return w.Checks(), nil
}
