package file

import (
	"bufio"
	"errors"
	"io"
)

// walker reads over a structure in Thrift's compact protocol without building it, and makes sure that the lengths in it
// are no longer than what is left. The library allocates by these lengths before it reads: a few bytes may ask for
// gigabytes, and running out of memory ends a Go program.
type walker struct {
	in    *bufio.Reader
	left  int64                             // bytes that may still follow
	seen  func(path []int16, v int64)       // integers, by the field ids that lead to them
	list  func(path []int16, n int64) error // lists, before their elements
	path  []int16
	depth int
}

var errThrift = errors.New("its metadata contradict themselves")

func (w *walker) byte() (byte, error) {
	if w.left--; w.left < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	b, err := w.in.ReadByte()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

func (w *walker) varint() (v uint64, err error) {
	for shift := 0; shift < 70; shift += 7 {
		b, err := w.byte()
		if err != nil {
			return 0, err
		}
		if v |= uint64(b&0x7f) << shift; b < 0x80 {
			return v, nil
		}
	}
	return 0, errThrift
}

func (w *walker) pass(n int64) error {
	if n < 0 || n > w.left {
		return errThrift
	}
	w.left -= n
	for n > 0 { // Discard takes an int
		step := min(n, 1<<30)
		if _, err := w.in.Discard(int(step)); err != nil {
			return io.ErrUnexpectedEOF
		}
		n -= step
	}
	return nil
}

// structure reads over one structure and returns the number of its fields.
func (w *walker) structure() (fields int, err error) {
	if w.depth++; w.depth > 16 { // Parquet's own need 7
		return 0, errThrift
	}
	defer func() { w.depth-- }()
	id := int16(0)
	for {
		b, err := w.byte()
		if err != nil || b == 0 {
			return fields, err
		}
		if delta := int16(b >> 4); delta != 0 {
			id += delta
		} else {
			v, err := w.varint()
			if err != nil {
				return 0, err
			}
			id = int16(v>>1) ^ -int16(v&1)
		}
		w.path = append(w.path, id)
		if b&15 > 2 { // true and false are in the type
			if err := w.value(b & 15); err != nil {
				return 0, err
			}
		}
		w.path = w.path[:len(w.path)-1]
		fields++
	}
}

func (w *walker) value(kind byte) error {
	switch kind {
	case 1, 2, 3: // booleans in lists, bytes
		return w.pass(1)
	case 4, 5, 6:
		v, err := w.varint()
		if err == nil && w.seen != nil {
			w.seen(w.path, int64(v>>1)^-int64(v&1))
		}
		return err
	case 7:
		return w.pass(8)
	case 8:
		n, err := w.varint()
		if err != nil {
			return err
		}
		return w.pass(int64(n))
	case 9, 10:
		return w.elements()
	case 12:
		_, err := w.structure()
		return err
	case 13:
		return w.pass(16)
	}
	return errThrift // maps: Parquet has none
}

func (w *walker) elements() error {
	b, err := w.byte()
	if err != nil {
		return err
	}
	n := uint64(b >> 4)
	if n == 15 {
		if n, err = w.varint(); err != nil {
			return err
		}
	}
	if n > uint64(w.left) { // every element takes a byte at least
		return errThrift
	}
	if w.list != nil {
		if err := w.list(w.path, int64(n)); err != nil {
			return err
		}
	}
	for range n {
		if kind := b & 15; kind != 12 {
			err = w.value(kind)
		} else if fields, e := w.structure(); e != nil {
			err = e
		} else if fields == 0 {
			err = errThrift // all structures in lists have required fields; an empty one only makes a list long
		}
		if err != nil {
			return err
		}
	}
	return nil
}
