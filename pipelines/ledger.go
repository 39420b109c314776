package pipelines

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"insideout/pipelines/lake"
	"insideout/pipelines/place"
	"insideout/pipelines/release"
)

// ledgerFolder, in the lake's folder, holds what was told of employees so far: one file a publication, for its owner only, encrypted as the
// lake is. Two publications that differ by one person give that person away, so a new one is judged together with all that were before.
//
// A file is written before its publication is moved into place. Broken off between the two, it says that something was told that nobody has seen:
// the next publication is held against it too, which is on the safe side, and says the same again, which is not recorded twice.
//
// Files are never taken away with generations: what was told stays told. Of people they hold keyed hashes; the key is drawn with the first file
// and stands in every one, so that a change of the lake's secret does not part them.
const ledgerFolder = "ledger"

var ledgerName = regexp.MustCompile(`^[0-9]{6}$`)

// record is the content of a file.
type record struct {
	Generation string                      `json:"generation"`
	Key        []byte                      `json:"key"`
	Told       []string                    `json:"told"` // digests of all tellings of the generation
	New        map[string]*release.Telling `json:"new"`  // those that no file before has
}

// register is what was told before.
type register struct {
	dir      string
	keys     *lake.Keys
	key      []byte
	root     func(pseudonym string) string // what a pseudonym was before its key was ever changed, so that a change parts nobody; nil: as it is
	next     int                           // number of the next file
	records  []*record
	tellings map[string]*release.Telling // by digest
}

func (c *Config) ledgerDir() string { return filepath.Join(c.Lake, ledgerFolder) }

// openLedger reads what was told before; a lake without has none.
func openLedger(c *Config) (*register, error) {
	l := &register{dir: c.ledgerDir(), keys: c.keys, next: 1, tellings: map[string]*release.Telling{}}
	if len(c.key) > 0 {
		l.root = chainOf(c.key, c.older).naming().Root
	}
	entries, err := os.ReadDir(l.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open the release ledger: %w", err)
	}
	for _, e := range entries { // by name, which is the order of time
		if !ledgerName.MatchString(e.Name()) {
			continue
		}
		rec, err := l.read(filepath.Join(l.dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("open the release ledger: %w", err)
		}
		if _, err := fmt.Sscan(e.Name(), &l.next); err != nil {
			return nil, fmt.Errorf("open the release ledger: %w", err)
		}
		l.next++
		l.key = rec.Key
		l.records = append(l.records, rec)
		for digest, t := range rec.New {
			l.tellings[digest] = t
		}
	}
	if l.key == nil {
		l.key = make([]byte, 32)
		rand.Read(l.key)
	}
	return l, nil
}

func (l *register) read(path string) (*record, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rec := new(record)
	plain, err := l.keys.Unseal(f, path)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(plain)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := json.NewDecoder(z).Decode(rec); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rec, nil
}

func (l *register) write(path string, rec *record) error {
	return place.File(path, 0o600, func(w io.Writer) error {
		sealed, err := l.keys.Seal(w)
		if err != nil {
			return err
		}
		z := gzip.NewWriter(sealed)
		if err := json.NewEncoder(z).Encode(rec); err != nil {
			return err
		}
		return errors.Join(z.Close(), sealed.Close())
	})
}

// told identifies a telling by all that it says. The smallest group is left out: what was told is the same thing whatever it was told under.
func told(t *release.Telling) string {
	c := *t
	c.K = 0
	return digest(c)
}

func (l *register) has(t *release.Telling) bool { return l.tellings[told(t)] != nil }

// record writes down what a generation is about to tell. Where it tells nothing of employees there is nothing to write.
func (l *register) record(generation string, tellings []*release.Telling) error {
	if len(tellings) == 0 {
		return nil
	}
	rec := &record{Generation: generation, Key: l.key, New: map[string]*release.Telling{}}
	for _, t := range tellings {
		d := told(t)
		rec.Told = append(rec.Told, d)
		if l.tellings[d] == nil {
			rec.New[d] = t
		}
	}
	slices.Sort(rec.Told)
	if n := len(l.records); n > 0 && len(rec.New) == 0 && l.records[n-1].Generation == generation && slices.Equal(l.records[n-1].Told, rec.Told) {
		return nil // broken off after this, and begun again
	}
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return err
	}
	if err := l.write(filepath.Join(l.dir, fmt.Sprintf("%06d", l.next)), rec); err != nil {
		return err
	}
	l.next++
	l.records = append(l.records, rec)
	for d, t := range rec.New {
		l.tellings[d] = t
	}
	return nil
}

// least is the smallest group that a period was told under, 0 if it was not told.
func (l *register) least(start, end time.Time) (k int) {
	for _, t := range l.tellings {
		if t.Start.Before(end) && start.Before(t.End) {
			k = max(k, t.K)
		}
	}
	return k
}

// forget puts numbers drawn at random in the place of all that stands for a person, the same ones everywhere: somebody was told of, and nobody
// with any key can find out who.
func (l *register) forget(respondent string) error {
	id := l.names().person(respondent)
	drawn := map[release.ID]release.ID{}
	draw := func(of release.ID) release.ID {
		if drawn[of] == 0 {
			var b [8]byte
			rand.Read(b[:])
			drawn[of] = release.ID(binary.LittleEndian.Uint64(b[:]))
		}
		return drawn[of]
	}
	for i, rec := range l.records {
		changed := false
		for _, t := range rec.New {
			for j := range t.People {
				if p := &t.People[j]; p.ID == id {
					changed = true
					p.ID = draw(p.ID)
					for a := range p.Answers {
						p.Answers[a].Slot = draw(p.Answers[a].Slot)
						p.Answers[a].Version = uint32(draw(release.ID(p.Answers[a].Version)<<32 | p.Answers[a].Slot>>32))
					}
				}
			}
			slices.SortFunc(t.People, func(a, b release.Person) int { return compareID(a.ID, b.ID) })
		}
		if changed {
			if err := l.write(l.path(i), rec); err != nil {
				return err
			}
		}
	}
	return nil
}

// resealLedger writes every file anew, with the present key.
func (c *Config) resealLedger() error {
	l, err := openLedger(c)
	if err != nil {
		return err
	}
	for i, rec := range l.records {
		if err := l.write(l.path(i), rec); err != nil {
			return fmt.Errorf("encrypt the release ledger: %w", err)
		}
	}
	return nil
}

// path is that of a file: they are numbered without gaps up to the next.
func (l *register) path(record int) string {
	return filepath.Join(l.dir, fmt.Sprintf("%06d", l.next-len(l.records)+record))
}

// hashes make what stands for people and answers.
type hashes struct {
	key       []byte
	root      func(string) string
	last      string
	person256 [sha256.Size]byte
}

func (l *register) names() *hashes { return &hashes{key: l.key, root: l.root} }

// person is the same for a respondent everywhere.
func (h *hashes) person(respondent string) release.ID {
	if h.last != respondent || respondent == "" {
		mac := hmac.New(sha256.New, h.key)
		mac.Write([]byte(h.first(respondent)))
		mac.Sum(h.person256[:0])
		h.last = respondent
	}
	return release.ID(binary.LittleEndian.Uint64(h.person256[:]))
}

func (h *hashes) first(pseudonym string) string {
	if h.root == nil {
		return pseudonym
	}
	return h.root(pseudonym)
}

// answer is the same for an answer of the last respondent everywhere, and its version while it says the same.
func (h *hashes) answer(response, item, value string) release.Answer {
	var b bytes.Buffer
	b.Write(h.person256[8:24])
	b.WriteString(h.first(response))
	b.WriteByte(0)
	b.WriteString(item)
	slot := sha256.Sum256(b.Bytes())
	b.WriteByte(0)
	b.WriteString(value)
	version := sha256.Sum256(b.Bytes())
	return release.Answer{Slot: release.ID(binary.LittleEndian.Uint64(slot[:])), Version: binary.LittleEndian.Uint32(version[:])}
}
