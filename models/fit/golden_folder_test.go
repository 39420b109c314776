package fit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGolden_AnotherFolder writes a folder as somebody else would and has the harness read it, in a process of its own: a case of a known method
// passes without new code, a wrong figure fails, and so does a method that nobody computes.
func TestGolden_AnotherFolder(t *testing.T) {
	// By hand: Bonferroni multiplies by four, BH by four, two, four thirds and one.
	const adjust = `{"id": "hand", "method": "METHOD", "input": "hand.csv", "roles": {"p": "p"}, "options": {},
 "expected": {"bonferroni": [0.03, 0.12, 1, 1], "BH": [0.03, FIGURE, 0.4, 0.5]}, "rel_tol": 1e-12, "notes": "four p-values"}`
	for _, c := range []struct {
		name, method, figure string
		says                 string // "": passes
	}{
		{"a new case", "p_adjust", "0.06", ""},
		{"a wrong figure", "p_adjust", "0.07", "BH[1] = 0.06, want 0.07"},
		{"an unknown method", "astrology", "0.06", `method "astrology"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write := func(file, text string) {
				t.Helper()
				file = filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write("inputs/hand.csv", "p\n0.0075\n0.03\n0.3\n0.5\n")
			write("expected/hand.json", strings.NewReplacer("METHOD", c.method, "FIGURE", c.figure).Replace(adjust))
			out, err := exec.Command(os.Args[0], "-test.run", "^TestGolden$", "-test.v", "-golden", dir).CombinedOutput()
			if c.says == "" && (err != nil || !strings.Contains(string(out), "8 figures compared")) || c.says != "" && (err == nil || !strings.Contains(string(out), c.says)) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
