package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
)

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
	if r.Seq%l.every == 0 {
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
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Dataset, b.Dataset) })
	return files, nil
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
	if err := l.disk.link(temporary, commitName(r.Seq)); err != nil && !l.same(temporary, commitName(r.Seq)) {
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

// same reports whether two names are one file. A network file system may link, lose the answer, try again, and then
// say that the name is taken.
func (l *Lake) same(a, b string) bool {
	x, err := l.disk.root.Lstat(a)
	if err != nil {
		return false
	}
	y, err := l.disk.root.Lstat(b)
	return err == nil && os.SameFile(x, y)
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
