package lake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
)

// audit is one verification under way.
type audit struct {
	root    *os.Root
	v       *Verification
	state   *state
	digests map[chainKey]digest // recomputed from the rows
	hash    hasher

	keys     *Keys
	rowsOf   map[chainKey]int64  // rows behind each digest
	of       map[string]*content // which commit the rows of a file came with
	contents []*content          // by commit, from the first
	closed   map[string]bool     // datasets with a file that no key at hand opens
}

// place ties the files of a commit to the ranges that their rows belong to. A file that replaces another has its place.
func (a *audit) place(r *record) *content {
	c := newContent(r)
	for _, f := range r.Files {
		a.of[f.Path] = c
	}
	for _, p := range r.Replaced {
		before := a.of[p.Old]
		if before == nil {
			continue // the state refuses such a commit
		}
		delete(a.of, p.Old)
		before.loose[path.Base(path.Dir(p.Old))] = true
		if p.New != nil {
			a.of[p.New.Path] = before
		}
	}
	return c
}

// digest is the chain over the rows read.
func (a *audit) digest(k chainKey) digest {
	if d, ok := a.digests[k]; ok {
		return d
	}
	return newDigest(k.dataset)
}

// chainKey names a chain of digests.
type chainKey struct {
	streamKey
	generation int
	dataset    string
}

// chain follows the commits from the first, and then judges the files that they leave: a later commit may have put
// another file in the place of one.
func (a *audit) chain(ctx context.Context, l *listing) error {
	a.contents = a.follow(l)
	for _, f := range a.state.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := a.judge(ctx, f); err != nil {
			return err
		}
	}
	for i, c := range a.contents {
		for _, problem := range c.incomplete() {
			a.v.add(ProblemRows, commitName(int64(i+1)), "%s", problem)
		}
	}
	return nil
}

// follow adds up the commits and returns what each must hold.
func (a *audit) follow(l *listing) (contents []*content) {
	last := int64(0)
	if n := len(l.commits); n > 0 {
		last = l.commits[n-1]
	}
	if n := len(l.checkpoints); n > 0 && l.checkpoints[n-1] > last {
		last = l.checkpoints[n-1]
	}
	for seq := int64(1); seq <= last; seq++ {
		r, hash, err := readCommit(a.root, seq)
		if err == nil {
			err = a.state.apply(r, hash)
		}
		if err != nil {
			// Nothing behind a broken link can be judged.
			a.v.add(ProblemManifest, commitName(seq), "%s; commits %d to %d were not looked at", reason(err), seq, last)
			return contents
		}
		if slices.Contains(l.checkpoints, seq) {
			a.checkpoint(seq)
		}
		a.counts(r)
		contents = append(contents, a.place(r))
	}
	return contents
}

// reason is what is wrong with a manifest file, without its name and the advice to verify.
func reason(err error) string {
	c, ok := errors.AsType[*CorruptError](err)
	switch {
	case !ok:
		return err.Error()
	case c.Err != nil:
		return c.What + ": " + c.Err.Error()
	}
	return c.What
}

func (a *audit) checkpoint(seq int64) {
	s, err := readCheckpoint(a.root, seq)
	switch {
	case errors.Is(err, fs.ErrNotExist): // replaced by the writer meanwhile
	case err != nil:
		a.v.add(ProblemCheckpoint, checkpointName(seq), "%s", reason(err))
	case !reflect.DeepEqual(s, a.state):
		a.v.add(ProblemCheckpoint, checkpointName(seq), "it is not the sum of the commits up to %d", seq)
	}
}

// judge looks at one file as a whole and, if it is what was committed, at its rows.
func (a *audit) judge(ctx context.Context, f File) error {
	c := a.of[f.Path]
	if c == nil {
		return nil // of a commit that could not be applied
	}
	whole, err := a.file(f)
	if err != nil {
		return err
	}
	if whole {
		return a.rows(ctx, f, c)
	}
	c.unread[f.Dataset] = true
	return nil
}

// counts holds the row counts of a commit's files against its ranges; of what was rewritten the state's.
func (a *audit) counts(r *record) {
	rows := map[string]int64{}
	for _, f := range r.Files {
		rows[f.Dataset] += f.Rows
	}
	want := map[string]int64{}
	for _, e := range append(slices.Clone(r.Ranges), r.Replayed...) {
		records := int64(0)
		for _, t := range e.Tables {
			want[t.Dataset] += t.Records - t.Forgotten
			records += t.Records
		}
		if records != e.Records {
			a.v.add(ProblemCount, commitName(r.Seq), "source %s, stream %s: %d records are counted, %d listed by dataset", e.Source, e.Stream, e.Records, records)
		}
	}
	for _, dataset := range sortedKeys(rows, want) {
		if dataset != rejectsDataset && rows[dataset] != want[dataset] {
			a.v.add(ProblemCount, commitName(r.Seq), "dataset %s: the files hold %d rows, the streams gave %d", dataset, rows[dataset], want[dataset])
		}
	}
}

// file judges one data file as a whole and reports whether its rows can be read.
func (a *audit) file(f File) (bool, error) {
	a.v.Files++
	file, err := a.root.Open(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		a.v.add(ProblemMissing, f.Path, "it is committed, but not there")
		return false, nil
	}
	if err != nil {
		a.v.add(ProblemMissing, f.Path, "%v", err)
		return false, nil
	}
	defer file.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	if err != nil {
		a.v.add(ProblemContent, f.Path, "it cannot be read: %v", err)
		return false, nil
	}
	a.v.Bytes += size
	if size != f.Bytes {
		a.v.add(ProblemContent, f.Path, "it has %d bytes, %d were committed", size, f.Bytes)
		return false, nil
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.SHA256 {
		a.v.add(ProblemContent, f.Path, "its SHA-256 is %s, %s was committed", got, f.SHA256)
		return false, nil
	}
	plain, size, err := a.keys.open(f, file, size)
	if errors.Is(err, ErrSealed) {
		a.v.Sealed++ // what it holds is known by its hash alone
		a.closed[f.Dataset] = true
		return false, nil
	}
	if err != nil {
		a.v.add(ProblemContent, f.Path, "it cannot be decrypted: %v", err)
		return false, nil
	}
	m, err := readMetadata(plain, size)
	if err != nil {
		a.v.add(ProblemContent, f.Path, "its footer cannot be read: %v", err)
		return false, nil
	}
	if m.rows != f.Rows || m.dataset != f.Dataset || m.schema != f.Schema {
		a.v.add(ProblemContent, f.Path, "its footer says %d rows of %s version %d, the manifest %d of %s version %d",
			m.rows, m.dataset, m.schema, f.Rows, f.Dataset, f.Schema)
		return false, nil
	}
	return true, nil
}

// rows reads a file's rows, continues the digests and checks that each row belongs to a range of the commit.
func (a *audit) rows(ctx context.Context, f File, c *content) error {
	file, err := a.root.Open(f.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	plain, size, err := a.keys.open(f, file, f.Bytes)
	if err != nil {
		return err
	}
	n, bad := 0, 0
	err = scan(plain, size, func(_ []string, row parquet.Row) (bool, error) {
		if n++; n%10_000 == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		at := len(row) - provenance
		source, stream, position := string(row[at].ByteArray()), string(row[at+1].ByteArray()), row[at+2].Int64()
		e, problem := c.take(source, stream, f.Dataset, position)
		if problem != "" {
			if bad++; bad == 1 { // the first row tells enough
				a.v.add(ProblemRows, f.Path, "row %d: %s", n-1, problem)
			}
		}
		if e == nil {
			return true, nil
		}
		k := chainKey{e.key(), e.Generation, f.Dataset}
		a.digests[k] = a.hash.stored(a.digest(k), f.Dataset, f.Schema, row)
		a.rowsOf[k]++
		return true, nil
	})
	if f.Dataset == rejectsDataset {
		a.v.Rejects += int64(n)
	} else {
		a.v.Records += int64(n)
	}
	if bad > 1 {
		a.v.add(ProblemRows, f.Path, "%d more rows are like that", bad-1)
	}
	if err != nil && ctx.Err() == nil {
		a.v.add(ProblemContent, f.Path, "its rows cannot be read: %v", err)
		return nil
	}
	return err
}

// compareDigests holds what the rows add up to against what the manifest says.
func (a *audit) compareDigests() {
	if len(a.v.Problems) > 0 {
		return // the chains would differ for the reasons already named
	}
	for _, e := range a.state.Accounts {
		for _, t := range e.Tables {
			a.compareDigest(e, t.Dataset, t.Digest, t.Records-t.Forgotten)
		}
		a.compareDigest(e, rejectsDataset, e.Rejects, e.Rejected-e.RejectsForgotten)
	}
}

func (a *audit) compareDigest(e *account, dataset, want string, rows int64) {
	if a.closed[dataset] {
		return
	}
	k := chainKey{e.key(), e.Generation, dataset}
	d := a.digest(k)
	if n := a.rowsOf[k]; n != rows {
		a.v.add(ProblemCount, "", "source %s, stream %s: the files hold %d rows of %s, the manifest counts %d", e.Source, e.Stream, n, dataset, rows)
	}
	if want == "" && rows == 0 {
		want = newDigest(dataset).String()
	}
	if d.String() != want {
		a.v.add(ProblemRows, "", "source %s, stream %s: the %s rows are not those that were delivered: their digest is %s, the manifest says %s",
			e.Source, e.Stream, dataset, d, want)
	}
}

// gaps checks that missing positions and gaps agree, stream by stream.
func (a *audit) gaps() {
	named := map[streamKey]int64{}
	for _, g := range a.state.Gaps {
		named[streamKey{g.Source, g.Stream}] += g.To - g.From
	}
	missing := map[streamKey]int64{}
	for _, e := range a.state.Accounts {
		missing[e.key()] += e.Missing
	}
	for _, g := range a.state.Gaps {
		if k := (streamKey{g.Source, g.Stream}); missing[k] != named[k] {
			a.v.add(ProblemGap, "", "source %s, stream %s: %d positions are missing, gaps name %d", k.source, k.stream, missing[k], named[k])
			missing[k] = named[k]
		}
	}
	for _, e := range a.state.Accounts {
		if k := e.key(); missing[k] != named[k] {
			a.v.add(ProblemGap, "", "source %s, stream %s: %d positions are missing, gaps name %d", k.source, k.stream, missing[k], named[k])
			missing[k] = named[k]
		}
	}
}

// stray names files that no commit lists and that no cycle can still be writing.
func (a *audit) stray(temporary []string, before time.Time) error {
	all, err := orphans(a.root, a.state, temporary)
	if err != nil {
		return err
	}
	for _, o := range all {
		if !o.at.After(before) {
			a.v.add(ProblemOrphan, o.name, "no commit lists it; the next run removes it")
		}
	}
	return nil
}

// rights names what others than the owner can read.
func (a *audit) rights() error {
	return fs.WalkDir(a.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if others := info.Mode().Perm() & 0o077; others != 0 {
			a.v.add(ProblemRights, name, "its rights are %04o: take them from all but the owner", info.Mode().Perm())
		}
		return nil
	})
}

// sortedKeys are the keys of both maps.
func sortedKeys[V any](a, b map[string]V) []string {
	var out []string
	for k := range a {
		out = append(out, k)
	}
	for k := range b {
		out = append(out, k)
	}
	slices.SortFunc(out, strings.Compare)
	return slices.Compact(out)
}
