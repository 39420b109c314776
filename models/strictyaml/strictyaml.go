// Package strictyaml decodes YAML so that a person can mend a file in one go: every unknown key, wrong type and
// missing value is reported at once, each with the path as it was written and its line. The file is parsed by
// goccy/go-yaml; only the walk over its tree is done here, because the library's own strict mode stops at the first
// mistake.
//
// Fields are named by their `yaml:"name"` tag, or by the lower-case field name. A type that implements Scalar is
// written as one word or as its mapping or list. Values present in the target before decoding are the defaults.
package strictyaml

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Problem is one mistake in a file.
type Problem struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Path    string `json:"path,omitempty"` // sources[2].kafka.topic
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"` // what to do
}

func (p Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
	} else if p.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", p.Line)
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		b.WriteString(" -> " + p.Hint)
	}
	return b.String()
}

// Problems is every mistake found, in the order of the file.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns nil for none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// Scalar is implemented, on the pointer, by types that may be written as one word.
type Scalar interface{ SetScalar(s string) error }

// Lenient, embedded in a struct, lets its mapping have keys that the struct does not name, for files of a standard of which
// only a part is read. They are passed over.
type Lenient struct{}

// Document remembers where each path stands, for problems found later.
type Document struct {
	File   string
	Unread bool // it is no YAML document, so nothing of it was decoded: there is no sense in looking for what else is wrong
	lines  map[string]int
}

// At makes a problem at a path, with the line of the path or of the nearest one above it.
func (d *Document) At(path, message, hint string) Problem {
	p := Problem{File: d.File, Path: path, Message: message, Hint: hint}
	for path != "" {
		if line, ok := d.lines[path]; ok {
			p.Line = line
			break
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return p
}

// Has reports whether the path was written in the file.
func (d *Document) Has(path string) bool { _, ok := d.lines[path]; return ok }

// Sort brings problems into the order of the file.
func Sort(ps Problems) {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
}

// Decode fills the struct that into points to. The name of the file is for messages only.
func Decode(file string, data []byte, into any) (*Document, Problems) {
	d := &decoder{doc: &Document{File: file, lines: map[string]int{}}}
	tokens, problem := tokenize(data)
	if problem != nil {
		problem.File, d.doc.Unread = file, true
		return d.doc, Problems{*problem}
	}
	tree, err := parser.Parse(tokens, 0)
	if err != nil {
		d.doc.Unread = true
		return d.doc, Problems{syntax(file, err)}
	}
	if len(tree.Docs) > 1 {
		d.doc.Unread = true
		return d.doc, Problems{{File: file, Message: "more than one YAML document", Hint: "keep one, without ---"}}
	}
	if len(tree.Docs) == 1 && tree.Docs[0].Body != nil {
		d.value("", tree.Docs[0].Body, reflect.ValueOf(into).Elem())
	}
	Sort(d.problems)
	return d.doc, d.problems
}

func syntax(file string, err error) Problem {
	p := Problem{File: file, Message: "not valid YAML: " + err.Error()}
	var at interface{ GetToken() *token.Token }
	if e, ok := err.(interface{ GetToken() *token.Token }); ok {
		at = e
	}
	if at != nil && at.GetToken() != nil {
		p.Line = at.GetToken().Position.Line
	}
	if m, ok := err.(interface{ GetMessage() string }); ok {
		p.Message = "not valid YAML: " + m.GetMessage()
	}
	return p
}

type decoder struct {
	doc      *Document
	problems Problems
}

func (d *decoder) fail(path string, n ast.Node, format string, args ...any) {
	p := Problem{File: d.doc.File, Path: path, Message: fmt.Sprintf(format, args...)}
	if t := n.GetToken(); t != nil {
		p.Line = t.Position.Line
	}
	d.problems = append(d.problems, p)
}

func (d *decoder) value(path string, n ast.Node, v reflect.Value) {
	if a, ok := n.(*ast.AnchorNode); ok {
		n = a.Value
	}
	if path != "" {
		if t := n.GetToken(); t != nil {
			if _, ok := d.doc.lines[path]; !ok {
				d.doc.lines[path] = t.Position.Line
			}
		}
	}
	switch n.(type) {
	case *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		d.fail(path, n, "aliases, tags and merge keys are not read here; write the value out")
		return
	case *ast.NullNode:
		return
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	if s, ok := v.Addr().Interface().(Scalar); ok {
		if word, isWord := scalar(n); isWord {
			if err := s.SetScalar(word); err != nil {
				d.fail(path, n, "%v", err)
			}
			return
		}
		if v.Kind() != reflect.Struct && v.Kind() != reflect.Slice {
			d.fail(path, n, "want one value")
			return
		}
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(path, n, v)
	case reflect.Map:
		d.dictionary(path, n, v)
	case reflect.Slice:
		d.list(path, n, v)
	default:
		d.word(path, n, v)
	}
}

func scalar(n ast.Node) (string, bool) {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value, true
	case *ast.LiteralNode:
		return s.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	}
	return nil, false
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (d *decoder) mapping(path string, n ast.Node, v reflect.Value) {
	kv, ok := pairs(n)
	if !ok {
		d.fail(path, n, "want a mapping (key: value)")
		return
	}
	fields := map[string]reflect.Value{}
	var names []string
	collect(v, fields, &names)
	seen := map[string]bool{}
	for _, m := range kv {
		key := m.Key.GetToken().Value
		at := join(path, key)
		f, known := fields[key]
		if !known && lenient(v.Type()) {
			continue
		}
		if !known {
			p := Problem{File: d.doc.File, Line: m.Key.GetToken().Position.Line, Path: at, Message: "unknown key"}
			if near := nearest(key, names); near != "" {
				p.Hint = "did you mean " + near + "?"
			} else {
				p.Hint = "known here: " + strings.Join(names, ", ")
			}
			d.problems = append(d.problems, p)
			continue
		}
		if seen[key] {
			d.fail(at, m.Key, "written twice")
			continue
		}
		seen[key] = true
		d.doc.lines[at] = m.Key.GetToken().Position.Line
		d.value(at, m.Value, f)
	}
}

func lenient(t reflect.Type) bool {
	f, ok := t.FieldByName("Lenient")
	return ok && f.Anonymous && f.Type == reflect.TypeFor[Lenient]()
}

func collect(v reflect.Value, into map[string]reflect.Value, names *[]string) {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		tag, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if !f.IsExported() || tag == "-" || f.Type == reflect.TypeFor[Lenient]() {
			continue
		}
		if options == "inline" {
			collect(v.Field(i), into, names)
			continue
		}
		if tag == "" {
			tag = strings.ToLower(f.Name)
		}
		into[tag] = v.Field(i)
		*names = append(*names, tag)
	}
}

func (d *decoder) dictionary(path string, n ast.Node, v reflect.Value) {
	kv, ok := pairs(n)
	if !ok {
		d.fail(path, n, "want a mapping (key: value)")
		return
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	seen := map[string]bool{}
	for _, m := range kv {
		key := m.Key.GetToken().Value
		at := join(path, key)
		if seen[key] {
			d.fail(at, m.Key, "written twice")
			continue
		}
		seen[key] = true
		d.doc.lines[at] = m.Key.GetToken().Position.Line
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(at, m.Value, item)
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), item)
	}
}

func (d *decoder) list(path string, n ast.Node, v reflect.Value) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		d.fail(path, n, "want a list ([a, b] or lines with -)")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(s.Values), len(s.Values))
	for i, item := range s.Values {
		d.value(fmt.Sprintf("%s[%d]", path, i), item, out.Index(i))
	}
	v.Set(out)
}

func (d *decoder) word(path string, n ast.Node, v reflect.Value) {
	s, ok := scalar(n)
	if !ok {
		d.fail(path, n, "want one value, not a mapping or list")
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		b, isBool := n.(*ast.BoolNode)
		if !isBool {
			d.fail(path, n, "want true or false, not %q", s)
			return
		}
		v.SetBool(b.Value)
	case reflect.Int, reflect.Int64, reflect.Int32:
		i, err := strconv.ParseInt(s, 10, v.Type().Bits())
		if err != nil {
			d.fail(path, n, "want a whole number, not %q", s)
			return
		}
		v.SetInt(i)
	case reflect.Float64:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || f != f {
			d.fail(path, n, "want a number, not %q", s)
			return
		}
		v.SetFloat(f)
	default:
		panic("strictyaml: no rule for " + v.Type().String())
	}
}

// nearest returns the name within two edits, if there is one.
func nearest(key string, names []string) string {
	best, at := 3, ""
	for _, name := range names {
		if e := edits(key, name); e < best && e < len(key) {
			best, at = e, name
		}
	}
	return at
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
