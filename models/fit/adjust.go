package fit

import (
	"math"
	"slices"
)

// Adjustment is a way to pay for many tests.
type Adjustment string

const (
	Bonferroni        Adjustment = "bonferroni"
	Holm              Adjustment = "holm"     // Holm 1979
	Hochberg          Adjustment = "hochberg" // Hochberg 1988
	Hommel            Adjustment = "hommel"   // Hommel 1988
	BenjaminiHochberg Adjustment = "BH"       // 1995: false-discovery rate
	BenjaminiYekutiel Adjustment = "BY"       // 2001: the same under any dependence
)

// Adjust returns the adjusted p-values in the order given, as R's p.adjust without missing values. It panics on NaN and
// on an unknown adjustment.
func Adjust(p []float64, how Adjustment) []float64 {
	n := len(p)
	order := make([]int, n)
	for i, v := range p {
		if math.IsNaN(v) {
			panic("fit: p-value is NaN")
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	sorted := make([]float64, n)
	for k, i := range order {
		sorted[k] = p[i]
	}
	switch how {
	case Bonferroni:
		for k := range sorted {
			sorted[k] *= float64(n)
		}
	case Holm:
		for k := range sorted {
			sorted[k] *= float64(n - k)
			if k > 0 {
				sorted[k] = math.Max(sorted[k], sorted[k-1])
			}
		}
	case Hochberg:
		stepUp(sorted, func(rank int) float64 { return float64(n - rank + 1) })
	case BenjaminiHochberg:
		stepUp(sorted, func(rank int) float64 { return float64(n) / float64(rank) })
	case BenjaminiYekutiel:
		var harmonic float64
		for i := 1; i <= n; i++ {
			harmonic += 1 / float64(i)
		}
		stepUp(sorted, func(rank int) float64 { return harmonic * float64(n) / float64(rank) })
	case Hommel:
		sorted = hommel(sorted)
	default:
		panic("fit: unknown adjustment " + string(how))
	}
	out := make([]float64, n)
	for k, i := range order {
		out[i] = math.Min(1, sorted[k])
	}
	return out
}

// stepUp multiplies each sorted p by the factor of its rank and takes minima from the largest down.
func stepUp(p []float64, factor func(rank int) float64) {
	least := math.Inf(1)
	for k := len(p) - 1; k >= 0; k-- {
		least = math.Min(least, p[k]*factor(k+1))
		p[k] = least
	}
}

// hommel is the algorithm of Wright (1992) for Hommel's procedure, on sorted p-values.
func hommel(p []float64) []float64 {
	n := len(p)
	start := math.Inf(1)
	for k, v := range p {
		start = math.Min(start, float64(n)*v/float64(k+1))
	}
	q, out := make([]float64, n), make([]float64, n)
	for k := range q {
		q[k], out[k] = start, start
	}
	for m := n - 1; m >= 2; m-- {
		least := math.Inf(1)
		for k := n - m + 1; k < n; k++ {
			least = math.Min(least, float64(m)*p[k]/float64(k-n+m+1))
		}
		for k := 0; k <= n-m; k++ {
			q[k] = math.Min(float64(m)*p[k], least)
		}
		for k := n - m + 1; k < n; k++ {
			q[k] = q[n-m]
		}
		for k := range out {
			out[k] = math.Max(out[k], q[k])
		}
	}
	for k := range out {
		out[k] = math.Max(out[k], p[k])
	}
	return out
}
