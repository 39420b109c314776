package lake

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"insideout/models"
)

func TestLake_CommitsSourcesAndDatasetsTogether(t *testing.T) {
	dir := t.TempDir()
	clock := time.Date(2026, 1, 5, 10, 0, 0, 0, time.FixedZone("", 3600))
	l := open(t, dir, Options{RunID: "run-1", Now: func() time.Time { return clock }})
	desk, pulse := feeds[0], feeds[3]
	done := commit(t, l, desk.delivery(0, 50), pulse.delivery(0, 40), desk.delivery(50, 96))

	// Counted by hand from the rules of fate over 0..95 and 0..39: rejected at 7, 38, 69 and at 5, 28; filtered at
	// 3, 20, 37, 54, 71, 88 and at 3, 20, 37; control at 11, 30, 49, 68, 87; missing 90 to 95.
	want := []SourceTotal{
		{Source: "desk", Dataset: "contacts", Streams: 1, Loaded: 96 - 3 - 6 - 5 - 6, Rejected: 3, Filtered: 6, Control: 5, Missing: 6, Records: 76},
		// 35 loaded positions; p%3 = 0, 1, 2 gives 1, 2, 3 records: 14, 13 and 13 positions of each, less those not
		// loaded: 3, 37; 28; 5, 20 are of kinds 0, 1; 1; 2, 2.
		{Source: "pulse", Dataset: "answers", Streams: 1, Loaded: 35, Rejected: 2, Filtered: 3, Records: 13*1 + 11*2 + 11*3},
	}
	s := l.Snapshot()
	got := s.Totals()
	for i := range got {
		if got[i].FirstAt.IsZero() || got[i].LastAt.Before(got[i].FirstAt) {
			t.Errorf("%s: events from %v to %v", got[i].Source, got[i].FirstAt, got[i].LastAt)
		}
		got[i].FirstAt, got[i].LastAt = time.Time{}, time.Time{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("totals: want (-), got (+):\n%s", diff)
	}
	if want := (Commit{Seq: 1, Epoch: 1, Run: "run-1", At: clock.UTC(), Hash: done.Hash, Files: 3, Records: 76 + 68, Rejected: 5, Missing: 6}); *done != want {
		t.Errorf("commit = %+v, want %+v", *done, want)
	}
	if diff := cmp.Diff([]string{"answers", "contacts"}, s.Datasets()); diff != "" {
		t.Error(diff)
	}
	wantPositions := models.Positions{"contacts/0": {Stream: "contacts/0", Identity: "id of contacts/0", Next: 96, Label: "label of contacts/0"}}
	if diff := cmp.Diff(wantPositions, l.Positions("desk")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(l.Positions("pulse"), s.Positions("pulse")); diff != "" {
		t.Error(diff)
	}
	if n := len(l.Positions("nobody")); n != 0 {
		t.Errorf("a source that never delivered has %d positions", n)
	}
	wantGap := []Gap{{Source: "desk", Gap: models.Gap{Stream: "contacts/0", From: 90, To: 96, Reason: "retention", DetectedAt: pulledAt}}}
	if diff := cmp.Diff(wantGap, s.Gaps()); diff != "" {
		t.Error(diff)
	}
	if v := sound(t, dir); v.Records != 144 || v.Rejects != 5 || v.Files != 3 || v.Streams != 2 || v.Input != s.Input() {
		t.Errorf("verified %+v", v)
	}
}

func TestLake_TotalsAndPositionsSurviveOpening(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{RunID: "1"})
	commit(t, l, feeds[0].delivery(0, 100), feeds[4].delivery(0, 9))
	commit(t, l, feeds[0].delivery(100, 200))
	before := l.Snapshot()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir, Options{RunID: "2"})
	read, err := Read(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, after := range map[string]*Snapshot{"opened": l.Snapshot(), "read": read} {
		if diff := cmp.Diff(before, after, cmp.AllowUnexported(Snapshot{}, account{})); diff != "" {
			t.Errorf("%s: before (-), after (+):\n%s", name, diff)
		}
	}
	if p := l.Positions("teams")["sha256:bb"]; !p.Done || p.Next != 9 {
		t.Errorf("the finished file is at %+v", p)
	}
}

func TestLake_RejectsAreKeptAsTheyCame(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{})
	rejects := []models.Reject{
		{Stream: "s", Label: "a.csv", Position: 0, Line: 2, Code: "wrong_type", Field: "score", Detail: "say a number", Raw: []byte("x\xff\x00y"), Key: []byte{}},
		{Stream: "s", Position: 2, Code: "malformed", Detail: "half a \xff text", Raw: []byte{}},
		{Stream: "s", Position: 3, Code: "tombstone", Key: []byte("k")},
	}
	d := &models.Delivery{Source: "a", Rejects: rejects, Range: models.Range{Stream: "s", Next: 4, Rejected: 3, Filtered: 1}, At: pulledAt}
	commit(t, l, d)
	other := &models.Delivery{Source: "b", Rejects: []models.Reject{{Stream: "t", Code: "malformed", Raw: []byte("z")}}, Range: models.Range{Stream: "t", Next: 1, Rejected: 1}}
	commit(t, l, other)

	want := append([]models.Reject{}, rejects...)
	want[1].Detail = "half a \uFFFD text" // texts are UTF-8; the row itself is not touched
	s := l.Snapshot()
	got, err := s.Rejects(t.Context(), "a", 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	if got, err = s.Rejects(t.Context(), "a", 2); err != nil || len(got) != 2 {
		t.Errorf("limit 2: %d rejects, %v", len(got), err)
	}
	if got, err = s.Rejects(t.Context(), "", 0); err != nil || len(got) != 4 {
		t.Errorf("all sources: %d rejects, %v", len(got), err)
	}
	if got, err = s.Rejects(t.Context(), "nobody", 0); err != nil || len(got) != 0 {
		t.Errorf("no such source: %d rejects, %v", len(got), err)
	}
	if n := len(s.Datasets()); n != 0 {
		t.Errorf("the quarantine counts as a dataset: %v", s.Datasets())
	}
	if v := sound(t, dir); v.Rejects != 4 || v.Records != 0 {
		t.Errorf("verified %+v", v)
	}
}

func TestLake_NothingNewWritesNothing(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{})
	if done := commit(t, l); *done != (Commit{}) {
		t.Errorf("an empty cycle in a new lake gave %+v", *done)
	}
	first := commit(t, l, feeds[0].delivery(0, 90))
	idle := feeds[0].delivery(90, 90)
	if done := commit(t, l, idle, idle); *done != *first {
		t.Errorf("an idle tick gave commit %+v", *done)
	}
	// That a stream exists is news, also when it is empty: what is dropped from it later is a loss.
	if done := commit(t, l, feeds[1].delivery(1000, 1000)); done.Seq != 2 || done.Files != 0 {
		t.Errorf("a new empty stream gave %+v", *done)
	}
	if got := l.Positions("desk")["contacts/1"].Next; got != 1000 {
		t.Errorf("the empty stream goes on at %d", got)
	}
	sound(t, dir)
}

func TestLake_AnotherStreamOfThatNameIsRefused(t *testing.T) {
	l := open(t, t.TempDir(), Options{})
	commit(t, l, feeds[0].delivery(0, 50))
	c := l.Begin()
	for name, d := range map[string]*models.Delivery{"from its beginning": feeds[0].delivery(0, 40), "going on": feeds[0].delivery(50, 60)} {
		d.Range.Identity = "another topic of that name"
		if err := c.Add(d); !errors.Is(err, ErrIdentity) {
			t.Errorf("%s: %v", name, err)
		}
	}
	unnamed := feeds[0].delivery(50, 60)
	unnamed.Range.Identity = "" // a source that cannot tell is believed
	if err := c.Add(unnamed); err != nil {
		t.Error(err)
	}
	if _, err := c.Commit(t.Context()); err != nil {
		t.Error(err)
	}
	if p := l.Positions("desk")["contacts/0"]; p.Next != 60 || p.Identity != "id of contacts/0" {
		t.Errorf("the stream goes on at %+v", p)
	}
}

func TestLake_AStreamMadeAnewBeginsAnew(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{AcceptNew: true})
	old, renewed := feeds[0].delivery(0, 50), feeds[0].delivery(0, 40)
	renewed.Range.Identity = "another topic of that name"
	commit(t, l, old)
	commit(t, l, renewed)
	third := feeds[0].delivery(0, 20)
	third.Range.Identity = "a third one"
	onward := feeds[0].delivery(20, 30)
	onward.Range.Identity = "a third one"
	commit(t, l, third, onward)
	if p := l.Positions("desk")["contacts/0"]; p.Next != 30 || p.Identity != "a third one" {
		t.Errorf("the stream goes on at %+v", p)
	}
	totals := l.Snapshot().Totals()
	if got, want := totals[0].Loaded, old.Range.Loaded+renewed.Range.Loaded+third.Range.Loaded+onward.Range.Loaded; got != want || totals[0].Streams != 1 {
		t.Errorf("totals %+v, want %d loaded of 1 stream", totals[0], want)
	}
	sound(t, dir)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir, Options{})
	if p := l.Positions("desk")["contacts/0"]; p.Next != 30 {
		t.Errorf("after opening the stream goes on at %+v", p)
	}
}

func TestLake_BelongsToItsOwner(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "lake")
	l := open(t, dir, Options{})
	commit(t, l, feeds[0].delivery(0, 90))
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: rights %o, want %o", path, got, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRead_WithoutALake(t *testing.T) {
	if _, err := Read(t.TempDir(), nil); !errors.Is(err, ErrNone) {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := Read(filepath.Join(t.TempDir(), "nothing"), nil); !errors.Is(err, ErrNone) {
		t.Errorf("no folder: %v", err)
	}
	if _, err := Verify(t.Context(), t.TempDir(), nil); !errors.Is(err, ErrNone) {
		t.Errorf("verify: %v", err)
	}
}

func TestSnapshot_StaysAsItIs(t *testing.T) {
	l := open(t, t.TempDir(), Options{})
	commit(t, l, feeds[0].delivery(0, 50))
	s := l.Snapshot()
	totals, paths, input := s.Totals(), s.Paths("contacts"), s.Input()
	commit(t, l, feeds[0].delivery(50, 90), feeds[3].delivery(0, 40))
	if s.Seq != 1 || s.Input() != input || len(s.Commits()) != 1 {
		t.Error("a snapshot changed with a later commit")
	}
	if diff := cmp.Diff(totals, s.Totals()) + cmp.Diff(paths, s.Paths("contacts")); diff != "" {
		t.Error(diff)
	}
	if l.Snapshot().Input() == input {
		t.Error("more rows, same Input")
	}
}

// files lists the files below a folder, slash-separated.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			var rel string
			rel, err = filepath.Rel(dir, path)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPositions_CarryTheEpochOfTheLog(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(dir, Options{RunID: "r1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, epoch := range []string{"7", "", "9"} { // empty behind a gap: a kept one would raise a false alarm
		c := l.Begin()
		first := l.Positions("s")["t/0"].Next
		d := &models.Delivery{Source: "s", Range: models.Range{Stream: "t/0", Identity: "id", Epoch: epoch, First: first, Next: first + 1, Control: 1}}
		if err := c.Add(d); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := l.Positions("s")["t/0"]; got.Epoch != epoch || got.Next != first+1 {
			t.Errorf("position %+v, want epoch %q", got, epoch)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Read(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Positions("s")["t/0"].Epoch; got != "9" {
		t.Errorf("read again, the epoch is %q", got)
	}
}
