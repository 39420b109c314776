package pipelines

import (
	"os"
	"path/filepath"
	"testing"

	"insideout/models"
)

func pairSeen(q models.Figure) []models.Finding {
	return []models.Finding{{Condition: "flow", Outcome: "nps", Q: q, Within: models.Estimate{OK: true}}}
}

func TestLooks_ANewPairWaitsForTheNextLook(t *testing.T) {
	l := ledger{}
	for i, step := range []struct {
		end   string
		q     models.Figure
		look  int
		again bool
	}{
		{"2025-W10", .9, 1, false},
		{"2025-W11", .01, 2, false}, // new in a later look
		{"2025-W11", .01, 2, false}, // late rows of the same week are the same look
		{"2025-W12", .01, 3, true},  // seen again
		{"2025-W13", .9, 4, true},   // gone
		{"2025-W14", .01, 5, false}, // and back: it waits again
		{"2025-W12", .01, 3, true},  // the data cut back: later looks are dropped
		{"2025-W13", .01, 4, true},
	} {
		f := pairSeen(step.q)
		if n := l.enter("spec", step.end, f); n != step.look || f[0].Look != step.look || f[0].Again != step.again {
			t.Errorf("step %d: look %d, again %v, want %d, %v", i, f[0].Look, f[0].Again, step.look, step.again)
		}
	}
	if n := l.enter("another question", "2025-W14", pairSeen(.01)); n != 1 {
		t.Errorf("another question begins at look %d", n)
	}
}

func TestLooks_OutliveTheRun(t *testing.T) {
	dir := t.TempDir()
	l, err := readLooks(dir)
	if err != nil || len(l) != 0 {
		t.Fatalf("%v, %v", l, err)
	}
	l.enter("spec", "2025-W10", pairSeen(.01))
	if err := writeJSON(filepath.Join(dir, looksFile), l, 0o644); err != nil {
		t.Fatal(err)
	}
	if l, err = readLooks(dir); err != nil || len(l["spec"]) != 1 || l["spec"][0].Seen[0] != "flow/nps" {
		t.Errorf("%v, %v", l, err)
	}
	if err := os.WriteFile(filepath.Join(dir, looksFile), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readLooks(dir); err == nil {
		t.Error("a broken ledger is read")
	}
}
