package catalog

import (
	"slices"
	"strings"
	"testing"
)

func load(t *testing.T, text string) *Catalog {
	t.Helper()
	c, problems := Load("own.yaml", []byte(text))
	if problems != nil {
		t.Fatal(problems)
	}
	return c
}

func TestDefault_HasEverySettingAndNoDanglingName(t *testing.T) {
	c := Default()
	if open := c.dangling(); open != nil {
		t.Error(open)
	}
	o := c.Outside
	if *o.Contacts.TransferMinutes != 15 || *o.Windows.ResponseDays != 30 || *o.Windows.LoyaltyDays != 365 || *o.Windows.WaveDays != 91 ||
		*o.Windows.Baseline != 8 || *o.Windows.Warning != 4 || *o.Windows.Late != 1 || !*o.Cost.HandleIncludesHold {
		t.Errorf("settings %+v", o)
	}
	if len(o.Effort) != len(EffortParts()) {
		t.Errorf("effort %v, want every part", o.Effort)
	}
	if o.Cost.PerContact != nil || o.Cost.PerEmployeeHour != nil || o.Cost.PerCustomerHour != nil {
		t.Error("nobody but the project knows what its contacts cost")
	}
}

func TestMerge_ReplacesSettingsOneByOneAndListsWhole(t *testing.T) {
	own := load(t, `
version: 1
contacts: {transfer_minutes: 0, resolved: [done]}
cost: {per_contact: 4.5}
`)
	if got := own.Settings(); *got.Contacts.TransferMinutes != 0 || got.Contacts.Resolved[0] != "done" || got.Contacts.StatedBy != "customer" {
		t.Errorf("settings of a file that was not merged: %+v", got.Contacts)
	}
	c, err := Default().Merge(own)
	if err != nil {
		t.Fatal(err)
	}
	if *c.Contacts.TransferMinutes != 0 || !slices.Equal(c.Contacts.Resolved, []string{"done"}) || *c.Cost.PerContact != 4.5 {
		t.Errorf("%+v, %+v", c.Contacts, c.Cost)
	}
	if len(c.Contacts.Succeeded) != 3 || *c.Windows.Late != 1 {
		t.Error("what the file leaves open keeps its default")
	}
	if c.Hash() == Default().Hash() || *Default().Contacts.TransferMinutes != 15 {
		t.Error("settings count in the hash, and the built-in catalogue stays as it is")
	}
}

func TestMerge_RefusesNamesThatPointNowhere(t *testing.T) {
	own := load(t, `
version: 1
metrics:
  - {id: mix, name: Mix, side: outside, kind: composite, parts: [csat, nps_of_rival], direction: higher, unit: score, definition: x}
moments:
  - {id: call, name: Call, touchpoint: phone, target: 0.9, success: [{id: ease, of: easy, at_least: 6}]}
expectations:
  - {id: speed, name: Speed, expected: csat, actual: speed_met}
`)
	_, err := Default().Merge(own)
	for _, want := range []string{`composite mix names "nps_of_rival"`, `moment call names "easy"`, `expectation speed names "speed_met"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in %v", want, err)
		}
	}
}

// Codes go through every version: a of version 1 became b in 2, and b became c in 3; d was there in 1 and 2 and went into c; e stayed.
func TestReasonMap_FollowsEveryVersion(t *testing.T) {
	c := load(t, `
version: 1
taxonomies:
  - {version: 1, from: 2023-01-01, codes: [a, d, e]}
  - {version: 2, from: 2024-01-01, codes: [b, d, e], moved: {a: b}}
  - {version: 3, from: 2025-01-01, codes: [c, e], moved: {b: c, d: c}}
`)
	got := c.ReasonMap()
	if len(got) != 3 || got["a"] != "c" || got["b"] != "c" || got["d"] != "c" {
		t.Errorf("got %v", got)
	}
}

func TestLoad_ReportsEveryMistakeOfTheOutside(t *testing.T) {
	_, problems := Load("bad.yaml", []byte(`version: 1
metrics:
  - {id: a, name: A, side: outside, kind: composite, parts: [a], unit: score, definition: x, perspective: nobody, element: air, review: soon}
  - {id: b, name: B, side: inside, kind: success, unit: share, definition: x, parts: [a]}
contacts:
  transfer_minutes: -1
  complaint_tags: ["a;b"]
  resolved: [x, x]
  coders: [agent]
  stated_by: customer
effort:
  - {part: patience, weight: 0, worst: 1}
cost: {per_contact: -1}
windows: {baseline: 2}
touchpoints:
  - {id: t}
  - {id: t, name: T}
moments:
  - {id: M, target: 2}
  - {id: n, name: N, step: s, target: 1, success: [{id: c, of: failure_demand}, {id: d, of: a, at_least: 2, at_most: 1}]}
expectations:
  - {id: e, name: E, expected: a, actual: a}
taxonomies:
  - {version: 2, from: 2025-01-01, codes: [x]}
  - {version: 1, from: yesterday, codes: [], moved: {y: z}}
`))
	want := []string{
		`bad.yaml:3: metrics[0]: a composite of 1 parts`,
		`bad.yaml:3: metrics[0].parts[0]: part "a" is no metric that customers answer`,
		`bad.yaml:3: metrics[0].perspective: perspective "nobody"`,
		`bad.yaml:3: metrics[0].element: element "air"`,
		`bad.yaml:3: metrics[0].review: review "soon" is no date`,
		`bad.yaml:4: metrics[1].side: kind success is computed from customers' rows`,
		`bad.yaml:4: metrics[1].parts: kind success has no parts`,
		`bad.yaml:6: contacts.transfer_minutes: -1 minutes`,
		`bad.yaml:7: contacts.complaint_tags[0]: tag "a;b"`,
		`bad.yaml:8: contacts.resolved[1]: code "x" is listed twice`,
		`bad.yaml:10: contacts.stated_by: coder "customer" is not listed`,
		`bad.yaml:12: effort[0].part: part "patience" of effort is not known`,
		`bad.yaml:12: effort[0].weight: weight 0`,
		`bad.yaml:13: cost.per_contact: cost -1`,
		`bad.yaml:14: windows.baseline: window of 2`,
		`bad.yaml:16: touchpoints[0]: touchpoint "t" has no name`,
		`bad.yaml:17: touchpoints[1].id: touchpoint "t" is listed twice`,
		`bad.yaml:19: moments[0].id: id "M" is not well formed`,
		`bad.yaml:19: moments[0]: moment "M" has no name`,
		`bad.yaml:19: moments[0]: moment "M" is nowhere on the journey`,
		`bad.yaml:19: moments[0].target: target 2`,
		`bad.yaml:19: moments[0]: moment "M" has no criterion of success`,
		`bad.yaml:20: moments[1].success[0]: criterion "c" has no threshold`,
		`bad.yaml:20: moments[1].success[1]: at_least 2, at_most 1`,
		`bad.yaml:20: moments[1].success[1].of: criterion on "a"`,
		`bad.yaml:22: expectations[0].expected: metric "a" is computed, not answered`,
		`bad.yaml:22: expectations[0].actual: metric "a" is computed, not answered`,
		`bad.yaml:22: expectations[0]: expectation "e" compares "a" with itself`,
		`bad.yaml:25: taxonomies[1].version: version 1`,
		`bad.yaml:25: taxonomies[1].from: from "yesterday" is no date`,
		`bad.yaml:25: taxonomies[1]: version 1 has no codes`,
		`bad.yaml:25: taxonomies[1].moved: code "y" is not one of the version before`,
		`bad.yaml:25: taxonomies[1].moved: code "z" is not one of version 1`,
	}
	got := problems.Error()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("no message %s", w)
		}
	}
	if len(problems) != len(want) {
		t.Errorf("%d problems, want %d:\n%s", len(problems), len(want), got)
	}
}
