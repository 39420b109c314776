package models

import "slices"

// TeamEffect is the slope of one team, partly pooled with all others: what its own data say, drawn to the common slope as far as
// they are few or noisy.
type TeamEffect struct {
	Team     string `json:"team"`
	Slope    Figure `json:"slope"` // posterior mean, outcome units for one unit of the condition
	Low      Figure `json:"low"`   // 95 % of this team, looked at alone
	High     Figure `json:"high"`
	Own      Figure `json:"own"`      // from its own data alone
	Positive Figure `json:"positive"` // probability that its slope is above zero
	N        int    `json:"n"`        // cells
	Clear    bool   `json:"clear"`    // its sign may be named: 20 periods, probability .975
	FCRLow   Figure `json:"fcr_low"`  // of a team that is named: the interval that pays for having been picked out (Benjamini and Yekutieli 2005)
	FCRHigh  Figure `json:"fcr_high"`

	Apart     Figure `json:"apart"`      // posterior mean of its distance from the common slope
	ApartLow  Figure `json:"apart_low"`  // 95 % band of all distances at once, so that the most extreme team pays for being the most extreme
	ApartHigh Figure `json:"apart_high"` // NaN where no band was drawn
}

// StandsOut reports whether the team differs from the others even when the search for the most extreme one is paid for: -1 below,
// +1 above, 0 not.
func (t *TeamEffect) StandsOut() int {
	switch {
	case t.ApartLow > 0:
		return 1
	case t.ApartHigh < 0:
		return -1
	}
	return 0
}

// TeamEffects are the slopes of all teams behind a finding, at its lag.
type TeamEffects struct {
	Teams    []TeamEffect `json:"teams"`  // by name
	Common   Figure       `json:"common"` // slope about which teams differ
	Low      Figure       `json:"low"`
	High     Figure       `json:"high"`
	Tau      Figure       `json:"tau"` // spread between teams: posterior median
	TauLow   Figure       `json:"tau_low"`
	TauHigh  Figure       `json:"tau_high"`
	Alike    bool         `json:"alike"`    // no evidence that teams differ: the common slope says it all
	Majority Figure       `json:"majority"` // probability that more than half of the teams have the sign of the common slope
}

// MostTeams reports whether "in most teams" may be said.
func (e *TeamEffects) MostTeams() bool { return e != nil && e.Majority >= .95 }

// Weight is the part of one condition in what all conditions together say of an outcome. It has no sign and is no effect.
type Weight struct {
	Condition string `json:"condition"`
	LMG       Figure `json:"lmg"` // share of the outcome's movement: mean gain in R^2 over all orders
	Low       Figure `json:"low"` // 95 %, teams resampled
	High      Figure `json:"high"`
	Johnson   Figure `json:"johnson"`   // relative weight of Johnson (2000), another way to the same question
	RankLow   int    `json:"rank_low"`  // 95 % of its rank over resamples
	RankHigh  int    `json:"rank_high"` //
	First     Figure `json:"p_first"`   // share of resamples in which it has the largest weight
	Shown     bool   `json:"shown"`     // its interval lies above what a shuffled condition gets
	Ridge     Figure `json:"ridge"`     // standardised slope under a ridge penalty, for display: no interval, no test
	VIF       Figure `json:"vif"`       // how much its variance is inflated by the others
}

// Weights are the relative weights of all conditions for one outcome, at one lag for all.
type Weights struct {
	Outcome   string     `json:"outcome"`
	Lag       int        `json:"lag"` // at which all conditions together go with the outcome most closely
	N         int        `json:"n"`
	Teams     int        `json:"teams"`
	Periods   int        `json:"periods"`
	R2        Figure     `json:"r2"`    // of all conditions together, team and period effects out
	Floor     Figure     `json:"floor"` // what a shuffled condition gets in the same resamples
	Weights   []Weight   `json:"weights"`
	Halo      Figure     `json:"halo"`      // share of the first eigenvalue of their correlations
	Condition Figure     `json:"condition"` // condition number: root of the largest over the smallest eigenvalue
	Groups    [][]string `json:"groups"`    // conditions that these data cannot tell apart
	Composite Estimate   `json:"composite"` // of the mean of all, in standard deviations; OK only where they cannot be told apart
	Doubts    []Doubt    `json:"doubts"`
	Refused   *Refusal   `json:"refused,omitempty"`
}

// Top is the condition that may be called the first: the largest weight in nine of ten resamples, clear of noise; or "".
func (w *Weights) Top() string {
	for i := range w.Weights {
		if k := &w.Weights[i]; k.Shown && k.First >= .9 {
			return k.Condition
		}
	}
	return ""
}

// Alike lists the other conditions of the group in which these data cannot tell the condition from them.
func (w *Weights) Alike(condition string) []string {
	for _, group := range w.Groups {
		if at := slices.Index(group, condition); at >= 0 {
			return slices.Delete(slices.Clone(group), at, at+1)
		}
	}
	return nil
}
