package lake

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The input of the crash tests, cut so that one run makes several commits with files of several datasets.
const (
	crashStep      = 120
	crashPerCommit = 3
)

var errDead = errors.New("the process is dead")

// mortal fails one operation of the writer; if it kills, also everything after it, as death does.
type mortal struct {
	at   int // number of the operation, from 0; negative never fails
	err  error
	kill bool
	seen func(op Op, path string) // told of every operation that is about to be done

	n  int
	op string // the one that failed
}

func (m *mortal) ask(op Op, path string) error {
	n := m.n
	m.n++
	if m.at >= 0 && (n == m.at || m.kill && n > m.at) {
		if n == m.at {
			m.op = fmt.Sprintf("%s %s", op, path)
		}
		return m.err
	}
	if m.seen != nil {
		m.seen(op, path)
	}
	return nil
}

// run opens the lake, loads everything that it lacks, and closes it. It returns the last commit acknowledged.
func run(t testing.TB, dir string, m *mortal) (int64, error) {
	l, err := Open(dir, Options{RunID: "run", FS: m.ask, Keys: testKeys})
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return pump(t, l, crashStep, crashPerCommit)
}

// operations is the number of operations in a run without a fault, and Input of what it leaves. That run is held
// against what was produced row by row; the others against it by Input, which Verify recomputes from their rows.
func operations(t *testing.T) (int, string) {
	dir := scratch(t)
	m := &mortal{at: -1}
	if _, err := run(t, dir, m); err != nil {
		t.Fatal(err)
	}
	s, err := Read(dir, testKeys)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(produced(), kept(t, s)); diff != "" {
		t.Fatalf("produced (-), in the lake (+):\n%s", diff)
	}
	return m.n, sound(t, dir).Input
}

// complete runs again without faults and holds the result against the run that had none.
func complete(t *testing.T, dir, input string) {
	t.Helper()
	if _, err := run(t, dir, &mortal{at: -1}); err != nil {
		t.Fatal(err)
	}
	if got := sound(t, dir).Input; got != input {
		t.Errorf("Input = %s, want that of the run without a fault, %s", got, input)
	}
}

// TestLake_DeathAtEveryStep kills the writer before each of its operations, looks at what is left, and runs again.
func TestLake_DeathAtEveryStep(t *testing.T) {
	n, input := operations(t)
	if n < 70 {
		t.Fatalf("only %d operations: the input no longer exercises the commit", n)
	}
	for at := range n {
		dir := scratch(t)
		m := &mortal{at: at, err: errDead, kill: true}
		acknowledged, err := run(t, dir, m)
		// The removal of a commit's temporary name is the one step that may fail in silence: the commit is published.
		if err == nil && at != n-1 {
			t.Fatalf("operation %d (%s) failed in silence", at, m.op)
		}
		left, err := Read(dir, testKeys)
		switch {
		case errors.Is(err, ErrNone) && acknowledged == 0:
		case err != nil:
			t.Fatalf("after death at %d (%s): %v", at, m.op, err)
		case left.Seq < acknowledged:
			t.Fatalf("after death at %d (%s): commit %d was acknowledged, the lake ends at %d", at, m.op, acknowledged, left.Seq)
		default:
			sound(t, dir)
		}
		complete(t, dir, input)
		if t.Failed() {
			t.Fatalf("death at operation %d (%s)", at, m.op)
		}
	}
}

// TestLake_PowerLossAtEveryStep also drops everything that had not been synced: content of files without a sync since,
// names in folders without a sync since.
func TestLake_PowerLossAtEveryStep(t *testing.T) {
	n, input := operations(t)
	for at := range n {
		dir := scratch(t)
		p := &platter{dir: dir, pins: scratch(t), names: map[string]map[string]uint64{}, content: map[uint64][]byte{}}
		m := &mortal{at: at, err: errDead, kill: true, seen: func(op Op, path string) { p.seen(t, op, path) }}
		acknowledged, _ := run(t, dir, m)

		after := filepath.Join(scratch(t), "lake")
		if err := os.Mkdir(after, 0o700); err != nil {
			t.Fatal(err)
		}
		p.restore(t, ".", after)
		left, err := Read(after, testKeys)
		switch {
		case errors.Is(err, ErrNone) && acknowledged == 0:
		case err != nil:
			t.Fatalf("after power loss at %d (%s): %v", at, m.op, err)
		case left.Seq < acknowledged:
			t.Fatalf("after power loss at %d (%s): commit %d was acknowledged, the lake ends at %d", at, m.op, acknowledged, left.Seq)
		default:
			sound(t, after)
		}
		complete(t, after, input)
		if t.Failed() {
			t.Fatalf("power loss at operation %d (%s)", at, m.op)
		}
	}
}

// platter is what would still be there after a loss of power: for each folder the names at its last sync, for each
// file the content at its last sync. Files are told apart by inode, and pinned so that no number is used twice.
type platter struct {
	dir, pins string
	names     map[string]map[string]uint64
	content   map[uint64][]byte
}

// seen is called before an operation. A sync makes durable what the operations before it did.
func (p *platter) seen(t *testing.T, op Op, path string) {
	full := filepath.Join(p.dir, path)
	switch op {
	case OpSync:
		content, err := os.ReadFile(full)
		if err != nil {
			t.Fatal(err)
		}
		p.content[p.inode(t, full)] = content
	case OpSyncDir:
		p.names[path] = map[string]uint64{}
		entries, err := os.ReadDir(full)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			p.names[path][e.Name()] = p.inode(t, filepath.Join(full, e.Name()))
		}
	}
}

// inode returns a file's number and keeps the file from being freed.
func (p *platter) inode(t *testing.T, full string) uint64 {
	info, err := os.Stat(full)
	if err != nil {
		t.Fatal(err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Skip("this file system shows no inode numbers, which the model of a disk needs")
	}
	if !info.IsDir() {
		if err := os.Link(full, filepath.Join(p.pins, fmt.Sprint(stat.Ino))); err != nil && !errors.Is(err, fs.ErrExist) {
			t.Fatal(err)
		}
	}
	return stat.Ino
}

// restore writes what the platter holds of a folder. A file whose name lasted longer than its content has garbage.
func (p *platter) restore(t *testing.T, folder, to string) {
	for name, inode := range p.names[folder] {
		path := filepath.ToSlash(filepath.Join(folder, name))
		if info, err := os.Stat(filepath.Join(p.dir, path)); err == nil && info.IsDir() {
			if err := os.MkdirAll(filepath.Join(to, path), 0o700); err != nil {
				t.Fatal(err)
			}
			p.restore(t, path, to)
			continue
		}
		content, ok := p.content[inode]
		if !ok {
			content = []byte("\x00\x00garbage")
		}
		if err := os.WriteFile(filepath.Join(to, path), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLake_FaultAtEveryStep lets one operation fail and the process live: a full disk and an I/O error. The error says
// where; nothing half is published; the same open lake goes on, unless the result is unclear.
func TestLake_FaultAtEveryStep(t *testing.T) {
	n, input := operations(t)
	for _, fault := range []error{syscall.ENOSPC, syscall.EIO} {
		for at := range n {
			dir := scratch(t)
			m := &mortal{at: at, err: fault}
			l, err := Open(dir, Options{RunID: "run", FS: m.ask, Keys: testKeys})
			if err == nil {
				_, err = pump(t, l, crashStep, crashPerCommit)
				switch disk, ok := errors.AsType[*DiskError](err); {
				case err == nil: // a temporary name that could not be removed
				case !ok:
					t.Fatalf("%v at %d (%s): %v is no DiskError", fault, at, m.op, err)
				case disk.Full() != (fault == syscall.ENOSPC):
					t.Fatalf("%v at %d (%s): Full = %t", fault, at, m.op, disk.Full())
				case disk.Hint == "" || !filepath.IsAbs(disk.Path):
					t.Fatalf("%v at %d (%s): no place or no remedy: %v", fault, at, m.op, err)
				}
				sound(t, dir)
				if !errors.Is(err, ErrUnclear) {
					if _, err := pump(t, l, crashStep, crashPerCommit); err != nil {
						t.Fatalf("%v at %d (%s): going on: %v", fault, at, m.op, err)
					}
				} else if _, again := pump(t, l, crashStep, crashPerCommit); !errors.Is(again, ErrUnclear) {
					t.Fatalf("%v at %d (%s): the lake goes on after an unclear commit: %v", fault, at, m.op, again)
				}
				l.Close()
			}
			complete(t, dir, input)
			if t.Failed() {
				t.Fatalf("%v at operation %d (%s)", fault, at, m.op)
			}
		}
	}
}
