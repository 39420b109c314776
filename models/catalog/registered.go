package catalog

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"insideout/models"
)

// Registered is what people wrote down about their organisation: what they expect to go together, and what happened when.
type Registered struct {
	Hypotheses []Hypothesis `yaml:"hypotheses" json:"hypotheses,omitempty"`
	Incidents  []Happening  `yaml:"incidents" json:"incidents,omitempty"`
	Actions    []Happening  `yaml:"actions" json:"actions,omitempty"`
}

// Hypothesis is a link that is expected, written down before the data are looked at. What is registered is part of the question: changing
// it later changes the hash of the catalogue and of the specification that stand in the report.
type Hypothesis struct {
	ID         string `yaml:"id" json:"id"`
	Words      string `yaml:"words" json:"words,omitempty"` // as people say it; empty: made from the rest
	Condition  string `yaml:"condition" json:"condition"`
	Outcome    string `yaml:"outcome" json:"outcome"`
	Direction  string `yaml:"direction" json:"direction"`             // of the outcome when there is more of the condition: higher or lower
	Lags       []int  `yaml:"lags" json:"lags,omitempty"`             // first and last lag in periods, the condition first; empty: the same period
	Registered string `yaml:"registered" json:"registered,omitempty"` // civil date on which it was written down
	Owner      string `yaml:"owner" json:"owner,omitempty"`           // who expects it
}

// Happening is an incident or an action that no source delivers; it stands beside those of dataset events.
type Happening struct {
	ID       string `yaml:"id" json:"id"`
	Team     string `yaml:"team" json:"team,omitempty"` // empty: all
	From     string `yaml:"from" json:"from"`           // first civil day, business zone
	Until    string `yaml:"until" json:"until,omitempty"`
	Severity string `yaml:"severity" json:"severity,omitempty"`
	Label    string `yaml:"label" json:"label"` // what it was
}

// over returns r with the lists that top has in place of its own.
func (r Registered) over(top Registered) Registered {
	list(&r.Hypotheses, top.Hypotheses)
	list(&r.Incidents, top.Incidents)
	list(&r.Actions, top.Actions)
	return r
}

// longestLag is the most that inference looks back [periods].
const longestLag = 26

func (k *checker) registered() {
	day := func(path, text string, needed bool) time.Time {
		if text == "" && !needed {
			return time.Time{}
		}
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			k.fail(path, "write a date such as 2025-03-31", "%q is no date", text)
		}
		return at
	}
	seen := map[string]bool{}
	for i, h := range k.c.Hypotheses {
		path := fmt.Sprintf("hypotheses[%d]", i)
		k.once(seen, path, h.ID, "hypothesis")
		if h.Condition == "" || h.Outcome == "" {
			k.fail(path, "add condition: and outcome:, series of the inside and of the outside", "hypothesis %q lacks one of its two series", h.ID)
		}
		if h.Direction != string(Higher) && h.Direction != string(Lower) {
			k.fail(path+".direction", "higher or lower: what happens to the outcome when there is more of the condition", "direction %q", h.Direction)
		}
		if n := len(h.Lags); n > 2 || n > 0 && (h.Lags[0] < 0 || h.Lags[n-1] < h.Lags[0] || h.Lags[n-1] > longestLag) {
			k.fail(path+".lags", fmt.Sprintf("first and last lag between 0 and %d periods, such as [1, 4]", longestLag), "%v is no range of lags", h.Lags)
		}
		day(path+".registered", h.Registered, false)
	}
	seen = map[string]bool{}
	for _, l := range []struct {
		key  string
		list []Happening
	}{{"incidents", k.c.Incidents}, {"actions", k.c.Actions}} {
		for i, h := range l.list {
			path := fmt.Sprintf("%s[%d]", l.key, i)
			k.once(seen, path, h.ID, strings.TrimSuffix(l.key, "s"))
			if h.Label == "" {
				k.fail(path, "add label: what it was", "%q has no label", h.ID)
			}
			from, until := day(path+".from", h.From, true), day(path+".until", h.Until, false)
			if !until.IsZero() && until.Before(from) {
				k.fail(path+".until", "the last day, not before the first", "%q ends before it begins", h.ID)
			}
		}
	}
}

// unfounded returns the hypotheses about series that are not there, or that stand on the wrong side, in their order.
func (c *Catalog) unfounded() []string {
	var out []string
	for _, h := range c.Hypotheses {
		for _, s := range []struct {
			role, id string
			side     models.Side
		}{{"condition", h.Condition, models.Inside}, {"outcome", h.Outcome, models.Outside}} {
			if !slices.Contains(c.IDs(s.side), s.id) {
				out = append(out, fmt.Sprintf("hypothesis %s has the %s %q, which is none of %s", h.ID, s.role, s.id, strings.Join(c.IDs(s.side), ", ")))
			}
		}
	}
	return out
}
