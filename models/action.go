package models

// Event is an incident or an action in a panel: what happened to a team, and from which period on.
type Event struct {
	Kind   string // incident or action
	Label  string // what it was; actions with one label are one action, taken by several teams
	Team   int    // index in Panel.Teams; -1: all teams
	Period int    // index of the period in which it began; may lie outside the panel
}

// Hypothesis is a link that was registered before the data were looked at.
type Hypothesis struct {
	ID        string `json:"id"`
	Words     string `json:"words"` // as it was registered
	Condition string `json:"condition"`
	Outcome   string `json:"outcome"`
	Sign      int    `json:"sign"` // +1: more of the condition goes with more of the outcome; -1: with less
	From      int    `json:"from"` // lags in periods, From to To; the condition comes first
	To        int    `json:"to"`
}

// Said is the verdict on a hypothesis.
type Said string

const (
	Supported    Said = "supported"     // the registered direction, at q .05 among the registered ones
	NotSupported Said = "not supported" // a small link (partial correlation .1) would have been seen and was not, or the other direction was
	CannotSay    Said = "cannot say"    // the data do not carry an answer
)

// Verdict is a registered hypothesis with what the data say of it. It is a family of its own, apart from exploration.
type Verdict struct {
	Hypothesis
	Estimate          // at the lag of the range with the largest t in the registered direction
	Lag      int      `json:"lag"`
	POne     Figure   `json:"p_one"` // one-sided, the search over the registered lags paid for
	Method   string   `json:"p_method"`
	Q        Figure   `json:"q"` // Benjamini-Hochberg over the registered hypotheses that could be tested
	Family   int      `json:"family"`
	MDE      Figure   `json:"mde"` // slope that would have been seen with power .8 at this lag, one-sided
	MDER     Figure   `json:"mde_r"`
	Step     Figure   `json:"step"`
	Evidence Evidence `json:"evidence"`
	Refused  *Refusal `json:"refused,omitempty"`
}

// Least partial correlation that must have been within sight before a link that was not seen is called not supported.
const inSight = .1

// Said computes the verdict.
func (v *Verdict) Said() Said {
	way := Figure(v.Sign)
	switch {
	case v.Refused != nil || !v.Q.Known():
		return CannotSay
	case v.Q <= levelClaim && v.Slope*way > 0:
		return Supported
	case way*v.High < 0 && v.Sign > 0 || way*v.Low < 0 && v.Sign < 0: // the interval lies on the other side
		return NotSupported
	case v.MDER <= inSight:
		return NotSupported
	}
	return CannotSay
}

// ActionStudy is an action taken by some teams, compared with teams that did not take it, for one series.
type ActionStudy struct {
	Action   string `json:"action"`
	Series   string `json:"series"` // outcome, or condition that the action may have moved
	Side     Side   `json:"side"`
	Treated  int    `json:"treated"`
	Controls int    `json:"controls"`
	Window   int    `json:"window"` // periods before and after that are compared, each

	Effect   Estimate `json:"effect"`   // mean change of teams that took it less that of the others over the same periods
	PRandom  Figure   `json:"p_random"` // of the effect, by giving the starts to teams at random; of one team, its rank among all
	Q        Figure   `json:"q"`        // the larger p, over all actions and series
	Family   int      `json:"family"`
	Placebo  Estimate `json:"placebo"`    // the same one window earlier: what should be nothing
	BoundLow Figure   `json:"bound_low"`  // interval of Effect if the teams went on drifting apart as much as before (Rambachan and Roth 2023, M = 1)
	BoundTop Figure   `json:"bound_high"` //
	Adjusted Estimate `json:"adjusted"`   // with where the teams stood before held fixed: teams chosen in a bad spell get better anyway

	Path     []LagPoint `json:"path"` // by stretches of the window, from before to after; Lag counts periods from the start
	Doubts   []Doubt    `json:"doubts"`
	Refused  *Refusal   `json:"refused,omitempty"`
	Evidence Evidence   `json:"evidence"`
}

// Clear reports whether the change may be told: q at most .05, an interval clear of zero, no drift before, the same sign with the level before held
// fixed.
func (a *ActionStudy) Clear() bool {
	return a.Refused == nil && a.Q <= levelClaim && clearOfZero(a.Effect.Low, a.Effect.High) && !(a.Placebo.OK && a.Placebo.P <= levelClaim) &&
		!(a.Adjusted.OK && !clearOfZero(a.Adjusted.Low, a.Adjusted.High))
}

// BorneOut reports whether an action bears a finding out: told to have changed both the condition and the outcome (see Clear), the outcome the
// way that the finding says when the condition changes so. Both studies are of one action. What one team did bears nothing out.
func (f *Finding) BorneOut(condition, outcome *ActionStudy) bool {
	if condition.Treated < 2 || outcome.Treated < 2 || condition.Action != outcome.Action || condition.Series != f.Condition || outcome.Series != f.Outcome || !condition.Clear() || !outcome.Clear() {
		return false
	}
	return condition.Effect.Slope*outcome.Effect.Slope*f.Within.Slope > 0
}
