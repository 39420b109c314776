package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"insideout/models"
)

func (r *fitResult) summary() string {
	return fmt.Sprintf("%d teams, %d %s; %d pairs tested, %d found", r.Panel.Teams, r.Panel.Periods, r.grain.Plural(r.Panel.Periods), r.Tested, r.Found)
}

// text writes the result for people: what was tested, the pairs from strong to weak, then doubts and refusals.
func (r *fitResult) text(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d teams, %d %s, lags 0 to %d\n", r.Panel.Teams, r.Panel.Periods, r.grain.Plural(r.Panel.Periods), r.MaxLag)
	fmt.Fprintf(&b, "%d pairs tested, %d found at a false discovery rate of %s", r.Tested, r.Found, short(models.Figure(r.Spec.FDR)))
	if r.Found > 0 {
		fmt.Fprintf(&b, "; of these %s are expected to be false", short(r.ExpectedFalse))
	}
	b.WriteString("\n")
	for _, f := range r.Refusals {
		fmt.Fprintf(&b, "! %s\n  -> %s\n", f.Reason, f.Needed)
	}
	order := make([]*fitFinding, 0, len(r.Findings))
	for i := range r.Findings {
		order = append(order, &r.Findings[i])
	}
	slices.SortStableFunc(order, func(x, y *fitFinding) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(known(x.Q), known(y.Q)), cmp.Compare(known(x.PSearch), known(y.PSearch)))
	})
	b.WriteString("\nInside teams, calendar out. Slope: outcome for one unit of the condition, 95 % interval at the best lag.\n\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "grade\tcondition\toutcome\t%s later\tslope\tinterval\tr\tp\tq\tq beside\tteams\tcells\n", r.grain.Plural(2))
	for _, f := range order {
		if f.Refused != nil {
			continue
		}
		e := &f.Within
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s to %s\t%s\t%s\t%s\t%s\t%d\t%d\n", f.Strength, f.Condition, f.Outcome, f.when(),
			short(e.Slope), short(e.Low), short(e.High), short(e.R), short(f.PSearch), short(f.Q), short(f.Joint.Q), e.Teams, e.N)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(&b, "\np pays for the search over lags, q for that over pairs; q beside holds the other conditions fixed. They say how often\nchance alone looks like this, not why.\n")
	b.WriteString("The raw correlation (pooled, in the JSON) mixes teams and calendar. It is not evidence.\n")
	first := true
	for _, f := range order {
		if f.Refused == nil && (f.Strength == models.GradeD || len(f.Doubts) == 0 && len(f.Lacks()) == 0) {
			continue
		}
		if first {
			b.WriteString("\n")
			first = false
		}
		if f.Refused != nil {
			fmt.Fprintf(&b, "x %s, %s: %s\n  -> %s\n", f.Condition, f.Outcome, f.Refused.Reason, f.Refused.Needed)
			continue
		}
		fmt.Fprintf(&b, "! %s, %s\n", f.Condition, f.Outcome)
		if lacks := f.Lacks(); len(lacks) > 0 {
			fmt.Fprintf(&b, "  to the next grade it lacks %s\n", strings.Join(lacks, "; "))
		}
		for _, d := range f.Doubts {
			fmt.Fprintf(&b, "  %s\n", d.Text)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// rank orders findings from strong to refused.
func rank(f *fitFinding) int {
	return slices.Index([]models.Grade{models.GradeAPlus, models.GradeA, models.GradeB, models.GradeC, models.GradeD, models.GradeNone}, f.Strength)
}

// known puts what was not computed behind everything else.
func known(f models.Figure) float64 {
	if f.Known() {
		return float64(f)
	}
	return 2
}

// when is the set of lags of a finding, as a range where it is one. A pair that was not found has no lag to speak of.
func (f *fitFinding) when() string {
	if f.Strength == models.GradeD || len(f.LagSet) == 0 {
		return "-"
	}
	s := f.LagSet
	if last := s[len(s)-1]; len(s) > 1 && last-s[0] == len(s)-1 {
		return fmt.Sprintf("%d to %d", s[0], last)
	}
	text := make([]string, len(s))
	for i, l := range s {
		text[i] = strconv.Itoa(l)
	}
	return strings.Join(text, ", ")
}

// short is a figure with three digits that count.
func short(f models.Figure) string {
	if !f.Known() {
		return "-"
	}
	return strconv.FormatFloat(float64(f), 'g', 3, 64)
}
