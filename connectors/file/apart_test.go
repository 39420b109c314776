package file

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"insideout/connectors"
	"insideout/connectors/conformance"
	"insideout/connectors/wire"
)

// TestMain lets this binary be the process that decodes, honest or not.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 {
		if act, ok := decoders[os.Args[1]]; ok {
			if err := act(os.Args[2:]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(2)
			}
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

// decoders are what the process may do, by its first argument.
var decoders = map[string]func(limits []string) error{
	"parquet-rows": func(limits []string) error { return ServeParquet(os.NewFile(3, "file"), os.Stdout, limits) },
	"poor": func([]string) error {
		return ServeParquet(os.NewFile(3, "file"), os.Stdout, []string{fmt.Sprint(24 << 20), "60"})
	},
	"silent":  func([]string) error { select {} },
	"crash":   func([]string) error { return errors.New("it broke") },
	"quiet":   func([]string) error { return nil },
	"garbage": func([]string) error { _, err := os.Stdout.WriteString("N\xff\xff\xff\xff\xff\xff\x01"); return err },
	"half":    func([]string) error { _, err := os.Stdout.WriteString("N\x05[\"a\"]R\x7f"); return err },
	"greedy": func([]string) error {
		if err := limit(32<<20, 60); err != nil {
			return err
		}
		all := [][]byte{}
		for {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			all = append(all, b)
			if len(all) > 4096 {
				return errors.New("there is no limit")
			}
		}
	},
	"endless": func(limits []string) error {
		if err := limit(1<<30, 1); err != nil {
			return err
		}
		for n := 0; ; n++ {
			if n < 0 {
				return nil
			}
		}
	},
	"writing": func([]string) error {
		if err := limit(1<<30, 60); err != nil {
			return err
		}
		f, err := os.CreateTemp("", "never")
		if err != nil {
			return err
		}
		defer os.Remove(f.Name())
		if _, err := f.WriteString("x"); err == nil {
			return errors.New("it could write")
		}
		return errors.New("it could not write")
	},
}

func asProcess(t testing.TB, act string) []string {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	return []string{exe, act}
}

func saved(t testing.TB, text []byte) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.parquet")
	must(t, os.WriteFile(path, text, 0o600))
	f, err := os.Open(path)
	must(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

func TestApart_SaysWhyItDied(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("limits of processes are kept on Linux only")
	}
	f := saved(t, nil)
	for act, says := range map[string]string{
		"silent": "has said nothing for 200ms", "crash": "ended (exit status 2) it broke", "quiet": "sends what it should not", "garbage": "sends what it should not",
		"greedy": "more than 32 MiB of memory", "endless": "more than 1 seconds of CPU time", "writing": "it could not write",
	} {
		t.Run(act, func(t *testing.T) {
			t.Parallel()
			patience := time.Minute
			if act == "silent" {
				patience = 200 * time.Millisecond
			}
			limits := map[string]string{"greedy": fmt.Sprint(32 << 20)}[act]
			_, _, err := startApart(t.Context(), append(asProcess(t, act), "0"+limits, "1"), f, patience)
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("error = %v, want %q", err, says)
			}
		})
	}
	a, h, err := startApart(t.Context(), append(asProcess(t, "half"), "0", "1"), f, time.Minute)
	if err != nil || len(h.names) != 1 {
		t.Fatal(h.names, err)
	}
	defer a.close()
	if _, err := a.next(make([]connectors.Value, 1)); err == nil || err == io.EOF {
		t.Errorf("half a row is taken: %v", err)
	}
}

// The process gives what this one would.
func TestApart_ReadsTheSame(t *testing.T) {
	type record struct {
		ID    string   `parquet:"id"`
		Value *float64 `parquet:"value,optional"`
		Tags  []string `parquet:"tags,list"`
		Bad   string   `parquet:"bad"`
	}
	v := 2.5
	var records []record
	for i := range 1000 {
		r := record{ID: fmt.Sprintf("%05d", i), Tags: []string{"a", "é"}[:i%3%2], Bad: "ok"}
		if i%2 == 0 {
			r.Value = &v
		}
		if i%100 == 7 {
			r.Bad = "\xff"
		}
		records = append(records, r)
	}
	text := parquetOf(t, records)
	read := func(t table, h header, err error) (out []string) {
		if err != nil {
			return []string{err.Error()}
		}
		defer t.close()
		rows := newTable(t, h, nil)
		_ = h.find(&Config{}, nil, nil)
		for {
			got, err := rows.next(nil)
			if err != nil {
				return append(out, err.Error())
			}
			bad := ""
			if got.bad != nil {
				bad = got.bad.Error()
			}
			out = append(out, fmt.Sprint(got.size, bad, string(rows.raw())))
		}
	}
	here, hereHeader, err := openParquet(bytes.NewReader(text), int64(len(text)))
	want := read(here, hereHeader, err)
	there, thereHeader, err := openApart(t.Context(), asProcess(t, "parquet-rows"), saved(t, text), int64(len(text)))
	got := read(there, thereHeader, err)
	if d := cmp.Diff(want, got); d != "" || len(want) != 1001 {
		t.Errorf("%d rows (-here +there):\n%s", len(want), d)
	}
	for _, broken := range [][]byte{nil, text[:len(text)/2], []byte("PAR1PAR1PAR1PAR1")} {
		_, _, here := openParquet(bytes.NewReader(broken), int64(len(broken)))
		_, _, there := openApart(t.Context(), asProcess(t, "parquet-rows"), saved(t, broken), int64(len(broken)))
		if here == nil || there == nil || here.Error() != there.Error() {
			t.Errorf("here %v, there %v", here, there)
		}
	}
}

// A small file whose pages unpack to far more than the process may take ends the process, not this one, and is an error that
// names the file; the other files are read.
func TestSource_ParquetBomb(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("limits of processes are kept on Linux only")
	}
	type named struct {
		ID    string `parquet:"id,plain,zstd"`
		Value string `parquet:"value,plain,zstd"`
		Keep  string `parquet:"keep"`
		Pad   string `parquet:"pad,plain,zstd"`
	}
	long := strings.Repeat("x", 800)
	many := make([]named, 100_000)
	for i := range many {
		many[i] = named{long, long, "yes", long}
	}
	bomb := parquetOf(t, many, parquet.PageBufferSize(200<<20))
	if len(bomb) > 1<<20 {
		t.Fatalf("the file has %d bytes", len(bomb))
	}
	dir := folder(t, map[string]string{"a.csv": head + "a,1,yes,\n", "b.parquet": string(bomb), "z.csv": head + "z,1,yes,\n"})
	s := units(t, dir, Config{Path: "."})
	s.Apart = asProcess(t, "poor")
	got, err := take(t, s, nil)
	var data *connectors.DataError
	if !errors.As(err, &data) || !strings.Contains(err.Error(), "b.parquet") || !strings.Contains(err.Error(), "needs more than") {
		t.Errorf("error = %v", err)
	}
	if got.units[0] != "a" || got.units[len(got.units)-1] != "z" {
		t.Errorf("records %v", got.units)
	}
}

func TestSource_ConformsApart(t *testing.T) {
	conformance.Run(t, func(t *testing.T) conformance.Case {
		dir := t.TempDir()
		return conformance.Case{
			Streams: 2,
			Write: func(t *testing.T, stream int, rows []conformance.Row) {
				must(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("part-%d.parquet", stream)), encoders["parquet"](t, rows), 0o600))
			},
			Open: func(t *testing.T) connectors.Source {
				b := conformance.Binder(t)
				x, err := wire.JSON(b.Places())
				must(t, err)
				s, err := New("exports", Config{Path: "part-*"}, dir, b, x)
				must(t, err)
				s.Apart = asProcess(t, "parquet-rows")
				return s
			},
			TooLarge: MaxRow,
		}
	})
}

// FuzzFrames: whatever a decoder sends, the reader ends with an error or rows and takes no more memory than a frame.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("N\x05[\"a\"]R\x05\x00\x00\x02\x01xZ\x00"))
	f.Add([]byte("E\x0e{\"text\":\"bad\"}"))
	f.Add([]byte("N\xff\xff\xff\xff\x0f"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, w, err := os.Pipe()
		must(t, err)
		go func() {
			_, _ = w.Write(in)
			w.Close()
		}()
		a := &apart{out: r, patience: time.Minute, closed: true}
		a.in = bufio.NewReader(a)
		defer r.Close()
		values := make([]connectors.Value, 1)
		for range len(in) + 1 {
			if _, err := a.next(values); err != nil {
				return
			}
		}
		t.Error("more rows than bytes")
	})
}
