package file

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"insideout/connectors"
	"insideout/models"
)

// StoreConfig says of an object store what the address of its objects does not. Credentials are never in the
// configuration.
type StoreConfig struct {
	// Region is that of an S3 bucket. Default: what the environment says.
	Region string `yaml:"region"`
	// Endpoint is the address of an S3-compatible service.
	Endpoint string `yaml:"endpoint"`
	// PathStyle puts the bucket in the path, as many S3-compatible services want it.
	PathStyle bool `yaml:"path_style"`
	// Anonymous reads a public bucket of S3 or Google without credentials.
	Anonymous bool `yaml:"anonymous"`
}

// Store is a bucket, as package objects has it.
type Store interface {
	// List calls found for every object whose key begins with a prefix, in the order of keys.
	List(ctx context.Context, prefix string, found func(key string, size int64, at time.Time) error) error
	// Fetch writes an object's content, unless its version is the known one, and returns its version; "" for none.
	Fetch(ctx context.Context, key, known string, w io.Writer) (version string, err error)
	Close() error
}

// Objects is how a source gets at object stores.
type Objects struct {
	// Open opens the bucket of an address such as s3://exports.
	Open func(ctx context.Context, address string, c StoreConfig) (Store, error)
	// Dir is a folder for the copies of objects while they are read, and for the source's memory of them.
	Dir string
}

// schemes are those of object stores, with what the place after :// is called.
var schemes = map[string]string{"s3": "bucket", "gs": "bucket", "azblob": "container"}

// remote parts an address into that of its bucket and the key, which may be a pattern. ok is false for a path of this
// machine.
func remote(path string) (bucket, key string, ok bool) {
	scheme, rest, ok := strings.Cut(path, "://")
	if !ok || schemes[scheme] == "" {
		return "", "", false
	}
	name, key, _ := strings.Cut(rest, "/")
	return scheme + "://" + name, key, true
}

// checkStore returns what is wrong with the address and the store.
func (c *Config) checkStore(add func(path, message, hint string)) {
	scheme, rest, isAddress := strings.Cut(c.Path, "://")
	bucket, _, ok := remote(c.Path)
	switch {
	case !ok && isAddress:
		add("path", fmt.Sprintf("%s:// is no address that is read", scheme), "use s3://bucket/..., gs://bucket/..., azblob://container/..., or a path of this machine")
	case ok && (strings.HasSuffix(bucket, "//") || strings.ContainsAny(bucket, "*[")):
		add("path", "names no "+schemes[scheme], "for example "+scheme+"://exports/2025/*.csv")
	case ok && strings.ContainsAny(rest, "?@"):
		add("path", "holds a question mark or @", "options stand under store:, credentials in the environment; * and [...] make a pattern")
	}
	if c.Store == nil {
		return
	}
	if !ok {
		add("store", "the path is none of an object store", "leave store: out, or give s3://bucket/...")
	}
	if scheme != "s3" && (c.Store.Region != "" || c.Store.Endpoint != "" || c.Store.PathStyle) {
		add("store", "region, endpoint and path_style are those of S3", "leave them out")
	}
	if scheme == "azblob" && c.Store.Anonymous {
		add("store.anonymous", "is for S3 and Google", "leave it out")
	}
}

// objects are those of one pull.
type objects struct {
	store  Store
	bucket string
	memory *memory
	dir    string
}

// openObjects lists the objects that the path means, sorted by key.
func (s *Source) openObjects(ctx context.Context, bucket, pattern string) (*objects, []string, error) {
	if s.Objects == nil {
		return nil, nil, &connectors.EnvironmentError{Op: "read", What: bucket, Err: errors.New("this program reads no object stores")}
	}
	if err := os.MkdirAll(s.Objects.Dir, 0o700); err != nil {
		return nil, nil, environment("make", s.Objects.Dir, err)
	}
	c := StoreConfig{}
	if s.config.Store != nil {
		c = *s.config.Store
	}
	store, err := s.Objects.Open(ctx, bucket, c)
	if err != nil {
		return nil, nil, err
	}
	o := &objects{store: store, bucket: bucket, dir: s.Objects.Dir, memory: recall(filepath.Join(s.Objects.Dir, s.name+".json"))}
	prefix := pattern
	if i := strings.IndexAny(pattern, `*[\`); i >= 0 {
		prefix = pattern[:i]
	}
	var keys, near []string
	folder := pattern == "" || strings.HasSuffix(pattern, "/")
	err = store.List(ctx, prefix, func(key string, _ int64, _ time.Time) error {
		matched := key == pattern
		if folder {
			rest := strings.TrimPrefix(key, pattern)
			matched = !strings.Contains(rest, "/") && s.config.belongs(rest)
		} else if prefix != pattern {
			matched, _ = path.Match(pattern, key)
			matched = matched && !strings.HasSuffix(key, "/")
		}
		if matched {
			keys = append(keys, key)
		} else if len(near) < 20 {
			near = append(near, key)
		}
		return nil
	})
	if err == nil && keys == nil && !s.config.Optional {
		err = s.noObject(ctx, store, pattern, near)
	}
	if err != nil {
		store.Close()
		return nil, nil, err
	}
	slices.Sort(keys)
	return o, keys, nil
}

// noObject says that nothing matches, and what there is instead: near, or else the beginning of what lies in the same folder.
func (s *Source) noObject(ctx context.Context, store Store, pattern string, near []string) error {
	e := &connectors.EnvironmentError{Op: "read", What: s.config.Path, Err: errors.New("no object matches")}
	enough := errors.New("enough")
	if near == nil {
		err := store.List(ctx, pattern[:strings.LastIndexByte(pattern, '/')+1], func(key string, _ int64, _ time.Time) error {
			if near = append(near, key); len(near) == 20 {
				return enough
			}
			return nil
		})
		if err != nil && !errors.Is(err, enough) {
			return err
		}
	}
	e.Hint = "nothing begins so; if that may be, give optional: true"
	if near != nil {
		e.Hint = connectors.Suggest(pattern, near)
	}
	return e
}

func (o *objects) address(key string) string { return o.bucket + "/" + key }

// open copies an object to this machine and hashes it. When it has the version that is remembered, and a content that is
// done, it is not fetched and the result is nil.
func (o *objects) open(ctx context.Context, address string, before map[int64][]models.Position, done func(hash string) bool) (*opened, error) {
	known := o.memory.Objects[address]
	if !done(known.Hash) {
		known.Version = ""
	}
	f, err := os.CreateTemp(o.dir, ".object-*")
	if err != nil {
		return nil, environment("make a file in", o.dir, err)
	}
	os.Remove(f.Name()) // it goes away with its last reader
	version, err := o.store.Fetch(ctx, strings.TrimPrefix(address, o.address("")), known.Version, f)
	if err != nil || version != "" && version == known.Version {
		f.Close()
		return nil, err
	}
	got := &opened{f: f}
	if _, err = f.Seek(0, io.SeekStart); err == nil {
		err = got.sum(ctx, before)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	o.memory.Objects[address] = seen{version, got.hash}
	return got, nil
}

// close remembers what was seen. The memory saves only work, so failing to keep it is no error of the pull.
func (o *objects) close() error {
	return errors.Join(o.memory.keep(), o.store.Close())
}

// memory says of objects which content each version of them had. Without it they are fetched again and known by their
// content: it is never what decides whether rows land.
type memory struct {
	path    string
	Objects map[string]seen `json:"objects"` // by address
}

type seen struct {
	Version string `json:"version"` // ETag
	Hash    string `json:"hash"`
}

// recall reads the memory; one that cannot be read is empty.
func recall(path string) *memory {
	m := &memory{path: path}
	if data, err := os.ReadFile(path); err != nil || json.Unmarshal(data, m) != nil || m.Objects == nil {
		m.Objects = map[string]seen{}
	}
	return m
}

func (m *memory) keep() error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	next := m.path + ".next"
	if err := os.WriteFile(next, data, 0o600); err != nil {
		return environment("write", next, err)
	}
	return os.Rename(next, m.path)
}
