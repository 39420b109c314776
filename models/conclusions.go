package models

// Conclusions are what one run of inference has to say, as it is stored and shown.
type Conclusions struct {
	Findings []Finding `json:"findings"` // in the order of the question, conditions first
	Weights  []Weights `json:"weights"`  // of each outcome that has two conditions or more to share out
}
