package release

import "slices"

// search goes through the sets of atoms of a part that hold fewer than k people.
type search struct {
	e       *echelon
	k       int64
	atoms   []int
	columns map[int][][]entry // of the null space, by atom
	chosen  []int
	basis   [][]entry // of the columns chosen
	tried   int
	found   []Exposed
}

// newSearch makes the null space of rows of which each begins where no other has anything: a free place f has 1 at f, and minus what the rows
// have there at their beginnings. A sum over some places alone follows from the rows if the null space's columns of these depend.
func newSearch(e *echelon, part [][]entry, atoms []int, k int64) *search {
	byPlace := map[int][]entry{}
	var places []int
	for _, row := range part {
		var column []entry
		for _, x := range row[1:] {
			column = append(column, entry{x.at, minus(x.value)})
			if byPlace[x.at] == nil {
				byPlace[x.at] = []entry{{x.at, 1}}
				places = append(places, x.at)
			}
		}
		byPlace[row[0].at] = column
		places = append(places, row[0].at)
	}
	slices.Sort(places)
	s := &search{e: e, k: k, atoms: atoms, columns: map[int][][]entry{}}
	for _, at := range places {
		s.columns[e.atom[at]] = append(s.columns[e.atom[at]], byPlace[at])
	}
	return s
}

// try adds one atom after another to those chosen. A set that depends is not made larger: what holds it tells no more.
func (s *search) try(from int, people int64) {
	for i := from; i < len(s.atoms) && s.tried < searchSets; i++ {
		a := s.atoms[i]
		n := people + s.e.system.Atoms[a]
		if n >= s.k {
			continue
		}
		s.tried++
		before := len(s.basis)
		s.chosen = append(s.chosen, a)
		if s.depends(a) {
			s.found = append(s.found, Exposed{Atoms: slices.Clone(s.chosen), People: n, Proven: true})
		} else {
			s.try(i+1, n)
		}
		s.chosen, s.basis = s.chosen[:len(s.chosen)-1], s.basis[:before]
	}
}

// depends adds the columns of an atom to the basis and reports whether one is made of those before.
func (s *search) depends(atom int) bool {
	for _, column := range s.columns[atom] {
		left := column
		for _, b := range s.basis {
			if at := b[0].at; len(left) > 0 {
				if i, ok := slices.BinarySearchFunc(left, at, func(x entry, at int) int { return x.at - at }); ok {
					left = combine(left, b, minus(left[i].value))
				}
			}
		}
		if len(left) == 0 {
			return true
		}
		scale := inverse(left[0].value)
		row := make([]entry, len(left))
		for i, x := range left {
			row[i] = entry{x.at, times(x.value, scale)}
		}
		s.basis = append(s.basis, row)
	}
	return false
}

// combine is a plus factor times b, both by place.
func combine(a, b []entry, factor uint64) []entry {
	out := make([]entry, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].at < b[0].at:
			out, a = append(out, a[0]), a[1:]
		case len(a) == 0 || b[0].at < a[0].at:
			out, b = append(out, entry{b[0].at, times(factor, b[0].value)}), b[1:]
		default:
			if v := plus(a[0].value, times(factor, b[0].value)); v != 0 {
				out = append(out, entry{a[0].at, v})
			}
			a, b = a[1:], b[1:]
		}
	}
	return out
}
