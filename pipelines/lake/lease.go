package lake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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

// fenced returns ErrFenced if a later writer has claimed the lake. That writer took the epoch after this one and then
// removed this one's claim, so two look-ups tell, however many files the folder holds.
func (l *Lake) fenced() error {
	own, err := l.claimed(l.epoch)
	if err != nil {
		return err
	}
	later, err := l.claimed(l.epoch + 1)
	if err != nil {
		return err
	}
	if own && !later {
		return nil
	}
	return fmt.Errorf("writer epoch %d: %w: open it again and go on from its positions", l.epoch, ErrFenced)
}

func (l *Lake) claimed(epoch int64) (bool, error) {
	_, err := l.disk.root.Lstat(epochName(epoch))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
