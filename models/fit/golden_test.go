package fit

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
)

// The golden cases are results of other software (R, NIST) as JSON files beside their CSV inputs. The harness knows methods, not cases: a
// new file of a known method is a new test. go test ./models/fit -run Golden -golden DIR, or INSIDEOUT_GOLDEN, reads
// another folder of the same format.
var goldenDir = flag.String("golden", "", "folder with expected/*.json and inputs/*.csv; default: INSIDEOUT_GOLDEN, or golden in the shared folder")

// golden is one case.
type golden struct {
	ID       string
	Method   string
	Input    string
	Roles    json.RawMessage
	Options  json.RawMessage
	Expected map[string]any
	RelTol   float64 `json:"rel_tol"`
	Notes    string

	*table
	roles, options map[string]any
}

// method computes a case. What it returns is compared leaf by leaf with what is expected: a number with a number, a
// list with a list, an object with an object, by key. lre replaces the relative tolerance by correct digits; loose gives other tolerances by prefix of the path, as the notes of a case say; skip gives paths that are left
// out, with the reason.
type method struct {
	run   func(t *testing.T, c *golden) map[string]any
	lre   func(c *golden, path string) float64
	loose map[string]float64
	skip  map[string]string
}

func TestGolden(t *testing.T) {
	dir := *goldenDir
	if dir == "" {
		dir = os.Getenv("INSIDEOUT_GOLDEN")
	}
	if dir == "" {
		dir = filepath.Join(sharedDir(t), "golden")
	}
	files, err := filepath.Glob(filepath.Join(dir, "expected", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s", dir)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			c := readGolden(t, dir, file)
			m, ok := methods[c.Method]
			if !ok {
				t.Fatalf("%s is a case of method %q, which is not in this package", c.ID, c.Method)
			}
			got := m.run(t, c)
			k := &comparison{t: t, c: c, m: m}
			k.object("", c.Expected, got)
			if len(k.left) > 0 {
				t.Logf("no place yet: %s", strings.Join(k.left, ", "))
			}
			t.Logf("%d figures compared, worst at %.2g of its tolerance (%s)", k.n, k.worst, k.at)
		})
	}
}

func readGolden(t *testing.T, dir, file string) *golden {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := &golden{}
	if err := json.Unmarshal(b, c); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	json.Unmarshal(c.Roles, &c.roles) // a list where there are no roles
	json.Unmarshal(c.Options, &c.options)
	c.table = readTable(t, filepath.Join(dir, "inputs", c.Input))
	return c
}

// role is the column named by a role, "" if the role is null or absent.
func (c *golden) role(name string) string {
	s, _ := c.roles[name].(string)
	return s
}

// list is a role that names several columns; R writes a list of one as a bare string.
func (c *golden) list(name string) []string { return texts(c.roles[name]) }

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, s := range v {
			out = append(out, fmt.Sprint(s))
		}
		return out
	}
	return nil
}

// floatsOf reads a JSON number or list of numbers.
func floatsOf(v any) []float64 {
	switch v := v.(type) {
	case float64:
		return []float64{v}
	case []any:
		var out []float64
		for _, s := range v {
			f, ok := s.(float64)
			if !ok {
				f = math.NaN()
			}
			out = append(out, f)
		}
		return out
	}
	return nil
}

// comparison walks expected and got side by side.
type comparison struct {
	t     *testing.T
	c     *golden
	m     method
	n     int
	worst float64
	at    string
	left  []string
}

func (k *comparison) object(path string, want, got map[string]any) {
	keys := make([]string, 0, len(want))
	for key := range want {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		p := strings.TrimPrefix(path+"."+key, ".")
		if why, ok := k.skipped(p); ok {
			k.left = append(k.left, p+" ("+why+")")
			continue
		}
		g, ok := got[key]
		if !ok {
			k.t.Errorf("%s: expected, but not computed", p)
			continue
		}
		k.value(p, want[key], g)
	}
}

func (k *comparison) skipped(path string) (string, bool) {
	why, ok := k.m.skip[path]
	return why, ok
}

func (k *comparison) value(path string, want, got any) {
	switch w := want.(type) {
	case map[string]any:
		switch g := got.(type) {
		case map[string]any:
			k.object(path, w, g)
		case map[string]float64:
			m := map[string]any{}
			for key, v := range g {
				m[key] = v
			}
			k.object(path, w, m)
		default:
			k.t.Errorf("%s: want an object, got %T", path, got)
		}
	case []any:
		var g []any
		switch v := got.(type) {
		case []float64:
			for _, x := range v {
				g = append(g, x)
			}
		case []any:
			g = v
		default:
			k.t.Errorf("%s: want a list, got %T", path, got)
			return
		}
		if len(g) != len(w) {
			k.t.Errorf("%s: %d values, want %d", path, len(g), len(w))
			return
		}
		for i := range w {
			k.value(fmt.Sprintf("%s[%d]", path, i), w[i], g[i])
		}
	case float64:
		switch v := got.(type) {
		case float64:
			k.number(path, w, v)
		case int:
			k.number(path, w, float64(v))
		case []float64: // R writes a list of one as a bare number
			if len(v) != 1 {
				k.t.Errorf("%s: %d values, want one", path, len(v))
				return
			}
			k.number(path, w, v[0])
		default:
			k.t.Errorf("%s: want a number, got %T", path, got)
		}
	case nil:
		if v, ok := got.(float64); !ok || !math.IsNaN(v) {
			k.t.Errorf("%s = %v, want undefined", path, got)
		}
	default:
		if fmt.Sprint(want) != fmt.Sprint(got) {
			k.t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
}

func (k *comparison) number(path string, want, got float64) {
	k.n++
	tol := k.c.RelTol
	for prefix, v := range k.m.loose {
		if strings.HasPrefix(path, prefix) {
			tol = v
		}
	}
	last := path[strings.LastIndex(path, ".")+1:]
	last, _, _ = strings.Cut(last, "[")
	var off float64 // difference as a multiple of what is allowed
	switch {
	case k.m.lre != nil:
		digits := 15.0
		if d := math.Abs(got - want); want == 0 {
			digits = -math.Log10(d)
		} else if d > 0 {
			digits = -math.Log10(d / math.Abs(want))
		}
		off = k.m.lre(k.c, path) / math.Max(digits, 1e-9)
	case strings.HasPrefix(last, "p") && want > 0 && want < 1e-12:
		off = math.Abs(math.Log10(got)-math.Log10(want)) / 1e-3
	default:
		off = math.Abs(got-want) / (tol * math.Max(1e-12, math.Abs(want)))
	}
	if math.IsNaN(off) || off > 1 {
		k.t.Errorf("%s = %.15g, want %.15g (relative %.2g, allowed %.2g)", path, got, want, math.Abs(got-want)/math.Abs(want), tol)
		return
	}
	if off > k.worst {
		k.worst, k.at = off, path
	}
}

// design builds the columns of an R formula: numeric terms, factor(x) and text columns by treatment contrasts, an
// intercept unless it is removed. It returns the name of each column.
func (c *golden) design(t *testing.T, terms []string) (names []string, columns [][]float64) {
	t.Helper()
	ones := make([]float64, c.rows)
	for i := range ones {
		ones[i] = 1
	}
	names, columns = append(names, "(Intercept)"), append(columns, ones)
	for _, term := range terms {
		name := strings.TrimSuffix(strings.TrimPrefix(term, "factor("), ")")
		text := c.text[name]
		if text == nil {
			t.Fatalf("no column %q", name)
		}
		if name == term && numeric(text) {
			names, columns = append(names, name), append(columns, c.numbers(t, name))
			continue
		}
		for _, level := range levels(text)[1:] {
			d := make([]float64, c.rows)
			for i, s := range text {
				if s == level {
					d[i] = 1
				}
			}
			names, columns = append(names, term+level), append(columns, d)
		}
	}
	return names, columns
}

func numeric(text []string) bool {
	return !slices.ContainsFunc(text, func(s string) bool {
		var f float64
		_, err := fmt.Sscanf(s, "%g", &f)
		return err != nil && s != "" && s != "NA"
	})
}

// levels are the distinct values in R's order: numbers by size, text by alphabet.
func levels(text []string) []string {
	out := slices.Clone(text)
	if numeric(text) {
		slices.SortFunc(out, func(a, b string) int {
			var x, y float64
			fmt.Sscanf(a, "%g", &x)
			fmt.Sscanf(b, "%g", &y)
			switch {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		})
	} else {
		slices.Sort(out)
	}
	return slices.Compact(out)
}

// formula splits "y ~ a + b" into its parts.
func formula(s string) (left string, right []string) {
	l, r, _ := strings.Cut(s, "~")
	for _, term := range strings.Split(r, "+") {
		right = append(right, strings.TrimSpace(term))
	}
	return strings.TrimSpace(l), right
}

// named pairs names with values, those of names that are in keep (nil: all).
func named(names []string, values []float64, keep map[string]any) map[string]any {
	out := map[string]any{}
	for i, n := range names {
		if _, ok := keep[n]; ok || keep == nil {
			out[n] = values[i]
		}
	}
	return out
}
