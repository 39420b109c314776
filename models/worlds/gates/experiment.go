package gates

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"insideout/models/worlds"
)

// Verdict says how a figure stands to what is required.
type Verdict string

const (
	Pass   Verdict = "pass"
	Noise  Verdict = "pass within noise" // outside of the bound by at most two Monte Carlo standard errors
	Fail   Verdict = "fail"
	NotYet Verdict = "not yet" // inference gave nothing to measure
	Stated Verdict = "stated"  // nothing is required
)

// Bound is what is required of a figure. NaN: no bound on that side.
type Bound struct{ Low, High float64 }

func atMost(v float64) Bound          { return Bound{math.NaN(), v} }
func atLeast(v float64) Bound         { return Bound{v, math.NaN()} }
func between(low, high float64) Bound { return Bound{low, high} }
func none() Bound                     { return Bound{math.NaN(), math.NaN()} }

// judge compares a figure with the bound. Where every replication agreed the figure has no spread of its own; what it would have at the
// bound is taken then, so that ten worlds out of ten do not refute a rate of .95.
func (b Bound) judge(f Figure) Verdict {
	out, broken := math.Inf(-1), math.NaN()
	if f.Value < b.Low || b.Low == b.Low && !(b.High == b.High) {
		out, broken = b.Low-f.Value, b.Low
	} else if b.High == b.High {
		out, broken = f.Value-b.High, b.High
	}
	se := f.SE
	if se == 0 && broken > 0 && broken < 1 {
		se = math.Sqrt(broken * (1 - broken) / f.Among)
	}
	switch {
	case f.Value != f.Value:
		return NotYet
	case broken != broken:
		return Stated
	case out <= 0:
		return Pass
	case out <= 2*se:
		return Noise
	}
	return Fail
}

// Gate is one line of the table.
type Gate struct {
	Claim     string // what is measured
	Measure   string // by which name an experiment counts it
	Must      Bound
	Reference string // what the reference reaches, "-" if it is not known
	Root      bool   // the figure is the root of the ratio
}

// Experiment is a world and what is measured in it.
type Experiment struct {
	World    string // for people: scenario and size
	Scenario string
	Precise  bool // of estimates: run at the larger number of replications
	Knobs    worlds.Knobs
	Measure  func(w *worlds.World, rep int) map[string]Count
	Gates    []Gate
}

// Row is a gate with what came out.
type Row struct {
	World string
	Gate
	Figure
	Verdict Verdict
}

// Options of a run.
type Options struct {
	Reps      int      // of rates
	Precise   int      // replications of coverage and of other estimates; 0: eight times Reps
	Seed      uint64   // of the first world
	Workers   int      // at least 1
	Scenarios []string // only experiments in these; empty: all
	Progress  func(world string, done, of int)
}

// Run makes the worlds and gives the table, in the order of the list. It stops early only when ctx ends.
func Run(ctx context.Context, list []Experiment, o Options) ([]Row, error) {
	if o.Precise == 0 {
		o.Precise = 8 * o.Reps
	}
	var rows []Row
	for i := range list {
		e := &list[i]
		if len(o.Scenarios) > 0 && !slices.Contains(o.Scenarios, e.Scenario) {
			continue
		}
		reps := o.Reps
		if e.Precise {
			reps = o.Precise
		}
		counts, err := e.replicate(ctx, reps, o)
		if err != nil {
			return rows, err
		}
		for _, g := range e.Gates {
			f := ratio(counts[g.Measure])
			if g.Root {
				f = f.rooted()
			}
			rows = append(rows, Row{World: e.World, Gate: g, Figure: f, Verdict: g.Must.judge(f)})
		}
	}
	return rows, nil
}

// replicate measures worlds of consecutive seeds and returns each measure's counts in the order of seeds.
func (e *Experiment) replicate(ctx context.Context, reps int, o Options) (map[string][]Count, error) {
	all := make([]map[string]Count, reps)
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range max(1, o.Workers) {
		wg.Go(func() {
			for ctx.Err() == nil {
				rep := int(next.Add(1)) - 1
				if rep >= reps {
					return
				}
				all[rep] = e.Measure(worlds.Make(e.Knobs, o.Seed+uint64(rep)), rep)
				if n := int(done.Add(1)); o.Progress != nil {
					o.Progress(e.World, n, reps)
				}
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	counts := map[string][]Count{}
	for _, m := range all {
		for name, c := range m {
			counts[name] = append(counts[name], c)
		}
	}
	return counts, nil
}
