package catalog

import "slices"

// Contacts says how contacts are read: which codes mean what, and which of two contacts that follow each other are one.
type Contacts struct {
	// TransferMinutes: a contact that begins at most so long after the one before it on the same matter ended is a leg of it
	// (a transfer), not a repeat. 0 means that every contact stands for itself.
	TransferMinutes *int `yaml:"transfer_minutes" json:"transfer_minutes,omitempty"`

	Resolved         []string `yaml:"resolved" json:"resolved,omitempty"`                   // outcomes that settle the matter
	Succeeded        []string `yaml:"succeeded" json:"succeeded,omitempty"`                 // outcomes with which the customer got what was asked for
	ComplaintTags    []string `yaml:"complaint_tags" json:"complaint_tags,omitempty"`       // failure tags that make a contact a complaint
	ComplaintReasons []string `yaml:"complaint_reasons" json:"complaint_reasons,omitempty"` // first levels of reasons that do
	OtherReasons     []string `yaml:"other_reasons" json:"other_reasons,omitempty"`         // last levels of reasons that say nothing

	// Coders are the words of classified_by that may be published; any other is counted as "other", because a source may
	// have written an employee there.
	Coders   []string `yaml:"coders" json:"coders,omitempty"`
	StatedBy string   `yaml:"stated_by" json:"stated_by,omitempty"` // the coder whose reason is what the customer said
}

// Effort is one part of the effort that can be observed of a contact: it counts from 0 at nothing to 100 at Worst and beyond.
type Effort struct {
	Part   string  `yaml:"part" json:"part"` // one of EffortParts
	Weight float64 `yaml:"weight" json:"weight"`
	Worst  float64 `yaml:"worst" json:"worst"` // seconds, or a number of transfers or of repeats
}

// EffortParts are the parts of observed effort.
func EffortParts() []string { return []string{"queue_seconds", "hold_seconds", "transfers", "repeat"} }

// Cost says what a contact costs where the source does not. Money is in the business's currency.
type Cost struct {
	PerContact         *float64 `yaml:"per_contact" json:"per_contact,omitempty"`                   // of a contact without a cost of its own
	PerEmployeeHour    *float64 `yaml:"per_employee_hour" json:"per_employee_hour,omitempty"`       // the same, by its handling time, where PerContact is not said
	PerCustomerHour    *float64 `yaml:"per_customer_hour" json:"per_customer_hour,omitempty"`       // what an hour of a customer's time is taken to be worth
	HandleIncludesHold *bool    `yaml:"handle_includes_hold" json:"handle_includes_hold,omitempty"` // handle_seconds contain hold_seconds
}

// Windows are lengths of time in which things are taken together [civil days, or periods of the run].
type Windows struct {
	ResponseDays *int `yaml:"response_days" json:"response_days,omitempty"` // an answer within so many days belongs to the invitation
	LoyaltyDays  *int `yaml:"loyalty_days" json:"loyalty_days,omitempty"`   // loyalty acts within so many days belong to the answer
	WaveDays     *int `yaml:"wave_days" json:"wave_days,omitempty"`         // longest window before and after a survey wave
	Baseline     *int `yaml:"baseline" json:"baseline,omitempty"`           // periods that limits rest on before they may raise an alert
	Warning      *int `yaml:"warning" json:"warning,omitempty"`             // an alert so many periods before an incident, or less, is an early warning
	Late         *int `yaml:"late" json:"late,omitempty"`                   // an alert so many periods after its begin, or less, still belongs to it
}

// Touchpoint is a place where customers meet the organisation.
type Touchpoint struct {
	ID    string `yaml:"id" json:"id"` // as the sources write it
	Name  string `yaml:"name" json:"name"`
	Owner string `yaml:"owner" json:"owner,omitempty"` // team; the list of teams says it where this is empty
}

// Moment is a moment of truth: a point of the journey where customers give up unless it goes as they need it.
type Moment struct {
	ID         string      `yaml:"id" json:"id"`
	Version    int         `yaml:"version" json:"version"` // revision of the definition, from 1
	Name       string      `yaml:"name" json:"name"`
	Touchpoint string      `yaml:"touchpoint" json:"touchpoint,omitempty"` // contacts and answers there
	Step       string      `yaml:"step" json:"step,omitempty"`             // answers at this step of the journey; contacts carry no step
	Target     float64     `yaml:"target" json:"target"`                   // share of customers that is to sail through, 0 to 1
	Success    []Criterion `yaml:"success" json:"success"`
}

// Criterion is one of the customers' own conditions of success. The first Of is a field of the contact or a metric of
// feedback; a passage without a value is not judged by it.
type Criterion struct {
	ID      string   `yaml:"id" json:"id"`
	Of      string   `yaml:"of" json:"of"` // one of MomentFields, or the id of a metric that customers answer
	AtLeast *float64 `yaml:"at_least" json:"at_least,omitempty"`
	AtMost  *float64 `yaml:"at_most" json:"at_most,omitempty"`
	Source  string   `yaml:"source" json:"source,omitempty"` // who set the threshold, and how it was asked
}

// MomentFields are what a criterion may be set on besides answers: seconds, a number of transfers, minutes from begin to
// end, 1 or 0 for a contact that was followed by another on the same matter or that succeeded, and cost in money.
func MomentFields() []string {
	return []string{"queue_seconds", "hold_seconds", "handle_seconds", "transfers", "elapsed_minutes", "followed", "succeeded", "cost"}
}

// Expectation is a pair of questions put to the same customer: what was expected and what was met.
type Expectation struct {
	ID       string `yaml:"id" json:"id"`
	Name     string `yaml:"name" json:"name"`
	Expected string `yaml:"expected" json:"expected"` // metric of feedback
	Actual   string `yaml:"actual" json:"actual"`     // metric of feedback
}

// Taxonomy is one version of the reason codes, in force from a day on.
type Taxonomy struct {
	Version int      `yaml:"version" json:"version"`
	From    string   `yaml:"from" json:"from"` // civil date, 2006-01-02
	Codes   []string `yaml:"codes" json:"codes"`
	// Moved carries codes of the version before to those of this one. A code that is in both needs no entry.
	Moved map[string]string `yaml:"moved" json:"moved,omitempty"`
}

// Perspectives are whose success a metric tells.
func Perspectives() []string { return []string{"customer", "company", "employee"} }

// Elements are what kind of success it tells.
func Elements() []string { return []string{"effectiveness", "efficiency", "transformation", "value"} }

// Outside is everything that says how the customers' side is read. Every part has a default in the built-in catalogue.
type Outside struct {
	Contacts     Contacts      `yaml:"contacts" json:"contacts,omitzero"`
	Effort       []Effort      `yaml:"effort" json:"effort,omitempty"`
	Cost         Cost          `yaml:"cost" json:"cost,omitzero"`
	Windows      Windows       `yaml:"windows" json:"windows,omitzero"`
	Touchpoints  []Touchpoint  `yaml:"touchpoints" json:"touchpoints,omitempty"`
	Moments      []Moment      `yaml:"moments" json:"moments,omitempty"`
	Expectations []Expectation `yaml:"expectations" json:"expectations,omitempty"`
	Taxonomies   []Taxonomy    `yaml:"taxonomies" json:"taxonomies,omitempty"`
}

// over returns o with whatever top says in its place: a value that is written replaces the value, a list the list.
func (o Outside) over(top Outside) Outside {
	out := o
	set(&out.Contacts.TransferMinutes, top.Contacts.TransferMinutes)
	list(&out.Contacts.Resolved, top.Contacts.Resolved)
	list(&out.Contacts.Succeeded, top.Contacts.Succeeded)
	list(&out.Contacts.ComplaintTags, top.Contacts.ComplaintTags)
	list(&out.Contacts.ComplaintReasons, top.Contacts.ComplaintReasons)
	list(&out.Contacts.OtherReasons, top.Contacts.OtherReasons)
	list(&out.Contacts.Coders, top.Contacts.Coders)
	if top.Contacts.StatedBy != "" {
		out.Contacts.StatedBy = top.Contacts.StatedBy
	}
	list(&out.Effort, top.Effort)
	set(&out.Cost.PerContact, top.Cost.PerContact)
	set(&out.Cost.PerEmployeeHour, top.Cost.PerEmployeeHour)
	set(&out.Cost.PerCustomerHour, top.Cost.PerCustomerHour)
	set(&out.Cost.HandleIncludesHold, top.Cost.HandleIncludesHold)
	set(&out.Windows.ResponseDays, top.Windows.ResponseDays)
	set(&out.Windows.LoyaltyDays, top.Windows.LoyaltyDays)
	set(&out.Windows.WaveDays, top.Windows.WaveDays)
	set(&out.Windows.Baseline, top.Windows.Baseline)
	set(&out.Windows.Warning, top.Windows.Warning)
	set(&out.Windows.Late, top.Windows.Late)
	list(&out.Touchpoints, top.Touchpoints)
	list(&out.Moments, top.Moments)
	list(&out.Expectations, top.Expectations)
	list(&out.Taxonomies, top.Taxonomies)
	return out
}

func set[T any](to **T, from *T) {
	if from != nil {
		*to = from
	}
}

func list[T any](to *[]T, from []T) {
	if from != nil {
		*to = from
	}
}

// Settings returns how the customers' side is read, with the built-in default for whatever the catalogue leaves open.
func (c *Catalog) Settings() Outside { return Default().Outside.over(c.Outside) }

// ReasonMap returns each reason code of an older version of the taxonomy with the code that stands for it in the newest one,
// followed through every version between. Codes that are the same need no map and are left out.
func (o Outside) ReasonMap() map[string]string {
	versions := slices.Clone(o.Taxonomies)
	slices.SortFunc(versions, func(a, b Taxonomy) int { return a.Version - b.Version })
	out := map[string]string{}
	for _, v := range versions {
		for old, now := range out {
			if next, moved := v.Moved[now]; moved {
				out[old] = next
			}
		}
		for old, now := range v.Moved {
			out[old] = now
		}
	}
	for old, now := range out {
		if old == now {
			delete(out, old)
		}
	}
	return out
}
