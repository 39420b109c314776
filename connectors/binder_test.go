package connectors

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"insideout/models"
)

func ptr(s string) *string { return &s }

func london(t *testing.T) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func scale(name string) (lo, hi float64, known bool) {
	switch name {
	case "nps":
		return 0, 10, true
	case "service_improving":
		return 1, 5, true
	}
	return 0, 0, false
}

func pseudonym(raw []byte) string { return "p-" + strings.ToUpper(string(raw)) }

// row makes the values for the binder's places out of texts by place; a missing one is absent.
func row(b *Binder, cells map[string]string) []Value {
	values := make([]Value, len(b.places))
	for i, place := range b.places {
		if s, ok := cells[place]; ok {
			values[i] = Value{Kind: String, Bytes: []byte(s)}
		}
	}
	return values
}

// table shows a batch as one map a record, without its nulls.
func table(b *models.Batch) []map[string]any {
	var out []map[string]any
	for r := range b.Rows() {
		m := map[string]any{}
		for i, f := range b.Schema.Fields {
			c := &b.Columns[i]
			if !c.Valid[r] {
				continue
			}
			switch f.Kind {
			case models.Text, models.JSON:
				m[f.Name] = c.Texts[r]
			case models.Real:
				m[f.Name] = c.Reals[r]
			case models.Instant:
				m[f.Name] = time.UnixMicro(c.Ints[r]).UTC().Format(time.RFC3339Nano)
			case models.Date:
				m[f.Name] = time.Unix(c.Ints[r]*86400, 0).UTC().Format(time.DateOnly)
			default:
				m[f.Name] = c.Ints[r]
			}
		}
		out = append(out, m)
	}
	return out
}

func feedback() Mapping {
	return Mapping{To: "feedback", Map: map[string]Rule{
		"feedback_id": {From: Places{"id"}},
		"answered_at": {From: Places{"at"}},
		"metric":      {Value: ptr("nps")},
		"score":       {From: Places{"Q1"}},
		"customer":    {From: Places{"who"}},
		"comment":     {From: Places{"words"}},
	}}
}

func bind(t *testing.T, m Mapping) *Binder {
	t.Helper()
	b, err := NewBinder(m, BinderOptions{Zone: london(t), Pseudonym: pseudonym, Scale: scale})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBinder_MakesRecords(t *testing.T) {
	b := bind(t, feedback())
	rest := func() ([]byte, int) { return []byte(`{"x":"1"}`), 1 }
	n, dropped, filtered, bad := b.Bind(row(b, map[string]string{"id": "007", "at": "2025-03-30T02:30:00+01:00", "Q1": "9.5", "who": "ann", "words": "line\none"}), rest, 4)
	if n != 1 || dropped != 0 || filtered || bad != nil {
		t.Fatalf("bind = %d, %d, %v, %v", n, dropped, filtered, bad)
	}
	want := []map[string]any{{
		"feedback_id": "007", "answered_at": "2025-03-30T01:30:00Z", "metric": "nps", "score": 9.5, "customer": "p-ANN",
		"comment": "line\none", "attributes": `{"x":"1"}`,
	}}
	if d := cmp.Diff(want, table(b.Batch())); d != "" {
		t.Error(d)
	}
	if p := b.Batch().Positions; len(p) != 1 || p[0] != 4 {
		t.Errorf("positions = %v", p)
	}
	b.Reset()
	if b.Rows() != 0 || b.Batch().Rows() != 0 {
		t.Error("Reset left rows")
	}
}

func TestBinder_RejectsWholeRows(t *testing.T) {
	good := map[string]string{"id": "1", "at": "2025-03-01T00:00:00Z", "Q1": "9", "who": "ann", "words": "secret"}
	for name, c := range map[string]struct {
		place, value string
		code, field  string
		says         string
	}{
		"no number":        {"Q1", "nine", CodeWrongType, "score", `"nine"`},
		"not finite":       {"Q1", "1e999", CodeOutOfRange, "score", "too large"},
		"infinity":         {"Q1", "Inf", CodeWrongType, "score", `"Inf"`},
		"hexadecimal":      {"Q1", "0x1p3", CodeWrongType, "score", "number"},
		"thousands":        {"Q1", "1_0", CodeWrongType, "score", "number"},
		"a blank":          {"Q1", " 9", CodeWrongType, "score", "number"},
		"above the scale":  {"Q1", "11", CodeOutOfRange, "score", "0 to 10"},
		"below the scale":  {"Q1", "-1", CodeOutOfRange, "score", "0 to 10"},
		"required, empty":  {"id", "", CodeMissing, "feedback_id", "required"},
		"time, other form": {"at", "01/03/2025", CodeWrongType, "answered_at", "2006-01-02T15:04:05Z07:00"},
		"no such day":      {"at", "2025-02-29T00:00:00Z", CodeWrongType, "answered_at", "2025-02-29"},
	} {
		t.Run(name, func(t *testing.T) {
			b := bind(t, feedback())
			cells := map[string]string{}
			for k, v := range good {
				cells[k] = v
			}
			cells[c.place] = c.value
			n, _, filtered, bad := b.Bind(row(b, cells), nil, 7)
			if n != 0 || filtered || bad == nil {
				t.Fatalf("bind = %d, %v, %v", n, filtered, bad)
			}
			if bad.Code != c.code || bad.Field != c.field || bad.Position != 7 || !strings.Contains(bad.Detail, c.says) {
				t.Errorf("reject = %+v, want %s of %s that says %q", bad, c.code, c.field, c.says)
			}
			if strings.Contains(bad.Detail, "secret") || strings.Contains(bad.Detail, "ann") {
				t.Errorf("%q shows what a person wrote", bad.Detail)
			}
			if b.Batch().Rows() != 0 {
				t.Error("a rejected row left a record")
			}
			if n, _, _, bad := b.Bind(row(b, good), nil, 8); n != 1 || bad != nil {
				t.Errorf("the next good row: %d, %v", n, bad)
			}
		})
	}
}

func TestBinder_KindsOfValues(t *testing.T) {
	m := Mapping{To: "contacts", Map: map[string]Rule{
		"contact_id": {From: Places{"id"}}, "updated_at": {From: Places{"at"}, Time: "unix_ms"},
		"handle_seconds": {From: Places{"handle"}}, "cost": {From: Places{"cost"}, Decimal: ","},
		"demand": {From: Places{"type"}, Values: map[string]string{"complaint": "failure", "n/a": ""}, Otherwise: ptr("unknown")},
		"reason": {From: Places{"group", "type"}, Join: ptr("/")},
	}}
	for name, c := range map[string]struct {
		values []Value // id, at, handle, cost, type, group
		want   map[string]any
		code   string
	}{
		"numbers and texts": {
			[]Value{{Number, []byte("007")}, {Number, []byte("1740787200123")}, {String, []byte("1e+05")}, {String, []byte("1,25")}, {String, []byte("complaint")}, {String, []byte("bills")}},
			map[string]any{"contact_id": "007", "updated_at": "2025-03-01T00:00:00.123Z", "handle_seconds": int64(100000), "cost": 1.25, "demand": "failure", "reason": "bills/complaint"}, "",
		},
		"otherwise, absent part": {
			[]Value{{String, []byte("a")}, {String, []byte("-1")}, {Absent, nil}, {Null, nil}, {String, []byte("odd")}, {}},
			map[string]any{"contact_id": "a", "updated_at": "1969-12-31T23:59:59.999Z", "demand": "unknown", "reason": "odd"}, "",
		},
		"translated to nothing": {
			[]Value{{String, []byte("a")}, {Number, []byte("0")}, {Number, []byte("12.0")}, {}, {String, []byte("n/a")}, {}},
			map[string]any{"contact_id": "a", "updated_at": "1970-01-01T00:00:00Z", "handle_seconds": int64(12), "reason": "n/a"}, "",
		},
		"half a second":      {[]Value{{String, []byte("a")}, {Number, []byte("0")}, {Number, []byte("1.5")}, {}, {}, {}}, nil, CodeWrongType},
		"nested":             {[]Value{{Nested, []byte("{}")}, {Number, []byte("0")}, {}, {}, {}, {}}, nil, CodeWrongType},
		"true as a number":   {[]Value{{String, []byte("a")}, {Number, []byte("0")}, {Boolean, []byte("true")}, {}, {}, {}}, nil, CodeWrongType},
		"point for comma":    {[]Value{{String, []byte("a")}, {Number, []byte("0")}, {}, {String, []byte("1.25")}, {}, {}}, nil, CodeWrongType},
		"beyond 64 bits":     {[]Value{{String, []byte("a")}, {Number, []byte("0")}, {Number, []byte("9223372036854775808")}, {}, {}, {}}, nil, CodeOutOfRange},
		"largest of 64 bits": {[]Value{{String, []byte("a")}, {Number, []byte("0")}, {Number, []byte("9223372036854775807")}, {}, {}, {}}, map[string]any{"contact_id": "a", "updated_at": "1970-01-01T00:00:00Z", "handle_seconds": int64(math.MaxInt64)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := bind(t, m)
			order := []string{"id", "at", "handle", "cost", "type", "group"}
			values := make([]Value, len(order))
			for i, place := range b.Places() {
				for j, name := range order {
					if name == place {
						values[i] = c.values[j]
					}
				}
			}
			_, _, _, bad := b.Bind(values, nil, 0)
			if c.code != "" {
				if bad == nil || bad.Code != c.code {
					t.Fatalf("reject = %v, want %s", bad, c.code)
				}
				return
			}
			if bad != nil {
				t.Fatal(bad)
			}
			if d := cmp.Diff([]map[string]any{c.want}, table(b.Batch())); d != "" {
				t.Error(d)
			}
		})
	}
}

func survey() Mapping {
	return Mapping{
		To: "answers",
		Map: map[string]Rule{
			"response": {From: Places{"ResponseId"}}, "answered_at": {From: Places{"RecordedDate"}, Time: "2006-01-02 15:04:05"},
			"attributes": {From: Places{"Tenure", "Site"}},
		},
		Each: []map[string]Rule{
			{"item": {Value: ptr("service_improving")}, "value": {From: Places{"Q1_1"}}},
			{"item": {Value: ptr("service_improving")}, "value": {From: Places{"Q1_2"}}, "comment": {From: Places{"Q1_2_TEXT"}}},
		},
		Where: map[string][]string{"Status": {"0", "IP Address"}},
	}
}

func TestBinder_WideRows(t *testing.T) {
	base := map[string]string{"ResponseId": "R1", "RecordedDate": "2025-10-26 01:30:00", "Status": "0"}
	with := func(more map[string]string) map[string]string {
		out := map[string]string{}
		for _, m := range []map[string]string{base, more} {
			for k, v := range m {
				out[k] = v
			}
		}
		return out
	}
	b := bind(t, survey())
	rest := func() ([]byte, int) { return []byte(`{"Email":"x"}`), 3 }

	// 01:30 exists twice on this day in London; the first is summer time, 00:30 UTC.
	n, dropped, filtered, bad := b.Bind(row(b, with(map[string]string{"Q1_1": "4", "Q1_2": "5", "Q1_2_TEXT": "hm", "Tenure": "3", "Site": "N\"1"})), rest, 0)
	if n != 2 || dropped != 3 || filtered || bad != nil {
		t.Fatalf("both: %d, %d, %v, %v", n, dropped, filtered, bad)
	}
	if n, _, filtered, _ := b.Bind(row(b, with(map[string]string{"Q1_1": "", "Q1_2": "1"})), nil, 1); n != 1 || filtered {
		t.Errorf("one empty: %d, %v", n, filtered)
	}
	if n, _, filtered, _ := b.Bind(row(b, with(map[string]string{"ResponseId": "", "Q1_1": ""})), nil, 2); n != 0 || !filtered {
		t.Errorf("no value: %d, %v", n, filtered)
	}
	if n, _, filtered, _ := b.Bind(row(b, with(map[string]string{"Status": "1", "Q1_1": "4"})), nil, 3); n != 0 || !filtered {
		t.Errorf("left out by where: %d, %v", n, filtered)
	}
	_, _, _, bad = b.Bind(row(b, with(map[string]string{"Q1_1": "4", "Q1_2": "9"})), nil, 4)
	if bad == nil || bad.Code != CodeOutOfRange || strings.Contains(bad.Detail, "9") {
		t.Errorf("an answer outside the scale: %+v", bad)
	}
	want := []map[string]any{
		{"response": "p-R1", "answered_at": "2025-10-26T00:30:00Z", "item": "service_improving", "value": 4.0, "attributes": `{"Tenure":"3","Site":"N\"1"}`},
		{"response": "p-R1", "answered_at": "2025-10-26T00:30:00Z", "item": "service_improving", "value": 5.0, "comment": "hm", "attributes": `{"Tenure":"3","Site":"N\"1"}`},
		{"response": "p-R1", "answered_at": "2025-10-26T00:30:00Z", "item": "service_improving", "value": 1.0},
	}
	if d := cmp.Diff(want, table(b.Batch())); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int64{0, 0, 1}, b.Batch().Positions); d != "" {
		t.Error(d)
	}
	for i := range b.Batch().Columns {
		if got := len(b.Batch().Columns[i].Valid); got != 3 {
			t.Errorf("column %d has %d rows", i, got)
		}
	}
	for _, s := range b.Batch().Columns[b.Schema().Field("attributes")].Texts {
		if s != "" && !json.Valid([]byte(s)) {
			t.Errorf("%s is no JSON", s)
		}
	}
}

func TestBinder_UnknownNames(t *testing.T) {
	at := Rule{From: Places{"at"}}
	for name, c := range map[string]struct {
		m    Mapping
		code string
	}{
		"metric":  {Mapping{To: "feedback", Map: map[string]Rule{"feedback_id": {From: Places{"id"}}, "answered_at": at, "metric": {From: Places{"m"}}, "score": {From: Places{"v"}}}}, CodeUnknownMetric},
		"item":    {Mapping{To: "answers", Map: map[string]Rule{"response": {From: Places{"id"}}, "answered_at": at, "item": {From: Places{"m"}}, "value": {From: Places{"v"}}}}, CodeUnknownItem},
		"measure": {Mapping{To: "measures", Map: map[string]Rule{"unit": {From: Places{"id"}}, "measured_at": at, "measure": {From: Places{"m"}}, "value": {From: Places{"v"}}}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := bind(t, c.m)
			_, _, _, bad := b.Bind(row(b, map[string]string{"id": "1", "at": "2025-01-01T00:00:00Z", "m": "shmi", "v": "1e6"}), nil, 0)
			if (bad == nil) != (c.code == "") || bad != nil && bad.Code != c.code {
				t.Errorf("reject = %+v, want %q", bad, c.code)
			}
		})
	}
}

func TestNewBinder_WantsAPseudonym(t *testing.T) {
	_, err := NewBinder(feedback(), BinderOptions{})
	if err == nil || !strings.Contains(err.Error(), "customer") {
		t.Errorf("error = %v", err)
	}
}

// A row with two times makes one version of a contact for each that is there.
func TestBinder_EntriesOfADatasetWithoutValue(t *testing.T) {
	b := bind(t, Mapping{
		To:  "contacts",
		Map: map[string]Rule{"contact_id": {From: Places{"id"}}},
		Each: []map[string]Rule{
			{"updated_at": {From: Places{"opened"}}, "started_at": {From: Places{"opened"}}},
			{"updated_at": {From: Places{"closed"}}, "ended_at": {From: Places{"closed"}}},
		},
	})
	for i, cells := range []map[string]string{
		{"id": "1", "opened": "2025-01-01T00:00:00Z", "closed": "2025-01-02T00:00:00Z"},
		{"id": "2", "opened": "2025-01-03T00:00:00Z", "closed": ""},
	} {
		if n, _, _, bad := b.Bind(row(b, cells), nil, int64(i)); n != 2-i || bad != nil {
			t.Errorf("row %d makes %d records, %v", i, n, bad)
		}
	}
	want := []map[string]any{
		{"contact_id": "1", "updated_at": "2025-01-01T00:00:00Z", "started_at": "2025-01-01T00:00:00Z"},
		{"contact_id": "1", "updated_at": "2025-01-02T00:00:00Z", "ended_at": "2025-01-02T00:00:00Z"},
		{"contact_id": "2", "updated_at": "2025-01-03T00:00:00Z", "started_at": "2025-01-03T00:00:00Z"},
	}
	if d := cmp.Diff(want, table(b.Batch())); d != "" {
		t.Error(d)
	}
}

// What no rule names is kept for customers, and dropped and counted for employees, for datasets without attributes, and
// where the mapping says which attributes there are.
func TestBinder_Undeclared(t *testing.T) {
	rest := func() ([]byte, int) { return []byte(`{"a":1,"b":2}`), 2 }
	id := Rule{From: Places{"id"}}
	day := Rule{From: Places{"day"}}
	cells := map[string]string{"id": "1", "day": "2025-01-06T00:00:00Z", "v": "1"}
	for name, c := range map[string]struct {
		m       Mapping
		dropped int
		want    string
	}{
		"customers":  {Mapping{To: "contacts", Map: map[string]Rule{"contact_id": id, "updated_at": day}}, 0, `{"a":1,"b":2}`},
		"measures":   {Mapping{To: "measures", Map: map[string]Rule{"unit": id, "measured_at": day, "measure": id, "value": {From: Places{"v"}}}}, 0, `{"a":1,"b":2}`},
		"employees":  {Mapping{To: "answers", Map: map[string]Rule{"response": id, "answered_at": day, "item": {Value: ptr("service_improving")}, "value": {From: Places{"v"}}}}, 2, ""},
		"no field":   {Mapping{To: "events", Map: map[string]Rule{"event_id": id, "kind": {Value: ptr("incident")}, "occurred_at": day}}, 2, ""},
		"named ones": {Mapping{To: "contacts", Map: map[string]Rule{"contact_id": id, "updated_at": day, "attributes": {From: Places{"v", "w"}}}}, 2, `{"v":"1"}`},
	} {
		t.Run(name, func(t *testing.T) {
			b := bind(t, c.m)
			n, dropped, _, bad := b.Bind(row(b, cells), rest, 0)
			if n != 1 || bad != nil || dropped != c.dropped {
				t.Fatalf("%d records, %d dropped, %v", n, dropped, bad)
			}
			got, _ := table(b.Batch())[0]["attributes"].(string)
			if got != c.want {
				t.Errorf("attributes %s, want %s", got, c.want)
			}
		})
	}
}

// Texts of a batch stay what they were when the batch is used again.
func TestBinder_TextsAreNotReused(t *testing.T) {
	b := bind(t, Mapping{To: "contacts", Map: map[string]Rule{"contact_id": {From: Places{"id"}}, "updated_at": {Value: ptr("2025-01-01T00:00:00Z")}}})
	var kept, want []string
	for i := range 20000 {
		id := strings.Repeat(string(rune('a'+i%26)), i%50+1)
		b.Bind(row(b, map[string]string{"id": id}), nil, 0)
		kept = append(kept, b.Batch().Columns[0].Texts[b.Rows()-1])
		want = append(want, id)
		if i%100 == 99 {
			b.Reset()
		}
	}
	if d := cmp.Diff(want, kept); d != "" {
		t.Error(d)
	}
}

// Details of rejected rows are shown to whoever runs the program: they hold nothing that says who somebody is, also where a
// mapping reads an identifying column twice, or the columns of a row have shifted.
func TestReject_ShowsNobody(t *testing.T) {
	const secret = "C-4711"
	value := func(place, word string) Rule { return Rule{From: Places{place}, Values: map[string]string{word: word}} }
	contacts := func(edit func(m map[string]Rule)) Mapping {
		m := Mapping{To: "contacts", Map: map[string]Rule{
			"contact_id": {From: Places{"id"}}, "updated_at": {From: Places{"at"}}, "customer": {From: Places{"who"}}, "team": value("team", "north"),
		}}
		edit(m.Map)
		return m
	}
	for name, c := range map[string]struct {
		m     Mapping
		cells map[string]string
		field string
		says  string
	}{
		"a customer": {contacts(func(m map[string]Rule) { m["customer"] = value("who", "nobody") }), map[string]string{"who": secret}, "customer", "not shown"},
		"the place of a customer, read for another field": {contacts(func(m map[string]Rule) { m["segment"] = value("who", "gold") }), map[string]string{"who": secret}, "segment", "not shown"},
		"an address where the team should be":             {contacts(func(map[string]Rule) {}), map[string]string{"team": secret + "@home.example"}, "team", "[e-mail]"},
		"a telephone where the time should be":            {contacts(func(map[string]Rule) {}), map[string]string{"at": "+44 20 7946 0958"}, "updated_at", "[phone]"},
		"a field of employees": {Mapping{To: "answers", Map: map[string]Rule{
			"response": {From: Places{"id"}}, "answered_at": {From: Places{"at"}}, "team": value("team", "north"), "item": {From: Places{"item"}}, "value": {From: Places{"score"}},
		}}, map[string]string{"team": secret, "item": "service_improving", "score": "3"}, "team", "not shown"},
	} {
		b, err := NewBinder(c.m, BinderOptions{Pseudonym: pseudonym, Scale: scale})
		if err != nil {
			t.Fatal(err)
		}
		cells := map[string]string{"id": "1", "at": "2025-03-01T10:00:00Z", "who": "x", "team": "north"}
		for k, v := range c.cells {
			cells[k] = v
		}
		_, _, _, bad := b.Bind(row(b, cells), nil, 0)
		if bad == nil || bad.Field != c.field || !strings.Contains(bad.Detail, c.says) {
			t.Errorf("%s: %+v", name, bad)
			continue
		}
		for _, word := range []string{secret, "7946", "P-", "p-"} {
			if strings.Contains(bad.Detail, word) {
				t.Errorf("%s: %s", name, bad.Detail)
			}
		}
	}
	if got := columnsFault([]string{"a", secret + "@home.example"}, false).text; strings.Contains(got, secret) || !strings.Contains(got, `"a", "[e-mail]"`) {
		t.Error(got)
	}
}
