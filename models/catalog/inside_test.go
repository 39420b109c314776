package catalog

import (
	"strings"
	"testing"
)

// The map that vendors disagree on, by scale: five points as everybody has it, six as Viva Glint has it, eleven as 0 to 10.
func TestThresholds_AreScores(t *testing.T) {
	for _, tc := range []struct {
		scale    []float64
		from, to float64
		known    bool
	}{
		{[]float64{1, 5}, 75, 25, true},
		{[]float64{1, 6}, 60, 40, true}, // 4 of 1 to 6 is 3/5 of the way, 3 is 2/5
		{[]float64{0, 10}, 90, 60, true},
		{[]float64{1, 2}, 100, 0, true},
		{[]float64{0, 100}, 0, 0, false},
		{[]float64{0, 0.5}, 0, 0, false},
	} {
		from, to, known := Default().Thresholds(Item{ID: "x", Scale: tc.scale})
		if from != tc.from || to != tc.to || known != tc.known {
			t.Errorf("%v: %v, %v, %v", tc.scale, from, to, known)
		}
	}
}

func TestPulse_IsAnsweredAndNoSeries(t *testing.T) {
	c := Default()
	if lo, hi, known := c.Scale("pulse_mood"); lo != 1 || hi != 5 || !known {
		t.Errorf("scale %v to %v, %v", lo, hi, known)
	}
	if _, ok := c.Series("pulse_mood"); ok {
		t.Error("a pulse item is a series of the panel")
	}
}

func TestLoad_NamesEveryMistakeOfTheInside(t *testing.T) {
	_, problems := Load("own.yaml", []byte(`
version: 1
metrics:
  - {id: mood, name: Mood, side: outside, kind: mean, scale: [1, 5], unit: points, definition: Mood of customers.}
groups:
  - {id: team, name: Team, from: team}
  - {id: age, from: age, bands: [{name: young, below: 40}, {name: younger, below: 30}, {name: open}, {name: late}]}
  - {id: stay, name: Stay, from: tenure}
pulse:
  - {id: mood, text: How was it?, scale: [1, 5]}
  - {id: mute, scale: [5, 1], dimension: flow}
favourable:
  - {steps: 5, from: 2, to: 4}
comments: {minimum: 4}
proxies:
  - {dimension: flow}
`))
	text := problems.Error()
	for _, want := range []string{
		`"mood" is taken`, `group "team" is listed twice`, `group "age" has no name`, `band "younger" ends before`, `band "open" has no end`,
		"by days of service has no bands", `pulse "mute" has no text`, `"mute" belongs to a dimension`, "scale [5 1]", "favourable from 2 and unfavourable to 4",
		"comments of groups of 4", `proxy "" for "flow"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no message with %s in:\n%s", want, text)
		}
	}
}

func TestMerge_ListsOfTheInsideReplaceTheBuiltIn(t *testing.T) {
	own, problems := Load("own.yaml", []byte("version: 1\ngroups: [{id: grade, name: Grade, from: grade}]\ncomments: {minimum: 20, by: grade}\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	c, err := Default().Merge(own)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Groups) != 1 || c.Groups[0].ID != "grade" || c.CommentsMinimum() != 20 || c.CommentsBy() != "grade" {
		t.Errorf("groups %+v, comments %+v", c.Groups, c.Comments)
	}
	if len(c.Pulse) != 1 || len(c.Favourable) != 10 {
		t.Errorf("what was not written is gone: %+v, %+v", c.Pulse, c.Favourable)
	}
	if Default().CommentsBy() != "team" || Default().CommentsMinimum() != 10 {
		t.Errorf("built-in comments: %s, %d", Default().CommentsBy(), Default().CommentsMinimum())
	}
}
