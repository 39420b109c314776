package lake

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"insideout/models"
)

// mended reads rejected rows again as a mapping does that was mended: all of the answers and of one partition of contacts
// fit now, but one is left out by a filter; the other partition has another reason; the payloads cannot be read.
func mended(_ context.Context, source string, r *models.Reject) (*models.Reading, error) {
	i := slices.IndexFunc(feeds, func(f feed) bool { return f.source == source && f.stream == r.Stream })
	switch {
	case i < 0:
		return nil, nil
	case r.Stream == "contacts/1":
		return &models.Reading{Reject: &models.Reject{Code: "missing_field", Detail: "another remedy"}}, nil
	case r.Stream == "contacts/0" && r.Position == 7:
		return &models.Reading{}, nil
	}
	f := feeds[i]
	b := models.NewBatch(models.Dataset(f.dataset), 1)
	for n := range f.records(r.Position) {
		f.row(b, r.Position, n)
	}
	return &models.Reading{Records: b, Dropped: 1}, nil
}

// fitting is what mended must load, from the feeds alone; of the person to forget, how many records.
func fitting() (want Replayed, theirs int64) {
	for _, f := range feeds {
		for p := f.first; p < f.end; p++ {
			switch {
			case f.fate(p) != 'r':
			case f.stream == "contacts/1":
				want.Renamed++
			case f.stream == "contacts/0" && p == 7:
				want.Filtered++
			default:
				want.Loaded++
				b := models.NewBatch(models.Dataset(f.dataset), 1)
				for n := range f.records(p) {
					want.Records++
					f.row(b, p, n)
				}
				if i := b.Schema.Field("person"); i >= 0 {
					for r, who := range b.Columns[i].Texts {
						if b.Columns[i].Valid[r] && who == pseudonym {
							theirs++
						}
					}
				}
			}
		}
	}
	return want, theirs
}

func totalOf(s *Snapshot) (t SourceTotal) {
	for _, x := range s.Totals() {
		t.Loaded += x.Loaded
		t.Rejected += x.Rejected
		t.Filtered += x.Filtered
		t.Control += x.Control
		t.Missing += x.Missing
		t.Records += x.Records
		t.Dropped += x.Dropped
		t.Forgotten += x.Forgotten
	}
	return t
}

// A quarantine that was written before its rows had what stands beside them is read, replayed and proved as it was.
func TestReplay_OlderQuarantine(t *testing.T) {
	now := rejectsSchema
	older := *now
	older.Version, older.Fields = 1, now.Fields[:rejectBeside:rejectBeside]
	rejectsSchema = &older
	dir := populated(t)
	rejectsSchema = now
	sound(t, dir)
	l := open(t, dir, Options{RunID: "replay", Keys: testKeys, Pseudonym: testNames})
	d := contacts(1, 1000, 5)
	d.Source, d.Range.Stream, d.Range.Loaded, d.Range.Rejected = "newer", "s", 4, 1
	d.Records[0].Truncate(4)
	d.Range.Records = 4
	d.Rejects = []models.Reject{{Stream: "s", Position: d.Range.Next - 1, Code: "malformed", Raw: []byte("x"), Beside: []byte{}}}
	c := l.Begin()
	if err := c.Add(d); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept, err := l.Snapshot().Rejects(t.Context(), "newer", 2)
	if err != nil || len(kept) != 1 || kept[0].Beside == nil {
		t.Errorf("kept %+v, %v", kept, err)
	}
	if older, err := l.Snapshot().Rejects(t.Context(), "desk", 1); err != nil || len(older) != 1 || older[0].Beside != nil {
		t.Errorf("kept before %+v, %v", older, err)
	}
	want, _ := fitting()
	if done, err := l.Replay(t.Context(), mended); err != nil || *done != want {
		t.Errorf("Replay = %+v, %v; want %+v", done, err, want)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	sound(t, dir)
}

func TestReplay_LoadsWhatFits(t *testing.T) {
	dir := populated(t)
	before := sound(t, dir)
	l := open(t, dir, Options{RunID: "replay", Keys: testKeys, Pseudonym: testNames})
	was, positions := totalOf(l.Snapshot()), l.Positions("desk")
	want, _ := fitting()
	done, err := l.Replay(t.Context(), mended)
	if err != nil {
		t.Fatal(err)
	}
	if want.Loaded == 0 || want.Renamed == 0 || want.Filtered == 0 || *done != want {
		t.Fatalf("Replay = %+v, want %+v", done, want)
	}
	v := sound(t, dir)
	if v.Records != before.Records+want.Records || v.Rejects != before.Rejects-want.Loaded-want.Filtered || v.Commits != before.Commits+1 {
		t.Errorf("the files hold %d records, %d rejects; before %d, %d", v.Records, v.Rejects, before.Records, before.Rejects)
	}
	now := was
	now.Loaded += want.Loaded
	now.Filtered += want.Filtered
	now.Rejected -= want.Loaded + want.Filtered
	now.Records += want.Records
	now.Dropped += want.Loaded
	if diff := cmp.Diff(now, totalOf(l.Snapshot())); diff != "" || now.Read() != was.Read() {
		t.Errorf("totals, want (-), got (+):\n%s", diff)
	}
	if diff := cmp.Diff(positions, l.Positions("desk")); diff != "" {
		t.Errorf("the positions moved:\n%s", diff)
	}
	rejects, err := l.Snapshot().Rejects(t.Context(), "desk", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rejects {
		f := feeds[1]
		if r.Stream != f.stream || r.Code != "missing_field" || r.Field != "" || r.Detail != "another remedy" || string(r.Raw) != string(f.raw(r.Position)) || r.Line != r.Position+2 {
			t.Errorf("rejected is still %+v", r)
		}
	}

	// Again, it does nothing. What is delivered later goes on, and so does forgetting.
	done, err = l.Replay(t.Context(), mended)
	if err != nil || *done != (Replayed{}) || l.Snapshot().Seq != v.Commits {
		t.Errorf("replaying again: %+v, %v, commit %d after %d", done, err, l.Snapshot().Seq, v.Commits)
	}
	more := feeds[0]
	more.end = 400
	commit(t, l, more.delivery(300, 400))
	sound(t, dir)
	if _, err := l.Replay(t.Context(), mended); err != nil {
		t.Fatal(err)
	}
	sound(t, dir)
	if _, err := l.Forget(t.Context(), []byte(rawID), false); err != nil {
		t.Fatal(err)
	}
	sound(t, dir)
	if n := traces(t, dir); n > 0 {
		t.Errorf("%d traces of someone forgotten", n)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, Options{Keys: testKeys, Pseudonym: testNames})
	sound(t, dir)
}

// TestReplay_ForgottenStayOut: rows that name somebody forgotten only once they are read again are counted, not loaded.
func TestReplay_ForgottenStayOut(t *testing.T) {
	dir := populated(t)
	l := open(t, dir, Options{Keys: testKeys, Pseudonym: testNames})
	if _, err := l.Forget(t.Context(), []byte(rawID), false); err != nil {
		t.Fatal(err)
	}
	before, was := sound(t, dir), totalOf(l.Snapshot())
	want, theirs := fitting()
	if theirs == 0 {
		t.Fatal("no rejected row is theirs: the test proves nothing")
	}
	if _, err := l.Replay(t.Context(), mended); err != nil {
		t.Fatal(err)
	}
	if n := traces(t, dir); n > 0 {
		t.Errorf("%d traces came back", n)
	}
	if v := sound(t, dir); v.Records != before.Records+want.Records-theirs {
		t.Errorf("%d records, want %d and %d less %d", v.Records, before.Records, want.Records, theirs)
	}
	if got := totalOf(l.Snapshot()).Forgotten - was.Forgotten; got != theirs {
		t.Errorf("%d more are counted as forgotten, want %d", got, theirs)
	}
}

// TestReplay_BadReadingChangesNothing: records of another position, or an error, leave the lake as it was.
func TestReplay_BadReadingChangesNothing(t *testing.T) {
	dir := populated(t)
	l := open(t, dir, Options{Keys: testKeys, Pseudonym: testNames})
	before, names := sound(t, dir), files(t, dir)
	broken := errors.New("the registry is away")
	n := 0
	for _, read := range []func(context.Context, string, *models.Reject) (*models.Reading, error){
		func(ctx context.Context, source string, r *models.Reject) (*models.Reading, error) {
			got, err := mended(ctx, source, r)
			if got != nil && got.Records != nil && r.Position > 50 {
				got.Records.Positions[0]++
			}
			return got, err
		},
		func(ctx context.Context, source string, r *models.Reject) (*models.Reading, error) {
			if n++; n > 20 {
				return nil, broken
			}
			return mended(ctx, source, r)
		},
	} {
		_, err := l.Replay(t.Context(), read)
		if _, ok := errors.AsType[*DeliveryError](err); !ok && !errors.Is(err, broken) {
			t.Errorf("Replay: %v", err)
		}
		if v := sound(t, dir); v.Input != before.Input {
			t.Error("the lake has changed")
		}
		if diff := cmp.Diff(names, files(t, dir)); diff != "" {
			t.Errorf("files were left:\n%s", diff)
		}
	}
}

// TestReplay_FaultAtEveryStep kills the writer before each operation of Replay, or lets the operation fail and the writer
// live. The lake is sound at any time, and doing it again finishes it.
func TestReplay_FaultAtEveryStep(t *testing.T) {
	source := populated(t)
	replay := func(dir string, m *mortal) error {
		l, err := Open(dir, Options{RunID: "replay", Keys: testKeys, Pseudonym: testNames, FS: m.ask})
		if err != nil {
			return err
		}
		defer l.Close()
		_, err = l.Replay(t.Context(), mended)
		return err
	}
	whole := copied(t, source)
	old := sound(t, whole).Input
	m := &mortal{at: -1}
	if err := replay(whole, m); err != nil {
		t.Fatal(err)
	}
	want := sound(t, whole).Input
	if m.n < 20 || want == old {
		t.Fatalf("only %d operations: nothing was rewritten", m.n)
	}
	for _, kill := range []bool{true, false} {
		for at := range m.n {
			dir := copied(t, source)
			fault := &mortal{at: at, err: errDead, kill: kill}
			if !kill {
				fault.err = syscall.ENOSPC
			}
			err := replay(dir, fault)
			if v := sound(t, dir); v.Input != old && v.Input != want {
				t.Fatalf("fault at %d (%s): half of it is there", at, fault.op)
			} else if err == nil && v.Input != want {
				t.Fatalf("fault at %d (%s) was not reported", at, fault.op)
			}
			if err := replay(dir, &mortal{at: -1}); err != nil {
				t.Fatalf("after the fault at %d (%s): %v", at, fault.op, err)
			}
			if got := sound(t, dir).Input; got != want {
				t.Fatalf("after the fault at %d (%s): Input = %s, want %s", at, fault.op, got, want)
			}
		}
	}
}
