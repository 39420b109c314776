package models

// Reach is one condition's place in an order of where to look first for one outcome. Difference is what goes with moving every team
// by its own feasible step, for the average customer, in the outcome's units, positive if better. It is what goes with the condition, not a
// promised gain.
type Reach struct {
	Condition  string `json:"condition"`
	Slope      Figure `json:"slope"` // beside the other conditions, shrunk: posterior mean
	SlopeLow   Figure `json:"slope_low"`
	SlopeHigh  Figure `json:"slope_high"`
	Move       Figure `json:"move"`  // feasible step, mean over teams weighted by customers, in the condition's units and good direction
	Teams      int    `json:"teams"` // with room to move
	Difference Figure `json:"difference"`
	Low        Figure `json:"low"`
	High       Figure `json:"high"`
	RankLow    int    `json:"rank_low"` // 95 % of its rank over draws
	RankHigh   int    `json:"rank_high"`
	First      Figure `json:"p_first"` // probability of the largest difference
	Three      Figure `json:"p_three"` // probability of one of the three largest
}

// Clear reports whether the difference is better than none beyond its interval.
func (r *Reach) Clear() bool { return r.Low > 0 }

// Priority orders conditions for one outcome, as far as their intervals allow.
type Priority struct {
	Outcome   string   `json:"outcome"`
	Lag       int      `json:"lag"`
	N         int      `json:"n"`
	Teams     int      `json:"teams"`
	Periods   int      `json:"periods"`
	Customers Figure   `json:"customers"` // answers or cases behind the outcome in the latest stretch
	Reaches   []Reach  `json:"reaches"`
	Refused   *Refusal `json:"refused,omitempty"`
}

// Tied lists the conditions that may each be the first: those that are clear and whose rank interval holds 1. One alone is the first only if
// its probability of it is .9; otherwise it is tied with the condition next to it in that probability.
func (p *Priority) Tied() []string {
	var out []string
	best := -1
	for i := range p.Reaches {
		r := &p.Reaches[i]
		if !r.Clear() {
			continue
		}
		if r.First >= .9 {
			return []string{r.Condition}
		}
		if r.RankLow == 1 {
			out = append(out, r.Condition)
		} else if best < 0 || r.First > p.Reaches[best].First {
			best = i
		}
	}
	if len(out) == 1 && best >= 0 {
		out = append(out, p.Reaches[best].Condition)
	}
	return out
}

// Level is where a condition stands lately against its own past, over teams.
type Level struct {
	Condition string   `json:"condition"`
	Recent    int      `json:"recent"` // periods of the latest stretch
	Before    int      `json:"before"` // periods before it
	Teams     int      `json:"teams"`  // with both
	Change    Figure   `json:"change"` // mean over teams of recent minus before, in the condition's units
	Low       Figure   `json:"low"`    // 95 %, by team
	High      Figure   `json:"high"`
	Refused   *Refusal `json:"refused,omitempty"`
}

// Role says of a condition whether it carries the customer-facing work or strains it.
type Role string

const (
	Carries Role = "carries" // goes with better outcomes, and stands above its own past (or with worse ones, and stands below)
	Strains Role = "strains" // the reverse
	Neutral Role = "neutral" // goes with the outcome, and stands where it stood
	Unknown Role = "cannot say"
)

// RoleOf reads it off a finding and the level of its condition. higher is the good direction of the outcome. A pair that is not seen, or an
// outcome without a good direction, says nothing.
func RoleOf(f *Finding, l *Level, higher int) Role {
	if !f.Seen() || higher == 0 || l == nil || l.Refused != nil {
		return Unknown
	}
	helps := f.Within.Slope*Figure(higher) > 0
	switch {
	case l.Low > 0:
		if helps {
			return Carries
		}
		return Strains
	case l.High < 0:
		if helps {
			return Strains
		}
		return Carries
	}
	return Neutral
}

// Order says which of the two moved first.
type Order string

const (
	ConditionFirst Order = "condition first"
	OutcomeFirst   Order = "outcome first"
	SamePeriod     Order = "same period"
	OrderOpen      Order = "cannot tell"
)

// Order reads it off the finding: the condition is first only where no lag of its set is zero, it is clearer forward than backward, and
// the conditional lead test passes; the outcome where that test fails and backward is at least as clear.
func (f *Finding) Order() Order {
	if !f.Seen() || len(f.LagSet) == 0 {
		return OrderOpen
	}
	first := f.LagSet[0]
	for _, l := range f.LagSet {
		first = min(first, l)
	}
	switch {
	case f.Lead.OK && f.Lead.P <= levelLead && !f.forward():
		return OutcomeFirst
	case f.Lead.OK && f.Lead.P <= levelLead:
		return OrderOpen
	case first == 0:
		return SamePeriod
	case f.Lead.OK && f.forward():
		return ConditionFirst
	}
	return OrderOpen
}

// Backward is the lead of the profile with the largest |t|, nil without one.
func (f *Finding) Backward() *LagPoint {
	var out *LagPoint
	for i := range f.Lags {
		if l := &f.Lags[i]; l.Lag < 0 && l.T.Known() && (out == nil || l.T*l.T > out.T*out.T) {
			out = l
		}
	}
	return out
}
