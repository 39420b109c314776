package file

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"unicode/utf8"

	"insideout/connectors"
)

// csvRows reads delimited text by RFC 4180: a field may stand in quotes, and then holds delimiters, line ends and
// doubled quotes; a quote anywhere else is a mistake, and so is a row that has not exactly the columns of the header.
// Rows end in LF or CRLF, or in CR alone when the first one does. Empty lines are no rows, unless there is one column only.
//
// A row with a mistake ends with the line on which the mistake shows. When a quote is never closed, only the line on
// which it opens is given up, and reading goes on behind it: one stray quote must not swallow a file.
//
// encoding/csv does the same at a third of the rate; it copies every row and looks at every byte by itself. Here a row
// is found by its newline and, when it has no quotes, split eight bytes at a time. Whether there are quotes, carriage returns,
// NUL or letters beyond ASCII is asked once a block, and only in blocks that have some once a row.
type csvRows struct {
	header
	in     *buffer
	comma  byte
	null   []string
	stop   stopRule
	begun  bool  // a data row has been read
	line   int64 // lines taken
	plain  bool  // the row stands in a plain part of the file
	fields []field
	text   []byte // the row, that the fields point into
	single []byte // text of fields with doubled quotes
	object []byte
}

// field is where one field stands, in csvRows.text, or in csvRows.single if it had doubled quotes.
type field struct {
	start, end int32
	single     bool
}

// newCSV reads the header and finds the places in it, of which some may be missing.
func newCSV(in *buffer, c *Config, places []string, optional []bool, null []string) (*csvRows, error) {
	r := &csvRows{header: header{names: c.Columns}, in: in, comma: c.delimiter(), null: null, stop: stopRule(c.Stop)}
	in.mark()
	if len(in.rest()) == 0 && in.err == io.EOF {
		return r, nil // an empty file has no rows that could lack anything
	}
	if is := looksLike(in.rest()); is != "" {
		return nil, &adviceError{"it is no text: it looks like " + is, "correct format: or compression:, or the ending of its name"}
	}
	in.lineEnd()
	in.watching()
	for n := 1; n <= c.headerRows(); n++ {
		head, err := r.record()
		switch {
		case err == io.EOF:
			return nil, fmt.Errorf("the file ends in row %d of its %d header rows", n, c.headerRows())
		case err != nil:
			return nil, err
		case head.bad != nil:
			return nil, fmt.Errorf("header row %d: %s", n, head.bad.Detail)
		}
		cells := make([]string, len(r.fields))
		for i := range cells {
			cells[i] = string(r.at(i))
		}
		r.take(c, n, cells)
	}
	return r, r.find(c, places, optional)
}

func (r *csvRows) next(values []connectors.Value) (row, error) {
	for {
		got, err := r.record()
		if err != nil || got.bad != nil {
			return got, err
		}
		if len(r.text) == 0 && len(r.names) != 1 {
			if r.stop == stopAtEmpty && r.begun {
				return row{}, io.EOF
			}
			continue
		}
		if r.stop.is(r.at(0)) {
			return row{}, io.EOF
		}
		r.begun = true
		if len(r.fields) != len(r.names) {
			got.bad = &connectors.PayloadError{Code: connectors.CodeMalformed, Detail: fmt.Sprintf(
				"the row has %d columns, the header %d -> put fields that hold the delimiter or a line end in quotes", len(r.fields), len(r.names))}
			if r.last() {
				got.bad = truncated(got.bad.Detail)
			}
			return got, nil
		}
		if !r.plain && !utf8.Valid(r.text) {
			got.bad = &connectors.PayloadError{Code: connectors.CodeEncoding, Detail: "the row has letters that do not exist in the encoding of the file -> give encoding: (windows-1252, utf-16le, ...), or export the file as UTF-8"}
			return got, nil
		}
		if !r.plain && bytes.IndexByte(r.text, 0) >= 0 {
			got.bad = &connectors.PayloadError{Code: connectors.CodeMalformed, Detail: "the row holds NUL characters -> if the file is UTF-16, give encoding: utf-16le; otherwise correct it at the source"}
			return got, nil
		}
		for i, c := range r.columns {
			if c < 0 {
				values[i] = connectors.Value{}
				continue
			}
			values[i] = connectors.Value{Kind: connectors.String, Bytes: r.at(c)}
		}
		return got, nil
	}
}

// last reports whether the row just read ends the file without a newline.
func (r *csvRows) last() bool {
	return r.in.err == io.EOF && r.in.start == r.in.end && r.in.end > 0 && r.in.b[r.in.end-1] != r.in.eol
}

func truncated(detail string) *connectors.PayloadError {
	return &connectors.PayloadError{Code: connectors.CodeTruncated, Detail: "the last line ends half-way: " + detail + "; if the file was still being written, the whole file will be loaded when it is complete"}
}

func (r *csvRows) at(i int) []byte {
	f := r.fields[i]
	if f.single {
		return r.single[f.start:f.end]
	}
	return r.text[f.start:f.end]
}

// record reads the next record, header or data, and finds its fields.
func (r *csvRows) record() (row, error) {
	n, found, err := r.in.newline(0)
	if err != nil {
		if err == errTooLong {
			return r.tooLong()
		}
		return row{}, err
	}
	if n == 0 && !found {
		return row{}, io.EOF
	}
	text := r.in.rest()[:n]
	r.fields, r.single = r.fields[:0], r.single[:0]
	got := row{line: r.line + 1}
	r.plain = r.in.plain()
	switch {
	case r.plain:
		r.split(text)
	case bytes.IndexByte(text, '"') >= 0:
		n, found, got.bad, err = r.quoted(n, found)
		if err != nil {
			return row{}, err
		}
		text = r.trim(r.in.rest()[:n])
		r.line += int64(bytes.Count(text, []byte{r.in.eol}))
	default:
		text = r.trim(text)
		if bytes.IndexByte(text, r.stray()) >= 0 {
			got.bad = &connectors.PayloadError{Code: connectors.CodeMalformed, Detail: bareReturn}
		}
		r.split(text)
	}
	r.text = text
	r.line++
	got.size = n
	if found {
		got.size++
	}
	r.in.take(got.size)
	if got.bad != nil && !found {
		got.bad = truncated(got.bad.Detail)
	}
	return got, nil
}

const bareReturn = "half a line end stands in the row -> save the file with LF or CRLF at the end of lines, or put the field in quotes"

// trim takes off the carriage return of CRLF.
func trim(text []byte) []byte {
	if n := len(text); n > 0 && text[n-1] == '\r' {
		return text[:n-1]
	}
	return text
}

// trim takes off the carriage return of CRLF, where lines end so.
func (r *csvRows) trim(text []byte) []byte {
	if r.in.eol == '\r' {
		return text
	}
	return trim(text)
}

// stray is the half of a line end that may stand in quotes only.
func (r *csvRows) stray() byte {
	if r.in.eol == '\r' {
		return '\n'
	}
	return '\r'
}

// tooLong gives up a line that is longer than the limit.
func (r *csvRows) tooLong() (row, error) {
	r.line++
	r.text = bytes.Clone(r.in.rest()[:keepRaw])
	return row{line: r.line, size: keepRaw, bad: tooLong()}, r.in.skipLine()
}

func tooLong() *connectors.PayloadError {
	return &connectors.PayloadError{Code: connectors.CodeTooLarge, Detail: fmt.Sprintf("the row is longer than %d MiB; its first %d KiB are kept -> a quote that is not closed, or another file format?", MaxRow>>20, keepRaw>>10)}
}

const (
	ones = 0x0101010101010101
	lows = 0x7f7f7f7f7f7f7f7f
)

// split finds the fields of a row without quotes. In eight bytes at once, a byte equal to the delimiter becomes zero by
// the exclusive or, and zero bytes are those whose highest bit is clear after adding 0x7f to the other bits, and were
// clear before.
func (r *csvRows) split(text []byte) {
	fields := r.fields
	pattern := ones * uint64(r.comma)
	start, i := 0, 0
	for ; i+8 <= len(text); i += 8 {
		x := binary.LittleEndian.Uint64(text[i:]) ^ pattern
		for hit := ^((x&lows + lows) | x | lows); hit != 0; hit &= hit - 1 {
			at := i + bits.TrailingZeros64(hit)>>3
			fields = append(fields, field{start: int32(start), end: int32(at)})
			start = at + 1
		}
	}
	for ; i < len(text); i++ {
		if text[i] == r.comma {
			fields = append(fields, field{start: int32(start), end: int32(i)})
			start = i + 1
		}
	}
	r.fields = append(fields, field{start: int32(start), end: int32(len(text))})
}

// quoted finds the fields of a row with quotes, whose first line is n bytes long, and returns its whole length.
func (r *csvRows) quoted(n int, found bool) (length int, ended bool, bad *connectors.PayloadError, err error) {
	malformed := func(what string) *connectors.PayloadError {
		return &connectors.PayloadError{Code: connectors.CodeMalformed, Detail: what}
	}
	first, firstFound := n, found
	text := r.trim(r.in.rest()[:n])
	for i := 0; ; {
		if i == len(text) || text[i] != '"' {
			end := len(text)
			if k := bytes.IndexByte(text[i:], r.comma); k >= 0 {
				end = i + k
			}
			if bytes.IndexByte(text[i:end], '"') >= 0 {
				return n, found, malformed("a quote stands inside a field that does not begin with one -> put the whole field in quotes and double the quotes in it"), nil
			}
			if bytes.IndexByte(text[i:end], r.stray()) >= 0 {
				return n, found, malformed(bareReturn), nil
			}
			r.fields = append(r.fields, field{start: int32(i), end: int32(end)})
			if end == len(text) {
				return n, found, nil, nil
			}
			i = end + 1
			continue
		}
		i++
		j, doubled := i, false
		for {
			k := bytes.IndexByte(text[j:], '"')
			if k >= 0 {
				if j += k; j+1 < len(text) && text[j+1] == '"' {
					doubled = true
					j += 2
					continue
				}
				break
			}
			// The field goes on behind the line end.
			j = len(text)
			if !found {
				return first, firstFound, malformed("a quote is not closed before the end of the file"), nil
			}
			if n, found, err = r.in.newline(n + 1); err == errTooLong {
				return first, firstFound, malformed(fmt.Sprintf("a quote is not closed within %d MiB", MaxRow>>20)), nil
			} else if err != nil {
				return 0, false, nil, err
			}
			text = r.trim(r.in.rest()[:n])
		}
		if doubled {
			from := len(r.single)
			r.single = undouble(r.single, text[i:j])
			r.fields = append(r.fields, field{start: int32(from), end: int32(len(r.single)), single: true})
		} else {
			r.fields = append(r.fields, field{start: int32(i), end: int32(j)})
		}
		switch i = j + 1; {
		case i == len(text):
			return n, found, nil, nil
		case text[i] != r.comma:
			return n, found, malformed("something follows the quote that closes a field -> double the quotes inside of fields"), nil
		}
		i++
	}
}

// undouble appends a quoted field with its doubled quotes made single.
func undouble(b, text []byte) []byte {
	for {
		k := bytes.IndexByte(text, '"')
		if k < 0 {
			return append(b, text...)
		}
		b = append(b, text[:k+1]...)
		text = text[k+2:]
	}
}

func (r *csvRows) raw() []byte { return r.text }

func (r *csvRows) beside() []byte { return r.kept }

// rest gives the other columns that are not empty, as texts.
func (r *csvRows) rest() ([]byte, int) {
	b, n := append(r.object[:0], '{'), 0
next:
	for i, c := range r.others {
		v := r.at(c)
		for _, w := range r.null {
			if string(v) == w {
				continue next
			}
		}
		if n > 0 {
			b = append(b, ',')
		}
		n++
		b = append(b, r.keys[i]...)
		b = connectors.AppendJSONString(b, v)
	}
	r.object = append(b, '}')
	if n == 0 {
		return nil, 0
	}
	return r.object, n
}

func (r *csvRows) skip(n int64) error {
	for ; n > 0; n-- {
		for {
			got, err := r.record()
			if err != nil {
				return err
			}
			if got.bad != nil || len(r.text) > 0 || len(r.names) == 1 {
				break
			}
		}
	}
	return nil
}
