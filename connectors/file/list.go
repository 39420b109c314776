package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"insideout/connectors"
)

// list finds the files of the source, sorted by path. inside is the folder that they must lie in, or "" for a file that
// the configuration names itself: links in a folder that others may write to must not lead elsewhere.
func (s *Source) list() (paths []string, inside string, err error) {
	path := filepath.FromSlash(s.config.Path)
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.base, path)
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		paths, err = s.folder(path)
		return paths, path, err
	case err == nil && !info.Mode().IsRegular():
		return nil, "", s.irregular(path, info.Mode())
	case err == nil:
		return []string{path}, "", nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, "", environment("read", s.label(path), err)
	}
	root, pattern := cut(path)
	if pattern != "" {
		names, err := fs.Glob(os.DirFS(root), filepath.ToSlash(pattern))
		if err != nil {
			return nil, "", &connectors.EnvironmentError{Op: "read", What: s.config.Path, Err: err}
		}
		var found []string
		for _, name := range names {
			at := filepath.Join(root, filepath.FromSlash(name))
			if info, err := os.Stat(at); err != nil || !info.IsDir() {
				found = append(found, at) // what is no file says so when it is opened
			}
		}
		slices.Sort(found)
		if found != nil || s.config.Optional {
			return found, root, nil
		}
	} else if s.config.Optional {
		return nil, "", nil
	}
	return nil, "", s.nothing(path)
}

func (s *Source) folder(path string) ([]string, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, environment("read", s.label(path), err)
	}
	var found []string
	for _, e := range entries {
		at := filepath.Join(path, e.Name())
		if !s.config.belongs(e.Name()) {
			continue
		}
		if info, err := os.Stat(at); err != nil || !info.IsDir() {
			found = append(found, at)
		}
	}
	if found == nil && !s.config.Optional {
		return nil, s.nothing(filepath.Join(path, "*"))
	}
	return found, nil // ReadDir sorts
}

// irregular says of something that is no file what it is.
func (s *Source) irregular(path string, mode fs.FileMode) error {
	what := "a device or socket"
	if mode&fs.ModeNamedPipe != 0 {
		what = "a named pipe"
	}
	return &connectors.EnvironmentError{Op: "read", What: s.label(path), Err: errors.New("it is " + what), Hint: "write what comes out of it to a file, and name that: it is read twice, and again after a crash"}
}

// cut parts a path into the folder before its first pattern character and the rest.
func cut(path string) (root, pattern string) {
	i := strings.IndexAny(path, "*?[")
	if i < 0 {
		return path, ""
	}
	slash := strings.LastIndexByte(path[:i], filepath.Separator)
	if slash < 0 {
		return ".", path
	}
	return path[:slash+1], path[slash+1:]
}

// nothing says that no file matches, and what there is instead.
func (s *Source) nothing(path string) error {
	e := &connectors.EnvironmentError{Op: "read", What: s.config.Path, Err: errors.New("no file matches")}
	dir := filepath.Dir(path)
	if root, pattern := cut(path); pattern != "" {
		dir = filepath.Clean(root)
	}
	entries, err := os.ReadDir(dir)
	switch {
	case err != nil:
		for dir != filepath.Dir(dir) {
			if _, err := os.Stat(dir); err == nil {
				break
			}
			e.Err = fmt.Errorf("there is no folder %s", s.label(dir))
			dir = filepath.Dir(dir)
		}
		e.Hint = "correct file.path; it is relative to the configuration file"
	case len(entries) == 0:
		e.Hint = fmt.Sprintf("%s is empty; if that may be, give optional: true", s.label(dir))
	default:
		var names []string
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		e.Hint = fmt.Sprintf("in %s: %s", s.label(dir), connectors.Suggest(filepath.Base(path), names))
	}
	return e
}

// label is the name of a file for people, the same on every machine: relative to the configuration, with slashes.
func (s *Source) label(path string) string {
	if rel, err := filepath.Rel(s.base, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}

// environment words an error of the operating system without repeating the path.
func environment(op, what string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	hint := ""
	switch {
	case errors.Is(err, fs.ErrPermission):
		hint = "give this user the right to read it"
	case err.Error() == "path escapes from parent": // package os has no name for it (Go 1.26)
		hint = "a link leads out of the folder; copy the file into it, or name the file in file.path"
	}
	return &connectors.EnvironmentError{Op: op, What: what, Err: err, Hint: hint}
}
