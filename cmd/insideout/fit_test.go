package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"insideout/models"
	"insideout/models/fit"
)

// sampleTruth is what a sample of the reference generator says is true.
type sampleTruth struct {
	Scenario string
	Pairs    []struct{ Dim, Outcome, Lag int } `json:"true_pairs"`
	CES      [][]float64                       `json:"beta_ces_scale"`
}

const sampleSpec = `conditions: [x0, x1, x2, x3, x4, x5, x6, x7]
outcomes: [y0_nps, y1_ces, y2_failure_rate]
max_lag: 6
fdr: 0.05
series:
  x0: {n: n_resp, sd: %[1]v, scale: 4}
  x1: {n: n_resp, sd: %[1]v, scale: 4}
  x2: {n: n_resp, sd: %[1]v, scale: 4}
  x3: {n: n_resp, sd: %[1]v, scale: 4}
  y1_ces: {n: m_cust, sd: 1.5}
`

// TestFit_SamplesMeetTheirTruth runs the samples of the reference generator. Their files are fixed, so what is asked holds or does not; it is what
// a sound method does on nearly every world of these scenarios.
func TestFit_SamplesMeetTheirTruth(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(sharedData(t), "..", "simulation", "samples", "*"))
	if err != nil || len(dirs) == 0 {
		t.Skip("there are no samples of the reference generator beside the repository")
	}
	outcomes := []string{"y0_nps", "y1_ces", "y2_failure_rate"}
	// With others held fixed something false is found in a null world in 3 of 100, in a world with effects in about 10 (the reference): .7 in
	// these eight, and more than 2 with a chance of .03. One at a time, a method that holds nothing fixed finds more than ten stand-ins.
	var standIns atomic.Int32
	t.Cleanup(func() {
		if n := standIns.Load(); n > 2 {
			t.Errorf("%d pairs are found beside the other conditions where nothing is", n)
		}
	})
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(filepath.Join(dir, "truth.json"))
			if err != nil {
				t.Fatal(err)
			}
			var truth sampleTruth
			if err := json.Unmarshal(b, &truth); err != nil {
				t.Fatal(err)
			}
			exact := strings.HasPrefix(truth.Scenario, "S3")
			spec := fmt.Sprintf(sampleSpec, .9)
			if exact {
				spec = strings.ReplaceAll(fmt.Sprintf(sampleSpec, 0), "sd: 0,", "")
			}
			specFile := filepath.Join(t.TempDir(), "spec.yaml")
			if err := os.WriteFile(specFile, []byte(spec), 0o600); err != nil {
				t.Fatal(err)
			}
			panelFile := filepath.Join(dir, "panel.csv")
			var out bytes.Buffer
			if code := Main(context.Background(), []string{"fit", panelFile, "--spec", specFile, "--json"}, nil, &out, io.Discard); code != 0 {
				t.Fatalf("exit code %d: %s", code, out.String())
			}
			var e struct {
				Result struct {
					Findings []models.Finding
					Tested   int
				}
			}
			if err := json.Unmarshal(out.Bytes(), &e); err != nil {
				t.Fatal(err)
			}
			if e.Result.Tested != 24 {
				t.Errorf("%d pairs tested, want 24", e.Result.Tested)
			}
			p, _, err := loadFit(panelFile, specFile)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range e.Result.Findings {
				lag, real := -1, false
				for _, pair := range truth.Pairs {
					if fmt.Sprintf("x%d", pair.Dim) == f.Condition && outcomes[pair.Outcome] == f.Outcome {
						lag, real = pair.Lag, true
					}
				}
				found := f.Q <= .05
				// Conditions that move together stand in for one another (S2): one at a time they are found and must be.
				if found && !real && !strings.HasPrefix(truth.Scenario, "S2") {
					t.Errorf("%s, %s is found (q %v) and nothing is there", f.Condition, f.Outcome, f.Q)
				}
				if f.Joint.Q <= .05 && !real { // with the others held fixed, stand-ins are not
					t.Logf("%s, %s is found beside the other conditions (q %v) and nothing is there", f.Condition, f.Outcome, f.Joint.Q)
					standIns.Add(1)
				}
				if found && real && (lag < slices.Min(f.LagSet)-1 || lag > slices.Max(f.LagSet)+1) {
					t.Errorf("%s, %s is found at lags %v, it is at %d", f.Condition, f.Outcome, f.LagSet, lag)
				}
				if !real || f.Outcome != "y1_ces" {
					continue
				}
				// The score is linear in the latent outcome, so its slope is known: as it is where conditions are exact, once noise is
				// out where they are not. 3.5 standard errors: about once in two thousand.
				q := fit.Question{Panel: p, Condition: f.Condition, Outcome: f.Outcome}
				got, want := q.Corrected(lag), truth.CES[f.Condition[1]-'0'][1]
				if exact {
					at := slices.IndexFunc(f.Lags, func(l models.LagPoint) bool { return l.Lag == lag })
					got = f.Lags[at].Estimate
				}
				if !got.OK || math.Abs(float64(got.Slope)-want) > 3.5*float64(got.SE) {
					t.Errorf("%s, %s at lag %d: slope %v (se %v), the truth is %v", f.Condition, f.Outcome, lag, got.Slope, got.SE, want)
				}
			}
		})
	}
}
