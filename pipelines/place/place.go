// Package place puts files in place whole: whoever opens the name reads the bytes before or the bytes after, never a part,
// also after a loss of power. Reports, state, generations of the warehouse and partitions of its cache all go through here.
//
// A file is written beside its place under a fixed hidden name, made durable, renamed over what is there, and the folder is made
// durable. The hidden name is the same each time, so what a killed writer left is overwritten by the next and nothing piles up;
// for that, a place has one writer at a time, which the lease of the lake sees to.
//
// An error of the file system comes back as it is, with what was being done; Environment tells whether it is a fault of the machine and
// not of the data.
package place

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// File puts in place what write writes. Nothing is in place if write fails.
func File(path string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	draft := hidden(path)
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	f, err := os.OpenFile(draft, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close() // closed already where the close is what failed
			os.Remove(draft)
		}
	}()
	// The rights asked for, whatever the umask, and whatever a killed writer left.
	if err = f.Chmod(mode); err != nil {
		return err
	}
	if err = write(f); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(draft, path); err != nil {
		return err
	}
	return Sync(filepath.Dir(path))
}

// Bytes puts bytes in place.
func Bytes(path string, mode fs.FileMode, data []byte) error {
	return File(path, mode, func(w io.Writer) error { _, err := w.Write(data); return err })
}

// Copy puts a copy of a file in place. The two may lie on different file systems.
func Copy(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return File(to, mode, func(w io.Writer) error { _, err := io.Copy(w, in); return err })
}

// Link lets a symbolic link point to target, in place of what it pointed to before.
func Link(link, target string) error {
	draft := hidden(link)
	if err := os.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(target, draft); err != nil {
		return err
	}
	if err := os.Rename(draft, link); err != nil {
		return err
	}
	return Sync(filepath.Dir(link))
}

// Sync makes the names in a folder durable.
func Sync(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Environment reports whether an error is a fault of the disk or its rights: full, over the quota, read-only, damaged, not allowed.
func Environment(err error) bool {
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO, fs.ErrPermission} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}

func hidden(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tmp")
}
