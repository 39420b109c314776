package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"insideout/connectors"
)

// protobufFile compiles a schema with its references and Google's well-known types.
func protobufFile(ctx context.Context, b *bundle) (protoreflect.FileDescriptor, error) {
	const own = "insideout/schema.proto" // a name that no import has
	texts := map[string]string{own: b.Schema}
	for _, r := range b.References {
		texts[r.Name] = r.Schema
	}
	c := protocompile.Compiler{
		Resolver:       protocompile.WithStandardImports(&protocompile.SourceResolver{Accessor: protocompile.SourceAccessorFromMap(texts)}),
		MaxParallelism: 1,
	}
	files, err := c.Compile(ctx, own)
	if err != nil {
		return nil, err
	}
	return files[0], nil
}

// protobufMessage walks the path to a message of a file.
func protobufMessage(f protoreflect.FileDescriptor, path []int) (protoreflect.MessageDescriptor, error) {
	in := f.Messages()
	var m protoreflect.MessageDescriptor
	for _, i := range path {
		if i >= in.Len() {
			return nil, fmt.Errorf("it has no message at the path %v", path)
		}
		m = in.Get(i)
		in = m.Messages()
	}
	if m == nil {
		return nil, errors.New("it has no message")
	}
	return m, nil
}

// appendProtobuf appends a message as JSON, fields by number. A field without presence that is not written has its zero,
// and so a score of 0 is kept; one with presence (optional, message, oneof) that is not written is left out. What the
// schema does not know is kept as base64 under unknownMember.
func appendProtobuf(out, value []byte, d protoreflect.MessageDescriptor) ([]byte, error) {
	m := dynamicpb.NewMessage(d)
	if err := unmarshal(value, m); err != nil {
		// The library's text has a random space in it, so that nobody relies on it.
		return out, errors.New("the value is no message " + string(d.FullName()) + ", or a text in it is not UTF-8")
	}
	return appendMessage(out, m)
}

// unmarshal keeps a panic of the library from ending the run: dynamic messages panic at a map whose key cannot be read
// (protobuf-go v1.36.12, found by FuzzProtobuf; its corpus has the bytes).
func unmarshal(value []byte, m proto.Message) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the library gives up: %v", r)
		}
	}()
	return proto.UnmarshalOptions{AllowPartial: true, RecursionLimit: MaxDepth}.Unmarshal(value, m)
}

// unknownMember cannot be the name of a field.
const unknownMember = "@unknown"

func appendMessage(out []byte, m protoreflect.Message) ([]byte, error) {
	if known, err, ok := appendWellKnown(out, m); ok {
		return known, err
	}
	out = append(out, '{')
	start := len(out)
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.HasPresence() && !m.Has(f) {
			continue
		}
		if len(out) > start {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), f.Name()...), '"', ':')
		var err error
		if out, err = appendField(out, f, m.Get(f)); err != nil {
			return out, err
		}
		if len(out) > MaxSize {
			return out, errLarge
		}
	}
	if u := m.GetUnknown(); len(u) > 0 {
		if len(out) > start {
			out = append(out, ',')
		}
		out = appendBase64(append(connectors.AppendJSONString(out, unknownMember), ':'), u)
	}
	return append(out, '}'), nil
}

func appendField(out []byte, f protoreflect.FieldDescriptor, v protoreflect.Value) (_ []byte, err error) {
	switch {
	case f.IsMap():
		out = append(out, '{')
		entries := map[string]protoreflect.Value{}
		v.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
			entries[k.String()] = v
			return true
		})
		for i, k := range slices.Sorted(maps.Keys(entries)) {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(connectors.AppendJSONString(out, k), ':')
			if out, err = appendSingle(out, f.MapValue(), entries[k]); err != nil {
				return out, err
			}
		}
		return append(out, '}'), nil
	case f.IsList():
		out = append(out, '[')
		l := v.List()
		for i := range l.Len() {
			if i > 0 {
				out = append(out, ',')
			}
			if out, err = appendSingle(out, f, l.Get(i)); err != nil {
				return out, err
			}
		}
		return append(out, ']'), nil
	}
	return appendSingle(out, f, v)
}

func appendSingle(out []byte, f protoreflect.FieldDescriptor, v protoreflect.Value) ([]byte, error) {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return strconv.AppendBool(out, v.Bool()), nil
	case protoreflect.EnumKind:
		if name := f.Enum().Values().ByNumber(v.Enum()); name != nil {
			return append(append(append(out, '"'), name.Name()...), '"'), nil
		}
		return strconv.AppendInt(out, int64(v.Enum()), 10), nil
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind, protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return strconv.AppendInt(out, v.Int(), 10), nil
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return strconv.AppendUint(out, v.Uint(), 10), nil
	case protoreflect.FloatKind:
		return appendReal(out, v.Float(), 32), nil
	case protoreflect.DoubleKind:
		return appendReal(out, v.Float(), 64), nil
	case protoreflect.StringKind:
		if s := v.String(); utf8.ValidString(s) {
			return connectors.AppendJSONString(out, s), nil
		}
		return out, errUTF8 // proto2 does not check
	case protoreflect.BytesKind:
		return appendBase64(out, v.Bytes()), nil
	}
	return appendMessage(out, v.Message())
}

// appendWellKnown writes the messages that everybody means something else by than their fields: times, durations,
// wrapped values, free JSON, decimals.
func appendWellKnown(out []byte, m protoreflect.Message) (_ []byte, err error, ok bool) {
	d := m.Descriptor()
	field := func(name protoreflect.Name) (protoreflect.FieldDescriptor, protoreflect.Value) {
		f := d.Fields().ByName(name)
		return f, m.Get(f)
	}
	switch d.FullName() {
	case "google.protobuf.Timestamp":
		_, seconds := field("seconds")
		_, nanos := field("nanos")
		if s, n := seconds.Int(), nanos.Int(); s < -62135596800 || s > 253402300799 || n < 0 || n > 999999999 {
			return out, errors.New("a timestamp is outside the years 1 to 9999"), true
		}
		out = time.Unix(seconds.Int(), nanos.Int()).UTC().AppendFormat(append(out, '"'), time.RFC3339Nano)
		return append(out, '"'), nil, true
	case "google.protobuf.Duration": // in seconds, exactly
		_, seconds := field("seconds")
		_, nanos := field("nanos")
		s, n := seconds.Int(), nanos.Int()
		if n < -999999999 || n > 999999999 || s > 0 && n < 0 || s < 0 && n > 0 {
			return out, errors.New("a duration has seconds and nanoseconds of different signs"), true
		}
		if s < 0 || n < 0 {
			out = append(out, '-')
		}
		out = strconv.AppendUint(out, magnitude(s), 10)
		if n != 0 {
			out = append(out, bytes.TrimRight(fmt.Appendf(nil, ".%09d", magnitude(n)), "0")...)
		}
		return out, nil, true
	case "google.protobuf.DoubleValue", "google.protobuf.FloatValue", "google.protobuf.Int64Value", "google.protobuf.UInt64Value", "google.protobuf.Int32Value",
		"google.protobuf.UInt32Value", "google.protobuf.BoolValue", "google.protobuf.StringValue", "google.protobuf.BytesValue":
		f, v := field("value")
		out, err = appendSingle(out, f, v)
		return out, err, true
	case "google.protobuf.Struct":
		f, v := field("fields")
		out, err = appendField(out, f, v)
		return out, err, true
	case "google.protobuf.ListValue":
		f, v := field("values")
		out, err = appendField(out, f, v)
		return out, err, true
	case "google.protobuf.Value":
		f := m.WhichOneof(d.Oneofs().ByName("kind"))
		if f == nil || f.Name() == "null_value" {
			return append(out, "null"...), nil, true
		}
		out, err = appendSingle(out, f, m.Get(f))
		return out, err, true
	case "confluent.type.Decimal":
		_, value := field("value")
		_, scale := field("scale")
		if s := scale.Int(); s < -maxScale || s > maxScale {
			return out, fmt.Errorf("a decimal has the scale %d", s), true
		}
		return appendDecimal(out, value.Bytes(), int(scale.Int())), nil, true
	}
	return out, nil, false
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}
