package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// outside checks how the customers' side is read.
func (k *checker) outside() {
	o := &k.c.Outside
	k.codes(&o.Contacts)
	k.effort(o.Effort)
	k.amounts(o)
	seen := map[string]bool{}
	for i, t := range o.Touchpoints {
		path := fmt.Sprintf("touchpoints[%d]", i)
		k.once(seen, path, t.ID, "touchpoint")
		if t.Name == "" {
			k.fail(path, "add name:", "touchpoint %q has no name", t.ID)
		}
	}
	seen = map[string]bool{}
	for i := range o.Moments {
		path := fmt.Sprintf("moments[%d]", i)
		k.once(seen, path, o.Moments[i].ID, "moment")
		k.moment(path, &o.Moments[i])
	}
	seen = map[string]bool{}
	for i, e := range o.Expectations {
		path := fmt.Sprintf("expectations[%d]", i)
		k.once(seen, path, e.ID, "expectation")
		for _, part := range []struct{ key, metric string }{{"expected", e.Expected}, {"actual", e.Actual}} {
			if part.metric == "" {
				k.fail(path, "add "+part.key+": and a metric that customers answer", "expectation %q has no %s", e.ID, part.key)
			} else if !k.answeredOrElsewhere(part.metric) {
				k.fail(path+"."+part.key, "name a metric that customers answer", "metric %q is computed, not answered", part.metric)
			}
		}
		if e.Expected != "" && e.Expected == e.Actual {
			k.fail(path, "name two questions", "expectation %q compares %q with itself", e.ID, e.Expected)
		}
	}
	k.taxonomies(o.Taxonomies)
}

// answeredOrElsewhere reports whether the id is a metric that customers answer, as far as this file can tell: one that it does
// not list may be in the catalogue that it is merged over, and Merge looks again.
func (k *checker) answeredOrElsewhere(id string) bool {
	m := k.c.Metric(id)
	return m == nil && idForm.MatchString(id) || m != nil && answered(m.Kind)
}

// dangling returns what points to a metric that customers do not answer or that is not there, sorted as listed.
func (c *Catalog) dangling() []string {
	var out []string
	look := func(who, id string) {
		if m := c.Metric(id); m == nil || !answered(m.Kind) {
			out = append(out, fmt.Sprintf("%s names %q", who, id))
		}
	}
	for _, m := range c.Metrics {
		for _, part := range m.Parts {
			look("composite "+m.ID, part)
		}
	}
	for _, m := range c.Moments {
		for _, s := range m.Success {
			if !slices.Contains(MomentFields(), s.Of) {
				look("moment "+m.ID, s.Of)
			}
		}
	}
	for _, e := range c.Expectations {
		look("expectation "+e.ID, e.Expected)
		look("expectation "+e.ID, e.Actual)
	}
	return out
}

func (k *checker) once(seen map[string]bool, path, id, what string) {
	switch {
	case id == "":
		k.fail(path, "add id: and a short name", "a %s without id", what)
	case seen[id]:
		k.fail(path+".id", "rename one", "%s %q is listed twice", what, id)
	}
	seen[id] = true
}

func (k *checker) codes(c *Contacts) {
	if m := c.TransferMinutes; m != nil && (*m < 0 || *m > 24*60) {
		k.fail("contacts.transfer_minutes", "write 0 to 1440", "%d minutes", *m)
	}
	for _, l := range []struct {
		key   string
		codes []string
	}{
		{"resolved", c.Resolved}, {"succeeded", c.Succeeded}, {"complaint_tags", c.ComplaintTags}, {"complaint_reasons", c.ComplaintReasons},
		{"other_reasons", c.OtherReasons}, {"coders", c.Coders},
	} {
		for i, code := range l.codes {
			path := fmt.Sprintf("contacts.%s[%d]", l.key, i)
			if code == "" || code != strings.TrimSpace(code) {
				k.fail(path, "write the code as the source does", "code %q is empty or has blanks around it", code)
			}
			if l.key == "complaint_tags" && strings.ContainsAny(code, ";%_") {
				k.fail(path, "a tag has neither ; nor % nor _", "tag %q", code)
			}
			if slices.Contains(l.codes[:i], code) {
				k.fail(path, "take one out", "code %q is listed twice", code)
			}
		}
	}
	if c.StatedBy != "" && c.Coders != nil && !slices.Contains(c.Coders, c.StatedBy) {
		k.fail("contacts.stated_by", "list it under coders:", "coder %q is not listed", c.StatedBy)
	}
}

func (k *checker) effort(parts []Effort) {
	seen := map[string]bool{}
	for i, e := range parts {
		path := fmt.Sprintf("effort[%d]", i)
		if !slices.Contains(EffortParts(), e.Part) {
			k.fail(path+".part", "one of "+strings.Join(EffortParts(), ", "), "part %q of effort is not known", e.Part)
		} else if seen[e.Part] {
			k.fail(path+".part", "take one out", "part %q is listed twice", e.Part)
		}
		seen[e.Part] = true
		if !(e.Weight > 0) || e.Weight > 1000 {
			k.fail(path+".weight", "weights are above 0; only their proportions count", "weight %v", e.Weight)
		}
		if !(e.Worst > 0) || e.Worst > scaleLimit {
			k.fail(path+".worst", "the amount from which on effort counts as 100", "worst %v", e.Worst)
		}
	}
}

func (k *checker) amounts(o *Outside) {
	for _, a := range []struct {
		path string
		v    *float64
	}{{"cost.per_contact", o.Cost.PerContact}, {"cost.per_employee_hour", o.Cost.PerEmployeeHour}, {"cost.per_customer_hour", o.Cost.PerCustomerHour}} {
		if a.v != nil && (!(*a.v >= 0) || *a.v > scaleLimit) {
			k.fail(a.path, "an amount of money from 0 to a million", "cost %v", *a.v)
		}
	}
	for _, d := range []struct {
		path   string
		v      *int
		lo, hi int
	}{
		{"windows.response_days", o.Windows.ResponseDays, 1, 366}, {"windows.loyalty_days", o.Windows.LoyaltyDays, 1, 3660},
		{"windows.wave_days", o.Windows.WaveDays, 1, 3660}, {"windows.baseline", o.Windows.Baseline, 5, 1000},
		{"windows.warning", o.Windows.Warning, 1, 366}, {"windows.late", o.Windows.Late, 0, 366},
	} {
		if d.v != nil && (*d.v < d.lo || *d.v > d.hi) {
			k.fail(d.path, fmt.Sprintf("write %d to %d", d.lo, d.hi), "window of %d", *d.v)
		}
	}
}

func (k *checker) moment(path string, m *Moment) {
	if m.ID != "" && !idForm.MatchString(m.ID) {
		k.fail(path+".id", "lower-case letters, digits and _, a letter first", "id %q is not well formed", m.ID)
	}
	if m.Name == "" {
		k.fail(path, "add name:", "moment %q has no name", m.ID)
	}
	if m.Version < 1 {
		k.fail(path+".version", "count from 1", "version %d", m.Version)
	}
	if m.Touchpoint == "" && m.Step == "" {
		k.fail(path, "add touchpoint: or step: as the sources write it", "moment %q is nowhere on the journey", m.ID)
	}
	if !(m.Target >= 0 && m.Target <= 1) {
		k.fail(path+".target", "a share from 0 to 1", "target %v", m.Target)
	}
	if len(m.Success) == 0 {
		k.fail(path, "add success: and what customers said that they need", "moment %q has no criterion of success", m.ID)
	}
	seen := map[string]bool{}
	for i, c := range m.Success {
		path := fmt.Sprintf("%s.success[%d]", path, i)
		k.once(seen, path, c.ID, "criterion")
		if c.AtLeast == nil && c.AtMost == nil {
			k.fail(path, "add at_least: or at_most:", "criterion %q has no threshold", c.ID)
		}
		if c.AtLeast != nil && c.AtMost != nil && *c.AtLeast > *c.AtMost {
			k.fail(path, "nothing is at least the one and at most the other", "at_least %v, at_most %v", *c.AtLeast, *c.AtMost)
		}
		if slices.Contains(MomentFields(), c.Of) {
			continue
		}
		if !k.answeredOrElsewhere(c.Of) {
			k.fail(path+".of", "a metric that customers answer, or one of "+strings.Join(MomentFields(), ", "), "criterion on %q", c.Of)
		}
	}
}

func (k *checker) taxonomies(versions []Taxonomy) {
	for i, v := range versions {
		path := fmt.Sprintf("taxonomies[%d]", i)
		if v.Version < 1 || i > 0 && v.Version <= versions[i-1].Version {
			k.fail(path+".version", "versions rise, from 1", "version %d", v.Version)
		}
		if _, err := time.Parse(time.DateOnly, v.From); err != nil {
			k.fail(path+".from", "write a date such as 2025-03-31", "from %q is no date", v.From)
		} else if i > 0 && v.From <= versions[i-1].From {
			k.fail(path+".from", "a version begins after the one before", "from %s", v.From)
		}
		if len(v.Codes) == 0 {
			k.fail(path, "list the codes", "version %d has no codes", v.Version)
		}
		for _, old := range slices.Sorted(maps.Keys(v.Moved)) {
			now := v.Moved[old]
			if i == 0 || !slices.Contains(versions[i-1].Codes, old) {
				k.fail(path+".moved", "", "code %q is not one of the version before", old)
			}
			if !slices.Contains(v.Codes, now) {
				k.fail(path+".moved", "", "code %q is not one of version %d", now, v.Version)
			}
		}
	}
}
