package pipelines

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"insideout/connectors"
	"insideout/pipelines/lake"
)

// Options are what a run needs beside the configuration. Open and Now are required.
type Options struct {
	RunID   string
	Version string           // of the program, stored with the report
	Now     func() time.Time // UTC
	Follow  bool             // go on pulling until the context ends, and publish every Refresh
	Refresh time.Duration
	// AcceptNew goes on when a stream is not the one it was, such as a topic that was deleted and made again.
	AcceptNew bool
	// Workers is how many goroutines share the partitions of each topic; at least 1.
	Workers int
	// Open makes the source of a configuration: only the command knows the concrete ones. There is a binder for each of
	// the workers, and one for files.
	Open func(c *Config, s *Source, binders []*connectors.Binder) (connectors.Source, error)
	// Progress is told of every stage and every stretch of rows; nil is silent. When following it may be called by several
	// goroutines at once.
	Progress func(Progress)
	// Notice tells people of something that does not end the run; nil is silent.
	Notice func(message string)
}

// quiet gives those who want to hear nothing something to call.
func (o Options) quiet() Options {
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	return o
}

// open takes the lease of a configuration's lake.
func (o Options) open(c *Config) (*lake.Lake, error) {
	return lake.Open(c.Lake, o.lake(c))
}

func (o Options) lake(c *Config) lake.Options {
	out := lake.Options{RunID: o.RunID, Now: o.Now, AcceptNew: o.AcceptNew, Keys: c.keys, Pseudonym: c.names()}
	if len(c.key) > 0 {
		out.Naming = chainOf(c.key, c.older).naming()
	}
	return out
}

// Progress is where a run stands.
type Progress struct {
	Stage  string // pull, build, fit, publish
	Source string // of pull
	Rows   int64  // of this run so far: read from the source
}

// Outcome is what a run did. It is filled as far as the run came, also when Run returns an error.
type Outcome struct {
	RunID     string             `json:"run_id"`
	Commits   int                `json:"commits"` // of this run
	Pulled    []Pulled           `json:"pulled"`
	Totals    []lake.SourceTotal `json:"totals"` // of the lake, after the run
	Changed   bool               `json:"changed"`
	Published *Published         `json:"published,omitempty"` // what stands published now
	Tested    int                `json:"pairs_tested"`
	Found     int                `json:"pairs_found"`
	Warnings  []CheckResult      `json:"warnings"`
	Over      []string           `json:"over_limit"` // sources with more rejects than limits.reject_share
}

// Pulled is what this run took from one source.
type Pulled struct {
	Source   string `json:"source"`
	Read     int64  `json:"read"`
	Loaded   int64  `json:"loaded"`
	Rejected int64  `json:"rejected"`
	Filtered int64  `json:"filtered"`
	Control  int64  `json:"control"`
	Missing  int64  `json:"missing"`
	Records  int64  `json:"records"`
	Error    string `json:"error,omitempty"`
	// Values counts those that a reader which guesses types would have changed, and those that the contract discards.
	Values []connectors.Tally `json:"values,omitempty"`
}

// ErrStopped is returned when the context ended before everything was pulled. What had been read is committed.
var ErrStopped = errors.New("stopped as asked; what had been read is committed, run again to go on")

// Run pulls every source into the lake and, if anything changed since the last publication, builds, checks, fits and
// publishes. Cancelling ctx stops the pulling; the rows in hand are committed, nothing is built, unless the run follows: that one
// publishes what it has and ends without an error.
func Run(ctx context.Context, c *Config, o Options) (*Outcome, error) {
	o = o.quiet()
	out := &Outcome{RunID: o.RunID}
	l, err := o.open(c)
	if err != nil {
		return out, err
	}
	defer l.Close()
	r := &run{Config: c, Options: o, lake: l, out: out}
	before := l.Snapshot().Seq
	err = r.all(ctx)
	after := l.Snapshot()
	out.Commits, out.Totals = int(after.Seq-before), after.Totals()
	if logErr := writeRunLog(filepath.Join(c.Out, "runs"), r, err); logErr != nil {
		err = errors.Join(err, fmt.Errorf("keep the account of the run: %w", logErr))
	}
	return out, err
}

type run struct {
	closed map[about]bool // periods and dimensions of which an audit found that groups give too much away
	*Config
	Options
	lake    *lake.Lake
	out     *Outcome
	started time.Time
	binders map[string][]*connectors.Binder // by source

	committed chan struct{} // when following: told of commits, and never waited for
}

func (r *run) all(ctx context.Context) error {
	r.started = r.Now()
	sources, err := r.open()
	if err != nil {
		return err
	}
	if r.Follow {
		return r.follow(ctx, sources)
	}
	if err := r.pull(ctx, sources); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ErrStopped
	}
	if err := r.publish(ctx); err != nil {
		if ctx.Err() != nil { // whatever it was doing was broken off by the request to stop
			return ErrStopped
		}
		return err
	}
	return r.limits()
}

// open makes every source, and reports everything that is wrong with any of them.
func (r *run) open() ([]connectors.Source, error) {
	var sources []connectors.Source
	var errs []error
	for i := range r.Sources {
		s := &r.Sources[i]
		src, err := r.source(s)
		if err == nil {
			sources = append(sources, src)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("source %s: %w", s.Name, err))
		}
	}
	return sources, errors.Join(errs...)
}

func (r *run) source(s *Source) (connectors.Source, error) {
	binders := make([]*connectors.Binder, 1)
	if s.Kafka != nil {
		binders = make([]*connectors.Binder, max(1, r.Workers))
	}
	for i := range binders {
		var err error
		if binders[i], err = connectors.NewBinder(s.Mapping, connectors.BinderOptions{
			Zone:      r.Zone.Location,
			Pseudonym: Pseudonyms(r.key, r.older...), // not safe for concurrent use, so each has its own
			Scale:     r.catalog.Scale,
			Null:      s.null(),
		}); err != nil {
			return nil, err
		}
	}
	if r.binders == nil {
		r.binders = map[string][]*connectors.Binder{}
	}
	r.binders[s.Name] = binders
	return r.Options.Open(r.Config, s, binders)
}

// follow pulls without end. What is committed is published once there is anything, then every Refresh, and once more when the
// run is asked to stop: who stops it to change something finds the state of the last row. Checks that stop a publication do not
// stop the pulling: the data that mend them may be the next ones, what stands published still stands, and people are told. The
// last word counts: a run whose last publication was stopped ends with that *CheckError.
func (r *run) follow(ctx context.Context, sources []connectors.Source) error {
	pulling, stop := context.WithCancel(ctx)
	defer stop()
	r.committed = make(chan struct{}, 1)
	pulled := make(chan error, 1)
	go func() { pulled <- r.pull(pulling, sources) }()
	var checks *CheckError
	publish := func(ctx context.Context) error {
		checks = nil
		err := r.publish(ctx)
		if errors.As(err, &checks) {
			r.Notice(fmt.Sprintf("%v\nthe run goes on and tries again", checks))
			return nil
		}
		return err
	}
	first := r.committed
	if r.lake.Snapshot().Seq > 0 {
		first <- struct{}{}
	}
	tick := time.NewTicker(r.Refresh)
	defer tick.Stop()
	for {
		select {
		case err := <-pulled: // stopped as asked, or a source failed
			if err == nil {
				err = publish(context.WithoutCancel(ctx))
			}
			if checks != nil {
				err = errors.Join(err, checks)
			}
			return errors.Join(err, r.limits())
		case <-first:
			first = nil
			tick.Reset(r.Refresh)
		case <-tick.C:
		}
		if err := publish(ctx); err != nil && ctx.Err() == nil {
			stop()
			return errors.Join(err, <-pulled)
		}
	}
}
