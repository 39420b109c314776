package file

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"insideout/connectors"
	"insideout/connectors/wire"
)

// readDocument reads the rows of a document: the texts of those that an extractor takes, "line code" of the others.
func readDocument(t testing.TB, in io.Reader, c Config) ([]string, error) {
	x, err := wire.JSON([]string{"id"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := newDocument(in, &c, x)
	if err != nil {
		return nil, err
	}
	var out []string
	for values := make([]connectors.Value, 1); ; {
		got, err := r.next(values)
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		if got.bad != nil {
			out = append(out, fmt.Sprintf("%d %s", got.line, got.bad.Code))
			continue
		}
		out = append(out, string(r.raw()))
	}
}

func TestDocument_Rows(t *testing.T) {
	for name, c := range map[string]struct {
		in     string
		config Config
		want   []string
		err    string
	}{
		"nothing":          {"", Config{}, nil, ""},
		"space":            {"\xef\xbb\xbf \r\n", Config{}, nil, ""},
		"one object":       {`{"id":1}`, Config{}, []string{`{"id":1}`}, ""},
		"one after other":  {"{\"id\":1}\n{\"id\":2} {\"id\":3}", Config{}, []string{`{"id":1}`, `{"id":2}`, `{"id":3}`}, ""},
		"list":             {"[ {\"id\":\"]}\\\"\"} ,\n{\"id\":2}]\n", Config{}, []string{`{"id":"]}\""}`, `{"id":2}`}, ""},
		"empty list":       {"[]", Config{}, nil, ""},
		"two lists":        {"[{\"id\":1}][{\"id\":2}]", Config{}, []string{`{"id":1}`, `{"id":2}`}, ""},
		"in a document":    {`{"n":{"a":[1]},"data":{"x":"}","list":[{"id":1},{"id":2}],"y":[]},"next":null}`, Config{Rows: "data.list"}, []string{`{"id":1}`, `{"id":2}`}, ""},
		"pages":            {"{\"l\":[{\"id\":1}]}\n{\"l\":[]}\n{\"l\":[{\"id\":2}]}", Config{Rows: "l"}, []string{`{"id":1}`, `{"id":2}`}, ""},
		"a list all same":  {`[{"id":1}]`, Config{Rows: "l"}, []string{`{"id":1}`}, ""},
		"the document":     {`{"l":[1]}`, Config{Rows: "."}, []string{`{"l":[1]}`}, ""},
		"bad ones":         {"[\n{\"id\":1,\"id\":2},\n7,\n{\"id\":nul},\n{\"id\":3}]", Config{}, []string{"2 malformed", "3 malformed", "4 malformed", `{"id":3}`}, ""},
		"no such list":     {`{"a":1,"b":2}`, Config{Rows: "l"}, nil, `line 1: it has no "l"; there is a, b`},
		"no list":          {`{"l":{}}`, Config{Rows: "l"}, nil, `"l" is no list`},
		"no object":        {`{"l":3}`, Config{Rows: "l.m"}, nil, `"l" is no object`},
		"breaks off":       {"[{\"id\":1},\n{\"id\":2", Config{}, []string{`{"id":1}`}, "line 2: the object that begins on line 2: unexpected EOF"},
		"ends early":       {"[{\"id\":1}", Config{}, []string{`{"id":1}`}, "unexpected EOF"},
		"no comma":         {"[{\"id\":1} {\"id\":2}]", Config{}, []string{`{"id":1}`}, "a comma or ] is wanted"},
		"comma at the end": {"[{\"id\":1},]", Config{}, []string{`{"id":1}`}, "a comma stands before ]"},
		"unfolded": {`{"id":1,"p":[{"n":1,"s":[{"k":1},{"k":2}]},{"n":2,"s":[]},{"n":3}],"z":[9]}`, Config{Unfold: "p.s"}, []string{
			`{"id":1,"p":{"n":1,"s":{"k":1}},"z":[9]}`, `{"id":1,"p":{"n":1,"s":{"k":2}},"z":[9]}`, `{"id":1,"p":{"n":2,"s":null},"z":[9]}`, `{"id":1,"p":{"n":3},"z":[9]}`}, ""},
		"nothing to unfold":       {`[{"id":1},{"id":2,"p":[]}]`, Config{Unfold: "p"}, []string{`{"id":1}`, `{"id":2,"p":null}`}, ""},
		"pairs":                   {`{"id":1,"c":{"f":[{"id":7,"value":"x"},{"id":"8","value":[1]},{"id":9}]}}`, Config{Pairs: map[string][]string{"c.f": {"id", "value"}}}, []string{`{"id":1,"c":{"f":{"7":"x","8":[1],"9":null}}}`}, ""},
		"pairs twice":             {`{"id":1,"f":[{"id":7,"value":1},{"id":7,"value":2}]}`, Config{Pairs: map[string][]string{"f": {"id", "value"}}}, []string{"1 malformed"}, ""},
		"pairs without name":      {`{"id":1,"f":[{"value":1}]}`, Config{Pairs: map[string][]string{"f": {"id", "value"}}}, []string{"1 malformed"}, ""},
		"duplicate keys stay":     {`{"id":1,"p":[{}],"id":2}`, Config{Unfold: "p"}, []string{"1 malformed"}, ""},
		"unfolds without end":     {`{"id":1,"z":"` + strings.Repeat("z", 1<<20) + `","p":[` + strings.Repeat("1,", 99) + `1]}`, Config{Unfold: "p"}, []string{"1 too_large"}, ""},
		"longer than the longest": {`[{"id":"` + strings.Repeat("z", MaxRow) + `"},` + "\n" + `{"id":2}]`, Config{}, []string{"1 too_large", `{"id":2}`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readDocument(t, strings.NewReader(c.in), c.config)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
	if _, err := readDocument(t, iotest.ErrReader(errors.New("gone")), Config{}); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("error %v", err)
	}
}

// Whatever objects a document holds, its rows are these objects, however it is spaced and wherever the list stands.
func TestDocument_LosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.String(), 0, 20).Draw(t, "texts")
		var want []string
		var objects []json.RawMessage
		for i, s := range texts {
			b, err := json.Marshal(map[string]any{"id": i, "text": s, "list": []string{s, "]"}, "deep": map[string]string{s: "}"}})
			if err != nil {
				t.Fatal(err)
			}
			want, objects = append(want, string(b)), append(objects, b)
		}
		list := "["
		for i, o := range objects {
			if i > 0 {
				list += rapid.SampledFrom([]string{",", ",\n", " , "}).Draw(t, "comma")
			}
			list += string(o)
		}
		list += "]"
		c, in := Config{}, list
		if rapid.Bool().Draw(t, "wrapped") {
			c.Rows, in = "a.b", `{"x":[{"b":1}],"a":{"c":"[","b":`+list+`,"d":{}},"e":2}`
		}
		var r io.Reader = strings.NewReader(in)
		if rapid.Bool().Draw(t, "byte by byte") {
			r = iotest.OneByteReader(r)
		}
		x, err := wire.JSON([]string{"id"})
		if err != nil {
			t.Fatal(err)
		}
		d, err := newDocument(r, &c, x)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for values := make([]connectors.Value, 1); ; {
			row, err := d.next(values)
			if err == io.EOF {
				break
			}
			if err != nil || row.bad != nil {
				t.Fatalf("%v %v in %s", err, row.bad, in)
			}
			got = append(got, string(d.raw()))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// FuzzDocument holds that reading ends, without a panic, for any bytes and any shape.
func FuzzDocument(f *testing.F) {
	f.Add(`{"l":[{"id":1,"p":[{"s":[1,{}]}],"c":[{"id":7,"value":"x"}]}]}`)
	f.Add(`[{"id":1},]`)
	f.Add("{\"l\":[}\n]")
	f.Add(`{"p":[[[1]]],"c":[[]]}`)
	f.Fuzz(func(t *testing.T, in string) {
		for _, c := range []Config{{}, {Rows: "l"}, {Unfold: "p.s", Pairs: map[string][]string{"c": {"id", "value"}}}} {
			rows, _ := readDocument(t, strings.NewReader(in), c)
			if len(rows) > 2*len(in)+1 {
				t.Errorf("%d rows out of %d bytes", len(rows), len(in))
			}
		}
	})
}

// Reading goes on behind the rows that were done, also in the middle of an object that unfolds and in JSON lines.
func TestShaped_Skip(t *testing.T) {
	const in = "{\"id\":1,\"p\":[{\"k\":1},{\"k\":2}]}\n{\"id\":2,\"p\":[{\"k\":3}]}\n"
	c := Config{Unfold: "p"}
	for n, want := range []string{`{"id":1,"p":{"k":1}}`, `{"id":1,"p":{"k":2}}`, `{"id":2,"p":{"k":3}}`} {
		for _, lines := range []bool{true, false} {
			x, err := wire.JSON([]string{"id"})
			if err != nil {
				t.Fatal(err)
			}
			var r rows
			if lines {
				r, err = newJSON(newBuffer(strings.NewReader(in)), x, newShaper(&c))
			} else {
				r, err = newDocument(strings.NewReader(in), &c, x)
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := r.skip(int64(n)); err != nil {
				t.Fatal(err)
			}
			got, err := r.next(make([]connectors.Value, 1))
			if err != nil || got.bad != nil || string(r.raw()) != want || got.line != int64(1+n/2) {
				t.Errorf("behind %d rows: %s on line %d, %v %v; want %s", n, r.raw(), got.line, err, got.bad, want)
			}
		}
	}
}
