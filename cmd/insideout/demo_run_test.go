package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"insideout/cmd/insideout/story"
	"insideout/models"
	"insideout/pipelines/report"
)

// TestDemo_SaysWhatIsTrue runs the demonstration as a newcomer does and holds the report against what was planted: the true
// link is found with lags that hold the true one, the spurious one is not claimed, and of the small one the report says
// what could have been seen. A second time nothing changes; from an empty lake the same bytes come out.
func TestDemo_SaysWhatIsTrue(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	out := insideout(t, 0, "demo", dir)
	if !strings.Contains(out, filepath.Join(dir, "out", "report.html")) || !strings.Contains(out, filepath.Join(dir, "out", "warehouse.duckdb")) {
		t.Errorf("the end does not name report and warehouse:\n%s", out)
	}
	config := filepath.Join(dir, "insideout.yaml")
	r := readReport(t, config)
	if !r.MadeUp {
		t.Error("the report does not say that the company is made up")
	}
	for _, p := range story.Planted() {
		i := slices.IndexFunc(r.Link.Findings, func(f report.FindingView) bool { return f.Condition == p.Condition && f.Outcome == p.Outcome })
		if i < 0 {
			t.Fatalf("nothing is said of %s and %s", p.Condition, p.Outcome)
		}
		f := r.Link.Findings[i]
		switch p.Kind {
		case "lagged":
			// A C at least: what is planted is there, and how far beyond that the rest of the tests carries is the data's to say.
			if !slices.Contains([]models.Grade{models.GradeA, models.GradeB, models.GradeC}, f.Finding.Grade()) || !slices.Contains(f.LagSet, p.Lag) || f.Within.Slope >= 0 {
				t.Errorf("%s and %s, lag %d: grade %s, lags %v, slope %v", p.Condition, p.Outcome, p.Lag, f.Finding.Grade(), f.LagSet, f.Within.Slope)
			}
		case "spurious":
			if f.Finding.Grade() != models.GradeD || f.Between.RLow < .3 {
				t.Errorf("%s and %s: grade %s, between teams from %v: the trap is not there, or the report fell into it", p.Condition, p.Outcome, f.Finding.Grade(), f.Between.RLow)
			}
		case "small":
			if f.Finding.Grade() != models.GradeD || !f.MDE.Known() || f.MDE <= 0 {
				t.Errorf("%s and %s: grade %s, detectable %v", p.Condition, p.Outcome, f.Finding.Grade(), f.MDE)
			}
		}
	}
	text := insideout(t, 0, "report", "--config", config)
	for _, want := range []string{"we could have", "Made-up company", "rejected"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q", want)
		}
	}

	before := published(t, dir)
	if again := insideout(t, 0, "demo", dir); !strings.Contains(again, "nothing changed") {
		t.Errorf("a second time says:\n%s", again)
	}
	same(t, "after a second run", before, published(t, dir))
	for _, gone := range []string{"lake", "out"} {
		if err := os.RemoveAll(filepath.Join(dir, gone)); err != nil {
			t.Fatal(err)
		}
	}
	insideout(t, 0, "demo", dir)
	same(t, "from an empty folder", before, published(t, dir))
}

// published reads the three forms of the report.
func published(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{"report.html", "report.txt", "report.json"} {
		b, err := os.ReadFile(filepath.Join(dir, "out", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
	}
	return files
}

func same(t *testing.T, when string, a, b map[string][]byte) {
	t.Helper()
	for name := range a {
		if !bytes.Equal(a[name], b[name]) {
			t.Errorf("%s: %s has other bytes", when, name)
		}
	}
}
