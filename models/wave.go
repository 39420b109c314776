package models

// Waves is what a condition that was asked for a few times only can say: fewer than 26 periods carry no lag profile. The outcome is rolled up to
// the window after each wave where it is measured more often than that.
type Waves struct {
	Count  int `json:"count"`  // waves of the condition
	Window int `json:"window"` // longest window, in periods of the panel; 1: wave and outcome are measured equally often

	Change Estimate `json:"change"` // slope of the change of the outcome on the change of the condition between neighbouring waves, what changed for all taken out
	MDE    Figure   `json:"mde"`    // slope of Change that would have been seen with power .8, nothing paid for other pairs
	Before Estimate `json:"before"` // the same with the window before each wave: the other direction of time; not OK without one

	ReliableX Figure   `json:"reliable_x"` // of the teams' means over waves: share that is not sampling noise; NaN if not known
	ReliableY Figure   `json:"reliable_y"`
	Between   Estimate `json:"between"` // Finding.Between with r and its limits divided by the root of both; not OK where they are not known
	Refused   *Refusal `json:"refused,omitempty"`
}
