package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMarkup_ConvertsInOnePlace holds what makes escaping certain: a computed string becomes markup in markup.go only.
func TestMarkup_ConvertsInOnePlace(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	conversion := regexp.MustCompile("markup\\(([^`\")]|$)")
	for _, f := range files {
		if f == "markup.go" || strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range strings.Split(string(b), "\n") {
			if conversion.MatchString(l) && !strings.Contains(l, "func ") && !strings.HasPrefix(strings.TrimSpace(l), "//") && !strings.Contains(l, "[markup](") {
				t.Errorf("%s:%d converts to markup: %s", f, i+1, strings.TrimSpace(l))
			}
		}
	}
}

const hostile = "<script>alert(1)</script>\" onload='x' & \x1b[31m\x00\u202Egnp\u2066\ufeff\xff]]>"

// poison puts the hostile name wherever a report holds a string.
func poison(r *Report) *Report {
	r.Name, r.Zone = hostile, hostile
	for i := range r.Trust.Sources {
		r.Trust.Sources[i].Name, r.Trust.Sources[i].Dataset = hostile, hostile
	}
	for i := range r.Trust.Checks {
		r.Trust.Checks[i] = Check{hostile, 3, hostile, hostile}
	}
	r.Trust.InsideOnly = []string{hostile}
	for i := range r.Trust.OutsideOnly {
		r.Trust.OutsideOnly[i] = hostile
	}
	for i := range r.Trust.Gaps {
		r.Trust.Gaps[i].Stream, r.Trust.Gaps[i].Reason = hostile, hostile
	}
	for i := range r.Trust.Notes {
		r.Trust.Notes[i].Text = hostile
	}
	r.Inside.Waves, r.Inside.Line.Words = hostile, hostile
	for i := range r.Inside.Dimensions {
		d := &r.Inside.Dimensions[i]
		d.Name, d.About = hostile, hostile
		for k := range d.Facets {
			d.Facets[k].Text = hostile
		}
	}
	for i := range r.Outside.Metrics {
		m := &r.Outside.Metrics[i]
		m.ID, m.Name, m.Unit, m.Definition = hostile, hostile, hostile, hostile
		for k := range m.Trend {
			m.Trend[k].Period = hostile
		}
	}
	for i := range r.Outside.Failure.Reasons {
		r.Outside.Failure.Reasons[i].Reason = hostile
	}
	r.Outside.Repeats.Key, r.Outside.Repeats.Window = hostile, hostile
	l := r.Link
	for i := range l.Conditions {
		l.Conditions[i].Name, l.Conditions[i].Unit = hostile, hostile
	}
	for i := range l.Outcomes {
		l.Outcomes[i].Name, l.Outcomes[i].Unit = hostile, hostile
	}
	for i := range l.Findings {
		f := &l.Findings[i]
		f.ConditionName, f.OutcomeName, f.OutcomeUnit, f.Method = hostile, hostile, hostile, hostile
		for k := range f.Doubts {
			f.Doubts[k].Text = hostile
		}
		if f.Refused != nil {
			f.Refused.Reason, f.Refused.Needed = hostile, hostile
		}
	}
	for i := range l.Refusals {
		l.Refusals[i].Reason, l.Refusals[i].Needed = hostile, hostile
	}
	r.Source = Provenance{hostile, hostile, hostile, hostile, hostile, hostile}
	return r
}

func TestReport_HostileNames(t *testing.T) {
	r := poison(fullReport())
	s := page(t, r)
	parse(t, s)
	for _, bad := range []string{"<script", "\" onload", "'x'", "\x1b", "\x00", "\u202E", "\u2066", "\ufeff", "\xff", "alert(1)</"} {
		if strings.Contains(s, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if !strings.Contains(s, "&lt;script&gt;alert(1)&lt;/script&gt;&#34; onload=&#39;x&#39; &amp; \ufffd[31m") {
		t.Error("the name is not on the page as text")
	}
	for _, color := range []bool{false, true} {
		got := terminal(t, r, 80, color)
		for _, bad := range []string{"\x1b[31m", "\x00", "\u202E", "\u2066", "\ufeff", "\xff", "\r"} {
			if strings.Contains(got, bad) {
				t.Errorf("the text holds %q", bad)
			}
		}
	}
	if !json.Valid(data(t, r)) {
		t.Error("the JSON value is not valid")
	}
}

func TestClean_TakesOutWhatHarms(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "Zürich ‘7’": "Zürich ‘7’", "a\tb\nc\u2028d": "a b c d", "x\x1b[31m": "x\ufffd[31m", "a\u202Eb": "a\ufffdb", "\ufeffa\ufeffb": "a\ufffdb",
		"\xffa": "\ufffda", "عربى": "عربى", "👩‍🔧": "👩‍🔧", "a\U000E0041": "a\ufffd",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
	if got, want := esc(`<a href="x">&'`), markup("&lt;a href=&#34;x&#34;&gt;&amp;&#39;"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
