package connectors

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bound is what came of one row.
type bound struct {
	Records, Dropped int
	Code, Attributes string
	Frozen           bool
}

func bindUnder(t *testing.T, to string, c Contract, cells map[string]string, rest string) bound {
	t.Helper()
	m := feedback()
	if to == "answers" {
		m = survey()
	}
	m.Contract = c
	b := bind(t, m)
	var more func() ([]byte, int)
	if rest != "" {
		more = func() ([]byte, int) { return []byte(rest), strings.Count(rest, ":") }
	}
	n, dropped, _, reject := b.Bind(row(b, cells), more, 0)
	got := bound{Records: n, Dropped: dropped, Frozen: b.Frozen() != nil}
	if reject != nil {
		got.Code = reject.Code
	}
	if n > 0 {
		got.Attributes, _ = table(b.Batch())[0]["attributes"].(string)
	}
	return got
}

func TestContract_NewColumns(t *testing.T) {
	cells := map[string]string{"id": "1", "at": "2025-01-01T00:00:00Z", "Q1": "9"}
	for name, c := range map[string]struct {
		contract Contract
		rest     string
		want     bound
	}{
		"as it was":         {Contract{}, `{"new":1}`, bound{1, 0, "", `{"new":1}`, false}},
		"evolve":            {Contract{Columns: "evolve"}, `{"new":1}`, bound{1, 0, "", `{"new":1}`, false}},
		"freeze":            {Contract{Columns: "freeze"}, `{"new":1}`, bound{0, 0, CodeNewColumn, "", true}},
		"discard_row":       {Contract{Columns: "discard_row"}, `{"new":1}`, bound{0, 0, CodeNewColumn, "", false}},
		"discard_value":     {Contract{Columns: "discard_value"}, `{"new":1,"b":"x"}`, bound{1, 2, "", ``, false}},
		"known ones":        {Contract{Columns: "freeze", Known: []string{"b", "c"}}, `{"b":"x","c":{"d":1}}`, bound{1, 0, "", `{"b":"x","c":{"d":1}}`, false}},
		"known and new":     {Contract{Columns: "discard_value", Known: []string{"b"}}, `{"a":1,"b":"x","c":2}`, bound{1, 2, "", `{"b":"x"}`, false}},
		"nothing more":      {Contract{Columns: "freeze"}, ``, bound{1, 0, "", "", false}},
		"parts of a mapped": {Contract{Columns: "freeze", Known: []string{"via.channel"}}, `{"via":{"other":1}}`, bound{1, 0, "", `{"via":{"other":1}}`, false}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, bindUnder(t, "feedback", c.contract, cells, c.rest)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestContract_Types(t *testing.T) {
	wrong := map[string]string{"id": "1", "at": "2025-01-01T00:00:00Z", "Q1": "nine"}
	fine := map[string]string{"id": "1", "at": "2025-01-01T00:00:00Z", "Q1": "9"}
	beyond := map[string]string{"id": "1", "at": "2025-01-01T00:00:00Z", "Q1": "11"}
	for name, c := range map[string]struct {
		mode  string
		cells map[string]string
		want  bound
	}{
		"as it was":                    {"", wrong, bound{Code: CodeWrongType}},
		"discard_row":                  {"discard_row", wrong, bound{Code: CodeWrongType}},
		"freeze":                       {"freeze", wrong, bound{Code: CodeWrongType, Frozen: true}},
		"freeze, nothing wrong":        {"freeze", fine, bound{Records: 1}},
		"freeze, a value beyond":       {"freeze", beyond, bound{Code: CodeOutOfRange}}, // of its type
		"discard_value, it is needed":  {"discard_value", wrong, bound{Code: CodeMissing}},
		"discard_value, nothing wrong": {"discard_value", fine, bound{Records: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, bindUnder(t, "feedback", Contract{Types: c.mode}, c.cells, "")); d != "" {
				t.Error(d)
			}
		})
	}
	m := Mapping{To: "contacts", Contract: Contract{Types: "discard_value"}, Map: map[string]Rule{"contact_id": {From: Places{"id"}}, "updated_at": {From: Places{"at"}}, "transfers": {From: Places{"n"}}}}
	b := bind(t, m)
	n, dropped, _, reject := b.Bind(row(b, map[string]string{"id": "1", "at": "2025-01-01T00:00:00Z", "n": "many"}), nil, 0)
	if n != 1 || dropped != 1 || reject != nil || table(b.Batch())[0]["transfers"] != nil {
		t.Errorf("%d records, %d dropped, %v: %v", n, dropped, reject, table(b.Batch()))
	}
	if d := cmp.Diff([]Tally{{Field: "transfers", What: DroppedType, Values: 1, Example: "many"}}, b.Tallies()); d != "" {
		t.Error(d)
	}
}

func TestContract_Check(t *testing.T) {
	m := feedback()
	m.Contract = Contract{Columns: "frees", Types: "evolve", Known: []string{"x"}}
	got := m.Check(BinderOptions{}).Error()
	for _, w := range []string{`contract.columns: unknown mode "frees" -> did you mean "freeze"?`, "contract.types: a field has one type for ever"} {
		if !strings.Contains(got, w) {
			t.Errorf("%s\nwant %q", got, w)
		}
	}
	m.Contract = Contract{Known: []string{"x"}}
	if err := m.Check(BinderOptions{}).Err(); err == nil || !strings.Contains(err.Error(), "contract.known") {
		t.Error(err)
	}
	over := Mapping{Contract: Contract{Types: "freeze"}}.Over(Mapping{Contract: Contract{Columns: "freeze", Types: "discard_row", Known: []string{"a"}}})
	if d := cmp.Diff(Contract{Columns: "freeze", Types: "freeze", Known: []string{"a"}}, over.Contract); d != "" {
		t.Error(d)
	}
}

func TestFrozen_IsToldOnce(t *testing.T) {
	m := feedback()
	m.Contract = Contract{Types: "freeze"}
	b := bind(t, m)
	b.Bind(row(b, map[string]string{"id": "1", "at": "yesterday"}), nil, 0)
	var frozen *FrozenError
	if err := b.Frozen(); !errors.As(err, &frozen) || !strings.Contains(err.Error(), "yesterday") {
		t.Error(err)
	}
	if err := b.Frozen(); err != nil {
		t.Error(err)
	}
}

// What a reader that guesses types would have made of these is in the comment of each class; nothing else is counted.
func TestTallies_WhatASnifferWouldChange(t *testing.T) {
	b := bind(t, Mapping{To: "measures", Map: map[string]Rule{
		"unit": {From: Places{"u"}}, "measure": {Value: ptr("007")}, "measured_at": {From: Places{"at"}, Time: "2006-01-02 15:04:05"}, "value": {From: Places{"v"}}, "part": {From: Places{"p"}, Values: map[string]string{"01": "02"}, Otherwise: ptr("03")},
	}})
	add := func(u, at, v, p string) {
		t.Helper()
		if _, _, _, bad := b.Bind(row(b, map[string]string{"u": u, "at": at, "v": v, "p": p}), nil, 0); bad != nil {
			t.Fatal(bad.Detail)
		}
	}
	for _, u := range []string{"00501", "0", "12", "12345678901234567", "123456789012345", "+4420", "12E5", "1.10", "1.1", "1.0.0", "A01", "", "x", "-01", "007", "+", "1e", "0x10"} {
		if u != "" {
			add(u, "2025-01-01 00:00:00", "1", "01")
		}
	}
	for range sniffed {
		add("a", "2025-01-01 00:00:00", "7", "")
	}
	add("a", "2025-01-01 23:59:00", "7.9", "")
	add("a", "2025-01-01 00:00:00", "8.0", "")
	want := []Tally{
		{"measured_at", KeptTime, 1, "2025-01-01 23:59:00"}, {"unit", KeptExponent, 1, "12E5"}, {"unit", KeptZeros, 2, "00501"}, {"unit", KeptLong, 1, "12345678901234567"},
		{"unit", KeptSign, 1, "+4420"}, {"unit", KeptEnd, 1, "1.10"}, {"value", KeptFraction, 1, "7.9"},
	}
	if d := cmp.Diff(want, b.Tallies()); d != "" {
		t.Error(d)
	}
	p := bind(t, Mapping{To: "contacts", Map: map[string]Rule{"contact_id": {From: Places{"id"}}, "updated_at": {Value: ptr("2025-01-01T00:00:00Z")}, "agent": {From: Places{"agent"}}}})
	p.Bind(row(p, map[string]string{"id": "1", "agent": "00501"}), nil, 0)
	if d := cmp.Diff([]Tally{{"agent", KeptZeros, 1, ""}}, p.Tallies()); d != "" {
		t.Errorf("an id of a person: %s", d)
	}
}
