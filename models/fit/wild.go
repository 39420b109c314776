package fit

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Draws are weights of a wild cluster bootstrap, one row a draw, one column a cluster. The same draws serve every lag and
// pair, so that their dependence is kept.
type Draws struct {
	v     *mat.Dense
	pairs []float64 // products of the weights of two clusters, see products; nil until asked for
}

// Rademacher are the two weights of Davidson and Flachaire (2008).
func Rademacher() []float64 { return []float64{-1, 1} }

// Webb are the six weights of Webb (2023), for fewer than a dozen clusters, where two weights give too few distinct draws.
func Webb() []float64 {
	a, b := math.Sqrt(1.5), math.Sqrt(.5)
	return []float64{-a, -1, -b, b, 1, a}
}

// EnumerateDraws lists every assignment of points to clusters: len(points)^clusters draws. It panics above ten million.
func EnumerateDraws(points []float64, clusters int) Draws {
	n := 1
	for range clusters {
		if n *= len(points); n > 1e7 {
			panic("fit: too many draws to enumerate")
		}
	}
	v := mat.NewDense(n, clusters, nil)
	for i := range n {
		k := i
		for g := range clusters {
			v.Set(i, g, points[k%len(points)])
			k /= len(points)
		}
	}
	return Draws{v: v}
}

// SampleDraws takes points at random, from a seed.
func SampleDraws(points []float64, clusters, draws int, seed uint64) Draws {
	rng := rand.New(rand.NewPCG(seed, uint64(clusters)))
	v := mat.NewDense(draws, clusters, nil)
	raw := v.RawMatrix().Data
	for i := range raw {
		raw[i] = points[rng.IntN(len(points))]
	}
	return Draws{v: v}
}

// Len is the number of draws.
func (d Draws) Len() int { n, _ := d.v.Dims(); return n }

// wildTest is one coefficient under the hypothesis that it is zero, in the exact form that needs no refit (Roodman,
// MacKinnon, Nielsen and Webb 2019): with x net of everything else, u the residuals without x, and J_hg = [h=g] x_g'u_g minus what
// the other columns take up, a draw v has b* = v'a/S and the cluster scores s* = J v - b* h, so that
// t* = b* S / sqrt(c s*'s*).
type wildTest struct {
	a, h   []float64  // x_g'u_g and x_g'x_g by cluster
	j      *mat.Dense // nil: the score form, J = diag(a)
	s, c   float64    // x'x; factor of CR1
	t      float64    // of the sample itself
	places []int      // column of the draws of each cluster
}

// maxExactWild is the number of clusters up to which J is formed; above, the score form (t* from scores alone) costs
// O(G) a draw instead of O(G^2), where the normal approximation is already good.
const maxExactWild = 100

// wild prepares the test of column c for an outcome whose fixed effects are out.
func (s *sandwich) wild(c int, y []float64) *wildTest { return s.wildOf(c, s.point(c, y, false)) }

// wildOf is wild from the estimate of column c, with its CR1 standard error.
func (s *sandwich) wildOf(c int, f clustered) *wildTest {
	p, n := len(s.x), s.teams()
	t := &wildTest{s: f.sxx, a: make([]float64, n), h: make([]float64, n), t: f.b / f.se, places: s.team}
	u := append([]float64(nil), f.residuals...) // of the fit without x
	floats.AddScaled(u, f.b*f.sxx, f.net)
	xw, uw := make([]float64, s.n()), make([]float64, s.n())
	for i, w := range s.w {
		xw[i] = f.net[i] * f.sxx * w
		uw[i] = u[i] * w
	}
	for g := range s.team {
		for i := s.start[g]; i < s.start[g+1]; i++ {
			t.a[g] += xw[i] * u[i]
		}
		t.h[g] = f.share[g] * f.sxx
	}
	var meat float64
	for _, v := range f.scores {
		meat += v * v
	}
	t.c = f.se * f.se / meat // what CR1 adds to CR0
	if n > maxExactWild {
		return t
	}
	t.j = mat.NewDense(n, n, nil)
	if p > 1 { // the other columns: C (C'WC)^-1 C'
		xc, uc := mat.NewDense(n, p-1, nil), mat.NewDense(n, p-1, nil)
		gram := mat.NewSymDense(p-1, nil)
		others := make([]int, 0, p-1)
		for k := range p {
			if k != c {
				others = append(others, k)
			}
		}
		for a, k := range others {
			for g := range s.team {
				lo, hi := s.start[g], s.start[g+1]
				xc.Set(g, a, floats.Dot(xw[lo:hi], s.x[k][lo:hi]))
				uc.Set(g, a, floats.Dot(uw[lo:hi], s.x[k][lo:hi]))
			}
			for b, l := range others[:a+1] {
				gram.SetSym(a, b, s.inv.At(k, l)-s.inv.At(k, c)*s.inv.At(l, c)/s.inv.At(c, c))
			}
		}
		var half, all mat.Dense
		half.Mul(xc, gram)
		all.Mul(&half, uc.T())
		t.j.Sub(t.j, &all)
	}
	if s.fixed != nil { // the period effects; team effects are local and vanish
		xt, ut := mat.NewDense(n, s.times, nil), mat.NewDense(n, s.times, nil)
		for g := range s.team {
			for i := s.start[g]; i < s.start[g+1]; i++ {
				xt.Set(g, s.period[i], xw[i])
				ut.Set(g, s.period[i], uw[i])
			}
		}
		var half, all mat.Dense
		half.Mul(xt, s.fixed.inverse())
		all.Mul(&half, ut.T())
		t.j.Sub(t.j, &all)
	}
	for g := range n {
		t.j.Set(g, g, t.j.At(g, g)+t.a[g])
	}
	return t
}

// stars returns t* of every draw.
func (t *wildTest) stars(d Draws) []float64 {
	n, g := d.Len(), len(t.a)
	_, all := d.v.Dims()
	v := d.v
	if g != all || !slices.IsSorted(t.places) || t.places[g-1] != g-1 {
		v = mat.NewDense(n, g, nil)
		for i := range n {
			from, to := d.v.RawRowView(i), v.RawRowView(i)
			for k, at := range t.places {
				to[k] = from[at]
			}
		}
	}
	var js mat.Dense
	if t.j != nil {
		js.Mul(v, t.j.T())
	}
	out := make([]float64, n)
	for i := range n {
		row := v.RawRowView(i)
		b := floats.Dot(row, t.a) / t.s
		var meat float64
		for k, w := range row {
			s := w * t.a[k]
			if t.j != nil {
				s = js.At(i, k)
			}
			s -= b * t.h[k]
			meat += s * s
		}
		out[i] = b * t.s / math.Sqrt(t.c*meat) // t.c scales CR0 to CR1
	}
	return out
}

// Wild is a wild cluster bootstrap test with the hypothesis imposed.
type Wild struct {
	Beta, SE, T float64
	P           float64   // share of |t*| >= |t|
	PStrict     float64   // share of |t*| > |t|
	PEqual      float64   // twice the smaller tail
	Stars       []float64 // t* of every draw
}

// Wild tests that a coefficient is zero, with CR1S standard errors. With sampled draws add one to both counts for a p that
// is valid at any number of draws; here shares are plain, as for enumerated draws.
func (c *Clusters) Wild(column int, d Draws) Wild {
	r := c.r
	n, p := r.x.Dims()
	rows := &rows{team: make([]int, c.G()), times: 1}
	order := make([]int, 0, n)
	for g, own := range c.rows {
		rows.team[g] = g
		rows.start = append(rows.start, len(order))
		order = append(order, own...)
	}
	rows.start = append(rows.start, n)
	rows.period = make([]int, n)
	take := func(v []float64) []float64 {
		out := make([]float64, n)
		for k, i := range order {
			out[k] = v[i]
		}
		return out
	}
	columns := make([][]float64, p)
	for j := range p {
		columns[j] = take(mat.Col(nil, j, r.x))
	}
	s := newSandwich(rows, nil, take(r.w), columns...)
	y := take(r.y)
	t := s.wild(column, y)
	f := s.point(column, y, false)
	out := Wild{Beta: f.b, SE: f.se, T: t.t, Stars: t.stars(d)}
	const tie = 1e-10 // draws that equal the sample but for rounding
	bound := math.Abs(t.t)
	var ge, gt, above, below int
	for _, v := range out.Stars {
		if math.Abs(v) >= bound*(1-tie) {
			ge++
		}
		if math.Abs(v) > bound*(1+tie) {
			gt++
		}
		if v >= t.t-tie*bound {
			above++
		}
		if v <= t.t+tie*bound {
			below++
		}
	}
	b := float64(d.Len())
	out.P, out.PStrict, out.PEqual = float64(ge)/b, float64(gt)/b, math.Min(1, 2*float64(min(above, below))/b)
	return out
}

// maxWildTeams is the number of teams up to which the bootstrap is drawn; above, Bonferroni and t are as good, and the
// draws would not fit into memory.
const maxWildTeams = 1000

// boots reports whether a search over these teams is paid for by the bootstrap.
func (a *analysis) boots(places []int) bool {
	return a.spec.Draws > 0 && slices.Max(places) < maxWildTeams
}

// stars are the |t*| of a test's draws.
func (a *analysis) stars(t *wildTest, places []int) []float64 {
	out := a.signed(t, places)
	for i, v := range out {
		out[i] = math.Abs(v)
	}
	return out
}

// signed are the t* of a test's draws, which depend on the seed and the number of teams alone, see drawsFor.
func (a *analysis) signed(t *wildTest, places []int) []float64 {
	n := 0
	for _, at := range places {
		n = max(n, at+1)
	}
	d, ok := a.wild[n]
	if !ok {
		d = drawsFor(n, a.spec.Draws, a.seed)
		a.wild[n] = d
	}
	own := make([]int, len(t.places))
	for g, team := range t.places {
		own[g] = places[team]
	}
	t.places = own
	var out []float64
	if t.j != nil && n <= maxProducts {
		if d.pairs == nil {
			d.pairs = d.products()
			a.wild[n] = d
		}
		out = t.quick(d)
	} else {
		out = t.stars(d)
	}
	return out
}

// maxProducts is the number of teams up to which t* is taken from the products of weights, which are formed once for all lags and
// pairs; above they no longer stay near the processor.
const maxProducts = 40

// products lists, for each draw, v_g v_h for h up to g.
func (d Draws) products() []float64 {
	n, g := d.v.Dims()
	out := make([]float64, 0, n*g*(g+1)/2)
	for i := range n {
		row := d.v.RawRowView(i)
		for k, v := range row {
			for _, w := range row[:k+1] {
				out = append(out, v*w)
			}
		}
	}
	return out
}

// quick is stars by one scalar product a draw: s* = (J - h a'/S) v = M v, so that s*'s* = v'(M'M)v. Clusters that are
// drawn but have no part in the test have zeros.
func (t *wildTest) quick(d Draws) []float64 {
	n, all := d.v.Dims()
	g := len(t.a)
	var m, mm mat.Dense
	m.Outer(-1/t.s, mat.NewVecDense(g, t.h), mat.NewVecDense(g, t.a))
	m.Add(&m, t.j)
	mm.Mul(m.T(), &m)
	a, form := make([]float64, all), make([]float64, all*(all+1)/2)
	for x, i := range t.places {
		a[i] = t.a[x]
		for y, j := range t.places {
			at := max(i, j)
			form[at*(at+1)/2+min(i, j)] += mm.At(x, y)
		}
	}
	out := make([]float64, n)
	for i := range out {
		meat := floats.Dot(d.pairs[i*len(form):(i+1)*len(form)], form)
		out[i] = floats.Dot(d.v.RawRowView(i), a) / math.Sqrt(t.c*meat)
	}
	return out
}

// drawsFor chooses the weights that a number of teams allows.
//
// With weights of one size the test flips signs: where the scores of teams are symmetric about zero that is exact but for what
// the fixed effects take up. Weights that differ in size also change which teams carry a draw, and the draws then reach less far
// than the sample does, where it matters to a correction over many pairs: with 12 teams p <= .0021 (.05 over 24 pairs) comes in .0038 of pairs
// that have nothing to say by Webb's weights, in .0020 by two signs (5,000 panels; errors .0008), and in .0134 by normal weights. But n teams have
// 2^(n-1) distinct sets of signs, so that below 12 the smallest p could not pass such a correction.
func drawsFor(teams, draws int, seed uint64) Draws {
	switch {
	case teams >= minSigned:
		return SampleDraws(Rademacher(), teams, draws, seed)
	case math.Pow(6, float64(teams)) <= maxListed:
		return EnumerateDraws(Webb(), teams)
	}
	return SampleDraws(Webb(), teams, draws, seed)
}

const (
	minSigned = 12     // teams from which two signs give enough distinct draws
	maxListed = 50_000 // draws up to which all are listed (six teams) instead of sampled
)
