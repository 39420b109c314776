package release

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
)

// Narrowest is the least part of the scale that has to be left open for what anybody said.
const Narrowest = .2

// Narrow is somebody of an atom whose answer, or mean of several, the published sums and the ends of the scale leave less room than Narrowest.
type Narrow struct {
	Atom      int
	Sum       int // a sum that it is in
	Low, High float64
}

// Widths is what came out of a look at how much room the sums leave.
type Widths struct {
	Narrow []Narrow
	Exact  int // parts that share no atom, solved by linear programming
	ByRule int // parts too large for that: bounds were handed on from sum to sum until none moved
}

// exactUnknowns is how many unknowns a part may have to be solved by linear programming: its time grows with their third power, for each question.
const exactUnknowns = 24

// Widths asks, for each of the people and each set of answers that a sum takes of them, how low and how high the mean of these can be.
// The published sums are of answers between 0 and 1. Within an atom nobody can be told from another, so one of n people can be at the
// low end only as far as the others are at the high one.
//
// In small parts the bounds are those of two linear programmes each. In others every sum bounds each of its answers by what the others leave,
// over and over; a combination of several sums may leave less than that says.
func (s *System) Widths(values []float64) Widths {
	var out Widths
	for _, part := range s.apart() {
		b := newBounds(s, values, part)
		if len(b.unknowns) <= exactUnknowns && len(part) <= exactUnknowns {
			if found, err := b.exact(); err == nil {
				out.Exact++
				out.Narrow = append(out.Narrow, found...)
				continue
			}
		}
		out.ByRule++
		out.Narrow = append(out.Narrow, b.rule()...)
	}
	return out
}

// apart lists the sums of parts that share no atom.
func (s *System) apart() (parts [][]int) {
	in := make([]bool, len(s.Sums))
	for i, sum := range s.Sums {
		if in[i] || len(sum) == 0 {
			continue
		}
		own := make([]bool, len(s.Atoms))
		for _, t := range sum {
			own[s.Unknown[t.Unknown]] = true
		}
		part := s.near(own)
		for _, j := range part {
			in[j] = true
		}
		parts = append(parts, part)
	}
	return parts
}

// weighed is an unknown in a sum: the mean answer of an atom, times the people and the weight.
type weighed struct {
	at     int // in bounds.unknowns
	weight float64
}

// question is a set of answers of an atom, as a sum takes them.
type question struct {
	atom, sum int
	of        []weighed // weights positive, those of one person
	total     float64
}

type bounds struct {
	system    *System
	unknowns  []int
	sums      []int
	rows      [][]weighed
	values    []float64
	low, high []float64
	questions []question
}

func newBounds(s *System, values []float64, part []int) *bounds {
	b := &bounds{system: s, sums: part}
	place := map[int]int{}
	for _, i := range part {
		byAtom := map[int]*question{}
		var atoms []int
		merged := map[int]float64{}
		var order []int
		for _, t := range s.Sums[i] {
			at, met := place[t.Unknown]
			if !met {
				at = len(b.unknowns)
				place[t.Unknown] = at
				b.unknowns = append(b.unknowns, t.Unknown)
			}
			if _, met := merged[at]; !met {
				order = append(order, at)
			}
			merged[at] += float64(t.Num) / float64(t.Den)
		}
		var row []weighed
		for _, at := range order {
			atom := s.Unknown[b.unknowns[at]]
			row = append(row, weighed{at, merged[at] * float64(s.Atoms[atom])})
			if merged[at] <= 0 { // a deviation: its item and its dimension are sums of their own, or are not told
				continue
			}
			q := byAtom[atom]
			if q == nil {
				q = &question{atom: atom, sum: i}
				byAtom[atom] = q
				atoms = append(atoms, atom)
			}
			q.of, q.total = append(q.of, weighed{at, merged[at]}), q.total+merged[at]
		}
		b.rows, b.values = append(b.rows, row), append(b.values, values[i])
		for _, a := range atoms {
			b.questions = append(b.questions, *byAtom[a])
		}
	}
	b.low, b.high = make([]float64, len(b.unknowns)), make([]float64, len(b.unknowns))
	for i := range b.high {
		b.high[i] = 1
	}
	return b
}

// judge says whether somebody of an atom has too little room where the mean of its people is between low and high.
func (b *bounds) judge(q *question, low, high float64) (Narrow, bool) {
	n := float64(b.system.Atoms[q.atom])
	least, most := max(0, 1-n*(1-low)), min(1, n*high)
	return Narrow{q.atom, q.sum, least, most}, most-least < Narrowest-1e-9
}

// rule hands bounds on until none moves by much.
func (b *bounds) rule() (found []Narrow) {
	for range 50 {
		moved := false
		for i, row := range b.rows {
			low, high := b.ends(row)
			for _, w := range row {
				own := [2]float64{w.weight * b.low[w.at], w.weight * b.high[w.at]}
				if w.weight < 0 {
					own[0], own[1] = own[1], own[0]
				}
				from, to := (b.values[i]-(high-own[1]))/w.weight, (b.values[i]-(low-own[0]))/w.weight
				if w.weight < 0 {
					from, to = to, from
				}
				if from <= b.low[w.at]+1e-6 && to >= b.high[w.at]-1e-6 {
					continue
				}
				moved = true
				b.low[w.at], b.high[w.at] = max(b.low[w.at], min(from, 1)), min(b.high[w.at], max(to, 0))
				was := own
				own = [2]float64{w.weight * b.low[w.at], w.weight * b.high[w.at]}
				if w.weight < 0 {
					own[0], own[1] = own[1], own[0]
				}
				low, high = low+own[0]-was[0], high+own[1]-was[1]
			}
		}
		if !moved {
			break
		}
	}
	row := map[int]int{}
	for i, s := range b.sums {
		row[s] = i
	}
	for i := range b.questions {
		q := &b.questions[i]
		low, high := b.ends(b.rows[row[q.sum]])
		n := float64(b.system.Atoms[q.atom])
		own, top := 0., 0.
		for _, w := range q.of {
			own, top = own+n*w.weight*b.low[w.at], top+n*w.weight*b.high[w.at]
		}
		v := b.values[row[q.sum]]
		from, to := max(own, v-(high-top)), min(top, v-(low-own))
		if n, narrow := b.judge(q, from/(n*q.total), to/(n*q.total)); narrow {
			found = append(found, n)
		}
	}
	return found
}

// ends are the least and the most that a sum can be by the bounds of its unknowns.
func (b *bounds) ends(row []weighed) (low, high float64) {
	for _, w := range row {
		if w.weight > 0 {
			low, high = low+w.weight*b.low[w.at], high+w.weight*b.high[w.at]
		} else {
			low, high = low+w.weight*b.high[w.at], high+w.weight*b.low[w.at]
		}
	}
	return low, high
}

// exact asks for the least and the most of each question. The standard form has an unknown for each answer and one for what it lacks to the top.
func (b *bounds) exact() (found []Narrow, err error) {
	rows, right, err := b.independent()
	if err != nil {
		return nil, err
	}
	n, m := len(b.unknowns), len(rows)
	a := mat.NewDense(m+n, 2*n, nil)
	for i, row := range rows {
		for j, v := range row {
			a.Set(i, j, v)
		}
	}
	for j := range n {
		a.Set(m+j, j, 1)
		a.Set(m+j, n+j, 1)
		right = append(right, 1)
	}
	for i := range b.questions {
		q := &b.questions[i]
		var ends [2]float64
		for e, sign := range []float64{1, -1} {
			c := make([]float64, 2*n)
			for _, w := range q.of {
				c[w.at] = sign * w.weight / q.total
			}
			best, _, err := lp.Simplex(c, a, right, 1e-9, nil)
			if err != nil {
				return nil, err
			}
			ends[e] = sign * best
		}
		if n, narrow := b.judge(q, ends[0], ends[1]); narrow {
			found = append(found, n)
		}
	}
	return found, nil
}

// independent brings the sums into reduced form and leaves out those that say nothing of their own. Published numbers are not exact, so two that
// should say the same may differ a little; where they differ more the error says so.
func (b *bounds) independent() (rows [][]float64, right []float64, err error) {
	n := len(b.unknowns)
	for i, row := range b.rows {
		dense := make([]float64, n+1)
		for _, w := range row {
			dense[w.at] += w.weight
		}
		dense[n] = b.values[i]
		rows = append(rows, dense)
	}
	rank := 0
	for c := 0; c < n && rank < len(rows); c++ {
		best := rank
		for i := rank; i < len(rows); i++ {
			if math.Abs(rows[i][c]) > math.Abs(rows[best][c]) {
				best = i
			}
		}
		if math.Abs(rows[best][c]) < 1e-9 {
			continue
		}
		rows[rank], rows[best] = rows[best], rows[rank]
		scale := rows[rank][c]
		for j := range rows[rank] {
			rows[rank][j] /= scale
		}
		for i := range rows {
			if f := rows[i][c]; i != rank && f != 0 {
				for j := range rows[i] {
					rows[i][j] -= f * rows[rank][j]
				}
			}
		}
		rank++
	}
	if slices.ContainsFunc(rows[rank:], func(row []float64) bool { return math.Abs(row[n]) > 1e-6 }) {
		return nil, nil, errors.New("the sums contradict each other")
	}
	for i := range rows[:rank] {
		right = append(right, rows[i][n])
		rows[i] = rows[i][:n]
	}
	return rows[:rank], right, nil
}
