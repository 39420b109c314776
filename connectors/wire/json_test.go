package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"insideout/connectors"
)

// got is a value in a form that can be written down.
type got struct {
	Kind connectors.ValueKind
	Text string
}

func extract(t *testing.T, places []string, payload string) ([]got, string, int, error) {
	t.Helper()
	x, err := JSON(places)
	if err != nil {
		t.Fatal(err)
	}
	values := make([]connectors.Value, len(places))
	if err := x.Extract([]byte(payload), values); err != nil {
		return nil, "", 0, err
	}
	var out []got
	for _, v := range values {
		out = append(out, got{v.Kind, string(v.Bytes)})
	}
	rest, n := x.Rest()
	return out, string(rest), n, nil
}

func TestJSON_ReadsPlaces(t *testing.T) {
	const (
		absent, null, str, num, boolean, nested = connectors.Absent, connectors.Null, connectors.String, connectors.Number, connectors.Boolean, connectors.Nested
	)
	for name, c := range map[string]struct {
		places  []string
		payload string
		want    []got
		rest    string
		n       int
	}{
		"every kind": {
			[]string{"s", "n", "t", "z", "o", "l", "gone"},
			`{"s":"007","n":-1.50e+3,"t":false,"z":null,"o":{"a": 1},"l":[1, 2]}`,
			[]got{{str, "007"}, {num, "-1.50e+3"}, {boolean, "false"}, {null, "null"}, {nested, `{"a": 1}`}, {nested, "[1, 2]"}, {absent, ""}}, "", 0,
		},
		"escapes":     {[]string{"s"}, `{"s":"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀"}`, []got{{str, "a\"\\/\b\f\n\r\té😀é😀"}}, "", 0},
		"escaped key": {[]string{"ab"}, `{"\u0061b":"x"}`, []got{{str, "x"}}, "", 0},
		"path and pointer": {
			[]string{"a.b", "/a/c.d", "/e~1f", "/g~0h", "list.1.x"},
			`{"a":{"b":1,"c.d":2},"e/f":3,"g~h":4,"list":[{"x":5},{"x":6}]}`,
			[]got{{num, "1"}, {num, "2"}, {num, "3"}, {num, "4"}, {num, "6"}}, `{"list":[{"x":5}]}`, 1,
		},
		"container and part":          {[]string{"a", "a.b"}, `{"a":{"b":1,"c":2}}`, []got{{nested, `{"b":1,"c":2}`}, {num, "1"}}, "", 0},
		"one place, two names":        {[]string{"a.b", "/a/b"}, `{"a":{"b":"x"}}`, []got{{str, "x"}, {str, "x"}}, "", 0},
		"rest":                        {[]string{"b", "d.x"}, `{ "a" : 1, "b":2, "c": "q\"", "d":{"x":1,"y":[2]},"e":{"x":1}}`, []got{{num, "2"}, {num, "1"}}, `{"a" : 1,"c": "q\"","d":{"y":[2]},"e":{"x":1}}`, 4},
		"rest of nothing":             {[]string{"d.x.y"}, `{"d":{"x":{"y":1}}}`, []got{{num, "1"}}, "", 0},
		"a way that ends":             {[]string{"d.x"}, `{"d":5}`, []got{{absent, ""}}, `{"d":5}`, 1},
		"way through an empty object": {[]string{"d.x", "k"}, `{"k":1,"d":{},"e":2}`, []got{{absent, ""}, {num, "1"}}, `{"e":2}`, 1},
		"no places":                   {nil, `{"a":[{"b":[]}]}`, nil, `{"a":[{"b":[]}]}`, 1},
		"empty":                       {[]string{"a"}, ` {} `, []got{{absent, ""}}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values, rest, n, err := extract(t, c.places, c.payload)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, values); d != "" {
				t.Errorf("values (-want +got):\n%s", d)
			}
			if rest != c.rest || n != c.n {
				t.Errorf("rest = %s, %d; want %s, %d", rest, n, c.rest, c.n)
			}
		})
	}
}

func TestJSON_Refuses(t *testing.T) {
	deep := func(n int) string {
		return `{"a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + "}"
	}
	many := func(last string) string {
		var b strings.Builder
		b.WriteString("{")
		for i := range 300 {
			b.WriteString(`"k` + strings.Repeat("x", i) + `":0,`)
		}
		return b.String() + last + ":1}"
	}
	for name, c := range map[string]struct {
		payload string
		code    string // "" for one that is taken
	}{
		"nothing":                  {"", "malformed"},
		"an array":                 {"[1]", "malformed"},
		"a word":                   {`"a"`, "malformed"},
		"a second object":          {`{"a":1}{"a":2}`, "malformed"},
		"rubbish behind":           {`{"a":1}x`, "malformed"},
		"cut in a string":          {`{"a":"b`, "malformed"},
		"cut in a key":             {`{"a`, "malformed"},
		"cut behind the colon":     {`{"a":`, "malformed"},
		"cut in a number":          {`{"a":1`, "malformed"},
		"comma at the end":         {`{"a":1,}`, "malformed"},
		"comma in an array":        {`{"a":[1,]}`, "malformed"},
		"leading zero":             {`{"a":01}`, "malformed"},
		"plus":                     {`{"a":+1}`, "malformed"},
		"a point without digits":   {`{"a":1.}`, "malformed"},
		"an empty exponent":        {`{"a":1e}`, "malformed"},
		"NaN":                      {`{"a":NaN}`, "malformed"},
		"a control character":      {"{\"a\":\"b\nc\"}", "malformed"},
		"an unknown escape":        {`{"a":"\x"}`, "malformed"},
		"a short escape":           {`{"a":"\u12"}`, "malformed"},
		"key twice":                {`{"a":1,"b":2,"a":3}`, "malformed"},
		"key twice, escaped":       {`{"a":1,"\u0061":3}`, "malformed"},
		"key twice, below":         {`{"x":{"a":1,"a":3}}`, "malformed"},
		"key twice, of many":       {many(`"kxxx"`), "malformed"},
		"many keys":                {many(`"new"`), ""},
		"same key elsewhere":       {`{"a":{"a":1},"b":{"a":2}}`, ""},
		"bad UTF-8":                {"{\"a\":\"\xff\"}", "invalid_utf8"},
		"bad UTF-8 in a key":       {"{\"\xc3\":1}", "invalid_utf8"},
		"bad UTF-8 deep in rest":   {"{\"z\":[{\"q\":\"\xed\xa0\x80\"}]}", "invalid_utf8"},
		"half a surrogate":         {`{"a":"\ud800"}`, "invalid_utf8"},
		"surrogates the wrong way": {`{"a":"\udc00\ud800"}`, "invalid_utf8"},
		"64 levels":                {deep(64), ""},
		"65 levels":                {deep(65), "malformed"},
		"byte order mark":          {"\ufeff{}", "malformed"},
		"too large":                {`{"a":"` + strings.Repeat("x", MaxSize) + `"}`, "too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, _, err := extract(t, []string{"a", "x.y"}, c.payload)
			if c.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var bad *connectors.PayloadError
			if !errors.As(err, &bad) || bad.Code != c.code {
				t.Fatalf("error = %v, want code %s", err, c.code)
			}
		})
	}
}

func TestJSON_RefusesPlaces(t *testing.T) {
	for _, place := range []string{"", "a..b", ".a", "a.", "/a~2"} {
		if _, err := JSON([]string{place}); err == nil {
			t.Errorf("place %q was taken", place)
		}
	}
}

// FuzzJSON holds the promise of the package comment: what is accepted here, encoding/json accepts with the same values.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{
		`{"a":1,"b":{"c":"x","d":[1,2]},"e":"\u00e9\n"}`, `{"a":"é😀","b":null}`, `{"a":1,"a":2}`, `{"b":{"c":1,"c":2}}`,
		`{}`, ` { "a" : -0.5E-3 } `, `{"a":"\ud83d\ude00"}`, `{"a":"\ud83d"}`, "{\"a\":\"\xff\"}", `[1]`, `{"a":tru`, `{"b":[{"c":1}]}`, `{"b":{"c":{}}}`, `{"":1e999}`,
	} {
		f.Add([]byte(s))
	}
	places := []string{"a", "b.c", "/b/d", "b", "e", "b.0"}
	paths := [][]string{{"a"}, {"b", "c"}, {"b", "d"}, {"b"}, {"e"}, {"b", "0"}}
	f.Fuzz(func(t *testing.T, payload []byte) {
		x, err := JSON(places)
		if err != nil {
			t.Fatal(err)
		}
		values := make([]connectors.Value, len(places))
		if x.Extract(payload, values) != nil {
			return
		}
		var want map[string]any
		d := json.NewDecoder(bytes.NewReader(payload))
		d.UseNumber()
		if err := d.Decode(&want); err != nil {
			t.Fatalf("taken here, but encoding/json says %v", err)
		}
		for i, path := range paths {
			same(t, places[i], values[i], at(want, path))
		}
		rest, n := x.Rest()
		if (n == 0) != (rest == nil) {
			t.Fatalf("rest %q has %d fields", rest, n)
		}
		if rest != nil {
			var left map[string]any
			d := json.NewDecoder(bytes.NewReader(rest))
			d.UseNumber()
			if err := d.Decode(&left); err != nil || d.More() {
				t.Fatalf("rest %q: %v", rest, err)
			}
			for k := range left {
				if k == "a" || k == "b" || k == "e" {
					t.Fatalf("rest %q holds a named field", rest)
				}
			}
		}
	})
}

// nothing marks a path that does not exist.
type nothing struct{}

func at(v any, path []string) any {
	for _, key := range path {
		switch c := v.(type) {
		case map[string]any:
			next, ok := c[key]
			if !ok {
				return nothing{}
			}
			v = next
		case []any:
			if key != "0" || len(c) == 0 {
				return nothing{}
			}
			v = c[0]
		default:
			return nothing{}
		}
	}
	return v
}

func same(t *testing.T, place string, v connectors.Value, want any) {
	t.Helper()
	ok := false
	switch w := want.(type) {
	case nothing:
		ok = v.Kind == connectors.Absent
	case nil:
		ok = v.Kind == connectors.Null
	case string:
		ok = v.Kind == connectors.String && string(v.Bytes) == w
	case json.Number:
		ok = v.Kind == connectors.Number && string(v.Bytes) == w.String()
	case bool:
		ok = v.Kind == connectors.Boolean && (string(v.Bytes) == "true") == w
	default:
		d := json.NewDecoder(bytes.NewReader(v.Bytes))
		d.UseNumber()
		var got any
		ok = v.Kind == connectors.Nested && d.Decode(&got) == nil && cmp.Equal(got, want)
	}
	if !ok {
		t.Fatalf("%s = kind %d, %q; encoding/json has %v", place, v.Kind, v.Bytes, want)
	}
}
