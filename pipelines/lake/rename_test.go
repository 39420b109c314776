package lake

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"insideout/models"
)

// newerKeys and renaming stand for a second key: a pseudonym gets a mark for each key that it went through.
func newerKeys(t *testing.T) *Keys {
	t.Helper()
	keys, err := NewKeys([]byte("a newer secret of the tests, too"), []byte("a secret of the tests, 32 bytes."))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func renaming(older bool, chain ...string) *Naming {
	return &Naming{
		Chain: chain, Older: older,
		Rename: func(p string, done int) (string, error) {
			if p == "" {
				return "", errors.New("no pseudonym")
			}
			for _, key := range chain[done:] {
				p = key + ":" + p
			}
			return p, nil
		},
		Root: func(p string) string {
			for i := len(chain) - 1; i > 0; i-- {
				p = strings.TrimPrefix(p, chain[i]+":")
			}
			return p
		},
	}
}

// cellsByField collects the texts of a dataset, and of those that are pseudonyms.
func cellsByField(t *testing.T, l *Lake) (hidden, others map[string][]string) {
	t.Helper()
	hidden, others = map[string][]string{}, map[string][]string{}
	for _, f := range l.state.Files {
		if err := l.batches(f, func(_ origin, b *models.Batch) error {
			for i, field := range b.Schema.Fields {
				for r, s := range b.Columns[i].Texts {
					if !b.Columns[i].Valid[r] {
						continue
					}
					into, at := others, b.Schema.Name+"."+field.Name
					if field.Privacy == models.Pseudonym {
						into = hidden
					}
					into[at] = append(into[at], strings.Clone(s))
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return hidden, others
}

// A new key changes every pseudonym and nothing else; what is encrypted opens with the new key; those who were forgotten stay
// out when they are delivered again; and a lake is written with the keys that it was made with, or not at all.
func TestRename_ChangesPseudonymsOnly(t *testing.T) {
	dir := populated(t)
	l := open(t, dir, Options{RunID: "forget", Keys: testKeys, Pseudonym: testNames})
	if _, err := l.Forget(t.Context(), []byte(rawID), false); err != nil {
		t.Fatal(err)
	}
	hidden, others := cellsByField(t, l)
	totals := l.Snapshot().Totals()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	keys := newerKeys(t)
	how := Options{RunID: "rekey", Keys: keys, Pseudonym: func(id []byte) []string { return []string{"k2:" + testNames(id)[0]} }}

	how.Naming = renaming(false, "k1", "k2")
	naming, ok := errors.AsType[*NamingError](func() error { _, err := Open(dir, how); return err }())
	if !ok || !naming.Behind {
		t.Fatalf("the lake opens for a key that it does not know: %v", naming)
	}
	how.Naming = renaming(true, "k1", "k2")
	l = open(t, dir, how)
	done, err := l.Rename(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := int64(0)
	for _, texts := range hidden {
		for i := range texts {
			texts[i] = "k2:" + texts[i]
		}
		want += int64(len(texts))
	}
	if done.Pseudonyms != want || want == 0 {
		t.Errorf("%d pseudonyms changed, want %d", done.Pseudonyms, want)
	}
	nowHidden, nowOthers := cellsByField(t, l)
	if d := cmp.Diff(hidden, nowHidden); d != "" {
		t.Errorf("pseudonyms (-want +got):\n%s", d)
	}
	if d := cmp.Diff(others, nowOthers); d != "" {
		t.Errorf("what is no pseudonym (-want +got):\n%s", d)
	}
	if d := cmp.Diff(totals, l.Snapshot().Totals()); d != "" {
		t.Error(d)
	}
	for _, f := range l.state.Files {
		if f.Key != "" && f.Key != keys.ID() {
			t.Errorf("%s is still encrypted with the older key", f.Path)
		}
	}
	if again, err := l.Rename(t.Context()); err != nil || again.Files != 0 {
		t.Errorf("a second time: %+v, %v", again, err)
	}
	// The forgotten one comes again, under the name that they have now.
	person := models.Dataset("answers").Field("person")
	d := feeds[0].delivery(0, 0)
	for _, f := range feeds {
		if f.dataset == "answers" {
			d = f.delivery(f.first, f.first+1)
		}
	}
	b := d.Records[0]
	for r := range b.Rows() {
		b.SetText(person, r, "k2:"+pseudonym)
	}
	d.Source, d.Range.Stream = "again", "s"
	for i := range d.Rejects {
		d.Rejects[i].Stream = "s"
	}
	commit(t, l, d)
	for _, s := range l.Snapshot().Totals() {
		if s.Source == "again" && s.Forgotten != d.Range.Records {
			t.Errorf("%d of %d records of someone forgotten stay out", s.Forgotten, d.Range.Records)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	v, err := Verify(t.Context(), dir, keys)
	if err != nil || !v.OK() {
		t.Errorf("verify: %+v, %v", v, err)
	}
	for _, chain := range [][]string{{"k1"}, {"k2"}, {"k0", "k2"}, {"k1", "k3"}, {"k1", "k2", "k3"}} {
		how.Naming = renaming(len(chain) < 3, chain...)
		if _, err := Open(dir, how); !errors.Is(err, ErrNaming) {
			t.Errorf("the lake opens for the keys %v: %v", chain, err)
		}
	}
}

// A new lake notes its keys with its first commit.
func TestRename_NewLakeKnowsItsKeys(t *testing.T) {
	dir := filepath.Join(scratch(t), "lake")
	l := open(t, dir, Options{Keys: testKeys, Naming: renaming(false, "k1", "k2")})
	commit(t, l, contacts(1, 0, 3))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{Keys: testKeys, Naming: renaming(false, "k9")}); !errors.Is(err, ErrNaming) {
		t.Errorf("another key: %v", err)
	}
	l = open(t, dir, Options{Keys: testKeys, Naming: renaming(false, "k1", "k2")})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestRename_DeathAtEveryStep kills the writer before each operation, or lets the operation fail: no lake has pseudonyms of
// both kinds, and doing it again finishes it.
func TestRename_DeathAtEveryStep(t *testing.T) {
	if testing.Short() {
		t.Skip("short: one goroutine is at work here, so there is no race to find; the whole run meets every step")
	}
	source := populated(t)
	keys := newerKeys(t)
	rename := func(dir string, m *mortal) error {
		l, err := Open(dir, Options{RunID: "rekey", Keys: keys, Naming: renaming(true, "k1", "k2"), FS: m.ask})
		if err != nil {
			return err
		}
		defer l.Close()
		_, err = l.Rename(t.Context())
		return err
	}
	verified := func(dir string) string {
		v, err := Verify(t.Context(), dir, keys)
		if err != nil || !v.OK() {
			t.Fatalf("verify: %+v, %v", v, err)
		}
		return v.Input
	}
	before := verified(source)
	whole := copied(t, source)
	m := &mortal{at: -1}
	if err := rename(whole, m); err != nil {
		t.Fatal(err)
	}
	want := verified(whole)
	if m.n < 20 || want == before {
		t.Fatalf("only %d operations: nothing was rewritten", m.n)
	}
	for _, kill := range []bool{true, false} {
		for at := range m.n {
			dir := copied(t, source)
			dying := &mortal{at: at, err: errDead, kill: kill}
			err := rename(dir, dying)
			if got := verified(dir); got != want && (got != before || err == nil) {
				t.Fatalf("death at %d (%s) leaves %s, with %v", at, dying.op, got, err)
			}
			if err := rename(dir, &mortal{at: -1}); err != nil {
				t.Fatalf("after death at %d (%s): %v", at, dying.op, err)
			}
			if got := verified(dir); got != want {
				t.Fatalf("after death at %d (%s): Input = %s, want %s", at, dying.op, got, want)
			}
		}
	}
}
