package lake

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestOpen_OneWriter(t *testing.T) {
	dir := t.TempDir()
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	open(t, dir, Options{RunID: "first", Now: func() time.Time { return at }})
	_, err := Open(dir, Options{RunID: "second"})
	locked, ok := errors.AsType[*LockedError](err)
	if !ok || !errors.Is(err, ErrLocked) {
		t.Fatalf("the second writer: %v", err)
	}
	if want := (Holder{PID: os.Getpid(), Run: "first", From: at}); locked.Holder != want {
		t.Errorf("holder = %+v, want %+v", locked.Holder, want)
	}
	if !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("the message does not name the process: %v", err)
	}
	if _, err := Read(dir, nil); err != nil {
		t.Errorf("a reader needs no lease: %v", err)
	}
}

// TestLake_FencesAWriterThatLostItsLease takes the lock file away, as a cleaning job or a network file system may do.
func TestLake_FencesAWriterThatLostItsLease(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir, Options{RunID: "first"})
	commit(t, first, feeds[0].delivery(0, 10))
	stale := first.Begin()
	if err := stale.Add(feeds[0].delivery(10, 20)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, lockName)); err != nil {
		t.Fatal(err)
	}
	second := open(t, dir, Options{RunID: "second"})
	if _, err := stale.Commit(t.Context()); !errors.Is(err, ErrFenced) {
		t.Errorf("the writer without a lease: %v", err)
	}
	again := first.Begin()
	if err := again.Add(feeds[0].delivery(10, 20)); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Commit(t.Context()); !errors.Is(err, ErrFenced) {
		t.Errorf("and once more: %v", err)
	}
	done := commit(t, second, feeds[0].delivery(10, 30))
	if done.Seq != 2 || done.Epoch != 2 {
		t.Errorf("the new writer's commit is %+v", *done)
	}
	sound(t, dir)
}

// TestLake_TwoWritersCannotBothWriteCommitN lets the claim go unnoticed, so that only the name of the commit decides.
func TestLake_TwoWritersCannotBothWriteCommitN(t *testing.T) {
	dir := t.TempDir()
	second := (*Lake)(nil)
	hook := func(op Op, path string) error {
		if op == OpLink && second == nil { // the first writer has just found that it is not fenced
			if err := os.Remove(filepath.Join(dir, lockName)); err != nil {
				return err
			}
			second = open(t, dir, Options{RunID: "second"})
			commit(t, second, feeds[0].delivery(0, 30))
		}
		return nil
	}
	first := open(t, dir, Options{RunID: "first", FS: hook})
	c := first.Begin()
	if err := c.Add(feeds[0].delivery(0, 20)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Commit(t.Context()); !errors.Is(err, ErrFenced) {
		t.Errorf("the first writer: %v", err)
	}
	if got := second.Positions("desk")["contacts/0"].Next; got != 30 {
		t.Errorf("the stream goes on at %d", got)
	}
	if v := sound(t, dir); v.Commits != 1 {
		t.Errorf("%d commits", v.Commits)
	}
}

func TestOpen_RemovesOnlyOldOrphans(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{})
	commit(t, l, feeds[0].delivery(0, 90))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	listed := files(t, dir)
	old, young := "data/contacts/000001-000007.parquet", "data/contacts/000001-000008.parquet.tmp"
	for _, name := range []string{old, young, "manifest/000001-000009.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half a file"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	for _, name := range append(listed, old, "manifest/000001-000009.tmp") { // committed files may be as old as they like
		if err := os.Chtimes(filepath.Join(dir, name), now, now.Add(-25*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	v, err := Verify(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Problems) != 2 || v.Problems[0].Code != ProblemOrphan || v.Problems[0].Path != old {
		t.Errorf("verify: %v", v.Problems)
	}
	open(t, dir, Options{})
	left := files(t, dir)
	has := func(name string) bool { return strings.Contains(strings.Join(left, "\n")+"\n", name+"\n") }
	if has(old) || has("manifest/000001-000009.tmp") || !has(young) {
		t.Errorf("left: %v", left)
	}
	sound(t, dir)
}

// TestCycle_UnclearCommit: publishing fails in ways that do not tell whether it took place. Nothing is removed, the
// writer stops, and the next one finds out.
func TestCycle_UnclearCommit(t *testing.T) {
	for name, test := range map[string]struct {
		fail func(dir, temporary string, op Op, path string) error
		err  error
		next int64 // position of the next writer
	}{
		"linked, but told that the name is taken": {
			fail: func(dir, temporary string, op Op, path string) error {
				if op != OpLink {
					return nil
				}
				return errors.Join(os.Link(filepath.Join(dir, temporary), filepath.Join(dir, path)), syscall.EEXIST)
			},
			next: 90},
		"not linked, I/O error": {
			fail: func(_, _ string, op Op, _ string) error {
				if op == OpLink {
					return syscall.EIO
				}
				return nil
			},
			err: ErrUnclear, next: 0},
		"linked, but not known to last": {
			fail: func(dir, _ string, op Op, path string) error {
				if _, err := os.Lstat(filepath.Join(dir, commitName(1))); err == nil && op == OpSyncDir && path == manifestDir {
					return syscall.EIO
				}
				return nil
			},
			err: ErrUnclear, next: 90},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var temporary string
			l := open(t, dir, Options{FS: func(op Op, path string) error {
				if op == OpCreate {
					temporary = path
				}
				return test.fail(dir, temporary, op, path)
			}})
			c := l.Begin()
			if err := c.Add(feeds[0].delivery(0, 90)); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Commit(t.Context()); !errors.Is(err, test.err) {
				t.Errorf("the commit: %v", err)
			}
			if got := len(files(t, filepath.Join(dir, dataDir))); got != 2 {
				t.Errorf("%d data files are left", got)
			}
			if test.err != nil {
				again := l.Begin()
				if err := again.Add(feeds[3].delivery(0, 10)); err != nil {
					t.Fatal(err)
				}
				if _, err := again.Commit(t.Context()); !errors.Is(err, ErrUnclear) {
					t.Errorf("another commit: %v", err)
				}
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = open(t, dir, Options{})
			if got := l.Positions("desk")["contacts/0"].Next; got != test.next {
				t.Errorf("the stream goes on at %d, want %d", got, test.next)
			}
			sound(t, dir)
		})
	}
}
