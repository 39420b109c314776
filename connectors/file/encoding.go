package file

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// The encodings that files are read in. One that has a byte order mark is read as that says, whatever is configured,
// except that the two must not contradict each other.
const (
	utf8Name    = "utf-8"
	utf16Name   = "utf-16" // with a byte order mark
	utf16LEName = "utf-16le"
	utf16BEName = "utf-16be"
)

// charmaps are the encodings of one byte a letter.
var charmaps = map[string]*charmap.Charmap{
	"windows-1250": charmap.Windows1250, "windows-1251": charmap.Windows1251, "windows-1252": charmap.Windows1252,
	"windows-1253": charmap.Windows1253, "windows-1254": charmap.Windows1254, "windows-1257": charmap.Windows1257,
	"iso-8859-1": charmap.ISO8859_1, "iso-8859-2": charmap.ISO8859_2, "iso-8859-15": charmap.ISO8859_15, "macintosh": charmap.Macintosh,
}

// encodings lists the names for configuration.
func encodings() []string {
	return append([]string{utf8Name, utf16Name, utf16LEName, utf16BEName}, slices.Sorted(maps.Keys(charmaps))...)
}

// wrong stands for what has no meaning in the encoding of a file. It is no UTF-8, so the row that it stands in is
// rejected: a substitute letter would change a value and nobody would see it.
const wrong = 0xff

// decode gives a text in UTF-8.
func decode(r io.Reader, encoding string) (io.Reader, error) {
	in := bufio.NewReaderSize(r, 16<<10)
	head, _ := in.Peek(2)
	marked := ""
	switch {
	case bytes.Equal(head, []byte{0xff, 0xfe}):
		marked = utf16LEName
	case bytes.Equal(head, []byte{0xfe, 0xff}):
		marked = utf16BEName
	}
	switch {
	case charmaps[encoding] != nil:
		return newBytewise(in, charmaps[encoding]), nil // the two bytes are letters there
	case marked != "" && (encoding == "" || encoding == utf16Name || encoding == marked):
		_, _ = in.Discard(2)
		return &wide{r: in, big: marked == utf16BEName}, nil
	case marked != "":
		return nil, &adviceError{fmt.Sprintf("it begins with the byte order mark of %s, and encoding: says %s", marked, encoding), "correct encoding:, or leave it out"}
	case encoding == utf16Name && len(head) > 0:
		return nil, &adviceError{"it is said to be UTF-16 and does not begin with a byte order mark", "say encoding: utf-16le (Windows) or utf-16be"}
	case encoding == utf16LEName || encoding == utf16BEName:
		return &wide{r: in, big: encoding == utf16BEName}, nil
	}
	return in, nil
}

// bytewise turns one byte a letter into UTF-8.
type bytewise struct {
	r     io.Reader
	table [256][]byte
	in    [16 << 10]byte
	out   []byte // not yet read
	buf   []byte
	err   error
}

func newBytewise(r io.Reader, c *charmap.Charmap) *bytewise {
	b := &bytewise{r: r}
	for i := range b.table {
		if letter := c.DecodeByte(byte(i)); letter != utf8.RuneError {
			b.table[i] = utf8.AppendRune(nil, letter)
		} else {
			b.table[i] = []byte{wrong}
		}
	}
	return b
}

func (b *bytewise) Read(p []byte) (int, error) {
	for len(b.out) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		var n int
		n, b.err = b.r.Read(b.in[:])
		b.buf = b.buf[:0]
		for _, c := range b.in[:n] {
			b.buf = append(b.buf, b.table[c]...)
		}
		b.out = b.buf
	}
	n := copy(p, b.out)
	b.out = b.out[n:]
	return n, nil
}

// wide turns UTF-16 into UTF-8. A surrogate without its partner, and a single byte at the end, are wrong.
type wide struct {
	r    *bufio.Reader
	big  bool
	out  []byte // not yet read
	buf  []byte
	half rune // a high surrogate whose partner must follow; 0 for none
	err  error
}

func (w *wide) Read(p []byte) (int, error) {
	for len(w.out) == 0 {
		if w.err != nil {
			return 0, w.err
		}
		w.fill()
	}
	n := copy(p, w.out)
	w.out = w.out[n:]
	return n, nil
}

func (w *wide) fill() {
	const units = 4096
	b := w.buf[:0]
	for range units {
		unit, err := w.unit()
		if err != nil {
			if w.half != 0 || err == io.ErrUnexpectedEOF {
				b = append(b, wrong)
			}
			if err == io.ErrUnexpectedEOF {
				err = io.EOF
			}
			w.half, w.err = 0, err
			break
		}
		if w.half != 0 {
			if pair := utf16.DecodeRune(w.half, unit); pair != utf8.RuneError {
				b = utf8.AppendRune(b, pair)
				w.half = 0
				continue
			}
			b = append(b, wrong)
			w.half = 0
		}
		switch {
		case !utf16.IsSurrogate(unit):
			b = utf8.AppendRune(b, unit)
		case unit < 0xdc00:
			w.half = unit
		default:
			b = append(b, wrong)
		}
	}
	w.buf, w.out = b, b
}

// unit reads two bytes.
func (w *wide) unit() (rune, error) {
	first, err := w.r.ReadByte()
	if err != nil {
		return 0, err
	}
	second, err := w.r.ReadByte()
	switch {
	case err == io.EOF:
		return 0, io.ErrUnexpectedEOF
	case err != nil:
		return 0, err
	case w.big:
		return rune(first)<<8 | rune(second), nil
	}
	return rune(second)<<8 | rune(first), nil
}
