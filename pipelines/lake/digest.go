package lake

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"

	"insideout/models"
)

// A digest is a chain over canonical rows, one for each stream and dataset:
//
//	d(0) = SHA-256("insideout rows 1\n" + dataset)
//	d(n) = SHA-256(d(n-1) + row n)
//
// It is chained row by row, and not by batch, file or commit, so that it does not depend on how the rows were cut, and
// can go on from the 32 bytes that the manifest keeps. (Keeping the state of one running SHA-256 would save a block a
// row, but that state holds the last bytes of the data in the clear, and the manifest must hold no row content.)
//
// A canonical row is: schema version, position, one bit a field for "has a value" (least significant first), then the
// values of the fields that have one, in the order of the schema. Texts are a length and the bytes, integers, instants,
// dates and truth values a zig-zag varint, numbers their eight IEEE bytes, little-endian.
type digest [sha256.Size]byte

const digestSeed = "insideout rows 1\n"

func newDigest(dataset string) digest { return sha256.Sum256([]byte(digestSeed + dataset)) }

func (d digest) String() string { return hex.EncodeToString(d[:]) }

// parseDigest reads what String wrote; "" begins a new chain.
func parseDigest(s, dataset string) (digest, error) {
	if s == "" {
		return newDigest(dataset), nil
	}
	var d digest
	b, err := hex.DecodeString(s)
	if err != nil {
		return d, err
	}
	if len(b) != len(d) {
		return d, hex.ErrLength
	}
	copy(d[:], b)
	return d, nil
}

// hasher extends digests; it keeps its buffers between rows.
type hasher struct {
	buf  []byte
	used []int
}

// row begins a canonical row after d.
func (h *hasher) row(d digest, version int, position int64) {
	h.buf = append(h.buf[:0], d[:]...)
	h.buf = binary.AppendUvarint(h.buf, uint64(version))
	h.buf = binary.AppendVarint(h.buf, position)
}

func (h *hasher) text(s string) {
	h.buf = binary.AppendUvarint(h.buf, uint64(len(s)))
	h.buf = append(h.buf, s...)
}

func (h *hasher) bytes(b []byte) {
	h.buf = binary.AppendUvarint(h.buf, uint64(len(b)))
	h.buf = append(h.buf, b...)
}

func (h *hasher) int(v int64) { h.buf = binary.AppendVarint(h.buf, v) }

func (h *hasher) bool(v bool) {
	if v {
		h.int(1)
	} else {
		h.int(0)
	}
}

func (h *hasher) real(v float64) {
	h.buf = binary.LittleEndian.AppendUint64(h.buf, math.Float64bits(v))
}

// bits makes room for n presence bits and returns where they begin.
func (h *hasher) bits(n int) int {
	at := len(h.buf)
	for range (n + 7) / 8 {
		h.buf = append(h.buf, 0)
	}
	return at
}

func (h *hasher) present(at, i int) { h.buf[at+i/8] |= 1 << (i % 8) }

func (h *hasher) sum() digest { return sha256.Sum256(h.buf) }

// batch extends d by the rows of a batch.
func (h *hasher) batch(d digest, b *models.Batch) digest {
	fields := b.Schema.Fields
	h.used = h.used[:0] // most sources fill half of the fields
	for i := range b.Columns {
		if slices.Contains(b.Columns[i].Valid, true) {
			h.used = append(h.used, i)
		}
	}
	for r, position := range b.Positions {
		h.row(d, b.Schema.Version, position)
		at := h.bits(len(fields))
		for _, i := range h.used {
			c := &b.Columns[i]
			if !c.Valid[r] {
				continue
			}
			h.present(at, i)
			switch fields[i].Kind {
			case models.Text, models.JSON:
				h.text(c.Texts[r])
			case models.Real:
				h.real(c.Reals[r])
			case models.Bool:
				h.bool(c.Ints[r] != 0)
			default:
				h.int(c.Ints[r])
			}
		}
		d = h.sum()
	}
	return d
}

// reject extends d by a bad row. The label and the line are how people find the row, not what it is, and stay out.
func (h *hasher) reject(d digest, r *models.Reject) digest {
	h.row(d, 0, r.Position)
	h.text(r.Code)
	h.text(r.Field)
	h.bytes(r.Raw)
	h.bytes(r.Key)
	if r.Beside != nil { // what was rejected before it was kept has the digest that it had
		h.bytes(r.Beside)
	}
	return h.sum()
}
