package models

// Warning says whether a series warned of known incidents, looking at each moment at the past only.
type Warning struct {
	Series    string `json:"series"`
	Side      Side   `json:"side"`
	Horizon   int    `json:"horizon"`   // periods before an incident in which an alert counts as a warning
	Incidents int    `json:"incidents"` // that it could have warned of
	Teams     int    `json:"teams"`     // with such an incident
	N         int    `json:"n"`         // team-periods judged

	AUC      Figure `json:"auc"` // how often a moment before an incident looks worse than another one; .5: no better than a coin
	Low      Figure `json:"low"` // 95 %, the wider of DeLong's and that of resampled teams
	High     Figure `json:"high"`
	P        Figure `json:"p"` // one-sided, against .5
	Q        Figure `json:"q"` // Benjamini-Hochberg over all series judged
	Family   int    `json:"family"`
	Baseline string `json:"baseline"` // of an inside series: the outside series that warns best
	Gain     Figure `json:"gain"`     // AUC over that of the baseline, on the moments that both judge
	GainLow  Figure `json:"gain_low"` // 95 %, teams resampled
	GainHigh Figure `json:"gain_high"`

	Hits     int    `json:"hits"` // incidents with an alert in the horizon before
	Lead     Figure `json:"lead"` // periods from the first such alert to the incident: median
	LeadLow  Figure `json:"lead_low"`
	LeadHigh Figure `json:"lead_high"` // quartiles
	Alerts   int    `json:"alerts"`    // those within a horizon of each other are one
	False    int    `json:"false"`     // alerts that no incident followed within the horizon

	Refused *Refusal `json:"refused,omitempty"`
}

// Warns reports whether the series tells moments before incidents from others, the search over series paid for.
func (w *Warning) Warns() bool { return w.Refused == nil && w.Q <= levelClaim && w.AUC > .5 }

// Ahead reports whether a series of the inside does so better than what the outcomes already show.
func (w *Warning) Ahead() bool { return w.Warns() && w.GainLow > 0 }
