package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"maps"
	"os"
	"path/filepath"
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
		first := page(t, a)
		if again := page(t, a); again != first || page(t, b) != first {
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
