package release

import (
	"cmp"
	"slices"
)

// Repair says which numbers to take back so that nothing about fewer than k people follows that did not follow before. Only sums of which
// fresh is true can be taken back; the others were told before, and what they give away by themselves is taken for known. A fresh sum that follows from
// what was told before says nothing new, and is never taken back.
//
// Of the sums that together give something away, as the equations show, the one of the fewest people goes, and the audit is made again. Where
// a part is too large to look through, the smallest tenth of what is fresh in it goes.
func (j *Joint) Repair(k int64, fresh func(Ref) bool, n func(Ref) int64) (drop []Ref, first Audited) {
	first = Audit(&j.System, k)
	if len(first.Exposed) == 0 {
		return nil, first
	}
	s := System{Atoms: j.Atoms, Unknown: j.Unknown, Sums: slices.Clone(j.Sums)}
	at := slices.Clone(j.Refs) // of its sums
	before := newEchelon(&s, func(int) int { return 0 })
	for i, sum := range s.Sums {
		if !fresh(at[i]) {
			before.add(sum)
		}
	}
	isNew := fresh
	again := map[Ref]bool{}
	for i, sum := range s.Sums {
		again[at[i]] = fresh(at[i]) && before.spans(sum)
	}
	fresh = func(r Ref) bool { return isNew(r) && !again[r] }
	for {
		told := System{Atoms: s.Atoms, Unknown: s.Unknown}
		for i := range s.Sums {
			if !fresh(at[i]) {
				told.Sums = append(told.Sums, s.Sums[i])
			}
		}
		if len(told.Sums) == 0 || !s.forget(Audit(&told, k).Exposed) {
			break
		}
	}
	for {
		gone := map[int]bool{}
		found := Audit(&s, k).Exposed
		for _, e := range found {
			var may []int
			for _, i := range s.behind(e) {
				if fresh(at[i]) {
					may = append(may, i)
				}
			}
			if slices.ContainsFunc(may, func(i int) bool { return gone[i] }) {
				continue
			}
			slices.SortFunc(may, func(a, b int) int { return cmp.Or(cmp.Compare(n(at[a]), n(at[b])), cmp.Compare(a, b)) })
			few := min(len(may), 1)
			if !e.Proven {
				few = (len(may) + 9) / 10
			}
			for _, i := range may[:few] {
				gone[i] = true
			}
		}
		if len(gone) == 0 {
			return drop, first
		}
		sums, refs := s.Sums, at
		s.Sums, at = nil, nil
		for i := range sums {
			if gone[i] {
				drop = append(drop, refs[i])
			} else {
				s.Sums, at = append(s.Sums, sums[i]), append(at, refs[i])
			}
		}
	}
}

// forget takes the unknowns of atoms that are exposed for certain out of all sums, as if the reader knew them.
func (s *System) forget(exposed []Exposed) (any bool) {
	known := map[int]bool{}
	for _, e := range exposed {
		for _, a := range e.Atoms {
			known[a] = known[a] || e.Proven
			any = any || e.Proven
		}
	}
	if any {
		for i, sum := range s.Sums {
			s.Sums[i] = slices.DeleteFunc(slices.Clone(sum), func(t Term) bool { return known[s.Unknown[t.Unknown]] })
		}
	}
	return any
}

// behind lists the sums that give something away together; where that is not proven, all in which the atoms are.
//
// With a further unknown for each sum, and the unknowns of the atoms brought behind all others, a row that begins with one of theirs is made
// of the sums whose further unknowns it holds.
func (s *System) behind(e Exposed) (sums []int) {
	own := make([]bool, len(s.Atoms))
	for _, a := range e.Atoms {
		own[a] = true
	}
	if !e.Proven {
		for i, sum := range s.Sums {
			if slices.ContainsFunc(sum, func(t Term) bool { return own[s.Unknown[t.Unknown]] }) {
				sums = append(sums, i)
			}
		}
		return sums
	}
	near := s.near(own)
	tagged := System{Atoms: append(slices.Clone(s.Atoms), 0), Unknown: slices.Clone(s.Unknown)}
	for range near {
		tagged.Unknown = append(tagged.Unknown, len(s.Atoms))
	}
	row := newEchelon(&tagged, func(atom int) int {
		switch {
		case atom == len(s.Atoms):
			return 2
		case own[atom]:
			return 1
		}
		return 0
	})
	for i, at := range near {
		row.add(append(slices.Clone(s.Sums[at]), Term{len(s.Unknown) + i, 1, 1}))
	}
	for lead := row.from[1]; lead < row.from[2]; lead++ {
		if row.rows[lead] == nil {
			continue
		}
		for _, x := range row.rows[lead] {
			if x.at >= row.from[2] {
				sums = append(sums, near[x.at-row.from[2]])
			}
		}
		break
	}
	return sums
}

// near lists the sums that hang together with atoms.
func (s *System) near(own []bool) (sums []int) {
	reached := slices.Clone(own)
	in := make([]bool, len(s.Sums))
	for more := true; more; {
		more = false
		for i, sum := range s.Sums {
			if in[i] || !slices.ContainsFunc(sum, func(t Term) bool { return reached[s.Unknown[t.Unknown]] }) {
				continue
			}
			in[i], more = true, true
			for _, t := range sum {
				reached[s.Unknown[t.Unknown]] = true
			}
		}
	}
	for i := range in {
		if in[i] {
			sums = append(sums, i)
		}
	}
	return sums
}
