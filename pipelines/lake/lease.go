package lake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// lease takes the lock file. The operating system gives it back when the process ends, however it ends.
func (l *Lake) lease() error {
	name := filepath.Join(l.dir, lockName)
	lock := flock.New(name, flock.SetFlag(os.O_RDWR|os.O_CREATE), flock.SetPermissions(0o600))
	var taken bool
	err := l.disk.do(OpCreate, lockName, func() (err error) {
		taken, err = lock.TryLock()
		return err
	})
	if err != nil {
		return err
	}
	if !taken {
		e := &LockedError{Dir: l.dir}
		if note, err := readFile(l.disk.root, lockName); err == nil {
			// The holder may be writing its note at this moment; then it stays unnamed.
			if json.Unmarshal(note, &e.Holder) != nil {
				e.Holder = Holder{}
			}
		}
		return errors.Join(e, lock.Close())
	}
	l.lock = lock
	note, err := json.Marshal(Holder{PID: os.Getpid(), Run: l.run, From: l.now().UTC()})
	if err != nil {
		return err
	}
	return l.disk.do(OpWrite, lockName, func() error { return l.disk.root.WriteFile(lockName, append(note, '\n'), 0o600) })
}

// claim takes the next epoch. The claim is a file of its own, made exclusively: a writer that lost its lease without
// noticing (a network file system, a lock file deleted by hand) finds it before its next commit and stops.
func (l *Lake) claim(earlier []int64) error {
	l.epoch = l.state.Epoch + 1
	if n := len(earlier); n > 0 {
		l.epoch = max(l.epoch, earlier[n-1]+1)
	}
	f, err := l.disk.create(epochName(l.epoch))
	if errors.Is(err, fs.ErrExist) {
		return ErrFenced
	}
	if err != nil {
		return err
	}
	if err := errors.Join(f.sync(), f.close()); err != nil {
		return err
	}
	if err := l.disk.syncDir(manifestDir); err != nil {
		return err
	}
	for _, e := range earlier {
		if err := l.disk.remove(epochName(e)); err != nil {
			return err
		}
	}
	return nil
}

// fenced reports whether a later writer has claimed the lake.
func (l *Lake) fenced() error {
	now, err := list(l.disk.root)
	if err != nil {
		return err
	}
	if n := len(now.epochs); n == 0 || now.epochs[n-1] != l.epoch {
		return fmt.Errorf("writer epoch %d: %w: open it again and go on from its positions", l.epoch, ErrFenced)
	}
	return nil
}

// publish gives a commit its place in the chain. The file is complete and durable before it gets its name, and the
// name is given by a link, which fails if it is taken: two writers can never both have written commit N.
func (l *Lake) publish(r *record, cycle int64) (hash string, err error) {
	content, hash, err := seal(r)
	if err != nil {
		return "", err
	}
	if err := l.fenced(); err != nil {
		if errors.Is(err, ErrFenced) {
			l.fail = err
		}
		return "", err
	}
	temporary := fmt.Sprintf("%s/%06d-%06d.tmp", manifestDir, l.epoch, cycle)
	if err := l.disk.write(temporary, content); err != nil {
		_ = l.disk.remove(temporary) // else an orphan
		return "", err
	}
	if err := l.disk.link(temporary, commitName(r.Seq)); err != nil {
		switch {
		case errors.Is(err, fs.ErrExist):
			err = fmt.Errorf("commit %d has been written by another writer: %w: open it again and go on from its positions", r.Seq, ErrFenced)
			l.fail = err
		case !refused(err):
			l.fail = errors.Join(ErrUnclear, err)
			return "", l.fail
		}
		_ = l.disk.remove(temporary)
		return "", err
	}
	if err := l.disk.syncDir(manifestDir); err != nil {
		l.fail = errors.Join(ErrUnclear, err)
		return "", l.fail
	}
	_ = l.disk.remove(temporary) // else an orphan; the commit has its own name
	return hash, nil
}

// refused reports whether an error of link means for certain that nothing was done.
func refused(err error) bool {
	for _, sure := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EPERM, syscall.EACCES, syscall.EROFS,
		syscall.EMLINK, syscall.ENOTSUP, syscall.ENOENT, syscall.EXDEV} {
		if errors.Is(err, sure) {
			return true
		}
	}
	return false
}

// collect removes what killed writers left behind and no commit lists, once it is older than any cycle could be. The
// age protects files whose commit is not visible yet: after an unclear result the writer removes nothing, and the next
// one only what is old.
func (l *Lake) collect(temporary []string, before time.Time) error {
	orphans, err := orphans(l.disk.root, l.state, temporary)
	if err != nil {
		return err
	}
	for _, o := range orphans {
		if o.at.After(before) {
			continue
		}
		if err := l.disk.remove(o.name); err != nil {
			return err
		}
	}
	return nil
}

// orphan is a file of the lake that no commit lists.
type orphan struct {
	name string
	at   time.Time // last changed
}

// orphans lists them, sorted by name.
func orphans(root *os.Root, s *state, temporary []string) ([]orphan, error) {
	listed := make(map[string]bool, len(s.Files))
	for _, f := range s.Files {
		listed[f.Path] = true
	}
	names := slices.Clone(temporary)
	err := fs.WalkDir(root.FS(), dataDir, func(name string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if !e.IsDir() && !listed[name] {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var out []orphan
	for _, name := range names {
		info, err := root.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, orphan{name: name, at: info.ModTime()})
	}
	return out, nil
}
