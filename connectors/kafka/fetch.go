package kafka

import (
	"encoding/base64"
	"fmt"

	"github.com/segmentio/kafka-go/protocol"
)

// Three requests are encoded here because kafka-go does not have them in the version that is needed: Fetch with the
// topic's id (it ends at v11, where a topic is only a name), Metadata that tells the id (it ends at v8), and
// OffsetForLeaderEpoch (absent). kafka-go's Fetch also hands its records over through a stream of paged buffers that
// swallows checksum errors behind the first batch and hides where a compacted batch ends; both are needed here.

const (
	keyOffsetForLeaderEpoch protocol.ApiKey = 23

	fetchOldest, fetchFlexible, fetchByID, fetchNewest = 11, 12, 13, 13
	metadataWithID, metadataNewest                     = 10, 12
	epochVersion                                       = 3

	readCommitted = 1
)

// uuid is the id of a topic; zero where a broker has none.
type uuid [16]byte

// String is Kafka's own form: URL-safe base64 without padding.
func (u uuid) String() string { return base64.RawURLEncoding.EncodeToString(u[:]) }

// want is one partition of a fetch.
type want struct {
	partition   int32
	leaderEpoch int32 // what this client believes; an older or newer leader refuses
	offset      int64
}

// fetchRequest asks one broker for records of some partitions of one topic.
type fetchRequest struct {
	topic    string
	id       uuid
	waitMS   int32 // how long the broker waits for the first byte
	maxBytes int32 // of the whole answer; the first batch comes whatever its size
	perPart  int32 // of one partition
	wants    []want
}

func (r *fetchRequest) encode(e *encoder, version int16) {
	e.int32(-1) // not a replica
	e.int32(r.waitMS)
	e.int32(1) // answer as soon as there is anything
	e.int32(r.maxBytes)
	e.int8(readCommitted)
	e.int32(0)  // no session
	e.int32(-1) // nor a wish for one
	e.array(1)
	if version >= fetchByID {
		e.uuid(r.id)
	} else {
		e.string(r.topic)
	}
	e.array(len(r.wants))
	for _, w := range r.wants {
		e.int32(w.partition)
		e.int32(w.leaderEpoch)
		e.int64(w.offset)
		if version >= fetchFlexible {
			e.int32(-1) // last fetched epoch: truncation is asked for by OffsetForLeaderEpoch, on all versions alike
		}
		e.int64(-1) // log start, for replicas
		e.int32(r.perPart)
		e.tags()
	}
	e.tags()
	e.array(0)   // forgotten topics
	e.string("") // rack: always from the leader
	e.tags()
}

// fetched is the answer for one partition. Set points into the answer.
type fetched struct {
	partition int32
	code      int16
	high      int64 // high watermark
	stable    int64 // last stable offset: the end for a read_committed reader
	start     int64 // first offset that still exists
	aborted   []aborted
	set       []byte
}

// decodeFetch reads an answer into parts, which it reuses. It returns the error code of the whole answer.
func decodeFetch(d *decoder, version int16, parts []fetched) ([]fetched, int16, error) {
	parts = parts[:0]
	d.int32() // throttle
	code := d.int16()
	d.int32() // session
	for topics := d.array(); topics > 0 && !d.bad; topics-- {
		if version >= fetchByID {
			d.uuid()
		} else {
			d.string()
		}
		for n := d.array(); n > 0 && !d.bad; n-- {
			p := fetched{partition: d.int32(), code: d.int16(), high: d.int64(), stable: d.int64(), start: d.int64()}
			for a := d.array(); a > 0 && !d.bad; a-- {
				p.aborted = append(p.aborted, aborted{producer: d.int64(), first: d.int64()})
				d.tags()
			}
			d.int32() // preferred replica: only ever named to a client with a rack
			p.set = d.bytes()
			d.tags()
			parts = append(parts, p)
		}
		d.tags()
	}
	d.tags()
	return parts, code, d.err()
}

// metadata is what a broker says of the cluster and of topics.
type metadata struct {
	cluster string
	brokers map[int32]string // address by id
	topics  []topicInfo
}

type topicInfo struct {
	name       string
	id         uuid
	code       int16
	internal   bool
	partitions []partitionInfo
}

type partitionInfo struct {
	id     int32
	code   int16
	leader int32 // -1 for none
	epoch  int32 // of the leader; -1 where the broker does not say
}

// encodeMetadata asks for one topic, or for all of them when the name is empty.
func encodeMetadata(e *encoder, version int16, topic string) {
	if topic == "" {
		e.array(-1)
	} else {
		e.array(1)
		e.uuid(uuid{})
		e.string(topic)
		e.tags()
	}
	e.bool(false) // never create a topic by asking for it
	if version <= 10 {
		e.bool(false)
	}
	e.bool(false)
	e.tags()
}

func decodeMetadata(d *decoder, version int16) (*metadata, error) {
	m := &metadata{brokers: map[int32]string{}}
	d.int32() // throttle
	for n := d.array(); n > 0 && !d.bad; n-- {
		id := d.int32()
		host := d.string()
		m.brokers[id] = address(host, d.int32())
		d.string() // rack
		d.tags()
	}
	m.cluster = d.string()
	d.int32() // controller
	for n := d.array(); n > 0 && !d.bad; n-- {
		t := topicInfo{code: d.int16(), name: d.string(), id: d.uuid(), internal: d.int8() != 0}
		for k := d.array(); k > 0 && !d.bad; k-- {
			t.partitions = append(t.partitions, partitionInfo{code: d.int16(), id: d.int32(), leader: d.int32(), epoch: d.int32()})
			for range 3 { // replicas, in sync, offline
				for r := d.array(); r > 0 && !d.bad; r-- {
					d.int32()
				}
			}
			d.tags()
		}
		d.int32() // authorised operations
		d.tags()
		m.topics = append(m.topics, t)
	}
	if version <= 10 {
		d.int32()
	}
	d.tags()
	return m, d.err()
}

// epochEnd is where a leader epoch ended in the log of a partition's leader.
type epochEnd struct {
	code   int16
	offset int64 // exclusive; -1 when the leader never had such an epoch
}

func encodeEpoch(e *encoder, topic string, partition, leaderEpoch, epoch int32) {
	e.int32(-1) // not a replica
	e.array(1)
	e.string(topic)
	e.array(1)
	e.int32(partition)
	e.int32(leaderEpoch)
	e.int32(epoch)
}

func decodeEpoch(d *decoder) (epochEnd, error) {
	d.int32() // throttle
	if topics := d.array(); topics != 1 {
		return epochEnd{}, fmt.Errorf("%w: %d topics for one", errShort, topics)
	}
	d.string()
	if n := d.array(); n != 1 {
		return epochEnd{}, fmt.Errorf("%w: %d partitions for one", errShort, n)
	}
	end := epochEnd{code: d.int16()}
	d.int32() // partition
	d.int32() // epoch found
	end.offset = d.int64()
	return end, d.err()
}
