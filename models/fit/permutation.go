package fit

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/combin"
)

// MaxT are p-values that pay for looking at several columns by the largest statistic (Westfall and Young 1993).
type MaxT struct {
	R        []float64
	P        []float64 // of each column alone
	Single   []float64 // single step
	StepDown []float64
	Orders   int
}

// exactMaxT visits every order of y, for at most 9 points; the statistic is |r| of y with each column, and the identity
// counts. It panics above.
func exactMaxT(x [][]float64, y []float64) MaxT {
	n, p := len(y), len(x)
	if n > 9 {
		panic("fit: too many points to visit every order")
	}
	out := MaxT{R: make([]float64, p), P: make([]float64, p), Single: make([]float64, p), StepDown: make([]float64, p)}
	order := make([]int, p) // largest |r| first
	for j := range x {
		out.R[j] = stat.Correlation(x[j], y, nil)
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(sign(math.Abs(out.R[b]) - math.Abs(out.R[a]))) })
	gen := combin.NewPermutationGenerator(n, n)
	at, shuffled, stats := make([]int, n), make([]float64, n), make([]float64, p)
	for gen.Next() {
		gen.Permutation(at)
		for i, k := range at {
			shuffled[i] = y[k]
		}
		var most float64
		for j := range x {
			stats[j] = math.Abs(stat.Correlation(x[j], shuffled, nil)) + 1e-12 // orders that tie but for rounding
			most = math.Max(most, stats[j])
		}
		var running float64
		for k := p - 1; k >= 0; k-- {
			j := order[k]
			bound := math.Abs(out.R[j])
			running = math.Max(running, stats[j])
			out.P[j] += share(stats[j] >= bound)
			out.Single[j] += share(most >= bound)
			out.StepDown[j] += share(running >= bound)
		}
		out.Orders++
	}
	for j := range p {
		out.P[j] /= float64(out.Orders)
		out.Single[j] /= float64(out.Orders)
		out.StepDown[j] /= float64(out.Orders)
	}
	for k := 1; k < p; k++ { // step down: never smaller than for a stronger column
		out.StepDown[order[k]] = math.Max(out.StepDown[order[k]], out.StepDown[order[k-1]])
	}
	return out
}

func share(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
