package kafka

import "encoding/binary"

// aborted is one aborted transaction as a fetch answer lists it.
type aborted struct {
	producer int64
	first    int64
}

// stable tells which batches of one fetch answer are to be left out because their transaction was aborted. The broker
// hands over the records of aborted transactions in a read_committed fetch like all others, with a list of those
// transactions beside them; leaving them out is the client's work. The rule is that of the reference client: a
// transaction of the list is in force from its first offset on, until a control batch of the same producer says ABORT.
type stable struct {
	waiting []aborted // by first offset, not yet reached
	inForce map[int64]struct{}
}

// reset begins a new answer. The list comes ordered by first offset from every broker; ordering it again costs
// nothing and makes the rule independent of that.
func (s *stable) reset(list []aborted) {
	s.waiting = list
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && list[j].first < list[j-1].first; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
	clear(s.inForce)
	if s.inForce == nil {
		s.inForce = map[int64]struct{}{}
	}
}

// skip reports whether the records of the batch must not be seen. Batches must come in order.
func (s *stable) skip(b *batch) bool {
	for len(s.waiting) > 0 && s.waiting[0].first <= b.last {
		s.inForce[s.waiting[0].producer] = struct{}{}
		s.waiting = s.waiting[1:]
	}
	if b.control() {
		if abortMarker(b) {
			delete(s.inForce, b.producer)
		}
		return true
	}
	if !b.transactional() {
		return false
	}
	_, dropped := s.inForce[b.producer]
	return dropped
}

// abortMarker reports whether a control batch ends its producer's transaction as aborted. The key of a control record
// is a version and a type, both int16: 0 is abort, 1 is commit, others belong to the brokers.
func abortMarker(b *batch) bool {
	if b.count == 0 || b.attributes&attrCodec != 0 {
		return false
	}
	r, _, err := nextRecord(b.whole[batchHeader-batchAttributes:], b.base)
	return err == nil && len(r.key) >= 4 && binary.BigEndian.Uint16(r.key[2:]) == 0
}
