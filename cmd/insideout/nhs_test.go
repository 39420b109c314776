package main

import (
	"math"
	"slices"
	"strings"
	"testing"

	"insideout/models"
)

// TestNHS runs the staff survey of English hospital trusts against mortality and waiting, as a user would who copied the
// example. The figures come from pandas (expected.py) and, to three decimals, from the people who published the
// data set; none comes from this program.
func TestNHS(t *testing.T) {
	config := example(t, "nhs", sharedData(t))
	insideout(t, 0, "run", "--config", config)
	r := readReport(t, config)
	var want struct {
		Rows  map[string]int64 `json:"rows"`
		Joins struct {
			Both    int      `json:"staff_and_waiting"`
			Without []string `json:"staff_without_waiting"`
			Outside int      `json:"outside_only"`
		} `json:"joins"`
		Pairs []struct {
			Condition, Outcome             string
			Cells, Units                   int
			Pooled, Between, Within, Slope float64
			SE                             float64 `json:"cr2_se"`
			DF                             float64
		} `json:"pairs"`
	}
	expected(t, "nhs", &want)

	find := func(condition, outcome string) *models.Finding {
		for i := range r.Link.Findings {
			if f := &r.Link.Findings[i]; f.Condition == condition && f.Outcome == outcome {
				return &f.Finding
			}
		}
		t.Fatalf("no finding for %s and %s", condition, outcome)
		return nil
	}
	for _, p := range want.Pairs {
		f := find(p.Condition, p.Outcome)
		for _, c := range []struct {
			name      string
			got, want float64
		}{
			{"pooled r", float64(f.Pooled.R), p.Pooled}, {"between r", float64(f.Between.R), p.Between},
			{"within r", float64(f.Within.R), p.Within}, {"slope", float64(f.Within.Slope), p.Slope},
			{"CR2 standard error", float64(f.Within.SE), p.SE}, {"degrees of freedom", float64(f.Within.DF), p.DF},
			{"cells", float64(f.Pooled.N), float64(p.Cells)}, {"units", float64(f.Between.Teams), float64(p.Units)},
		} {
			if !(math.Abs(c.got-c.want) <= 1e-7*math.Abs(c.want)) {
				t.Errorf("%s x %s: %s is %.12g, want %.12g", p.Condition, p.Outcome, c.name, c.got, c.want)
			}
		}
	}

	// The published figures.
	for _, c := range []struct {
		condition, outcome      string
		n, units                int
		pooled, between, within float64
	}{
		{"recommend_work", "shmi", 1072, 144, -.217, -.258, -.039},
		{"recommend_work", "seen_within_4h", 521, 135, .311, .398, .172},
	} {
		f := find(c.condition, c.outcome)
		round := func(x models.Figure) float64 { return math.Round(float64(x)*1000) / 1000 }
		if f.Pooled.N != c.n || f.Between.Teams != c.units || round(f.Pooled.R) != c.pooled || round(f.Between.R) != c.between || round(f.Within.R) != c.within {
			t.Errorf("%s x %s: %d cells, %d units, pooled %v, between %v, within %v", c.condition, c.outcome, f.Pooled.N, f.Between.Teams, f.Pooled.R, f.Between.R, f.Within.R)
		}
	}

	// Nothing is claimed within trusts for mortality, no lag is named for anything, and the panel is said to be short.
	for i := range r.Link.Findings {
		f := &r.Link.Findings[i]
		if f.Outcome == "shmi" && f.Finding.Grade() != models.GradeD && f.Finding.Grade() != models.GradeNone {
			t.Errorf("%s x shmi is claimed with grade %s", f.Condition, f.Finding.Grade())
		}
		if f.Lag != 0 || len(f.LagSet) > 0 || f.Evidence == models.LaggedAssociation {
			t.Errorf("%s x %s names a lag", f.Condition, f.Outcome)
		}
	}
	if !slices.ContainsFunc(r.Link.Refusals, func(d models.Refusal) bool { return d.Code == "short_panel" }) {
		t.Errorf("the panel of eight years is not said to be short: %+v", r.Link.Refusals)
	}

	// Every row is accounted for, and codes that do not join are counted and named.
	for _, s := range r.Trust.Sources {
		if s.Read != want.Rows[s.Name] || s.Read != s.Loaded+s.Filtered || s.Rejected != 0 {
			t.Errorf("source %s: %+v, want %d rows", s.Name, s, want.Rows[s.Name])
		}
	}
	if len(r.Trust.OutsideOnly) != want.Joins.Outside || len(r.Trust.InsideOnly) != 0 {
		t.Errorf("%d units on the outside only, %d on the inside only; want %d and 0", len(r.Trust.OutsideOnly), len(r.Trust.InsideOnly), want.Joins.Outside)
	}
	text := insideout(t, 0, "report", "--config", config)
	if !strings.Contains(text, r.Trust.OutsideOnly[0]) {
		t.Errorf("the report does not name %s, which has no staff survey", r.Trust.OutsideOnly[0])
	}

	// The same again changes nothing and says so.
	if again := insideout(t, 0, "run", "--config", config); !strings.Contains(again, "nothing changed") {
		t.Errorf("a second run says: %s", again)
	}
}
