package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"insideout/models"
)

// pair is a report with one pair of the grade and set of lags.
func pair(grade models.Grade, slope float64, set ...int) (*Report, *FindingView) {
	f := FindingView{Grade: grade, ConditionName: "Flow", OutcomeName: "Failure demand", OutcomeUnit: "share", OutcomeHigher: -1}
	f.Condition, f.Outcome, f.Family, f.Step, f.Evidence, f.Reliable = "flow", "failure_demand", 24, 5, models.LaggedAssociation, models.None()
	f.Within = estimate(slope*100, slope, .0007, 22, 78, 1571)
	f.Between, f.MDE, f.MDER, f.Q, f.LagSet = models.Estimate{}, .0036, .14, .013, set
	r := &Report{Grain: models.Week, Periods: 78, Link: &Link{Conditions: []Named{{"flow", "Flow", "score", 1}, {"service", "Service", "score", 1}}, Outcomes: []Named{{"failure_demand", "Failure demand", "share", -1}}, Tested: 24, Found: 1, FDR: .1, ExpectedFalse: .1, MaxLag: 8, Findings: []FindingView{f}}}
	return r, &r.Link.Findings[0]
}

// Each grade has its own words, as the table of grades gives them, and no grade borrows those of a higher one.
func TestSentence_UsesTheWordsOfItsGrade(t *testing.T) {
	for _, c := range []struct {
		grade models.Grade
		slope float64
		set   []int
		want  string
	}{
		{models.GradeAPlus, -.003, []int{2}, "We changed Flow and failure demand improved."},
		{models.GradeAPlus, .003, []int{2}, "We changed Flow and failure demand got worse."},
		{models.GradeA, -.003, []int{2, 3, 4}, "When Flow rose in a team, its failure demand tended to fall 2 to 4 weeks later."},
		{models.GradeA, .003, []int{3}, "When Flow rose in a team, its failure demand tended to rise 3 weeks later."},
		{models.GradeB, -.003, []int{1, 2, 3}, "More Flow probably goes with lower failure demand 1 to 3 weeks later."},
		{models.GradeC, -.003, []int{2, 3, 4}, "Flow and failure demand go together (higher Flow, lower failure demand 2 to 4 weeks later); Flow may be standing in for another condition."},
		{models.GradeC, .003, nil, "Flow and failure demand go together (higher Flow, higher failure demand in the same week); Flow may be standing in for another condition."},
		{models.GradeD, -.003, nil, "Flow with failure demand: not seen; we could have seen 1.8 points or more."},
		{models.GradeNone, -.003, nil, "Flow with failure demand: no answer."},
	} {
		r, f := pair(c.grade, c.slope, c.set...)
		if got := r.sentence(f); got != c.want {
			t.Errorf("%s: got  %q\nwant %q", c.grade, got, c.want)
		}
	}
}

func TestSentence_NamesTheConditionThatMayStandBehind(t *testing.T) {
	r, _ := pair(models.GradeC, -.003, 2)
	other := r.Link.Findings[0]
	other.Condition, other.ConditionName = "service", "Service"
	r.Link.Findings = append(r.Link.Findings, other)
	got := r.Statements()[0]
	if !strings.HasSuffix(got.Sentence, "; Flow may be standing in for Service.") {
		t.Errorf("got %q", got.Sentence)
	}
	if want := "Service, which goes with the same outcome and was not held fixed."; got.Rival != want {
		t.Errorf("got %q, want %q", got.Rival, want)
	}
	r, f := pair(models.GradeC, -.003, 2)
	r.Link.Conditions = r.Link.Conditions[:1]
	if got := r.sentence(f); !strings.HasSuffix(got, "may be standing in for something not measured.") {
		t.Errorf("got %q", got)
	}
}

func TestSentence_SaysIfNothingCouldBeComputedOfWhatWasInReach(t *testing.T) {
	r, f := pair(models.GradeD, -.003)
	f.MDE = models.None()
	if got, want := r.sentence(f), "Flow with failure demand: not seen; what could have been seen was not computed."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := r.Statements(); len(got) != 0 {
		t.Errorf("a null of unknown reach is a statement: %+v", got)
	}
}

// One number only if the set has one member.
func TestLater_NamesSetsOfLags(t *testing.T) {
	for _, c := range []struct {
		want string
		set  []int
	}{
		{"in the same week", nil},
		{"in the same week", []int{0}},
		{"1 week later", []int{1}},
		{"2 to 4 weeks later", []int{4, 2, 3}},
		{"1, 2 or 5 weeks later", []int{1, 2, 5}},
		{"in the same week or up to 1 week later", []int{0, 1}},
		{"in the same week or up to 3 weeks later", []int{0, 1, 3}},
		{"from 1 week before to 2 weeks after", []int{-1, 0, 1, 2}},
		{"2 to 3 weeks earlier", []int{-3, -2}},
	} {
		r, f := pair(models.GradeC, 1, c.set...)
		if got := r.later(f); got != c.want {
			t.Errorf("%v: got %q, want %q", c.set, got, c.want)
		}
	}
}

func TestStatement_HasAllThatAStatementMustHave(t *testing.T) {
	r, f := pair(models.GradeC, -.0032, 2, 3, 4)
	for lag := -8; lag <= 8; lag++ {
		f.Lags = append(f.Lags, models.LagPoint{Lag: lag, Estimate: f.Within})
	}
	f.Doubts = []models.Doubt{{Code: "x", Text: "one team holds a third of the weight"}}
	got := r.Statements()[0]
	got.effect = effect{}
	want := Statement{Condition: "flow", Outcome: "failure_demand", Grade: models.GradeC, Kind: "within team, lagged",
		Sentence: "Flow and failure demand go together (higher Flow, lower failure demand 2 to 4 weeks later); Flow may be standing in for another condition.",
		Size:     "−1.6 points", Interval: "−2.3 to −0.9", Per: "of failure demand, per +5 points of Flow",
		Rests:  "22 teams × 78 weeks, 1,571 cells; q = .01 after the search over 9 lags and 24 pairs.",
		Rival:  "something not measured that changed in the same teams at the same time, such as workload.",
		Doubts: []string{"One team holds a third of the weight."}}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(Statement{}, effect{})); d != "" {
		t.Error(d)
	}
}

// The robustness value stands in the line of the grade, and what the next grade would take in the base.
func TestStatement_SaysHowRobustAndWhatIsLacking(t *testing.T) {
	r, f := pair(models.GradeB, -.0032, 2, 3)
	f.Joint = models.Joint{Estimate: f.Within, Q: .004, Held: []string{"a", "b"}}
	f.Unweighted, f.Q, f.Periods, f.Reliable, f.Share, f.Robust = f.Within, .01, 40, .7, .2, .14
	f.Lags = []models.LagPoint{{Lag: -1}, {Lag: 2, Estimate: f.Within}}
	f.Within.T = -4.5
	f.Corrected = models.Estimate{OK: true, Slope: -.006, Low: -.008, High: -.004}
	f.Lead, f.Halves = models.Estimate{OK: true, P: .4}, [2]models.Figure{-2, -3}
	s := r.Statements()[0]
	if s.Robust != "RV 14%" {
		t.Errorf("robustness %q", s.Robust)
	}
	for _, want := range []string{"beside 2 other conditions held fixed, q = .004", "with the sampling noise of the scores taken out −3.0 points (−4.0 to −2.0)", "explain 14% of what is left of both", "For the next grade it lacks 52 periods."} {
		if !strings.Contains(s.Rests, want) {
			t.Errorf("%q does not say %q", s.Rests, want)
		}
	}
	var page, text strings.Builder
	if err := HTML(&page, r); err != nil {
		t.Fatal(err)
	}
	if err := Text(&text, r, 200, false); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.String(), `</small><small>RV 14%</small>`) || !strings.Contains(text.String(), "(RV 14%).") {
		t.Errorf("the value is not in the line of the grade:\n%s", text.String())
	}
	f.Robust = .04
	if s := r.Statements()[0]; s.Robust != "RV 4%, fragile" {
		t.Errorf("robustness %q", s.Robust)
	}
}

func TestStatements_AtMostFiveBestFirstThenNullsWorthKnowing(t *testing.T) {
	r, f := pair(models.GradeC, -.0032, 2)
	graded := *f
	r.Link.Findings = nil
	add := func(grade models.Grade, mder models.Figure, name string, between bool) {
		g := graded
		g.Grade, g.MDER, g.ConditionName = grade, mder, name
		if between {
			g.Between = models.Estimate{OK: true, R: .5, RLow: .1, RHigh: .8}
		}
		r.Link.Findings = append(r.Link.Findings, g)
	}
	names := func() string {
		var out []string
		for _, s := range r.Statements() {
			out = append(out, string(s.Grade)+strings.Fields(s.Sentence)[0])
		}
		return strings.Join(out, " ")
	}
	add(models.GradeD, .3, "weak", false)
	add(models.GradeD, .1, "sharp", false)
	add(models.GradeD, .4, "between", true)
	add(models.GradeD, models.None(), "unknown", false)
	add(models.GradeNone, .1, "refused", true)
	if got, want := names(), "Dbetween Dsharp Dweak"; got != want {
		t.Errorf("nothing graded: %q, want %q", got, want)
	}
	if got, want := r.summaryTitle(r.Statements()), "This report claims no link"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	add(models.GradeC, .1, "first", false)
	if got, want := names(), "Cfirst Dbetween Dsharp"; got != want {
		t.Errorf("one graded: %q, want %q", got, want)
	}
	if got, want := r.summaryTitle(r.Statements()), "Three things this report can say"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for range 6 {
		add(models.GradeC, .1, "more", false)
	}
	if got, want := names(), "Cfirst Cmore Cmore Cmore Cmore"; got != want {
		t.Errorf("seven graded: %q, want %q", got, want)
	}
}

func TestStandfirst_GivesTheSearch(t *testing.T) {
	r, f := pair(models.GradeC, -.0032, 2)
	check := func(want string) {
		t.Helper()
		if got := r.standfirst(); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	check("Of 24 pairs tested, one passed at a false-discovery rate of 10%; 0.1 of these may be expected to be false.")
	r.Link.ExpectedFalse = .01
	check("Of 24 pairs tested, one passed at a false-discovery rate of 10%; fewer than 0.1 of these may be expected to be false.")
	r.Link.ExpectedFalse = models.None()
	check("Of 24 pairs tested, one passed at a false-discovery rate of 10%.")
	r.Link.Found, f.Grade = 0, models.GradeD
	check("Of 24 pairs tested, none passed at a false-discovery rate of 10%. Associations of .14 or more inside teams would have been seen.")
	worse := *f
	worse.MDER = .26
	r.Link.Findings = append(r.Link.Findings, worse)
	check("Of 24 pairs tested, none passed at a false-discovery rate of 10%. Associations of .14 to .26 or more inside teams would have been seen, depending on the pair.")
	r.Link.Tested = 1
	check("The one pair tested did not pass at a false-discovery rate of 10%. Associations of .14 to .26 or more inside teams would have been seen, depending on the pair.")
	r.Link.Tested = 0
	check("No pair of condition and outcome could be tested; what is missing stands under “What we cannot say”.")
}

func TestBanner_WarnsOfTeamsThatDifferButDoNotMove(t *testing.T) {
	between := models.Estimate{OK: true, R: .52, RLow: .13, RHigh: .77}
	for _, c := range []struct {
		name    string
		grade   models.Grade
		slope   float64
		between models.Estimate
		want    string
	}{
		{"opposite signs, nothing claimed", models.GradeD, -.003, between, "Opposite signs: Flow and failure demand."},
		{"opposite signs, claimed", models.GradeC, -.003, between, "Opposite signs: Flow and failure demand."},
		{"opposite signs, claimed, averages not clear", models.GradeC, -.003, models.Estimate{OK: true, R: .2, RLow: -.1, RHigh: .5}, "Opposite signs: Flow and failure demand."},
		{"between only", models.GradeD, .003, between, "Between teams only: Flow and failure demand."},
		{"both the same way", models.GradeC, .003, between, ""},
		{"between not clear of zero", models.GradeD, -.003, models.Estimate{OK: true, R: .2, RLow: -.1, RHigh: .5}, ""},
	} {
		r, f := pair(c.grade, c.slope)
		f.Between = c.between
		title, text := r.bannerWords(f)
		if title != c.want {
			t.Errorf("%s: got %q, want %q", c.name, title, c.want)
		}
		if c.grade == models.GradeD && title != "" && !strings.Contains(text, "This report makes no claim from it.") {
			t.Errorf("%s: does not say what is not claimed: %q", c.name, text)
		}
	}
	r, f := pair(models.GradeNone, .003)
	f.Within, f.Between = models.Estimate{}, between
	if _, text := r.bannerWords(f); !strings.Contains(text, "could not be asked") {
		t.Errorf("refused inside teams: got %q", text)
	}
}

func TestLagTitle_SaysFirstOnlyAtGradeA(t *testing.T) {
	r, f := pair(models.GradeC, -.003, 2, 3, 4)
	if got, want := r.lagTitle(f), "Flow and failure demand lie closest with Flow 2 to 4 weeks ahead"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	f.Grade = models.GradeA
	if got, want := r.lagTitle(f), "Flow moved first: failure demand was lower 2 to 4 weeks later"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	f.LagSet = []int{0, 1}
	if got, want := r.lagTitle(f), "Flow and failure demand lie closest in the same week or up to 1 week later"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLagProfile_IsRefusedInItsPlace(t *testing.T) {
	r, _ := pair(models.GradeD, -.003)
	if s := string(r.lagProfiles()); !strings.Contains(s, "No lag is named") || !strings.Contains(s, "no pair passed") {
		t.Errorf("nothing graded: %s", s)
	}
	r.Link.MaxLag, r.Periods = 0, 8
	if s := string(r.lagProfiles()); !strings.Contains(s, "8 weeks are too few") {
		t.Errorf("too short: %s", s)
	}
	r.Link.Refusals = []models.Refusal{{Code: "short_panel", Reason: "only 8 weeks", Needed: "18 more"}}
	if s := string(r.lagProfiles()); !strings.Contains(s, "Only 8 weeks.") || !strings.Contains(s, "18 more.") {
		t.Errorf("refused: %s", s)
	}
}

func TestLower_KeepsNamesThatAreNames(t *testing.T) {
	for in, want := range map[string]string{"Failure demand": "failure demand", "NPS": "NPS", "Net Promoter Score": "Net Promoter Score", "Net promoter score": "net promoter score", "A": "A", "": "", "Öffnung": "Öffnung", "four-hour share": "four-hour share"} {
		if got := lower(in); got != want {
			t.Errorf("lower(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestRests_TakesBackAnIntervalThatTheSearchDoes(t *testing.T) {
	r, f := pair(models.GradeD, -.0032)
	f.Q = .31
	if got, want := r.rests(f), "22 teams × 78 weeks, 1,571 cells. Its own interval clears zero, but it is the best of many, and the search over 24 pairs takes that back (q = .31)."; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	f.Within.High = .001
	if got, want := r.rests(f), "22 teams × 78 weeks, 1,571 cells."; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestRests_SaysInHowManyWaysItHolds(t *testing.T) {
	r, f := pair(models.GradeC, -.0032)
	one := func(code string, kind models.WayKind, slope, low, high models.Figure) models.Way {
		e := f.Within
		e.Slope, e.Low, e.High = slope, low, high
		return models.Way{Code: code, Kind: kind, Says: "it is counted as " + code, Estimate: e}
	}
	f.Ways = []models.Way{
		one("trends", models.OtherMethod, -.003, -.005, -.001),
		one("imputed", models.IfMissing, -.003, -.006, .001),
		one("huber", models.OtherMethod, .003, .001, .005),
		one("hidden_1", models.IfHidden, -.001, -.004, .002),
	}
	if got, want := r.rests(f), "; counted in 3 other ways, the same sign and clear of zero in 1"; !strings.Contains(got, want) {
		t.Errorf("%q does not say %q", got, want)
	}
	f.Ways = f.Ways[:1]
	if got, want := r.rests(f), "; counted in 1 other way, the same sign and clear of zero in all"; !strings.Contains(got, want) {
		t.Errorf("%q does not say %q", got, want)
	}
	r.Link = &Link{Findings: []FindingView{*f}}
	if got := string(r.waysTable()); !strings.Contains(got, "it is counted as trends") {
		t.Errorf("table %s", got)
	}
}

func TestFacetTitle_SaysWhatTheAverageHides(t *testing.T) {
	d := Dimension{Name: "Service", Score: around(61, 2, 395)}
	score := func(id string, v, half, sd float64) Facet {
		return Facet{ID: id, Text: "question " + id, Score: around(v, half, 100), SD: fig(sd)}
	}
	for _, c := range []struct {
		facets []Facet
		want   string
	}{
		{[]Facet{score("a", 70, 2, 25), score("b", 52, 2, 37)}, "Beneath the Service average of 61: answers to “question b” pull apart"},
		{[]Facet{score("a", 70, 2, 25), score("b", 52, 2, 30)}, "Beneath the Service average of 61: “question b” lies lowest, at 52"},
		{[]Facet{score("a", 70, 2, 25), score("b", 52, 2, 30), score("c", 54, 2, 30)}, "Beneath the Service average of 61: from 52 for “question b” to 70 for “question a”"},
		{[]Facet{score("a", 70, 9, 25), score("b", 60, 9, 30)}, "Beneath the Service average of 61: no question lies clear of the others"},
		{[]Facet{score("a", 70, 9, 25)}, "Beneath the Service average of 61: no question lies clear of the others"},
	} {
		d.Facets = c.facets
		if got := facetTitle(&d); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestCrest_JudgesAgainstTheLineOnTheDigitsShown(t *testing.T) {
	in := &Inside{Line: &Line{Value: 62}}
	for _, c := range []struct {
		low, high float64
		want      string
	}{{63, 66, "above"}, {62.4, 66, "cannot tell"}, {58, 61.4, "beneath"}, {58, 61.6, "cannot tell"}} {
		d := Dimension{Score: Interval{Value: 62, Low: fig(c.low), High: fig(c.high)}}
		if got := in.stand(&d); got != c.want {
			t.Errorf("%v to %v: got %q, want %q", c.low, c.high, got, c.want)
		}
	}
	in.Line = nil
	if got := in.stand(&Dimension{Score: around(80, 1, 9)}); got != "" {
		t.Errorf("without a line: got %q", got)
	}
}

func TestFailureTitle_NamesTheFewThatMakeHalf(t *testing.T) {
	f := &Failure{Rate: around(.382, .002, 1000)}
	for _, c := range []struct {
		running []models.Figure
		want    string
	}{
		{[]models.Figure{.6, 1}, "38.2% of classified contacts are failure demand; one reason makes up 60% of it"},
		{[]models.Figure{.2, .4, .55, 1}, "38.2% of classified contacts are failure demand; three reasons make up 55% of it"},
		{[]models.Figure{.1, .2, .3, .4, .45, .51}, "38.2% of classified contacts are failure demand; half of it is spread over 6 reasons"},
		{nil, "38.2% of classified contacts are failure demand"},
	} {
		f.Reasons = nil
		for _, x := range c.running {
			f.Reasons = append(f.Reasons, FailureReason{Running: x})
		}
		if got := failureTitle(f); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestTrust_TellsIfRowsDoNotAddUp(t *testing.T) {
	trust := Trust{Sources: []SourceTrust{{Name: "tickets", Read: 10, Loaded: 7, Rejected: 1, Filtered: 1, Control: 1}}, ChecksRun: 14}
	if got, want := trust.title(), "Can the data be trusted? Every row read is accounted for; no check warns"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	trust.Sources[0].Read, trust.Checks = 11, []Check{{Name: "a"}, {Name: "b"}}
	if got, want := trust.title(), "Can the data be trusted? Not in full: the rows of tickets do not add up; two checks warn"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
