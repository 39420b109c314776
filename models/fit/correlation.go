package fit

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/combin"
)

// Correlation is a correlation with its test against 0 and its 95 % interval.
type Correlation struct {
	R         float64
	N         int
	T, DF, P  float64 // Student's t with DF degrees of freedom
	Low, High float64 // Fisher's z
}

// Pearson is the product-moment correlation, as R's cor.test. R is NaN where a side is constant.
func Pearson(x, y []float64) Correlation {
	return correlated(stat.Correlation(x, y, nil), len(x), 0)
}

// weightedPearson is the correlation under weights, as cov.wt(cor=TRUE). It carries no test: weights do not say how many
// observations there are.
func weightedPearson(x, y, w []float64) float64 { return stat.Correlation(x, y, w) }

// partial is the correlation of x and y with z held fixed. The error is that of Regress.
func partial(x, y []float64, z [][]float64) (Correlation, error) {
	rx, ry, err := residualPair(x, y, z)
	if err != nil {
		return Correlation{}, err
	}
	return correlated(stat.Correlation(rx, ry, nil), len(x), len(z)), nil
}

// semipartial is the correlation of y with x, z taken out of x alone.
func semipartial(x, y []float64, z [][]float64) (float64, error) {
	rx, _, err := residualPair(x, y, z)
	if err != nil {
		return math.NaN(), err
	}
	return stat.Correlation(rx, y, nil), nil
}

func residualPair(x, y []float64, z [][]float64) (rx, ry []float64, err error) {
	ones := make([]float64, len(x))
	floats.AddConst(1, ones)
	columns := append([][]float64{ones}, z...)
	fx, err := Regress(columns, x, nil)
	if err != nil {
		return nil, nil, err
	}
	fy, err := Regress(columns, y, nil)
	if err != nil {
		return nil, nil, err
	}
	return fx.Residuals, fy.Residuals, nil
}

// correlated adds test and interval to a correlation from n points of which k variables are held fixed.
func correlated(r float64, n, k int) Correlation {
	r = math.Max(-1, math.Min(1, r))
	c := Correlation{R: r, N: n, DF: float64(n - 2 - k)}
	c.T = r * math.Sqrt(c.DF/(1-r*r))
	c.P = studentP(c.T, c.DF)
	c.Low, c.High = FisherInterval(r, float64(n-3-k))
	return c
}

// FisherInterval is the 95 % interval tanh(atanh r +- 1.96/sqrt(df)), df = n-3 for a plain correlation; NaN where df is not
// positive.
func FisherInterval(r, df float64) (low, high float64) {
	if !(df > 0) {
		return math.NaN(), math.NaN()
	}
	half := normalQuantile(.975) / math.Sqrt(df)
	return math.Tanh(math.Atanh(r) - half), math.Tanh(math.Atanh(r) + half)
}

// Ranks are the ranks from 1, ties at their mean, and the sum over ties of t^3-t.
func Ranks(x []float64) (ranks []float64, ties float64) {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case x[a] < x[b]:
			return -1
		case x[a] > x[b]:
			return 1
		}
		return 0
	})
	ranks = make([]float64, len(x))
	for lo := 0; lo < len(order); {
		hi := lo
		for hi < len(order) && x[order[hi]] == x[order[lo]] {
			hi++
		}
		for _, i := range order[lo:hi] {
			ranks[i] = float64(lo+hi+1) / 2
		}
		t := float64(hi - lo)
		ties += t*t*t - t
		lo = hi
	}
	return ranks, ties
}

// spearman is the correlation of ranks. S is the test statistic of R, (n^3-n)(1-rho)/6. The p is that of t with n-2
// degrees of freedom, as cor.test(exact=FALSE).
func spearman(x, y []float64) (c Correlation, s float64) {
	rx, _ := Ranks(x)
	ry, _ := Ranks(y)
	c = Pearson(rx, ry)
	n := float64(len(x))
	return c, (n*n*n - n) * (1 - c.R) / 6
}

// exactSpearmanP is the two-sided p over all orders, for data without ties; NaN with ties or more than 9 points.
func exactSpearmanP(x, y []float64) float64 {
	rx, tx := Ranks(x)
	ry, ty := Ranks(y)
	n := len(x)
	if tx > 0 || ty > 0 || n > 9 || n < 2 {
		return math.NaN()
	}
	distance := func(a []float64) float64 {
		var d float64
		for i := range a {
			d += (a[i] - ry[i]) * (a[i] - ry[i])
		}
		return d
	}
	observed := distance(rx)
	total := float64(n*n*n-n) / 3 // sum of least and largest
	low, high, count := 0, 0, 0
	gen := combin.NewPermutationGenerator(n, n)
	order, a := make([]int, n), make([]float64, n)
	for gen.Next() {
		gen.Permutation(order)
		for i, k := range order {
			a[i] = rx[k]
		}
		d := distance(a)
		if d <= observed {
			low++
		}
		if d >= observed {
			high++
		}
		count++
	}
	tail := high
	if observed <= total/2 {
		tail = low
	}
	return math.Min(1, 2*float64(tail)/float64(count))
}

// KendallTau is tau-b with the normal test that corrects the variance for ties, as cor.test(exact=FALSE).
type KendallTau struct {
	Tau, Z, P float64
	N         int
}

// kendall is the rank correlation by pairs.
func kendall(x, y []float64) KendallTau {
	n := len(x)
	var s float64
	for i := range x {
		for j := range i {
			s += sign(x[i]-x[j]) * sign(y[i]-y[j])
		}
	}
	fn := float64(n)
	pairs := fn * (fn - 1) / 2
	t1, t2, tv := tieSums(x)
	u1, u2, uv := tieSums(y)
	out := KendallTau{N: n, Tau: s / math.Sqrt((pairs-t1)*(pairs-u1))}
	v := (fn*(fn-1)*(2*fn+5) - tv - uv) / 18
	v += 2 * t1 * u1 / (fn * (fn - 1))
	if n > 2 {
		v += t2 * u2 / (9 * fn * (fn - 1) * (fn - 2))
	}
	out.Z = s / math.Sqrt(v)
	out.P = normalP(out.Z)
	return out
}

// tieSums are, over groups of equal values of size t: sum t(t-1)/2, sum t(t-1)(t-2), sum t(t-1)(2t+5).
func tieSums(x []float64) (pairs, triples, variance float64) {
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	for lo := 0; lo < len(sorted); {
		hi := lo
		for hi < len(sorted) && sorted[hi] == sorted[lo] {
			hi++
		}
		t := float64(hi - lo)
		pairs += t * (t - 1) / 2
		triples += t * (t - 1) * (t - 2)
		variance += t * (t - 1) * (2*t + 5)
		lo = hi
	}
	return pairs, triples, variance
}

func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

// exactKendallP is the two-sided p over all orders, for data without ties; NaN with ties.
func exactKendallP(x, y []float64) float64 {
	n := len(x)
	if _, tx := Ranks(x); tx > 0 {
		return math.NaN()
	}
	if _, ty := Ranks(y); ty > 0 {
		return math.NaN()
	}
	// Number of orders with k inversions, by adding one element at a time.
	ways := []float64{1}
	for m := 2; m <= n; m++ {
		next := make([]float64, len(ways)+m-1)
		for k, v := range ways {
			for d := range m {
				next[k+d] += v
			}
		}
		ways = next
	}
	var concordant float64
	for i := range x {
		for j := range i {
			if (x[i]-x[j])*(y[i]-y[j]) > 0 {
				concordant++
			}
		}
	}
	most := float64(n*(n-1)) / 2
	q := math.Min(concordant, most-concordant)
	var tail float64
	for k := range ways {
		if float64(k) <= q {
			tail += ways[k]
		}
	}
	return math.Min(1, 2*tail/floats.Sum(ways))
}
