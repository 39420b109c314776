package kafka

import (
	"encoding/binary"
	"errors"
)

// errShort says that an answer is shorter than its own contents claim.
var errShort = errors.New("the answer is not one of a Kafka broker")

// encoder builds a request. Flexible is the newer encoding of the protocol: compact lengths and tag sections.
type encoder struct {
	b        []byte
	flexible bool
}

func (e *encoder) int8(v int8)   { e.b = append(e.b, byte(v)) }
func (e *encoder) int16(v int16) { e.b = binary.BigEndian.AppendUint16(e.b, uint16(v)) }
func (e *encoder) int32(v int32) { e.b = binary.BigEndian.AppendUint32(e.b, uint32(v)) }
func (e *encoder) int64(v int64) { e.b = binary.BigEndian.AppendUint64(e.b, uint64(v)) }
func (e *encoder) uuid(v uuid)   { e.b = append(e.b, v[:]...) }

func (e *encoder) bool(v bool) {
	if v {
		e.int8(1)
		return
	}
	e.int8(0)
}

func (e *encoder) string(v string) {
	if e.flexible {
		e.b = binary.AppendUvarint(e.b, uint64(len(v)+1))
	} else {
		e.int16(int16(len(v)))
	}
	e.b = append(e.b, v...)
}

// bytes is only ever sent in requests that are not flexible.
func (e *encoder) bytes(v []byte) {
	e.int32(int32(len(v)))
	e.b = append(e.b, v...)
}

func (e *encoder) array(n int) {
	if e.flexible {
		e.b = binary.AppendUvarint(e.b, uint64(n+1))
		return
	}
	e.int32(int32(n))
}

// tags ends a structure without optional fields.
func (e *encoder) tags() {
	if e.flexible {
		e.b = append(e.b, 0)
	}
}

// decoder reads an answer. A read past the end sets bad and gives zero, so callers check once, at the end; every
// length is checked against what is left before anything is made of it.
type decoder struct {
	b        []byte
	flexible bool
	bad      bool
}

func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.bad, d.b = true, nil
		return nil
	}
	v := d.b[:n:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) int8() int8 {
	if v := d.take(1); v != nil {
		return int8(v[0])
	}
	return 0
}

func (d *decoder) int16() int16 {
	if v := d.take(2); v != nil {
		return int16(binary.BigEndian.Uint16(v))
	}
	return 0
}

func (d *decoder) int32() int32 {
	if v := d.take(4); v != nil {
		return int32(binary.BigEndian.Uint32(v))
	}
	return 0
}

func (d *decoder) int64() int64 {
	if v := d.take(8); v != nil {
		return int64(binary.BigEndian.Uint64(v))
	}
	return 0
}

func (d *decoder) uuid() (v uuid) {
	copy(v[:], d.take(len(v)))
	return v
}

// length reads the length of a value whose plain form is an integer of size bytes; -1 stands for null.
func (d *decoder) length(size int) int {
	if d.flexible {
		u, n := binary.Uvarint(d.b)
		if n <= 0 || u > 1<<31 {
			d.bad, d.b = true, nil
			return -1
		}
		d.b = d.b[n:]
		return int(u) - 1
	}
	if size == 2 {
		return int(d.int16())
	}
	return int(d.int32())
}

func (d *decoder) string() string {
	if n := d.length(2); n > 0 {
		return string(d.take(n))
	}
	return ""
}

func (d *decoder) bytes() []byte {
	if n := d.length(4); n > 0 {
		return d.take(n)
	}
	return nil
}

// array reads the number of elements, none for null. Each takes at least one byte, so a larger number is a lie that
// must not become an allocation.
func (d *decoder) array() int {
	n := d.length(4)
	if n > len(d.b) {
		d.bad, d.b = true, nil
	}
	if d.bad || n < 0 {
		return 0
	}
	return n
}

// tags steps over the optional fields at the end of a structure.
func (d *decoder) tags() {
	if !d.flexible {
		return
	}
	number, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return
	}
	d.b = d.b[n:]
	for ; number > 0 && !d.bad; number-- {
		_, n := binary.Uvarint(d.b)
		if n <= 0 {
			d.bad, d.b = true, nil
			return
		}
		d.b = d.b[n:]
		size, n := binary.Uvarint(d.b)
		if n <= 0 || size > uint64(len(d.b)-n) {
			d.bad, d.b = true, nil
			return
		}
		d.b = d.b[n+int(size):]
	}
}

func (d *decoder) err() error {
	if d.bad {
		return errShort
	}
	return nil
}
