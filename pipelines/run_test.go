package pipelines_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"insideout/connectors"
	"insideout/models"
	"insideout/pipelines"
)

// source is a source of its own making: what Pull does is the test's.
type source struct {
	name string
	pull func(ctx context.Context, from models.Positions, emit connectors.Emit) error
}

func (s source) Name() string { return s.name }

func (s source) Pull(ctx context.Context, from models.Positions, emit connectors.Emit) error {
	return s.pull(ctx, from, emit)
}

// quiet is a source that has nothing to say until the context ends.
func quiet(name string) source {
	return source{name, func(ctx context.Context, _ models.Positions, _ connectors.Emit) error { <-ctx.Done(); return nil }}
}

// answers is a delivery of customers' answers to positions first to next-1, of which the first are rejected.
func answers(name string, first, next, rejected int64) *models.Delivery {
	s := models.Dataset("feedback")
	b := models.NewBatch(s, int(next-first))
	d := &models.Delivery{Source: name, At: time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC), Range: models.Range{
		Stream: "stream/0", First: first, Next: next, Rejected: rejected, Loaded: next - first - rejected, Records: next - first - rejected}}
	for i := first; i < next; i++ {
		if i < first+rejected {
			d.Rejects = append(d.Rejects, models.Reject{Stream: "stream/0", Position: i, Code: connectors.CodeMalformed, Raw: []byte("?")})
			continue
		}
		row := b.Add(i)
		b.SetText(s.Field("feedback_id"), row, time.Unix(i, 0).UTC().String())
		b.SetInt(s.Field("answered_at"), row, time.Date(2025, 1, 1+int(i%28), 0, 0, 0, 0, time.UTC).UnixMicro())
		b.SetText(s.Field("metric"), row, "nps")
		b.SetReal(s.Field("score"), row, float64(i%11))
	}
	d.Records = []*models.Batch{b}
	return d
}

// run runs sources that stand in for those of the configuration, and fails the test when they do not come to an end.
func run(t *testing.T, o pipelines.Options, sources ...source) (*pipelines.Outcome, error) {
	t.Helper()
	return runUntil(t, t.Context(), t.TempDir(), o, sources...)
}

// runUntil is run in a folder, with a context that asks it to stop.
func runUntil(t *testing.T, asked context.Context, dir string, o pipelines.Options, sources ...source) (*pipelines.Outcome, error) {
	t.Helper()
	text := "name: Test\nlimits: {commit_rows: 1000, memory_mb: 256, threads: 1}\nsources:\n"
	for _, s := range sources {
		text += "  - {name: " + s.name + ", to: feedback, file: {path: x.csv}, map: {feedback_id: a, answered_at: b, metric: {value: nps}, score: c}}\n"
	}
	path := filepath.Join(dir, "insideout.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := pipelines.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if o.RunID == "" {
		o.RunID = "test"
	}
	o.Now = func() time.Time { return time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC) }
	o.Open = func(_ *pipelines.Config, s *pipelines.Source, _ []*connectors.Binder) (connectors.Source, error) {
		return sources[slices.IndexFunc(sources, func(x source) bool { return x.name == s.Name })], nil
	}
	ctx, cancel := context.WithTimeout(asked, time.Minute)
	defer cancel()
	out, err := pipelines.Run(ctx, c, o)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Fatal("the run went on")
	}
	return out, err
}

// A following run that has lost a source must not look healthy.
func TestRun_FollowingEndsWithItsFirstFailedSource(t *testing.T) {
	lost := errors.New("the broker is gone")
	failing := source{"failing", func(context.Context, models.Positions, connectors.Emit) error { return lost }}
	out, err := run(t, pipelines.Options{Follow: true, Refresh: time.Hour}, quiet("quiet"), failing)
	if !errors.Is(err, lost) {
		t.Errorf("got %v", err)
	}
	if len(out.Pulled) != 2 || out.Pulled[1].Error == "" {
		t.Errorf("got %+v", out.Pulled)
	}
}

// What cannot be committed ends every source, also one that has nothing to deliver and would not find out.
func TestRun_FollowingEndsWhenNothingCanBeCommitted(t *testing.T) {
	gap := source{"gap", func(ctx context.Context, _ models.Positions, emit connectors.Emit) error {
		d := answers("gap", 0, 10, 0)
		d.Range.Loaded-- // one position is not accounted for
		_ = emit(ctx, d)
		<-ctx.Done()
		return nil
	}}
	if _, err := run(t, pipelines.Options{Follow: true, Refresh: time.Hour}, quiet("quiet"), gap); err == nil {
		t.Error("got no error")
	}
}

// Rows that were handed over when the stop came are committed.
func TestRun_CommitsWhatIsInHandWhenStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	stopped := source{"stopped", func(_ context.Context, _ models.Positions, emit connectors.Emit) error {
		cancel()
		return emit(ctx, answers("stopped", 0, 1000, 0)) // as many as are committed at once
	}}
	out, err := run(t, pipelines.Options{Follow: true, Refresh: time.Hour}, stopped, source{"ending", func(context.Context, models.Positions, connectors.Emit) error {
		<-ctx.Done()
		return errors.New("enough")
	}})
	if err == nil || err.Error() != "source ending: enough" {
		t.Errorf("got %v", err)
	}
	if out.Commits != 1 || len(out.Totals) != 1 || out.Totals[0].Loaded != 1000 {
		t.Errorf("%d commits, %+v", out.Commits, out.Totals)
	}
}

// A following run publishes again and again: each report has the warnings of its own data, and too many rejects are said
// in the end.
func TestRun_FollowingPublishesAgain(t *testing.T) {
	built := make(chan struct{}, 9)
	enough := errors.New("enough")
	growing := source{"growing", func(ctx context.Context, _ models.Positions, emit connectors.Emit) error {
		for i := range int64(3) { // the first publication may come before the first rows
			if err := emit(ctx, answers("growing", 2000*i, 2000*(i+1), 400)); err != nil {
				return err
			}
			select {
			case <-built:
			case <-ctx.Done():
				return nil
			}
		}
		return enough
	}}
	out, err := run(t, pipelines.Options{Follow: true, Refresh: 10 * time.Millisecond, Progress: func(p pipelines.Progress) {
		if p.Stage == "publish" {
			built <- struct{}{}
		}
	}}, growing)
	var over *pipelines.OverLimitError
	if !errors.Is(err, enough) || !errors.As(err, &over) || !slices.Equal(out.Over, []string{"growing"}) {
		t.Errorf("got %v, over the limit: %v", err, out.Over)
	}
	var names []string
	for _, w := range out.Warnings {
		names = append(names, w.Name)
	}
	if len(names) == 0 || len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
		t.Errorf("warnings %v, want each once", names)
	}
}

// A following run publishes as soon as it has something and not an hour later, and once more what came in before it was asked to
// stop. Each generation has a name of its own.
func TestRun_FollowingPublishesFirstAndLast(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	dir := t.TempDir()
	steady := source{"steady", func(ctx context.Context, _ models.Positions, emit connectors.Emit) error {
		defer stop()
		if err := emit(ctx, answers("steady", 0, 1000, 0)); err != nil { // as many as are committed at once
			return err
		}
		for { // until the first publication stands, long before the hour is over
			if p, err := pipelines.ReadPublished(filepath.Join(dir, "out")); err != nil || ctx.Err() != nil {
				return err
			} else if p != nil {
				break
			}
			runtime.Gosched()
		}
		return emit(ctx, answers("steady", 1000, 1400, 0))
	}}
	out, err := runUntil(t, ctx, dir, pipelines.Options{Follow: true, Refresh: time.Hour}, steady)
	if err != nil {
		t.Fatal(err)
	}
	if out.Commits != 2 || out.Published == nil {
		t.Fatalf("%d commits, published %+v", out.Commits, out.Published)
	}
	if want := "gen-test-2.duckdb"; out.Published.Warehouse != want {
		t.Errorf("the last generation is %s, want %s", out.Published.Warehouse, want)
	}
}

// A check of severity stop holds back the publication, not the pulling; an answer to a metric that the catalogue lacks sets
// it off here. It is said to people at once and is the last word of the run if nothing mended it.
func TestRun_FollowingGoesOnAfterAFailedCheck(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	held := make(chan struct{}, 9)
	broken := source{"broken", func(ctx context.Context, _ models.Positions, emit connectors.Emit) error {
		defer stop()
		d := answers("broken", 0, 1000, 0)
		s := models.Dataset("feedback")
		for row := range d.Records[0].Rows() {
			d.Records[0].SetText(s.Field("metric"), row, "unheard_of")
		}
		if err := emit(ctx, d); err != nil {
			return err
		}
		select {
		case <-held:
		case <-ctx.Done():
		}
		return emit(ctx, answers("broken", 1000, 2000, 0))
	}}
	out, err := runUntil(t, ctx, t.TempDir(), pipelines.Options{Follow: true, Refresh: time.Hour, Notice: func(message string) {
		if strings.Contains(message, "goes on") {
			held <- struct{}{}
		}
	}}, broken)
	var failed *pipelines.CheckError
	if !errors.As(err, &failed) || out.Commits != 2 || out.Published != nil {
		t.Errorf("%v after %d commits, published %+v", err, out.Commits, out.Published)
	}
}
