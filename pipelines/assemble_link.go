package pipelines

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"insideout/models"
	"insideout/models/fit"
	"insideout/pipelines/report"
)

// link says what goes with what.
func (a *assembler) link(spec fit.Spec, result *fit.Result) {
	l := &report.Link{
		Tested: result.Tested, Found: result.Found, ExpectedFalse: result.ExpectedFalse, FDR: models.Figure(result.FDR),
		MaxLag: result.MaxLag, Teams: result.Teams, Weights: a.Analysis.Weights, Refusals: result.Refusals, Relative: result.Weights, Priorities: result.Priorities, Levels: result.Levels, Verdicts: result.Verdicts, Warnings: result.Warnings,
	}
	for i := range a.p.Series {
		if s := &a.p.Series[i]; !s.IsFacet {
			n := report.Named{ID: s.ID, Name: s.Name, Unit: s.Unit, Higher: s.Higher}
			if s.Side == models.Inside {
				l.Conditions = append(l.Conditions, n)
			} else {
				l.Outcomes = append(l.Outcomes, n)
			}
		}
	}
	for i := range result.Across {
		f := result.Across[i]
		v := report.FindingView{Finding: f, Grade: f.Grade(), ConditionName: a.place(f.Condition), OutcomeName: a.place(f.Outcome)}
		l.Across = append(l.Across, v)
	}
	slices.SortStableFunc(l.Across, func(a, b report.FindingView) int {
		return cmp.Or(cmp.Compare(gradeRank(a.Grade), gradeRank(b.Grade)), cmp.Compare(orLast(a.Q), orLast(b.Q)))
	})
	for _, x := range result.Actions {
		v := report.ActionView{ActionStudy: x, SeriesName: x.Series}
		if s := a.p.Find(x.Series); s != nil {
			v.SeriesName, v.Unit, v.Higher = s.Name, s.Unit, s.Higher
		}
		l.Actions = append(l.Actions, v)
	}
	for i := range result.Findings {
		f := result.Findings[i]
		x, y := a.p.Find(f.Condition), a.p.Find(f.Outcome)
		v := report.FindingView{Finding: f, Grade: f.Grade(), ConditionName: x.Name, OutcomeName: y.Name, OutcomeUnit: y.Unit, OutcomeHigher: y.Higher}
		for _, t := range result.Points[i] {
			v.Teams = append(v.Teams, report.TeamPoint{Team: t.Team, X: t.X, Y: t.Y, Slope: t.Slope, XLow: t.XLow, XHigh: t.XHigh})
		}
		l.Findings = append(l.Findings, v)
	}
	slices.SortStableFunc(l.Findings, func(a, b report.FindingView) int {
		return cmp.Or(cmp.Compare(gradeRank(a.Grade), gradeRank(b.Grade)), cmp.Compare(orLast(a.Q), orLast(b.Q)),
			cmp.Compare(a.Condition, b.Condition), cmp.Compare(a.Outcome, b.Outcome))
	})
	a.r.Link = l
}

// place writes a metric at a place of contact.
func (a *assembler) place(id string) string {
	metric, at, _ := strings.Cut(id, placeMark)
	if s := a.p.Find(metric); s != nil {
		metric = s.Name
	}
	return metric + ", " + at
}

func gradeRank(g models.Grade) int {
	return slices.Index([]models.Grade{models.GradeAPlus, models.GradeA, models.GradeB, models.GradeC, models.GradeD, models.GradeNone}, g)
}

func orLast(f models.Figure) float64 {
	if !f.Known() {
		return math.Inf(1)
	}
	return float64(f)
}
