package pipelines

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"insideout/models"
	"insideout/pipelines/lake"
	"insideout/pipelines/release"
)

// wave is what is told of a team whose respondents answered one item, in a month.
func wave(l *register, month time.Month, k int, respondents ...string) *release.Telling {
	start := time.Date(2025, month, 1, 0, 0, 0, 0, time.UTC)
	t := &release.Telling{Dimension: "flow", Start: start, End: start.AddDate(0, 1, 0), K: k,
		Sums:    []release.Sum{{Kind: release.OfTeam, A: "north", Series: "flow", N: int64(len(respondents))}},
		Classes: []release.Class{{Seats: []release.Seat{{Team: "north", Common: true, Items: []release.Item{{Name: "f1", N: 1}}}}}}}
	names := l.names()
	for _, r := range respondents {
		t.People = append(t.People, release.Person{ID: names.person(r), Answers: []release.Answer{names.answer("q-"+r, "f1", "4")}})
	}
	return t
}

func openTestLedger(t *testing.T, dir, secret string) (*register, error) {
	t.Helper()
	return openLedger(sealing(t, dir, secret))
}

func sealing(t *testing.T, dir, secret string) *Config {
	t.Helper()
	c := &Config{Lake: dir}
	if secret != "" {
		var err error
		if c.keys, err = lake.NewKeys([]byte(secret)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func mustOpenLedger(t *testing.T, dir, secret string) *register {
	t.Helper()
	l, err := openTestLedger(t, dir, secret)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLedger_KeepsWhatWasToldOnceAndSealed(t *testing.T) {
	dir := t.TempDir()
	l := mustOpenLedger(t, dir, "a secret")
	first, second := wave(l, 1, 5, "ann", "bob"), wave(l, 2, 5, "ann")
	for _, told := range [][]*release.Telling{{first}, {first, second}, {first, second}, nil} {
		if err := l.record("gen-a", told); err != nil {
			t.Fatal(err)
		}
	}
	again := mustOpenLedger(t, dir, "a secret")
	if len(again.records) != 2 || len(again.records[1].New) != 1 || len(again.records[1].Told) != 2 {
		t.Errorf("%d records, want two, the second with one new telling: the third is the second broken off and begun again", len(again.records))
	}
	if diff := cmp.Diff(l.tellings, again.tellings); diff != "" {
		t.Error(diff)
	}
	if !again.has(wave(again, 1, 3, "ann", "bob")) || again.has(wave(again, 1, 5, "ann", "bob", "cyd")) {
		t.Error("what was told is not known again, or what was not is")
	}
	path := filepath.Join(dir, ledgerFolder, "000001")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("north")) || info.Mode().Perm() != 0o600 {
		t.Errorf("the file can be read by others: %v", info.Mode())
	}
	for _, secret := range []string{"", "another"} {
		if _, err := openTestLedger(t, dir, secret); !errors.Is(err, lake.ErrSealed) {
			t.Errorf("with the secret %q: %v, want that it is sealed", secret, err)
		}
	}
}

func TestLedger_IsSealedLater(t *testing.T) {
	dir := t.TempDir()
	open := mustOpenLedger(t, dir, "")
	if err := open.record("gen-a", []*release.Telling{wave(open, 1, 5, "ann", "bob")}); err != nil {
		t.Fatal(err)
	}
	keyed := mustOpenLedger(t, dir, "a secret")
	if !keyed.has(wave(keyed, 1, 5, "ann", "bob")) {
		t.Error("people have other hashes since there is a key")
	}
	if err := sealing(t, dir, "a secret").resealLedger(); err != nil {
		t.Fatal(err)
	}
	if _, err := openTestLedger(t, dir, ""); !errors.Is(err, lake.ErrSealed) {
		t.Errorf("after sealing: %v", err)
	}
}

// Of somebody forgotten nothing is left that anybody could compare with anything, and somebody is still counted, as one and the same person.
func TestLedger_ForgetsAPerson(t *testing.T) {
	dir := t.TempDir()
	l := mustOpenLedger(t, dir, "a secret")
	if err := errors.Join(l.record("gen-a", []*release.Telling{wave(l, 1, 5, "ann", "bob")}), l.record("gen-b", []*release.Telling{wave(l, 1, 5, "ann", "bob", "cyd"), wave(l, 2, 5, "cyd")}),
		l.forget("ann")); err != nil {
		t.Fatal(err)
	}
	after := mustOpenLedger(t, dir, "a secret")
	names := after.names()
	gone := names.person("ann")
	answer := names.answer("q-ann", "f1", "4")
	strangers := map[release.ID]int{}
	known := map[release.ID]bool{names.person("bob"): true, names.person("cyd"): true}
	n := 0
	for _, told := range after.tellings {
		for _, p := range told.People {
			n++
			if p.ID == gone || p.Answers[0].Slot == answer.Slot || p.Answers[0].Version == answer.Version {
				t.Errorf("still there: %v", p)
			}
			if !known[p.ID] {
				strangers[p.ID]++
			}
		}
	}
	if n != 6 || len(strangers) != 1 {
		t.Errorf("%d people, of them strangers %v: want six, and one stranger twice", n, strangers)
	}
}

func TestLeast_IsFrozenByPeriod(t *testing.T) {
	l := mustOpenLedger(t, t.TempDir(), "")
	if err := l.record("gen-a", []*release.Telling{wave(l, 1, 8, "ann"), wave(l, 2, 3, "ann")}); err != nil {
		t.Fatal(err)
	}
	c := &Config{Privacy: Privacy{MinimumGroup: 5}, Period: Grain{Grain: models.Month}}
	r := &run{Config: c, ledger: l}
	for month, want := range map[time.Month]int{1: 8, 2: 5, 3: 5} {
		if got := r.least(time.Date(2025, month, 1, 0, 0, 0, 0, time.UTC)); got != want {
			t.Errorf("month %d: groups of %d, want %d", month, got, want)
		}
	}
}

// The pseudonyms of a lake change with its key; who was told of stays who it was.
func TestLedger_KnowsPeopleAfterTheKeyHasChanged(t *testing.T) {
	first, second := []byte("the first key, long enough"), []byte("the second, long enough")
	dir := t.TempDir()
	before, err := openLedger(&Config{Lake: dir, key: first})
	if err != nil {
		t.Fatal(err)
	}
	if err := before.record("gen-a", []*release.Telling{wave(before, 1, 5, Pseudonyms(first)([]byte("E1")))}); err != nil {
		t.Fatal(err)
	}
	after, err := openLedger(&Config{Lake: dir, key: second, older: [][]byte{first}})
	if err != nil {
		t.Fatal(err)
	}
	for who, known := range map[string]bool{"E1": true, "E2": false} {
		id := after.names().person(Pseudonyms(second, first)([]byte(who)))
		for _, told := range after.tellings {
			if (told.People[0].ID == id) != known {
				t.Errorf("%s: known %v, want %v", who, !known, known)
			}
		}
	}
}
