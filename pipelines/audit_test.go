package pipelines

import (
	"fmt"
	"strings"
	"testing"
)

// shown is a dimension of two items in two teams: nine in red, of whom two left the second item out, and eight in blue; two of each team are north.
func shown(sums ...*sum) *view {
	red, other, blue := seat{"red", true}, seat{"red", false}, seat{"blue", true}
	south, north := map[string]string{"site": "south"}, map[string]string{"site": "north"}
	return &view{dimension: "flow", items: map[string][]string{"red": {"f1", "f2"}, "blue": {"f1", "f2"}}, told: map[string]bool{}, sums: sums,
		people: []person{{[]seat{red}, south, 5}, {[]seat{red}, north, 2}, {[]seat{other}, south, 2}, {[]seat{blue}, south, 6}, {[]seat{blue}, north, 2}}}
}

func TestAudit_FindsWhatIsExposed(t *testing.T) {
	flow := []*sum{{"flow", "team", "red", "", 9}, {"flow", "team", "blue", "", 8}}
	items := []*sum{{"f1", "team", "red", "", 7}, {"f2", "team", "red", "", 7}}
	for _, tc := range []struct {
		name string
		of   *view
		want string // "" for nothing
	}{
		{"two teams", shown(flow...), ""},
		{"a team and its group of two", shown(append(flow, &sum{"flow", "group", "site", "north", 4})...), "4 people of blue, red"},
		{"a group in teams that are not told", shown(flow[1], &sum{"flow", "group", "site", "north", 2}), "2 people of blue"},
		{"the dimension and its items: the two who left one out", shown(append(items, flow...)...), "2 people of red"},
		{"the dimension and one item", shown(items[0], flow[0]), ""},
		{"an item and how far it lies from the dimension give the dimension of those who left none out",
			shown(items[0], flow[0], &sum{"f1", "deviation", "red", "", 7}), "2 people of red"},
		{"the total of told teams", shown(append(flow, &sum{"flow", "total", "site", "", 17})...), ""},
		{"a number that rests on others than those counted", shown(&sum{"flow", "team", "red", "", 8}), "other people"},
	} {
		got := new(audited)
		got.look(about{dimension: "flow"}, tc.of, 5)
		said := strings.Trim(fmt.Sprint(got.exposed), "[]")
		if tc.want == "" && said != "" || !strings.Contains(said, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.name, said, tc.want)
		}
		if got.sums != len(tc.of.sums) {
			t.Errorf("%s: %d sums looked at of %d", tc.name, got.sums, len(tc.of.sums))
		}
	}
}
