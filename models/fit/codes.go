package fit

import (
	"fmt"

	"insideout/models"
)

// Gates: the least that a claim needs (reference: few-cluster and power simulations behind the method).
const (
	minTeams        = 6   // for any p
	minDF           = 4   // Satterthwaite, for any p
	minBetweenTeams = 10  // for the association of team means
	minPeriods      = 26  // for a lag profile
	minReliability  = 0.3 // within-team, for a lag
	midReliability  = 0.5
	minAnswers      = 8   // median customer answers of a cell
	minPresent      = 0.6 // share of cells present
	maxLeverage     = 1.0 / 3
	minOwnCells     = 3 // of a team, for a slope of its own
)

// Codes of refusals, of a finding or of the run. They are stable: reports and tests may branch on them.
const (
	CodeUnknownSeries     = "unknown_series"      // run: a series of the Spec is not in the panel
	CodeNoConditions      = "no_conditions"       // run: nothing of the inside
	CodeNoOutcomes        = "no_outcomes"         // run: nothing of the outside
	CodeNoOverlap         = "no_overlap"          // never both in one team and period
	CodeConstantCondition = "constant_condition"  // one value everywhere
	CodeConstantOutcome   = "constant_outcome"    // one value everywhere
	CodeOnePeriod         = "one_period"          // between teams only
	CodeNoChangeInside    = "no_change_inside"    // the condition does not move inside teams apart from the calendar
	CodeFewTeams          = "few_teams"           // fewer than 6 teams: description only
	CodeFewEffectiveTeams = "few_effective_teams" // fewer than 4 degrees of freedom: description only
	CodeCollinear         = "collinear"           // weights: conditions follow from each other
	CodeNoControls        = "no_controls"         // action: no team to compare with
	CodeFewTreated        = "few_treated"         // action: fewer than two teams took it
	CodeFewIncidents      = "few_incidents"       // warning: fewer than ten incidents in three teams
	CodeTooEarly          = "too_early"           // action: too little time before or after
	CodeNoDirection       = "no_direction"        // priority: neither more nor less of the outcome is better
	CodeNothingSeen       = "nothing_seen"        // priority: no pair of the outcome is seen
	CodeManyConditions    = "many_conditions"     // weights: too many to visit all subsets
)

// Codes of doubts and of run-level refusals that leave part of the answer standing.
const (
	CodeShortPanel    = "short_panel"    // fewer than 26 periods: no lag profile (also a run-level refusal)
	CodeUnreliable    = "unreliable"     // within-team reliability below .3: no lag
	CodeWeakScore     = "weak_score"     // reliability .3 to .5
	CodeNoReliability = "no_reliability" // standard errors of the condition unknown
	CodeFewAnswers    = "few_answers"    // median answers of a cell below 8
	CodeSparse        = "sparse"         // fewer than 60 % of cells present
	CodeFewBetween    = "few_between"    // fewer than 10 teams: no association of means
	CodeAgainstSense  = "against_sense"  // the better inside goes with the worse outside, clear of zero
	CodeSimpson       = "simpson"        // teams' means and changes inside teams point in opposite directions
	CodeMixesTeams    = "mixes_teams"    // the raw correlation is mostly differences between teams
	CodeMixesCalendar = "mixes_calendar" // ... mostly the shared calendar
	CodeWeightsMatter = "weights_matter" // weighted and unweighted disagree
	CodeOtherWays     = "other_ways"     // counted in other ways it is not clear of zero, or has the other sign
	CodeOneTreated    = "one_treated"    // action: one team took it
	CodeNoInterval    = "no_interval"    // action: too few others for an interval
	CodeOutliers      = "outliers"       // cells more than four standard errors off the line
	CodeNoWeights     = "no_weights"     // standard errors of the outcome unknown: unweighted
	CodeOneTeam       = "one_team"       // a team holds more than a third of the information
	CodeLeadStronger  = "lead_stronger"  // the other direction of time fits better
	CodeEdgeLag       = "edge_lag"       // best lag is the longest looked at
	CodeManyTeams     = "many_teams"     // CR1 instead of CR2
	CodeAlone         = "alone"          // no other condition to hold fixed
	CodeNoJoint       = "no_joint"       // no test beside the other conditions
	CodeProxy         = "proxy"          // not clear of zero, or of the other sign, beside the other conditions
	CodeNotHeld       = "not_held"       // a condition shares too few cells to be held fixed
	CodeLead          = "lead"           // the conditional lead test fails
	CodeHalves        = "halves"         // opposite signs in the halves of the calendar
	CodeRate          = "rate"           // the logit of the counts does not bear the slope out
	CodeFragile       = "fragile"        // robustness value below 5 %
	CodeWithinNoise   = "within_noise"   // weights: none is clear of a shuffled condition's
	CodeNoPlacebo     = "no_placebo"     // action: too little time before for a placebo
	CodeDrift         = "drift"          // action: the teams were drifting apart before
	CodeChosen        = "chosen"         // action: not clear with the level before held fixed
	CodeBefore        = "before"         // few waves: the window before the wave goes with it as well
	CodeHalo          = "halo"           // weights: conditions move alike
)

func doubt(f *models.Finding, code, format string, args ...any) {
	f.Doubts = append(f.Doubts, models.Doubt{Code: code, Text: fmt.Sprintf(format, args...)})
}

func refuse(f *models.Finding, code, reason, needed string) {
	if f.Refused == nil {
		f.Refused = &models.Refusal{Code: code, Reason: reason, Needed: needed}
	}
}
