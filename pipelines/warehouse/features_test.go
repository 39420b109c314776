package warehouse

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	sqlfiles "insideout/sql"
)

// Features that the data of a warehouse answer: each has a mart that says so in its header (feature:). L10 and L12 rest on words more than on a relation.
var wanted = append(append(series("E", 12), series("O", 18)...), series("L", 12, 10, 12)...)

// pending are features of the employee side whose marts are not here yet. An entry whose mart has come must be taken out.
var pending []string

func series(letter string, n int, but ...int) []string {
	var out []string
	for i := 1; i <= n; i++ {
		if !slices.Contains(but, i) {
			out = append(out, fmt.Sprintf("%s%d", letter, i))
		}
	}
	return out
}

// TestFeatures_HaveTheirMarts holds the table from feature to mart to columns: complete, and without ids that are none.
func TestFeatures_HaveTheirMarts(t *testing.T) {
	relations, problems := loadRelations(sqlfiles.Files)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	form := regexp.MustCompile(`^(E([1-9]|1[0-2])|O([1-9]|1[0-8])|L([1-9]|1[0-2])|N([1-9]|1\d|2[0-6]))$`)
	served := map[string][]string{}
	for _, t := range told {
		relations = append(relations, t.table)
	}
	for _, r := range relations {
		for _, id := range r.Features {
			if !form.MatchString(id) {
				t.Errorf("%s: feature %q is none of E1-E12, O1-O18, L1-L12, N1-N26", r.Name, id)
			}
			if len(r.Columns) == 0 {
				t.Errorf("%s serves %s without a column", r.Name, id)
			}
			names := make([]string, len(r.Columns))
			for i, c := range r.Columns {
				names[i] = c.Name
			}
			served[id] = append(served[id], r.Name+": "+strings.Join(names, ", "))
		}
	}
	for _, id := range wanted {
		have, waits := len(served[id]) > 0, slices.Contains(pending, id)
		switch {
		case !have && !waits:
			t.Errorf("no mart serves %s: write feature: %s into the header of the one that does", id, id)
		case have && waits:
			t.Errorf("%s has its mart and is listed as pending: take it out of the list", id)
		}
		for _, line := range served[id] {
			t.Log(id, "->", line)
		}
	}
}
