package file

import (
	"bytes"
	"errors"
	"io"
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
}

const blockSize = 256 << 10

func newBuffer(r io.Reader) *buffer { return &buffer{r: r, b: make([]byte, blockSize)} }

// rest is what is there and not yet taken.
func (b *buffer) rest() []byte { return b.b[b.start:b.end] }

// take gives up the first n bytes of rest.
func (b *buffer) take(n int) { b.start += n }

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

var errTooLong = errors.New("row too long")

// newline finds the first newline of rest at or behind from. Without one, found is false and at is the length of rest;
// err is errTooLong when that is because the limit was reached, or what ended the stream if it was not its end.
func (b *buffer) newline(from int) (at int, found bool, err error) {
	for {
		if i := bytes.IndexByte(b.b[b.start+from:b.end], '\n'); i >= 0 {
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
		if i := bytes.IndexByte(b.rest(), '\n'); i >= 0 {
			b.take(i + 1)
			return nil
		}
		b.start = b.end
		if !b.fill() {
			if b.err != io.EOF {
				return b.err
			}
			return nil
		}
	}
}

// mark takes off a byte order mark, or says that the text is not UTF-8.
func (b *buffer) mark() error {
	for b.end-b.start < 3 && b.fill() {
	}
	head := b.rest()
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		b.take(3)
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return errUTF16
	}
	return nil
}

var errUTF16 = errors.New("the text is UTF-16")
