package lake

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
)

// Op is one kind of operation that the writer performs on the file system.
type Op string

// The operations in the order in which a commit performs them first.
const (
	OpMkdir   Op = "create folder"
	OpCreate  Op = "create"
	OpWrite   Op = "write"
	OpRead    Op = "read back"
	OpSync    Op = "sync"
	OpRename  Op = "rename"
	OpSyncDir Op = "sync folder"
	OpLink    Op = "publish"
	OpRemove  Op = "remove"
)

// FS is asked before each operation of the writer, with the slash-separated path inside the lake; an error takes the
// place of the operation, which is then not performed. It is one function wide because that is enough for every fault
// worth testing: a full disk, an I/O error, death at any step, and (by looking at what was synced when) loss of power.
// Nil asks nobody.
type FS func(op Op, path string) error

// DiskError is an operation that the file system refused. Programs treat it as a fault of the environment; Full tells
// a full disk from others.
type DiskError struct {
	Op   Op
	Path string // absolute
	Hint string // what the operator can do
	Err  error
}

func (e *DiskError) Error() string {
	return fmt.Sprintf("%s %s: %v (%s)", e.Op, e.Path, e.Err, e.Hint)
}

func (e *DiskError) Unwrap() error { return e.Err }

// Full reports whether the disk, or the user's share of it, is full.
func (e *DiskError) Full() bool {
	return errors.Is(e.Err, syscall.ENOSPC) || errors.Is(e.Err, syscall.EDQUOT)
}

// hint names the remedy for an error of the file system.
func hint(op Op, err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "the disk is full: free space or move the lake, then run again; nothing of this commit was published and the next run goes on from the last one"
	case errors.Is(err, syscall.EROFS):
		return "the file system is read-only: mount it for writing or move the lake"
	case op == OpLink:
		return "publishing a commit needs a file system with hard links: keep the lake on a local disk"
	case errors.Is(err, fs.ErrPermission):
		return "the lake belongs to its owner alone (rights 0700): run as that user or correct the rights"
	case op == OpSync, op == OpSyncDir:
		return "the disk did not confirm the data: check it; the file was dropped and will be written anew by the next run"
	}
	return "check the disk and run again; nothing of this commit was published"
}

// disk performs the writer's operations below the lake's folder. Every path passes through an os.Root, so that no
// link and no name can lead outside.
type disk struct {
	root *os.Root
	dir  string // absolute, for messages
	ask  FS
}

func (d *disk) do(op Op, name string, f func() error) error {
	var err error
	if d.ask != nil {
		err = d.ask(op, name)
	}
	if err == nil {
		err = f()
	}
	if err != nil {
		return d.wrap(op, name, err)
	}
	return nil
}

func (d *disk) wrap(op Op, name string, err error) error {
	// The path is in the message once: what os adds around the cause is taken off.
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	} else if l, ok := errors.AsType[*os.LinkError](err); ok {
		err = l.Err
	}
	return &DiskError{Op: op, Path: path.Join(d.dir, name), Hint: hint(op, err), Err: err}
}

// mkdir makes a folder of the lake and makes its name durable.
func (d *disk) mkdir(name string) error {
	if info, err := d.root.Lstat(name); err == nil && info.IsDir() {
		return nil
	}
	if err := d.do(OpMkdir, name, func() error { return d.root.Mkdir(name, 0o700) }); err != nil {
		return err
	}
	return d.syncDir(path.Dir(name))
}

// create makes a new file; that it exists already is an error.
func (d *disk) create(name string) (*file, error) {
	f := &file{disk: d, name: name}
	err := d.do(OpCreate, name, func() (err error) {
		f.os, err = d.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (d *disk) rename(from, to string) error {
	return d.do(OpRename, to, func() error { return d.root.Rename(from, to) })
}

// link gives a finished file its second, final name; unlike rename it fails if that name is taken.
func (d *disk) link(from, to string) error {
	return d.do(OpLink, to, func() error { return d.root.Link(from, to) })
}

func (d *disk) remove(name string) error {
	err := d.do(OpRemove, name, func() error { return d.root.Remove(name) })
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (d *disk) syncDir(name string) error {
	return d.do(OpSyncDir, name, func() error {
		f, err := d.root.Open(name)
		if err != nil {
			return err
		}
		err = f.Sync()
		return errors.Join(err, f.Close())
	})
}

// file is a file being written. It remembers the first error: what follows one is worthless, and the error found last
// (often about a missing footer) would hide the cause.
type file struct {
	disk *disk
	name string
	os   *os.File
	err  error
}

func (f *file) Write(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n := 0
	f.err = f.disk.do(OpWrite, f.name, func() (err error) {
		n, err = f.os.Write(p)
		return err
	})
	return n, f.err
}

// sync makes the content durable. After a failed sync the file must be dropped: a later one may report success
// although the data are gone.
func (f *file) sync() error {
	if f.err == nil {
		f.err = f.disk.do(OpSync, f.name, f.os.Sync)
	}
	return f.err
}

func (f *file) close() error {
	if f.os == nil {
		return nil
	}
	err := f.os.Close()
	f.os = nil
	if err != nil && f.err == nil {
		f.err = f.disk.wrap(OpWrite, f.name, err)
	}
	return f.err
}

// write makes a whole small file durable under a temporary name.
func (d *disk) write(name string, content []byte) (err error) {
	f, err := d.create(name)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.close(); err == nil {
			err = e
		}
	}()
	if _, err := f.Write(content); err != nil {
		return err
	}
	return f.sync()
}

// readFile reads a file of the lake whole.
func readFile(root *os.Root, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
