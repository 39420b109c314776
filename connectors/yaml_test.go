package connectors_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"insideout/connectors"
	"insideout/connectors/file"
	"insideout/models/strictyaml"
)

// source is a source as the configuration composes it.
type source struct {
	Name               string      `yaml:"name"`
	File               file.Config `yaml:"file"`
	connectors.Mapping `yaml:",inline"`
}

func TestMapping_FromYAML(t *testing.T) {
	const text = `
name: tickets
to: contacts
file: {path: exports/*.csv, header_rows: 3, null: ["", NA], delimiter: ";", optional: true}
map:
  contact_id: id
  updated_at: {from: updated_at, time: "2006-01-02T15:04:05Z07:00", zone: Europe/London}
  demand: {from: type, values: {complaint: failure, question: value}, otherwise: unknown}
  channel: {value: phone}
  cost: {from: Q1, decimal: ",", null: ["-1"]}
  reason: {from: [group, type], join: "/"}
each:
  - {updated_at: opened}
  - {updated_at: closed, ended_at: closed}
where: {Status: ["0", "IP Address"]}
`
	var got source
	if _, problems := strictyaml.Decode("insideout.yaml", []byte(text), &got); problems != nil {
		t.Fatal(problems)
	}
	ptr := func(s string) *string { return &s }
	from := func(p ...string) connectors.Rule { return connectors.Rule{From: p} }
	want := source{
		Name: "tickets",
		File: file.Config{Path: "exports/*.csv", HeaderRows: 3, Null: []string{"", "NA"}, Delimiter: ";", Optional: true},
		Mapping: connectors.Mapping{
			To: "contacts",
			Map: map[string]connectors.Rule{
				"contact_id": from("id"),
				"updated_at": {From: connectors.Places{"updated_at"}, Time: "2006-01-02T15:04:05Z07:00", Zone: "Europe/London"},
				"demand":     {From: connectors.Places{"type"}, Values: map[string]string{"complaint": "failure", "question": "value"}, Otherwise: ptr("unknown")},
				"channel":    {Value: ptr("phone")},
				"cost":       {From: connectors.Places{"Q1"}, Decimal: ",", Null: []string{"-1"}},
				"reason":     {From: connectors.Places{"group", "type"}, Join: ptr("/")},
			},
			Each:  []map[string]connectors.Rule{{"updated_at": from("opened")}, {"updated_at": from("closed"), "ended_at": from("closed")}},
			Where: map[string][]string{"Status": {"0", "IP Address"}},
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if ps := got.Check(connectors.BinderOptions{}); ps != nil {
		t.Error(ps)
	}
	if ps := got.File.Check(); ps != nil {
		t.Error(ps)
	}
}

// A problem of the mapping finds its line in the file.
func TestMapping_ProblemsHaveLines(t *testing.T) {
	const text = "name: x\nto: feedback\nmap:\n  feedback_id: id\n  answered_at: {from: at, time: soon}\n  score: Q1\n"
	var got source
	doc, problems := strictyaml.Decode("insideout.yaml", []byte(text), &got)
	if problems != nil {
		t.Fatal(problems)
	}
	var lines []int
	for _, p := range got.Check(connectors.BinderOptions{}) {
		lines = append(lines, doc.At(p.Path, p.Message, p.Hint).Line)
	}
	if d := cmp.Diff([]int{5, 3}, lines); d != "" { // the layout; metric is missing, so the line of map
		t.Error(d)
	}
}
