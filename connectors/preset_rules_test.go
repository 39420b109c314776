package connectors_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"insideout/connectors"
	"insideout/models"
)

// row binds one row of texts, in the order of the binder's places, and gives the named fields.
func row(t *testing.T, b *connectors.Binder, texts []string, fields ...string) ([]string, *models.Reject) {
	t.Helper()
	values := make([]connectors.Value, len(texts))
	for i, s := range texts {
		if s != "absent" {
			values[i] = connectors.Value{Kind: connectors.String, Bytes: []byte(s)}
		}
	}
	b.Reset()
	_, _, _, bad := b.Bind(values, nil, 0)
	if bad != nil {
		return nil, bad
	}
	batch := b.Batch()
	var out []string
	for _, name := range fields {
		c := &batch.Columns[b.Schema().Field(name)]
		switch {
		case !c.Valid[0]:
			out = append(out, "-")
		case len(c.Texts) > 0:
			out = append(out, c.Texts[0])
		default:
			out = append(out, time.UnixMicro(c.Ints[0]).UTC().Format(time.RFC3339))
		}
	}
	return out, nil
}

func constant(s string) connectors.Rule { return connectors.Rule{Value: &s} }

// One place that holds two kinds of ids, and a path with levels of its own.
func TestRule_StartsAndLevels(t *testing.T) {
	b, err := connectors.NewBinder(connectors.Mapping{To: "contacts", Map: map[string]connectors.Rule{
		"contact_id": constant("c"), "updated_at": constant("2025-01-01T00:00:00Z"),
		"team":    {From: connectors.Places{"owner"}, Starts: "00G"},
		"channel": {From: connectors.Places{"owner"}, Starts: "005"},
		"reason":  {From: connectors.Places{"about"}, Levels: "::"},
	}}, connectors.BinderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, p := range b.Places() {
		at[p] = i
	}
	for _, c := range []struct{ owner, about, want string }{
		{"00G1", "A::B::C", "00G1 - A/B/C"}, {"0051", "A", "- 0051 A"}, {"001", "", "- - -"}, {"", "::", "- - /"},
	} {
		texts := make([]string, 2)
		texts[at["owner"]], texts[at["about"]] = c.owner, c.about
		got, bad := row(t, b, texts, "team", "channel", "reason")
		if bad != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%q %q: %q %v, want %q", c.owner, c.about, got, bad, c.want)
		}
	}
	for _, m := range []connectors.Rule{{From: connectors.Places{"x"}, Starts: "a"}, {From: connectors.Places{"x"}, Levels: "a"}} {
		ps := connectors.Mapping{To: "contacts", Map: map[string]connectors.Rule{"contact_id": constant("c"), "updated_at": m}}.Check(connectors.BinderOptions{})
		if len(ps) != 1 || !strings.Contains(ps[0].Message, "starts and levels") {
			t.Errorf("%+v: %v", m, ps)
		}
	}
}

// A place may be missing when every rule that reads it says so, and never when a filter does.
func TestBinder_Optional(t *testing.T) {
	b, err := connectors.NewBinder(connectors.Mapping{To: "contacts", Map: map[string]connectors.Rule{
		"contact_id": {From: connectors.Places{"id"}}, "updated_at": constant("2025-01-01T00:00:00Z"),
		"team": {From: connectors.Places{"team"}, Optional: true}, "channel": {From: connectors.Places{"kind"}, Optional: true},
		"reason": {From: connectors.Places{"kind"}}, "outcome": {From: connectors.Places{"state"}, Optional: true},
	}, Where: map[string][]string{"state": {"", "x"}}}, connectors.BinderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, o := range b.Optional() {
		if o {
			got = append(got, b.Places()[i])
		}
	}
	if d := cmp.Diff([]string{"team"}, got); d != "" {
		t.Error(d)
	}
}

// The zone of a source's own place comes before the run's and after the rule's. Denver is seven hours behind UTC in
// winter and six in summer, Tokyo nine ahead.
func TestBinder_InZone(t *testing.T) {
	denver, err := time.LoadLocation("America/Denver")
	if err != nil {
		t.Fatal(err)
	}
	const layout = "2006-01-02 15:04"
	b, err := connectors.NewBinder(connectors.Mapping{To: "contacts", Map: map[string]connectors.Rule{
		"contact_id": constant("c"),
		"updated_at": {From: connectors.Places{"a"}, Time: layout},
		"started_at": {From: connectors.Places{"b"}, Time: layout, Zone: "Asia/Tokyo"},
		"ended_at":   {From: connectors.Places{"c"}, Time: layout},
	}}, connectors.BinderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	read := func(when string) string {
		got, bad := row(t, b, []string{when, when, when}, "updated_at", "started_at", "ended_at")
		if bad != nil {
			t.Fatal(bad)
		}
		return strings.Join(got, " ")
	}
	for _, c := range []struct {
		zones map[string]*time.Location
		when  string
		want  string
	}{
		{nil, "2025-01-10 10:00", "2025-01-10T10:00:00Z 2025-01-10T01:00:00Z 2025-01-10T10:00:00Z"},
		{map[string]*time.Location{"a": denver, "b": denver}, "2025-01-10 10:00", "2025-01-10T17:00:00Z 2025-01-10T01:00:00Z 2025-01-10T10:00:00Z"},
		{map[string]*time.Location{"a": denver, "b": denver}, "2025-07-10 10:00", "2025-07-10T16:00:00Z 2025-07-10T01:00:00Z 2025-07-10T10:00:00Z"},
		{nil, "2025-01-10 10:00", "2025-01-10T10:00:00Z 2025-01-10T01:00:00Z 2025-01-10T10:00:00Z"},
	} {
		b.InZone(c.zones)
		if got := read(c.when); got != c.want {
			t.Errorf("%v %s:\n got %s\nwant %s", c.zones, c.when, got, c.want)
		}
	}
}

// A time of another layout is named where only one can be meant, and never taken.
func TestReject_NamesTheLayout(t *testing.T) {
	b, err := connectors.NewBinder(connectors.Mapping{To: "contacts", Map: map[string]connectors.Rule{
		"contact_id": constant("c"), "updated_at": {From: connectors.Places{"at"}, Time: "2006/01/02"},
	}}, connectors.BinderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2025-03-03 10:15:00":          `"2006-01-02 15:04:05"`,
		"2025-03-03T10:15:00Z":         `"2006-01-02T15:04:05Z07:00"`,
		"2025-03-03T10:15:00.000+0000": `"2006-01-02T15:04:05.000Z0700"`,
		"03-04-2025 10:15":             `"02-01-2006 15:04"`,
		"23/04/2025 10:15":             `"02/01/2006 15:04"`,
		"04/23/2025 10:15":             `"01/02/2006 15:04"`,
		"03/04/2025 10:15":             "say how it is written", // day or month first?
		"1741000000":                   `"unix_s"`,
		"1741000000000":                `"unix_ms"`,
		"soon":                         "say how it is written",
	} {
		if _, bad := row(t, b, []string{text}); bad == nil || !strings.Contains(bad.Detail, want) {
			t.Errorf("%s: %+v, want %s", text, bad, want)
		}
	}
}

// A mapping over another: rules replace or complete, entries replace, filters go by place, nothing is changed in place.
func TestMapping_Over(t *testing.T) {
	from := func(p string) connectors.Rule { return connectors.Rule{From: connectors.Places{p}} }
	unknown := "unknown"
	base := connectors.Mapping{To: "contacts", Map: map[string]connectors.Rule{"contact_id": from("id"), "team": from("group"), "updated_at": {From: connectors.Places{"at"}, Time: "2006"}},
		Each: []map[string]connectors.Rule{{"team": from("a")}}, Where: map[string][]string{"s": {"1"}, "k": {"2"}}}
	own := connectors.Mapping{Map: map[string]connectors.Rule{
		"team": {Values: map[string]string{"1": "billing"}, Otherwise: &unknown}, "updated_at": {Zone: "UTC"}, "contact_id": from("key"), "reason": from("why"),
	}, Where: map[string][]string{"s": {"3"}}}
	want := connectors.Mapping{To: "contacts", Map: map[string]connectors.Rule{
		"contact_id": from("key"), "reason": from("why"), "updated_at": {From: connectors.Places{"at"}, Time: "2006", Zone: "UTC"},
		"team": {From: connectors.Places{"group"}, Values: map[string]string{"1": "billing"}, Otherwise: &unknown},
	}, Each: base.Each, Where: map[string][]string{"s": {"3"}, "k": {"2"}}}
	if d := cmp.Diff(want, own.Over(base)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if base.Map["team"].Values != nil || base.Where["s"][0] != "1" {
		t.Error("the base was changed")
	}
	if d := cmp.Diff(base, connectors.Mapping{}.Over(base)); d != "" {
		t.Errorf("nothing over a base (-want +got):\n%s", d)
	}
}
