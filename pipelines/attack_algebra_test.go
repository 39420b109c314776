package pipelines_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// attacked is how an attack went.
type attacked struct {
	tried, recovered, published int
	example                     string
}

// attack takes everything that is published of each organisation and dimension as equations in the answers, and asks of every person, every pair of
// people and every four of a team whether a sum of their answers alone follows from them: whether a vector of the row space lives on their
// columns, which is so if the projection onto the row space has an eigenvector of 1 there. It also asks of every number whether all behind it
// said the same.
//
// Numbers of several publications are taken together: an answer that stayed what it was is the same unknown, a corrected one is another.
func attack(numbers []*published) attacked {
	slices.SortStableFunc(numbers, func(a, b *published) int {
		return cmp.Or(cmp.Compare(a.week, b.week), strings.Compare(a.dimension, b.dimension))
	})
	out := attacked{published: len(numbers)}
	for from := 0; from < len(numbers); {
		to := from
		for to < len(numbers) && numbers[to].week == numbers[from].week && numbers[to].dimension == numbers[from].dimension {
			to++
		}
		system(numbers[from:to], &out)
		from = to
	}
	return out
}

// unknown is what somebody is not to learn.
type unknown struct {
	response, item string
	value          float64
}

func (p *part) unknown() unknown { return unknown{p.of.response, p.item, p.of.value[p.item]} }

func system(equations []*published, out *attacked) {
	column := map[unknown]int{}
	columns := map[string][]int{} // of a person
	var people []string
	teamOf := map[string]string{}
	for _, e := range equations {
		for _, p := range e.of {
			u := p.unknown()
			if _, ok := column[u]; ok {
				continue
			}
			column[u] = len(column)
			name := p.of.person
			if columns[name] == nil {
				people = append(people, name)
				teamOf[name] = p.of.team
			}
			columns[name] = append(columns[name], column[u])
		}
	}
	a := mat.NewDense(len(equations), len(column), nil)
	for i, e := range equations {
		same := len(e.of) > 0
		for _, p := range e.of {
			at := column[p.unknown()]
			a.Set(i, at, a.At(i, at)+p.weight)
			same = same && p.of.value[p.item] == e.of[0].of.value[e.of[0].item]
		}
		out.tried++
		whole := true
		for _, p := range e.of {
			whole = whole && p.weight > 0
		}
		// The others at one end of the scale, one is as far from it as all together are.
		if room := min(e.sum, 100*float64(e.n)-e.sum); whole && room < 20-1e-3 {
			out.found("one of the %d behind %s of %s in week %d is within %.1f of the end of the scale", e.n, e.series, e.who, e.week, room)
		}
		if same {
			out.found("all %d behind %s of %s in week %d said the same", e.n, e.series, e.who, e.week)
		}
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDThinV) {
		panic("no decomposition")
	}
	var v mat.Dense
	svd.VTo(&v)
	rank := 0
	for values := svd.Values(nil); rank < len(values) && values[rank] > 1e-9*values[0]; rank++ {
	}
	basis := v.Slice(0, len(column), 0, rank)
	try := func(who ...string) {
		var at []int
		for _, name := range who {
			at = append(at, columns[name]...)
		}
		own := mat.NewDense(len(at), rank, nil)
		for i, c := range at {
			own.SetRow(i, mat.Row(nil, c, basis))
		}
		var gram mat.SymDense
		gram.SymOuterK(1, own)
		var eigen mat.EigenSym
		if !eigen.Factorize(&gram, false) {
			panic("no eigenvalues")
		}
		out.tried++
		if values := eigen.Values(nil); values[len(values)-1] > 1-1e-7 {
			out.found("something about %v in week %d", who, equations[0].week)
		}
	}
	for i, a := range people {
		try(a)
		for j, b := range people[:i] {
			try(a, b)
			if teamOf[a] != teamOf[b] {
				continue
			}
			for k, c := range people[:j] {
				if teamOf[c] != teamOf[a] {
					continue
				}
				for _, d := range people[:k] {
					if teamOf[d] == teamOf[a] {
						try(a, b, c, d)
					}
				}
			}
		}
	}
}

func (a *attacked) found(format string, args ...any) {
	if a.recovered++; a.example == "" {
		a.example = fmt.Sprintf(format, args...)
	}
}
