package lake

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"insideout/models"
)

// subject says whom a pseudonym stands for. An id of an employee and the same id of a customer are two people.
type subject byte

const (
	nobody   subject = 0
	employee subject = 'p'
	customer subject = 'c'
)

// subjectOf says whom a field names, and whether only the field is emptied and not the row taken out: what a customer
// said about a contact stays when the agent who took it is forgotten.
func subjectOf(f *models.Field) (who subject, blank bool) {
	switch {
	case f.Privacy != models.Pseudonym:
		return nobody, false
	case f.Name == "customer":
		return customer, false
	case f.Name == "place":
		return customer, true
	case f.Name == "agent":
		return employee, true
	}
	return employee, false
}

// eraser takes those who have a tombstone out of rows. It is safe for concurrent use.
type eraser struct {
	keys  *Keys
	names func(id []byte) []string // see Options.Pseudonym
	root  func(string) string      // see Naming.Root
	id    []byte                   // the raw id, while it is at hand; nil for what arrives later

	mu     sync.Mutex
	stones map[string]bool
	known  map[subject]map[string]bool // pseudonyms looked at before
}

func (l *Lake) newEraser(stones []string) *eraser {
	e := &eraser{keys: l.keys, names: l.names, root: l.chain.root, stones: map[string]bool{}, known: map[subject]map[string]bool{employee: {}, customer: {}}}
	for _, s := range stones {
		e.stones[s] = true
	}
	return e
}

// mostKnown bounds the memory of pseudonyms looked at.
const mostKnown = 1 << 17

// has reports whether someone is to be forgotten.
func (e *eraser) has(who subject, pseudonym string) bool {
	known := e.known[who]
	gone, seen := known[pseudonym]
	if !seen {
		gone = e.stones[e.keys.tombstone(who, e.root(pseudonym))]
		if len(known) >= mostKnown {
			clear(known)
		}
		known[strings.Clone(pseudonym)] = gone
	}
	return gone
}

// add is batch for a delivery: it returns the rows that stay and the count of the forgotten.
func (e *eraser) add(b *models.Batch, forgotten int64) (*models.Batch, int64) {
	b, dropped, _ := e.batch(b)
	return b, forgotten + dropped
}

// batch returns the rows without those who are to be forgotten, b itself if they are not in it.
func (e *eraser) batch(b *models.Batch) (out *models.Batch, dropped, blanked int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	drop := make([]bool, b.Rows())
	type cell struct{ col, row int }
	blanks := map[cell]bool{}
	for i := range b.Schema.Fields {
		f := &b.Schema.Fields[i]
		if f.Kind != models.Text && f.Kind != models.JSON {
			continue
		}
		who, blank := subjectOf(f)
		payload := payload(b.Schema, i)
		if who == nobody && e.id == nil && !payload {
			continue
		}
		c := &b.Columns[i]
		for r, text := range c.Texts {
			switch {
			case !c.Valid[r] || drop[r]:
			case who != nobody && e.has(who, text):
				if blank {
					blanks[cell{i, r}] = true
				} else {
					drop[r] = true
				}
			case e.id != nil && mentions(text, string(e.id)), payload && e.named(text):
				drop[r] = true
			}
		}
	}
	if !slices.Contains(drop, true) && len(blanks) == 0 {
		return b, 0, 0
	}
	out = models.NewBatch(b.Schema, b.Rows())
	for r := range b.Rows() {
		if drop[r] {
			dropped++
			continue
		}
		to := out.Add(b.Positions[r])
		for i := range b.Columns {
			c := &b.Columns[i]
			switch {
			case !c.Valid[r]:
			case blanks[cell{i, r}]:
				blanked++
			default:
				switch b.Schema.Fields[i].Kind {
				case models.Text, models.JSON:
					out.SetText(i, to, c.Texts[r])
				case models.Real:
					out.SetReal(i, to, c.Reals[r])
				default:
					out.SetInt(i, to, c.Ints[r])
				}
			}
		}
	}
	return out, dropped, blanked
}

// rejects returns the rejected rows that name nobody who is to be forgotten.
func (e *eraser) rejects(all []models.Reject) []models.Reject {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []models.Reject
	for i := range all {
		if !e.named(string(all[i].Raw)) && !e.named(string(all[i].Key)) && !e.named(string(all[i].Beside)) {
			out = append(out, all[i])
		}
	}
	return out
}

// named reports whether a payload as it came holds an id whose pseudonym has a tombstone. Which of its bytes are an id
// is not known, so each word and each field between separators is tried.
func (e *eraser) named(payload string) bool {
	if e.names == nil || payload == "" {
		return false
	}
	gone := func(word string) bool {
		if word == "" {
			return false
		}
		return slices.ContainsFunc(e.names([]byte(word)), func(p string) bool { return e.has(employee, p) || e.has(customer, p) })
	}
	words := strings.FieldsFunc(payload, func(r rune) bool {
		return r < utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._@+-", r)
	})
	if slices.ContainsFunc(words, gone) {
		return true
	}
	fields := strings.FieldsFunc(payload, func(r rune) bool { return strings.ContainsRune(",;|\t\"\r\n:{}[]", r) })
	return slices.ContainsFunc(fields, func(f string) bool { return gone(strings.TrimSpace(f)) })
}

// mentions reports whether an id stands in a text, and not as a part of a longer word or number.
func mentions(text, id string) bool {
	word := func(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
	for from := 0; ; {
		at := strings.Index(text[from:], id)
		if at < 0 {
			return false
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(id):])
		if !word(before) && !word(after) {
			return true
		}
		from = at + 1
	}
}

// trimmed is an id as a person gives it: without the spaces around it.
func trimmed(id []byte) []byte { return bytes.TrimSpace(id) }
