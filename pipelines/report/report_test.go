package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with testdata/name and leaves what it got where the test log says.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		out := filepath.Join(t.ArtifactDir(), name)
		if err := os.WriteFile(out, got, 0o644); err != nil {
			t.Error(err)
		}
		t.Errorf("%s differs (-want +got); got is in %s\n%s", path, out, d)
	}
}

func page(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func terminal(t *testing.T, r *Report, width int, color bool) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, r, width, color); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func data(t *testing.T, r *Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReport_Goldens(t *testing.T) {
	for name, r := range fixtures() {
		golden(t, name+".txt", []byte(terminal(t, r, 80, false)))
	}
	golden(t, "years.json", data(t, yearsReport()))
}

// element is what a parse of the page remembers of one element.
type element struct {
	name  string
	attrs map[string]string
	text  string // of a heading
}

// parse reads the page as strict XML, so that an unclosed tag or a bare ampersand fails.
func parse(t *testing.T, s string) []element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(s))
	var out []element
	var open []int
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			e := element{name: x.Name.Local, attrs: map[string]string{}}
			for _, a := range x.Attr {
				if _, twice := e.attrs[a.Name.Local]; twice {
					t.Errorf("<%s> has %s twice", e.name, a.Name.Local)
				}
				e.attrs[a.Name.Local] = a.Value
			}
			open, out = append(open, len(out)), append(out, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, i := range open {
				if out[i].name[0] == 'h' && len(out[i].name) == 2 {
					out[i].text += string(x)
				}
			}
		}
	}
}

func TestHTML_IsWellFormedAndReachable(t *testing.T) {
	for name, r := range fixtures() {
		t.Run(name, func(t *testing.T) {
			s := page(t, r)
			ids := map[string]bool{}
			level := 0
			elements := parse(t, s)
			for _, e := range elements {
				if id := e.attrs["id"]; id != "" {
					if ids[id] {
						t.Errorf("id %q stands twice", id)
					}
					ids[id] = true
				}
				if len(e.name) == 2 && e.name[0] == 'h' && e.name[1] >= '1' && e.name[1] <= '6' {
					if n := int(e.name[1] - '0'); n > level+1 {
						t.Errorf("heading %q leaps from level %d to %d", e.text, level, n)
					} else {
						level = n
					}
				}
			}
			for _, e := range elements {
				if href, ok := e.attrs["href"]; ok && (!strings.HasPrefix(href, "#") || !ids[href[1:]]) {
					t.Errorf("link to %q leads nowhere", href)
				}
				if by := e.attrs["aria-labelledby"]; by != "" && !ids[by] {
					t.Errorf("%s is named by %q, which is not there", e.name, by)
				}
				if e.name == "svg" && e.attrs["role"] != "img" && e.attrs["aria-hidden"] != "true" && e.attrs["x"] == "" && e.attrs["viewBox"] == "" {
					t.Errorf("drawing without words: %v", e.attrs)
				}
				if e.attrs["role"] == "img" && len(e.attrs["aria-label"]) < 20 {
					t.Errorf("drawing with too few words: %q", e.attrs["aria-label"])
				}
				for _, a := range e.attrs {
					if strings.Contains(a, "NaN") || strings.Contains(a, "Inf") {
						t.Errorf("<%s> has %q", e.name, a)
					}
				}
			}
			for _, must := range []string{"<script", "http:", "https:", "url(data", "@import", "onload", "NaN"} {
				if strings.Contains(s, must) {
					t.Errorf("the page holds %q", must)
				}
			}
		})
	}
}

func TestReport_SameValueSameBytes(t *testing.T) {
	for name := range fixtures() {
		a, b := fixtures()[name], fixtures()[name]
		if page(t, a) != page(t, b) || page(t, a) != page(t, a) {
			t.Errorf("%s: two pages of the same value differ", name)
		}
		if terminal(t, a, 80, true) != terminal(t, b, 80, true) {
			t.Errorf("%s: two texts of the same value differ", name)
		}
		if !bytes.Equal(data(t, a), data(t, b)) {
			t.Errorf("%s: two JSON values of the same value differ", name)
		}
	}
}

// forbidden are the words that no output may hold: each claims more than the data carry.
var forbidden = regexp.MustCompile(`(?i)\b(causes|drives|driver|impact|proves|roi|leads\s+to|because\s+of|due\s+to|results\s+in)\b`)

func TestReport_PermittedWordsOnly(t *testing.T) {
	for name, r := range fixtures() {
		for _, s := range []string{page(t, r), terminal(t, r, 80, false), string(data(t, r))} {
			if w := forbidden.FindString(s); w != "" {
				t.Errorf("%s says %q", name, w)
			}
		}
	}
	files, err := filepath.Glob("*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") || f == "testdata" {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if w := forbidden.Find(b); w != nil {
			t.Errorf("%s holds %q", f, w)
		}
	}
}

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

func TestText_KeepsItsWidth(t *testing.T) {
	for name, r := range fixtures() {
		for _, width := range []int{40, 80, 132} {
			for i, l := range strings.Split(terminal(t, r, width, false), "\n") {
				if n := columns(l); n > width {
					t.Errorf("%s at %d columns, line %d takes %d: %q", name, width, i+1, n, l)
				}
				if strings.ContainsAny(l, "−–’“”×·\u00a0\x1b") {
					t.Errorf("%s, line %d has other than plain characters: %q", name, i+1, l)
				}
			}
		}
	}
}

func TestText_ColourOnlyIfAsked(t *testing.T) {
	r := fullReport()
	if got := terminal(t, r, 80, true); !strings.Contains(got, bold) {
		t.Error("colour was asked for and is not there")
	} else if ansi := regexp.MustCompile("\x1b\\[[0-9]m"); ansi.ReplaceAllString(got, "") != terminal(t, r, 80, false) {
		t.Error("colour changes more than colour")
	}
}

func TestJSON_ReadsBackAsTheSameReport(t *testing.T) {
	for name, r := range fixtures() {
		want := data(t, r)
		var back Report
		if err := json.Unmarshal(want, &back); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(data(t, &back))); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestJSON_UnknownIsNullAndClocksAreLeftOut(t *testing.T) {
	s := string(data(t, fullReport()))
	if !strings.Contains(s, `"r_low": null`) {
		t.Error("a figure that was not computed is not null")
	}
	if strings.Contains(string(data(t, outsideOnly())), `"facets": null`) || strings.Contains(s, `"doubts": null`) || strings.Contains(string(data(t, &Report{})), `"checks": null`) {
		t.Error("an empty list is null")
	}
	if strings.Contains(s, "detected_at") {
		t.Error("the value holds the time at which a gap was noticed")
	}
}

func TestHTML_LeavesOutWhatIsNotThere(t *testing.T) {
	sections := func(s string) []string {
		var out []string
		for _, m := range regexp.MustCompile(`<section id="([a-z]+)"`).FindAllStringSubmatch(s, -1) {
			out = append(out, m[1])
		}
		return out
	}
	want := map[string][]string{
		"full":    {"summary", "inside", "outside", "link", "limits", "data", "definitions"},
		"years":   {"summary", "inside", "outside", "link", "limits", "data", "definitions"},
		"inside":  {"summary", "inside", "data", "definitions"},
		"outside": {"summary", "outside", "data", "definitions"},
		"empty":   nil,
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if d := cmp.Diff(want[name], sections(page(t, fixtures()[name]))); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestReport_TellsTheWritersError(t *testing.T) {
	r := fullReport()
	for name, err := range map[string]error{"HTML": HTML(failing{}, r), "Text": Text(failing{}, r, 80, false), "JSON": JSON(failing{}, r)} {
		if !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// set gives every figure, whole number and text of a value what the functions say, and cuts slices.
func set(v reflect.Value, figure func() float64, number func() int64, keep func(n int) int) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			set(v.Elem(), figure, number, keep)
		}
	case reflect.Slice:
		v.SetLen(keep(v.Len()))
		for i := range v.Len() {
			set(v.Index(i), figure, number, keep)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				set(v.Field(i), figure, number, keep)
			}
		}
	case reflect.Float64:
		v.SetFloat(figure())
	case reflect.Int, reflect.Int64:
		v.SetInt(number())
	}
}

// TestReport_HoldsForEveryValue gives figures that are unknown, zero, endless or drawn at random, and lists of any
// length: no page may break, hold a coordinate that is none, or run over its width.
func TestReport_HoldsForEveryValue(t *testing.T) {
	all := func(n int) int { return n }
	check := func(t *testing.T, r *Report) {
		t.Helper()
		s := page(t, r)
		for _, e := range parse(t, s) {
			for name, a := range e.attrs {
				if strings.Contains(a, "NaN") || strings.Contains(a, "Inf") || strings.Contains(a, "--") && !strings.Contains(a, "var(--") && name != "style" {
					t.Fatalf("<%s %s=%q>", e.name, name, a)
				}
			}
		}
		if strings.Contains(s, "NaN") || strings.Contains(s, "+Inf") || strings.Contains(s, "−Inf") {
			t.Fatal("the page holds a number that is none")
		}
		for _, l := range strings.Split(terminal(t, r, 80, false), "\n") {
			if columns(l) > 80 {
				t.Fatalf("over its width: %q", l)
			}
		}
		if !json.Valid(data(t, r)) {
			t.Fatal("the JSON value is not valid")
		}
	}
	for name, v := range map[string]float64{"unknown": math.NaN(), "zero": 0, "one": 1, "endless": math.Inf(1), "huge": 1e300, "tiny": -1e-300} {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int64{0, 1, 1000} {
				for _, r := range fixtures() {
					set(reflect.ValueOf(r).Elem(), func() float64 { return v }, func() int64 { return n }, all)
					check(t, r)
				}
			}
		})
	}
	t.Run("random", func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(1, 2))
		for range 15 {
			for _, r := range fixtures() {
				set(reflect.ValueOf(r).Elem(), func() float64 {
					switch rnd.IntN(8) {
					case 0:
						return math.NaN()
					case 1:
						return 0
					}
					return rnd.NormFloat64() * math.Pow(10, float64(rnd.IntN(6)-3))
				}, func() int64 { return int64(rnd.IntN(60)) - 5 }, func(n int) int { return rnd.IntN(n + 1) })
				check(t, r)
			}
		}
	})
}

// TestReport_Pages writes the pages where INSIDEOUT_PAGES says, for looking at them.
func TestReport_Pages(t *testing.T) {
	dir := os.Getenv("INSIDEOUT_PAGES")
	if dir == "" {
		t.Skip("INSIDEOUT_PAGES names no folder: no page is written for looking at")
	}
	for name, r := range fixtures() {
		if err := os.WriteFile(filepath.Join(dir, name+".html"), []byte(page(t, r)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
