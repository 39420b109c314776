package lake

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// Codes of the problems that Verify finds.
const (
	ProblemManifest   = "manifest"   // a commit cannot be read, is missing, or does not follow on
	ProblemCheckpoint = "checkpoint" // a checkpoint is not the sum of its commits
	ProblemMissing    = "missing"    // a committed data file is not there
	ProblemContent    = "content"    // a data file is not what was committed: size, hash, row count, layout
	ProblemCount      = "count"      // the rows of the files are not those that the manifest counts
	ProblemRows       = "rows"       // rows lie outside their range, or their digest is not the manifest's
	ProblemGap        = "gap"        // missing positions are not those that the gaps name
	ProblemOrphan     = "orphan"     // a file that no commit lists is older than the grace time
	ProblemRights     = "rights"     // others may read a file of the lake
)

// Problem is one invariant that does not hold.
type Problem struct {
	Code string `json:"code"`
	Path string `json:"path,omitempty"` // below the lake's folder; "" for the lake as a whole
	What string `json:"what"`
}

func (p Problem) String() string {
	if p.Path == "" {
		return p.Code + ": " + p.What
	}
	return p.Code + ": " + p.Path + ": " + p.What
}

// Verification is what Verify looked at and what it found.
type Verification struct {
	Commits  int64     `json:"commits"`
	Files    int64     `json:"files"`
	Bytes    int64     `json:"bytes"`
	Streams  int64     `json:"streams"`
	Records  int64     `json:"records"`          // rows in data files
	Rejects  int64     `json:"rejects"`          // rows in the quarantine
	Sealed   int64     `json:"sealed,omitempty"` // files that no key at hand opens: judged by hash, their rows not looked at
	Input    string    `json:"input"`
	Problems []Problem `json:"problems"`
}

// OK reports whether every invariant holds.
func (v *Verification) OK() bool { return len(v.Problems) == 0 }

func (v *Verification) add(code, path, form string, args ...any) {
	v.Problems = append(v.Problems, Problem{Code: code, Path: path, What: fmt.Sprintf(form, args...)})
}

// Verify proves the invariants of the lake in dir from its files alone, without the lease: the chain of commits from
// the first, the checkpoints against it, size, hash, footer and rows of every data file, the digests of every stream
// recomputed from the rows, gaps, orphans older than the default grace time, and rights. What does not hold is a
// Problem; an error means that the lake could not be looked at (ErrNone: there is none) or that ctx ended.
//
// Without the key of an encrypted lake its files are judged by size and hash, and counted as Sealed.
//
// A lake that is being written to may be verified: only what its last commit lists is judged.
func Verify(ctx context.Context, dir string, keys *Keys) (*Verification, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, err := openRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	l, err := list(root)
	if err != nil {
		return nil, fmt.Errorf("lake %s: %w", dir, err)
	}
	a := &audit{root: root, v: new(Verification), state: newState(), keys: keys, digests: map[chainKey]digest{},
		rowsOf: map[chainKey]int64{}, of: map[string]*content{}, closed: map[string]bool{}}
	if err := a.chain(ctx, l); err != nil {
		return nil, err
	}
	a.compareDigests()
	a.gaps()
	if err := a.stray(l.temporary, time.Now().Add(-defaultGrace)); err != nil {
		return nil, err
	}
	if err := a.rights(); err != nil {
		return nil, err
	}
	a.v.Commits = a.state.Seq
	a.v.Streams = int64(len(a.state.current))
	a.v.Input = newSnapshot(dir, a.state, nil).Input()
	return a.v, nil
}
