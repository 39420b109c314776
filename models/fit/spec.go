package fit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"insideout/models"
)

// Weighting says what a cell of the outcome counts in the headline.
type Weighting string

const (
	Precision  Weighting = "precision" // inverse of residual plus sampling variance; the default
	Unweighted Weighting = "none"
)

// DefaultFDR is the level of the false-discovery control when a Spec names none.
const DefaultFDR = 0.10

// Spec is the question, fixed before looking at the data.
type Spec struct {
	Conditions []string  `json:"conditions"`       // series ids; empty: every series of the inside that is no facet
	Outcomes   []string  `json:"outcomes"`         // empty: every series of the outside that is no facet
	MaxLag     int       `json:"max_lag"`          // in periods; 0: min(8, periods/6); negative: no lags
	FDR        float64   `json:"fdr"`              // 0: DefaultFDR
	Weights    Weighting `json:"weights"`          // "": Precision
	Window     int       `json:"window,omitempty"` // of outcomes about the waves of a condition with few, in periods; 0: a quarter of a year

	Horizon int `json:"horizon,omitempty"` // periods before an incident in which an alert is a warning; 0: 4

	// Hypotheses were registered before looking; they are a family of their own, tested in their own direction.
	Hypotheses []models.Hypothesis `json:"hypotheses,omitempty"`

	// Draws of the wild cluster bootstrap that pays for the search over lags (1,999 or more, so that a p can be small enough to
	// pass a correction over pairs). 0: Bonferroni.
	Draws int `json:"draws,omitempty"`

	// Seed replaces the seed that derives from the hash, for simulations: worlds that share their draws also share the luck of
	// them, which then does not average out. 0: by the hash.
	Seed uint64 `json:"seed,omitempty"`
}

// DefaultDraws is the number of bootstrap draws of a run for people: the smallest p is then 1/2,000.
const DefaultDraws = 1999

// Hash identifies the question; seeds derive from it. A field left at its default hashes like the default written out.
func (s Spec) Hash() string {
	s = s.withDefaults()
	b, err := json.Marshal(s)
	if err != nil {
		panic("fit: " + err.Error()) // NaN as FDR
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// seed is the one given, or the first eight bytes of the hash.
func (s Spec) seed() uint64 {
	if s.Seed != 0 {
		return s.Seed
	}
	b, err := hex.DecodeString(s.Hash()[:16])
	if err != nil {
		panic("fit: " + err.Error())
	}
	return binary.BigEndian.Uint64(b)
}

// Check reports what is wrong with the question itself.
func (s Spec) Check() error {
	if s.FDR < 0 || s.FDR >= 1 || s.FDR != s.FDR {
		return fmt.Errorf("fdr %v is not a rate between 0 and 1", s.FDR)
	}
	if s.Draws < 0 {
		return fmt.Errorf("draws %d is negative", s.Draws)
	}
	if s.Window < 0 || s.Horizon < 0 {
		return fmt.Errorf("window %d or horizon %d is negative", s.Window, s.Horizon)
	}
	for _, h := range s.Hypotheses {
		if h.Sign != 1 && h.Sign != -1 || h.From < 0 || h.To < h.From {
			return fmt.Errorf("hypothesis %q: sign %d must be 1 or -1, lags %d to %d must rise from 0", h.ID, h.Sign, h.From, h.To)
		}
	}
	switch s.Weights {
	case "", Precision, Unweighted:
	default:
		return fmt.Errorf("weights %q is none of precision, none", s.Weights)
	}
	return nil
}

func (s Spec) withDefaults() Spec {
	if s.FDR == 0 {
		s.FDR = DefaultFDR
	}
	if s.Weights == "" {
		s.Weights = Precision
	}
	if s.MaxLag < 0 {
		s.MaxLag = -1
	}
	if s.Conditions == nil {
		s.Conditions = []string{}
	}
	if s.Outcomes == nil {
		s.Outcomes = []string{}
	}
	return s
}

// Result is what a run has to say.
type Result struct {
	models.Conclusions

	Points        [][]TeamPoint // of each finding, by name of team
	Tested        int           // pairs in the family
	Found         int           // of them with q at most FDR, and never above .10 (models.Finding.Seen)
	ExpectedFalse models.Figure // among those found, at most: that level x Found
	FDR           float64
	MaxLag        int              // longest lag looked at; 0 if none
	Teams         int              // teams with both a condition and an outcome in some period
	Times         int              // periods in which any team has both
	Refusals      []models.Refusal // of the run as a whole
}

// TeamPoint is one team's place among the teams and its own slope.
type TeamPoint struct {
	Team  string
	X, Y  models.Figure // means over the periods with both, lag 0
	Slope models.Figure // of the outcome on the condition inside this team, at the finding's lag, period effects out; NaN if it has fewer than minOwnCells
	XLow  models.Figure // range of the condition inside the team
	XHigh models.Figure
	N     int // periods with both
}
