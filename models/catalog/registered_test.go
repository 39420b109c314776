package catalog

import (
	"strings"
	"testing"
)

func TestLoad_NamesEveryMistakeOfWhatIsRegistered(t *testing.T) {
	_, problems := Load("own.yaml", []byte(`
version: 1
scoring: {answered: 1.5}
hypotheses:
  - {id: a, condition: flow, outcome: nps, direction: up}
  - {id: a, condition: flow, outcome: nps, direction: lower, lags: [4, 1], registered: soon}
  - {id: b, outcome: nps, direction: lower, lags: [1, 27]}
incidents:
  - {id: x, from: 2025-03-03}
actions:
  - {id: x, from: 2025-13-01, label: New desk}
  - {id: y, from: 2025-03-03, until: 2025-03-02, label: New desk}
`))
	got := ""
	for _, p := range problems {
		got += p.Path + ": " + p.Message + "\n"
	}
	want := `scoring.answered: a share of 1.5
hypotheses[0].direction: direction "up"
hypotheses[1].id: hypothesis "a" is listed twice
hypotheses[1].lags: [4 1] is no range of lags
hypotheses[1].registered: "soon" is no date
hypotheses[2]: hypothesis "b" lacks one of its two series
hypotheses[2].lags: [1 27] is no range of lags
incidents[0]: "x" has no label
actions[0].id: action "x" is listed twice
actions[0].from: "2025-13-01" is no date
actions[1].until: "y" ends before it begins
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestMerge_RefusesHypothesesAboutNothing(t *testing.T) {
	own := load(t, `
version: 1
hypotheses:
  - {id: a, condition: nps, outcome: flow, direction: lower}
`)
	_, err := Default().Merge(own)
	if err == nil || !strings.Contains(err.Error(), `hypothesis a has the condition "nps"`) || !strings.Contains(err.Error(), `the outcome "flow"`) {
		t.Errorf("%v", err)
	}
}

// On 1 to 5 the map of the built-in catalogue takes 4 and 5 for favourable, 1 and 2 for unfavourable: 75 and 25 of 100 where 1 is
// nothing; 4/5 and 2/5 where it is a fifth.
func TestThresholds_FollowTheScoring(t *testing.T) {
	item := Item{Scale: []float64{1, 5}}
	if from, to, ok := Default().Thresholds(item); !ok || from != 75 || to != 25 {
		t.Errorf("%v %v %v", from, to, ok)
	}
	c, err := Default().Merge(load(t, "version: 1\nscoring: {zero_based: false}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if from, to, ok := c.Thresholds(item); !ok || from != 80 || to != 40 {
		t.Errorf("%v %v %v", from, to, ok)
	}
}
