package release

import (
	"cmp"
	"math/bits"
	"slices"
)

// System is what is published of one period and one dimension, as its reader sees it: sums over people of answers that he does not
// know. People of whom everything published says the same are one atom, so that it holds counts and no persons.
type System struct {
	Atoms   []int64  // people in each atom
	Unknown []int    // atom of each unknown: an answer that its people gave, an item or what they said of the dimension as a whole
	Sums    [][]Term // what is published
}

// Term is an unknown in a sum, taken Num/Den times.
type Term struct {
	Unknown  int
	Num, Den int64
}

// Exposed is something about fewer people than may be told of: atoms of which a sum follows from what is published.
type Exposed struct {
	Atoms  []int
	People int64
	Proven bool // false: the sums about small atoms are too many to look through, so that the worst is taken for true
}

// Audited is what came out of an audit.
type Audited struct {
	Sums, Atoms int // looked at
	Rank        int // sums of them that say something of their own
	Small       int // independent sums about nobody but small atoms
	Searched    int // sets of atoms that were tried
	Exposed     []Exposed
}

// Search bounds what an audit looks through exactly; beyond it the worst is taken for true.
const (
	searchAtoms = 400
	searchSets  = 1 << 20
)

// Audit takes the published sums as equations and asks whether a sum over the people of atoms that are together fewer than k
// follows from them. It shares nothing with Decide but the number k.
//
// An atom of k and more is always taken as a whole, so only sums that hold none of those can tell. The equations are brought into echelon
// form with the unknowns of large atoms first; the rows that begin with a small one span exactly the sums that hold small ones alone. These
// fall into parts that share no unknown. A part of one row is what it is; in a larger one every set of atoms below k is tried: a sum over it
// alone follows if its columns of the null space depend on each other. Parts of more than 400 atoms, or of more than a million sets, count
// as exposed.
//
// Arithmetic is that of the integers modulo the prime 2^61-1: there is no rounding, and an answer differs from the true one only where a
// determinant that is not zero is a multiple of that prime.
func Audit(s *System, k int64) Audited {
	e := newEchelon(s, func(atom int) int {
		if s.Atoms[atom] >= k {
			return 0
		}
		return 1
	})
	out := Audited{Sums: len(s.Sums), Atoms: len(s.Atoms)}
	for _, sum := range byLength(s.Sums) {
		if e.add(sum) {
			out.Rank++
		}
	}
	for _, part := range e.small() {
		out.Small += len(part)
		e.search(part, k, &out)
	}
	return out
}

func byLength(sums [][]Term) [][]Term {
	out := slices.Clone(sums)
	slices.SortStableFunc(out, func(a, b []Term) int { return cmp.Compare(len(a), len(b)) })
	return out
}

// entry is an unknown's place in the order of elimination and its factor.
type entry struct {
	at    int
	value uint64
}

// echelon is a matrix in echelon form, with the columns of atoms in the order of their ranks.
type echelon struct {
	system *System
	place  []int     // of an unknown
	atom   []int     // at a place
	from   []int     // first place of each rank
	rows   [][]entry // by the place that they begin with; 1 there
	work   []uint64
	filled []uint64 // bits: places of work that may not be zero
}

// newEchelon makes one without rows. Ranks are 0, 1 and 2.
func newEchelon(s *System, rank func(atom int) int) *echelon {
	n := len(s.Unknown)
	e := &echelon{system: s, place: make([]int, n), atom: make([]int, 0, n), rows: make([][]entry, n), work: make([]uint64, n), filled: make([]uint64, n/64+1)}
	for want := range 3 {
		e.from = append(e.from, len(e.atom))
		for u, a := range s.Unknown {
			if rank(a) == want {
				e.place[u] = len(e.atom)
				e.atom = append(e.atom, a)
			}
		}
	}
	return e
}

func (e *echelon) put(at int, value uint64) {
	e.work[at] = plus(e.work[at], value)
	e.filled[at/64] |= 1 << (at % 64)
}

// spans reports whether a sum follows from those taken in.
func (e *echelon) spans(sum []Term) bool {
	for _, t := range sum {
		e.put(e.place[t.Unknown], times(residue(t.Num), inverse(residue(t.Den))))
	}
	if e.reduce(0) < 0 {
		return true
	}
	clear(e.work)
	clear(e.filled)
	return false
}

// add takes a sum in and reports whether it says something of its own.
func (e *echelon) add(sum []Term) bool {
	for _, t := range sum {
		e.put(e.place[t.Unknown], times(residue(t.Num), inverse(residue(t.Den))))
	}
	lead := e.reduce(0)
	if lead < 0 {
		return false
	}
	scale := inverse(e.work[lead])
	var row []entry
	for w := lead / 64; w < len(e.filled); w++ {
		for e.filled[w] != 0 {
			at := w*64 + bits.TrailingZeros64(e.filled[w])
			e.filled[w] &= e.filled[w] - 1
			if e.work[at] != 0 {
				row = append(row, entry{at, times(e.work[at], scale)})
				e.work[at] = 0
			}
		}
	}
	e.rows[lead] = row
	return true
}

// reduce takes from work what rows can take, from a place on, and returns the first place that is left, -1 if none is.
func (e *echelon) reduce(from int) int {
	for w := from / 64; w < len(e.filled); w++ {
		for e.filled[w] != 0 {
			at := w*64 + bits.TrailingZeros64(e.filled[w])
			if e.work[at] != 0 {
				if e.rows[at] == nil {
					return at
				}
				factor := minus(e.work[at])
				for _, x := range e.rows[at] {
					e.put(x.at, times(factor, x.value))
				}
			}
			e.filled[w] &^= 1 << (at % 64)
		}
	}
	return -1
}

// small returns the rows about small atoms alone, none with anything at the place where another begins, in parts that share no atom.
func (e *echelon) small() [][][]entry {
	var rows [][]entry
	for lead := len(e.rows) - 1; lead >= e.from[1]; lead-- { // the later ones are clean already
		row := e.rows[lead]
		if row == nil {
			continue
		}
		clean := map[int]uint64{}
		for _, x := range row {
			clean[x.at] = plus(clean[x.at], x.value)
			if x.at == lead || e.rows[x.at] == nil {
				continue
			}
			for _, y := range e.rows[x.at] {
				clean[y.at] = plus(clean[y.at], times(minus(x.value), y.value))
			}
		}
		row = row[:0:0]
		for at, value := range clean {
			if value != 0 {
				row = append(row, entry{at, value})
			}
		}
		slices.SortFunc(row, func(a, b entry) int { return cmp.Compare(a.at, b.at) })
		e.rows[lead] = row
		rows = append(rows, row)
	}
	slices.Reverse(rows)
	return e.parts(rows)
}

func (e *echelon) parts(rows [][]entry) [][][]entry {
	of := map[int]int{} // first row that an atom was met in
	up := make([]int, len(rows))
	var root func(i int) int
	root = func(i int) int {
		if up[i] != i {
			up[i] = root(up[i])
		}
		return up[i]
	}
	for i, row := range rows {
		up[i] = i
		for _, x := range row {
			if j, met := of[e.atom[x.at]]; met {
				if a, b := root(i), root(j); a != b {
					up[max(a, b)] = min(a, b)
				}
			} else {
				of[e.atom[x.at]] = i
			}
		}
	}
	var out [][][]entry
	nth := map[int]int{}
	for i, row := range rows {
		r := root(i)
		at, ok := nth[r]
		if !ok {
			at = len(out)
			nth[r] = at
			out = append(out, nil)
		}
		out[at] = append(out[at], row)
	}
	return out
}

// search looks in a part for sums over fewer than k people.
func (e *echelon) search(part [][]entry, k int64, out *Audited) {
	var atoms []int
	seen := map[int]bool{}
	for _, row := range part {
		for _, x := range row {
			if a := e.atom[x.at]; !seen[a] {
				seen[a] = true
				atoms = append(atoms, a)
			}
		}
	}
	slices.Sort(atoms)
	if len(part) == 1 {
		out.Searched++
		if people := e.people(atoms); people < k {
			out.Exposed = append(out.Exposed, Exposed{Atoms: atoms, People: people, Proven: true})
		}
		return
	}
	if len(atoms) > searchAtoms {
		out.Exposed = append(out.Exposed, Exposed{Atoms: atoms, People: e.people(atoms)})
		return
	}
	s := newSearch(e, part, atoms, k)
	s.try(0, 0)
	out.Searched += s.tried
	out.Exposed = append(out.Exposed, s.found...)
	if s.tried >= searchSets {
		out.Exposed = append(out.Exposed, Exposed{Atoms: atoms, People: e.people(atoms)})
	}
}

func (e *echelon) people(atoms []int) (n int64) {
	for _, a := range atoms {
		n += e.system.Atoms[a]
	}
	return n
}
