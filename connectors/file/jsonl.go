package file

import (
	"bytes"
	"errors"
	"io"

	"insideout/connectors"
)

// jsonRows reads JSON lines: one object a line. Empty lines are no rows.
type jsonRows struct {
	in    *buffer
	x     connectors.Extractor
	shape *shaper // nil if a line is a row
	line  int64
	text  []byte   // the line, or the row made of it
	queue [][]byte // rows that the line still has
}

func newJSON(in *buffer, x connectors.Extractor, shape *shaper) (*jsonRows, error) {
	in.mark()
	if is := looksLike(in.rest()); is != "" {
		return nil, &adviceError{"it is no JSON: it looks like " + is, "correct format: or compression:, or the ending of its name"}
	}
	return &jsonRows{in: in, x: x, shape: shape}, nil
}

func (r *jsonRows) next(values []connectors.Value) (row, error) {
	got, found, err := r.take()
	if err != nil || got.bad != nil {
		return got, err
	}
	if err := r.x.Extract(r.text, values); err != nil {
		if !errors.As(err, &got.bad) {
			return row{}, err
		}
		if !found {
			got.bad = truncated(got.bad.Detail)
		}
	}
	return got, nil
}

// take gives the next row: a line, or one of those that a line unfolds into.
func (r *jsonRows) take() (got row, found bool, err error) {
	if len(r.queue) > 0 {
		r.text, r.queue = r.queue[0], r.queue[1:]
		return row{size: len(r.text), line: r.line}, true, nil
	}
	if got, found, err = r.read(); err != nil || got.bad != nil || r.shape == nil {
		return got, found, err
	}
	rows, err := r.shape.rows(r.text)
	if errors.As(err, &got.bad) {
		if !found {
			got.bad = truncated(got.bad.Detail)
		}
		return got, found, nil
	}
	if err != nil {
		return got, found, err
	}
	r.text, r.queue = rows[0], rows[1:]
	return got, found, nil
}

// read takes the next line that is not empty.
func (r *jsonRows) read() (got row, found bool, err error) {
	for {
		n, found, err := r.in.newline(0)
		if err == errTooLong {
			r.line++
			r.text = bytes.Clone(r.in.rest()[:keepRaw])
			return row{line: r.line, size: keepRaw, bad: tooLong()}, true, r.in.skipLine()
		}
		if err != nil {
			return row{}, false, err
		}
		if n == 0 && !found {
			return row{}, false, io.EOF
		}
		r.text = trim(r.in.rest()[:n])
		r.line++
		got := row{size: n, line: r.line}
		if found {
			got.size++
		}
		r.in.take(got.size)
		if len(bytes.TrimSpace(r.text)) > 0 {
			return got, found, nil
		}
	}
}

func (r *jsonRows) raw() []byte { return r.text }

func (r *jsonRows) beside() []byte { return nil }

func (r *jsonRows) rest() ([]byte, int) { return r.x.Rest() }

func (r *jsonRows) skip(n int64) error {
	for ; n > 0; n-- {
		if _, _, err := r.take(); err != nil {
			return err
		}
	}
	return nil
}
