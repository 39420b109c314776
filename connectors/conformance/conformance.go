// Package conformance holds the promises of package connectors against a Source. Every kind of source runs it in its own
// tests, in each of its forms; there is no switch to leave a part out.
//
// A kind of source describes itself by a Case: how rows are put into its world, and how a Source over that world is
// opened. Everything else (what must come out, in which order, what happens when the receiver fails) is known here.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"insideout/connectors"
	"insideout/models"
)

// Row is one row of input. A case writes its four fields under the names id, value, keep and pad, as texts.
type Row struct{ ID, Value, Keep, Pad string }

// Case is one world, empty at first. The suite asks for a new one for each of its tests.
type Case struct {
	// Streams is how many streams Write can fill: files, partitions. At least 1.
	Streams int
	// Write adds rows to a stream. It is called at most once a stream, before Open.
	Write func(t *testing.T, stream int, rows []Row)
	// Open makes a Source that reads everything there is and then ends. It binds its rows with Binder.
	Open func(t *testing.T) connectors.Source
	// TooLarge is a length of Pad with which a row is rejected for its size; 0 if there is none.
	TooLarge int
}

// Mapping is how the rows are read: rows whose keep is "no" are filtered, and a value that is no number is a reject.
func Mapping() connectors.Mapping {
	constant := func(s string) connectors.Rule { return connectors.Rule{Value: &s} }
	return connectors.Mapping{
		To: "measures",
		Map: map[string]connectors.Rule{
			"unit": {From: connectors.Places{"id"}}, "value": {From: connectors.Places{"value"}},
			"measured_at": constant("2025-01-06T00:00:00Z"), "measure": constant("waiting"),
		},
		Where: map[string][]string{"keep": {"yes"}},
	}
}

// Binder makes the binder that a case's Source is to use.
func Binder(t *testing.T) *connectors.Binder {
	t.Helper()
	b, err := connectors.NewBinder(Mapping(), connectors.BinderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Many is the number of rows of the larger tests: more than one delivery may hold.
const Many = 20000

// Run runs the suite.
func Run(t *testing.T, world func(t *testing.T) Case) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, c Case)
	}{
		{"every row arrives once and in order", everything},
		{"it goes on behind a position", resume},
		{"a failing receiver ends the pull and moves nothing", failing},
		{"cancelling is quiet and loses nothing", cancelling},
		{"it does nothing once cancelled", cancelled},
		{"bad rows become rejects", rejects},
		{"empty input is no error", empty},
		{"a huge row passes or is rejected alone", huge},
		{"a second pull brings nothing new", again},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, world(t)) })
	}
}

// rows makes n rows of a stream, every 97th bad and every 89th filtered.
func rows(stream, n int) []Row {
	out := make([]Row, n)
	for i := range out {
		out[i] = Row{ID: fmt.Sprintf("s%d-%07d", stream, i), Value: fmt.Sprint(i), Keep: "yes", Pad: "p"}
		switch {
		case i%97 == 96:
			out[i].Value = "none of your business"
		case i%89 == 88:
			out[i].Keep = "no"
		}
	}
	return out
}

func good(r Row) bool { return r.Keep == "yes" && !bad(r) }
func bad(r Row) bool  { return r.Keep == "yes" && strings.Trim(r.Value, "0123456789") != "" }

// sink is a receiver that checks what every delivery must keep to, and remembers what it took.
type sink struct {
	t         *testing.T
	source    string
	positions models.Positions
	ids       []string
	rejects   []models.Reject
	filtered  int64
	count     int
	last      map[string]string // id of the last record by stream
	before    func() error      // runs before a delivery is taken
	after     func()
}

func newSink(t *testing.T, s connectors.Source, from models.Positions) *sink {
	k := &sink{t: t, source: s.Name(), positions: models.Positions{}, last: map[string]string{}}
	for stream, p := range from {
		k.positions[stream] = p
	}
	return k
}

func (k *sink) emit(_ context.Context, d *models.Delivery) error {
	t := k.t
	if k.before != nil {
		if err := k.before(); err != nil {
			return err
		}
	}
	k.count++
	g := d.Range
	if err := g.Check(); err != nil {
		t.Error(err)
	}
	if d.Source != k.source || d.Source == "" {
		t.Errorf("the delivery is from %q, the source is %q", d.Source, k.source)
	}
	if d.At.IsZero() || d.At.Location().String() != "UTC" {
		t.Errorf("the delivery was pulled at %v, want a time in UTC", d.At)
	}
	p, known := k.positions[g.Stream]
	if known && p.Next != g.First {
		t.Errorf("stream %s: a delivery begins at %d, the last ended at %d", g.Stream, g.First, p.Next)
	}
	if p.Done {
		t.Errorf("stream %s was done and has another delivery", g.Stream)
	}
	if int64(len(d.Rejects)) != g.Rejected {
		t.Errorf("stream %s: %d rejects, the range says %d", g.Stream, len(d.Rejects), g.Rejected)
	}
	records, loaded := int64(0), map[int64]bool{}
	for _, b := range d.Records {
		records += int64(b.Rows())
		unit := b.Schema.Field("unit")
		for i := range b.Rows() {
			id := strings.Clone(b.Columns[unit].Texts[i])
			if at := b.Positions[i]; at < g.First || at >= g.Next {
				t.Errorf("stream %s: record at %d, the range is %d to %d", g.Stream, at, g.First, g.Next-1)
			} else {
				loaded[at] = true
			}
			if id[:2] != k.last[g.Stream][:min(2, len(k.last[g.Stream]))] && k.last[g.Stream] != "" {
				t.Errorf("stream %s holds rows of two streams: %s and %s", g.Stream, k.last[g.Stream], id)
			}
			if id <= k.last[g.Stream] {
				t.Errorf("stream %s: %s comes after %s", g.Stream, id, k.last[g.Stream])
			}
			k.last[g.Stream] = id
			k.ids = append(k.ids, id)
		}
	}
	if records != g.Records || int64(len(loaded)) != g.Loaded {
		t.Errorf("stream %s: %d records of %d positions, the range says %d of %d", g.Stream, records, len(loaded), g.Records, g.Loaded)
	}
	for _, r := range d.Rejects {
		if r.Stream != g.Stream || r.Position < g.First || r.Position >= g.Next || loaded[r.Position] {
			t.Errorf("reject at %s %d, the range is %s %d to %d", r.Stream, r.Position, g.Stream, g.First, g.Next-1)
		}
		r.Raw = append([]byte(nil), r.Raw...)
		k.rejects = append(k.rejects, r)
	}
	k.filtered += g.Filtered
	k.positions[g.Stream] = g.Position()
	if k.after != nil {
		k.after()
	}
	return nil
}

// pull pulls from the positions and wants no error.
func pull(t *testing.T, s connectors.Source, from models.Positions) *sink {
	t.Helper()
	k := newSink(t, s, from)
	if err := s.Pull(t.Context(), from, k.emit); err != nil {
		t.Fatalf("pull: %v", err)
	}
	return k
}

// compare holds what sinks took together against the rows: every row is a record, a reject or filtered, once.
func compare(t *testing.T, all []Row, sinks ...*sink) {
	t.Helper()
	want, got := map[string]int{}, map[string]int{}
	var wantBad, gotBad, wantFiltered, gotFiltered int64
	for _, r := range all {
		switch {
		case good(r):
			want[r.ID]++
		case bad(r):
			wantBad++
		default:
			wantFiltered++
		}
	}
	for _, k := range sinks {
		for _, id := range k.ids {
			got[id]++
		}
		gotBad += int64(len(k.rejects))
		gotFiltered += k.filtered
	}
	if !maps.Equal(want, got) { // cmp takes seconds for maps of this size
		t.Errorf("records (-want +got):\n%s", clip(cmp.Diff(want, got)))
	}
	if gotBad != wantBad || gotFiltered != wantFiltered {
		t.Errorf("%d rejects and %d filtered, want %d and %d", gotBad, gotFiltered, wantBad, wantFiltered)
	}
}

func clip(s string) string {
	if len(s) > 2000 {
		return s[:2000] + "\n..."
	}
	return s
}

// fill writes n rows into each stream and returns them all.
func fill(t *testing.T, c Case, n int) []Row {
	var all []Row
	for stream := range c.Streams {
		r := rows(stream, n)
		c.Write(t, stream, r)
		all = append(all, r...)
	}
	return all
}

func everything(t *testing.T, c Case) {
	all := fill(t, c, Many)
	compare(t, all, pull(t, c.Open(t), nil))
}

func resume(t *testing.T, c Case) {
	const n = 500
	all := fill(t, c, n)
	whole := pull(t, c.Open(t), nil)
	first := map[string]int64{} // the position of each stream's first row
	for stream, p := range whole.positions {
		first[stream] = p.Next - n
	}
	for _, done := range []int{0, 1, n / 2, n - 1, n} {
		t.Run(fmt.Sprintf("%d of %d rows", done, n), func(t *testing.T) {
			from := models.Positions{}
			for stream, p := range whole.positions {
				p.Next, p.Done = first[stream]+int64(done), false
				from[stream] = p
			}
			var left []Row
			for i, r := range all {
				if i%n >= done {
					left = append(left, r)
				}
			}
			compare(t, left, pull(t, c.Open(t), from))
		})
	}
}

func failing(t *testing.T, c Case) {
	all := fill(t, c, Many)
	s := c.Open(t)
	full := errors.New("no room")
	var sinks []*sink
	from := models.Positions{}
	for fails := range 3 {
		k := newSink(t, s, from)
		calls := 0
		k.before = func() error {
			if calls++; calls > fails+1 {
				t.Error("emit is called again after it failed")
			}
			if calls == fails+1 {
				return full
			}
			return nil
		}
		if err := s.Pull(t.Context(), from, k.emit); calls > fails && !errors.Is(err, full) {
			t.Errorf("pull returned %v, want what emit returned", err)
		}
		sinks = append(sinks, k)
		from = k.positions
	}
	compare(t, all, append(sinks, pull(t, s, from))...)
}

func cancelling(t *testing.T, c Case) {
	all := fill(t, c, Many)
	s := c.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	first := newSink(t, s, nil)
	first.after = cancel
	if err := s.Pull(ctx, nil, first.emit); err != nil {
		t.Errorf("pull returned %v", err)
	}
	if first.count != 1 {
		t.Errorf("%d deliveries, want none behind the one during which it was cancelled", first.count)
	}
	compare(t, all, first, pull(t, s, first.positions))
}

func cancelled(t *testing.T, c Case) {
	fill(t, c, 10)
	s := c.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	k := newSink(t, s, nil)
	if err := s.Pull(ctx, nil, k.emit); err != nil || k.count != 0 {
		t.Errorf("pull emitted %d times and returned %v", k.count, err)
	}
}

func rejects(t *testing.T, c Case) {
	all := []Row{{"s0-1", "1", "yes", ""}, {"s0-2", "one", "yes", ""}, {"s0-3", "", "yes", ""}, {"s0-4", "4", "yes", ""}}
	c.Write(t, 0, all)
	k := pull(t, c.Open(t), nil)
	if d := cmp.Diff([]string{"s0-1", "s0-4"}, k.ids); d != "" {
		t.Error(d)
	}
	var codes []string
	for i, r := range k.rejects {
		codes = append(codes, r.Code)
		if r.Field != "value" || r.Detail == "" || !strings.Contains(string(r.Raw), all[i+1].ID) {
			t.Errorf("reject %+v with raw %q, want field, detail and the row itself", r, r.Raw)
		}
	}
	if d := cmp.Diff([]string{connectors.CodeWrongType, connectors.CodeMissing}, codes); d != "" {
		t.Error(d)
	}
}

func empty(t *testing.T, c Case) {
	c.Write(t, 0, nil)
	s := c.Open(t)
	k := pull(t, s, nil)
	compare(t, nil, k, pull(t, s, k.positions))
}

func huge(t *testing.T, c Case) {
	all := []Row{{"s0-1", "1", "yes", "p"}, {"s0-2", "2", "yes", strings.Repeat("x", 1<<20)}, {"s0-3", "3", "yes", "p"}}
	want := []string{"s0-1", "s0-2", "s0-3"}
	if c.TooLarge > 0 {
		all = append(all, Row{"s0-4", "4", "yes", strings.Repeat("x", c.TooLarge)}, Row{"s0-5", "5", "yes", "p"})
		want = append(want, "s0-5")
	}
	c.Write(t, 0, all)
	k := pull(t, c.Open(t), nil)
	if d := cmp.Diff(want, k.ids); d != "" {
		t.Error(d)
	}
	switch {
	case c.TooLarge == 0 && len(k.rejects) > 0:
		t.Errorf("%d rejects", len(k.rejects))
	case c.TooLarge > 0 && (len(k.rejects) != 1 || k.rejects[0].Code != connectors.CodeTooLarge):
		t.Errorf("%d rejects, want one for the size", len(k.rejects))
	}
}

func again(t *testing.T, c Case) {
	all := fill(t, c, 1000)
	s := c.Open(t)
	k := pull(t, s, nil)
	compare(t, all, k)
	compare(t, nil, pull(t, s, k.positions))
	compare(t, nil, pull(t, c.Open(t), k.positions))
	compare(t, all, pull(t, s, nil)) // and from the beginning, everything
}
