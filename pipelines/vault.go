package pipelines

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"insideout/models"
	"insideout/pipelines/lake"
	"insideout/pipelines/warehouse"
)

// Keys are those that the lake is encrypted with, derived from the secret of the pseudonyms; nil if no secret is set. One
// secret, because each further one is one more to lose: they differ by derivation, not by file.
func (c *Config) Keys() *lake.Keys { return c.keys }

// names makes the pseudonyms of an id; nil without a key.
func (c *Config) names() func([]byte) []string {
	pseudonym := Pseudonyms(c.key, c.older...)
	if pseudonym == nil {
		return nil
	}
	return func(id []byte) []string { return []string{pseudonym(id)} }
}

// opened is where the encrypted files of the lake stand decrypted while a workshop is built: beside it, in a folder of the
// owner's alone. It is wiped before and after; what a killed run left is gone when the next one builds.
func (r *run) opened() string { return filepath.Join(r.Lake, "opened") }

// wipe removes what stands decrypted.
func (r *run) wipe() error { return os.RemoveAll(r.opened()) }

// unseal makes every dataset readable for the workshop.
func (r *run) unseal(ctx context.Context, snap *lake.Snapshot, in *warehouse.Input) error {
	if err := r.wipe(); err != nil {
		return err
	}
	if err := os.Mkdir(r.opened(), 0o700); err != nil {
		return err
	}
	in.Files, in.Hashes = map[string][]string{}, map[string]string{}
	for _, d := range models.Datasets() {
		paths, err := snap.Open(ctx, d.Name, r.opened())
		if err != nil {
			return err
		}
		in.Files[d.Name] = paths
		for i, f := range snap.Files(d.Name) { // in the order of the paths
			in.Hashes[paths[i]] = f.SHA256
		}
	}
	return nil
}

// Erased is what Forget did.
type Erased struct {
	*lake.Forgotten
	Removed   []string   `json:"removed"` // published files that were made with the person in them
	Published *Published `json:"published,omitempty"`
}

// Forget takes one employee or customer out of the lake and out of everything that was made from it: published
// generations, reports and derived rows are removed, and warehouse and report are built anew from what is left. What had
// been published before and copied elsewhere is out of its reach. Broken off anywhere, it is finished by doing it again.
func Forget(ctx context.Context, c *Config, o Options, id []byte, customer bool) (*Erased, error) {
	o = o.quiet()
	l, err := o.open(c)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	done := new(Erased)
	if done.Forgotten, err = l.Forget(ctx, id, customer); err != nil {
		return nil, err
	}
	if done.Removed, err = c.withdraw(); err != nil {
		return done, fmt.Errorf("the lake has forgotten them, but what is published could not be removed: %w", err)
	}
	r := &run{Config: c, Options: o, lake: l, out: &Outcome{RunID: o.RunID}}
	r.started = o.Now()
	if err := r.publish(ctx); err != nil {
		return done, fmt.Errorf("the lake has forgotten them and what was published is removed, but nothing new could be published: %w", err)
	}
	done.Published = r.out.Published
	return done, nil
}

// withdraw removes everything of the program's own in the out folder that holds figures, and what is derived from the lake
// beside it. The accounts of the runs stay: they hold counts.
func (c *Config) withdraw() ([]string, error) {
	var removed []string
	for _, name := range []string{"workshop", "opened", "cache"} {
		if err := os.RemoveAll(filepath.Join(c.Lake, name)); err != nil {
			return nil, err
		}
	}
	// What names the others goes first, so that nobody is sent to a file that is gone.
	entries, err := os.ReadDir(c.Out)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, first := range []bool{true, false} {
		for _, e := range entries {
			name := e.Name()
			ours := strings.HasPrefix(name, "gen-") || strings.HasPrefix(name, ".gen-") || strings.HasPrefix(name, "report.") ||
				strings.HasPrefix(name, ".report.") || strings.HasPrefix(name, "panel") || name == "warehouse.duckdb" || name == "export" || name == "generations" || name == stateFile
			if !ours || (name == stateFile) != first {
				continue
			}
			if err := os.RemoveAll(filepath.Join(c.Out, name)); err != nil {
				return removed, err
			}
			removed = append(removed, name)
		}
	}
	return removed, nil
}

// Seal encrypts what an earlier run wrote without a key, or with an older one.
func Seal(ctx context.Context, c *Config, o Options) (int, error) {
	l, err := o.open(c)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Seal(ctx)
}

// Rekeyed is what Rekey did.
type Rekeyed struct {
	*lake.Renamed
	Removed   []string   `json:"removed"` // published files, which were made with the old pseudonyms
	Published *Published `json:"published,omitempty"`
}

// Rekey takes the lake to the newest of its keys: every pseudonym becomes another one, and what is encrypted is encrypted anew.
// What was made from the lake is removed and built anew. Broken off anywhere, it is finished by doing it again.
func Rekey(ctx context.Context, c *Config, o Options) (*Rekeyed, error) {
	if len(c.key) == 0 || len(c.older) == 0 {
		return nil, &RekeyError{}
	}
	o = o.quiet()
	how := o.lake(c)
	how.Naming.Older = true
	l, err := lake.Open(c.Lake, how)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	done := new(Rekeyed)
	if done.Renamed, err = l.Rename(ctx); err != nil {
		return nil, err
	}
	if done.Removed, err = c.withdraw(); err != nil {
		return done, fmt.Errorf("the lake has its new pseudonyms, but what is published could not be removed: %w", err)
	}
	r := &run{Config: c, Options: o, lake: l, out: &Outcome{RunID: o.RunID}}
	r.started = o.Now()
	if err := r.publish(ctx); err != nil {
		return done, fmt.Errorf("the lake has its new pseudonyms and what was published is removed, but nothing new could be published: %w", err)
	}
	done.Published = r.out.Published
	return done, nil
}

// RekeyError says that there is no older key to go on from.
type RekeyError struct{}

func (*RekeyError) Error() string {
	return "no older key is configured: name the new key under privacy.key_env or key_file, and the one before it under privacy.older_keys"
}

// Purge removes rejected rows for good: those of a source ("" for all) that were read before an instant.
func Purge(ctx context.Context, c *Config, o Options, source string, before time.Time) (int64, error) {
	l, err := o.open(c)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Purge(ctx, source, before)
}
