package release

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestWidths_KnownIntervals(t *testing.T) {
	for _, tc := range []struct {
		name   string
		of     *System
		values []float64
		want   []Narrow
	}{
		// Five people with a mean of .9: one can be at 1 - 5 x .1 = .5 at the least.
		{"five people at .9", whole([]int64{5}, []int{0}), []float64{4.5}, nil},
		// .97: at 1 - 5 x .03 = .85.
		{"five people at .97", whole([]int64{5}, []int{0}), []float64{4.85}, []Narrow{{0, 0, .85, 1}}},
		{"five people at .03", whole([]int64{5}, []int{0}), []float64{.15}, []Narrow{{0, 0, 0, .15}}},
		{"twenty people at .97", whole([]int64{20}, []int{0}), []float64{19.4}, nil},
		// Six and four: all ten sum to 9.5, and the six with one of the four... the one and the three each between what the others leave.
		{"one person in a team of ten, all at .99", whole([]int64{9, 1}, []int{0, 1}), []float64{9.9}, []Narrow{{0, 0, .9, 1}, {1, 0, .9, 1}}},
		// a + b = 1.2, b + c = .4, a + c = 1: a = .9, b = .3, c = .1, each one person.
		{"three pairs of three people", whole([]int64{1, 1, 1}, []int{0, 1}, []int{1, 2}, []int{0, 2}), []float64{1.2, .4, 1},
			[]Narrow{{0, 0, .9, .9}, {1, 0, .3, .3}, {1, 1, .3, .3}, {2, 1, .1, .1}, {0, 2, .9, .9}, {2, 2, .1, .1}}},
		// Two items of a dimension: (x + y) / 2 of five people is .98; the mean of one of them is .9 at the least, each answer .8.
		{"a dimension of two items", &System{Atoms: []int64{5}, Unknown: []int{0, 0}, Sums: [][]Term{{{0, 1, 2}, {1, 1, 2}}}}, []float64{4.9}, []Narrow{{0, 0, .9, 1}}},
	} {
		w := tc.of.Widths(tc.values)
		if len(w.Narrow) != len(tc.want) || w.Exact != 1 || w.ByRule != 0 {
			t.Errorf("%s: %+v, want %+v", tc.name, w, tc.want)
			continue
		}
		for i, n := range w.Narrow {
			if want := tc.want[i]; n.Atom != want.Atom || n.Sum != want.Sum || math.Abs(n.Low-want.Low) > 1e-6 || math.Abs(n.High-want.High) > 1e-6 {
				t.Errorf("%s: %+v, want %+v", tc.name, n, want)
			}
		}
	}
}

// What the rule finds is narrow: the linear programmes, which know all sums at once, never leave more room.
func TestWidths_RuleNeverSaysNarrowWhereThereIsRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := whole(rapid.SliceOfN(rapid.Int64Range(1, 6), 1, 6).Draw(t, "atoms"))
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		answers := make([]float64, len(s.Atoms))
		for i := range answers {
			answers[i] = 1 - rng.Float64()*rapid.SampledFrom([]float64{.05, .5, 1}).Draw(t, "spread")
		}
		var values []float64
		for range rapid.IntRange(1, 5).Draw(t, "sums") {
			var sum []Term
			value := 0.
			for u := range s.Unknown {
				if rapid.Bool().Draw(t, "in") {
					sum, value = append(sum, Term{u, 1, 1}), value+answers[u]*float64(s.Atoms[u])
				}
			}
			s.Sums, values = append(s.Sums, sum), append(values, value)
		}
		for _, part := range s.apart() {
			exact, err := newBounds(s, values, part).exact()
			if err != nil {
				continue // a programme without a solution within the tolerance: the rule decides there
			}
			type key struct{ atom, sum int }
			known := map[key]Narrow{}
			for _, n := range exact {
				known[key{n.Atom, n.Sum}] = n
			}
			for _, n := range newBounds(s, values, part).rule() {
				if e, ok := known[key{n.Atom, n.Sum}]; !ok && n.High-n.Low < Narrowest-1e-6 || ok && (e.Low < n.Low-1e-5 || e.High > n.High+1e-5) {
					t.Fatalf("by rule %+v, by programme %+v (%v), of %+v = %v", n, e, ok, s, values)
				}
			}
		}
	})
}
