package file

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"insideout/connectors"
)

func encoded(t testing.TB, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The same file in every encoding brings the same records, and a letter that an encoding does not have rejects its row and
// no other.
func TestSource_Encodings(t *testing.T) {
	const text = head + "Café € “x”,1,yes,\n\"Šiauliai,\n2\",2,yes,\n"
	wide := head + "Zoë 😀 日本,1,yes,\n\"Šiauliai,\n2\",2,yes,\n"
	little, big := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	first := []string{"Café € “x”", "Šiauliai,\n2"}
	second := []string{"Zoë 😀 日本", "Šiauliai,\n2"}
	for name, c := range map[string]struct {
		text, encoding string
		want           []string
		bad            int
	}{
		"windows-1252":             {encoded(t, charmap.Windows1252, text), "windows-1252", first, 0},
		"windows-1257":             {encoded(t, charmap.Windows1257, strings.ReplaceAll(text, "Café", "Cafe")), "windows-1257", []string{"Cafe € “x”", first[1]}, 0},
		"macintosh, CR":            {strings.ReplaceAll(encoded(t, charmap.Macintosh, head+"Café,1,yes,\nÅ,2,yes,\n"), "\n", "\r"), "macintosh", []string{"Café", "Å"}, 0},
		"a hole in windows-1252":   {head + "\x81,1,yes,\nb,1,yes,\n", "windows-1252", []string{"b"}, 1},
		"UTF-8":                    {wide, "", second, 0},
		"UTF-8 with a mark":        {"\ufeff" + wide, "utf-8", second, 0},
		"UTF-16 LE with a mark":    {"\xff\xfe" + encoded(t, little, wide), "", second, 0},
		"UTF-16 BE with a mark":    {"\xfe\xff" + encoded(t, big, wide), "utf-16", second, 0},
		"UTF-16 LE without":        {encoded(t, little, wide), "utf-16le", second, 0},
		"UTF-16 BE without":        {encoded(t, big, wide), "utf-16be", second, 0},
		"half a surrogate":         {"\xff\xfe" + encoded(t, little, head) + "\x3d\xd8" + encoded(t, little, ",1,yes,\nb,1,yes,\n"), "", []string{"b"}, 1},
		"the other half":           {"\xff\xfe" + encoded(t, little, head) + "\x00\xde" + encoded(t, little, ",1,yes,\nb,1,yes,\n"), "", []string{"b"}, 1},
		"windows-1252 taken for 8": {encoded(t, charmap.Windows1252, text), "", nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, map[string]string{"a.csv": c.text})
			got, err := take(t, units(t, dir, Config{Path: "a.csv", Encoding: c.encoding}), nil)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got.units); d != "" {
				t.Error(d)
			}
			for _, r := range got.rejects {
				if r.Code != connectors.CodeEncoding {
					t.Errorf("reject %s: %s", r.Code, r.Detail)
				}
			}
			if len(got.rejects) != c.bad {
				t.Errorf("%d rejects, want %d", len(got.rejects), c.bad)
			}
		})
	}
}

func TestSource_EncodingAndMarkContradict(t *testing.T) {
	for says, c := range map[string]struct{ text, encoding string }{
		"byte order mark of utf-16le, and encoding: says utf-16be":            {"\xff\xfei\x00d\x00", "utf-16be"},
		"does not begin with a byte order mark -> say encoding: utf-16le (Wi": {"i\x00d\x00", "utf-16"},
	} {
		_, err := take(t, units(t, folder(t, map[string]string{"a.csv": c.text}), Config{Path: "a.csv", Encoding: c.encoding}), nil)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error = %v, want %q", err, says)
		}
	}
}

// FuzzDecode: what is decoded is what golang.org/x/text makes of it, save that what has no meaning becomes no letter; and
// reading in small pieces changes nothing.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"", "a\x00b\x00", "\xff\xfea\x00", "\xfe\xff\x00a\xd8\x3d\xde\x00", "\x3d\xd8a\x00", "\xff\xfe\x00", "Caf\xe9 \x81"} {
		for i := range byte(4) {
			f.Add([]byte(s), i)
		}
	}
	kinds := []struct {
		name string
		ours encoding.Encoding
	}{
		{"windows-1252", charmap.Windows1252}, {"iso-8859-15", charmap.ISO8859_15},
		{"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)}, {"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	}
	f.Fuzz(func(t *testing.T, in []byte, which byte) {
		kind := kinds[int(which)%len(kinds)]
		r, err := decode(bytes.NewReader(in), kind.name)
		if err != nil {
			return // the mark contradicts
		}
		got, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		body := in
		if kind.name[:3] == "utf" && (bytes.HasPrefix(in, []byte("\xff\xfe")) || bytes.HasPrefix(in, []byte("\xfe\xff"))) {
			body = in[2:]
		}
		want, err := kind.ours.NewDecoder().Bytes(body)
		if err != nil {
			t.Fatal(err)
		}
		if utf8.Valid(got) && !bytes.ContainsRune(want, utf8.RuneError) && !bytes.Equal(got, want) || bytes.ContainsRune(want, utf8.RuneError) && utf8.Valid(got) && !bytes.ContainsRune(got, utf8.RuneError) {
			t.Errorf("%s: %q gives %q, x/text %q", kind.name, in, got, want)
		}
		r, err = decode(iotest.OneByteReader(bytes.NewReader(in)), kind.name)
		if err != nil {
			t.Fatal(err)
		}
		if slow, err := io.ReadAll(r); err != nil || !bytes.Equal(slow, got) {
			t.Errorf("byte by byte %q, at once %q, %v", slow, got, err)
		}
	})
}

// A pipe is none of the files: reading it would wait for ever, and it cannot be read twice.
func TestSource_NamesWhatIsNoFile(t *testing.T) {
	dir := folder(t, map[string]string{"in/a.csv": head + "a,1,yes,\n"})
	if err := mkfifo(filepath.Join(dir, "in", "b.csv")); err != nil {
		t.Skip("this system makes no pipes:", err)
	}
	for _, path := range []string{"in/b.csv", "in", "in/*.csv"} {
		got, err := take(t, units(t, dir, Config{Path: path}), nil)
		if err == nil || !strings.Contains(err.Error(), "in/b.csv") || !strings.Contains(err.Error(), "a named pipe") {
			t.Errorf("%s: %v", path, err)
		}
		if path != "in/b.csv" && len(got.units) != 1 {
			t.Errorf("%s: the other files were not read: %v", path, got.units)
		}
	}
	if err := os.Remove(filepath.Join(dir, "in", "b.csv")); err != nil {
		t.Fatal(err)
	}
}
