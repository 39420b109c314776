package worlds

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Effect is one true relation: an outcome follows a condition of the same team some periods later.
type Effect struct {
	Condition, Outcome int
	Lag                int     // in periods
	R                  float64 // sds of outcome noise for one within-team sd of the latent condition
}

// MarshalJSON writes [condition, outcome, lag, r].
func (e Effect) MarshalJSON() ([]byte, error) {
	return json.Marshal([4]any{e.Condition, e.Outcome, e.Lag, e.R})
}

// UnmarshalJSON reads [condition, outcome, lag, r].
func (e *Effect) UnmarshalJSON(b []byte) error {
	var v []float64
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	if len(v) != 4 {
		return fmt.Errorf("an effect is [condition, outcome, lag, r], not %d numbers", len(v))
	}
	*e = Effect{int(v[0]), int(v[1]), int(v[2]), v[3]}
	return nil
}

// Knobs decide what is true in a world. The JSON names are those of its truth file.
type Knobs struct {
	Teams      int `json:"G"`
	Periods    int `json:"T"`
	Conditions int `json:"D"`
	Outcomes   int `json:"Q"`    // NPS, mean score, failure rate, in turn
	MaxLag     int `json:"L"`    // longest lag that inference should look at
	Burn       int `json:"burn"` // periods before the first one that is seen

	RhoX      float64 `json:"rho_x"`     // AR(1) of latent conditions inside teams
	RhoY      float64 `json:"rho_y"`     // AR(1) of the outcomes' noise
	R         float64 `json:"R"`         // correlation of latent conditions with each other inside teams
	SDTeam    float64 `json:"sd_team"`   // of conditions between teams, in points
	SDWithin  float64 `json:"sd_within"` // of latent conditions inside teams, in points
	SDTime    float64 `json:"sd_time"`   // of the calendar that all share, in points
	ConfTeam  float64 `json:"conf_team"` // correlation of a team's general level with the level of its outcomes
	ConfTime  float64 `json:"conf_time"` // how much of the calendar of the conditions outcomes share, in sds
	Trend     float64 `json:"trend"`     // sd of linear trends of teams, in sds over the whole span
	RespSD    float64 `json:"resp_sd"`   // sd of one answer of an employee
	NMean     float64 `json:"n_mean"`    // answers of employees a team and period
	NMin      int     `json:"n_min"`     // fewer are hidden
	ErrHalo   float64 `json:"err_halo"`  // share of an answer's error that is the same for all conditions
	ExactX    bool    `json:"exact_x"`   // conditions without sampling error or hiding
	MMean     float64 `json:"m_mean"`    // answers of customers a team and period, at least 5
	Miss      float64 `json:"miss"`      // share of team-periods missing at random, of either side
	Het       float64 `json:"het"`       // sd of teams' slopes relative to the mean slope
	Reverse   float64 `json:"reverse"`   // what the mean outcome of the period before adds to every condition, in within sds
	Uconf     float64 `json:"uconf"`     // strength of an unseen AR(1) that moves conditions and outcomes, in sds
	UconfOnly []int   `json:"uconf_dims"`

	Effects []Effect `json:"effects"`
}

// Default is the null world of 24 teams and 52 periods: nothing inside goes with anything outside, and everything that can
// make it look so is there.
func Default() Knobs {
	return Knobs{
		Teams: 24, Periods: 52, Conditions: 8, Outcomes: 3, MaxLag: 6, Burn: 60,
		RhoX: .7, RhoY: .4, SDTeam: .35, SDWithin: .30, SDTime: .15, ConfTeam: .6, ConfTime: .6,
		RespSD: .9, NMean: 9, NMin: 5, ErrHalo: .3, MMean: 60, Miss: .08,
		Effects: []Effect{},
	}
}

type scenario struct {
	name, says string
	set        func(k *Knobs)
}

// five effects at different lags: conditions 0 to 3 and condition 0 once more.
func five(r float64) []Effect {
	return []Effect{{0, 0, 0, r}, {1, 1, 2, r}, {2, 2, 3, r}, {3, 0, 4, r}, {0, 2, 1, r}}
}

var scenarios = []scenario{
	{"S0_null", "nothing is true", func(*Knobs) {}},
	{"S0b_null_trends", "nothing is true; teams have trends of their own", func(k *Knobs) { k.Trend = .3 }},
	{"S1_sparse", "five effects of .2", func(k *Knobs) { k.Effects = five(.2) }},
	{"S1b_sparse_big", "five effects of .35", func(k *Knobs) { k.Effects = five(.35) }},
	{"S1_power", "nine effects of .1 to .5 at lags 0 to 6", func(k *Knobs) {
		k.Effects = []Effect{{0, 0, 0, .1}, {1, 1, 2, .2}, {2, 2, 3, .3}, {3, 0, 4, .4}, {4, 1, 1, .1}, {5, 2, 5, .2}, {6, 0, 2, .3}, {7, 1, 0, .4}, {0, 2, 6, .5}}
	}},
	{"S2_correlated", "five effects of .35; conditions move together", func(k *Knobs) { k.R, k.Effects = .5, five(.35) }},
	{"S2x_correlated_exact", "the same without noise in the survey", func(k *Knobs) { k.R, k.ExactX, k.Effects = .5, true, five(.35) }},
	{"S3_heterogeneous", "two effects of .25 that differ between teams, no noise in the survey", func(k *Knobs) {
		k.Het, k.ExactX, k.Effects = .8, true, []Effect{{0, 1, 2, .25}, {1, 1, 0, .25}}
	}},
	{"S5_reverse", "the outcome moves the conditions", func(k *Knobs) { k.Reverse = .3 }},
	{"S5_reverse_strong", "the outcome moves the conditions strongly", func(k *Knobs) { k.Reverse = .5 }},
	{"S6_confounder", "something unseen moves all conditions and the outcomes", func(k *Knobs) { k.Uconf = .5 }},
	{"S6b_confounder_two_dims", "something unseen moves two conditions and the outcomes", func(k *Knobs) { k.Uconf, k.UconfOnly = .5, []int{0, 1} }},
}

// Scenarios lists the names of the scenarios.
func Scenarios() []string {
	names := make([]string, len(scenarios))
	for i, s := range scenarios {
		names[i] = s.name
	}
	return names
}

// Scenario gives the knobs of a scenario and a line that says what is true in it. It panics on a name that is not one of
// Scenarios.
func Scenario(name string) (k Knobs, says string) {
	i := slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == name })
	if i < 0 {
		panic("worlds: no scenario " + name)
	}
	k = Default()
	scenarios[i].set(&k)
	return k, scenarios[i].says
}

// Check reports knobs that make no world.
func (k Knobs) Check() error {
	switch {
	case k.Teams < 1 || k.Periods < 1 || k.Conditions < 1 || k.Outcomes < 1 || k.Burn < 0:
		return fmt.Errorf("a world takes at least one team, period, condition and outcome, not %d, %d, %d, %d", k.Teams, k.Periods, k.Conditions, k.Outcomes)
	case !(k.R >= 0 && k.R < 1) || !(k.ErrHalo >= 0 && k.ErrHalo <= 1) || !(k.ConfTeam >= -1 && k.ConfTeam <= 1) || !(k.Miss >= 0 && k.Miss <= 1):
		return fmt.Errorf("err_halo, R, conf_team and miss are shares: %v, %v, %v, %v", k.ErrHalo, k.R, k.ConfTeam, k.Miss)
	case !(k.RhoX > -1 && k.RhoX < 1) || !(k.RhoY > -1 && k.RhoY < 1):
		return fmt.Errorf("rho_x and rho_y are autocorrelations: %v, %v", k.RhoX, k.RhoY)
	case !(k.NMean > 0) || !(k.MMean > 0) || !(k.SDWithin > 0):
		return fmt.Errorf("n_mean, m_mean and sd_within are above zero: %v, %v, %v", k.NMean, k.MMean, k.SDWithin)
	}
	for _, e := range k.Effects {
		if e.Condition < 0 || e.Condition >= k.Conditions || e.Outcome < 0 || e.Outcome >= k.Outcomes || e.Lag < 0 || e.Lag > k.Burn {
			return fmt.Errorf("effect %v is outside of the world", e)
		}
	}
	for _, d := range k.UconfOnly {
		if d < 0 || d >= k.Conditions {
			return fmt.Errorf("uconf_dims: there is no condition %d", d)
		}
	}
	return nil
}
