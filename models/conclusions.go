package models

// Conclusions are what one run of inference has to say, as it is stored and shown.
type Conclusions struct {
	Findings []Finding `json:"findings"` // in the order of the question, conditions first
	Weights  []Weights `json:"weights"`  // of each outcome that has two conditions or more to share out

	Priorities []Priority `json:"priorities"` // of the same outcomes
	Levels     []Level    `json:"levels"`     // of each condition

	Verdicts []Verdict     `json:"verdicts"` // on registered hypotheses, in their order
	Actions  []ActionStudy `json:"actions"`  // by action, then outcomes before conditions

	Warnings []Warning `json:"warnings"` // of each series, against known incidents; outcomes first

	Across []Finding `json:"across"` // of a metric at one place of contact (metric@place) with the same at another

	Higher map[string]int `json:"-"` // good direction of each outcome, as Series.Higher
}

// Level gives where a condition stands, or nil.
func (c *Conclusions) Level(condition string) *Level {
	for i := range c.Levels {
		if c.Levels[i].Condition == condition {
			return &c.Levels[i]
		}
	}
	return nil
}
