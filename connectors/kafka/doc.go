// Package kafka reads the messages of one Kafka topic as records.
//
// # What is kept
//
// Every offset between two positions is accounted for in the range of a delivery: a message is loaded, rejected or
// filtered; transaction markers, messages of aborted transactions and offsets that compaction left behind are Control;
// messages that were deleted before they were read are Missing, each stretch named by a Gap. Nothing jumps.
//
//   - Positions come from the caller, never from a consumer group. A partition without one starts at the oldest message.
//   - The end is the last stable offset: of a transaction that is still open nothing is seen. Without Follow a pull ends
//     at the last stable offsets that it found when it began.
//   - A tombstone (a message without value) is no record of any dataset. It counts as filtered.
//   - What a message means is the Reader's matter (package wire); without a schema registry that it needs, the pull ends.
//   - A message that does not fit the format or the mapping is a reject with its value and key as they came.
//   - The identity of a position is the topic's id, its epoch the leader epoch under which the message before it was
//     written. If the topic has another id it was deleted and made anew; if the leader's log does not have that epoch up
//     to the position it was truncated. Both stop the pull, as does a gap unless on_gap is record: they are losses, or
//     new data under old numbers, and only a person can say what is meant.
//   - Streams are named "topic/partition". A topic that was made anew and accepted has streams "topic@id/partition", so a
//     stream and a position still name one message.
//   - Fetches name the topic by its id where brokers can (Kafka 3.1 and newer), or have the id confirmed behind them (2.8
//     and newer), so a topic made anew during a pull is never read as the old one. Older brokers have no ids: with them
//     the cluster's id stands in, and a topic made anew that soon has more messages than the old one goes unnoticed.
//   - Brokers that do not answer, and partitions without a leader, are tried again with growing pauses, at most a second,
//     until the configured patience is over.
//
// # Why the fetch loop is its own
//
// segmentio/kafka-go gives the connection, the requests of the control plane, the error codes and the codecs. Its
// readers are not used. With v0.4.51, Reader and Conn.ReadBatch hand over the messages of aborted transactions and the
// transaction markers as ordinary messages (its read.go parses the list of aborted transactions and drops it), Reader
// jumps over retention gaps without a word, and Client.Fetch hides that list. protocol/fetch ends at version 11, where
// a topic is only a name; its record stream gives up checksum errors behind the first batch and does not say where a
// compacted batch ends. So this package encodes Fetch, Metadata with topic ids and OffsetForLeaderEpoch by itself and
// decodes record batches in place: values are handed to the extractor from the buffer that the network filled, which is
// also several times cheaper than kafka-go's paged buffers.
//
// # Workers
//
// Several workers share the partitions of a topic (crew.go), each with connections, decoder and binder of its own; all hand
// over to one receiver, which alone commits. Partitions are shared out here and not by a consumer group: positions come
// from the lake, so a group could only say who does what, and would bring its rebalances, its late messages of the time
// before one, and a second truth about positions. A lake has one writing process, so the workers are in it.
//
// # Who is asking
//
// TLS with the system's or a named authority, client certificates, SASL PLAIN and SCRAM. A broker that refuses ends the
// pull at once: a wrong password that is tried again and again locks people out. User and password come from the
// environment and are in no error, notice or log.
//
// A worker runs in one goroutine and asks one leader after the other. Its memory is one answer (8 MiB, more only for a
// single larger batch), one uncompressed batch (at most 64 MiB) and one delivery.
package kafka
