package release

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// whole makes a system of sums of atoms, each taken once.
func whole(atoms []int64, sums ...[]int) *System {
	s := &System{Atoms: atoms}
	for i := range atoms {
		s.Unknown = append(s.Unknown, i)
	}
	for _, sum := range sums {
		var terms []Term
		for _, a := range sum {
			terms = append(terms, Term{a, 1, 1})
		}
		s.Sums = append(s.Sums, terms)
	}
	return s
}

func TestAudit_KnownAttacks(t *testing.T) {
	for _, tc := range []struct {
		name string
		of   *System
		want [][]int // atoms exposed
	}{
		{"three teams", whole([]int64{6, 7, 8}, []int{0}, []int{1}, []int{2}), nil},
		{"a department that is a team and two people", whole([]int64{9, 2}, []int{0}, []int{0, 1}), [][]int{{1}}},
		{"a department that is a team and five people", whole([]int64{9, 5}, []int{0}, []int{0, 1}), nil},
		{"a total beside all groups but a small one", whole([]int64{9, 8, 3}, []int{0}, []int{1}, []int{0, 1, 2}), [][]int{{2}}},
		{"two hidden that are together too few", whole([]int64{9, 2, 2}, []int{0}, []int{0, 1, 2}), [][]int{{1, 2}}},
		{"two hidden that are together enough", whole([]int64{9, 2, 3}, []int{0}, []int{0, 1, 2}), nil},
		// Teams {0,1} and {2,3}, sites {0,2} and {1,3}, and {0,3} over again: a and d by adding and taking.
		{"three groupings that overlap", whole([]int64{1, 4, 4, 4}, []int{0, 1}, []int{0, 2}, []int{1, 2}), [][]int{{0}, {1}, {2}}},
		{"the difference between two people", whole([]int64{1, 9, 1}, []int{0, 1}, []int{1, 2}), [][]int{{0, 2}}},
		{"a number nobody stands behind", whole([]int64{9}, nil), nil},
		// A dimension of two items; one person left out the second: what is left is the first answer of that person.
		{"an item that one person skipped", &System{Atoms: []int64{8, 1}, Unknown: []int{0, 0, 1}, Sums: [][]Term{
			{{0, 1, 2}, {1, 1, 2}, {2, 1, 1}}, {{0, 1, 1}, {2, 1, 1}}, {{1, 1, 1}}}}, [][]int{{1}}},
		{"an item told of those who skipped none", &System{Atoms: []int64{8, 5}, Unknown: []int{0, 0, 1}, Sums: [][]Term{
			{{0, 1, 2}, {1, 1, 2}, {2, 1, 1}}, {{0, 1, 1}}, {{1, 1, 1}}}}, nil},
	} {
		var got [][]int
		for _, e := range Audit(tc.of, 5).Exposed {
			if !e.Proven {
				t.Errorf("%s: not looked through", tc.name)
			}
			got = append(got, e.Atoms)
		}
		if !slices.EqualFunc(got, tc.want, slices.Equal) {
			t.Errorf("%s: exposed %v, want %v", tc.name, got, tc.want)
		}
	}
}

// rank is that of a matrix of fractions.
func rank(m [][]*big.Rat) (r int) {
	for c := 0; len(m) > 0 && c < len(m[0]); c++ {
		at := -1
		for i := r; i < len(m) && at < 0; i++ {
			if m[i][c].Sign() != 0 {
				at = i
			}
		}
		if at < 0 {
			continue
		}
		m[r], m[at] = m[at], m[r]
		for i := r + 1; i < len(m); i++ {
			f := new(big.Rat).Quo(m[i][c], m[r][c])
			for j := range m[i] {
				m[i][j] = new(big.Rat).Sub(m[i][j], new(big.Rat).Mul(f, m[r][j]))
			}
		}
		r++
	}
	return r
}

func rankWithout(s *System, without uint) int {
	var m [][]*big.Rat
	for _, sum := range s.Sums {
		row := make([]*big.Rat, len(s.Unknown))
		for i := range row {
			row[i] = new(big.Rat)
		}
		for _, t := range sum {
			if without>>s.Unknown[t.Unknown]&1 == 0 {
				row[t.Unknown].Add(row[t.Unknown], big.NewRat(t.Num, t.Den))
			}
		}
		m = append(m, row)
	}
	return rank(m)
}

// Against fractions: a sum over some atoms alone follows where the equations lose rank when these are left out.
func TestAudit_AgreesWithFractions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &System{Atoms: rapid.SliceOfN(rapid.Int64Range(1, 6), 1, 7).Draw(t, "atoms")}
		for a := range s.Atoms {
			for range rapid.IntRange(1, 2).Draw(t, "unknowns") {
				s.Unknown = append(s.Unknown, a)
			}
		}
		for range rapid.IntRange(1, 7).Draw(t, "sums") {
			var sum []Term
			for u := range s.Unknown {
				if n := rapid.Int64Range(-1, 2).Draw(t, "times"); n != 0 {
					sum = append(sum, Term{u, n, rapid.Int64Range(1, 3).Draw(t, "of")})
				}
			}
			s.Sums = append(s.Sums, sum)
		}
		whole := rankWithout(s, 0)
		got := Audit(s, 5)
		if got.Rank != whole {
			t.Fatalf("rank %d, want %d", got.Rank, whole)
		}
		want, exposed := map[uint]bool{}, map[uint]bool{}
		for set := uint(1); set < 1<<len(s.Atoms); set++ {
			var people int64
			for a, n := range s.Atoms {
				if set>>a&1 == 1 {
					people += n
				}
			}
			if people < 5 && rankWithout(s, set) < whole {
				want[set] = true
			}
		}
		for _, e := range got.Exposed {
			var set uint
			for _, a := range e.Atoms {
				set |= 1 << a
			}
			if !e.Proven || !want[set] {
				t.Errorf("%+v is not exposed in %+v", e, s)
			}
			exposed[set] = true
		}
		for set := range want { // one that is exposed lies within it
			found := false
			for e := range exposed {
				found = found || e&^set == 0
			}
			if !found {
				t.Errorf("atoms %b of %+v are exposed and were not found", set, s)
			}
		}
	})
}

func TestAudit_TakesTheWorstForTrueWhereItCannotLook(t *testing.T) {
	const n = searchAtoms + 1
	atoms, sums := make([]int64, n+1), make([][]int, n)
	for i := range atoms {
		atoms[i] = 1
	}
	for i := range sums {
		sums[i] = []int{i, i + 1}
	}
	got := Audit(whole(atoms, sums...), 2).Exposed
	if len(got) != 1 || got[0].Proven || got[0].People != n+1 {
		t.Errorf("a chain of %d people: %v", n+1, got)
	}
}

// company is a made-up company of teams of 5 to 24 people in five levels, ten units to the one above, all of them told, and six groupings of forty
// groups each that cut across teams, so that nobody's atom is larger than eight.
func company(rng *rand.Rand, teams int) *System {
	s := &System{}
	units := map[string][]Term{}
	var names []string
	add := func(name string, t Term) {
		if units[name] == nil {
			names = append(names, name)
		}
		units[name] = append(units[name], t)
	}
	for team := range teams {
		left := int64(5 + rng.IntN(20))
		for left > 0 {
			n := min(left, 1+rng.Int64N(8))
			left -= n
			u := Term{len(s.Unknown), 1, 1}
			s.Unknown = append(s.Unknown, len(s.Atoms))
			s.Atoms = append(s.Atoms, n)
			add(fmt.Sprint("team ", team), u)
			for level, size := 1, 10; level < 5; level, size = level+1, size*10 {
				add(fmt.Sprint("level ", level, " ", team/size), u)
			}
			for g := range 6 {
				add(fmt.Sprint("grouping ", g, " ", rng.IntN(40)), u)
			}
		}
	}
	for _, name := range names {
		s.Sums = append(s.Sums, units[name])
	}
	return s
}

// BenchmarkAudit is 10,000 teams in 5 levels, 6 groupings, 8 dimensions.
func BenchmarkAudit(b *testing.B) {
	var systems []*System
	for d := range 8 {
		systems = append(systems, company(rand.New(rand.NewPCG(1, uint64(d))), 10_000))
	}
	b.ReportAllocs()
	for b.Loop() {
		exposed, sums, atoms := 0, 0, 0
		for _, s := range systems {
			a := Audit(s, 5)
			exposed, sums, atoms = exposed+len(a.Exposed), sums+a.Sums, atoms+a.Atoms
		}
		b.ReportMetric(float64(exposed), "exposed")
		b.ReportMetric(float64(sums), "sums")
		b.ReportMetric(float64(atoms), "atoms")
	}
}
