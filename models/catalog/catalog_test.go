package catalog

import (
	"slices"
	"strings"
	"testing"

	"insideout/models"
)

func TestDefault_SaysWhatTheSeedsSay(t *testing.T) {
	c := Default()
	if got := len(c.Instrument.Dimensions); got != 8 {
		t.Fatalf("%d dimensions, want 8", got)
	}
	var named, own []string
	for _, d := range c.Instrument.Dimensions {
		if d.Own {
			own = append(own, d.ID)
		} else {
			named = append(named, d.ID)
		}
	}
	if want := []string{"service", "flow", "connection", "development"}; !slices.Equal(named, want) {
		t.Errorf("dimensions that are not the project's own: %v, want %v", named, want)
	}
	if len(own) != 4 {
		t.Errorf("own dimensions: %v, want four", own)
	}
	if got := len(c.Items("service")); got != 5 {
		t.Errorf("service has %d items, want the five facets", got)
	}
	for _, it := range c.Items("service") {
		if it.Own {
			t.Errorf("%s is marked as the project's own", it.ID)
		}
	}
}

// The direction of customer effort is the classic import bug: the two wordings run in opposite directions.
func TestDefault_EffortVersionsRunInOppositeDirections(t *testing.T) {
	c := Default()
	v1, v2 := c.Metric("ces_v1"), c.Metric("ces_v2")
	if v1.Direction != Lower || v2.Direction != Higher {
		t.Errorf("directions %s and %s", v1.Direction, v2.Direction)
	}
	if v1.Scale[1] != 5 || v2.Scale[1] != 7 {
		t.Errorf("scales %v and %v", v1.Scale, v2.Scale)
	}
}

func TestScale_KnowsAnswersAndItemsOnly(t *testing.T) {
	own, problems := Load("own.yaml", []byte(`
version: 1
metrics:
  - {id: overtime, name: Overtime, side: inside, kind: measure_mean, measure: overtime_hours, scale: [0, 200], direction: lower, unit: hours, definition: Mean hours.}
`))
	if problems != nil {
		t.Fatal(problems)
	}
	c, err := Default().Merge(own)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		lo, hi float64
		known  bool
	}{
		{"nps", 0, 10, true},
		{"ces_v1", 1, 5, true},
		{"service_voice", 1, 5, true},
		{"overtime_hours", 0, 200, true}, // a measure, by the metric that uses it
		{"overtime", 0, 0, false},        // the metric itself is computed
		{"failure_demand", 0, 0, false},  // nobody answers it
		{"service", 0, 0, false},
		{"nonsense", 0, 0, false},
	} {
		lo, hi, known := c.Scale(tc.name)
		if lo != tc.lo || hi != tc.hi || known != tc.known {
			t.Errorf("%s: got %v, %v, %v", tc.name, lo, hi, known)
		}
	}
}

func TestSeries_DescribesEveryID(t *testing.T) {
	c := Default()
	ids := append(c.IDs(models.Inside), c.IDs(models.Outside)...)
	if len(ids) != 8+15 {
		t.Errorf("%d ids, want 8 dimensions and 15 metrics: %v", len(ids), ids)
	}
	for _, id := range ids {
		if s, ok := c.Series(id); !ok || s.Name == "" || s.Kind == "" || s.Version == 0 || s.Unit == "" {
			t.Errorf("series %s: %+v, %v", id, s, ok)
		}
	}
	if s, _ := c.Series("nps"); s.Scale != 200 {
		t.Errorf("NPS runs from -100 to 100, got width %v", s.Scale)
	}
	if s, _ := c.Series("flow_waiting"); s.Dimension != "flow" || s.Direction.Sign() != 1 {
		t.Errorf("a facet's score is recoded so that more is better: %+v", s)
	}
}

func TestMerge_ReplacesMetricsByIDAndTheInstrumentWhole(t *testing.T) {
	own, problems := Load("own.yaml", []byte(`
version: 1
metrics:
  - {id: csat, version: 2, name: Good ratings, side: outside, kind: top_box, scale: [1, 2], top: 2, direction: higher, unit: share, definition: Share of good.}
instrument:
  id: short
  version: 3
  dimensions: [{id: pace, name: Pace}]
  items: [{id: pace_1, dimension: pace, facet: Pace, text: The pace is right., scale: [0, 10]}]
`))
	if problems != nil {
		t.Fatal(problems)
	}
	c, err := Default().Merge(own)
	if err != nil {
		t.Fatal(err)
	}
	if m := c.Metric("csat"); m.Version != 2 || m.Top != 2 {
		t.Errorf("csat was not replaced: %+v", m)
	}
	if c.Metric("nps") == nil || c.Dimension("service") != nil || c.Dimension("pace") == nil {
		t.Error("want the built-in metrics and the project's instrument")
	}
	if c.Hash() == Default().Hash() || Default().Metric("csat").Version != 1 {
		t.Error("merging must make a new catalogue and leave the built-in one alone")
	}
}

func TestMerge_RefusesOneIDForTwoThings(t *testing.T) {
	own, problems := Load("own.yaml", []byte(`
version: 1
metrics:
  - {id: service, name: Service level, side: outside, kind: measure_mean, measure: service_level, unit: share, definition: Share in time.}
`))
	if problems != nil {
		t.Fatal(problems)
	}
	if _, err := Default().Merge(own); err == nil || !strings.Contains(err.Error(), "[service]") {
		t.Errorf("got %v, want an error that names service", err)
	}
}

func TestLoad_ReportsEveryMistakeWithItsLine(t *testing.T) {
	_, problems := Load("bad.yaml", []byte(`version: 1
metrics:
  - id: NPS
    name: Net Promoter Score
    side: sideways
    kind: nps
    scale: [0, 10]
    definition: x
  - id: ratio
    name: Ratio
    side: outside
    kind: measure_ratio
    numerator: a
    definition: x
  - id: ratio
    name: Again
    side: inside
    kind: mean
    definition: x
    unti: points
instrument:
  id: i
  version: 1
  dimensions:
    - {id: d, name: D}
  items:
    - {id: q, text: Q, dimension: e, scale: [5, 1]}
`))
	want := []string{
		`bad.yaml:3: metrics[0].id: id "NPS" is not well formed`,
		`bad.yaml:3: metrics[0]: top 0 and bottom 0 do not cut the scale in three`,
		`bad.yaml:5: metrics[0].side: side "sideways"`,
		`bad.yaml:9: metrics[1]: kind measure_ratio needs denominator`,
		`bad.yaml:15: metrics[2].id: id "ratio" is taken by metrics[1]`,
		`bad.yaml:15: metrics[2]: no scale`,
		`bad.yaml:17: metrics[2].side: kind mean is computed from customers' rows`,
		`bad.yaml:20: metrics[2].unti: unknown key`,
		`bad.yaml:25: instrument.dimensions[0]: dimension "d" has no items`,
		`bad.yaml:27: instrument.items[0].dimension: item "q" belongs to dimension "e", which is not listed`,
		`bad.yaml:27: instrument.items[0].scale: scale [5 1]`,
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
