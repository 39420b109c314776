package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"insideout/models"
)

// A rewrite is a commit that delivers nothing but puts files in the place of others: without those who are forgotten,
// encrypted where they were not, without rejected rows that fit now (replay.go), or with pseudonyms of a newer key (rename.go). It goes the way of every commit, so that all of it counts or none: new files first, durable under
// names of their own; then the commit, which names what replaces what and restates what the rows of each stream add up
// to; then the old files are removed. A writer that dies after the commit leaves files that the state calls dead; Open
// removes them before anything else is done.
//
// Positions, and what became of them, stay: a record that was forgotten was loaded once, and must not be read again.

// replacement puts one file in the place of another, in the order of the rows too. New is nil if no row is left.
type replacement struct {
	Old string `json:"old"`
	New *File  `json:"new,omitempty"`
}

// rewrite applies that part of a commit.
func (s *state) rewrite(r *record) error {
	if len(r.Replaced) > 0 {
		files := slices.Clone(s.Files) // snapshots share what was
		at := make(map[string]int, len(files))
		for i, f := range files {
			at[f.Path] = i
		}
		for _, p := range r.Replaced {
			i, ok := at[p.Old]
			if !ok {
				return fmt.Errorf("it replaces %s, which is not one of the files", p.Old)
			}
			s.Dead = append(s.Dead, p.Old)
			if p.New == nil {
				files[i] = File{}
				continue
			}
			if err := p.New.check(); err != nil {
				return err
			}
			files[i] = *p.New
		}
		s.Files = slices.DeleteFunc(files, func(f File) bool { return f.Path == "" })
		if len(s.Files) == 0 {
			s.Files = nil
		}
	}
	for i := range r.Replayed {
		if !slices.ContainsFunc(s.Accounts, r.Replayed[i].same) {
			return fmt.Errorf("source %s, stream %s: it replays what is not there", r.Replayed[i].Source, r.Replayed[i].Stream)
		}
	}
	if len(r.Replayed) > 0 {
		for j, a := range s.Accounts {
			if slices.ContainsFunc(r.Replayed, func(e account) bool { return e.same(a) }) {
				a = a.clone()
				if err := a.replay(r.Replayed); err != nil {
					return err
				}
				s.Accounts[j] = a
			}
		}
	}
	for i := range r.Restated {
		e := &r.Restated[i]
		j := slices.IndexFunc(s.Accounts, e.same)
		if j < 0 {
			return fmt.Errorf("source %s, stream %s: it restates what is not there", e.Source, e.Stream)
		}
		a := s.Accounts[j].clone()
		a.Tables, a.Rejects, a.RejectsForgotten = slices.Clone(e.Tables), e.Rejects, e.RejectsForgotten
		s.Accounts[j] = a
	}
	for _, t := range r.Tombstones {
		if !slices.Contains(s.Tombstones, t) {
			s.Tombstones = append(s.Tombstones, t)
		}
	}
	return nil
}

// bury removes the files that a rewrite replaced and a writer that died did not get to, and arms the tombstones.
func (l *Lake) bury() error {
	for _, name := range l.state.Dead {
		if _, err := l.disk.root.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := l.disk.remove(name); err != nil {
			return err
		}
	}
	if len(l.state.Tombstones) == 0 {
		return nil
	}
	if l.keys == nil {
		return &SealedError{Path: "the list of those who were forgotten", Key: "of the lake"}
	}
	l.eraser = l.newEraser(l.state.Tombstones)
	return nil
}

// Forgotten is what Forget took out.
type Forgotten struct {
	Rows    int64 `json:"rows"`    // records
	Blanked int64 `json:"blanked"` // fields emptied in rows that stay
	Rejects int64 `json:"rejects"` // rows of the quarantine
	Files   int   `json:"files"`   // rewritten
	Known   bool  `json:"known"`   // there was a tombstone already
}

// Forget takes an employee, or a customer, out of every file: records that are theirs, their name in records of others
// (an agent's in a contact), and every row whose text or payload holds the id itself. It leaves a tombstone, a keyed
// hash, so that what is delivered of them again stays out. When it returns nil, no file of the lake names them: what
// earlier writers left behind is removed with the rest. Doing it again is right at any time and finishes what was
// broken off. The lake needs Keys and Pseudonym, and no cycle may be open.
func (l *Lake) Forget(ctx context.Context, id []byte, isCustomer bool) (*Forgotten, error) {
	id = trimmed(id)
	switch {
	case l.keys == nil || l.names == nil:
		return nil, errors.New("nobody can be found without the key of the pseudonyms: set privacy.key_env or privacy.key_file")
	case len(id) == 0:
		return nil, errors.New("no id was given")
	}
	who := employee
	if isCustomer {
		who = customer
	}
	var stones []string
	for _, p := range l.names(id) {
		stones = append(stones, l.keys.tombstone(who, l.chain.root(p)))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.newEraser(stones)
	e.id = id
	done := &Forgotten{Known: !slices.ContainsFunc(stones, func(s string) bool { return !slices.Contains(l.state.Tombstones, s) })}
	if err := l.rewrite(ctx, done, rewriting{stones: stones,
		take: func(_ origin, b *models.Batch) (*models.Batch, int64, int64) { return e.batch(b) }}); err != nil {
		return nil, err
	}
	l.eraser = l.newEraser(l.state.Tombstones)
	// What a killed writer left may name them too. Nobody else writes, so its age does not matter.
	list, err := list(l.disk.root)
	if err != nil {
		return nil, err
	}
	return done, l.collect(list.temporary, l.now().Add(time.Hour))
}

// Seal encrypts, with the newest key, every employee file and the quarantine where they are not. It returns the number
// of files rewritten. No cycle may be open.
func (l *Lake) Seal(ctx context.Context) (int, error) {
	if l.keys == nil {
		return 0, errors.New("there is no key to encrypt with: set privacy.key_env or privacy.key_file")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	done := new(Forgotten)
	err := l.rewrite(ctx, done, rewriting{})
	return done.Files, err
}

// Purge takes rejected rows out of the quarantine for good: those of a source ("" for all) that were read before an
// instant. Their positions stay accounted for as rejected. It returns their number. No cycle may be open.
func (l *Lake) Purge(ctx context.Context, source string, before time.Time) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	done := new(Forgotten)
	err := l.rewrite(ctx, done, rewriting{only: rejectsDataset, take: func(o origin, b *models.Batch) (*models.Batch, int64, int64) {
		if source != "" && o.source != source || !o.at.Before(before) {
			return b, 0, 0
		}
		return models.NewBatch(b.Schema, 0), int64(b.Rows()), 0
	}})
	return done.Rejects, err
}

// rewriting is what a rewrite is for. Take returns the rows that stay, the number of those that do not, and of the fields
// emptied; nil keeps all, and the files that are to be encrypted and are not are written anew.
type rewriting struct {
	take   func(origin, *models.Batch) (kept *models.Batch, dropped, blanked int64)
	only   string // dataset; "" for all
	stones []string
	names  []string     // the keys of the pseudonyms afterwards; nil if they stay. Files that are to be encrypted anew are, too
	failed func() error // what take could not do; nil if it can do everything
}

// wants reports whether a file is to be rewritten.
func (w rewriting) wants(l *Lake, f File, done *Forgotten) (bool, error) {
	if w.only != "" && f.Dataset != w.only {
		return false, nil
	}
	hit := false
	if w.take == nil || w.names != nil {
		s := schemaOf(f)
		hit = s != nil && sealed(s) && f.Key != l.keys.ID()
	}
	if w.take == nil {
		return hit, nil
	}
	err := l.batches(f, func(o origin, b *models.Batch) error {
		_, dropped, blanked := w.take(o, b)
		if f.Dataset == rejectsDataset {
			done.Rejects += dropped
		} else {
			done.Rows += dropped
		}
		done.Blanked += blanked
		hit = hit || dropped+blanked > 0
		if w.failed != nil {
			return w.failed()
		}
		return nil
	})
	return hit, err
}

func (l *Lake) rewrite(ctx context.Context, done *Forgotten, w rewriting) (err error) {
	switch {
	case l.closed:
		return errClosed
	case l.fail != nil:
		return l.fail
	}
	r := &record{Format: format, Seq: l.state.Seq + 1, Epoch: l.epoch, Previous: l.state.Hash, Run: l.run, At: l.now().UTC(), Names: w.names}
	defer func() {
		if err != nil && !errors.Is(err, ErrUnclear) && l.state.Seq < r.Seq { // what is published stays
			for _, p := range r.Replaced {
				if p.New != nil {
					_ = l.disk.remove(p.New.Path) // else an orphan
				}
			}
		}
	}()
	datasets := map[string]bool{}
	for _, f := range l.state.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		wants, err := w.wants(l, f, done)
		if err != nil {
			return err
		}
		if !wants {
			continue
		}
		p := replacement{Old: f.Path}
		if p.New, err = l.again(f, w); err != nil {
			return err
		}
		r.Replaced = append(r.Replaced, p)
		datasets[f.Dataset] = true
	}
	for dataset := range datasets {
		if err := l.disk.syncDir(dataDir + "/" + dataset); err != nil {
			return err
		}
	}
	for _, s := range w.stones {
		if !slices.Contains(l.state.Tombstones, s) {
			r.Tombstones = append(r.Tombstones, s)
		}
	}
	if len(r.Replaced) == 0 && len(r.Tombstones) == 0 && w.names == nil {
		return nil
	}
	if w.take != nil && len(datasets) > 0 {
		if r.Restated, err = l.restate(ctx, r, datasets); err != nil {
			return err
		}
	}
	done.Files = len(r.Replaced)
	return l.exchange(r)
}

// exchange publishes a rewrite and removes what it replaced.
func (l *Lake) exchange(r *record) error {
	l.cycles++
	hash, err := l.publish(r, l.cycles)
	if err != nil {
		return err
	}
	if err := l.state.apply(r, hash); err != nil {
		l.fail = &CorruptError{Path: commitName(r.Seq), What: err.Error()}
		return errors.Join(ErrUnclear, l.fail)
	}
	return l.bury()
}

// again writes a file anew under a name of its own. It returns nil if no row is left.
func (l *Lake) again(f File, w rewriting) (*File, error) {
	l.cycles++
	var t *table
	err := l.batches(f, func(o origin, b *models.Batch) (err error) {
		if w.take != nil {
			b, _, _ = w.take(o, b)
		}
		if b.Rows() == 0 {
			return nil
		}
		if t == nil {
			if t, err = newTable(l.disk, dataName(f.Dataset, l.epoch, l.cycles), b, l.epoch, l.codec, l.keys); err != nil {
				return err
			}
		}
		return t.append(b, o)
	})
	if t == nil {
		return nil, err
	}
	if err == nil {
		var done File
		if done, err = t.finish(l.disk); err == nil {
			return &done, nil
		}
	}
	return nil, errors.Join(err, t.discard(l.disk))
}

// placed ties all files of the lake to the commits that their rows came with.
func (l *Lake) placed() (*audit, error) {
	a := &audit{root: l.disk.root, v: new(Verification), keys: l.keys, digests: map[chainKey]digest{}, rowsOf: map[chainKey]int64{}, of: map[string]*content{}}
	for seq := int64(1); seq <= l.state.Seq; seq++ {
		c, _, err := readCommit(l.disk.root, seq)
		if err != nil {
			return nil, err
		}
		a.place(c)
	}
	return a, nil
}

// restate adds up anew the rows of every stream of the datasets that a rewrite touches.
func (l *Lake) restate(ctx context.Context, r *record, datasets map[string]bool) ([]account, error) {
	a, err := l.placed()
	if err != nil {
		return nil, err
	}
	a.place(r)
	after := map[string]*File{}
	for i := range r.Replaced {
		after[r.Replaced[i].Old] = r.Replaced[i].New
	}
	for _, f := range l.state.Files {
		if !datasets[f.Dataset] {
			continue
		}
		if next, ok := after[f.Path]; ok {
			if next == nil {
				continue
			}
			f = *next
		}
		if err := a.rows(ctx, f, a.of[f.Path]); err != nil {
			return nil, err
		}
	}
	if !a.v.OK() {
		return nil, fmt.Errorf("the lake is damaged, and nothing was changed: %s: run verify", a.v.Problems[0])
	}
	var out []account
	for _, before := range l.state.Accounts {
		now := before.clone()
		if err := now.replay(r.Replayed); err != nil {
			return nil, err
		}
		for i := range now.Tables {
			if t := &now.Tables[i]; datasets[t.Dataset] {
				k := chainKey{before.key(), before.Generation, t.Dataset}
				t.Digest, t.Forgotten = a.digest(k).String(), t.Records-a.rowsOf[k]
			}
		}
		if datasets[rejectsDataset] && before.Rejects != "" {
			k := chainKey{before.key(), before.Generation, rejectsDataset}
			now.Rejects, now.RejectsForgotten = a.digest(k).String(), now.Rejected-a.rowsOf[k]
		}
		if now.Rejects != before.Rejects || !slices.Equal(now.Tables, before.Tables) {
			out = append(out, account{Source: now.Source, Generation: now.Generation, Range: models.Range{Stream: now.Stream},
				Tables: now.Tables, Rejects: now.Rejects, RejectsForgotten: now.RejectsForgotten})
		}
	}
	return out, nil
}
