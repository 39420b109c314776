package gates

import (
	"fmt"

	"insideout/models/worlds"
)

// List is the table of gates that the product is held to.
func List() []Experiment {
	var list []Experiment
	list = append(list, nulls()...)
	list = append(list, effects()...)
	list = append(list, correlated()...)
	list = append(list, unseen()...)
	list = append(list, estimates()...)
	return list
}

// dashboard is an experiment on the claims of a whole world. raw measures also what correlations would claim.
func dashboard(scenario string, teams, periods int, raw bool, gates ...Gate) Experiment {
	k, _ := worlds.Scenario(scenario)
	k.Teams, k.Periods = teams, periods
	return Experiment{
		World: fmt.Sprintf("%s, %d teams, %d periods", scenario, teams, periods), Scenario: scenario, Knobs: k, Gates: gates,
		Measure: func(w *worlds.World, rep int) map[string]Count {
			p, into := ask(w, rep), map[string]Count{}
			p.count(into, "marginal", p.marginal())
			into["pooled with a p"] = p.labelled()
			if raw {
				pooled, inside := p.raw()
				p.count(into, "pooled", pooled)
				p.count(into, "inside", inside)
			}
			p.count(into, "joint", p.joint())
			p.count(into, "both", p.both())
			p.count(into, "strong", p.strong())
			p.count(into, "graded", p.graded())
			into["graded without rv"] = p.bare()
			return into
		},
	}
}

const (
	oneAtATime = "one condition at a time"
	heldFixed  = "others held fixed"
	bothWays   = "alone and with others held fixed"
	gradeA     = "grade A, rules of size left out" // reliability, periods, robustness value
	published  = "grade A, as published"
)

func anyFalse(high float64, reference string) Gate {
	return Gate{Claim: oneAtATime + ": any false", Measure: "marginal any false", Must: atMost(high), Reference: reference}
}

func falseShare(reference string) Gate {
	return Gate{Claim: oneAtATime + ": false among found", Measure: "marginal false", Must: atMost(level), Reference: reference}
}

func strongFalse(reference string) Gate {
	return Gate{Claim: gradeA + ": false among them", Measure: "strong false", Must: atMost(level), Reference: reference}
}

func stated(claim, measure, reference string) Gate {
	return Gate{Claim: claim, Measure: measure, Must: none(), Reference: reference}
}

func nulls() []Experiment {
	return []Experiment{
		dashboard("S0_null", 24, 52, true,
			anyFalse(.05, ".047"), strongFalse(".025"), stated(published+": false among them", "graded false", "-"),
			stated(bothWays+": any false", "both any false", ".030"),
			Gate{Claim: "raw correlations shown with a p", Measure: "pooled with a p", Must: atMost(0), Reference: "-"},
			stated("raw correlations: pairs of 24 'found'", "pooled claims", "23.6"),
			stated("correlations inside teams: pairs of 24 'found'", "inside claims", "17.9")),
		dashboard("S0_null", 12, 52, false, anyFalse(.05, "-")),
		dashboard("S0_null", 60, 52, false, anyFalse(.05, ".050")),
		dashboard("S0_null", 8, 52, false, anyFalse(.09, ".070")),
		dashboard("S0b_null_trends", 24, 52, false, anyFalse(.05, ".043")),
	}
}

func effects() []Experiment {
	const power = oneAtATime + ": power"
	return []Experiment{
		dashboard("S1_power", 24, 52, false,
			falseShare(".039"),
			Gate{Claim: power + ", mean of nine effects", Measure: "marginal power", Must: atLeast(.50), Reference: ".53"},
			stated(power+" at r .1", "marginal power 0.1", ".05"),
			stated(power+" at r .2", "marginal power 0.2", ".23"),
			Gate{Claim: power + " at r .3", Measure: "marginal power 0.3", Must: atLeast(.65), Reference: ".70"},
			Gate{Claim: power + " at r .4", Measure: "marginal power 0.4", Must: atLeast(.87), Reference: ".90"},
			stated(power+" at r .5", "marginal power 0.5", ".98"),
			Gate{Claim: "lag within 1 of the true one, found at r .3 and above", Measure: "marginal lag near", Must: atLeast(.95), Reference: ".97"},
			Gate{Claim: "the true lag itself", Measure: "marginal lag exact", Must: atLeast(.75), Reference: ".83"},
			strongFalse(".017"),
			Gate{Claim: gradeA + ": power", Measure: "strong power", Must: atLeast(.38), Reference: ".42"},
			stated(published+": false among them", "graded false", "-"),
			stated(published+": power", "graded power", "-"),
			stated(heldFixed+": false among found", "joint false", "-"),
			stated(bothWays+": false among found", "both false", ".018"),
			stated(bothWays+": power", "both power", ".46")),
		dashboard("S1_power", 12, 52, false, falseShare(".047"), stated(power, "marginal power", ".15")),
		dashboard("S1_power", 24, 26, false, falseShare(".037"), stated(power, "marginal power", ".16")),
		dashboard("S1_power", 24, 104, false, falseShare(".040"), stated(power, "marginal power", ".71"),
			stated(gradeA+": power", "strong power", ".60"), stated(published+": power", "graded power", "-")),
		dashboard("S1_power", 60, 52, false, falseShare(".032"), stated(power, "marginal power", ".76")),
		dashboard("S1_sparse", 24, 52, false, falseShare("-")),
		answering(dashboard("S1_power", 24, 52, false, strongFalse("-"), stated(gradeA+": power", "strong power", "-"),
			stated(published+": false among them", "graded false", "-"), stated(published+": power", "graded power", "-")), 30),
		dashboard("S3_heterogeneous", 24, 52, false, falseShare("-"), stated(power, "marginal power", "-"),
			stated(published+": power", "graded power", "-")),
	}
}

// answering is an experiment in which so many people of a team answer in a period. Nine leave a reliability of about a half, which published
// grades hold at C; thirty leave three quarters.
func answering(e Experiment, people float64) Experiment {
	e.Knobs.NMean = people
	e.World += fmt.Sprintf(", %.0f answers", people)
	return e
}

func correlated() []Experiment {
	return []Experiment{
		dashboard("S2_correlated", 24, 52, false,
			Gate{Claim: heldFixed + ": false among found", Measure: "joint false", Must: atMost(.07), Reference: ".053"},
			Gate{Claim: heldFixed + ": power", Measure: "joint power", Must: atLeast(.38), Reference: ".42"},
			strongFalse(".029"),
			Gate{Claim: gradeA + ": power", Measure: "strong power", Must: atLeast(.33), Reference: ".37"},
			stated(published+": false among them", "graded false", "-"),
			stated(published+": power", "graded power", "-"),
			stated(oneAtATime+": false among found (stand-ins)", "marginal false", ".672")),
		dashboard("S2x_correlated_exact", 24, 52, false,
			stated(heldFixed+": false among found", "joint false", ".046"),
			stated(heldFixed+": power", "joint power", ".86")),
	}
}

func unseen() []Experiment {
	return []Experiment{
		dashboard("S5_reverse", 24, 52, false, stated(oneAtATime+": any false", "marginal any false", ".057")),
		dashboard("S5_reverse_strong", 24, 52, false,
			stated(oneAtATime+": any false", "marginal any false", ".135"),
			strongFalse(".030"), stated(published+": false among them", "graded false", "-")),
		dashboard("S6_confounder", 24, 52, false,
			Gate{Claim: "graded without a robustness value beside it", Measure: "graded without rv", Must: atMost(0), Reference: "-"},
			stated(oneAtATime+": any false", "marginal any false", ".98"),
			stated(gradeA+": any false", "strong any false", ".14"),
			stated(published+": any false", "graded any false", "-")),
		dashboard("S6b_confounder_two_dims", 24, 52, false,
			stated(oneAtATime+": any false", "marginal any false", ".695"),
			stated(gradeA+": any false", "strong any false", ".45"),
			stated(published+": any false", "graded any false", "-")),
	}
}

// estimates are the experiments on single numbers, two conditions and the outcome whose slope is known.
func estimates() []Experiment {
	base := func(teams, periods int, turn func(k *worlds.Knobs)) worlds.Knobs {
		k := worlds.Default()
		k.Teams, k.Periods, k.Conditions, k.Outcomes = teams, periods, 2, 2
		k.Effects = []worlds.Effect{{Condition: 0, Outcome: 1, Lag: 2, R: .3}}
		turn(&k)
		return k
	}
	precise := func(says, scenario string, k worlds.Knobs, measure func(*worlds.World, int) map[string]Count, gates ...Gate) Experiment {
		return Experiment{
			World: fmt.Sprintf("%s, %d teams, %d periods", says, k.Teams, k.Periods), Scenario: scenario, Precise: true, Knobs: k, Measure: measure, Gates: gates,
		}
	}
	interval := func(what, measure, truth, null string) []Gate {
		return []Gate{
			{Claim: what + " covers an effect", Measure: measure + " true", Must: between(.93, .97), Reference: truth},
			{Claim: what + " covers zero where nothing is", Measure: measure + " null", Must: between(.93, .97), Reference: null},
		}
	}
	exact := func(k *worlds.Knobs) { k.ExactX = true }
	var list []Experiment
	for _, d := range []struct {
		teams, periods int
		truth, null    string
	}{{12, 52, ".965", ".940"}, {24, 52, ".935", ".958"}, {60, 26, ".953", ".955"}} {
		list = append(list, precise("exact conditions", "coverage", base(d.teams, d.periods, exact), intervals, interval("95 % interval", "plain", d.truth, d.null)...))
	}
	list = append(list, precise("exact conditions, slopes that differ", "coverage", base(24, 52, func(k *worlds.Knobs) { k.ExactX, k.Het = true, .5 }), intervals,
		interval("95 % interval", "plain", ".948", ".953")...))
	for _, d := range []struct {
		teams, periods int
		answers        float64
		truth, null    string
	}{{12, 52, 9, ".965", ".93"}, {24, 52, 9, ".945", ".955"}, {60, 26, 9, ".958", ".973"}, {24, 52, 30, ".95", ".925"}} {
		gates := append(interval("corrected interval", "corrected", d.truth, d.null),
			stated("uncorrected interval covers an effect", "plain true", "-"),
			stated("share of worlds with a corrected slope", "corrected given", "-"))
		k := base(d.teams, d.periods, func(k *worlds.Knobs) { k.NMean = d.answers })
		list = append(list, precise(fmt.Sprintf("%.0f answers", d.answers), "coverage", k, intervals, gates...))
	}
	for _, d := range []struct {
		teams, periods int
		het            float64
		reference      string
	}{{24, 52, .8, ".921"}, {24, 52, 1.5, ".929"}, {12, 26, .8, ".957"}, {24, 52, 0, ".993"}} {
		gates := []Gate{{Claim: "intervals of teams, average coverage", Measure: "team covered", Must: atLeast(.91), Reference: d.reference}}
		apart := Gate{Claim: "error of teams' slopes over that of each team alone", Measure: "team error", Root: true, Must: none(), Reference: "-"}
		if d.het == .8 && d.teams == 24 {
			apart.Must, apart.Reference = atMost(.65), ".59"
		}
		k := base(d.teams, d.periods, func(k *worlds.Knobs) {
			k.ExactX, k.Het = true, d.het
			k.Effects = []worlds.Effect{{Condition: 0, Outcome: 1, Lag: 0, R: .25}}
		})
		list = append(list, precise(fmt.Sprintf("slopes of teams differ by %.1f", d.het), "teams", k, teams, append(gates, apart)...))
	}
	lead := func(says string, must Bound, reference string, turn func(k *worlds.Knobs)) Experiment {
		return precise(says, "lead", base(24, 52, turn), leads, Gate{Claim: "conditional lead test rejects", Measure: "lead", Must: must, Reference: reference})
	}
	at := func(lag int) func(k *worlds.Knobs) {
		return func(k *worlds.Knobs) { k.Effects = []worlds.Effect{{Condition: 0, Outcome: 1, Lag: lag, R: .35}} }
	}
	return append(list,
		lead("effect at lag 2", atMost(.08), ".065", at(2)),
		lead("no effect", atMost(.08), ".055", func(k *worlds.Knobs) { k.Effects = nil }),
		lead("effect at lag 0", none(), ".13 to .16", at(0)),
		lead("the outcome moves the condition (.5)", none(), ".40 to .45", func(k *worlds.Knobs) { k.Effects, k.Reverse = nil, .5 }))
}
