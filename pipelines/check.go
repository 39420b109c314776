package pipelines

import (
	"context"
	"errors"

	"insideout/pipelines/warehouse"
)

// Check builds the workshop from what the lake holds, runs every check and returns all results; nothing is pulled and nothing
// published. Results show rows that a check found: they are for whoever may read the lake. It takes the lease of the lake, because a workshop
// has one builder. The error is a *CheckError if a check of severity stop found something.
func Check(ctx context.Context, c *Config, o Options) (_ []warehouse.CheckResult, err error) {
	l, err := o.open(c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	r := &run{Config: c, Options: o, lake: l, out: new(Outcome)}
	have, err := ReadPublished(c.Out)
	if err != nil {
		return nil, err
	}
	s, err := r.workshop(ctx, l.Snapshot(), have)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	_, err = s.judge()
	return s.Checks(), err
}
