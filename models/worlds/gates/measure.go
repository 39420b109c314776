package gates

import "math"

// Count is what one replication adds to a figure.
type Count struct{ Of, Among float64 }

func yes(b bool) Count {
	if b {
		return Count{1, 1}
	}
	return Count{0, 1}
}

// Figure is a rate over replications.
type Figure struct {
	Value float64
	SE    float64 // Monte Carlo
	Reps  int
	Among float64 // sum over replications
}

// ratio is the figure of counts in the order of replications: sum of Of over sum of Among, with its linearised standard error.
// NaN if nothing was among.
func ratio(counts []Count) Figure {
	var of, among float64
	for _, c := range counts {
		of += c.Of
		among += c.Among
	}
	f := Figure{Value: of / among, SE: math.NaN(), Reps: len(counts), Among: among}
	if n := float64(len(counts)); n > 1 && among > 0 {
		var s float64
		for _, c := range counts {
			d := c.Of - f.Value*c.Among
			s += d * d
		}
		f.SE = math.Sqrt(s*n/(n-1)) / among
	}
	return f
}

// rooted is the square root of a figure, for ratios of root mean squares.
func (f Figure) rooted() Figure {
	root := math.Sqrt(f.Value)
	return Figure{root, f.SE / (2 * root), f.Reps, f.Among}
}
