package kafka

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"insideout/connectors"
)

// Layout of a record batch of message format v2, the only one since Kafka 0.11. Offsets of the fields in bytes.
const (
	batchLength     = 8  // int32, counted from the byte after it
	batchEpoch      = 12 // int32
	batchMagic      = 16 // int8
	batchChecksum   = 17 // uint32, CRC-32C of everything from the attributes on
	batchAttributes = 21 // int16
	batchLastDelta  = 23 // int32
	batchFirstTime  = 27 // int64, milliseconds since 1970
	batchMaxTime    = 35 // int64
	batchProducer   = 43 // int64
	batchCount      = 57 // int32
	batchHeader     = 61

	attrCodec         = 0x07
	attrAppendTime    = 0x08 // all records have the batch's largest time, which is the broker's
	attrTransactional = 0x10
	attrControl       = 0x20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errPartial says that a record set ends inside a batch. Brokers cut answers at the byte limit, so this is normal at
// the end of an answer; it is an error of nobody.
var errPartial = errors.New("record set ends inside a batch")

// batchError is a batch that cannot be read. Base and Last are its offsets as its header states them.
type batchError struct {
	Base, Last int64
	Reason     string
}

func (e *batchError) Error() string {
	return fmt.Sprintf("batch at offsets %d to %d: %s", e.Base, e.Last, e.Reason)
}

// batch is the header of a record batch and its records as they came, compressed or not.
type batch struct {
	base, last int64 // first and last offset, the last also when compaction removed that record
	epoch      int32 // leader epoch under which the batch was written; -1 if unknown
	attributes int16
	producer   int64 // -1 without an idempotent or transactional producer
	firstTime  int64 // of the first record, in milliseconds since 1970
	maxTime    int64
	count      int32
	checksum   uint32
	whole      []byte // from the attributes on: what the checksum covers
}

func (b *batch) transactional() bool { return b.attributes&attrTransactional != 0 }
func (b *batch) control() bool       { return b.attributes&attrControl != 0 }

// nextBatch takes one batch off a record set and returns the rest of the set. The checksum is not looked at here: a
// batch that is skipped, because its offsets are behind the position or its transaction was aborted, need not be read.
func nextBatch(set []byte) (batch, []byte, error) {
	if len(set) < batchMagic+1 {
		return batch{}, nil, errPartial
	}
	base := int64(binary.BigEndian.Uint64(set))
	length := int64(int32(binary.BigEndian.Uint32(set[batchLength:])))
	if magic := set[batchMagic]; magic != 2 {
		return batch{}, nil, &batchError{base, base, fmt.Sprintf("message format %d is not read; it is that of brokers older than Kafka 0.11", magic)}
	}
	if length < batchHeader-batchEpoch {
		return batch{}, nil, &batchError{base, base, fmt.Sprintf("stated length of %d bytes is shorter than a header", length)}
	}
	if int64(len(set)-batchEpoch) < length {
		return batch{}, nil, errPartial
	}
	raw, rest := set[:batchEpoch+length], set[batchEpoch+length:]
	delta := int64(int32(binary.BigEndian.Uint32(raw[batchLastDelta:])))
	b := batch{
		base:       base,
		last:       base + delta,
		epoch:      int32(binary.BigEndian.Uint32(raw[batchEpoch:])),
		attributes: int16(binary.BigEndian.Uint16(raw[batchAttributes:])),
		producer:   int64(binary.BigEndian.Uint64(raw[batchProducer:])),
		firstTime:  int64(binary.BigEndian.Uint64(raw[batchFirstTime:])),
		maxTime:    int64(binary.BigEndian.Uint64(raw[batchMaxTime:])),
		count:      int32(binary.BigEndian.Uint32(raw[batchCount:])),
		checksum:   binary.BigEndian.Uint32(raw[batchChecksum:]),
		whole:      raw[batchAttributes:],
	}
	if base < 0 || delta < 0 || b.last < base || b.count < 0 || int64(b.count) > delta+1 {
		return batch{}, nil, &batchError{base, base, fmt.Sprintf("header with last offset delta %d and %d records", delta, b.count)}
	}
	return b, rest, nil
}

// record is one message. Key, value and headers point into the batch.
type record struct {
	offset  int64
	delta   int64 // of its time to the batch's first
	key     []byte
	value   []byte // nil for a tombstone, which is not the same as an empty value
	headers []byte // as they came, with their number in front
}

var errRecord = errors.New("record does not fit its own length")

// nextRecord takes one record off the uncompressed records of the batch that starts at base.
func nextRecord(data []byte, base int64) (record, []byte, error) {
	length, n := varint(data)
	if n <= 0 || length < 0 || length > int64(len(data)-n) {
		return record{}, nil, errRecord
	}
	body, rest := data[n:n+int(length)], data[n+int(length):]
	if len(body) == 0 {
		return record{}, nil, errRecord
	}
	body = body[1:] // attributes, unused by the format
	later, n := varint(body)
	if n <= 0 {
		return record{}, nil, errRecord
	}
	body = body[n:]
	delta, n := varint(body)
	if n <= 0 || delta < 0 {
		return record{}, nil, errRecord
	}
	r := record{offset: base + delta, delta: later}
	var ok bool
	if r.key, body, ok = varbytes(body[n:]); !ok {
		return record{}, nil, errRecord
	}
	if r.value, r.headers, ok = varbytes(body); !ok {
		return record{}, nil, errRecord
	}
	return r, rest, nil
}

// appendHeaders reads the headers of a record.
func appendHeaders(into []connectors.Header, b []byte) ([]connectors.Header, error) {
	count, n := varint(b)
	if n <= 0 || count < 0 || count > int64(len(b)) {
		return into, errRecord
	}
	b = b[n:]
	for ; count > 0; count-- {
		var key, value []byte
		var ok bool
		if key, b, ok = varbytes(b); !ok || key == nil {
			return into, errRecord
		}
		if value, b, ok = varbytes(b); !ok {
			return into, errRecord
		}
		into = append(into, connectors.Header{Key: string(key), Value: value})
	}
	if len(b) > 0 {
		return into, errRecord
	}
	return into, nil
}

// varint is binary.Varint with the short forms in front: nearly all numbers of a record are one or two bytes.
func varint(b []byte) (int64, int) {
	if len(b) > 0 && b[0] < 0x80 {
		u := int64(b[0])
		return u>>1 ^ -(u & 1), 1
	}
	if len(b) > 1 && b[1] < 0x80 {
		u := int64(b[0]&0x7f) | int64(b[1])<<7
		return u>>1 ^ -(u & 1), 2
	}
	return binary.Varint(b)
}

// varbytes reads a length and as many bytes; -1 is nil.
func varbytes(b []byte) (value, rest []byte, ok bool) {
	length, n := varint(b)
	switch {
	case n <= 0 || length < -1 || length > int64(len(b)-n):
		return nil, nil, false
	case length == -1:
		return nil, b[n:], true
	}
	end := n + int(length)
	return b[n:end:end], b[end:], true
}
