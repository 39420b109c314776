package report

import (
	"fmt"
	"math"
	"math/rand/v2"

	"insideout/models"
)

// The reports of these tests are made up: a company that does not exist, teams named after their work, numbers drawn from a
// fixed seed and shaped by hand so that every figure has something to show.

func fig(v float64) models.Figure { return models.Figure(v) }

func around(v, half float64, n int64) Interval {
	return Interval{Value: fig(v), Low: fig(v - half), High: fig(v + half), N: n}
}

var teamNames = []string{"Moves north", "Moves south", "Moves online", "Billing A", "Billing B", "Billing C", "Care 1", "Care 2", "Care 3", "Payment plans", "Switching 1", "Switching 2",
	"Welcome desk", "Refunds", "Priority care", "Tariff desk", "Complaints", "Field north", "Field south", "Metering", "Digital chat", "Small field teams (pool)"}

func fullReport() *Report {
	r := &Report{
		Name: "Brightmere Energy", MadeUp: true, Grain: models.Week, Zone: "Europe/London", From: "2024-W27", To: "2025-W52", Periods: 78,
		Source: Provenance{Version: "0.1.0", Config: "sha256:9f31c2d4a0b1", Input: "sha256:5be0aa12c3f4", SQL: "sha256:77ad10e2b9c8", Spec: "sha256:e0c94b6d1f20", Catalog: "sha256:0d3f6e8a2b4c"},
	}
	r.Trust = Trust{
		Sources: []SourceTrust{
			{Name: "tickets", Dataset: "contacts", Read: 391_402, Loaded: 386_214, Rejected: 1_126, Filtered: 942, Missing: 3_120, Records: 386_214},
			{Name: "feedback tool", Dataset: "feedback", Read: 92_868, Loaded: 92_480, Rejected: 362, Control: 26, Records: 92_480},
			{Name: "weekly pulse", Dataset: "answers", Read: 14_985, Loaded: 14_985, Records: 599_400},
		},
		Checks:    []Check{{Name: "assert_closed_after_opened", Rows: 197, Text: "Contacts closed before they were opened", Fix: "They are kept and flagged; look at the clock of the ticket system."}},
		ChecksRun: 14, TeamsBoth: 22, InsideOnly: []string{"Facilities"}, OutsideOnly: []string{"Dispatch", "Emergency line", "Meter lab", "Night desk", "Outage line", "Partner desk", "Shop A", "Shop B"},
		Gaps:     []models.Gap{{Stream: "contacts/2", From: 118_200, To: 121_320, Reason: "expired on the broker before it was read"}},
		MinGroup: 5, CellsShown: 1_571, CellsHidden: 88, CellsSmall: 71,
		Restated: &Restatement{Numbers: 14, Gone: 1, Added: 2, Redefined: 3, From: "2025-W23", Headline: &Restated{Name: "NPS", Unit: "points", Period: "2025-W24", Before: 41, After: 43, Rows: 312}},
		Notes:    []models.Doubt{{Code: "partial_period", Text: "the last week is not over: 3 of 7 days"}},
	}
	for t := range 78 {
		c := Coverage{Period: r.period(t), Index: t, Both: 21, Outside: 1}
		switch {
		case t == 43:
			c = Coverage{Period: c.Period, Index: t}
		case t == 44:
			c.Both, c.Outside, c.Inside = 8, 2, 9
		case t%9 == 0:
			c.Both, c.Outside = 19, 3
		}
		r.Trust.Coverage = append(r.Trust.Coverage, c)
	}
	r.Inside, r.Outside, r.Link = insidePart(), r.outsidePart(), r.linkPart()
	return r
}

func (r *Report) period(t int) string {
	if t < 26 {
		return fmt.Sprintf("2024-W%02d", 27+t)
	}
	return fmt.Sprintf("2025-W%02d", t-25)
}

func insidePart() *Inside {
	in := &Inside{Waves: "Weekly pulse, instrument version 3, 395 people", Line: &Line{fig(62), "the company’s own average over the 26 weeks before"}}
	for i, d := range []struct {
		name, about string
		score       float64
		low, high   int
		own         bool
	}{
		{"Direction", "Whether people know where things go", 72, 1, 2, true},
		{"Trust", "Whether people can speak and rely on each other", 69, 1, 3, true},
		{"Energy", "Whether people have strength left", 66, 2, 4, true},
		{"Connection", "Whether people know who meets the customer after them", 64, 3, 5, false},
		{"Service", "Whether work is built around what customers need", 61, 4, 5, false},
		{"Development", "Whether people learn at work", 56, 6, 7, false},
		{"Voice", "Whether what people see is heard", 53, 6, 7, true},
		{"Flow", "Whether work moves without waiting and rework", 48, 8, 8, false},
	} {
		in.Dimensions = append(in.Dimensions, Dimension{ID: fmt.Sprintf("d%d", i), Version: 3, Name: d.name, About: d.about, Own: d.own, Score: around(d.score, 1.9, 395), RankLow: d.low, RankHigh: d.high, Teams: 22})
	}
	in.Gaps = []Gap{
		{Name: "Service", Leaders: fig(74), FrontLine: fig(59), Difference: Interval{Value: fig(15), Low: fig(3.4), High: fig(26.6)}, NLeaders: 540, NFrontLine: 13_210, Periods: 54},
		{Name: "Flow", Leaders: fig(70), FrontLine: fig(48), Difference: Interval{Value: fig(22), Low: fig(10.7), High: fig(33.3)}, NLeaders: 541, NFrontLine: 13_240, Periods: 54},
		{Name: "Trust", Leaders: fig(68), FrontLine: fig(69), Difference: Interval{Value: fig(-1), Low: fig(-11), High: fig(9)}, NLeaders: 538, NFrontLine: 13_180, Periods: 54},
	}
	in.Dimensions[4].Facets = []Facet{
		facet("improving", "What we deliver is improving", 70, 25, 395, .03, .08, .20, .45, .24),
		facet("room", "Room to improve, not only keep up", 68, 26, 395, .04, .08, .23, .41, .24),
		facet("need", "Work is built around real need", 67, 25, 390, .03, .10, .25, .41, .21),
		facet("root", "Problems are fixed at the root", 52, 33, 395, .15, .22, .20, .27, .16),
		facet("voice", "Customers’ voice reaches decisions", 50, 37, 395, .24, .20, .11, .24, .21),
	}
	in.Dimensions[7].Facets = []Facet{
		facet("wait", "Work reaches me when I can do it", 55, 28, 395, .08, .20, .25, .34, .13),
		facet("rework", "I seldom do the same work twice", 37, 30, 395, .24, .33, .21, .15, .07),
		facet("hand", "I know what happens after I pass a case on", 51, 31, 395, .13, .22, .22, .30, .13),
	}
	in.Dimensions[7].Facets[1] = Facet{ID: "rework", Name: "Rework", Text: "I often do the same work twice", Score: around(37, 2.6, 395), SD: fig(30), Reverse: true, Shares: []models.Figure{.07, .15, .21, .33, .24}}
	in.Dimensions[3].Facets = []Facet{
		{ID: "c1", Text: "I know who meets the customer after me", Score: around(66, 2.4, 395), SD: fig(24)},
		{ID: "c2", Text: "Teams next to mine help when it counts", Score: around(62, 2.5, 395), SD: fig(27)},
	}
	return in
}

func facet(id, text string, score, sd float64, n int64, shares ...models.Figure) Facet {
	return Facet{ID: id, Text: text, Score: around(score, 2.6, n), SD: fig(sd), Shares: shares}
}

func (r *Report) outsidePart() *Outside {
	rnd := rand.New(rand.NewPCG(7, 11))
	trend := func(level, sd, half float64, n int64) []Point {
		var out []Point
		now := 0.0
		for t := range 78 {
			now = .6*now + rnd.NormFloat64()*sd
			if t == 43 || t == 44 {
				continue
			}
			v := level + now
			if t == 63 {
				v = level - 6*sd
			}
			out = append(out, Point{Period: r.period(t), Index: t, Interval: around(v, half, n)})
		}
		return out
	}
	return &Outside{
		Metrics: []Metric{
			{ID: "nps", Version: 1, Name: "Net promoter score", Unit: "points", Higher: 1, Definition: "Share of 9 and 10 less share of 0 to 6, times 100", Overall: around(21, .5, 92_480), Trend: trend(21, 1.4, 3.1, 1_200)},
			{ID: "ces_v2", Version: 2, Name: "Customer effort", Unit: "scale points", Higher: 1, Definition: "Mean agreement that it was easy, 1 to 7", Overall: around(4.95, .02, 61_200), Trend: trend(4.95, .06, .09, 800)},
			{ID: "csat", Version: 1, Name: "Customer satisfaction", Unit: "share", Higher: 1, Definition: "Share of answers 4 and 5 of 5", Overall: around(.784, .003, 71_020), Trend: trend(.784, .016, .025, 910)},
			{ID: "failure_demand", Version: 1, Name: "Failure demand", Unit: "share", Higher: -1, Definition: "Failure contacts / (failure + value contacts)", Overall: around(.448, .0017, 340_121), Trend: trend(.448, .006, .008, 4_360)},
		},
		Failure: failurePart(),
		Repeats: &Repeats{Key: "customer and reason", Window: "30 days", Rate: around(.168, .0012, 352_310), Contacts: 386_214, Repeat: 59_188, NoKey: 11_204, Censored: 22_700},
	}
}

func failurePart() *Failure {
	f := &Failure{Rate: around(.448, .0017, 340_121), Contacts: 386_214, Unknown: fig(.093), Misrouted: fig(.026)}
	names := []string{"Where is my refund?", "I do not understand this bill", "The appointment was missed", "You said you would call back", "The meter reading is wrong", "I filled in this form before", "No reply to my email"}
	counts := []int64{31_420, 27_905, 22_310, 17_840, 14_990, 11_260, 8_930}
	for i := range 12 {
		names, counts = append(names, fmt.Sprintf("Other reason %d", i+1)), append(counts, int64(2_400-170*i))
	}
	var total, running int64
	for _, n := range counts {
		total += n
	}
	for i, n := range counts {
		running += n
		f.Reasons = append(f.Reasons, FailureReason{Reason: names[i], Failure: n, Rate: around(.7-.02*float64(i), .006, n*100/(70-2*int64(i))), Share: fig(float64(n) / float64(total)), Running: fig(float64(running) / float64(total))})
	}
	return f
}

func (r *Report) linkPart() *Link {
	l := &Link{Tested: 32, Found: 2, ExpectedFalse: fig(.2), FDR: fig(.10), MaxLag: 8, Teams: 22, Weights: "precision",
		Outcomes: []Named{{"nps", "Net promoter score", "points", 1}, {"ces_v2", "Customer effort", "scale points", 1}, {"csat", "Customer satisfaction", "share", 1}, {"failure_demand", "Failure demand", "share", -1}}}
	for _, d := range insidePart().Dimensions {
		l.Conditions = append(l.Conditions, Named{d.ID, d.Name, "score", 1})
	}
	rnd := rand.New(rand.NewPCG(3, 5))
	scale := []float64{.5, .012, .0035, .0028} // outcome units for one point of the condition
	for _, c := range l.Conditions {
		for k, o := range l.Outcomes {
			f := FindingView{Grade: models.GradeD, ConditionName: c.Name, OutcomeName: o.Name, OutcomeUnit: o.Unit, OutcomeHigher: o.Higher}
			f.Condition, f.Outcome, f.Family, f.Step, f.Method, f.Evidence = c.ID, o.ID, 32, fig(5), "bonferroni", models.LaggedAssociation
			f.Reliable = fig(.58)
			at := rnd.NormFloat64() * .03
			f.Within = estimate(at, scale[k]*at*6, scale[k]*.25, 22, 78, 1545)
			f.Between = estimate(rnd.NormFloat64()*.1, scale[k]*.1, scale[k]*.2, 22, 1, 22)
			f.Between.RLow, f.Between.RHigh = f.Between.R-.4, f.Between.R+.4
			f.Pooled = estimate(float64(f.Between.R)*.6, 0, 1, 22, 78, 1571)
			f.Pooled.RLow, f.Pooled.RHigh = models.None(), models.None()
			f.MDER = fig(.14 + .03*float64(k))
			f.MDE = fig(2.9 * float64(f.Within.SE))
			f.PSearch, f.Q = fig(.6), fig(.8)
			l.Findings = append(l.Findings, f)
		}
	}
	r.plant(l)
	l.order()
	return l
}

func estimate(rho, slope, se float64, teams, times, n int) models.Estimate {
	half := 2.1 * se
	return models.Estimate{OK: true, R: fig(rho), RLow: fig(rho - .1), RHigh: fig(rho + .1), Slope: fig(slope), SE: fig(se), DF: fig(17.3), Low: fig(slope - half), High: fig(slope + half),
		T: fig(slope / se), P: fig(.2), N: n, Teams: teams, Times: times}
}

// plant shapes the pairs that the report is about: one lagged, one early sign, one between teams only, one refused.
func (r *Report) plant(l *Link) {
	move := func(condition, outcome string, to int) *FindingView {
		for i := range l.Findings {
			if f := l.Findings[i]; f.Condition == condition && f.Outcome == outcome {
				l.Findings = append(l.Findings[:i], l.Findings[i+1:]...)
				l.Findings = append(l.Findings[:to], append([]FindingView{f}, l.Findings[to:]...)...)
				return &l.Findings[to]
			}
		}
		panic("no such pair")
	}
	f := move("d7", "failure_demand", 0)
	f.Grade, f.Lag, f.LagSet, f.PSearch, f.Q = models.GradeC, 3, []int{2, 3, 4}, fig(.0004), fig(.013)
	f.Within = estimate(-.34, -.0032, .0007, 22, 75, 1532)
	f.Unweighted = estimate(-.31, -.003, .0008, 22, 75, 1532)
	f.Between = estimate(-.55, -.0041, .001, 22, 1, 22)
	f.Pooled = estimate(-.41, -.0036, .001, 22, 78, 1571)
	f.Doubts = []models.Doubt{{Code: "lead_not_tested", Text: "the other direction was looked at, not yet tested given the past"}}
	for lag := -8; lag <= 8; lag++ {
		b := -.0032*math.Exp(-math.Pow(float64(lag-3), 2)/7) - .0005
		f.Lags = append(f.Lags, models.LagPoint{Lag: lag, Estimate: estimate(b*100, b, .00072, 22, 78-max(lag, -lag), 1571-13*max(lag, -lag))})
	}
	f.Teams = teamPoints(48, .36, -.004, -.0032, .03)
	f.BandLow, f.BandHigh, f.Critical = fig(-.0057), fig(-.0007), fig(3.55)
	f.Cumulative, f.CumulativeLag = estimate(-.3, -.009, .003, 22, 70, 1440), 8
	f.Effects = teamEffects(-.0032, .0014)
	l.Relative = []models.Weights{
		{Outcome: "failure_demand", Lag: 3, N: 1532, Teams: 22, Periods: 75, R2: fig(.14), Floor: fig(.006), Halo: fig(.41), Condition: fig(3.1), Groups: [][]string{{"d1", "d3"}},
			Weights: []models.Weight{relative("d7", .071, .038, .11, 1, 1, .97, true), relative("d3", .024, .009, .05, 2, 4, .02, true), relative("d1", .019, .008, .041, 2, 5, .01, true), relative("d4", .007, .001, .02, 3, 8, 0, false)}},
		{Outcome: "nps", Lag: 0, N: 1540, Teams: 22, Periods: 78, R2: fig(.02), Floor: fig(.008), Halo: fig(.4), Condition: fig(3),
			Weights: []models.Weight{relative("d7", .004, .001, .014, 1, 8, .3, false), relative("d3", .003, .001, .012, 1, 8, .2, false)}},
		{Outcome: "csat", Refused: &models.Refusal{Code: "few_teams", Reason: "5 teams with every condition: resampling them says nothing", Needed: "at least 6 teams"}},
	}

	f = move("d4", "ces_v2", 1)
	f.Grade, f.Lag, f.LagSet, f.Q = models.GradeC, 1, []int{0, 1, 2}, fig(.06)
	f.Within = estimate(.22, .022, .007, 22, 77, 1558)
	f.Between, f.Pooled = estimate(.48, .03, .01, 22, 1, 22), estimate(.33, .024, .01, 22, 78, 1571)
	f.Teams = teamPoints(61, 4.95, .03, .022, .1)
	for lag := -4; lag <= 8; lag++ {
		b := .02*math.Exp(-math.Pow(float64(lag-1), 2)/6) + .002
		f.Lags = append(f.Lags, models.LagPoint{Lag: lag, Estimate: estimate(b*10, b, .007, 22, 70, 1500)})
	}

	f = move("d2", "csat", 2)
	f.Within, f.Between, f.Pooled = estimate(-.05, -.0006, .0007, 22, 78, 1571), estimate(.52, .0075, .002, 22, 1, 22), estimate(.31, .004, .001, 22, 78, 1571)
	f.MDE, f.MDER = fig(.0036), fig(.16)
	f.Between.RLow, f.Between.RHigh = fig(.13), fig(.77)
	f.Teams = teamPoints(66, .784, .0075, -.0006, .03)

	f = move("d0", "nps", len(l.Findings)-1)
	f.Grade, f.Within, f.Q = models.GradeNone, models.Estimate{}, models.None()
	f.Refused = &models.Refusal{Code: "too_few_answers", Reason: "fewer than 8 customer answers in the typical team and week", Needed: "about 22 answers per team and week"}
	l.Tested = 31
	l.Refusals = []models.Refusal{{Code: "joint_not_run", Reason: "Trust and Connection move together within teams (r = .74), so these data do not part them", Needed: "a change to one and not the other, in 6 teams or more"}}
}

// ordered are made-up priorities and levels: two conditions tie, one is not clear, one outcome is refused.
func (l *Link) order() {
	reach := func(id string, value, half float64, first, last int, sure float64) models.Reach {
		return models.Reach{Condition: id, Slope: fig(-value / 4), SlopeLow: fig((-value - half) / 4), SlopeHigh: fig((-value + half) / 4), Move: fig(4), Teams: 15,
			Difference: fig(value), Low: fig(value - half), High: fig(value + half), RankLow: first, RankHigh: last, First: fig(sure), Three: fig(.98)}
	}
	l.Priorities = []models.Priority{
		{Outcome: "failure_demand", Lag: 3, N: 1532, Teams: 22, Periods: 75, Customers: fig(60_000), Reaches: []models.Reach{reach("d7", .012, .006, 1, 2, .7), reach("d4", .008, .005, 1, 3, .3), reach("d1", .001, .004, 2, 8, 0)}},
		{Outcome: "nps", Refused: &models.Refusal{Code: "nothing_seen", Reason: "no condition is seen to go with it, so there is nothing to put in order", Needed: "a pair that is at least an early sign"}},
	}
	l.Verdicts = []models.Verdict{
		{Hypothesis: models.Hypothesis{ID: "h1", Words: "With more Flow failure demand falls", Condition: "d7", Outcome: "failure_demand", Sign: -1, From: 1, To: 6}, Estimate: estimate(-.34, -.0032, .0007, 22, 75, 1532), Lag: 3, POne: fig(.0005), Q: fig(.001), Family: 2, MDE: fig(.0017), MDER: fig(.12), Step: fig(5), Evidence: models.LaggedAssociation},
		{Hypothesis: models.Hypothesis{ID: "h2", Condition: "d5", Outcome: "nps", Sign: 1, To: 2}, Estimate: estimate(.02, .04, .12, 22, 78, 1545), POne: fig(.4), Q: fig(.4), Family: 2, MDE: fig(.3), MDER: fig(.09), Step: fig(5), Evidence: models.WithinTeamChange},
		{Hypothesis: models.Hypothesis{ID: "h3", Condition: "d1", Outcome: "csat", Sign: 1}, Q: models.None(), Refused: &models.Refusal{Code: "few_teams", Reason: "5 teams in which both move: nothing is tested", Needed: "at least 6 teams in which both move"}},
	}
	l.Actions = []ActionView{
		{ActionStudy: models.ActionStudy{Action: "New hand-over", Series: "failure_demand", Side: models.Outside, Treated: 6, Controls: 16, Window: 13, Effect: estimate(-.3, -.021, .006, 22, 26, 560), PRandom: fig(.004), Q: fig(.02), Family: 4,
			Placebo: estimate(0, .002, .006, 22, 26, 560), BoundLow: fig(-.036), BoundTop: fig(-.006), Adjusted: estimate(-.2, -.018, .006, 22, 26, 560), Evidence: models.Intervention}, SeriesName: "Failure demand", Unit: "share", Higher: -1},
		{ActionStudy: models.ActionStudy{Action: "New hand-over", Series: "nps", Side: models.Outside, Evidence: models.Intervention, Refused: &models.Refusal{Code: "too_early", Reason: "too early: 1 week since the last team began", Needed: "2 weeks to go"}}, SeriesName: "Net promoter score", Unit: "points", Higher: 1},
	}
	l.Warnings = []models.Warning{
		{Series: "nps", Side: models.Outside, Horizon: 4, Incidents: 24, Teams: 12, N: 1400, AUC: fig(.56), Low: fig(.48), High: fig(.64), P: fig(.07), Q: fig(.07), Family: 2, Gain: models.None(), Lead: fig(2), LeadLow: fig(1), LeadHigh: fig(3), Hits: 8, Alerts: 40, False: 31},
		{Series: "d7", Side: models.Inside, Horizon: 4, Incidents: 24, Teams: 12, N: 1380, AUC: fig(.74), Low: fig(.66), High: fig(.82), P: fig(.0001), Q: fig(.0002), Family: 2, Baseline: "nps", Gain: fig(.18), GainLow: fig(.08), GainHigh: fig(.27), Lead: fig(3), LeadLow: fig(2), LeadHigh: fig(4), Hits: 17, Alerts: 30, False: 12},
		{Series: "d1", Side: models.Inside, Horizon: 4, Refused: &models.Refusal{Code: "few_incidents", Reason: "4 incidents in 2 teams that it could have warned of: a few hits would be luck", Needed: "at least 10 incidents in 3 teams"}},
	}
	for i, c := range l.Conditions {
		change := float64(i) - 4
		l.Levels = append(l.Levels, models.Level{Condition: c.ID, Recent: 13, Before: 65, Teams: 22, Change: fig(change), Low: fig(change - 1.5), High: fig(change + 1.5)})
	}
}

func relative(id string, lmg, low, high float64, first, last int, sure float64, shown bool) models.Weight {
	return models.Weight{Condition: id, LMG: fig(lmg), Low: fig(low), High: fig(high), Johnson: fig(lmg * .98), RankLow: first, RankHigh: last, First: fig(sure), Shown: shown, Ridge: fig(-lmg * 3), VIF: fig(1.6)}
}

// teamEffects spreads teams about a common slope; the first and the last differ from the others.
func teamEffects(common, spread float64) *models.TeamEffects {
	e := &models.TeamEffects{Common: fig(common), Low: fig(common - .0012), High: fig(common + .0012), Tau: fig(spread), TauLow: fig(spread * .4), TauHigh: fig(spread * 1.8), Majority: fig(.99)}
	for i, name := range teamNames {
		far := spread * (2*float64(i)/float64(len(teamNames)-1) - 1) * 1.6
		t := models.TeamEffect{Team: name, Slope: fig(common + far), Low: fig(common + far - .0018), High: fig(common + far + .0018), Own: fig(common + 1.5*far), Positive: fig(.01), N: 70,
			FCRLow: fig(common + far - .002), FCRHigh: fig(common + far + .002), Apart: fig(far), ApartLow: fig(far - .0022), ApartHigh: fig(far + .0022)}
		t.Clear = t.High < 0
		e.Teams = append(e.Teams, t)
	}
	return e
}

func teamPoints(x, y, between, within, spread float64) []TeamPoint {
	rnd := rand.New(rand.NewPCG(uint64(x), 1))
	var out []TeamPoint
	for _, name := range teamNames {
		dx := rnd.NormFloat64() * 7
		px := x + dx
		out = append(out, TeamPoint{Team: name, X: fig(px), Y: fig(y + between*dx + rnd.NormFloat64()*spread*.7), Slope: fig(within * (1 + .2*rnd.NormFloat64())), XLow: fig(px - 3), XHigh: fig(px + 3)})
	}
	return out
}

// yearsReport has few periods: no lags, and a link between units that nothing inside them bears out.
func yearsReport() *Report {
	r := &Report{Name: "the made-up hospitals", MadeUp: true, Grain: models.Year, Zone: "Europe/London", From: "2016", To: "2023", Periods: 8,
		Source: Provenance{Version: "0.1.0", Config: "sha256:1a2b3c", Input: "sha256:4d5e6f"}}
	r.Trust = Trust{Sources: []SourceTrust{{Name: "survey", Dataset: "measures", Read: 1_700, Loaded: 1_700, Records: 1_700}, {Name: "mortality", Dataset: "measures", Read: 1_100, Loaded: 1_090, Filtered: 10, Records: 1_090}},
		ChecksRun: 14, TeamsBoth: 144, MinGroup: 5, Notes: []models.Doubt{{Code: "short_panel", Text: "8 years is a short panel: 26 periods are needed before a lag is named"}}}
	for i := range 77 {
		r.Trust.InsideOnly = append(r.Trust.InsideOnly, fmt.Sprintf("R%02d", i))
	}
	var trend []Point
	for t, v := range []float64{6.72, 6.74, 6.71, 6.80, 6.91, 6.62, 6.51, 6.66} {
		trend = append(trend, Point{Period: fmt.Sprint(2016 + t), Index: t, Interval: Interval{Value: fig(v), Low: models.None(), High: models.None(), N: 212}})
	}
	none := Interval{Value: fig(6.71), Low: models.None(), High: models.None(), N: 1_700}
	r.Inside = &Inside{Waves: "Yearly survey, published indices", Measures: []Metric{{ID: "recommend", Version: 1, Name: "Recommend as workplace", Unit: "", Higher: 1, Definition: "Published index, 0 to 10", Overall: none, Trend: trend}}}
	r.Outside = &Outside{Metrics: []Metric{{ID: "mortality", Version: 1, Name: "Mortality index", Higher: -1, Definition: "Observed deaths / expected deaths", Overall: around(1.0012, .004, 1_090)}}}
	f := FindingView{Grade: models.GradeD, ConditionName: "Recommend as workplace", OutcomeName: "Mortality index", OutcomeHigher: -1}
	f.Condition, f.Outcome, f.Family, f.Step, f.Evidence, f.Reliable = "recommend", "mortality", 1, fig(.25), models.WithinTeamChange, models.None()
	f.Within, f.Between, f.Pooled = estimate(-.039, -.004, .006, 144, 8, 1_072), estimate(-.258, -.06, .02, 144, 1, 144), estimate(-.217, -.04, .01, 144, 8, 1_072)
	f.MDE, f.MDER, f.PSearch, f.Q = fig(.017), fig(.086), fig(.5), fig(.5)
	f.Waves = &models.Waves{Count: 8, Window: 1, Change: estimate(-.02, -.002, .006, 144, 7, 928), Before: models.Estimate{}, MDE: fig(.017), ReliableX: models.None(), ReliableY: models.None()}
	for i := range 144 {
		x := 6.7 + .4*math.Sin(float64(i)*1.7)
		f.Teams = append(f.Teams, TeamPoint{Team: fmt.Sprintf("T%03d", i), X: fig(x), Y: fig(1 - .06*(x-6.7) + .08*math.Cos(float64(i)*2.9)), Slope: fig(-.004), XLow: fig(x - .1), XHigh: fig(x + .1)})
	}
	r.Link = &Link{Conditions: []Named{{"recommend", "Recommend as workplace", "", 1}}, Outcomes: []Named{{"mortality", "Mortality index", "", -1}}, Tested: 1, FDR: fig(.1), ExpectedFalse: fig(0), Teams: 144, Weights: "none", Findings: []FindingView{f},
		Refusals: []models.Refusal{{Code: "short_panel", Reason: "8 years are too few to look for one moving before the other", Needed: "26 years with both sides, or survey waves by month or quarter"}}}
	return r
}

func insideOnly() *Report {
	r := fullReport()
	r.Outside, r.Link = nil, nil
	r.Trust.Sources, r.Trust.Coverage, r.Trust.Gaps = r.Trust.Sources[2:], nil, nil
	r.Trust.InsideOnly, r.Trust.OutsideOnly, r.Trust.TeamsBoth, r.Trust.Restated = teamNames, nil, 0, nil
	return r
}

func outsideOnly() *Report {
	r := fullReport()
	r.Inside, r.Link = nil, nil
	r.Trust.Sources, r.Trust.Coverage = r.Trust.Sources[:2], nil
	r.Trust.OutsideOnly, r.Trust.InsideOnly, r.Trust.TeamsBoth = teamNames, nil, 0
	r.Trust.CellsHidden, r.Trust.CellsShown = 0, 0
	return r
}

// fixtures are the reports that the tests over whole pages run on.
func fixtures() map[string]*Report {
	return map[string]*Report{"full": fullReport(), "years": yearsReport(), "inside": insideOnly(), "outside": outsideOnly(), "empty": {Name: "Nothing", Grain: models.Month, From: "2025-01", To: "2025-01", Periods: 1}}
}
