package models

import "math"

// Panel is teams by periods by series: the narrow waist between SQL and statistics. It holds releasable cells only. A
// cell that is not Valid is missing and stays missing; nothing is carried forward.
type Panel struct {
	Grain   Grain
	Zone    string   // name of the business time zone
	Teams   []string // sorted
	First   Period
	Periods int // number of calendar periods from First on, gaps included
	Series  []Series
	Events  []Event // of the periods' teams; may be empty
}

// Series is one measured thing for every team and period. The cell of team g and period t is at index
// g*Panel.Periods+t of each slice.
type Series struct {
	ID        string // metric, dimension or facet id of the catalogue
	Name      string // name shown
	Side      Side
	Kind      string  // formula kind of the catalogue: nps, mean, top_box, dimension, ...
	Version   int     // version of the definition
	Unit      string  // points, share, score, ...
	Higher    int     // +1 if more is better, -1 if less is, 0 if neither
	Scale     float64 // width of the scale (10 for 0 to 10), 0 if unbounded
	Value     []float64
	N         []float64 // answers or cases behind the cell; 0 if unknown
	SE        []float64 // standard error of the cell from its own answers; NaN if unknown
	Valid     []bool
	IsFacet   bool   // part of a dimension: described, not tested
	Dimension string // of a facet
}

// Cells returns the number of valid cells.
func (s *Series) Cells() int {
	n := 0
	for _, v := range s.Valid {
		if v {
			n++
		}
	}
	return n
}

// Blank is the same series without a cell.
func (s *Series) Blank() *Series {
	out := *s
	n := len(s.Value)
	out.Value, out.N, out.SE, out.Valid = make([]float64, n), make([]float64, n), make([]float64, n), make([]bool, n)
	for i := range out.SE {
		out.SE[i] = math.NaN()
	}
	return &out
}

// Find returns the series with the id, or nil.
func (p *Panel) Find(id string) *Series {
	for i := range p.Series {
		if p.Series[i].ID == id {
			return &p.Series[i]
		}
	}
	return nil
}

// Period returns the t-th period.
func (p *Panel) Period(t int) Period { return p.First.Add(t) }
