package connectors

import (
	"hash/maphash"
	"unsafe"
)

// arena makes strings out of bytes with one allocation for many. What it has given out is never written again, and a full
// chunk is left to those who hold its strings.
type arena struct{ chunk []byte }

const chunkSize = 64 << 10

func (a *arena) add(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > chunkSize/4 {
		return string(b) // would waste the rest of a chunk
	}
	if cap(a.chunk)-len(a.chunk) < len(b) {
		a.chunk = make([]byte, 0, chunkSize)
	}
	start := len(a.chunk)
	a.chunk = append(a.chunk, b...)
	return unsafe.String(&a.chunk[start], len(b))
}

// memo remembers pseudonyms: the same agents and customers come again and again, and a keyed hash costs as much as the rest
// of a row. An id is known by 128 bits of two hashes with secret seeds, so no two are taken for each other; it is not kept
// itself. There is one slot for each value of the first hash, and no pointer in any, so the memory is bounded and nothing for
// the collector. It grows as long as ids are new, to 1.3 MiB, which stays near the core: beyond that a look costs what the hash
// does, and customers of whom there are hundreds of thousands come back too rarely to pay for it.
type memo struct {
	first, second maphash.Seed
	slots         []slot
	missed        int // since it last grew
}

type slot struct {
	print uint64
	size  uint8
	text  [31]byte
}

const (
	memoLeast = 1 << 9
	memoMost  = 1 << 15
)

// get returns the pseudonym of an id. It is valid until the next call.
func (m *memo) get(raw []byte, compute func([]byte) string) []byte {
	if m.slots == nil {
		m.first, m.second = maphash.MakeSeed(), maphash.MakeSeed()
		m.slots = make([]slot, memoLeast)
	}
	print := maphash.Bytes(m.second, raw)
	at := maphash.Bytes(m.first, raw)
	s := &m.slots[at%uint64(len(m.slots))]
	if s.size > 0 && s.print == print {
		return s.text[:s.size]
	}
	made := compute(raw)
	if len(made) > len(s.text) {
		return []byte(made)
	}
	if m.missed++; m.missed > len(m.slots) && len(m.slots) < memoMost {
		m.slots, m.missed = make([]slot, 4*len(m.slots)), 0
		s = &m.slots[at%uint64(len(m.slots))]
	}
	s.print, s.size = print, uint8(copy(s.text[:], made))
	return s.text[:s.size]
}
