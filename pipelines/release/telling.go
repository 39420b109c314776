package release

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ID stands for a person or an answer: a keyed hash, made by the caller.
type ID uint64

// Answer is one answer that somebody gave: which, and a keyed hash of what it says, so that a corrected answer is another one.
type Answer struct {
	Slot    ID
	Version uint32
}

// Telling is what one publication told of a dimension (or of an item that belongs to none) in a period: which sums, over which people.
// It holds no answers and nobody's name.
type Telling struct {
	Dimension  string    `json:"dimension"`
	Start, End time.Time // civil dates; the end is not part of it
	K          int       `json:"k"` // smallest group in force when it was first told
	Sums       []Sum     `json:"sums"`
	Classes    []Class   `json:"classes"`
	People     People    `json:"people"`
}

// Sum is one published number: the sum, or the mean, of a series over N seats.
type Sum struct {
	Kind   Kind    `json:"kind"`
	A      string  `json:"a"` // team, or attribute
	B      string  `json:"b"` // group of the attribute
	Series string  `json:"series"`
	N      int64   `json:"n"`
	Value  float64 `json:"value"` // the sum, each answer between 0 and 1
}

func (s Sum) String() string {
	return strings.Join(strings.Fields(fmt.Sprint(s.Kind, " ", s.A, " ", s.B)), " ") + ": " + s.Series
}

// Kind is that of a published sum.
type Kind string

const (
	OfTeam    Kind = "team"
	Deviation Kind = "deviation" // of an item from its dimension, in a team
	OfGroup   Kind = "group"     // over the teams whose own number is told
	OfAll     Kind = "total"     // over the groups of an attribute
)

// Class is what a reader can tell people by: their seats, what they answered in each, and their groups.
type Class struct {
	Seats  []Seat            `json:"seats"`
	Groups map[string]string `json:"groups,omitempty"`
}

// Seat is a place in a team. Whoever sits in two teams counts in both.
type Seat struct {
	Team   string `json:"team"`
	Common bool   `json:"common"` // answered as most of the team did: items are told of these
	Items  []Item `json:"items"`
}

// Item is an item that was answered N times in the period; its value is the mean.
type Item struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

// Person is one respondent, with the answers in the order of seats and items of the class.
type Person struct {
	ID      ID
	Class   int
	Answers []Answer
}

// People are packed where they are stored.
type People []Person

// MarshalJSON packs people.
func (p People) MarshalJSON() ([]byte, error) {
	var b []byte
	for i := range p {
		b = binary.LittleEndian.AppendUint64(b, uint64(p[i].ID))
		b = binary.AppendUvarint(b, uint64(p[i].Class))
		b = binary.AppendUvarint(b, uint64(len(p[i].Answers)))
		for _, a := range p[i].Answers {
			b = binary.LittleEndian.AppendUint64(b, uint64(a.Slot))
			b = binary.LittleEndian.AppendUint32(b, a.Version)
		}
	}
	return json.Marshal(b)
}

// UnmarshalJSON is the way back. It returns an error where the text is none of MarshalJSON.
func (p *People) UnmarshalJSON(text []byte) error {
	var b []byte
	if err := json.Unmarshal(text, &b); err != nil {
		return err
	}
	short := errors.New("people of a telling are cut short")
	for *p = nil; len(b) > 0; {
		if len(b) < 8 {
			return short
		}
		q := Person{ID: ID(binary.LittleEndian.Uint64(b))}
		b = b[8:]
		class, c := binary.Uvarint(b)
		if c <= 0 {
			return short
		}
		b = b[c:]
		n, c := binary.Uvarint(b)
		if c <= 0 || uint64(len(b)-c) < 12*n {
			return short
		}
		b = b[c:]
		q.Class = int(class)
		for ; n > 0; n, b = n-1, b[12:] {
			q.Answers = append(q.Answers, Answer{ID(binary.LittleEndian.Uint64(b)), binary.LittleEndian.Uint32(b[8:])})
		}
		*p = append(*p, q)
	}
	return nil
}

// Trim takes out everything of which nothing is told: people, their seats, groups.
func (t *Telling) Trim() {
	told := t.told()
	groups := map[[2]string]bool{}
	for _, s := range t.Sums {
		if s.Kind == OfGroup {
			groups[[2]string{s.A, s.B}] = true
		}
	}
	type kept struct {
		class int // -1: nothing
		seats []bool
	}
	of := make([]kept, len(t.Classes))
	number := map[string]int{}
	var classes []Class
	for i := range t.Classes {
		c := &t.Classes[i]
		var left Class
		of[i].class = -1
		for j := range c.Seats {
			stays := slices.ContainsFunc(t.Sums, func(s Sum) bool { return t.counts(&s, c, &c.Seats[j], told) })
			of[i].seats = append(of[i].seats, stays)
			if stays {
				left.Seats = append(left.Seats, c.Seats[j])
			}
		}
		if len(left.Seats) == 0 {
			continue
		}
		for attribute, group := range c.Groups {
			if groups[[2]string{attribute, group}] {
				if left.Groups == nil {
					left.Groups = map[string]string{}
				}
				left.Groups[attribute] = group
			}
		}
		key := fmt.Sprint(left) // maps are printed in the order of their keys
		n, met := number[key]
		if !met {
			n = len(classes)
			number[key] = n
			classes = append(classes, left)
		}
		of[i].class = n
	}
	people := t.People
	t.People = nil
	for _, p := range people {
		k := &of[p.Class]
		if k.class < 0 {
			continue
		}
		q, at := Person{ID: p.ID, Class: k.class}, 0
		for j := range k.seats {
			n := t.Classes[p.Class].Seats[j].answers()
			if k.seats[j] {
				q.Answers = append(q.Answers, p.Answers[at:at+n]...)
			}
			at += n
		}
		t.People = append(t.People, q)
	}
	t.Classes = classes
}

type teamSeries struct{ team, series string }

// told lists the teams whose own numbers are.
func (t *Telling) told() map[teamSeries]bool {
	out := map[teamSeries]bool{}
	for _, s := range t.Sums {
		if s.Kind == OfTeam {
			out[teamSeries{s.A, s.Series}] = true
		}
	}
	return out
}

// counts says whether the answers of a seat are in a sum.
func (t *Telling) counts(s *Sum, c *Class, at *Seat, told map[teamSeries]bool) bool {
	if s.Series != t.Dimension && !(at.Common && slices.ContainsFunc(at.Items, func(i Item) bool { return i.Name == s.Series })) {
		return false
	}
	switch s.Kind {
	case OfTeam, Deviation:
		return at.Team == s.A
	case OfGroup:
		return c.Groups[s.A] == s.B && told[teamSeries{at.Team, s.Series}]
	}
	return told[teamSeries{at.Team, s.Series}]
}

// Ref names a sum of a telling.
type Ref struct{ Telling, Sum int }

// Joint is what several publications told, as one system of equations: somebody who is in more than one, with the same answers, is the same
// unknowns, and a corrected answer is a new one.
type Joint struct {
	System
	Refs    []Ref // of each of System.Sums
	Strange []Ref // sums that rest on another number of people than they say
	Teams   [][]string
}

// Join makes it. People whom all tellings treat alike are one atom.
func Join(tellings []*Telling) *Joint {
	j := new(Joint)
	members := j.atoms(tellings)
	for ti, t := range tellings {
		told := t.told()
		byTeam := map[string][]int{}
		var all []int
		for c := range t.Classes {
			if len(members[ti][c]) == 0 {
				continue
			}
			all = append(all, c)
			for _, seat := range t.Classes[c].Seats {
				if list := byTeam[seat.Team]; len(list) == 0 || list[len(list)-1] != c {
					byTeam[seat.Team] = append(list, c)
				}
			}
		}
		for si := range t.Sums {
			s := &t.Sums[si]
			among := all
			if s.Kind == OfTeam || s.Kind == Deviation {
				among = byTeam[s.A]
			}
			var terms []Term
			var n int64
			for _, c := range among {
				class, at := &t.Classes[c], 0
				for i := range class.Seats {
					seat := &class.Seats[i]
					if t.counts(s, class, seat, told) {
						for _, m := range members[ti][c] {
							n += j.Atoms[m.atom]
							terms = seat.terms(terms, s, t.Dimension, m.unknowns[at:])
						}
					}
					at += seat.answers()
				}
			}
			if n != s.N {
				j.Strange = append(j.Strange, Ref{ti, si})
			}
			j.Sums = append(j.Sums, terms)
			j.Refs = append(j.Refs, Ref{ti, si})
		}
	}
	return j
}

// Values are those of System.Sums.
func (j *Joint) Values(tellings []*Telling) (out []float64) {
	for _, ref := range j.Refs {
		out = append(out, tellings[ref.Telling].Sums[ref.Sum].Value)
	}
	return out
}

// member is an atom in a class of a telling, with the unknowns in the order of the class's answers.
type member struct {
	atom     int
	unknowns []int
}

func (j *Joint) atoms(tellings []*Telling) (members [][][]member) {
	type place struct{ telling, person int }
	places := map[ID][]place{}
	var order []ID
	members = make([][][]member, len(tellings))
	for ti, t := range tellings {
		members[ti] = make([][]member, len(t.Classes))
		for pi := range t.People {
			id := t.People[pi].ID
			if places[id] == nil {
				order = append(order, id)
			}
			places[id] = append(places[id], place{ti, pi})
		}
	}
	of := map[string]int{}
	var sign []byte
	local := map[Answer]int{}
	for _, id := range order {
		sign = sign[:0]
		clear(local)
		for _, at := range places[id] {
			p := &tellings[at.telling].People[at.person]
			sign = binary.AppendUvarint(sign, uint64(at.telling))
			sign = binary.AppendUvarint(sign, uint64(p.Class))
			for _, a := range p.Answers {
				n, met := local[a]
				if !met {
					n = len(local)
					local[a] = n
				}
				sign = binary.AppendUvarint(sign, uint64(n))
			}
		}
		atom, met := of[string(sign)]
		if met {
			j.Atoms[atom]++
			continue
		}
		atom = len(j.Atoms)
		of[string(sign)] = atom
		first := len(j.Unknown)
		j.Atoms = append(j.Atoms, 1)
		j.Teams = append(j.Teams, nil)
		for range local {
			j.Unknown = append(j.Unknown, atom)
		}
		for _, at := range places[id] {
			p := &tellings[at.telling].People[at.person]
			m := member{atom: atom}
			for _, a := range p.Answers {
				m.unknowns = append(m.unknowns, first+local[a])
			}
			members[at.telling][p.Class] = append(members[at.telling][p.Class], m)
			for _, seat := range tellings[at.telling].Classes[p.Class].Seats {
				if !slices.Contains(j.Teams[atom], seat.Team) {
					j.Teams[atom] = append(j.Teams[atom], seat.Team)
				}
			}
		}
	}
	return members
}

func (s *Seat) answers() (n int) {
	for _, i := range s.Items {
		n += i.N
	}
	return n
}

// terms adds what a seat's answers are in a sum.
func (s *Seat) terms(to []Term, of *Sum, dimension string, unknowns []int) []Term {
	at := 0
	for _, item := range s.Items {
		num, den := int64(0), int64(len(s.Items))
		switch whole := of.Series == dimension; {
		case whole:
			num = 1
		case of.Series == item.Name && of.Kind == Deviation:
			num = den - 1
		case of.Series == item.Name:
			num, den = 1, 1
		case of.Kind == Deviation:
			num = -1
		}
		for range item.N {
			if num != 0 {
				to = append(to, Term{unknowns[at], num, den * int64(item.N)})
			}
			at++
		}
	}
	return to
}
