package connectors

import (
	"strings"
	"testing"
)

// numbers binds one text as the value of a measure.
func numbers(t *testing.T, r Rule) *Binder {
	t.Helper()
	r.From = Places{"v"}
	return bind(t, Mapping{To: "measures", Map: map[string]Rule{
		"unit": {Value: ptr("u")}, "measure": {Value: ptr("m")}, "measured_at": {Value: ptr("2025-01-01T00:00:00Z")}, "value": r,
	}})
}

// The expected values are the decimal numbers that the texts name.
func TestNumbers_AsTheyAreWritten(t *testing.T) {
	comma, dot, space, quote := Rule{Decimal: ",", Thousands: "."}, Rule{Thousands: ","}, Rule{Decimal: ",", Thousands: " "}, Rule{Thousands: "'"}
	points, share := Rule{Percent: "points"}, Rule{Percent: "share"}
	both := Rule{Percent: "share", Decimal: ",", Thousands: "."}
	for _, c := range []struct {
		rule Rule
		text string
		want float64
		says string // of the reject; "" for none
	}{
		{dot, "1,234,567.5", 1234567.5, ""}, {dot, "1234567.5", 1234567.5, ""}, {dot, "-1,234", -1234, ""}, {dot, "+12", 12, ""}, {dot, "999", 999, ""},
		{dot, "1,23", 0, "mark between thousands"}, {dot, "1,2345", 0, "mark between thousands"}, {dot, ",123", 0, "mark between thousands"}, {dot, "1234,567", 0, "mark between thousands"},
		{dot, "1,,234", 0, "mark between thousands"}, {dot, "1,234,", 0, "mark between thousands"}, {dot, "1.234,5", 0, "decimal mark"}, {dot, "1,234x", 0, "mark between thousands"},
		{comma, "1.234,5", 1234.5, ""}, {comma, "1.234", 1234, ""}, {comma, "1,5", 1.5, ""}, {comma, "12.34", 0, "mark between thousands"},
		{space, "1 234,5", 1234.5, ""}, {space, "1\u00a0234\u00a0567", 1234567, ""}, {space, "1\u202f234", 1234, ""}, {space, "12 34", 0, "mark between thousands"},
		{quote, "1'234.5", 1234.5, ""}, {Rule{}, "1,234", 0, "thousands:"}, {Rule{Decimal: ","}, "1.234,5", 0, "thousands:"},
		{points, "45%", 45, ""}, {points, "45 %", 45, ""}, {points, "45\u00a0%", 45, ""}, {points, "-0.5%", -.5, ""}, {points, "45", 0, "no sign of percent"}, {points, "%", 0, "decimal mark"},
		{share, "45%", .45, ""}, {share, "45.7 %", .457, ""}, {share, "7%", .07, ""}, {share, "29%", .29, ""}, {share, "100%", 1, ""}, {share, "1e1%", 0, "decimal mark"}, {share, "45 % ", 0, "no sign of percent"},
		{both, "1.234,5 %", 12.345, ""}, {Rule{}, "45%", 0, "percent: points (45) or percent: share (0.45)"}, {Rule{}, "45 %", 0, "percentage"},
	} {
		b := numbers(t, c.rule)
		_, _, _, reject := b.Bind(row(b, map[string]string{"v": c.text}), nil, 0)
		if c.says != "" {
			if reject == nil || reject.Code != CodeWrongType || !strings.Contains(reject.Detail, c.says) {
				t.Errorf("%q: %+v, want a reject that says %q", c.text, reject, c.says)
			}
			continue
		}
		if reject != nil {
			t.Errorf("%q is rejected: %s", c.text, reject.Detail)
		} else if got := b.Batch().Columns[b.Schema().Field("value")].Reals[0]; got != c.want {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
}

// A number of JSON or of a cell has its own form, whatever marks the texts of the source have.
func TestNumbers_OfJSON(t *testing.T) {
	b := numbers(t, Rule{Decimal: ",", Thousands: ".", Percent: "points"})
	if _, _, _, reject := b.Bind([]Value{{Kind: Number, Bytes: []byte("1.5")}}, nil, 0); reject != nil {
		t.Fatal(reject.Detail)
	}
	if got := b.Batch().Columns[b.Schema().Field("value")].Reals[0]; got != 1.5 {
		t.Errorf("1.5 is read as %v", got)
	}
}

func TestBinder_CellsOfSheets(t *testing.T) {
	m := Mapping{To: "contacts", Map: map[string]Rule{
		"contact_id": {From: Places{"id"}}, "updated_at": {From: Places{"at"}, Time: "02.01.2006", Zone: "Europe/London"}, "handle_seconds": {From: Places{"n"}}, "reason": {From: Places{"why"}, Null: []string{"#N/A"}},
	}}
	for name, c := range map[string]struct {
		values []Value
		field  string // that is rejected; "" for none
		at     int64  // seconds
	}{
		"a day":                    {[]Value{{String, []byte("1")}, {Moment, []byte("2025-07-01")}, {Number, []byte("5")}, {String, []byte("x")}}, "", 1751324400},
		"a moment":                 {[]Value{{String, []byte("1")}, {Moment, []byte("2025-07-01T10:00:00.5")}, {Number, []byte("5")}, {Moment, []byte("2025-07-01")}}, "", 1751360400},
		"a text":                   {[]Value{{String, []byte("1")}, {String, []byte("01.07.2025")}, {Absent, nil}, {Absent, nil}}, "", 1751324400},
		"a day as a number":        {[]Value{{String, []byte("1")}, {Moment, []byte("2025-07-01")}, {Moment, []byte("2025-07-01")}, {Absent, nil}}, "handle_seconds", 0},
		"an error":                 {[]Value{{Broken, []byte("#REF!")}, {Moment, []byte("2025-07-01")}, {Absent, nil}, {Absent, nil}}, "contact_id", 0},
		"an error that is nothing": {[]Value{{String, []byte("1")}, {Moment, []byte("2025-07-01")}, {Absent, nil}, {Broken, []byte("#N/A")}}, "", 1751324400},
		"a NUL":                    {[]Value{{String, []byte("1")}, {Moment, []byte("2025-07-01")}, {Absent, nil}, {String, []byte("x\x00y")}}, "reason", 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := bind(t, m)
			values := make([]Value, 4)
			for i, place := range []string{"id", "at", "n", "why"} {
				for k, p := range b.Places() {
					if p == place {
						values[k] = c.values[i]
					}
				}
			}
			_, _, _, reject := b.Bind(values, nil, 0)
			if (reject == nil) != (c.field == "") || reject != nil && reject.Field != c.field {
				t.Fatalf("reject %+v", reject)
			}
			if c.field == "" {
				if got := b.Batch().Columns[b.Schema().Field("updated_at")].Ints[0] / 1e6; got != c.at {
					t.Errorf("%d, want %d", got, c.at)
				}
			}
		})
	}
}
