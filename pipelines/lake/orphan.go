package lake

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"
)

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
