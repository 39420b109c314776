package file

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"insideout/connectors"
)

// documentRows reads JSON documents: the objects of a list, or one object after the other. The list may be the whole
// document or stand at Config.Rows in it. The document is read as a stream, one object of the list in memory at a time.
//
// The objects are found by their braces alone and checked by the extractor, so an object that is wrong in itself is a
// reject with its line, and reading goes on behind it. Where the braces do not add up or the document breaks off,
// everything behind is lost, so that is an error of the file; JSON lines do better there.
type documentRows struct {
	in    *bufio.Reader
	path  []string // to the list
	x     connectors.Extractor
	shape *shaper

	line  int64  // of the next byte
	open  []byte // braces and brackets around the objects
	first bool   // nothing has been read of the innermost of them
	text  []byte
	at    int64    // line on which the object at hand begins
	queue [][]byte // rows that it still has
}

func newDocument(in io.Reader, c *Config, x connectors.Extractor) (*documentRows, error) {
	r := &documentRows{in: bufio.NewReaderSize(in, blockSize), x: x, shape: newShaper(c), line: 1}
	if c.Rows != "" && c.Rows != "." {
		r.path = strings.Split(c.Rows, ".")
	}
	head, err := r.in.Peek(16)
	if err == io.EOF {
		err = nil
	}
	if is := looksLike(head); is != "" && err == nil {
		err = &adviceError{"it is no JSON: it looks like " + is, "correct format: or compression:, or the ending of its name"}
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		_, _ = r.in.Discard(3)
	}
	return r, err
}

func (r *documentRows) next(values []connectors.Value) (row, error) {
	got, err := r.read()
	if err != nil || got.bad != nil {
		return got, err
	}
	if err := r.x.Extract(r.text, values); err != nil && !errors.As(err, &got.bad) {
		return row{}, err
	}
	return got, nil
}

func (r *documentRows) raw() []byte { return r.text }

func (r *documentRows) rest() ([]byte, int) { return r.x.Rest() }

func (r *documentRows) skip(n int64) error {
	for ; n > 0; n-- {
		if _, err := r.read(); err != nil {
			return err
		}
	}
	return nil
}

// read takes the next row.
func (r *documentRows) read() (row, error) {
	if len(r.queue) > 0 {
		r.text, r.queue = r.queue[0], r.queue[1:]
		return row{size: len(r.text), line: r.at}, nil
	}
	ok, err := r.seek()
	if err != nil {
		return row{}, fmt.Errorf("line %d: %w", r.line, err)
	}
	if !ok {
		return row{}, io.EOF
	}
	r.at = r.line
	text, whole, err := r.value()
	if err != nil {
		return row{}, fmt.Errorf("line %d: the object that begins on line %d: %w", r.line, r.at, err)
	}
	r.text = text
	got := row{size: len(text), line: r.at}
	if !whole {
		got.bad = tooLong()
		return got, nil
	}
	if r.shape == nil {
		return got, nil
	}
	rows, err := r.shape.rows(text)
	if err != nil {
		if !errors.As(err, &got.bad) {
			return row{}, err
		}
		return got, nil
	}
	r.text, r.queue = rows[0], rows[1:]
	return got, nil
}

// seek goes to the beginning of the next object; ok is false at the end of the file.
func (r *documentRows) seek() (ok bool, err error) {
	for {
		c, err := r.peek()
		if err == io.EOF && len(r.open) == 0 {
			return false, nil
		}
		if err != nil {
			return false, cutOff(err)
		}
		switch {
		case len(r.open) == 0 && c == '[':
			r.enter()
		case len(r.open) == 0 && c == '{' && r.path != nil:
			if err := r.descend(); err != nil {
				return false, err
			}
		case len(r.open) == 0:
			return true, nil
		case c == ']':
			r.in.Discard(1)
			r.open = r.open[:len(r.open)-1]
			if err := r.leave(); err != nil {
				return false, err
			}
		case r.first:
			r.first = false
			return true, nil
		case c == ',':
			r.in.Discard(1)
			if c, err := r.peek(); err != nil {
				return false, cutOff(err)
			} else if c == ']' {
				return false, errors.New("no JSON: a comma stands before ]")
			}
			return true, nil
		default:
			return false, fmt.Errorf("no JSON: %q stands where a comma or ] is wanted", c)
		}
	}
}

// enter takes the bracket or brace that opens what is next.
func (r *documentRows) enter() {
	c, _ := r.in.ReadByte()
	r.open = append(r.open, c)
	r.first = true
}

// descend goes into a document up to the list at path.
func (r *documentRows) descend() error {
	for i := range r.path {
		r.enter()
		var names []string
		for {
			name, err := r.key(names == nil)
			if err != nil {
				return err
			}
			if name == r.path[i] {
				break
			}
			if name == "" {
				slices.Sort(names)
				return &adviceError{fmt.Sprintf("it has no %q; there is %s", strings.Join(r.path[:i+1], "."), strings.Join(shorten(names), ", ")), "correct rows:, the way to the list in the document"}
			}
			names = append(names, name)
			if _, _, err := r.value(); err != nil {
				return err
			}
		}
		c, err := r.peek()
		switch last := i == len(r.path)-1; {
		case err != nil:
			return cutOff(err)
		case last && c != '[':
			return &adviceError{fmt.Sprintf("%q is no list", strings.Join(r.path, ".")), "correct rows:, the way to the list in the document"}
		case last:
			r.enter()
		case c != '{':
			return &adviceError{fmt.Sprintf("%q is no object", strings.Join(r.path[:i+1], ".")), "correct rows:, the way to the list in the document"}
		}
	}
	return nil
}

// leave passes over what stands behind the list in its document.
func (r *documentRows) leave() error {
	for len(r.open) > 0 {
		name, err := r.key(false)
		if err != nil {
			return err
		}
		if name == "" {
			r.in.Discard(1)
			r.open = r.open[:len(r.open)-1]
			continue
		}
		if _, _, err := r.value(); err != nil {
			return err
		}
	}
	return nil
}

// key reads the next key of the object that is open, and its colon; "" stands before the brace that ends it.
func (r *documentRows) key(first bool) (string, error) {
	c, err := r.peek()
	if err != nil {
		return "", cutOff(err)
	}
	if c == '}' {
		return "", nil
	}
	if !first {
		if c != ',' {
			return "", fmt.Errorf("no JSON: %q stands where a comma or } is wanted", c)
		}
		r.in.Discard(1)
		if c, err = r.peek(); err != nil {
			return "", cutOff(err)
		}
	}
	if c != '"' {
		return "", fmt.Errorf("no JSON: %q stands where a key is wanted", c)
	}
	text, _, err := r.value()
	if err != nil {
		return "", err
	}
	var name string
	if err := json.Unmarshal(text, &name); err != nil {
		return "", fmt.Errorf("no JSON: the key %.40q", text)
	}
	if c, err = r.peek(); err != nil {
		return "", cutOff(err)
	}
	if c != ':' {
		return "", fmt.Errorf("no JSON: %q stands where a colon is wanted", c)
	}
	r.in.Discard(1)
	return name, nil
}

// peek passes over space and tells the next byte.
func (r *documentRows) peek() (byte, error) {
	for {
		b, err := r.in.Peek(1)
		if err != nil {
			return 0, err
		}
		switch b[0] {
		case '\n':
			r.line++
		case ' ', '\t', '\r':
		default:
			return b[0], nil
		}
		r.in.Discard(1)
	}
}

// value takes the next value. Of one that is longer than MaxRow only the beginning is returned, and whole is false.
func (r *documentRows) value() (text []byte, whole bool, err error) {
	if _, err := r.peek(); err != nil {
		return nil, false, cutOff(err)
	}
	depth, quoted, escaped, size := 0, false, false, 0
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			if err == io.EOF && size > 0 && depth == 0 && !quoted {
				return text, size <= MaxRow, nil // a bare word that ends the file
			}
			return nil, false, cutOff(err)
		}
		ends := false
		switch {
		case quoted:
			switch {
			case escaped:
				escaped = false
			case c == '\\':
				escaped = true
			case c == '"':
				quoted = false
				ends = depth == 0
			}
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			depth++
		case depth > 0 && (c == '}' || c == ']'):
			depth--
			ends = depth == 0
		case depth == 0 && (c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ':'):
			// A bare word ends in front of it; something is taken in any case, so that reading goes on.
			if size > 0 {
				return text, size <= MaxRow, r.in.UnreadByte()
			}
			ends = true
		}
		if c == '\n' {
			r.line++
		}
		if size++; size <= MaxRow {
			text = append(text, c)
		} else if len(text) > keepRaw {
			text = bytes.Clone(text[:keepRaw])
		}
		if ends {
			return text, size <= MaxRow, nil
		}
	}
}

// cutOff is what the end of the file means in the middle of a document.
func cutOff(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (r *documentRows) beside() []byte { return nil }
