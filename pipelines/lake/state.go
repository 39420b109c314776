package lake

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"insideout/models"
)

// Span is the time from the first to the last event, both inclusive, in microseconds since 1970 UTC. Nil is no event.
type Span struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// First and Last are the zero time where there is no event.
func (s *Span) First() time.Time {
	if s == nil {
		return time.Time{}
	}
	return time.UnixMicro(s.From).UTC()
}

func (s *Span) Last() time.Time {
	if s == nil {
		return time.Time{}
	}
	return time.UnixMicro(s.To).UTC()
}

// union returns the span of both; its arguments stay as they are.
func (s *Span) union(t *Span) *Span {
	switch {
	case s == nil:
		return t
	case t == nil:
		return s
	}
	return &Span{From: min(s.From, t.From), To: max(s.To, t.To)}
}

// tally is what one stream gave to one dataset. Digest is the chain over all its rows up to here.
type tally struct {
	Dataset string `json:"dataset"`
	Records int64  `json:"records"`
	Digest  string `json:"digest"`
	Event   *Span  `json:"event,omitempty"`
	// Forgotten are those of Records that the files no longer hold, because someone was forgotten.
	Forgotten int64 `json:"forgotten,omitempty"`
}

// account is the record of one stream: in a commit, of the stretch that the commit adds; in a state, of everything.
type account struct {
	Source string `json:"source"`
	// Generation counts the streams that bore this name one after the other: a topic that was made anew begins at
	// position 0 again and must not be taken for the old one. 0 is the first.
	Generation int `json:"generation,omitempty"`
	models.Range
	Tables  []tally `json:"tables,omitempty"`  // by dataset
	Rejects string  `json:"rejects,omitempty"` // chain over the rejected rows up to here
	// RejectsForgotten are those of Rejected that the quarantine no longer holds.
	RejectsForgotten int64 `json:"rejects_forgotten,omitempty"`
}

// table returns the tally of a dataset, made if need be.
func (a *account) table(dataset string) *tally {
	i, found := slices.BinarySearchFunc(a.Tables, dataset, func(t tally, name string) int {
		return cmp.Compare(t.Dataset, name)
	})
	if !found {
		a.Tables = slices.Insert(a.Tables, i, tally{Dataset: dataset})
	}
	return &a.Tables[i]
}

// digest returns the chain of a dataset up to here; "" if there is none yet.
func (a *account) digest(dataset string) string {
	for i := range a.Tables {
		if a.Tables[i].Dataset == dataset {
			return a.Tables[i].Digest
		}
	}
	return ""
}

// clone returns an account that shares nothing with a.
func (a *account) clone() *account {
	b := *a
	b.Tables = slices.Clone(a.Tables)
	return &b
}

// take adds the counts of the range that follows on.
func (a *account) take(r models.Range) {
	a.Next, a.Epoch = r.Next, r.Epoch // an empty epoch behind a gap is meant
	a.Done = a.Done || r.Done
	if r.Identity != "" {
		a.Identity = r.Identity
	}
	if a.Label == "" {
		a.Label = r.Label
	}
	a.Loaded += r.Loaded
	a.Rejected += r.Rejected
	a.Filtered += r.Filtered
	a.Control += r.Control
	a.Missing += r.Missing
	a.Records += r.Records
	a.Dropped += r.Dropped
}

// extend adds the account of the stretch that follows on.
func (a *account) extend(b *account) {
	a.take(b.Range)
	a.tabulate(b)
	if b.Rejects != "" {
		a.Rejects = b.Rejects
	}
	a.RejectsForgotten += b.RejectsForgotten
}

// tabulate adds the rows that follow on, by dataset.
func (a *account) tabulate(b *account) {
	for _, t := range b.Tables {
		u := a.table(t.Dataset)
		u.Records += t.Records
		u.Digest = t.Digest
		u.Forgotten += t.Forgotten
		u.Event = u.Event.union(t.Event)
	}
}

// follows says why a range cannot follow on this account; "" if it can.
func (a *account) follows(r models.Range) string {
	switch {
	case r.First != a.Next:
		return fmt.Sprintf("it begins at position %d, but the lake goes on at %d", r.First, a.Next)
	case a.Done && r.Next > r.First:
		return fmt.Sprintf("the stream ended at position %d", a.Next)
	}
	return ""
}

// renewed reports whether a range belongs to another stream of the same name.
func (a *account) renewed(r models.Range) bool {
	return a.Identity != "" && r.Identity != "" && a.Identity != r.Identity
}

type streamKey struct{ source, stream string }

// same reports whether two accounts are of one stream.
func (a *account) same(b *account) bool { return a.key() == b.key() && a.Generation == b.Generation }

func (a *account) key() streamKey { return streamKey{a.Source, a.Stream} }

// Gap is a declared loss in a source.
type Gap struct {
	Source string `json:"source"`
	models.Gap
}

// state is what all commits up to Seq add up to. Slices only ever grow at their end, so that a snapshot may share
// them; accounts are replaced, never changed.
type state struct {
	Seq      int64      `json:"seq"`
	Epoch    int64      `json:"epoch"`
	Hash     string     `json:"hash"` // of commit Seq
	Accounts []*account `json:"accounts"`
	Gaps     []Gap      `json:"gaps,omitempty"`
	Files    []File     `json:"files,omitempty"`
	Commits  []Commit   `json:"commits,omitempty"`
	// Dead are the paths of files that a rewrite replaced, Tombstones who must not come back.
	Dead       []string `json:"dead,omitempty"`
	Tombstones []string `json:"tombstones,omitempty"`
	// Names are the keys that the pseudonyms went through; none if that was not noted, which is one at most.
	Names []string `json:"names,omitempty"`

	current map[streamKey]int // index of the latest generation in Accounts
}

func newState() *state { return &state{current: map[streamKey]int{}} }

// index rebuilds current after decoding.
func (s *state) index() {
	s.current = make(map[streamKey]int, len(s.Accounts))
	for i, a := range s.Accounts {
		if j, ok := s.current[a.key()]; !ok || s.Accounts[j].Generation < a.Generation {
			s.current[a.key()] = i
		}
	}
}

// find returns the latest account of a stream, or nil.
func (s *state) find(k streamKey) *account {
	if i, ok := s.current[k]; ok {
		return s.Accounts[i]
	}
	return nil
}

// apply adds a commit. It checks all that can be checked without the data files; an error leaves the state unusable.
func (s *state) apply(r *record, hash string) error {
	switch {
	case r.Seq != s.Seq+1:
		return fmt.Errorf("it calls itself commit %d instead of %d", r.Seq, s.Seq+1)
	case r.Previous != s.Hash:
		return fmt.Errorf("it does not follow commit %d as it is now: the hash differs", s.Seq)
	case r.Epoch < s.Epoch:
		return fmt.Errorf("it was written by writer epoch %d after epoch %d had taken over", r.Epoch, s.Epoch)
	}
	for _, f := range r.Files {
		if err := f.check(); err != nil {
			return err
		}
	}
	for i := range r.Ranges {
		if err := s.extend(&r.Ranges[i]); err != nil {
			return err
		}
	}
	s.Seq, s.Epoch, s.Hash = r.Seq, r.Epoch, hash
	if len(r.Names) > 0 {
		s.Names = r.Names
	}
	s.Gaps = append(s.Gaps, r.Gaps...)
	s.Files = append(s.Files, r.Files...)
	if err := s.rewrite(r); err != nil {
		return err
	}
	s.Commits = append(s.Commits, r.summary(hash))
	return nil
}

func (s *state) extend(e *account) error {
	if err := e.Check(); err != nil {
		return fmt.Errorf("source %s, %w", e.Source, err)
	}
	i, known := s.current[e.key()]
	if known && e.Generation == s.Accounts[i].Generation {
		a := s.Accounts[i]
		if why := a.follows(e.Range); why != "" {
			return fmt.Errorf("source %s, stream %s: %s", e.Source, e.Stream, why)
		}
		a = a.clone()
		a.extend(e)
		s.Accounts[i] = a
		return nil
	}
	if want := s.generation(e.key()); e.Generation != want {
		return fmt.Errorf("source %s, stream %s: generation %d instead of %d", e.Source, e.Stream, e.Generation, want)
	}
	s.current[e.key()] = len(s.Accounts)
	s.Accounts = append(s.Accounts, e.clone())
	return nil
}

// generation returns the number that the next stream of this name gets.
func (s *state) generation(k streamKey) int {
	if a := s.find(k); a != nil {
		return a.Generation + 1
	}
	return 0
}
