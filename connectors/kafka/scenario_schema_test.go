package kafka

import (
	"encoding/binary"
	"fmt"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"net/http"
	"net/http/httptest"

	"github.com/google/go-cmp/cmp"
	"github.com/hamba/avro/v2"
	"github.com/twmb/franz-go/pkg/kgo"
	"google.golang.org/protobuf/encoding/protowire"

	"insideout/connectors"
	"insideout/connectors/wire"
	"insideout/models"
	"insideout/testdata/broker"
	"insideout/testdata/registry"
)

// schemaScenarios need a schema registry beside the broker: the fake one beside the fake broker, Apicurio beside the real.
var schemaScenarios = []struct {
	name string
	run  func(t *testing.T, w world, registry, topic string)
}{
	{"avro evolves", avroEvolves},
	{"protobuf evolves", protobufEvolves},
	{"json schema", jsonSchemaRefuses},
	{"registry away", registryAway},
}

func TestFake_Schemas(t *testing.T) {
	for _, s := range schemaScenarios {
		t.Run(s.name, func(t *testing.T) { s.run(t, newFake(t), registry.New(t).URL, strings.ReplaceAll(s.name, " ", "-")) })
	}
}

func TestRealBroker_Schemas(t *testing.T) {
	url := broker.RequireRegistry(t)
	w := real{broker.Require(t, broker.Options{})}
	for _, s := range schemaScenarios {
		t.Run(s.name, func(t *testing.T) { s.run(t, w, url, strings.ReplaceAll(s.name, " ", "-")) })
	}
}

// schemaSource reads contacts with a team and a number of seconds from a topic with schemas.
func schemaSource(t *testing.T, w world, p connectors.Payload, cache, topic string, o Options) *Source {
	t.Helper()
	b, err := connectors.NewBinder(connectors.Mapping{To: "contacts", Map: map[string]connectors.Rule{
		"contact_id": {From: connectors.Places{"id"}}, "updated_at": {From: connectors.Places{"at"}},
		"team": {From: connectors.Places{"team"}}, "handle_seconds": {From: connectors.Places{"handle"}}, "cost": {From: connectors.Places{"cost"}},
	}}, connectors.BinderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := wire.NewRegistry(*p.Registry, wire.RegistryOptions{Cache: cache, Tries: 3, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	x, err := wire.Messages(b.Places(), wire.Options{Payload: p, Registry: r})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New("letters", Config{Brokers: []string{w.addr()}, Topic: topic, Payload: p}, b, x, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// confluent puts the frame of the wire format in front of a payload.
func confluent(id int, path []byte, payload []byte) []byte {
	return append(append(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), path...), payload...)
}

func encodeAvro(t *testing.T, schema string, v any) []byte {
	t.Helper()
	s, err := avro.Parse(schema)
	if err != nil {
		t.Fatal(err)
	}
	b, err := avro.Marshal(s, v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// columns returns the rows of a delivery as texts: the columns of schemaSource, null as "-".
func columns(d *models.Delivery) (rows []string) {
	for _, b := range d.Records {
		for i := range b.Rows() {
			row := fmt.Sprint(b.Positions[i])
			for _, name := range []string{"contact_id", "updated_at", "team", "handle_seconds", "cost"} {
				at := b.Schema.Field(name)
				c := b.Columns[at]
				switch {
				case !c.Valid[i]:
					row += " -"
				case c.Texts != nil && b.Schema.Fields[at].Kind == models.Text:
					row += " " + c.Texts[i]
				case b.Schema.Fields[at].Kind == models.Real:
					row += fmt.Sprintf(" %v", c.Reals[i])
				default:
					row += fmt.Sprintf(" %d", c.Ints[i])
				}
			}
			rows = append(rows, row)
		}
	}
	return rows
}

const (
	avroFirst  = `{"type":"record","name":"Contact","namespace":"desk","fields":[{"name":"id","type":"string"},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"team","type":"string"}]}`
	avroSecond = `{"type":"record","name":"Contact","namespace":"desk","fields":[{"name":"id","type":"string"},{"name":"at","type":{"type":"long","logicalType":"timestamp-micros"}},{"name":"team","type":["null","string"],"default":null},{"name":"handle","type":["null","long"],"default":null},{"name":"channel","type":"string","default":"phone"}]}`
	avroThird  = `{"type":"record","name":"Contact","namespace":"desk","fields":[{"name":"id","type":"string"},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"team","type":"string"},{"name":"handle","type":"string"}]}`
)

// avroEvolves writes with three schemas of one topic: a field comes, one changes its unit, one its type.
func avroEvolves(t *testing.T, w world, url, topic string) {
	w.create(t, topic, 1, nil)
	// Each under a subject of its own: a registry that guards compatibility would refuse the last one, and topics meet it
	// all the same, when somebody registers it elsewhere.
	first := registry.Register(t, url, topic+"-1", "AVRO", avroFirst)
	second := registry.Register(t, url, topic+"-2", "AVRO", avroSecond)
	third := registry.Register(t, url, topic+"-3", "AVRO", avroThird)
	at := time.Date(2025, 3, 3, 10, 0, 0, 0, time.UTC)
	put := func(id int, schema string, v map[string]any) *kgo.Record {
		return &kgo.Record{Topic: topic, Value: confluent(id, nil, encodeAvro(t, schema, v))}
	}
	send(t, producer(t, w),
		put(first, avroFirst, map[string]any{"id": "a", "at": at, "team": "north"}),
		put(second, avroSecond, map[string]any{"id": "b", "at": at.Add(time.Microsecond), "team": nil, "handle": map[string]any{"long": int64(9007199254740993)}, "channel": "mail"}),
		put(third, avroThird, map[string]any{"id": "c", "at": at, "team": "south", "handle": "long"}),
		put(third, avroThird, map[string]any{"id": "d", "at": at, "team": "south", "handle": "12"}),
		&kgo.Record{Topic: topic, Value: confluent(first, nil, []byte{2})},
		&kgo.Record{Topic: topic, Value: confluent(first+second+third+1000, nil, []byte{2})},
		&kgo.Record{Topic: topic, Value: []byte(`{"id":"plain"}`)},
		&kgo.Record{Topic: topic, Key: []byte("a")},
	)
	var notices []string
	l := newLake(t)
	var rows []string
	l.after = func(d *models.Delivery) error { rows = append(rows, columns(d)...); return nil }
	p := connectors.Payload{Format: connectors.FormatAvro, Registry: &connectors.Registry{URL: url}}
	l.mustPull(schemaSource(t, w, p, "", topic, Options{Notice: func(m string) { notices = append(notices, m) }}))
	micros := at.UnixMicro()
	if diff := cmp.Diff([]string{
		fmt.Sprintf("0 a %d north - -", micros),
		// A double would have made ...992 of it.
		fmt.Sprintf("1 b %d - 9007199254740993 -", micros+1),
		fmt.Sprintf("3 d %d south 12 -", micros),
	}, rows); diff != "" {
		t.Error(diff)
	}
	wantRejects(t, l, "2 wrong_type handle_seconds", "4 malformed ", "5 unknown_schema ", "6 malformed ")
	if l.total.Filtered != 1 {
		t.Errorf("%d filtered, want the tombstone", l.total.Filtered)
	}
	if !slices.ContainsFunc(notices, func(n string) bool {
		return strings.Contains(n, fmt.Sprintf("schema %d has no cost, handle: empty in 1 messages", first))
	}) {
		t.Errorf("what a schema lacks is not said: %q", notices)
	}
}

func wantRejects(t *testing.T, l *lake, want ...string) {
	t.Helper()
	var got []string
	for _, r := range l.rejects {
		got = append(got, fmt.Sprintf("%d %s %s", r.Position, r.Code, r.Field))
		if r.Detail == "" || r.Raw == nil {
			t.Errorf("reject without detail or payload: %+v", r)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
		for _, r := range l.rejects {
			t.Logf("%d: %s", r.Position, r.Detail)
		}
	}
}

const (
	protoCommon = `syntax = "proto3"; package desk; message Money { int64 cents = 1; }`
	protoFirst  = `syntax = "proto3"; package desk; import "google/protobuf/timestamp.proto";
message Unused { string x = 1; }
message Outer { message Contact { string id = 1; google.protobuf.Timestamp at = 2; string team = 3; int64 handle = 4; } }`
	protoSecond = `syntax = "proto3"; package desk; import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto"; import "common.proto";
message Contact { string id = 1; google.protobuf.Timestamp at = 2; optional string team = 3; optional int64 handle = 4; Money price = 5; google.protobuf.DoubleValue cost = 6; }`
)

// protobufEvolves writes with two schemas: in the first the message is nested and its numbers have no presence, in the
// second they have, and another file is imported.
func protobufEvolves(t *testing.T, w world, url, topic string) {
	w.create(t, topic, 1, nil)
	registry.Register(t, url, topic+"-common", "PROTOBUF", protoCommon)
	first := registry.Register(t, url, topic+"-1", "PROTOBUF", protoFirst)
	second := registry.Register(t, url, topic+"-2", "PROTOBUF", protoSecond, registry.Reference{Name: "common.proto", Subject: topic + "-common", Version: 1})
	at := time.Date(2025, 3, 3, 10, 0, 0, 0, time.UTC)
	var stamp []byte
	stamp = protowire.AppendVarint(protowire.AppendTag(stamp, 1, protowire.VarintType), uint64(at.Unix()))
	contact := func(id, team string, more ...byte) []byte {
		b := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), id)
		b = protowire.AppendBytes(protowire.AppendTag(b, 2, protowire.BytesType), stamp)
		if team != "" {
			b = protowire.AppendString(protowire.AppendTag(b, 3, protowire.BytesType), team)
		}
		return append(b, more...)
	}
	handle := protowire.AppendVarint(protowire.AppendTag(nil, 4, protowire.VarintType), 1<<53+1)
	cost := protowire.AppendBytes(protowire.AppendTag(nil, 6, protowire.BytesType), protowire.AppendFixed64(protowire.AppendTag(nil, 1, protowire.Fixed64Type), 0x4004000000000000)) // 2.5
	send(t, producer(t, w),
		&kgo.Record{Topic: topic, Value: confluent(first, []byte{4, 2, 0}, contact("a", "north"))}, // the path [1 0]; handle is 0
		&kgo.Record{Topic: topic, Value: confluent(second, []byte{0}, contact("b", "", append(handle, cost...)...))},
		&kgo.Record{Topic: topic, Value: confluent(second, []byte{2, 0}, contact("c", "south"))}, // [0] written out
		&kgo.Record{Topic: topic, Value: confluent(second, []byte{2, 8}, contact("d", ""))},      // no such message
		&kgo.Record{Topic: topic, Value: confluent(second, []byte{0}, []byte{0x0a, 0x7f})},
	)
	l := newLake(t)
	var rows []string
	l.after = func(d *models.Delivery) error { rows = append(rows, columns(d)...); return nil }
	p := connectors.Payload{Format: connectors.FormatProtobuf, Registry: &connectors.Registry{URL: url}}
	l.mustPull(schemaSource(t, w, p, "", topic, Options{}))
	micros := at.UnixMicro()
	if diff := cmp.Diff([]string{
		fmt.Sprintf("0 a %d north 0 -", micros),
		fmt.Sprintf("1 b %d - 9007199254740993 2.5", micros),
		fmt.Sprintf("2 c %d south - -", micros),
	}, rows); diff != "" {
		t.Error(diff)
	}
	wantRejects(t, l, "3 unknown_schema ", "4 malformed ")
}

func jsonSchemaRefuses(t *testing.T, w world, url, topic string) {
	w.create(t, topic, 1, nil)
	id := registry.Register(t, url, topic+"-value", "JSON", `{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","required":["id"],"properties":{"id":{"type":"string"},"at":{"type":"string"},"handle":{"type":"integer","minimum":0}}}`)
	send(t, producer(t, w),
		&kgo.Record{Topic: topic, Value: confluent(id, nil, []byte(`{"id":"a","at":"2025-03-03T10:00:00Z","handle":12}`))},
		&kgo.Record{Topic: topic, Value: confluent(id, nil, []byte(`{"id":"b","at":"2025-03-03T10:00:00Z","handle":-12}`))},
		&kgo.Record{Topic: topic, Value: confluent(id, nil, []byte(`{"id":"c","id":"c","at":"2025-03-03T10:00:00Z"}`))},
	)
	l := newLake(t)
	p := connectors.Payload{Format: connectors.FormatJSONSchema, Registry: &connectors.Registry{URL: url}}
	l.mustPull(schemaSource(t, w, p, "", topic, Options{}))
	wantRejects(t, l, "1 schema ", "2 malformed ")
	if d := l.rejects[0].Detail; !strings.Contains(d, `"/handle" it breaks the rule minimum`) || strings.Contains(d, "12") {
		t.Errorf("the reason: %s", d)
	}
	if got := l.all(topic + "/0"); !slices.Equal(got, []string{"a"}) {
		t.Errorf("loaded %v", got)
	}
}

// registryAway has the registry behind a door that can be shut. A run that knows its schemas goes on without it; one that
// meets a new schema stops, keeps its position, and loses nothing.
func registryAway(t *testing.T, w world, behind, topic string) {
	w.create(t, topic, 1, nil)
	target, err := url.Parse(behind)
	if err != nil {
		t.Fatal(err)
	}
	var shut atomic.Bool
	var asked atomic.Int64
	proxy := httputil.NewSingleHostReverseProxy(target)
	door := httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, q *http.Request) {
		asked.Add(1)
		if shut.Load() {
			a.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(a, q)
	}))
	defer door.Close()
	first := registry.Register(t, behind, topic+"-1", "AVRO", avroFirst)
	second := registry.Register(t, behind, topic+"-2", "AVRO", avroSecond)
	at := time.Date(2025, 3, 3, 10, 0, 0, 0, time.UTC)
	put := func(id int, schema, name string) *kgo.Record {
		v := map[string]any{"id": name, "at": at, "team": "north", "handle": nil, "channel": "mail"}
		if schema == avroSecond {
			v["team"] = map[string]any{"string": "north"}
		}
		return &kgo.Record{Topic: topic, Value: confluent(id, nil, encodeAvro(t, schema, v))}
	}
	c := producer(t, w)
	p := connectors.Payload{Format: connectors.FormatAvro, Registry: &connectors.Registry{URL: door.URL}}
	cache := t.TempDir()
	l := newLake(t)
	send(t, c, put(first, avroFirst, "a"))
	l.mustPull(schemaSource(t, w, p, cache, topic, Options{}))
	before := asked.Load()

	shut.Store(true)
	send(t, c, put(first, avroFirst, "b"))
	l.mustPull(schemaSource(t, w, p, cache, topic, Options{})) // another process: only the folder remembers
	if got := asked.Load(); got != before {
		t.Errorf("the registry was asked %d times for a schema in the cache", got-before)
	}
	send(t, c, put(first, avroFirst, "c"), put(second, avroSecond, "d"), put(first, avroFirst, "e"))
	environment(t, l.pull(schemaSource(t, w, p, cache, topic, Options{})), "schema registry", door.URL, "503", "asked 3 times")
	if asked.Load() != before+3 {
		t.Errorf("asked %d times, want 3", asked.Load()-before)
	}
	shut.Store(false)
	l.mustPull(schemaSource(t, w, p, cache, topic, Options{}))
	if got := l.all(topic + "/0"); !slices.Equal(got, []string{"a", "b", "c", "d", "e"}) {
		t.Errorf("loaded %v", got)
	}
	if len(l.rejects) > 0 {
		t.Errorf("rejects: %+v", l.rejects)
	}
}
