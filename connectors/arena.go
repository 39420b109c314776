package connectors

import (
	"hash/maphash"
	"strings"
)

// arena makes strings out of bytes with one allocation for many. A strings.Builder never writes again what it has
// given out, and a full one is left to those who hold its strings.
type arena struct{ chunk strings.Builder }

const chunkSize = 64 << 10

func (a *arena) add(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > chunkSize/4 {
		return string(b) // would waste the rest of a chunk
	}
	if a.chunk.Cap()-a.chunk.Len() < len(b) {
		a.chunk = strings.Builder{}
		a.chunk.Grow(chunkSize)
	}
	start := a.chunk.Len()
	a.chunk.Write(b)
	return a.chunk.String()[start:]
}

// memo remembers the last pseudonyms: the same agents and customers come again and again, and a keyed hash costs as
// much as the rest of a row. One slot per hash value, so the memory is bounded.
type memo struct {
	seed  maphash.Seed
	slots []struct{ raw, made string }
}

func (m *memo) get(raw []byte, compute func([]byte) string) string {
	const size = 4096
	if m.slots == nil {
		m.seed = maphash.MakeSeed()
		m.slots = make([]struct{ raw, made string }, size)
	}
	s := &m.slots[maphash.Bytes(m.seed, raw)%size]
	if s.made == "" || s.raw != string(raw) {
		s.raw, s.made = string(raw), compute(raw)
	}
	return s.made
}
