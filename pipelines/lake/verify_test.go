package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestVerify_NamesWhatIsWrong spoils a sound lake in one way at a time.
func TestVerify_NamesWhatIsWrong(t *testing.T) {
	contactsFile := "data/contacts/000001-000001.parquet"
	for name, test := range map[string]struct {
		spoil func(t *testing.T, dir string)
		code  string
		path  string
		what  string // part of the text
	}{
		"a data file is gone": {
			spoil: func(t *testing.T, dir string) { remove(t, dir, contactsFile) },
			code:  ProblemMissing, path: contactsFile, what: "committed, but not there"},
		"a bit of a data file flipped": {
			spoil: func(t *testing.T, dir string) { flip(t, dir, contactsFile, 100) },
			code:  ProblemContent, path: contactsFile, what: "SHA-256"},
		"a data file was cut short": {
			spoil: func(t *testing.T, dir string) {
				if err := os.Truncate(filepath.Join(dir, contactsFile), 100); err != nil {
					t.Fatal(err)
				}
			},
			code: ProblemContent, path: contactsFile, what: "it has 100 bytes"},
		"a bit of the last commit flipped": {
			spoil: func(t *testing.T, dir string) { flip(t, dir, commitName(2), 40) },
			code:  ProblemManifest, path: commitName(2), what: "checksum"},
		"a bit of an earlier commit flipped": {
			spoil: func(t *testing.T, dir string) { flip(t, dir, commitName(1), 40) },
			code:  ProblemManifest, path: commitName(1), what: "checksum"},
		"an earlier commit is gone": {
			spoil: func(t *testing.T, dir string) { remove(t, dir, commitName(1)) },
			code:  ProblemManifest, path: commitName(1), what: "missing"},
		"an earlier commit was rewritten, checksum and all": {
			spoil: func(t *testing.T, dir string) { rewrite(t, dir, 1, func(r *record) { r.Run = "another" }) },
			code:  ProblemManifest, path: commitName(2), what: "the hash differs"},
		"a writer came back after it had been fenced": {
			spoil: func(t *testing.T, dir string) { rewrite(t, dir, 2, func(r *record) { r.Epoch = 0 }) },
			code:  ProblemManifest, path: commitName(2), what: "epoch 0 after epoch 1"},
		"a range overlaps": {
			spoil: func(t *testing.T, dir string) {
				rewrite(t, dir, 2, func(r *record) { r.Ranges[0].First -= 2; r.Ranges[0].Filtered += 2 })
			},
			code: ProblemManifest, path: commitName(2), what: "begins at position 88, but the lake goes on at 90"},
		"a position is unaccounted for": {
			spoil: func(t *testing.T, dir string) { rewrite(t, dir, 2, func(r *record) { r.Ranges[0].Filtered-- }) },
			code:  ProblemManifest, path: commitName(2), what: "accounted for"},
		"a file name leads outside": {
			spoil: func(t *testing.T, dir string) {
				rewrite(t, dir, 2, func(r *record) { r.Files[0].Path = "data/../../elsewhere.parquet" })
			},
			code: ProblemManifest, path: commitName(2), what: "leads out"},
		"a gap is not named": {
			spoil: func(t *testing.T, dir string) { rewrite(t, dir, 2, func(r *record) { r.Gaps = nil }) },
			code:  ProblemGap, what: "6 positions are missing, gaps name 0"},
		"a stream is said to have given more": {
			spoil: func(t *testing.T, dir string) {
				rewrite(t, dir, 2, func(r *record) { r.Ranges[0].Tables[0].Records++; r.Ranges[0].Records++ })
			},
			code: ProblemCount, path: commitName(2), what: "the streams gave"},
		"a row belongs to another position": {
			spoil: func(t *testing.T, dir string) {
				rewrite(t, dir, 2, func(r *record) { r.Ranges[0].Tables[0].Digest = strings.Repeat("0", 64) })
			},
			code: ProblemRows, what: "not those that were delivered"},
		"a rejected row is another": {
			spoil: func(t *testing.T, dir string) {
				rewrite(t, dir, 2, func(r *record) { r.Ranges[0].Rejects = strings.Repeat("0", 64) })
			},
			code: ProblemRows, what: "_rejects rows are not those"},
		"rows are counted for the wrong stream": {
			spoil: func(t *testing.T, dir string) {
				rewrite(t, dir, 2, func(r *record) { r.Ranges[0].Source = "desk two" })
			},
			code: ProblemRows, path: "data/contacts/000001-000002.parquet", what: "the commit does not count it"},
		"a file is left over": {
			spoil: func(t *testing.T, dir string) {
				path := filepath.Join(dir, "data/contacts/left.parquet")
				if err := os.WriteFile(path, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Chtimes(path, time.Now(), time.Now().Add(-48*time.Hour)); err != nil {
					t.Fatal(err)
				}
			},
			code: ProblemOrphan, path: "data/contacts/left.parquet", what: "no commit lists it"},
		"others may read": {
			spoil: func(t *testing.T, dir string) {
				if err := os.Chmod(filepath.Join(dir, contactsFile), 0o644); err != nil {
					t.Fatal(err)
				}
			},
			code: ProblemRights, path: contactsFile, what: "0644"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := open(t, dir, Options{})
			commit(t, l, feeds[0].delivery(0, 90), feeds[3].delivery(0, 60))
			commit(t, l, feeds[0].delivery(90, 180))
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			sound(t, dir)
			test.spoil(t, dir)
			v, err := Verify(t.Context(), dir, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range v.Problems {
				if p.Code == test.code && p.Path == test.path && strings.Contains(p.What, test.what) {
					return
				}
			}
			t.Errorf("want %s %q ... %q, got %q", test.code, test.path, test.what, v.Problems)
		})
	}
}

// TestOpen_RefusesADamagedManifest: what Verify names, the writer and the readers do not build on.
func TestOpen_RefusesADamagedManifest(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{})
	commit(t, l, feeds[0].delivery(0, 90))
	commit(t, l, feeds[0].delivery(90, 180))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	flip(t, dir, commitName(1), 40)
	for name, open := range map[string]func() error{
		"Open": func() error { _, err := Open(dir, Options{}); return err },
		"Read": func() error { _, err := Read(dir, nil); return err },
	} {
		err := open()
		if bad, ok := errors.AsType[*CorruptError](err); !ok || !errors.Is(err, ErrCorrupt) || bad.Path != commitName(1) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerify_EndsWithItsContext(t *testing.T) {
	dir := t.TempDir()
	commit(t, open(t, dir, Options{}), feeds[0].delivery(0, 90))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Verify(ctx, dir, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Verify: %v", err)
	}
}

// TestCheckpoint_OnlySavesTime loads more commits than one checkpoint covers, and loses and spoils checkpoints.
func TestCheckpoint_OnlySavesTime(t *testing.T) {
	dir := scratch(t)
	l := open(t, dir, Options{})
	const every = 8
	l.every = every
	const n = 3*every + 5
	for i := range int64(n) {
		commit(t, l, contacts(1, i, 1))
	}
	want := l.Snapshot()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	same := func(name string) {
		t.Helper()
		got, err := Read(dir, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got.Seq != n || got.Input() != want.Input() || len(got.Commits()) != n || len(got.Paths("contacts")) != n {
			t.Errorf("%s: the lake ends at commit %d", name, got.Seq)
		}
	}
	same("from the newest checkpoint")
	sound(t, dir)
	if _, err := os.Stat(filepath.Join(dir, checkpointName(every))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the oldest checkpoint is still there: %v", err)
	}
	flip(t, dir, checkpointName(3*every), 40)
	same("from the one before")
	v, err := Verify(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Problems) != 1 || v.Problems[0].Code != ProblemCheckpoint {
		t.Errorf("a spoilt checkpoint: %q", v.Problems)
	}
	remove(t, dir, checkpointName(3*every))
	remove(t, dir, checkpointName(2*every))
	same("without checkpoints")

	// A checkpoint that is whole, but tells of other commits.
	content, err := os.ReadFile(filepath.Join(dir, commitName(2*every)))
	if err != nil {
		t.Fatal(err)
	}
	r := new(record)
	hash, err := unseal(content, r)
	if err != nil {
		t.Fatal(err)
	}
	s := newState()
	s.Seq, s.Hash, s.Epoch = 2*every, hash, 1
	content, _, err = seal(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, checkpointName(2*every)), content, 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err = Verify(t.Context(), dir, nil); err != nil || len(v.Problems) != 1 || v.Problems[0].Code != ProblemCheckpoint {
		t.Errorf("a checkpoint that leaves everything out: %q, %v", v.Problems, err)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// flip changes one byte of a file.
func flip(t *testing.T, dir, name string, at int) {
	t.Helper()
	path := filepath.Join(dir, name)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content = bytes.Clone(content)
	content[at] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// rewrite changes a commit and gives it a checksum that fits.
func rewrite(t *testing.T, dir string, seq int64, f func(r *record)) {
	t.Helper()
	path := filepath.Join(dir, commitName(seq))
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := new(record)
	if _, err := unseal(content, r); err != nil {
		t.Fatal(err)
	}
	f(r)
	if content, _, err = seal(r); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(fmt.Errorf("rewrite: %w", err))
	}
}
