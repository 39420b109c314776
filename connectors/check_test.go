package connectors

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMapping_CheckNamesEveryMistake(t *testing.T) {
	join := ptr("/")
	for name, c := range map[string]struct {
		m    Mapping
		want []string // path, and words of the message and hint
	}{
		"no dataset":   {Mapping{}, []string{"to|not named|known: feedback"}},
		"near dataset": {Mapping{To: "feedbak"}, []string{`to|no dataset "feedbak"|did you mean "feedback"?`}},
		"required fields": {Mapping{To: "feedback", Map: map[string]Rule{"score": {From: Places{"Q1"}}}}, []string{
			"map.feedback_id|not mapped|add feedback_id: <place>", "map.answered_at|not mapped|", "map.metric|not mapped|",
		}},
		"many at once": {
			Mapping{
				To: "feedback",
				Map: map[string]Rule{
					"feedback_id": {From: Places{"a", "b"}},
					"answered_at": {From: Places{"at"}, Time: "YYYY-MM-DD HH:mm:ss", Zone: "Europe/Londn"},
					"metric":      {Value: ptr("npss")},
					"scor":        {From: Places{"Q1"}},
					"score":       {From: Places{"Q1"}, Value: ptr("1"), Time: "2006"},
					"team":        {},
					"channel":     {From: Places{"c"}, Join: join, Zone: "UTC", Time: "2006", Decimal: ","},
					"comment":     {From: Places{"x", "x"}, Join: join, Otherwise: ptr("y")},
					"segment":     {From: Places{"s"}, Values: map[string]string{}},
				},
				Where: map[string][]string{"Status": nil},
			},
			[]string{
				`map.scor|no field "scor"|did you mean "score"?`,
				`map.feedback_id|several places|add join`,
				`map.answered_at.time|no year|did you mean "2006-01-02 15:04:05"?`,
				`map.answered_at.zone|no time zone "Europe/Londn"|IANA`,
				`map.metric.value|no metric "npss"|catalogue`,
				`map.score|both a place and a constant|`,
				`map.team|neither a place nor a constant|`,
				`map.channel.join|nothing to join|`,
				`map.channel.time|is text, not a time|`,
				`map.channel.zone|is text, not a time|`,
				`map.channel.decimal|is text, not a number|`,
				`map.segment.values|lists nothing|`,
				`map.comment.from|names "x" twice|`,
				`map.comment.otherwise|no value map|add values`,
				`where.Status|lists no values|`,
			},
		},
		"words of the wrong type": {
			Mapping{To: "contacts", Map: map[string]Rule{
				"contact_id": {From: Places{"id"}}, "updated_at": {From: Places{"at"}, Time: "2006-01-02", Values: map[string]string{"never": "soon"}},
				"demand":         {From: Places{"d"}, Values: map[string]string{"a": "failur", "b": "value", "c": ""}, Otherwise: ptr("odd")},
				"handle_seconds": {From: Places{"h"}, Values: map[string]string{"long": "many"}, Decimal: ";"},
				"transfers":      {From: Places{"h"}, Values: map[string]string{"long": "many"}},
				"cost":           {Value: ptr("free")},
				"attributes":     {Value: ptr("{}")},
			}},
			[]string{
				`map.updated_at.values.never|"soon" is not a value of updated_at|"2006-01-02"`,
				`map.demand.values.a|"failur" is not a value of demand|did you mean "failure"? allowed: value, failure, misrouted, unknown`,
				`map.demand.otherwise|"odd"|known: value, failure, misrouted, unknown`,
				`map.handle_seconds.decimal|no decimal mark|`,
				`map.transfers.values.long|"many" is not a value of transfers (integer)|`,
				`map.cost.value|"free" is not a value of cost (number)|`,
				`map.attributes|places only|`,
			},
		},
		"entries": {
			Mapping{To: "answers", Map: map[string]Rule{"response": {From: Places{"id"}}, "answered_at": {From: Places{"at"}}},
				Each: []map[string]Rule{{"item": {Value: ptr("x")}, "value": {From: Places{"Q1"}}}, {"item": {Value: ptr("service_improving")}}, {}, {"itm": {Value: ptr("x")}}}},
			[]string{
				`each[0].item.value|no item "x"|`,
				`each[2]|is empty|`,
				`each[3].itm|no field "itm"|did you mean "item"?`,
				`each[2].item|does not map it|`, `each[3].item|does not map it|`,
				`each[1].value|does not map it|`, `each[2].value|does not map it|`, `each[3].value|does not map it|`,
			},
		},
		"sound": {feedback(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.m.Check(BinderOptions{Scale: scale})
			if len(got) != len(c.want) {
				t.Fatalf("%d mistakes, want %d:\n%v", len(got), len(c.want), got)
			}
			for i, p := range got {
				w := strings.SplitN(c.want[i], "|", 3)
				if p.Path != w[0] || !strings.Contains(p.Message, w[1]) || !strings.Contains(p.Hint, w[2]) {
					t.Errorf("mistake %d is %q, %q, %q; want %q", i, p.Path, p.Message, p.Hint, c.want[i])
				}
			}
			_, err := NewBinder(c.m, BinderOptions{Scale: scale, Pseudonym: pseudonym})
			var ps Problems
			if errors.As(err, &ps) != (c.want != nil) {
				t.Errorf("NewBinder returned %v", err)
			}
			if d := cmp.Diff(got, ps); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestCheckLayout(t *testing.T) {
	for layout, want := range map[string]string{ // what the hint says; "" for a layout that is taken
		"2006-01-02": "", "2006": "", "01/02/2006 03:04:05 PM": "", "2006-01-02T15:04:05Z07:00": "", "Jan 2, 2006": "", "02.01.06 15:04": "",
		"2006-01-02T15:04:05.000-0700": "", "unix_s": "", "unix_ns": "", "20060102": "",
		"unix":                 "unix_ms",
		"yyyy-MM-dd":           `"2006-01-02"`,
		"%Y-%m-%dT%H:%M:%S":    `"2006-01-02T15:04:05"`,
		"dd/MM/yyyy hh:mm":     "how 2 January 2006",
		"2006-01-02T15:04:05Z": `"2006-01-02T15:04:05Z07:00"`,
		"2006-01-02 03:04":     "15 for a 24-hour clock",
		"2006-01-02 15:04 MST": "offset",
		"15:04":                "how 2 January 2006",
		"date":                 "how 2 January 2006",
	} {
		wrong, hint := checkLayout(layout)
		if (wrong == "") != (want == "") || !strings.Contains(hint, want) {
			t.Errorf("layout %q: %q, %q; want a hint with %q", layout, wrong, hint, want)
		}
	}
}

func TestSuggest(t *testing.T) {
	for _, c := range []struct {
		word    string
		allowed []string
		want    string
	}{
		{"cvs", []string{"csv", "tsv", "jsonl"}, `did you mean "csv"?`},
		{"Value", []string{"value", "values"}, `did you mean "value"?`},
		{"answerd_at", []string{"answered_at", "metric"}, `did you mean "answered_at"?`},
		{"ab", []string{"xy", "cd"}, "known: xy, cd"},
		{"x", nil, ""},
	} {
		if got := Suggest(c.word, c.allowed); got != c.want {
			t.Errorf("%s of %v: %q, want %q", c.word, c.allowed, got, c.want)
		}
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"cvs", "csv", 1}, {"abcd", "acbd", 1}, {"same", "same", 0}} {
		if got := slips(c.a, c.b); got != c.want {
			t.Errorf("slips(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
