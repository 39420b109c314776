package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"insideout/models"
)

// Statement is one thing the report says, made by rule from one finding: the sentence that its grade permits, its size
// in natural units with the 95 % interval, what it rests on and the main rival explanation. Nothing in it was
// typed in by anyone.
type Statement struct {
	Condition string       `json:"condition"` // series ids
	Outcome   string       `json:"outcome"`
	Grade     models.Grade `json:"grade"`
	Kind      string       `json:"kind"`       // kind of evidence, in words
	Sentence  string       `json:"sentence"`   // in the words that the grade permits
	Size      string       `json:"size"`       // "−1.6 points"
	Interval  string       `json:"interval"`   // "−2.3 to −0.9"
	Per       string       `json:"per"`        // what the size is of: "of failure demand, per +5 points of Flow"
	Robust    string       `json:"robustness"` // robustness value, in the line of the grade; empty where not computed
	Rests     string       `json:"rests_on"`
	Rival     string       `json:"main_rival"`
	Doubts    []string     `json:"doubts"`

	effect effect
}

// mostStatements is how many statements a reader is asked to carry.
const mostStatements = 5

// Statements gives the summary: graded findings, best first, then the nulls that are most worth knowing. A null is worth
// knowing if it would be taken for a link by who looks at team averages only, the larger the sooner, and then if a
// small association would have been seen. A null whose smallest effect was not computed says nothing and is left out.
func (r *Report) Statements() []Statement {
	if r.Link == nil {
		return nil
	}
	var graded, nulls []*FindingView
	for i := range r.Link.Findings {
		switch f := &r.Link.Findings[i]; {
		case f.claimed():
			graded = append(graded, f)
		case f.Grade == models.GradeD && f.MDE.Known():
			nulls = append(nulls, f)
		}
	}
	slices.SortStableFunc(nulls, func(a, b *FindingView) int {
		if x, y := a.betweenOnly(), b.betweenOnly(); x != y {
			if x {
				return -1
			}
			return 1
		} else if x {
			return byBetween(a, b)
		}
		return compareFigures(a.MDER, b.MDER)
	})
	room := mostStatements - len(graded)
	if len(graded) > 0 {
		room = min(room, 2)
	} else {
		room = min(room, 3)
	}
	chosen := graded[:min(len(graded), mostStatements)]
	if room > 0 {
		chosen = append(slices.Clip(chosen), nulls[:min(len(nulls), room)]...)
	}
	out := make([]Statement, len(chosen))
	for i, f := range chosen {
		out[i] = r.statement(f)
	}
	return out
}

// byBetween sorts by the size of the difference between teams, largest first.
func byBetween(a, b *FindingView) int {
	return cmp.Compare(math.Abs(float64(b.Between.R)), math.Abs(float64(a.Between.R)))
}

// compareFigures sorts by size, what is not known last.
func compareFigures(a, b models.Figure) int {
	switch {
	case !a.Known() && !b.Known():
		return 0
	case !a.Known():
		return 1
	case !b.Known():
		return -1
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// claimed reports whether the grade says that something goes together.
func (f *FindingView) claimed() bool {
	switch f.Grade {
	case models.GradeAPlus, models.GradeA, models.GradeB, models.GradeC:
		return true
	}
	return false
}

// betweenOnly reports whether teams differ together, clear of zero, while nothing was seen inside them: the pair that team
// averages would sell as a link.
func (f *FindingView) betweenOnly() bool {
	return !f.claimed() && f.Between.OK && clearOfZero(f.Between)
}

// opposite reports whether teams differ one way and move the other. The movement must be clear, by its interval or its
// grade: a difference beside a movement that was not seen has no opposite.
func (f *FindingView) opposite() bool {
	return f.Between.OK && f.Within.OK && float64(f.Between.R)*float64(f.Within.R) < 0 && (clearOfZero(f.Within) || f.claimed())
}

func clearOfZero(e models.Estimate) bool {
	if e.RLow.Known() && e.RHigh.Known() {
		return e.RLow > 0 || e.RHigh < 0
	}
	return e.Low > 0 || e.High < 0 // false for NaN
}

func (r *Report) statement(f *FindingView) Statement {
	s := Statement{
		Condition: f.Condition, Outcome: f.Outcome, Grade: f.Grade,
		Kind: kind(f), Sentence: r.sentence(f), Robust: robust(f), Rests: r.rests(f), Rival: r.rival(f),
		effect: effectOf(f.Within, f.Step, quantityOf(f.OutcomeUnit)),
	}
	s.Size, s.Interval = s.effect.size(), s.effect.span()
	s.Per = "of " + lower(f.OutcomeName) + ", per " + r.step(f)
	for _, d := range f.Doubts {
		s.Doubts = append(s.Doubts, sentenceOf(d.Text))
	}
	return s
}

// kind names the design behind a finding.
func kind(f *FindingView) string {
	if f.Grade == models.GradeD {
		return "not seen"
	}
	switch f.Evidence {
	case models.Intervention:
		return "intervention"
	case models.LaggedAssociation:
		return "within team, lagged"
	case models.WithinTeamChange:
		return "within team"
	}
	return "association"
}

// robust is the robustness value beside a grade: how little a hidden factor would have to explain to undo the finding.
func robust(f *FindingView) string {
	if !f.claimed() || !(f.Robust > 0) {
		return ""
	}
	return "RV " + percent(f.Robust, 0) + either(f.Fragile(), ", fragile", "")
}

// sentence gives the words of the grade: these and no others.
func (r *Report) sentence(f *FindingView) string {
	x, y := f.ConditionName, lower(f.OutcomeName)
	up := f.Within.Slope > 0
	switch f.Grade {
	case models.GradeAPlus:
		word := "improved"
		if up != (f.OutcomeHigher >= 0) {
			word = "got worse"
		}
		return fmt.Sprintf("We changed %s and %s %s.", x, y, word)
	case models.GradeA:
		return fmt.Sprintf("When %s rose in a team, its %s tended to %s %s%s.", x, y, either(up, "rise", "fall"), r.later(f), either(f.Effects.MostTeams(), ", in most teams", ""))
	case models.GradeB:
		return fmt.Sprintf("More %s probably goes with %s %s %s.", x, either(up, "higher", "lower"), y, r.later(f))
	case models.GradeC:
		return fmt.Sprintf("%s and %s go together (higher %s, %s %s %s); %s may be standing in for %s.",
			x, y, x, either(up, "higher", "lower"), y, r.later(f), x, r.standsFor(f))
	case models.GradeD:
		s := fmt.Sprintf("%s with %s: not seen", x, y)
		if m := seen(f.MDE, f.Step, quantityOf(f.OutcomeUnit)); m != "" {
			return s + "; we could have seen " + m + " or more."
		}
		return s + "; what could have been seen was not computed."
	}
	return fmt.Sprintf("%s with %s: no answer.", x, y)
}

// rests gives the base of a statement: teams, periods, cells, and how the search was paid for.
func (r *Report) rests(f *FindingView) string {
	w := f.Within
	s := fmt.Sprintf("%s × %s, %s", plural(w.Teams, "team", "teams"), r.periods(w.Times), plural(w.N, "cell", "cells"))
	if v := f.Waves; v != nil && v.Window > 1 {
		s += "; " + r.waveWords(v)
	}
	if f.Reliable.Known() {
		s += "; within-team reliability " + correlation(f.Reliable)
	}
	if f.claimed() && f.Q.Known() {
		s += fmt.Sprintf("; q %s after the search over %s", probability(f.Q), r.searched(f))
	}
	if n := len(f.Joint.Held); f.claimed() && f.Joint.OK && f.Joint.Q.Known() {
		s += fmt.Sprintf("; beside %s held fixed, q %s", plural(n, "other condition", "other conditions"), probability(f.Joint.Q))
	}
	if f.claimed() && f.Corrected.OK {
		x := effectOf(f.Corrected, f.Step, quantityOf(f.OutcomeUnit))
		s += "; with the sampling noise of the scores taken out " + x.size() + " (" + x.span() + ")"
	}
	if f.claimed() && f.Rate.OK {
		x := effectOf(f.Rate, f.Step, quantityOf(f.OutcomeUnit))
		s += "; counted case by case " + x.size() + " (" + x.span() + ")"
	}
	if ways, agree := otherWays(f); f.claimed() && ways > 0 {
		s += fmt.Sprintf("; counted in %s, the same sign and clear of zero in %s", plural(ways, "other way", "other ways"), either(agree == ways, "all", count(agree)))
	}
	if f.claimed() && f.Robust > 0 {
		s += "; a hidden factor would have to explain " + percent(f.Robust, 0) + " of what is left of both to undo it (RV)"
	}
	if lacks := f.Lacks(); f.claimed() && f.Robust > 0 && len(lacks) > 0 {
		s += ". For the next grade it lacks " + list(lacks, 3)
	}
	if f.Grade == models.GradeD && f.Q.Known() && (f.Within.Low > 0 || f.Within.High < 0) {
		s += fmt.Sprintf(". Its own interval clears zero, but it is the best of many, and the search over %s takes that back (q %s)", r.searched(f), probability(f.Q))
	}
	if f.betweenOnly() {
		s += fmt.Sprintf(". Teams with more %s do have %s %s, but when %s rose inside a team, no move of it was seen",
			f.ConditionName, either(f.Between.R > 0, "higher", "lower"), lower(f.OutcomeName), f.ConditionName)
	}
	return s + "."
}

func (r *Report) searched(f *FindingView) string {
	pairs := plural(f.Family, "pair", "pairs")
	if n := len(tested(f.Lags)); n > 1 {
		return plural(n, "lag", "lags") + " and " + pairs
	}
	return pairs
}

// tested gives the lags that the search went over: the condition first, or both together.
func tested(lags []models.LagPoint) []models.LagPoint {
	return slices.DeleteFunc(slices.Clone(lags), func(p models.LagPoint) bool { return p.Lag < 0 || !p.OK })
}

// rival names the explanation that the design leaves open first of all.
func (r *Report) rival(f *FindingView) string {
	switch {
	case f.Grade == models.GradeD && f.betweenOnly():
		return "teams differ in much else, such as the kind of work they do."
	case f.Grade == models.GradeD && f.Reliable < .5:
		return "the scores inside teams may be too noisy to show a link."
	case f.Grade == models.GradeD:
		return "a link smaller than what could have been seen."
	case f.Evidence == models.Intervention:
		return "the teams that changed were chosen when they did badly, and bad spells tend to end."
	}
	if others := r.companions(f); len(others) > 0 && f.Grade == models.GradeC {
		goes := list(others, 2) + ", which " + either(len(others) == 1, "goes", "go") + " with the same outcome"
		switch {
		case !f.Joint.OK || len(f.Joint.NotHeld) > 0:
			return goes + " and " + either(len(others) == 1, "was", "were") + " not held fixed."
		case !(f.Joint.Q <= .05):
			return goes + "; with the other conditions held fixed, what is left is not clear enough."
		}
	}
	if f.Evidence == models.Association {
		return "teams differ in much else, such as the kind of work they do."
	}
	return "something not measured that changed in the same teams at the same time, such as workload."
}

// companions are the other conditions that are graded for the same outcome.
func (r *Report) companions(f *FindingView) []string {
	var out []string
	for i := range r.Link.Findings {
		if o := &r.Link.Findings[i]; o.Outcome == f.Outcome && o.Condition != f.Condition && o.claimed() {
			out = append(out, o.ConditionName)
		}
	}
	return out
}

func (r *Report) standsFor(f *FindingView) string {
	switch others := r.companions(f); {
	case len(others) > 0:
		return others[0]
	case len(r.Link.Conditions) > 1:
		return "another condition"
	}
	return "something not measured"
}

// later says when, seen from the condition: "2 to 4 weeks later". Never one number unless the set has one member.
func (r *Report) later(f *FindingView) string {
	set := slices.Sorted(slices.Values(f.LagSet))
	if len(set) == 0 {
		set = []int{f.Lag}
	}
	first, last := set[0], set[len(set)-1]
	switch {
	case first == 0 && last == 0:
		return "in the same " + string(r.Grain)
	case first == 0:
		return fmt.Sprintf("in the same %s or up to %s later", r.Grain, r.periods(last))
	case last < 0:
		return r.ahead([]int{-last, -first}) + " earlier"
	case first < 0:
		return fmt.Sprintf("from %s before to %s after", r.periods(-first), r.periods(last))
	}
	return r.ahead(set) + " later"
}

// ahead writes a set of lags above zero: "3 weeks", "2 to 4 weeks", "1, 2 or 5 weeks".
func (r *Report) ahead(set []int) string {
	first, last := set[0], set[len(set)-1]
	switch {
	case first == last:
		return r.periods(first)
	case last-first == len(set)-1:
		return fmt.Sprintf("%d to %s", first, r.periods(last))
	}
	words := make([]string, len(set))
	for i, lag := range set {
		words[i] = fmt.Sprint(lag)
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + r.periods(last)
}

func (r *Report) periods(n int) string { return count(n) + " " + r.Grain.Plural(n) }

// step is the move of the condition that a size belongs to: "+5 points of Flow".
func (r *Report) step(f *FindingView) string { return r.stepSize(f) + " of " + f.ConditionName }

func (r *Report) stepSize(f *FindingView) string { return r.stepWords(f.Condition, f.Step) }

func (r *Report) stepWords(condition string, step models.Figure) string {
	q := quantityOf(r.conditionUnit(condition))
	v := q.factor
	if step.Known() {
		v *= float64(step)
	}
	digits := 0
	for digits < 4 && math.Abs(v-math.Round(v*math.Pow10(digits))/math.Pow10(digits)) > 1e-9*math.Abs(v) {
		digits++
	}
	s := signed(v, digits)
	switch {
	case q.moves == "":
		return s
	case q.moves == "points" && math.Abs(v) == 1:
		return s + " point"
	}
	return s + " " + q.moves
}

func (r *Report) conditionUnit(id string) string {
	for _, c := range r.Link.Conditions {
		if c.ID == id {
			return c.Unit
		}
	}
	return ""
}

// lower lets a name stand inside a sentence: "Failure demand" becomes "failure demand"; "NPS" and "Net Promoter Score" stay.
func lower(name string) string {
	capitals := 0
	for _, word := range strings.Fields(name) {
		if word[0] >= 'A' && word[0] <= 'Z' {
			capitals++
		}
	}
	if capitals == 1 && len(name) > 1 && name[0] >= 'A' && name[0] <= 'Z' && name[1] >= 'a' && name[1] <= 'z' {
		return string(name[0]-'A'+'a') + name[1:]
	}
	return name
}

// sentenceOf makes a text end as a sentence does.
func sentenceOf(s string) string {
	s = capital(strings.TrimSpace(s))
	if s != "" && !strings.ContainsRune(".!?", rune(s[len(s)-1])) {
		s += "."
	}
	return s
}

// list names the first few and counts the rest: "a, b and 12 more".
func list(names []string, most int) string {
	switch n := len(names); {
	case n == 0:
		return ""
	case n == 1:
		return names[0]
	case n <= most:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	default:
		return strings.Join(names[:most], ", ") + " and " + count(n-most) + " more"
	}
}

func either[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}
