package fit

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"insideout/models"
)

// sample reads a simulated panel and the effects planted in it: condition, outcome, lag, size.
func sample(t *testing.T, name string) (*models.Panel, [][]float64) {
	dir := filepath.Join(sharedDir(t), "simulation", "samples", name)
	tab := readTable(t, filepath.Join(dir, "panel.csv"))
	var truth struct {
		Params struct{ Effects [][]float64 }
	}
	b, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &truth); err != nil {
		t.Fatal(err)
	}
	period := tab.numbers(t, "period")
	for i := range period {
		period[i] += 1970
	}
	var ids []string
	var columns [][]float64
	for _, name := range tab.header {
		if name[0] == 'x' || name[0] == 'y' {
			ids, columns = append(ids, name), append(columns, tab.numbers(t, name))
		}
	}
	p := panelOf(t, tab.text["team"], period, ids, columns...)
	p.Grain = models.Week
	answers := tab.numbers(t, "n_resp")
	for k := range p.Series {
		s := &p.Series[k]
		if s.ID[0] == 'y' {
			s.Side = models.Outside
			continue
		}
		s.Side = models.Inside
		for i, n := range answers { // one answer has a standard deviation of .9
			g, _ := slices.BinarySearch(p.Teams, tab.text["team"][i])
			s.SE[g*p.Periods+int(period[i])-1970] = .9 / math.Sqrt(n)
		}
	}
	return p, truth.Params.Effects
}

// The samples are fixed and their truth is known. Where nothing is planted nothing is found; where effects of .2 are planted under noise that
// halves them, what is found is planted and the set of lags holds the planted one. Each of the ten planted is found with a chance of .23 (the
// reference's power), so that a sound method finds none of them with one of .07; in these two samples some are.
func TestRun_SimulatedSamples(t *testing.T) {
	found := map[int]int{}
	for _, name := range []string{"S0_null_101", "S0_null_102", "S1_sparse_101", "S1_sparse_102"} {
		p, effects := sample(t, name)
		for _, draws := range []int{0, 1999} {
			res := Run(p, Spec{MaxLag: 6, FDR: .05, Draws: draws})
			if strings.HasPrefix(name, "S0") && res.Found > 0 || res.Tested != 24 {
				t.Errorf("%s: found %d of %d", name, res.Found, res.Tested)
			}
			found[draws] += res.Found
			for _, f := range res.Findings {
				if !(f.Q <= .05) {
					continue
				}
				i := slices.IndexFunc(effects, func(e []float64) bool {
					return f.Condition == fmt.Sprintf("x%.0f", e[0]) && strings.HasPrefix(f.Outcome, fmt.Sprintf("y%.0f", e[1]))
				})
				if i < 0 {
					t.Errorf("%s: %s and %s are found, and nothing is planted", name, f.Condition, f.Outcome)
				} else if !slices.Contains(f.LagSet, int(effects[i][2])) {
					t.Errorf("%s: %s and %s at lags %v, planted %v", name, f.Condition, f.Outcome, f.LagSet, effects[i][2])
				}
			}
		}
	}
	for draws, n := range found {
		if n == 0 {
			t.Errorf("with %d draws nothing that is planted is found", draws)
		}
	}
}
