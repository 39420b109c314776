package gates

import (
	"insideout/models"
	"insideout/models/fit"
	"insideout/models/worlds"
)

// covers counts whether an interval holds the truth. One that is refused is not among the intervals.
func covers(e models.Estimate, truth float64) Count {
	if !e.Low.Known() || !e.High.Known() {
		return Count{}
	}
	return yes(float64(e.Low) <= truth && truth <= float64(e.High))
}

// intervals measures the coverage of the slope of the mean score: of an effect of condition 0 at its lag, and of condition 1, which
// has none. Slopes of noisy conditions are too flat, so the uncorrected interval is measured in the same worlds.
func intervals(w *worlds.World, _ int) map[string]Count {
	e := w.Knobs.Effects[0]
	outcome := worlds.OutcomeID(e.Outcome)
	into := map[string]Count{}
	for d, name := range []string{"true", "null"} {
		q := fit.Question{Panel: w.Panel, Condition: worlds.ConditionID(d), Outcome: outcome}
		truth := w.CES(d, e.Outcome)
		into["plain "+name] = covers(q.Within(e.Lag), truth)
		if !w.Knobs.ExactX {
			corrected := q.Corrected(e.Lag)
			into["corrected "+name] = covers(corrected, truth)
			into["corrected given"] = yes(corrected.OK)
		}
	}
	return into
}

// teams measures the partly pooled slopes of single teams: the share of teams whose interval holds their own truth, and the squared error
// beside that of each team's slope by itself.
func teams(w *worlds.World, _ int) map[string]Count {
	e := w.Knobs.Effects[0]
	condition, outcome := worlds.ConditionID(e.Condition), worlds.OutcomeID(e.Outcome)
	names, pooled, ok := fit.Question{Panel: w.Panel, Condition: condition, Outcome: outcome}.Teams(e.Lag)
	if !ok {
		return nil
	}
	truth := map[string]float64{}
	for g, slope := range w.TeamCES(e.Condition, e.Outcome) {
		truth[w.Panel.Teams[g]] = slope
	}
	own := map[string]float64{}
	res := fit.Run(w.Panel, fit.Spec{Conditions: []string{condition}, Outcomes: []string{outcome}, MaxLag: -1})
	for _, p := range res.Points[0] {
		if p.Slope.Known() {
			own[p.Team] = float64(p.Slope)
		}
	}
	var covered, squares Count
	for i, name := range names {
		t, posterior := truth[name], pooled.Teams[i]
		covered.Among++
		if posterior.Low <= t && t <= posterior.High {
			covered.Of++
		}
		if b, ok := own[name]; ok {
			squares.Of += (posterior.Mean - t) * (posterior.Mean - t)
			squares.Among += (b - t) * (b - t)
		}
	}
	return map[string]Count{"team covered": covered, "team error": squares}
}

// leads measures how often the conditional lead test rejects.
func leads(w *worlds.World, _ int) map[string]Count {
	outcome := worlds.OutcomeID(1)
	e := fit.Question{Panel: w.Panel, Condition: worlds.ConditionID(0), Outcome: outcome}.Lead(w.Knobs.MaxLag)
	if !e.P.Known() {
		return nil
	}
	return map[string]Count{"lead": yes(e.P <= level)}
}
