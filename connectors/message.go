package connectors

import "context"

// Header is one header of a message. Value is nil where the producer gave none.
type Header struct {
	Key   string
	Value []byte
}

// Message is one message of a topic as it came. Its bytes are valid until the next one.
type Message struct {
	Topic     string
	Partition int32
	Offset    int64
	Timestamp int64  // milliseconds since 1970, from the producer or the broker; -1 if unknown
	Key       []byte // nil for none
	Value     []byte // nil for a tombstone
	Headers   []Header
}

// Reader takes the values at its fixed places out of messages: an Extractor that knows what stands around a payload. It
// is not safe for concurrent use.
type Reader interface {
	// Read fills values, one for each place, in the order of the places it was made with. It returns false for a
	// message that a declared rule leaves out, such as a tombstone. A message that cannot be read gives a
	// *PayloadError; any other error, such as a schema registry that is away, ends the pull.
	Read(ctx context.Context, m *Message, values []Value) (bool, error)
	// Rest is that of Extractor.
	Rest() (object []byte, fields int)
	// Notes returns lines for people about what was read since the last call, such as mapped places that a schema does
	// not have, each with its number of messages. Nothing in them tells of a person.
	Notes() []string
}
