package pipelines_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport is the plan of the house: which of our packages, and which foreign modules, a package may import. Imports run
// one way; siblings never know each other; a foreign library lives in one package. The exceptions stand here with their
// reason.
var mayImport = map[string]struct{ ours, foreign []string }{
	"models":                 {},
	"models/strictyaml":      {nil, []string{"github.com/goccy/go-yaml"}},
	"models/catalog":         {[]string{"models", "models/strictyaml"}, nil},
	"models/fit":             {[]string{"models"}, []string{"gonum.org/v1/gonum"}},
	"models/worlds":          {[]string{"models"}, nil},
	"models/worlds/gates":    {[]string{"models", "models/fit", "models/worlds"}, nil},
	"connectors":             {[]string{"models"}, nil},
	"connectors/conformance": {[]string{"models", "connectors"}, []string{"github.com/google/go-cmp"}},
	// Each form of a payload has the library that parses its schemas; Protobuf's runtime comes with its compiler.
	"connectors/wire": {[]string{"models", "connectors"}, []string{"github.com/hamba/avro/v2", "github.com/bufbuild/protocompile", "google.golang.org/protobuf", "github.com/santhosh-tekuri/jsonschema/v6"}},
	// Foreign Parquet files are read where files are read; the lake writes its own. The tables of old encodings are x/text's.
	"connectors/file": {[]string{"models", "connectors"}, []string{"github.com/parquet-go/parquet-go", "github.com/klauspost/compress", "golang.org/x/text"}},
	// The clients of object stores are some hundred packages, so they have one of their own.
	"connectors/objects": {[]string{"connectors"}, []string{"gocloud.dev"}},
	// A preset is a piece of configuration, with a file's as one of its parts.
	"connectors/presets": {[]string{"models/strictyaml", "connectors", "connectors/file"}, nil},
	// Record batches are decompressed under a bound, which the codecs of kafka-go do not offer.
	"connectors/kafka":    {[]string{"models", "connectors"}, []string{"github.com/segmentio/kafka-go", "github.com/klauspost/compress"}},
	"sql":                 {},
	"pipelines/lake":      {[]string{"models"}, []string{"github.com/parquet-go/parquet-go", "github.com/gofrs/flock", "filippo.io/age"}},
	"pipelines/place":     {},
	"pipelines/warehouse": {[]string{"models", "models/catalog", "pipelines/place", "sql"}, []string{"github.com/duckdb/duckdb-go"}},
	"pipelines/panel":     {[]string{"models"}, []string{"github.com/apache/arrow-go"}},
	// Intervals are solved by linear programming.
	"pipelines/release": {[]string{"models"}, []string{"gonum.org/v1/gonum"}},
	// An export is what arrow-go and excelize write; the panel only reads.
	"pipelines/export": {nil, []string{"github.com/apache/arrow-go", "github.com/xuri/excelize/v2"}},
	"pipelines/report": {[]string{"models"}, nil},
	// Config composes the structs of the sources; it never makes a source.
	"pipelines": {[]string{"models", "models/catalog", "models/fit", "models/strictyaml", "connectors", "connectors/file", "connectors/kafka", "connectors/presets",
		"pipelines/lake", "pipelines/panel", "pipelines/place", "pipelines/release", "pipelines/report", "pipelines/warehouse"}, nil},
	// The demonstration has a broker of its own: kfake, filled by franz-go's client, because a company's events come from
	// somebody else's producer.
	"cmd/insideout":       {[]string{"*"}, []string{"github.com/spf13/cobra", "golang.org/x/term", "github.com/twmb/franz-go"}},
	"cmd/insideout/story": {nil, nil},
	// The example's replay is a producer and no part of the pipeline.
	"cmd/boston311":        {[]string{"cmd/boston311/replay"}, nil},
	"cmd/boston311/replay": {nil, []string{"github.com/twmb/franz-go"}},
}

type goPackage struct {
	ImportPath   string
	Dir          string
	Imports      []string
	GoFiles      []string
	CgoFiles     []string
	TestGoFiles  []string
	XTestGoFiles []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var ps []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return ps
		} else if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
}

func TestHouse_ImportsRunOneWay(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, "insideout/")
		may, known := mayImport[name]
		if !known {
			t.Errorf("%s is not in the plan of the house; give it a line with what it may import", name)
			continue
		}
		for _, imported := range p.Imports {
			if ours, isOurs := strings.CutPrefix(imported, "insideout/"); isOurs {
				if !slices.Contains(may.ours, ours) && !slices.Contains(may.ours, "*") {
					t.Errorf("%s imports %s, which the plan does not allow", name, ours)
				}
				continue
			}
			if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
				continue // standard library
			}
			if !slices.ContainsFunc(may.foreign, func(m string) bool { return strings.HasPrefix(imported, m) }) {
				t.Errorf("%s imports %s, which lives elsewhere", name, imported)
			}
		}
	}
}

func TestHouse_EveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range packages(t) {
		files := token.NewFileSet()
		documented := len(p.GoFiles) == 0 // packages of tests only
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			documented = documented || f.Doc != nil
			for _, d := range f.Decls {
				checkDecl(t, files, d)
			}
		}
		if !documented {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// checkDecl holds the rules of size: no init functions, at most five parameters, at most three methods in an exported
// interface, and a comment on whatever is exported.
func checkDecl(t *testing.T, files *token.FileSet, d ast.Decl) {
	t.Helper()
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.Name == "init" && d.Recv == nil {
			t.Errorf("%s: an init function", files.Position(d.Pos()))
		}
		if n := d.Type.Params.NumFields(); d.Name.IsExported() && n > 5 {
			t.Errorf("%s: %s takes %d parameters", files.Position(d.Pos()), d.Name.Name, n)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			ts, ok := s.(*ast.TypeSpec)
			if !ok {
				continue
			}
			if i, ok := ts.Type.(*ast.InterfaceType); ok && ts.Name.IsExported() && i.Methods.NumFields() > 3 {
				t.Errorf("%s: %s has %d methods", files.Position(ts.Pos()), ts.Name.Name, i.Methods.NumFields())
			}
			if ts.Name.IsExported() && ts.Doc == nil && d.Doc == nil {
				t.Errorf("%s: %s has no comment", files.Position(ts.Pos()), ts.Name.Name)
			}
		}
	}
}

func TestHouse_TopLevelIsFixed(t *testing.T) {
	out, err := exec.Command("git", "-C", "..", "ls-files").Output()
	if err != nil {
		t.Skipf("not a git checkout, so the tracked files cannot be listed: %v", err)
	}
	allowed := []string{"pipelines", "connectors", "models", "cmd", "sql", "testdata", "go.mod", "go.sum", "README.md", "LICENSE"}
	for _, path := range strings.Fields(string(out)) {
		top, _, _ := strings.Cut(path, "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(allowed, top) {
			t.Errorf("%s stands at the top of the house", top)
		}
	}
}

func TestHouse_FilesStayReadable(t *testing.T) {
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2 {
			if err != nil {
				return err
			}
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if lines := bytes.Count(b, []byte("\n")); lines > 500 {
			t.Errorf("%s has %d lines; split it by noun", path, lines)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
