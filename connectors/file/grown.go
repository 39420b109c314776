package file

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"insideout/models"
)

// A file that people append to has another content, and so another hash, each time it is read. Its first rows must not land
// again. Every stream therefore keeps the size of its file (identity), and when a file is hashed, its beginning is held
// against every file that was read before and is shorter. Where one is its beginning, the rows of that one are passed over
// and count as filtered.

const identityUnit = " bytes"

func identity(size int64) string { return strconv.FormatInt(size, 10) + identityUnit }

// earlier are the files that were read before, by their size.
func earlier(from models.Positions) map[int64][]models.Position {
	out := map[int64][]models.Position{}
	for _, p := range from {
		digits, ok := strings.CutSuffix(p.Identity, identityUnit)
		if size, err := strconv.ParseInt(digits, 10, 64); ok && err == nil && size > 0 && p.Next > 0 {
			out[size] = append(out[size], p)
		}
	}
	return out
}

// prefix is a file that was read before and is the beginning of another one.
type prefix struct {
	size int64 // up to the end of its last line, if what follows it is that line's end
	rows int64 // that landed
}

// counted is a reader of rows that knows how far it has come.
type counted interface {
	rows
	offset() int64 // bytes of the file that are passed
}

func (r *csvRows) offset() int64  { return r.in.taken }
func (r *jsonRows) offset() int64 { return r.in.taken }

// passed is the number of rows that have landed with an earlier, shorter content of this file: those that lie within it
// whole. A row that it cut in two is read again, whole. The reader is of no use afterwards. Only formats of lines, as they
// stand on disk, can grow.
func (s *Source) passed(o *opened, label string, r rows) (n int64, err error) {
	format, compression := s.config.of(label)
	lines, ok := r.(counted)
	if o.prefix == nil || !ok || compression != "none" || s.config.Encoding != "" && s.config.Encoding != utf8Name || format == formatJSON {
		return 0, nil
	}
	for ; n < o.prefix.rows; n++ {
		if err := lines.skip(1); err == io.EOF {
			return n, nil
		} else if err != nil {
			return 0, err
		}
		if lines.offset() > o.prefix.size {
			return n, nil
		}
	}
	return n, nil
}

// pass accounts for rows that landed before.
func (s *Source) pass(n int64) {
	g := &s.d.Range
	g.Next += n
	g.Filtered += n
}

// marks finds the earlier files while a file is hashed.
type marks struct {
	known map[int64][]models.Position
	found *prefix
}

// at is called with the hash of the first size bytes, the last of them, and what follows.
func (m *marks) at(size int64, hash string, last byte, next []byte) {
	for _, p := range m.known[size] {
		if p.Stream != hash || m.found != nil && p.Next < m.found.rows {
			continue
		}
		m.found = &prefix{size: size, rows: p.Next}
		switch {
		case last == '\n':
		case bytes.HasPrefix(next, []byte("\n")):
			m.found.size++
		case bytes.HasPrefix(next, []byte("\r\n")):
			m.found.size += 2
		}
	}
}
