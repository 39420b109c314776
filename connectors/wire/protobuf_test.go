package wire

import (
	"encoding/json"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

const protoSchema = `syntax = "proto3"; package desk;
import "google/protobuf/timestamp.proto"; import "google/protobuf/duration.proto"; import "google/protobuf/wrappers.proto"; import "google/protobuf/struct.proto"; import "money.proto";
message All {
  enum Kind { NONE = 0; CALL = 1; }
  message Part { string x = 1; All whole = 2; }
  int32 i32 = 1; uint64 u64 = 2; sint64 s64 = 3; double d = 4; float f = 5; bool b = 6; string s = 7; bytes y = 8; Kind kind = 9;
  optional int64 maybe = 10; Part part = 11; repeated int32 list = 12; map<string, int64> counts = 13; oneof either { string word = 14; int64 number = 15; }
  google.protobuf.Timestamp at = 16; google.protobuf.Duration took = 17; google.protobuf.Int64Value boxed = 18; google.protobuf.Struct free = 19; confluent.type.Decimal price = 20;
  repeated Part parts = 21;
}`

const protoMoney = `syntax = "proto3"; package confluent.type; message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }`

func protoAll(t testing.TB) protoreflect.MessageDescriptor {
	t.Helper()
	file, err := protobufFile(t.Context(), &bundle{Schema: protoSchema, References: []reference{{"money.proto", protoMoney}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := protobufMessage(file, []int{0})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// zeros is what is written of a message that says nothing: fields without presence have their zero.
const zeros = `"i32":0,"u64":0,"s64":0,"d":0,"f":0,"b":false,"s":"","y":"","kind":"NONE"`

func TestProtobuf_Values(t *testing.T) {
	d := protoAll(t)
	for text, want := range map[string]string{
		"": `{` + zeros + `,"list":[],"counts":{},"parts":[]}`,
		`u64: 18446744073709551615 s64: -9223372036854775808 d: inf f: 0.1 kind: CALL`: `{"i32":0,"u64":18446744073709551615,"s64":-9223372036854775808,"d":"Infinity","f":0.1,"b":false,"s":"","y":"","kind":"CALL","list":[],"counts":{},"parts":[]}`,
		`kind: 77 y: "\xff"`: `{"i32":0,"u64":0,"s64":0,"d":0,"f":0,"b":false,"s":"","y":"/w==","kind":77,"list":[],"counts":{},"parts":[]}`,
		`maybe: 0 list: [2, 1] counts: {key: "b" value: 1} counts: {key: "a" value: 9007199254740993} number: 0`:                          `{` + zeros + `,"maybe":0,"list":[2,1],"counts":{"a":9007199254740993,"b":1},"number":0,"parts":[]}`,
		`at: {seconds: 1741000000 nanos: 123456000} took: {seconds: -1 nanos: -500000000} boxed: {value: 0}`:                              `{` + zeros + `,"list":[],"counts":{},"at":"2025-03-03T11:06:40.123456Z","took":-1.5,"boxed":0,"parts":[]}`,
		`free: {fields: {key: "n" value: {null_value: NULL_VALUE}} fields: {key: "l" value: {list_value: {values: {bool_value: true}}}}}`: `{` + zeros + `,"list":[],"counts":{},"free":{"l":[true],"n":null},"parts":[]}`,
		`price: {value: "\xff\x7f\x01" precision: 9 scale: 2} part: {x: "a\"b"}`:                                                          `{` + zeros + `,"part":{"x":"a\"b"},"list":[],"counts":{},"price":-330.23,"parts":[]}`,
	} {
		m := dynamicpb.NewMessage(d)
		if err := prototext.Unmarshal([]byte(text), m); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := appendProtobuf(nil, b, d)
		if err != nil || string(got) != want {
			t.Errorf("%s:\n got %s %v\nwant %s", text, got, err, want)
		}
	}
}

func TestProtobuf_Odd(t *testing.T) {
	d := protoAll(t)
	// Field 1000, a varint of 5, is not in the schema; nothing of it is lost.
	got, err := appendProtobuf(nil, unhex(t, "c03e05"), d)
	if err != nil || !strings.HasSuffix(string(got), `,"@unknown":"wD4F"}`) {
		t.Errorf("an unknown field: %s %v", got, err)
	}
	// The last of several values counts, and messages are merged: so says the format.
	if got, err := appendProtobuf(nil, unhex(t, "08010802"), d); err != nil || !strings.Contains(string(got), `"i32":2`) {
		t.Errorf("twice: %s %v", got, err)
	}
	deep := []byte{}
	for range 2 * MaxDepth { // part { whole { ...
		deep = append(protoLength(0x12, deep), nil...)
		deep = append(protoLength(0x5a, deep), nil...)
	}
	for name, b := range map[string][]byte{"cut off": {0x3a, 5, 'a'}, "not UTF-8": {0x3a, 1, 0xff}, "too deep": deep, "a year beyond all": unhex(t, "8201"+"0b08"+"ffffffffffffffff7f"+"10"+"00")[:14]} {
		if got, err := appendProtobuf(nil, b, d); err == nil {
			t.Errorf("%s: taken as %.100s", name, got)
		}
	}
}

func protoLength(tag byte, b []byte) []byte {
	out := []byte{tag}
	n := uint64(len(b))
	for n >= 0x80 {
		out = append(out, byte(n)|0x80)
		n >>= 7
	}
	return append(append(out, byte(n)), b...)
}

// FuzzProtobuf holds that what is taken is JSON that says the same every time, and that Google's own JSON encoder takes the
// same message.
func FuzzProtobuf(f *testing.F) {
	d := protoAll(f)
	for _, text := range []string{"", `i32: 1 list: [1, 2] part: {x: "a" whole: {maybe: 3}} counts: {key: "k" value: 2}`, `at: {seconds: 1} free: {fields: {key: "n" value: {string_value: "x"}}} word: "w"`} {
		m := dynamicpb.NewMessage(d)
		if err := prototext.Unmarshal([]byte(text), m); err != nil {
			f.Fatal(err)
		}
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		got, err := appendProtobuf(nil, value, d)
		if err != nil {
			return
		}
		if !json.Valid(got) {
			t.Fatalf("%x became %s", value, got)
		}
		if again, err := appendProtobuf(nil, value, d); err != nil || string(again) != string(got) {
			t.Fatalf("%x became %s and then %s", value, got, again)
		}
		m := dynamicpb.NewMessage(d)
		if err := unmarshal(value, m); err != nil {
			t.Fatalf("%x is taken here and refused by Google's decoder: %v", value, err)
		}
		if _, err := protojson.Marshal(m); err != nil && !strings.Contains(string(got), "NaN") && !strings.Contains(string(got), "Infinity") && !strings.Contains(err.Error(), "Value") && !strings.Contains(err.Error(), "uration") {
			t.Errorf("%x became %s; Google's encoder: %v", value, got, err)
		}
	})
}
