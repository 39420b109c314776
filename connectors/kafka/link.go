package kafka

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	kmetadata "github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"
)

const (
	clientID = "insideout"

	// maxAnswer bounds one answer of a broker. A fetch asks for far less; only a single batch larger than that makes an
	// answer grow.
	maxAnswer = 128 << 20
)

// supported is what this client speaks, lowest and highest version. All of it is in every broker from Kafka 2.3
// (2019) to 4.x.
var supported = map[protocol.ApiKey][2]int16{
	protocol.ApiVersions:      {0, 0},
	protocol.Fetch:            {fetchOldest, fetchNewest},
	protocol.ListOffsets:      {4, 5},
	protocol.Metadata:         {7, metadataNewest},
	protocol.OffsetCommit:     {2, 7},
	protocol.FindCoordinator:  {1, 2},
	protocol.SaslHandshake:    {1, 1},
	protocol.SaslAuthenticate: {0, 1},
	keyOffsetForLeaderEpoch:   {epochVersion, epochVersion},
}

// Dial opens a connection to a broker.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// link is a connection to one broker: kafka-go's for the requests that kafka-go has, and the same socket for the
// others. One request is under way at a time, so there are no goroutines and an answer belongs to the last request.
type link struct {
	address  string
	conn     *protocol.Conn
	versions map[protocol.ApiKey]int16
	last     int32 // correlation id
	in, out  []byte
	fetches  *[]byte // where answers to fetches go: one buffer for all links of a pull, because each is used up before the next
}

// connect dials, agrees on versions and says who is asking.
func connect(ctx context.Context, d *door, addr string, limit time.Duration, fetches *[]byte) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	c, err := d.open(ctx, addr)
	if err != nil {
		return nil, err
	}
	l := &link{address: addr, conn: protocol.NewConn(c, clientID), versions: map[protocol.ApiKey]int16{}, fetches: fetches}
	if err = l.agree(ctx, limit); errors.Is(err, io.EOF) && d.tls == nil {
		err = fmt.Errorf("it hangs up at the first request, so it may want TLS: kafka.tls (%w)", err)
	}
	if err == nil && d.mechanism != nil {
		err = d.authenticate(ctx, l, limit)
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("%s: %w", addr, err)
	}
	return l, nil
}

// agree chooses the highest version of each request that both sides know.
func (l *link) agree(ctx context.Context, limit time.Duration) error {
	// Not by kafka-go, which believes any length that it reads: the first answer may come from something that is no
	// broker at all.
	d, err := l.raw(ctx, limit, protocol.ApiVersions, false, &l.in, func(*encoder) {})
	if err != nil {
		return err
	}
	if code := d.int16(); code != 0 {
		return kafkago.Error(code)
	}
	offered := map[protocol.ApiKey][2]int16{}
	for n := d.array(); n > 0; n-- {
		offered[protocol.ApiKey(d.int16())] = [2]int16{d.int16(), d.int16()}
	}
	if err := d.err(); err != nil {
		return err
	}
	for key, mine := range supported {
		its, ok := offered[key]
		version := min(mine[1], its[1])
		if !ok || version < max(mine[0], its[0]) {
			return &versionError{key: key, mine: mine, its: its}
		}
		l.versions[key] = version
	}
	l.conn.SetVersions(map[protocol.ApiKey]int16{
		protocol.ListOffsets:     l.versions[protocol.ListOffsets],
		protocol.Metadata:        min(l.versions[protocol.Metadata], 8),
		protocol.OffsetCommit:    l.versions[protocol.OffsetCommit],
		protocol.FindCoordinator: l.versions[protocol.FindCoordinator],
	})
	return nil
}

// versionError says that broker and client have no version of a request in common.
type versionError struct {
	key       protocol.ApiKey
	mine, its [2]int16
}

func (e *versionError) Error() string {
	return fmt.Sprintf("request %d: the broker speaks versions %d to %d, this program %d to %d", e.key, e.its[0], e.its[1], e.mine[0], e.mine[1])
}

func (l *link) close() { l.conn.Close() }

// guard bounds what follows in time and ends it when ctx does. The returned function must be called after it.
func (l *link) guard(ctx context.Context, limit time.Duration) func() {
	l.conn.SetDeadline(time.Now().Add(limit))
	stop := context.AfterFunc(ctx, func() { l.conn.SetDeadline(time.Unix(1, 0)) })
	return func() { stop() }
}

// roundTrip makes one of kafka-go's requests.
func (l *link) roundTrip(ctx context.Context, limit time.Duration, m protocol.Message) (protocol.Message, error) {
	defer l.guard(ctx, limit)()
	return l.conn.RoundTrip(m)
}

// raw makes a request of this package. The answer goes into the buffer and is valid until that is used again.
func (l *link) raw(ctx context.Context, limit time.Duration, key protocol.ApiKey, flexible bool, into *[]byte, body func(*encoder)) (*decoder, error) {
	defer l.guard(ctx, limit)()
	l.last++
	e := &encoder{b: append(l.out[:0], 0, 0, 0, 0)}
	e.int16(int16(key))
	e.int16(l.versions[key])
	e.int32(l.last)
	e.string(clientID) // never compact, also in flexible requests
	e.flexible = flexible
	e.tags()
	body(e)
	binary.BigEndian.PutUint32(e.b, uint32(len(e.b)-4))
	l.out = e.b
	if _, err := l.conn.Write(e.b); err != nil {
		return nil, err
	}
	var head [4]byte
	if _, err := io.ReadFull(l.conn, head[:]); err != nil {
		return nil, err
	}
	size := int64(int32(binary.BigEndian.Uint32(head[:])))
	if size < 4 || size > maxAnswer {
		if head[0] == 0x15 && head[1] == 0x03 { // a TLS alert
			return nil, fmt.Errorf("%w: it wants TLS; give kafka.tls", errShort)
		}
		return nil, fmt.Errorf("%w: %d bytes", errShort, size)
	}
	if int64(cap(*into)) < size {
		*into = make([]byte, size)
	}
	in := (*into)[:size]
	if _, err := io.ReadFull(l.conn, in); err != nil {
		return nil, err
	}
	d := &decoder{b: in, flexible: flexible}
	if id := d.int32(); id != l.last {
		return nil, fmt.Errorf("%w: answer %d to request %d", errShort, id, l.last)
	}
	d.tags()
	return d, d.err()
}

// fetch asks for records. The broker may hold the request for waitMS, on top of which comes the limit.
func (l *link) fetch(ctx context.Context, limit time.Duration, r *fetchRequest, into []fetched) ([]fetched, error) {
	version := l.versions[protocol.Fetch]
	d, err := l.raw(ctx, limit+time.Duration(r.waitMS)*time.Millisecond, protocol.Fetch, version >= fetchFlexible, l.fetches,
		func(e *encoder) { r.encode(e, version) })
	if err != nil {
		return into[:0], err
	}
	parts, code, err := decodeFetch(d, version, into)
	if err == nil && code != 0 {
		err = kafkago.Error(code)
	}
	return parts, err
}

// byID reports whether a fetch names the topic by its id: then it can never reach another topic of the same name.
func (l *link) byID() bool { return l.versions[protocol.Fetch] >= fetchByID }

// metadata asks for one topic, or for all when the name is empty.
func (l *link) metadata(ctx context.Context, limit time.Duration, topic string) (*metadata, error) {
	if l.versions[protocol.Metadata] < metadataWithID {
		return l.oldMetadata(ctx, limit, topic)
	}
	version := l.versions[protocol.Metadata]
	d, err := l.raw(ctx, limit, protocol.Metadata, true, &l.in, func(e *encoder) { encodeMetadata(e, version, topic) })
	if err != nil {
		return nil, err
	}
	return decodeMetadata(d, version)
}

// oldMetadata asks brokers older than Kafka 2.8, whose topics have no ids.
func (l *link) oldMetadata(ctx context.Context, limit time.Duration, topic string) (*metadata, error) {
	q := &kmetadata.Request{}
	if topic != "" {
		q.TopicNames = []string{topic}
	}
	answer, err := l.roundTrip(ctx, limit, q)
	if err != nil {
		return nil, err
	}
	r, ok := answer.(*kmetadata.Response)
	if !ok {
		return nil, errShort
	}
	m := &metadata{cluster: r.ClusterID, brokers: map[int32]string{}}
	for _, b := range r.Brokers {
		m.brokers[b.NodeID] = address(b.Host, b.Port)
	}
	for _, t := range r.Topics {
		info := topicInfo{name: t.Name, code: t.ErrorCode, internal: t.IsInternal}
		for _, p := range t.Partitions {
			info.partitions = append(info.partitions, partitionInfo{id: p.PartitionIndex, code: p.ErrorCode, leader: p.LeaderID, epoch: p.LeaderEpoch})
		}
		m.topics = append(m.topics, info)
	}
	return m, nil
}

// Timestamps with a meaning of their own in ListOffsets.
const (
	atEarliest = -2
	atLatest   = -1
)

// offset asks where a partition begins or ends. With committed the end is the last stable offset, otherwise the high
// watermark.
func (l *link) offset(ctx context.Context, limit time.Duration, topic string, partition, leaderEpoch int32, at int64, committed bool) (int64, error) {
	q := &listoffsets.Request{ReplicaID: -1, Topics: []listoffsets.RequestTopic{{Topic: topic,
		Partitions: []listoffsets.RequestPartition{{Partition: partition, CurrentLeaderEpoch: leaderEpoch, Timestamp: at}}}}}
	if committed {
		q.IsolationLevel = readCommitted
	}
	answer, err := l.roundTrip(ctx, limit, q)
	if err != nil {
		return 0, err
	}
	r, ok := answer.(*listoffsets.Response)
	if !ok || len(r.Topics) != 1 || len(r.Topics[0].Partitions) != 1 {
		return 0, errShort
	}
	p := r.Topics[0].Partitions[0]
	if p.ErrorCode != 0 {
		return 0, kafkago.Error(p.ErrorCode)
	}
	return p.Offset, nil
}

// epochEnd asks the leader where an epoch ended.
func (l *link) epochEnd(ctx context.Context, limit time.Duration, topic string, partition, leaderEpoch, epoch int32) (int64, error) {
	d, err := l.raw(ctx, limit, keyOffsetForLeaderEpoch, false, &l.in, func(e *encoder) { encodeEpoch(e, topic, partition, leaderEpoch, epoch) })
	if err != nil {
		return 0, err
	}
	end, err := decodeEpoch(d)
	if err == nil && end.code != 0 {
		err = kafkago.Error(end.code)
	}
	return end.offset, err
}

// coordinator asks which broker keeps the offsets of a group.
func (l *link) coordinator(ctx context.Context, limit time.Duration, group string) (string, error) {
	answer, err := l.roundTrip(ctx, limit, &findcoordinator.Request{Key: group})
	if err != nil {
		return "", err
	}
	r, ok := answer.(*findcoordinator.Response)
	if !ok {
		return "", errShort
	}
	if r.ErrorCode != 0 {
		return "", kafkago.Error(r.ErrorCode)
	}
	return address(r.Host, r.Port), nil
}

// commit writes offsets of a group, as a reader that manages its own partitions.
func (l *link) commit(ctx context.Context, limit time.Duration, group, topic string, offsets []offsetcommit.RequestPartition) error {
	answer, err := l.roundTrip(ctx, limit, &offsetcommit.Request{GroupID: group, GenerationID: -1, RetentionTimeMs: -1,
		Topics: []offsetcommit.RequestTopic{{Name: topic, Partitions: offsets}}})
	if err != nil {
		return err
	}
	r, ok := answer.(*offsetcommit.Response)
	if !ok {
		return errShort
	}
	for _, t := range r.Topics {
		for _, p := range t.Partitions {
			if p.ErrorCode != 0 {
				return fmt.Errorf("partition %d: %w", p.PartitionIndex, kafkago.Error(p.ErrorCode))
			}
		}
	}
	return nil
}

func address(host string, port int32) string { return net.JoinHostPort(host, strconv.Itoa(int(port))) }
