package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hamba/avro/v2"
)

func avroNodeOf(t testing.TB, schema string) *avroNode {
	t.Helper()
	n, _, err := avroSchema(&bundle{Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Bytes and texts are worked out by hand from the Avro 1.12 specification.
func TestAvro_Values(t *testing.T) {
	for _, c := range []struct{ schema, value, want string }{
		{`"null"`, "", "null"},
		{`"boolean"`, "01", "true"},
		{`"int"`, "01", "-1"},
		{`"long"`, "feffffffffffffffff01", "9223372036854775807"},
		{`"long"`, "ffffffffffffffffff01", "-9223372036854775808"},
		{`"float"`, "cdcccc3d", "0.1"}, // the float next to a tenth
		{`"double"`, "9a9999999999b93f", "0.1"},
		{`"double"`, "000000000000f07f", `"Infinity"`},
		{`"double"`, "010000000000f87f", `"NaN"`},
		{`"string"`, "0a61220a5c62", `"a\"\n\\b"`},
		{`"bytes"`, "04ff00", `"/wA="`},
		{`{"type":"fixed","name":"F","size":2}`, "ff00", `"/wA="`},
		{`{"type":"enum","name":"E","symbols":["A","B"]}`, "02", `"B"`},
		{`["null","long"]`, "0204", "2"},
		{`["null","long"]`, "00", "null"},
		{`{"type":"array","items":"int"}`, "04020400", "[1,2]"},
		{`{"type":"array","items":"int"}`, "03040204020600", "[1,2,3]"}, // a block with its size, and another
		{`{"type":"map","values":"string"}`, "02026b027600", `{"k":"v"}`},
		{`{"type":"int","logicalType":"date"}`, "01", `"1969-12-31"`},
		{`{"type":"long","logicalType":"timestamp-millis"}`, "01", `"1969-12-31T23:59:59.999Z"`},
		{`{"type":"long","logicalType":"timestamp-micros"}`, "02", `"1970-01-01T00:00:00.000001Z"`},
		{`{"type":"long","logicalType":"local-timestamp-millis"}`, "00", `"1970-01-01T00:00:00"`},
		{`{"type":"int","logicalType":"time-millis"}`, "d00f", `"00:00:01"`},
		{`{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}`, "02ff", "-0.01"},
		{`{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}`, "040080", "1.28"},
		{`{"type":"bytes","logicalType":"decimal","precision":4,"scale":0}`, "00", "0"},
		{`{"type":"fixed","size":10,"name":"D","logicalType":"decimal","precision":20,"scale":3}`, "ffff0000000000000000", "-18446744073709551.616"},
		{`{"type":"fixed","name":"D","size":12,"logicalType":"duration"}`, "010000000200000003000000", `{"months":1,"days":2,"milliseconds":3}`},
		{`{"type":"int","connect.version":1,"connect.name":"io.debezium.time.Date"}`, "02", `"1970-01-02"`},
		{`{"type":"record","name":"R","fields":[]}`, "", "{}"},
		{`{"type":"record","name":"L","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","L"]}]}`, "0202" + "0400", `{"v":1,"next":{"v":2,"next":null}}`},
		{`{"type":"record","name":"V","connect.name":"io.debezium.data.VariableScaleDecimal","fields":[{"name":"scale","type":"int"},{"name":"value","type":"bytes"}]}`, "0502ff", "-1000"},
	} {
		got, err := appendAvro(nil, unhex(t, c.value), avroNodeOf(t, c.schema))
		if err != nil || string(got) != c.want {
			t.Errorf("%s of %s: %s %v, want %s", c.value, c.schema, got, err, c.want)
		}
	}
}

func TestAvro_Refuses(t *testing.T) {
	endless := strings.Repeat("02", 200)
	for name, c := range map[string]struct{ schema, value string }{
		"too short":              {`"long"`, ""},
		"too long":               {`"long"`, "0200"},
		"a number that overruns": {`"long"`, "ffffffffffffffffffff01"},
		"an int of 33 bits":      {`"int"`, "8080808020"},
		"a boolean of 2":         {`"boolean"`, "02"},
		"a text beyond the end":  {`"string"`, "0a61"},
		"a negative length":      {`"string"`, "01"},
		"a text not in UTF-8":    {`"string"`, "02ff"},
		"an unknown symbol":      {`{"type":"enum","name":"E","symbols":["A"]}`, "02"},
		"an unknown branch":      {`["null","int"]`, "04"},
		"a block of 2^63":        {`{"type":"array","items":"null"}`, "ffffffffffffffffff0100"},
		"a block of nothing":     {`{"type":"array","items":"null"}`, "feffffffffffffffff01"},
		"a list without an end":  {`{"type":"record","name":"L","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","L"]}]}`, endless + endless},
	} {
		if got, err := appendAvro(nil, unhex(t, c.value), avroNodeOf(t, c.schema)); err == nil {
			t.Errorf("%s: taken as %.80s", name, got)
		}
	}
}

func TestAppendDecimal_LikeBigInt(t *testing.T) {
	for size := range 12 {
		for _, fill := range [][]byte{{0}, {0xff}, {0x80, 0}, {0x7f, 0xff}, {1, 2, 3}} {
			v := make([]byte, size)
			for i := range v {
				v[i] = fill[min(i, len(fill)-1)]
			}
			want := new(big.Int).SetBytes(v)
			if size > 0 && v[0] >= 0x80 {
				want.Sub(want, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
			}
			for _, scale := range []int{0, 1, 5, 30, -3} {
				got, ok := new(big.Rat).SetString(string(appendDecimal(nil, v, scale)))
				exact := new(big.Rat).SetInt(want)
				power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale, -scale))), nil))
				if scale >= 0 {
					exact.Quo(exact, power)
				} else {
					exact.Mul(exact, power)
				}
				if !ok || got.Cmp(exact) != 0 {
					t.Fatalf("%x with scale %d: %v, want %v", v, scale, got, exact)
				}
			}
		}
	}
}

const fuzzAvroSchema = `{"type":"record","name":"R","fields":[{"name":"i","type":"int"},{"name":"l","type":"long"},{"name":"s","type":"string"},{"name":"d","type":"double"},{"name":"b","type":"boolean"},
{"name":"u","type":["null","string","long"]},{"name":"a","type":{"type":"array","items":{"type":"record","name":"P","fields":[{"name":"x","type":["null","R"]}]}}},{"name":"m","type":{"type":"map","values":"int"}},
{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}}]}`

// FuzzAvro holds that what is taken is JSON, and means what hamba/avro's own decoder makes of the same bytes.
func FuzzAvro(f *testing.F) {
	n := avroNodeOf(f, fuzzAvroSchema)
	s := avro.MustParse(fuzzAvroSchema)
	for _, v := range []map[string]any{
		{"i": 1, "l": int64(math.MaxInt64), "s": "é\"", "d": .1, "b": true, "u": map[string]any{"string": "x"}, "a": []any{map[string]any{"x": nil}}, "m": map[string]any{"k": 7}, "e": "B"},
		{"i": -1, "l": int64(0), "s": "", "d": 0.0, "b": false, "u": nil, "a": []any{}, "m": map[string]any{}, "e": "A"},
	} {
		b, err := avro.Marshal(s, v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		got, err := appendAvro(nil, value, n)
		if err != nil {
			return
		}
		if !json.Valid(got) {
			t.Fatalf("%x became %s", value, got)
		}
		var theirs map[string]any
		if err := avro.Unmarshal(s, value, &theirs); err != nil {
			t.Fatalf("%x is taken here and refused by hamba/avro: %v", value, err)
		}
		var ours map[string]any
		d := json.NewDecoder(bytes.NewReader(got))
		d.UseNumber()
		if err := d.Decode(&ours); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"s", "b", "e"} {
			if diff := cmp.Diff(theirs[name], ours[name]); diff != "" {
				t.Errorf("%s of %x: %s", name, value, diff)
			}
		}
		if l, err := ours["l"].(json.Number).Int64(); err != nil || l != theirs["l"] {
			t.Errorf("l of %x: %v, want %v", value, ours["l"], theirs["l"])
		}
		if d, ok := ours["d"].(json.Number); ok {
			if v, err := d.Float64(); err != nil || v != theirs["d"] {
				t.Errorf("d of %x: %v, want %v", value, d, theirs["d"])
			}
		}
		if len(ours["a"].([]any)) != len(theirs["a"].([]any)) {
			t.Errorf("a of %x: %d elements, want %d", value, len(ours["a"].([]any)), len(theirs["a"].([]any)))
		}
	})
}
