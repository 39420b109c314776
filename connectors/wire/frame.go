package wire

import (
	"encoding/binary"
	"fmt"

	"insideout/connectors"
)

// schemaID names a schema of a registry: by a number, which is one registry's own, or by a GUID, which is the same in
// all of them.
type schemaID struct {
	number int32
	guid   [16]byte // zero for an id by number
}

func (id schemaID) byGUID() bool { return id.guid != [16]byte{} }

func (id schemaID) String() string {
	if !id.byGUID() {
		return fmt.Sprint(id.number)
	}
	g := id.guid
	return fmt.Sprintf("%x-%x-%x-%x-%x", g[:4], g[4:6], g[6:8], g[8:10], g[10:])
}

// Headers that carry the id of a schema in the newer form of the wire format; the value then has nothing in front.
const (
	headerKeyID   = "__key_schema_id"
	headerValueID = "__value_schema_id"
)

// framed is a payload without its frame.
type framed struct {
	id      schemaID
	path    []int // of a Protobuf message in its file
	payload []byte
}

// unframe takes the Confluent wire format off: byte 0 and a four-byte number, or byte 1 and a sixteen-byte GUID, either
// in front of the payload or in a header; for Protobuf then the path to the message, a count and as many numbers as
// zig-zag varints, where a single 0 stands for the path [0].
func unframe(m *connectors.Message, key, protobuf bool) (framed, error) {
	data, name := m.Value, headerValueID
	if key {
		data, name = m.Key, headerKeyID
	}
	for i := len(m.Headers) - 1; i >= 0; i-- { // the last of several counts, as in Kafka's own clients
		if m.Headers[i].Key != name {
			continue
		}
		f, rest, err := prefix(m.Headers[i].Value)
		if err == nil && protobuf {
			f.path, rest, err = messagePath(rest)
		}
		if err == nil && len(rest) > 0 {
			err = fmt.Errorf("%d bytes are left over", len(rest))
		}
		if err != nil {
			return framed{}, fmt.Errorf("header %s is no schema id: %w", name, err)
		}
		f.payload = data
		return f, nil
	}
	f, rest, err := prefix(data)
	if err == nil && protobuf {
		f.path, rest, err = messagePath(rest)
	}
	f.payload = rest
	return f, err
}

func prefix(b []byte) (framed, []byte, error) {
	switch {
	case len(b) >= 5 && b[0] == 0:
		return framed{id: schemaID{number: int32(binary.BigEndian.Uint32(b[1:]))}}, b[5:], nil
	case len(b) >= 17 && b[0] == 1 && [16]byte(b[1:]) != [16]byte{}:
		return framed{id: schemaID{guid: [16]byte(b[1:])}}, b[17:], nil
	case len(b) == 0:
		return framed{}, nil, fmt.Errorf("nothing is there, not even the id of a schema")
	}
	return framed{}, nil, fmt.Errorf("it does not begin with the id of a schema: the first byte is %d", b[0])
}

func messagePath(b []byte) ([]int, []byte, error) {
	count, n := binary.Varint(b)
	if n <= 0 || count < 0 || count > MaxDepth {
		return nil, nil, fmt.Errorf("the path to the message is damaged")
	}
	b = b[n:]
	if count == 0 {
		return []int{0}, b, nil
	}
	path := make([]int, count)
	for i := range path {
		v, n := binary.Varint(b)
		if n <= 0 || v < 0 || v > 1<<20 {
			return nil, nil, fmt.Errorf("the path to the message is damaged")
		}
		path[i], b = int(v), b[n:]
	}
	return path, b, nil
}
