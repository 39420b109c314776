package pipelines

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"insideout/connectors"
	"insideout/models"
	"insideout/pipelines/lake"
)

// A cycle is committed when it holds limits.commit_rows rows or this many bytes, and when following at this age.
const (
	cycleBytes = 512 << 20
	cycleAge   = 10 * time.Second
)

// sink takes the deliveries of all sources into one cycle of the lake after the other. One commit holds whatever all
// sources had delivered, so progress and data move together across sources too.
type sink struct {
	run     *run
	sources map[string]connectors.Source

	stop func() // ends the pulling of every source

	mu     sync.Mutex
	cycle  *lake.Cycle
	since  time.Time
	pulled map[string]*Pulled
	moved  map[string]models.Positions // since the last commit
	failed error                       // a commit that did not succeed ends everything
}

// committer is a source that wants to know what became durable.
type committer interface {
	Committed(ctx context.Context, at models.Positions) error
}

// pull runs every source to its end, each in a goroutine of its own, and commits what they deliver. A source that fails
// does not stop the others: what can be read is read. When following it does, because a run that went on for days
// without one of its sources would look healthy.
func (r *run) pull(ctx context.Context, sources []connectors.Source) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s := &sink{run: r, stop: stop, sources: map[string]connectors.Source{}, pulled: map[string]*Pulled{}, moved: map[string]models.Positions{}}
	for _, src := range sources {
		s.sources[src.Name()] = src
		s.pulled[src.Name()] = &Pulled{Source: src.Name()}
	}
	errs := make([]error, len(sources))
	var wg sync.WaitGroup
	for i, src := range sources {
		wg.Go(func() {
			if err := s.drain(ctx, src); err != nil {
				errs[i] = fmt.Errorf("source %s: %w", src.Name(), err)
				s.note(src.Name(), err)
				if r.Follow {
					stop()
				}
			}
		})
	}
	wg.Wait()
	last := s.finish(ctx)
	for _, src := range sources {
		var values []connectors.Tally
		for _, b := range r.binders[src.Name()] {
			values = append(values, b.Tallies()...)
		}
		s.pulled[src.Name()].Values = connectors.SumTallies(values)
		r.out.Pulled = append(r.out.Pulled, *s.pulled[src.Name()])
	}
	if s.failed != nil {
		return s.failed
	}
	return errors.Join(append(errs, last)...)
}

// drain pulls a source to its end. When following, one that has an end (files) is looked at again every Refresh.
func (s *sink) drain(ctx context.Context, src connectors.Source) error {
	for {
		if err := src.Pull(ctx, s.run.lake.Positions(src.Name()), s.emit); err != nil || !s.run.Follow || ctx.Err() != nil {
			return err
		}
		if err := s.finish(ctx); err != nil { // the next pull starts from what is committed
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(s.run.Refresh):
		}
	}
}

func (s *sink) note(source string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pulled[source].Error = err.Error()
}

func (s *sink) emit(ctx context.Context, d *models.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return s.failed
	}
	if s.cycle == nil {
		s.cycle, s.since = s.run.lake.Begin(), s.run.Now()
	}
	if err := s.cycle.Add(d); err != nil {
		s.cycle.Abort()
		return s.fail(fmt.Errorf("take rows of %s: %w", d.Source, err))
	}
	p := s.pulled[d.Source]
	p.Read += d.Range.Next - d.Range.First
	p.Loaded += d.Range.Loaded
	p.Rejected += d.Range.Rejected
	p.Filtered += d.Range.Filtered
	p.Control += d.Range.Control
	p.Missing += d.Range.Missing
	p.Records += d.Range.Records
	if s.moved[d.Source] == nil {
		s.moved[d.Source] = models.Positions{}
	}
	s.moved[d.Source][d.Range.Stream] = d.Range.Position()
	s.run.Progress(Progress{Stage: "pull", Source: d.Source, Rows: p.Read})
	if s.cycle.Rows() >= int64(s.run.Limits.CommitRows) || s.cycle.Bytes() >= cycleBytes || s.run.Follow && s.run.Now().Sub(s.since) >= cycleAge {
		return s.commit(ctx)
	}
	return nil
}

func (s *sink) finish(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cycle == nil {
		return nil
	}
	return s.commit(ctx)
}

// fail drops the cycle and ends everything.
func (s *sink) fail(err error) error {
	s.cycle, s.failed = nil, err
	s.stop()
	return err
}

// commit makes the cycle durable and then tells the sources how far they got. Rows in hand are committed even when the
// context has ended.
func (s *sink) commit(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if _, err := s.cycle.Commit(ctx); err != nil {
		return s.fail(err)
	}
	s.cycle = nil
	select {
	case s.run.committed <- struct{}{}:
	default: // nobody waits, or it knows already
	}
	for name, at := range s.moved {
		if c, ok := s.sources[name].(committer); ok {
			if err := c.Committed(ctx, at); err != nil {
				// For lag tools only: the lake's own positions are the truth.
				s.run.Notice(fmt.Sprintf("source %s was not told what is committed: %v", name, err))
			}
		}
	}
	clear(s.moved)
	return nil
}
