package kafka

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var someID = uuid{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

// The requests are compared with those that franz-go makes of the same contents, byte by byte.
func TestRequests_AsFranzGoWritesThem(t *testing.T) {
	for version := int16(fetchOldest); version <= fetchNewest; version++ {
		e := encoder{flexible: version >= fetchFlexible}
		mine := fetchRequest{topic: "letters", id: someID, waitMS: 500, maxBytes: 8 << 20, perPart: 4 << 20,
			wants: []want{{partition: 3, leaderEpoch: 7, offset: 1 << 40}, {partition: 1, leaderEpoch: -1, offset: 0}}}
		mine.encode(&e, version)
		r := kmsg.NewFetchRequest()
		r.Version, r.MaxWaitMillis, r.MinBytes, r.MaxBytes, r.IsolationLevel, r.SessionEpoch = version, 500, 1, 8<<20, 1, -1
		topic := kmsg.NewFetchRequestTopic()
		topic.Topic, topic.TopicID = "letters", someID
		for _, w := range mine.wants {
			p := kmsg.NewFetchRequestTopicPartition()
			p.Partition, p.CurrentLeaderEpoch, p.FetchOffset, p.PartitionMaxBytes = w.partition, w.leaderEpoch, w.offset, 4<<20
			topic.Partitions = append(topic.Partitions, p)
		}
		r.Topics = append(r.Topics, topic)
		if want := r.AppendTo(nil); !bytes.Equal(e.b, want) {
			t.Errorf("fetch v%d:\n% x\nwant\n% x", version, e.b, want)
		}
	}
	for version := int16(metadataWithID); version <= metadataNewest; version++ {
		for _, name := range []string{"letters", ""} {
			e := encoder{flexible: true}
			encodeMetadata(&e, version, name)
			r := kmsg.NewMetadataRequest()
			r.Version = version
			if name != "" {
				topic := kmsg.NewMetadataRequestTopic()
				topic.Topic = &name
				r.Topics = append(r.Topics, topic)
			}
			if want := r.AppendTo(nil); !bytes.Equal(e.b, want) {
				t.Errorf("metadata v%d of %q:\n% x\nwant\n% x", version, name, e.b, want)
			}
		}
	}
	e := encoder{}
	encodeEpoch(&e, "letters", 3, 7, 5)
	r := kmsg.NewOffsetForLeaderEpochRequest()
	r.Version, r.ReplicaID = epochVersion, -1
	topic := kmsg.NewOffsetForLeaderEpochRequestTopic()
	topic.Topic = "letters"
	p := kmsg.NewOffsetForLeaderEpochRequestTopicPartition()
	p.Partition, p.CurrentLeaderEpoch, p.LeaderEpoch = 3, 7, 5
	topic.Partitions = append(topic.Partitions, p)
	r.Topics = append(r.Topics, topic)
	if want := r.AppendTo(nil); !bytes.Equal(e.b, want) {
		t.Errorf("offset for leader epoch:\n% x\nwant\n% x", e.b, want)
	}
}

func fetchAnswer(version int16) []byte {
	r := kmsg.NewFetchResponse()
	r.Version = version
	topic := kmsg.NewFetchResponseTopic()
	topic.Topic, topic.TopicID = "letters", someID
	full := kmsg.NewFetchResponseTopicPartition()
	full.Partition, full.HighWatermark, full.LastStableOffset, full.LogStartOffset = 2, 100, 90, 5
	full.AbortedTransactions = []kmsg.FetchResponseTopicPartitionAbortedTransaction{{ProducerID: 4, FirstOffset: 11}, {ProducerID: 5, FirstOffset: 12}}
	full.RecordBatches = []byte("whatever the log holds")
	full.DivergingEpoch.Epoch = 3 // an optional field, to be stepped over
	failed := kmsg.NewFetchResponseTopicPartition()
	failed.Partition, failed.ErrorCode, failed.HighWatermark, failed.LastStableOffset, failed.LogStartOffset = 0, 6, -1, -1, -1
	topic.Partitions = append(topic.Partitions, full, failed)
	r.Topics = append(r.Topics, topic)
	return r.AppendTo(nil)
}

func TestAnswers_AsFranzGoWritesThem(t *testing.T) {
	for version := int16(fetchOldest); version <= fetchNewest; version++ {
		got, code, err := decodeFetch(&decoder{b: fetchAnswer(version), flexible: version >= fetchFlexible}, version, nil)
		want := []fetched{
			{partition: 2, high: 100, stable: 90, start: 5, aborted: []aborted{{4, 11}, {5, 12}}, set: []byte("whatever the log holds")},
			{partition: 0, code: 6, high: -1, stable: -1, start: -1},
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(fetched{}, aborted{})); diff != "" || code != 0 || err != nil {
			t.Errorf("fetch v%d: code %d, %v\n%s", version, code, err, diff)
		}
	}
	for version := int16(metadataWithID); version <= metadataNewest; version++ {
		r := kmsg.NewMetadataResponse()
		r.Version = version
		cluster, name, rack := "the-cluster", "letters", "b"
		r.ClusterID = &cluster
		r.Brokers = []kmsg.MetadataResponseBroker{{NodeID: 1, Host: "127.0.0.1", Port: 9092, Rack: &rack}, {NodeID: 4, Host: "::1", Port: 9093}}
		topic := kmsg.NewMetadataResponseTopic()
		topic.Topic, topic.TopicID, topic.IsInternal = &name, someID, true
		topic.Partitions = []kmsg.MetadataResponseTopicPartition{{Partition: 1, Leader: 4, LeaderEpoch: 9, Replicas: []int32{1, 4}, ISR: []int32{4}, OfflineReplicas: []int32{1}}, {Partition: 0, ErrorCode: 5, Leader: -1, LeaderEpoch: -1}}
		r.Topics = append(r.Topics, topic)
		got, err := decodeMetadata(&decoder{b: r.AppendTo(nil), flexible: true}, version)
		if err != nil {
			t.Fatalf("metadata v%d: %v", version, err)
		}
		want := &metadata{cluster: cluster, brokers: map[int32]string{1: "127.0.0.1:9092", 4: "[::1]:9093"}, topics: []topicInfo{
			{name: name, id: someID, internal: true, partitions: []partitionInfo{{id: 1, leader: 4, epoch: 9}, {id: 0, code: 5, leader: -1, epoch: -1}}}}}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(metadata{}, topicInfo{}, partitionInfo{})); diff != "" {
			t.Errorf("metadata v%d:\n%s", version, diff)
		}
	}
	r := kmsg.NewOffsetForLeaderEpochResponse()
	r.Version = epochVersion
	r.Topics = []kmsg.OffsetForLeaderEpochResponseTopic{{Topic: "letters", Partitions: []kmsg.OffsetForLeaderEpochResponseTopicPartition{{Partition: 3, LeaderEpoch: 5, EndOffset: 77, ErrorCode: 74}}}}
	got, err := decodeEpoch(&decoder{b: r.AppendTo(nil)})
	if got != (epochEnd{code: 74, offset: 77}) || err != nil {
		t.Errorf("offset for leader epoch: %+v, %v", got, err)
	}
}

// An answer that lies about its lengths is an error, never a panic or an allocation of what it claims.
func FuzzAnswers(f *testing.F) {
	for version := int16(fetchOldest); version <= fetchNewest; version++ {
		f.Add(fetchAnswer(version))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for version := int16(fetchOldest); version <= fetchNewest; version++ {
			if parts, _, err := decodeFetch(&decoder{b: b, flexible: version >= fetchFlexible}, version, nil); err == nil {
				for _, p := range parts {
					if len(p.set) > len(b) {
						t.Fatalf("%d bytes of records from %d", len(p.set), len(b))
					}
				}
			}
		}
		decodeMetadata(&decoder{b: b, flexible: true}, metadataNewest)
		decodeEpoch(&decoder{b: b})
	})
}
