package main

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"insideout/models/worlds/gates"
)

func TestGateTable_AFailedGateExits4(t *testing.T) {
	no := math.NaN()
	row := func(v gates.Verdict, value float64) gates.Row {
		return gates.Row{
			World: "S0", Gate: gates.Gate{Claim: "any false", Must: gates.Bound{Low: no, High: .05}, Reference: ".047"},
			Figure: gates.Figure{Value: value, SE: .01, Reps: 500}, Verdict: v,
		}
	}
	good := newGateTable([]gates.Row{row(gates.Pass, .04), row(gates.Noise, .06), row(gates.NotYet, no)}, gates.Options{})
	if err := good.err(); err != nil {
		t.Errorf("no gate fails, and there is %v", err)
	}
	if want := "1 gates pass, 1 pass within noise, 0 fail, 1 not yet; 0 figures stated"; good.summary() != want {
		t.Errorf("summary %q, want %q", good.summary(), want)
	}
	bad := newGateTable([]gates.Row{row(gates.Pass, .04), row(gates.Fail, .08)}, gates.Options{})
	code, found := classify(bad.err())
	if code != 4 || len(found) != 1 || found[0].Message != "any false is 0.080 (+- 0.010), it must be <= 0.05" {
		t.Errorf("exit code %d, findings %+v", code, found)
	}
	var out bytes.Buffer
	if err := good.text(&out); err != nil || !strings.Contains(out.String(), "not yet") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
