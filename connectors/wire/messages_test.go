package wire

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"insideout/connectors"
	"insideout/testdata/registry"
)

// read takes the places out of a message and returns them as "place kind text", then what is left over.
func read(t testing.TB, o Options, m *connectors.Message, places ...string) ([]string, error) {
	t.Helper()
	r, err := Messages(places, o)
	if err != nil {
		t.Fatal(err)
	}
	return reading(t, r, m, places)
}

var kinds = map[connectors.ValueKind]string{connectors.Absent: "-", connectors.Null: "null", connectors.String: "text", connectors.Number: "number", connectors.Boolean: "bool", connectors.Nested: "nested"}

func reading(t testing.TB, r connectors.Reader, m *connectors.Message, places []string) ([]string, error) {
	values := make([]connectors.Value, len(places))
	ok, err := r.Read(t.Context(), m, values)
	if err != nil {
		return nil, err
	}
	if !ok {
		return []string{"left out"}, nil
	}
	var out []string
	for i, v := range values {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", places[i], kinds[v.Kind], v.Bytes)))
	}
	if rest, n := r.Rest(); n > 0 {
		out = append(out, fmt.Sprintf("rest %d %s", n, rest))
	}
	return out, nil
}

func code(err error) string {
	var p *connectors.PayloadError
	if errors.As(err, &p) {
		return p.Code
	}
	return fmt.Sprint(err)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The bytes below were made by Confluent's own serializers, npm's @confluentinc/schemaregistry 1.8.0, from the record
// {id: 'aé"', at: 1741000000123, team: 'north', price: ff7f01, kind: 'MAIL', score: 9.5, tags: {x: 3}, list: [0.5, -2]}.
// The price is -0x80ff cents.
const (
	vectorSchema = `{"type":"record","name":"Contact","namespace":"desk","fields":[{"name":"id","type":"string"},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"team","type":["null","string"],"default":null},{"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},{"name":"kind","type":{"type":"enum","name":"Kind","symbols":["CALL","MAIL"]}},{"name":"score","type":"double"},{"name":"tags","type":{"type":"map","values":"int"}},{"name":"list","type":{"type":"array","items":"float"}}]}`
	vectorValue  = "0861c3a922f689febaab65020a6e6f72746806ff7f010200000000000023400202780600040000003f000000c000"
)

func TestAvro_WrittenByConfluent(t *testing.T) {
	f := registry.New(t)
	id := registry.Register(t, f.URL, "t-value", "AVRO", vectorSchema)
	if id != 1 {
		t.Fatalf("the vector is of schema 1, registered as %d", id)
	}
	o := Options{Payload: connectors.Payload{Format: connectors.FormatAvro}, Registry: newRegistry(t, connectors.Registry{URL: f.URL}, "")}
	want := []string{`id text aé"`, "at text 2025-03-03T11:06:40.123Z", "team text north", "price number -330.23", "kind text MAIL", "score number 9.5", "tags.x number 3",
		"/list/1 number -2", "$schema text 1", "none -", `rest 1 {"list":[0.5]}`}
	places := []string{"id", "at", "team", "price", "kind", "score", "tags.x", "/list/1", "$schema", "none"}
	got, err := read(t, o, &connectors.Message{Value: unhex(t, "0000000001"+vectorValue)}, places...)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	// In the newer form the id is a GUID in a header. The serializer wrote b23e29a7-..., its registry's; ours has another.
	guid := f.GUID(id)
	want[8] = "$schema text " + schemaID{guid: guid}.String()
	for name, m := range map[string]*connectors.Message{
		"header": {Value: unhex(t, vectorValue), Headers: []connectors.Header{{Key: "other", Value: []byte{9}}, {Key: headerValueID, Value: append([]byte{1}, guid[:]...)}}},
		"prefix": {Value: append(append([]byte{1}, guid[:]...), unhex(t, vectorValue)...)},
	} {
		got, err = read(t, o, m, places...)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(name, err, diff)
		}
	}
	if asked := f.Asked(); len(asked) != 3 || asked[0] != "/schemas/ids/1" || !strings.HasPrefix(asked[1], "/schemas/guids/") {
		t.Errorf("asked for %v", asked)
	}
}

// Frames as Confluent's SchemaId writes them (idToBytes, guidToBytes of the same package).
func TestUnframe_WrittenByConfluent(t *testing.T) {
	guid := schemaID{guid: [16]byte(unhex(t, "b23e29a71e094f78ac39e00e09faa617"))}
	for frame, want := range map[string]framed{
		"0000000007040200":                         {id: schemaID{number: 7}, path: []int{1, 0}},
		"01b23e29a71e094f78ac39e00e09faa617040200": {id: guid, path: []int{1, 0}},
		"000000000700":                             {id: schemaID{number: 7}, path: []int{0}},
		"01b23e29a71e094f78ac39e00e09faa61700":     {id: guid, path: []int{0}},
		"0000011170068c010006":                     {id: schemaID{number: 70000}, path: []int{70, 0, 3}},
	} {
		want.payload = []byte("payload")
		for name, m := range map[string]*connectors.Message{
			"in front": {Value: append(unhex(t, frame), "payload"...)},
			"header":   {Value: []byte("payload"), Headers: []connectors.Header{{Key: headerValueID, Value: unhex(t, frame)}}},
		} {
			got, err := unframe(m, false, true)
			if err != nil || got.id != want.id || fmt.Sprint(got.path) != fmt.Sprint(want.path) || string(got.payload) != "payload" {
				t.Errorf("%s %s: %+v %v, want %+v", name, frame, got, err, want)
			}
		}
	}
	if got := guid.String(); got != "b23e29a7-1e09-4f78-ac39-e00e09faa617" {
		t.Errorf("GUID %s", got)
	}
}

func TestMessages_Beside(t *testing.T) {
	m := &connectors.Message{Topic: "desk.contacts", Partition: 3, Offset: 1 << 40, Timestamp: 1741000000123, Key: []byte(`{"case":"C-7","$id":1}`), Value: []byte(`{"id":"a","$key":"inside","x":1}`),
		Headers: []connectors.Header{{Key: "kind", Value: []byte("first")}, {Key: "kind", Value: []byte("last")}, {Key: "none"}}}
	got, err := read(t, Options{}, m, "id", "$key", "$key.case", "$header.kind", "$header.none", "$header.absent", "$timestamp", "$topic", "$partition", "$offset", "$schema", "/$key")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"id text a", `$key text {"case":"C-7","$id":1}`, "$key.case text C-7", "$header.kind text last", "$header.none -", "$header.absent -",
		"$timestamp text 2025-03-03T11:06:40.123Z", "$topic text desk.contacts", "$partition number 3", "$offset number 1099511627776", "$schema -", "/$key text inside", `rest 1 {"x":1}`}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := read(t, Options{}, &connectors.Message{Value: []byte(`{}`), Key: []byte{0xff}}, "$key"); code(err) != connectors.CodeEncoding {
		t.Errorf("a binary key: %v", err)
	}
	if _, err := read(t, Options{}, &connectors.Message{Value: []byte(`{}`), Key: []byte("plain")}, "$key.case"); code(err) != connectors.CodeMalformed {
		t.Errorf("a key that is no object: %v", err)
	}
	for _, bad := range []string{"$keys", "$header.", "$header", "$envelope.id", "$time"} {
		if _, err := Messages([]string{bad}, Options{}); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("place %s: %v", bad, err)
		}
	}
}

func TestCloudEvents(t *testing.T) {
	o := Options{Payload: connectors.Payload{Envelope: connectors.EnvelopeCloudEvents}}
	places := []string{"score", "$envelope.id", "$envelope.source", "$envelope.time", "$envelope.partitionkey"}
	attributes := []connectors.Header{{Key: "ce_specversion", Value: []byte("1.0")}, {Key: "ce_id", Value: []byte("e-1")}, {Key: "ce_source", Value: []byte("/desk")}, {Key: "ce_type", Value: []byte("desk.rated")},
		{Key: "ce_time", Value: []byte("2025-03-03T10:00:00Z")}, {Key: "content-type", Value: []byte("application/json")}}
	want := []string{"score number 0", "$envelope.id text e-1", "$envelope.source text /desk", "$envelope.time text 2025-03-03T10:00:00Z", "$envelope.partitionkey -", `rest 1 {"by":"phone"}`}
	const event = `"specversion":"1.0","id":"e-1","source":"/desk","type":"desk.rated","time":"2025-03-03T10:00:00Z"`
	for name, m := range map[string]*connectors.Message{
		"binary":     {Value: []byte(`{"score":0,"by":"phone"}`), Headers: attributes},
		"structured": {Value: []byte(`{` + event + `,"data":{"score":0,"by":"phone"}}`), Headers: []connectors.Header{{Key: "content-type", Value: []byte("application/cloudevents+json; charset=UTF-8")}}},
		"base64":     {Value: []byte(`{"data_base64":"eyJzY29yZSI6MCwiYnkiOiJwaG9uZSJ9",` + event + `}`)},
	} {
		got, err := read(t, o, m, places...)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(name, err, diff)
		}
	}
	for name, m := range map[string]*connectors.Message{
		"no id":            {Value: []byte(`{"specversion":"1.0","source":"/desk","type":"t","data":{}}`)},
		"no event":         {Value: []byte(`{"score":3}`)},
		"another version":  {Value: []byte(`{"specversion":"0.3","id":"1","source":"/desk","type":"t","data":{}}`)},
		"no data":          {Value: []byte(`{` + event + `}`)},
		"data no object":   {Value: []byte(`{` + event + `,"data":"text"}`)},
		"both":             {Value: []byte(`{` + event + `,"data":{},"data_base64":""}`)},
		"not base64":       {Value: []byte(`{` + event + `,"data_base64":"%"}`)},
		"a batch":          {Value: []byte(`[{` + event + `}]`), Headers: []connectors.Header{{Key: "content-type", Value: []byte("application/cloudevents-batch+json")}}},
		"attribute twice":  {Value: []byte(`{"score":0}`), Headers: append([]connectors.Header{{Key: "ce_id", Value: []byte("x")}}, attributes...)},
		"binary, no id":    {Value: []byte(`{"score":0}`), Headers: attributes[:1]},
		"binary, bad text": {Value: []byte(`{"score":0}`), Headers: append([]connectors.Header{{Key: "ce_x", Value: []byte{0xff}}}, attributes...)},
	} {
		if got, err := read(t, o, m, places...); code(err) != connectors.CodeMalformed && code(err) != connectors.CodeEncoding {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	if got, err := read(t, o, &connectors.Message{Headers: attributes}, places...); err != nil || got[0] != "left out" {
		t.Errorf("an event without a value: %v %v", got, err)
	}
}

const debeziumRow = `{"id":7,"status":"open","opened":20150}`

func TestDebezium(t *testing.T) {
	o := Options{Payload: connectors.Payload{Envelope: connectors.EnvelopeDebezium, Deletes: connectors.DeletesIgnore}}
	recorded := o
	recorded.Payload.Deletes = connectors.DeletesRecord
	places := []string{"id", "status", "$envelope.op", "$envelope.source.table", "$envelope.ts_ms"}
	event := func(op, before, after string) *connectors.Message {
		return &connectors.Message{Value: fmt.Appendf(nil, `{"before":%s,"after":%s,"source":{"table":"cases","lsn":24023128},"op":%q,"ts_ms":1741000000123}`, before, after, op)}
	}
	beside := []string{"$envelope.source.table text cases", "$envelope.ts_ms number 1741000000123", `rest 1 {"opened":20150}`}
	row := func(op string) []string {
		return append([]string{"id number 7", "status text open", "$envelope.op text " + op}, beside...)
	}
	for _, op := range []string{"c", "r", "u"} {
		got, err := read(t, o, event(op, "null", debeziumRow), places...)
		if diff := cmp.Diff(row(op), got); diff != "" || err != nil {
			t.Error(op, err, diff)
		}
	}
	got, err := read(t, recorded, event("d", debeziumRow, "null"), places...)
	if diff := cmp.Diff(row("d"), got); diff != "" || err != nil {
		t.Error("a deletion as record", err, diff)
	}
	for name, m := range map[string]*connectors.Message{"a deletion": event("d", debeziumRow, "null"), "truncate": event("t", "null", "null"), "a log message": event("m", "null", "null"), "a tombstone": {}} {
		if got, err := read(t, o, m, places...); err != nil || got[0] != "left out" {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	for name, m := range map[string]*connectors.Message{"no row": event("u", debeziumRow, "null"), "unknown op": event("x", "null", debeziumRow), "flattened": {Value: []byte(debeziumRow)},
		"a deletion without its row": event("d", "null", "null"), "truncate": event("t", "null", "null")} {
		if got, err := read(t, recorded, m, places...); code(err) != connectors.CodeMalformed {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

// The schema beside the payload says what days, microseconds and base64 are. The decimal is 123456789012345678901234.56,
// whose unscaled value is hex 0a364c98227eaa6adcbac0 (worked out with Python's int.to_bytes).
func TestDebezium_WithSchema(t *testing.T) {
	const row = `{"type":"struct","optional":true,"field":"%s","fields":[{"type":"int64","optional":false,"field":"id"},{"type":"int32","name":"io.debezium.time.Date","field":"on"},
{"type":"int64","name":"io.debezium.time.MicroTimestamp","field":"at"},{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"},"field":"price"},
{"type":"struct","name":"io.debezium.data.VariableScaleDecimal","fields":[{"type":"int32","field":"scale"},{"type":"bytes","field":"value"}],"field":"rate"},
{"type":"array","items":{"type":"int64","name":"org.apache.kafka.connect.data.Timestamp"},"field":"times"}]}`
	schema := `{"type":"struct","fields":[` + fmt.Sprintf(row, "before") + "," + fmt.Sprintf(row, "after") + `,{"type":"string","field":"op"}]}`
	payload := `{"before":null,"after":{"id":9007199254740993,"on":20150,"at":1741000000123456,"price":"CjZMmCJ+qmrcusA=","rate":{"scale":3,"value":"/w=="},"times":[0,null]},"op":"c"}`
	o := Options{Payload: connectors.Payload{Envelope: connectors.EnvelopeDebezium, Deletes: connectors.DeletesIgnore}}
	places := []string{"id", "on", "at", "price", "rate", "/times/0", "$envelope.op", "$key.id"}
	key := `{"schema":{"type":"struct","fields":[{"type":"int32","name":"io.debezium.time.Date","field":"id"}]},"payload":{"id":1}}`
	got, err := read(t, o, &connectors.Message{Key: []byte(key), Value: []byte(`{"schema":` + schema + `,"payload":` + payload + `}`)}, places...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"id number 9007199254740993", "on text 2025-03-03", "at text 2025-03-03T11:06:40.123456", "price number 123456789012345678901234.56", "rate number -0.001",
		"/times/0 text 1970-01-01T00:00:00Z", "$envelope.op text c", "$key.id text 1970-01-02", `rest 1 {"times":[null]}`}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := read(t, o, &connectors.Message{Value: []byte(`{"schema":` + schema + `,"payload":{"before":null,"after":{"price":"%"},"op":"c"}}`)}, places...); code(err) != connectors.CodeMalformed {
		t.Errorf("a decimal that is not base64: %v", err)
	}
	if _, err := read(t, o, &connectors.Message{Value: []byte(`{"schema":null,"payload":{"before":null,"after":{"price":1},"op":"c"}}`)}, places...); err != nil {
		t.Errorf("without a schema: %v", err)
	}
}
