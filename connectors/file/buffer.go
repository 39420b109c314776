package file

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf8"
)

// MaxRow is the longest row that is read, in bytes. A longer one is rejected.
const MaxRow = 16 << 20

// keepRaw is how much of a row that is too long is kept with its reject.
const keepRaw = 64 << 10

// buffer reads a stream in blocks and hands out lines as views into it. It holds one block, or one row when that is
// longer.
type buffer struct {
	r          io.Reader
	b          []byte
	start, end int
	err        error // io.EOF or what else ended the stream
	taken      int64 // bytes given up since the beginning
	eol        byte  // what ends a line: a newline, or a carriage return in files of old Macintosh programs
	watch      bool  // look at every block whether it is plain
	special    int64 // where the last block that is not plain ends, as taken counts
}

const blockSize = 256 << 10

func newBuffer(r io.Reader) *buffer { return &buffer{r: r, b: make([]byte, blockSize), eol: '\n'} }

// rest is what is there and not yet taken.
func (b *buffer) rest() []byte { return b.b[b.start:b.end] }

// take gives up the first n bytes of rest.
func (b *buffer) take(n int) {
	b.start += n
	b.taken += int64(n)
}

// fill reads more behind what is there, and may move it. It returns false when the stream has ended.
func (b *buffer) fill() bool {
	if b.err != nil {
		return false
	}
	if b.end == len(b.b) {
		if b.start == 0 {
			b.b = append(b.b, make([]byte, len(b.b))...)
		} else {
			b.end = copy(b.b, b.b[b.start:b.end])
			b.start = 0
			if len(b.b) > blockSize && b.end < blockSize/2 {
				small := make([]byte, blockSize) // a long row has gone by
				copy(small, b.b[:b.end])
				b.b = small
			}
		}
	}
	for range 100 {
		n, err := b.r.Read(b.b[b.end:])
		b.end += n
		if b.watch && !plain(b.b[b.end-n:b.end]) {
			b.special = b.taken + int64(b.end-b.start)
		}
		if err != nil {
			b.err = err
		}
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	b.err = io.ErrNoProgress
	return false
}

// watching begins to look at blocks.
func (b *buffer) watching() {
	b.watch, b.special = true, b.taken
	if !plain(b.rest()) {
		b.special += int64(b.end - b.start)
	}
}

// plain reports whether rest holds nothing but plain bytes.
func (b *buffer) plain() bool { return b.watch && b.taken >= b.special }

// plain reports whether a block has only ASCII, without quotes, carriage returns and NUL. Nearly all blocks of nearly all
// files are so, and asking once a block is far cheaper than once a row.
func plain(block []byte) bool {
	for _, c := range [...]byte{'"', '\r', 0} {
		if bytes.IndexByte(block, c) >= 0 {
			return false
		}
	}
	const high = 0x8080808080808080
	i := 0
	for ; i+32 <= len(block); i += 32 {
		x := binary.LittleEndian.Uint64(block[i:]) | binary.LittleEndian.Uint64(block[i+8:]) |
			binary.LittleEndian.Uint64(block[i+16:]) | binary.LittleEndian.Uint64(block[i+24:])
		if x&high != 0 {
			return false
		}
	}
	for ; i < len(block); i++ {
		if block[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

var errTooLong = errors.New("row too long")

// newline finds the first line end of rest at or behind from. Without one, found is false and at is the length of rest;
// err is errTooLong when that is because the limit was reached, or what ended the stream if it was not its end.
func (b *buffer) newline(from int) (at int, found bool, err error) {
	for {
		if i := bytes.IndexByte(b.b[b.start+from:b.end], b.eol); i >= 0 {
			if from+i > MaxRow {
				return from + i, false, errTooLong
			}
			return from + i, true, nil
		}
		from = b.end - b.start
		if from > MaxRow {
			return from, false, errTooLong
		}
		if !b.fill() {
			if b.err != io.EOF {
				return from, false, b.err
			}
			return from, false, nil
		}
	}
}

// skipLine drops everything up to and with the next newline.
func (b *buffer) skipLine() error {
	for {
		if i := bytes.IndexByte(b.rest(), b.eol); i >= 0 {
			b.take(i + 1)
			return nil
		}
		b.take(b.end - b.start)
		if !b.fill() {
			if b.err != io.EOF {
				return b.err
			}
			return nil
		}
	}
}

// mark takes off the byte order mark of UTF-8.
func (b *buffer) mark() {
	for b.end-b.start < 3 && b.fill() {
	}
	if bytes.HasPrefix(b.rest(), []byte("\xef\xbb\xbf")) {
		b.take(3)
	}
}

// lineEnd looks at the first line end outside of quotes. Where it is a carriage return alone, lines end in that: such a
// file has no newline but in quotes.
func (b *buffer) lineEnd() {
	quoted := false
	for at := 0; ; at++ {
		for at+1 >= b.end-b.start && b.end-b.start < MaxRow && b.fill() {
		}
		if at >= b.end-b.start {
			return
		}
		switch c := b.b[b.start+at]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n':
			return
		case c == '\r':
			if at+1 == b.end-b.start || b.b[b.start+at+1] != '\n' {
				b.eol = '\r'
			}
			return
		}
	}
}
