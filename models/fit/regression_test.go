package fit

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exactFit solves the normal equations in rational arithmetic: slopes, and the diagonal of (X'X)^-1.
func exactFit(x [][]float64, y []float64) (slopes, inverse []float64) {
	p := len(x)
	m := make([][]*big.Rat, p)
	dot := func(a, b []float64) *big.Rat {
		sum := new(big.Rat)
		for i := range a {
			sum.Add(sum, new(big.Rat).Mul(new(big.Rat).SetFloat64(a[i]), new(big.Rat).SetFloat64(b[i])))
		}
		return sum
	}
	for i := range m {
		for j := range x {
			m[i] = append(m[i], dot(x[i], x[j]))
		}
		for j := range x {
			m[i] = append(m[i], big.NewRat(int64(share(i == j)), 1))
		}
		m[i] = append(m[i], dot(x[i], y))
	}
	for k := range p {
		for i := range p {
			if i == k {
				continue
			}
			f := new(big.Rat).Quo(m[i][k], m[k][k])
			for j := range m[i] {
				m[i][j] = new(big.Rat).Sub(m[i][j], new(big.Rat).Mul(f, m[k][j]))
			}
		}
	}
	for i := range p {
		b, _ := new(big.Rat).Quo(m[i][2*p], m[i][i]).Float64()
		v, _ := new(big.Rat).Quo(m[i][p+i], m[i][i]).Float64()
		slopes, inverse = append(slopes, b), append(inverse, v)
	}
	return slopes, inverse
}

// A polynomial of degree ten far from its origin, as in the hardest of the NIST linear problems: the columns are collinear to ten
// digits. Eight digits of the slopes and six of the standard errors must be right.
func TestRegress_TenthDegreePolynomial(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	const n = 82
	x := make([][]float64, 11)
	y := make([]float64, n)
	for i := range n {
		at := -8.8 + 5.7*float64(i)/(n-1)
		v := 1.0
		for k := range x {
			x[k] = append(x[k], v)
			v *= at
		}
		y[i] = .8 + .05*math.Sin(at) + .003*rng.NormFloat64()
	}
	r, err := Regress(x, y, nil)
	if err != nil {
		t.Fatal(err)
	}
	digits := func(got, want float64) float64 { return -math.Log10(math.Abs(got/want-1) + 1e-16) }
	slopes, inverse := exactFit(x, y)
	se := r.SE()
	b, s := 16.0, 16.0
	for k := range slopes {
		b = math.Min(b, digits(r.Coef[k], slopes[k]))
		s = math.Min(s, digits(se[k], r.Sigma*math.Sqrt(inverse[k])))
	}
	t.Logf("condition number %.2g: %.1f digits of the slopes, %.1f of the standard errors", r.conditionNumber(), b, s)
	if b < 8 || s < 6 {
		t.Errorf("%.1f digits of the slopes and %.1f of the standard errors are right, want 8 and 6", b, s)
	}
}

// The NIST problems Wampler4 and Wampler5 are Wampler3 with residuals 100 and 10,000 times as large: coefficients stay 1,
// standard errors are multiplied.
func TestRegress_LargeResiduals(t *testing.T) {
	const n = 21
	noise := []float64{759, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 1838, -2048, 2048, -2048, 1838, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 759}
	se3 := []float64{2152.3262467817, 2363.55173469681, 779.343524331583, 101.47550755035, 5.64566512170752, 0.112324854679312}
	for _, scale := range []float64{1, 100, 10000} {
		x := make([][]float64, 6)
		y := make([]float64, n)
		for i := range n {
			v := 1.0
			for k := range x {
				x[k] = append(x[k], v)
				y[i] += v
				v *= float64(i)
			}
			y[i] += scale * noise[i]
		}
		r, err := Regress(x, y, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, se := range r.SE() {
			if d := math.Abs(se/(scale*se3[k]) - 1); d > 1e-9 {
				t.Errorf("scale %v, se %d: relative %v", scale, k, d)
			}
			if d := math.Abs(r.Coef[k] - 1); d > 1e-6 {
				t.Errorf("scale %v, coefficient %d: off by %v", scale, k, d)
			}
		}
	}
}

func TestRegress_CollinearIsAnError(t *testing.T) {
	_, err := Regress([][]float64{{1, 1, 1, 1}, {1, 2, 3, 4}, {2, 4, 6, 8}}, []float64{1, 2, 2, 5}, nil)
	if !errors.Is(err, ErrCollinear) {
		t.Errorf("%v, want ErrCollinear", err)
	}
}

// Data with many equal leading digits, as NIST's NumAcc4 and SmLs09.
func TestDescribe_ManyLeadingDigits(t *testing.T) {
	x := []float64{10000000.2}
	for range 500 {
		x = append(x, 10000000.1, 10000000.3)
	}
	m := Describe(x)
	for _, c := range []struct {
		what      string
		got, want float64
		digits    float64
	}{{"mean", m.Mean, 10000000.2, 14}, {"sd", m.SD, .1, 8}, {"autocorrelation", m.Autocorr1, -.999, 7}} {
		if d := -math.Log10(math.Abs(c.got/c.want-1) + 1e-17); d < c.digits {
			t.Errorf("%s: %.1f digits, want %v", c.what, d, c.digits)
		}
	}
}
