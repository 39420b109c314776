package report

import "math"

// axis is the range of values that a drawing shows. It takes in what it is given and passes over what is no number, so that
// no value, however odd, leaves the drawing or breaks it.
type axis struct{ low, high float64 }

func newAxis(values ...float64) *axis {
	a := &axis{math.Inf(1), math.Inf(-1)}
	a.add(values...)
	return a
}

// farthest bounds what is drawn; beyond it the width of a range would overflow.
const farthest = 1e100

func (a *axis) add(values ...float64) {
	for _, v := range values {
		if math.Abs(v) <= farthest { // false for NaN
			a.low, a.high = math.Min(a.low, v), math.Max(a.high, v)
		}
	}
}

// widen leaves room beyond the values, as a share of the range; a range of one value or none gets some width.
func (a *axis) widen(share float64) {
	if a.low > a.high {
		a.low, a.high = 0, 1
	}
	room := (a.high - a.low) * share
	if !(room > math.Abs(a.high)*1e-12) {
		room = math.Max(math.Abs(a.high)*.05, 1e-6)
	}
	a.low, a.high = a.low-room, a.high+room
}

// at is the place of a value along the axis, from 0 to 1.
func (a *axis) at(v float64) float64 { return unit((v - a.low) / (a.high - a.low)) }

// between is the place along an axis that runs upwards from the pixel bottom to the pixel top.
func (a *axis) between(bottom, top, v float64) float64 { return bottom - (bottom-top)*a.at(v) }

// clip cuts a line to the range of the axis, taken as the y axis; ok is false if nothing of it is left.
func (a *axis) clip(x1, y1, x2, y2 float64) (ax, ay, bx, by float64, ok bool) {
	if !(max(y1, y2) >= a.low && min(y1, y2) <= a.high) || math.IsInf(y1-y2, 0) || math.IsInf(x1-x2, 0) {
		return 0, 0, 0, 0, false
	}
	cut := func(x, y, ox, oy float64) (float64, float64) {
		to := math.Max(a.low, math.Min(y, a.high))
		if to == y {
			return x, y
		}
		return x + (ox-x)*(to-y)/(oy-y), to
	}
	ax, ay = cut(x1, y1, x2, y2)
	bx, by = cut(x2, y2, x1, y1)
	return ax, ay, bx, by, true
}

// unit brings a share into the drawing: from 0 to 1, 0 for what is no number.
func unit(v float64) float64 {
	if !(v > 0) {
		return 0
	}
	return math.Min(v, 1)
}

// finite gives the value, or the other one if it is no number.
func finite(v, otherwise float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return otherwise
	}
	return v
}
