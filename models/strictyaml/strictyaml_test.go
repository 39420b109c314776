package strictyaml_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"insideout/models/strictyaml"
)

type rule struct {
	From   string            `yaml:"from"`
	Values map[string]string `yaml:"values"`
}

func (r *rule) SetScalar(s string) error { r.From = s; return nil }

type window time.Duration

func (w *window) SetScalar(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("want a duration such as 30m, not %q", s)
	}
	*w = window(d)
	return nil
}

type file struct {
	Name    string          `yaml:"name"`
	Size    int             `yaml:"size"`
	On      bool            `yaml:"on"`
	Window  window          `yaml:"window"`
	Map     map[string]rule `yaml:"map"`
	Sources []struct {
		Topic string `yaml:"topic"`
	} `yaml:"sources"`
}

func TestDecode_Fills(t *testing.T) {
	f := file{Size: 3}
	doc, ps := strictyaml.Decode("a.yaml", []byte("name: 007\nwindow: 5m\nmap:\n  a: x\n  b: {from: y, values: {1: one}}\nsources:\n- topic: t\n- topic: u\n"), &f)
	if ps.Err() != nil {
		t.Fatal(ps)
	}
	if f.Name != "007" || f.Size != 3 || f.Window != window(5*time.Minute) || f.Map["a"].From != "x" || f.Map["b"].Values["1"] != "one" || f.Sources[1].Topic != "u" {
		t.Errorf("got %+v", f)
	}
	if p := doc.At("sources[1].topic", "m", ""); p.Line != 8 {
		t.Errorf("line %d, want 8", p.Line)
	}
	if p := doc.At("sources[1].other", "m", ""); p.Line != 8 {
		t.Errorf("line of a missing key is %d, want that of its parent, 8", p.Line)
	}
}

func TestDecode_EveryMistakeAtOnce(t *testing.T) {
	var f file
	_, ps := strictyaml.Decode("a.yaml", []byte("nmae: x\nsize: many\non: yes please\nwindow: soon\nsources:\n- topc: t\n"), &f)
	want := []string{
		"a.yaml:1: nmae: unknown key -> did you mean name?",
		`a.yaml:2: size: want a whole number, not "many"`,
		`a.yaml:3: on: want true or false, not "yes please"`,
		`a.yaml:4: window: want a duration such as 30m, not "soon"`,
		"a.yaml:6: sources[0].topc: unknown key -> did you mean topic?",
	}
	if got := ps.Error(); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestDecode_Lenient(t *testing.T) {
	var got struct {
		strictyaml.Lenient
		Name string
		Part struct{ A int }
	}
	_, problems := strictyaml.Decode("x.yaml", []byte("name: x\nother: [1, {b: 2}]\npart: {a: 1, b: 2}\n"), &got)
	if got.Name != "x" || got.Part.A != 1 {
		t.Errorf("%+v", got)
	}
	if len(problems) != 1 || problems[0].Path != "part.b" {
		t.Errorf("%v; the part is strict", problems)
	}
}

func TestDecode_SyntaxHasLine(t *testing.T) {
	var f file
	_, ps := strictyaml.Decode("a.yaml", []byte("name: x\nsize: [1,\n"), &f)
	if len(ps) != 1 || ps[0].Line == 0 || !strings.Contains(ps[0].Message, "not valid YAML") {
		t.Errorf("got %+v", ps)
	}
}

// What nests deep is refused before it is built, in any way of nesting; what a person writes is not.
func TestDecode_Depth(t *testing.T) {
	staircase := func(levels int) string {
		var b strings.Builder
		for i := range levels {
			b.WriteString(strings.Repeat(" ", i) + "a:\n")
		}
		return b.String()
	}
	const far = 100_000
	for name, text := range map[string]string{
		"brackets":       strings.Repeat("[", far),
		"braces":         strings.Repeat("{a: ", far) + strings.Repeat("}", far),
		"entries":        strings.Repeat("- ", far),
		"keys":           strings.Repeat("? ", far),
		"indentation":    staircase(2000),
		"tags":           strings.Repeat("!!map ", far),
		"one too many":   "a: " + strings.Repeat("[", strictyaml.MaxDepth) + strings.Repeat("]", strictyaml.MaxDepth),
		"under an entry": "a:\n- b: " + strings.Repeat("[", strictyaml.MaxDepth),
	} {
		var v any
		doc, ps := strictyaml.Decode("a.yaml", []byte(text), &v)
		if len(ps) != 1 || !doc.Unread || !strings.Contains(ps[0].Error(), "nests deeper than 64 levels") || ps[0].Line == 0 {
			t.Errorf("%s: %v", name, ps)
		}
	}
	var v struct{ A any }
	deep := strings.Repeat("[", strictyaml.MaxDepth-1) + strings.Repeat("]", strictyaml.MaxDepth-1)
	if doc, ps := strictyaml.Decode("a.yaml", []byte("a: "+deep), &v); doc.Unread {
		t.Error(ps)
	}
	if doc, _ := strictyaml.Decode("a.yaml", []byte("a: 1\n"+strings.Repeat("# x\n", strictyaml.MaxBytes/4)), &v); !doc.Unread {
		t.Error("a file of any size is read")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("a:\n- b: [{c: d}]\n  e: |\n    x\n- ? k\n  : !!str v\n"))
	f.Add([]byte("apiVersion: v3.1.0\nkind: DataContract\nschema:\n- name: x\n  properties:\n  - {name: id, logicalType: string, required: true}\n"))
	f.Add([]byte("name: x\nsources:\n- topic: t\n"))
	f.Add([]byte("a: &x 1\nb: *x\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v file
		strictyaml.Decode("f", b, &v)
	})
}
