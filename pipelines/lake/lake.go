package lake

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"insideout/models"
)

// Options of Open. The zero value is usable.
type Options struct {
	RunID string           // stored with every row and commit
	Now   func() time.Time // default time.Now; dates commits and the age of orphans
	FS    FS               // asked before every operation of the writer; nil in production
	// Grace is the age from which a file that no commit lists is removed; default 24 hours. It must be longer than any
	// cycle stays open.
	Grace time.Duration
}

const defaultGrace = 24 * time.Hour

// Lake is an open lake and its only writer. It is safe for concurrent use.
type Lake struct {
	dir   string
	disk  *disk
	lock  *flock.Flock
	run   string
	now   func() time.Time
	epoch int64

	mu          sync.Mutex
	state       *state
	checkpoints []int64
	cycles      int64
	fail        error // why no further commit is taken
	closed      bool
}

var errClosed = errors.New("the lake is closed")

// Open takes the lease of the lake in dir, which is made if it is not there, and reads the manifest. It returns a
// *LockedError (ErrLocked) if another process writes to the lake, a *CorruptError if the manifest cannot be trusted, a
// *DiskError if the file system refuses.
func Open(dir string, o Options) (*Lake, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Grace == 0 {
		o.Grace = defaultGrace
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	d := &disk{dir: dir, ask: o.FS}
	if err := d.do(OpMkdir, "", func() error { return private(dir) }); err != nil {
		return nil, err
	}
	if d.root, err = os.OpenRoot(dir); err != nil {
		return nil, d.wrap(OpMkdir, "", err)
	}
	l := &Lake{dir: dir, disk: d, run: o.RunID, now: o.Now}
	if err := l.open(o); err != nil {
		l.release()
		return nil, err
	}
	return l, nil
}

// private makes the lake's folder, or takes from others the rights to one that is there: it holds what people said.
func private(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	return os.Chmod(dir, 0o700)
}

func (l *Lake) open(o Options) error {
	if err := l.lease(); err != nil {
		return err
	}
	for _, name := range []string{manifestDir, dataDir} {
		if err := l.disk.mkdir(name); err != nil {
			return err
		}
	}
	state, listing, err := load(l.disk.root)
	if err != nil {
		return err
	}
	// The last commit may be the work of a writer that died between publishing it and syncing the folder. It is there,
	// so it counts; before anything is built on it, it is made to last.
	if err := l.disk.syncDir(manifestDir); err != nil {
		return err
	}
	l.state, l.checkpoints = state, listing.checkpoints
	if err := l.claim(listing.epochs); err != nil {
		return err
	}
	return l.collect(listing.temporary, o.Now().Add(-o.Grace))
}

// Positions returns where each stream of a source goes on. They come from the manifest and from nowhere else.
func (l *Lake) Positions(source string) models.Positions {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := models.Positions{}
	for k, i := range l.state.current {
		if k.source == source {
			out[k.stream] = l.state.Accounts[i].Position()
		}
	}
	return out
}

func (l *Lake) find(k streamKey) *account {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.find(k)
}

// Begin starts a cycle. Several may be open; each commit is checked against what the others committed.
func (l *Lake) Begin() *Cycle {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cycles++
	return &Cycle{lake: l, number: l.cycles, current: map[streamKey]*pending{}, tables: map[string]*table{}}
}

// Snapshot returns the lake as of the last commit. It stays as it is.
func (l *Lake) Snapshot() *Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	return newSnapshot(l.dir, l.state)
}

// Close gives the lease back. Open cycles must be committed or aborted before.
func (l *Lake) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	return l.release()
}

func (l *Lake) release() error {
	var err error
	if l.lock != nil {
		err = l.lock.Close()
	}
	return errors.Join(err, l.disk.root.Close())
}

// Read returns the lake in dir as of its last commit, without the lease and without writing. It returns ErrNone if
// there is no lake, a *CorruptError if the manifest cannot be trusted.
func Read(dir string) (*Snapshot, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	state, _, err := load(root)
	if err != nil {
		return nil, err
	}
	return newSnapshot(dir, state), nil
}

// Commit publishes everything that the cycle took, at once or not at all, and ends the cycle. A cycle that adds
// nothing writes nothing: the last commit is returned (its zero value in a new lake).
//
// After an error nothing was published and the positions are as before, with one exception: ErrUnclear. ErrFenced
// means that another writer took over, ErrOverlap that another cycle committed the same stream, a *DiskError that the
// file system refused. The context is looked at before the first step only: a commit is short and not left half-way.
func (c *Cycle) Commit(ctx context.Context) (*Commit, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return nil, errOver
	}
	c.over = true
	done, err := c.commit(ctx)
	if err != nil && !errors.Is(err, ErrUnclear) {
		// What cannot be removed is an orphan, to be collected later; the error of the commit is the one to report.
		_ = c.discard()
	}
	return done, err
}

func (c *Cycle) commit(ctx context.Context) (*Commit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.broken != nil {
		return nil, c.broken
	}
	l := c.lake
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, errClosed
	case l.fail != nil:
		return nil, l.fail
	}
	if !c.changed() {
		if n := len(l.state.Commits); n > 0 {
			last := l.state.Commits[n-1]
			return &last, nil
		}
		return new(Commit), nil
	}
	if err := c.rebase(l.state); err != nil {
		return nil, err
	}
	files, err := c.finish(l.disk)
	if err != nil {
		return nil, err
	}
	r := c.record(l.state.Seq+1, l.epoch, l.state.Hash, l.run, l.now(), files)
	hash, err := l.publish(r, c.number)
	if err != nil {
		return nil, err
	}
	if err := l.state.apply(r, hash); err != nil {
		// The manifest has a commit that this program would refuse to read: a fault of the program, and nothing more
		// may be built on it.
		l.fail = &CorruptError{Path: commitName(r.Seq), What: err.Error()}
		return nil, errors.Join(ErrUnclear, l.fail)
	}
	if r.Seq%checkpointEvery == 0 {
		// A checkpoint only saves time; without it the next one does.
		if l.disk.checkpoint(l.state, l.checkpoints) == nil {
			l.checkpoints = append(l.checkpoints[max(0, len(l.checkpoints)-1):], r.Seq)
		}
	}
	done := r.summary(hash)
	return &done, nil
}

// rebase makes sure that no other cycle moved a stream of this one since its account was begun.
func (c *Cycle) rebase(s *state) error {
	seen := map[streamKey]bool{}
	for _, p := range c.pending {
		k := p.add.key()
		if seen[k] { // a further generation follows on to the one before it
			continue
		}
		seen[k] = true
		if now := s.find(k); now != p.base && (p.base != nil || now == nil || now.Generation >= p.add.Generation) {
			return &DeliveryError{Source: k.source, Stream: k.stream, Err: ErrOverlap,
				What: "another cycle has committed this stream meanwhile"}
		}
	}
	return nil
}

// finish makes all data files durable under their final names.
func (c *Cycle) finish(d *disk) ([]File, error) {
	var files []File
	for _, t := range c.sorted() {
		f, err := t.finish(d)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	for _, f := range files {
		if err := d.syncDir(dataDir + "/" + f.Dataset); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(files, func(a, b File) int {
		if a.Dataset < b.Dataset {
			return -1
		}
		return 1
	})
	return files, nil
}
