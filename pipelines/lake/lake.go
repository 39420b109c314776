package lake

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"insideout/models"
)

// Options of Open. The zero value is usable.
type Options struct {
	RunID string           // stored with every row and commit
	Now   func() time.Time // default time.Now; dates commits and the age of orphans
	FS    FS               // asked before every operation of the writer; nil in production
	// AcceptNew lets a stream whose identity has changed (a topic that was deleted and made again) begin anew beside what
	// the lake has of the old one. Without it such a delivery is refused with ErrIdentity: loading on by mistake would
	// double or lose rows in silence.
	AcceptNew bool
	// Keys encrypt employee datasets and the quarantine, and open what is encrypted. Nil: nothing is.
	Keys *Keys
	// Pseudonym makes the pseudonyms of an id. With it, rejected rows that name someone forgotten stay out too.
	Pseudonym func(id []byte) []string
	// Naming says with which keys pseudonyms are made; nil if that is not held against the lake.
	Naming *Naming
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
	every int64          // commits from checkpoint to checkpoint
	anew  bool           // see Options.AcceptNew
	codec compress.Codec // keeps its encoders from file to file
	keys  *Keys
	names func([]byte) []string // Options.Pseudonym
	chain *Naming               // Options.Naming

	eraser *eraser // of the tombstones; nil if there are none. Replaced by Forget only, when no cycle is open

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
	l := &Lake{dir: dir, disk: d, run: strings.ToValidUTF8(o.RunID, "\uFFFD"), now: o.Now, every: checkpointEvery, anew: o.AcceptNew,
		codec: &zstd.Codec{Level: zstd.SpeedFastest}, keys: o.Keys, names: o.Pseudonym, chain: o.Naming}
	if err := l.open(o); err != nil {
		l.release()
		return nil, err
	}
	return l, nil
}

// private makes the lake's folder, or takes from others the rights to one that is there: it holds what people said.
func private(dir string) error {
	info, err := os.Stat(dir)
	if err == nil {
		if info.Mode().Perm()&0o077 == 0 {
			return nil
		}
		return os.Chmod(dir, 0o700)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	parent, err := os.Open(filepath.Dir(dir))
	if err != nil {
		return err
	}
	return errors.Join(parent.Sync(), parent.Close())
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
		return fmt.Errorf("lake %s: %w", l.dir, err)
	}
	// The last commit may be the work of a writer that died between publishing it and syncing the folder. It is there,
	// so it counts; before anything is built on it, it is made to last.
	if err := l.disk.syncDir(manifestDir); err != nil {
		return err
	}
	l.state, l.checkpoints = state, listing.checkpoints
	if err := l.named(); err != nil {
		return err
	}
	if err := l.bury(); err != nil {
		return err
	}
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
	return newSnapshot(l.dir, l.state, l.keys)
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
// there is no lake, a *CorruptError if the manifest cannot be trusted. The keys open what is encrypted and may be nil.
func Read(dir string, keys *Keys) (*Snapshot, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, err := openRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	state, _, err := load(root)
	if err != nil {
		return nil, fmt.Errorf("lake %s: %w", dir, err)
	}
	return newSnapshot(dir, state, keys), nil
}

// openRoot opens a lake's folder for reading.
func openRoot(dir string) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("lake %s: %w", dir, err)
	}
	return root, nil
}
