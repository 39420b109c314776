package models

import (
	"math"
	"strconv"
)

// Evidence is the kind of design behind a finding: the causal-strength label of every row.
type Evidence string

const (
	Association       Evidence = "association"        // teams differ together
	LaggedAssociation Evidence = "lagged association" // one moves, the other moves later
	WithinTeamChange  Evidence = "within-team change" // they move together inside teams
	Intervention      Evidence = "intervention"       // an action with an event study
)

// Grade is the strength of a finding in the words of statistics 1.16.
type Grade string

const (
	GradeAPlus Grade = "A+"
	GradeA     Grade = "A"
	GradeB     Grade = "B"
	GradeC     Grade = "C"
	GradeD     Grade = "D" // not shown by the data
	GradeNone  Grade = "-" // refused: the data do not allow the question
)

// Figure is a number that may not have been computed: NaN inside, null in JSON.
type Figure float64

// None is the figure that was not computed.
func None() Figure { return Figure(math.NaN()) }

// Known reports whether the figure was computed.
func (f Figure) Known() bool { return !math.IsNaN(float64(f)) && !math.IsInf(float64(f), 0) }

// MarshalJSON writes null for a figure that is not known.
func (f Figure) MarshalJSON() ([]byte, error) {
	if !f.Known() {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(f), 'g', -1, 64), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (f *Figure) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*f = None()
		return nil
	}
	v, err := strconv.ParseFloat(string(b), 64)
	*f = Figure(v)
	return err
}

// Estimate is one number with its doubts. Slope is in outcome units for one unit of the condition. Fields that were not
// computed are NaN; OK tells that the estimate exists at all.
type Estimate struct {
	OK    bool   `json:"ok"`
	R     Figure `json:"r"`     // (partial) correlation
	RLow  Figure `json:"r_low"` // 95 % interval of R where it has one
	RHigh Figure `json:"r_high"`
	Slope Figure `json:"slope"`
	SE    Figure `json:"se"`
	DF    Figure `json:"df"` // Satterthwaite
	Low   Figure `json:"low"`
	High  Figure `json:"high"` // 95 % interval of the slope
	T     Figure `json:"t"`
	P     Figure `json:"p"`
	N     int    `json:"n"`       // cells
	Teams int    `json:"teams"`   // clusters
	Times int    `json:"periods"` // distinct periods
}

// LagPoint is the within-team estimate at one lag. Lag > 0: the condition comes first.
type LagPoint struct {
	Lag int `json:"lag"`
	Estimate
}

// Doubt is a warning that belongs to a result. Code is stable, Text is for people.
type Doubt struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// Refusal says why a question was not answered and what it would take.
type Refusal struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
	Needed string `json:"needed"`
}

// Finding is what may be said about one condition and one outcome. Its grade is computed from what it carries
// (Grade), never stored.
type Finding struct {
	Condition string `json:"condition"` // series ids
	Outcome   string `json:"outcome"`

	Pooled     Estimate `json:"pooled"`  // raw: mixes teams and calendar; never evidence
	Between    Estimate `json:"between"` // over team means
	Within     Estimate `json:"within"`  // headline: team and period fixed effects, at Lag
	Unweighted Estimate `json:"within_unweighted"`

	Lag    int        `json:"lag"`     // of Within; 0 when no lag profile was claimed
	LagSet []int      `json:"lag_set"` // smallest set of lags that holds 90 % of the resampled best lags
	Lags   []LagPoint `json:"lags"`    // the profile, leads included

	// What pays for having picked a lag, and this pair: the 95 % band of the slope over all lags at once, widened to the share of pairs that were
	// found (Benjamini and Yekutieli 2005). NaN where no search was made.
	BandLow  Figure `json:"band_low"`
	BandHigh Figure `json:"band_high"`
	Critical Figure `json:"critical"` // |t| at the edge of the band, the same at every lag

	Cumulative    Estimate `json:"cumulative"`     // sum of the slopes at lags 0 to CumulativeLag fitted together: what goes with a move that lasts
	CumulativeLag int      `json:"cumulative_lag"` // longest lag in it

	Waves   *Waves       `json:"waves,omitempty"`   // of a condition with fewer than 26 waves
	Effects *TeamEffects `json:"effects,omitempty"` // team by team, partly pooled; nil where teams or cells are too few

	PSearch Figure `json:"p_search"` // p of the pair after the search over lags is paid for; NaN if not tested
	Method  string `json:"p_method"` // how it was paid: "bonferroni", "wild cluster bootstrap", "single test"
	Q       Figure `json:"q"`        // after the search over pairs (Benjamini-Hochberg); NaN if not tested
	PStrict Figure `json:"p_strict"` // chance that any pair of the family would look as strong were nothing there (max-t stepdown); NaN without bootstrap
	Family  int    `json:"family"`   // number of pairs tested together
	FDR     Figure `json:"fdr"`      // false-discovery rate that the run asked for

	MDE      Figure   `json:"mde"`      // slope that would have been seen with power .8, the searches over lags and pairs paid for; NaN if not computed
	MDER     Figure   `json:"mde_r"`    // the same as a partial correlation
	Step     Figure   `json:"step"`     // size of a move of the condition used in words (0.25 of its points)
	Reliable Figure   `json:"lambda_w"` // within-team reliability of the condition over time; NaN if unknown
	Periods  int      `json:"periods"`  // distinct periods in which both are measured
	Share    Figure   `json:"share"`    // largest part of the movement behind Within that one team holds
	Evidence Evidence `json:"evidence"` // kind of design

	Joint Joint `json:"joint"` // beside the other conditions

	// What a claim has to stand besides. Computed for pairs whose Q passes the level of an early sign; else not OK and NaN.
	Lead      Estimate  `json:"lead"`       // slope on the condition one period later, given the condition now and before
	Halves    [2]Figure `json:"halves"`     // t of the slope at Lag in the first and the second half of the calendar
	Robust    Figure    `json:"rv"`         // robustness value, see RobustnessValue
	PartialR2 Figure    `json:"partial_r2"` // of the outcome with the condition, in the fit behind Robust
	Rate      Estimate  `json:"rate"`       // of a share of counted cases: the slope by a logit of the counts, as an average change of the share
	RateFirth bool      `json:"rate_firth"` // Rate took Firth's penalty: cells all went one way
	Corrected Estimate  `json:"corrected"`  // Within with the sampling noise of the condition taken out of its denominator
	Ways      []Way     `json:"ways"`       // Within counted in other ways that could be defended

	// Repeated looks at growing data are a search as well: see Grade.
	Look  int  `json:"look"`        // number of this look at the question; 0: not kept
	Again bool `json:"seen_before"` // the look before saw the pair too

	Doubts  []Doubt  `json:"doubts"`
	Refused *Refusal `json:"refused,omitempty"`
}

// Joint is the claim that tells a condition from those it moves with: its slope with the other conditions of the run held
// fixed at the same lag. The search over lags and pairs is paid for as for the headline.
type Joint struct {
	Estimate
	Lag     int      `json:"lag"`      // with the largest |t|, which may differ from that of Within
	PSearch Figure   `json:"p_search"` // NaN if not tested
	Q       Figure   `json:"q"`
	Held    []string `json:"held"`     // series held fixed
	NotHeld []string `json:"not_held"` // conditions of the run that share too few cells to be held fixed
}

// Way is the slope of a pair at its lag, counted in another way than the headline. No way is picked: all that the data allow are
// told. A grade does not rest on them; a reader's trust may.
type Way struct {
	Code string  `json:"code"`
	Kind WayKind `json:"kind"`
	Says string  `json:"says"` // what is done differently
	Estimate
}

// WayKind is what a way is about.
type WayKind string

const (
	OtherMethod WayKind = "method"  // other standard errors, weights, rows or adjustments
	IfMissing   WayKind = "missing" // what the cells that are not there may have been
	IfHidden    WayKind = "hidden"  // what is left beside a hidden factor of a given strength
)

// Holds reports whether the way bears the headline out: the same sign, and clear of zero.
func (w *Way) Holds(f *Finding) bool {
	return w.Slope*f.Within.Slope > 0 && clearOfZero(w.Low, w.High)
}

// Has reports whether the finding carries the doubt.
func (f *Finding) Has(code string) bool {
	for _, d := range f.Doubts {
		if d.Code == code {
			return true
		}
	}
	return false
}
