package lake

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"insideout/models"
)

// Snapshot is the lake as of one commit. It never changes, and the files it lists never do.
type Snapshot struct {
	Seq int64 // number of the last commit; 0 in a new lake

	dir      string
	accounts []*account
	gaps     []Gap
	files    []File
	commits  []Commit
	keys     *Keys
}

func newSnapshot(dir string, s *state, keys *Keys) *Snapshot {
	t := &Snapshot{
		Seq: s.Seq, dir: dir, keys: keys, accounts: slices.Clone(s.Accounts), gaps: slices.Clip(s.Gaps),
		files: slices.Clip(s.Files), commits: slices.Clip(s.Commits),
	}
	slices.SortFunc(t.accounts, func(a, b *account) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Stream, b.Stream), cmp.Compare(a.Generation, b.Generation))
	})
	return t
}

// Datasets names the datasets that have files, sorted; the quarantine is not one of them.
func (s *Snapshot) Datasets() []string {
	var names []string
	for _, f := range s.files {
		if f.Dataset != rejectsDataset {
			names = append(names, f.Dataset)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Files lists the files of a dataset in the order of their commits.
func (s *Snapshot) Files(dataset string) []File {
	var out []File
	for _, f := range s.files {
		if f.Dataset == dataset {
			out = append(out, f)
		}
	}
	return out
}

// Paths lists the files of a dataset by absolute path, in the order of their commits.
func (s *Snapshot) Paths(dataset string) []string {
	var out []string
	for _, f := range s.files {
		if f.Dataset == dataset {
			out = append(out, filepath.Join(s.dir, filepath.FromSlash(f.Path)))
		}
	}
	return out
}

// SourceTotal is everything that one source ever delivered. Positions are accounted for as in models.Range.
type SourceTotal struct {
	Source  string `json:"source"`
	Dataset string `json:"dataset"` // where its records went; several are parted by a comma
	Streams int    `json:"streams"`

	Loaded   int64 `json:"loaded"`
	Rejected int64 `json:"rejected"`
	Filtered int64 `json:"filtered"`
	Control  int64 `json:"control"`
	Missing  int64 `json:"missing"`
	Records  int64 `json:"records"`
	Dropped  int64 `json:"dropped"`
	// Forgotten are records and rejected rows that were delivered and taken out since, because someone was forgotten.
	Forgotten int64 `json:"forgotten,omitempty"`

	FirstAt time.Time `json:"first_at,omitzero"` // of the first event, zero if there is none
	LastAt  time.Time `json:"last_at,omitzero"`
}

// Read is the number of positions that the source was read over.
func (t SourceTotal) Read() int64 { return t.Loaded + t.Rejected + t.Filtered + t.Control + t.Missing }

// Totals lists the sources by name.
func (s *Snapshot) Totals() []SourceTotal {
	var out []SourceTotal
	for from := 0; from < len(s.accounts); {
		to := from
		for to < len(s.accounts) && s.accounts[to].Source == s.accounts[from].Source {
			to++
		}
		out = append(out, total(s.accounts[from:to]))
		from = to
	}
	return out
}

func total(accounts []*account) SourceTotal {
	t := SourceTotal{Source: accounts[0].Source}
	var datasets []string
	var event *Span
	for i, a := range accounts {
		if i == 0 || a.Stream != accounts[i-1].Stream {
			t.Streams++
		}
		t.Loaded += a.Loaded
		t.Rejected += a.Rejected
		t.Filtered += a.Filtered
		t.Control += a.Control
		t.Missing += a.Missing
		t.Records += a.Records
		t.Dropped += a.Dropped
		t.Forgotten += a.RejectsForgotten
		for _, table := range a.Tables {
			datasets = append(datasets, table.Dataset)
			t.Forgotten += table.Forgotten
			event = event.union(table.Event)
		}
	}
	slices.Sort(datasets)
	t.Dataset = strings.Join(slices.Compact(datasets), ",")
	t.FirstAt, t.LastAt = event.First(), event.Last()
	return t
}

// Gaps lists the declared losses in the order of their commits.
func (s *Snapshot) Gaps() []Gap { return slices.Clone(s.gaps) }

// Commits lists the commits from the first.
func (s *Snapshot) Commits() []Commit { return slices.Clone(s.commits) }

// Positions returns where each stream of a source goes on.
func (s *Snapshot) Positions(source string) models.Positions {
	out := models.Positions{}
	for _, a := range s.accounts { // generations rise, so the latest stays
		if a.Source == source {
			out[a.Stream] = a.Position()
		}
	}
	return out
}

// Input is a hash over the content of the lake: sources, streams, what became of every position, and the rows and
// rejects themselves by their digests. It does not depend on run ids, clocks, labels, broker identities, nor on how the
// rows were cut into deliveries, files and commits: the same input loaded into an empty folder has the same hash.
func (s *Snapshot) Input() string {
	h := sha256.New()
	fmt.Fprintln(h, "insideout input 1")
	for _, a := range s.accounts {
		if a.Next == a.First { // seen, but nothing in it
			continue
		}
		fmt.Fprintf(h, "stream %q %q %d: %d to %d, done %t, loaded %d rejected %d filtered %d control %d missing %d records %d dropped %d\n",
			a.Source, a.Stream, a.Generation, a.First, a.Next, a.Done,
			a.Loaded, a.Rejected, a.Filtered, a.Control, a.Missing, a.Records, a.Dropped)
		for _, t := range a.Tables {
			if t.Records > 0 {
				fmt.Fprintf(h, "rows %q %d %s\n", t.Dataset, t.Records-t.Forgotten, t.Digest)
			}
		}
		if a.Rejects != "" {
			fmt.Fprintf(h, "rejects %s\n", a.Rejects)
		}
	}
	gaps := slices.Clone(s.gaps)
	slices.SortStableFunc(gaps, func(a, b Gap) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Stream, b.Stream), cmp.Compare(a.From, b.From))
	})
	for _, g := range gaps {
		fmt.Fprintf(h, "gap %q %q %d to %d %q\n", g.Source, g.Stream, g.From, g.To, g.Reason)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Rejects returns the rejected rows of a source ("" for all), in the order they were committed, at most limit of them
// (0 for all).
func (s *Snapshot) Rejects(ctx context.Context, source string, limit int) ([]models.Reject, error) {
	var out []models.Reject
	for _, f := range s.Files(rejectsDataset) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := s.readRejects(f, func(from string, r models.Reject) bool {
			if source == "" || from == source {
				out = append(out, r)
			}
			return limit == 0 || len(out) < limit
		})
		if err != nil {
			return nil, fmt.Errorf("read rejects: %w", err)
		}
		if limit > 0 && len(out) >= limit {
			break
		}
	}
	return out, nil
}

// Open returns the files of a dataset for a program that reads Parquet and knows no keys: those that are encrypted are
// decrypted into the folder, which must be the owner's alone and is the caller's to wipe; the others are named where they lie.
func (s *Snapshot) Open(ctx context.Context, dataset, into string) ([]string, error) {
	var out []string
	for _, f := range s.Files(dataset) {
		name := filepath.Join(s.dir, filepath.FromSlash(f.Path))
		if f.Key != "" {
			plain := filepath.Join(into, dataset+"-"+filepath.Base(name))
			if err := s.decrypt(ctx, f, name, plain); err != nil {
				return nil, err
			}
			name = plain
		}
		out = append(out, name)
	}
	return out, nil
}

func (s *Snapshot) decrypt(ctx context.Context, f File, from, to string) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	plain, size, err := s.keys.open(f, in, f.Bytes)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, io.NewSectionReader(plain, 0, size))
	if err != nil {
		return fmt.Errorf("decrypt %s: %w", f.Path, err)
	}
	return nil
}
