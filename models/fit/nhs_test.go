package fit

import (
	"math"
	"path/filepath"
	"testing"

	"insideout/models"
)

// nhsPanel is the published staff survey by trust and year against the hospital mortality index.
func nhsPanel(t *testing.T, conditions ...string) *models.Panel {
	tab := readTable(t, filepath.Join(sharedDir(t), "data", "nhs_staff_inpatient_2012_2019", "data.NHS.2012_2019.csv"))
	ids := append(conditions, "SHMI.Index")
	var columns [][]float64
	for _, id := range ids {
		columns = append(columns, tab.numbers(t, id))
	}
	return panelOf(t, tab.text["Code"], tab.numbers(t, "Year.Index"), ids, columns...)
}

// The expected figures were computed with pandas by the authors of the data set's description, unweighted.
func TestRun_NHSMortalityIsBetweenTrustsOnly(t *testing.T) {
	res := Run(nhsPanel(t, "RecommendWork.Index"), Spec{Weights: Unweighted})
	f := res.Findings[0]
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"pooled r", float64(f.Pooled.R), -0.217},
		{"between r", float64(f.Between.R), -0.258},
		{"within r", float64(f.Within.R), -0.039},
		{"n", float64(f.Pooled.N), 1072},
		{"trusts", float64(f.Between.Teams), 144},
	} {
		if math.Abs(c.got-c.want) > .0005 {
			t.Errorf("%s = %v, want %v", c.what, c.got, c.want)
		}
	}
	if f.Lag != 0 || len(f.LagSet) != 0 || len(f.Lags) != 0 {
		t.Errorf("a lag is named on eight years: lag %d, set %v, profile of %d", f.Lag, f.LagSet, len(f.Lags))
	}
	if !f.Has(CodeShortPanel) || res.Refusals[0].Code != CodeShortPanel || res.MaxLag != 0 {
		t.Errorf("the panel is not said to be short: %v, %v", f.Doubts, res.Refusals)
	}
	if f.Grade() != models.GradeD || f.Evidence != models.Association || res.Found != 0 {
		t.Errorf("grade %s, evidence %q, found %d: nothing may be claimed within trusts", f.Grade(), f.Evidence, res.Found)
	}
	if !(f.MDE > 0) || !(f.MDER > 0 && f.MDER < .3) {
		t.Errorf("what could have been seen is not said: %v, as r %v", f.MDE, f.MDER)
	}
}

// Trusts whose staff report more stress have the lower mortality (r -.1898987 over 144 trusts by pandas): a sign that nobody should act upon. It is
// flagged, what recommending says is not, and neither is claimed inside trusts.
func TestRun_NHSImplausibleSignIsFlagged(t *testing.T) {
	p := nhsPanel(t, "WorkStress.Index", "RecommendWork.Index")
	p.Find("WorkStress.Index").Higher, p.Find("RecommendWork.Index").Higher, p.Find("SHMI.Index").Higher = -1, 1, -1
	for _, weights := range []Weighting{Precision, Unweighted} {
		res := Run(p, Spec{Weights: weights})
		stress, recommend := res.Findings[0], res.Findings[1]
		if math.Abs(float64(stress.Between.R)+.18989866) > 5e-8 || !(stress.Between.RHigh < 0) || !stress.Has(CodeAgainstSense) {
			t.Errorf("stress: between r %v, doubts %v", stress.Between.R, stress.Doubts)
		}
		if !(recommend.Between.RHigh < 0) || recommend.Has(CodeAgainstSense) {
			t.Errorf("recommending: between r %v, doubts %v", recommend.Between.R, recommend.Doubts)
		}
		if res.Found != 0 || stress.Grade() != models.GradeD || recommend.Grade() != models.GradeD {
			t.Errorf("claimed inside trusts: found %d, grades %s and %s", res.Found, stress.Grade(), recommend.Grade())
		}
	}
	p.Find("SHMI.Index").Higher = 0 // neither is better: no sign is against sense
	if f := Run(p, Spec{}).Findings[0]; f.Has(CodeAgainstSense) {
		t.Error("flagged without a better side")
	}
}

func TestRun_NHSPlaceholdersAreRefused(t *testing.T) {
	res := Run(nhsPanel(t, "Openness.Index"), Spec{}) // constant 0 in the published file
	if f := res.Findings[0]; f.Refused == nil || f.Refused.Code != CodeConstantCondition || f.Grade() != models.GradeNone || res.Tested != 0 {
		t.Errorf("a constant condition is not refused: %+v", f.Refused)
	}
}

// The share seen within four hours, all departments, by calendar year, against the same survey index.
func TestRun_NHSWaitingIsShownBetweenAndWithin(t *testing.T) {
	shared := sharedDir(t)
	staff := readTable(t, filepath.Join(shared, "data", "nhs_staff_inpatient_2012_2019", "data.NHS.2012_2019.csv"))
	visits := readTable(t, filepath.Join(shared, "data", "nhs_ae_attendances", "ae_attendances.csv"))
	type key struct{ code, year string }
	sums := map[key][2]float64{}
	attended, breached := visits.numbers(t, "attendances"), visits.numbers(t, "breaches")
	for i, code := range visits.text["org_code"] {
		k := key{code, visits.text["period"][i][:4]}
		s := sums[k]
		sums[k] = [2]float64{s[0] + attended[i], s[1] + breached[i]}
	}
	share := make([]float64, staff.rows)
	for i, code := range staff.text["Code"] {
		share[i] = math.NaN()
		if s, ok := sums[key{code, staff.text["Year.Index"][i]}]; ok && s[0] > 0 {
			share[i] = 1 - s[1]/s[0]
		}
	}
	p := panelOf(t, staff.text["Code"], staff.numbers(t, "Year.Index"), []string{"RecommendWork.Index", "within 4 hours"}, staff.numbers(t, "RecommendWork.Index"), share)
	f := Run(p, Spec{Weights: Unweighted}).Findings[0]
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"pooled r", float64(f.Pooled.R), 0.311},
		{"between r", float64(f.Between.R), 0.398},
		{"within r", float64(f.Within.R), 0.172},
		{"n", float64(f.Pooled.N), 521},
		{"trusts", float64(f.Between.Teams), 135},
	} {
		if math.Abs(c.got-c.want) > .0005 {
			t.Errorf("%s = %v, want %v", c.what, c.got, c.want)
		}
	}
	if f.LagSet != nil || !f.Has(CodeShortPanel) {
		t.Errorf("four years are not said to be short: %v", f.Doubts)
	}
}
