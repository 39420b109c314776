package lake

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"insideout/models"
)

func TestCycle_RefusesWhatDoesNotFollowOn(t *testing.T) {
	l := open(t, t.TempDir(), Options{})
	f, file := feeds[0], feeds[4]
	commit(t, l, f.delivery(0, 50), file.delivery(0, 9))
	c := l.Begin()
	if err := c.Add(f.delivery(50, 60)); err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*models.Delivery{
		"again":       f.delivery(50, 60),
		"overlap":     f.delivery(59, 70),
		"from before": f.delivery(0, 50),
		"hole":        f.delivery(61, 70),
		"file again":  file.delivery(0, 9),
		"past an end": {Source: "teams", Range: models.Range{Stream: "sha256:bb", First: 9, Next: 10, Filtered: 1}},
	} {
		err := c.Add(d)
		bad, ok := errors.AsType[*DeliveryError](err)
		if !ok || !errors.Is(err, ErrOverlap) {
			t.Errorf("%s: %v", name, err)
		} else if bad.Source != d.Source || bad.Stream != d.Range.Stream {
			t.Errorf("%s: the error names source %q, stream %q", name, bad.Source, bad.Stream)
		}
	}
	// The cycle is as it was.
	if err := c.Add(f.delivery(60, 70)); err != nil {
		t.Error(err)
	}
	if _, err := c.Commit(t.Context()); err != nil {
		t.Error(err)
	}
	if got := l.Positions("desk")["contacts/0"].Next; got != 70 {
		t.Errorf("the stream goes on at %d", got)
	}
}

func TestCycle_RefusesWhatBreaksTheContract(t *testing.T) {
	l := open(t, t.TempDir(), Options{})
	c := l.Begin()
	good := func() *models.Delivery { return feeds[0].delivery(0, 97) }
	text := models.Dataset("contacts").Field("reason")
	for name, spoil := range map[string]func(d *models.Delivery){
		"no source":                      func(d *models.Delivery) { d.Source = "" },
		"no stream":                      func(d *models.Delivery) { d.Range.Stream = "" },
		"stream is not UTF-8":            func(d *models.Delivery) { d.Range.Stream = "\xff" },
		"a position unaccounted for":     func(d *models.Delivery) { d.Range.Loaded-- },
		"a negative count":               func(d *models.Delivery) { d.Range.Loaded, d.Range.Filtered = d.Range.Loaded+99, d.Range.Filtered-99 },
		"first after next":               func(d *models.Delivery) { d.Range = models.Range{Stream: "s", First: 5, Next: 4, Loaded: -1} },
		"records miscounted":             func(d *models.Delivery) { d.Range.Records++ },
		"loaded taken for filtered":      func(d *models.Delivery) { d.Range.Loaded, d.Range.Filtered = d.Range.Loaded-1, d.Range.Filtered+1 },
		"rejected taken for filtered":    func(d *models.Delivery) { d.Range.Rejected, d.Range.Filtered = d.Range.Rejected-1, d.Range.Filtered+1 },
		"missing taken for control":      func(d *models.Delivery) { d.Range.Missing, d.Range.Control = d.Range.Missing-1, d.Range.Control+1 },
		"row before the range":           func(d *models.Delivery) { d.Records[0].Positions[0] = -1 },
		"row after the range":            func(d *models.Delivery) { d.Records[0].Positions[d.Records[0].Rows()-1] = 97 },
		"rows out of order":              func(d *models.Delivery) { p := d.Records[0].Positions; p[0], p[1] = p[1], p[0] },
		"reject outside the range":       func(d *models.Delivery) { d.Rejects[0].Position = 97 },
		"two rejects of one position":    func(d *models.Delivery) { d.Rejects[1].Position = d.Rejects[0].Position },
		"gap outside the range":          func(d *models.Delivery) { d.Gaps[0].From, d.Gaps[0].To = 95, 101 },
		"required field without a value": func(d *models.Delivery) { d.Records[0].Columns[0].Valid[3] = false },
		"text is not UTF-8":              func(d *models.Delivery) { d.Records[0].SetText(text, 3, "\xff") },
		"number is not finite": func(d *models.Delivery) {
			cost := models.Dataset("contacts").Field("cost")
			inf := 1e308
			d.Records[0].SetReal(cost, 3, inf*10)
		},
		"columns of different lengths": func(d *models.Delivery) { d.Records[0].Columns[2].Ints = d.Records[0].Columns[2].Ints[1:] },
		"dataset name leads elsewhere": func(d *models.Delivery) {
			s := *d.Records[0].Schema
			s.Name = "../elsewhere"
			d.Records[0].Schema = &s
		},
		"rows for the quarantine": func(d *models.Delivery) {
			s := *d.Records[0].Schema
			s.Name = "_rejects"
			d.Records[0].Schema = &s
		},
	} {
		d := good()
		spoil(d)
		if err := c.Add(d); err == nil {
			t.Errorf("%s: accepted", name)
		} else if _, ok := errors.AsType[*DeliveryError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.Add(good()); err != nil {
		t.Errorf("after all that a good one: %v", err)
	}
	if err := c.Abort(); err != nil {
		t.Fatal(err)
	}
}

func TestCycle_AbortLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{})
	c := l.Begin()
	if err := c.Add(feeds[0].delivery(0, 90)); err != nil {
		t.Fatal(err)
	}
	if c.Rows() == 0 || c.Bytes() == 0 {
		t.Errorf("the cycle holds %d rows, %d bytes", c.Rows(), c.Bytes())
	}
	if err := c.Abort(); err != nil {
		t.Fatal(err)
	}
	if err := c.Abort(); err != nil {
		t.Errorf("the second time: %v", err)
	}
	if err := c.Add(feeds[0].delivery(0, 90)); err == nil {
		t.Error("an aborted cycle takes deliveries")
	}
	if _, err := c.Commit(t.Context()); err == nil {
		t.Error("an aborted cycle commits")
	}
	if got := files(t, filepath.Join(dir, dataDir)); len(got) != 0 {
		t.Errorf("files are left: %v", got)
	}
	if s := l.Snapshot(); s.Seq != 0 || len(s.Totals()) != 0 || len(l.Positions("desk")) != 0 {
		t.Errorf("something was kept: %+v", s.Totals())
	}
}

func TestCycle_TwoOpenCyclesCannotTakeTheSameStretch(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{})
	commit(t, l, feeds[0].delivery(0, 10))
	a, b, c := l.Begin(), l.Begin(), l.Begin()
	for cycle, d := range map[*Cycle]*models.Delivery{a: feeds[0].delivery(10, 20), b: feeds[0].delivery(10, 30), c: feeds[3].delivery(0, 40)} {
		if err := cycle.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Commit(t.Context()); !errors.Is(err, ErrOverlap) {
		t.Errorf("the second cycle: %v", err)
	}
	if _, err := c.Commit(t.Context()); err != nil {
		t.Errorf("a cycle of another stream: %v", err)
	}
	if got := l.Positions("desk")["contacts/0"].Next; got != 20 {
		t.Errorf("the stream goes on at %d", got)
	}
	sound(t, dir)
}

// TestCycle_SourcesAddAtTheSameTime is for the race detector.
func TestCycle_SourcesAddAtTheSameTime(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{})
	c := l.Begin()
	var group sync.WaitGroup
	errs := make([]error, len(feeds))
	for i, f := range feeds {
		group.Go(func() {
			for next := f.first; next < f.end && errs[i] == nil; {
				to := f.gapEnd(min(next+20, f.end))
				errs[i] = c.Add(f.delivery(next, to))
				next = to
				c.Rows()
				c.Bytes()
				l.Positions(f.source)
				l.Snapshot().Totals()
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	sound(t, dir)
	if diff := cmp.Diff(produced(), kept(t, l.Snapshot())); diff != "" {
		t.Errorf("produced (-), in the lake (+):\n%s", diff)
	}
}
