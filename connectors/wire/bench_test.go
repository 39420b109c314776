package wire

import (
	"encoding/json"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/hamba/avro/v2"
	"github.com/tidwall/gjson"
	"github.com/valyala/fastjson"

	"insideout/connectors"
)

// contactEvents are contact events of about 190 bytes, as a desk would send them.
func contactEvents(n int) [][]byte {
	out := make([][]byte, n)
	types := []string{"complaint", "question", "order"}
	for i := range out {
		out[i] = fmt.Appendf(nil, `{"id":"c-%07d","updated_at":"2025-03-%02dT%02d:%02d:%02dZ","team":"team-%02d","channel":"phone","type":"%s","reason":"billing/late","handle":%d,"customer":"cu-%06d","priority":"high"}`,
			i, i%28+1, i%24, i%60, i%59, i%40, types[i%3], i%900, i*7919%100000)
	}
	return out
}

func mapping() connectors.Mapping {
	from := func(p string) connectors.Rule { return connectors.Rule{From: connectors.Places{p}} }
	other := "unknown"
	return connectors.Mapping{To: "contacts", Map: map[string]connectors.Rule{
		"contact_id": from("id"), "updated_at": from("updated_at"), "team": from("team"), "channel": from("channel"),
		"demand": {From: connectors.Places{"type"}, Values: map[string]string{"complaint": "failure", "question": "value"}, Otherwise: &other},
		"reason": from("reason"), "handle_seconds": from("handle"), "customer": from("customer"),
	}}
}

// processor is the time that all threads of this process have used: a rate per core that other load does not touch.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkJSONBind is the whole way of a message from its bytes to the columns of a batch, without the hash of the
// pseudonym, which belongs to the run.
func BenchmarkJSONBind(b *testing.B) {
	binder, err := connectors.NewBinder(mapping(), connectors.BinderOptions{Pseudonym: func(raw []byte) string { return string(raw) }})
	if err != nil {
		b.Fatal(err)
	}
	x, err := JSON(binder.Places())
	if err != nil {
		b.Fatal(err)
	}
	in := contactEvents(8192)
	values := make([]connectors.Value, len(binder.Places()))
	b.SetBytes(int64(len(in[0])))
	b.ReportAllocs()
	i := 0
	start := processor(b)
	for b.Loop() {
		if i == len(in) {
			i = 0
			binder.Batch()
			binder.Reset()
		}
		if err := x.Extract(in[i], values); err != nil {
			b.Fatal(err)
		}
		if _, _, _, bad := binder.Bind(values, x.Rest, int64(i)); bad != nil {
			b.Fatal(bad)
		}
		i++
	}
	b.ReportMetric(float64(b.N)/(processor(b)-start).Seconds(), "msg/core-s")
}

// BenchmarkJSON compares ways to take eight values out of a message. Only the first two are strict.
func BenchmarkJSON(b *testing.B) {
	in := contactEvents(8192)
	places := []string{"id", "updated_at", "team", "channel", "type", "reason", "handle", "customer"}
	b.Run("wire", func(b *testing.B) {
		x, err := JSON(places)
		if err != nil {
			b.Fatal(err)
		}
		values := make([]connectors.Value, len(places))
		b.SetBytes(int64(len(in[0])))
		for i := 0; b.Loop(); i++ {
			if err := x.Extract(in[i%len(in)], values); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json-map", func(b *testing.B) {
		b.SetBytes(int64(len(in[0])))
		for i := 0; b.Loop(); i++ {
			var m map[string]json.RawMessage
			if err := json.Unmarshal(in[i%len(in)], &m); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("gjson-valid-getmany", func(b *testing.B) {
		b.SetBytes(int64(len(in[0])))
		for i := 0; b.Loop(); i++ {
			p := in[i%len(in)]
			if !gjson.ValidBytes(p) {
				b.Fatal("invalid")
			}
			if got := gjson.GetManyBytes(p, places...); len(got) != len(places) {
				b.Fatal(got)
			}
		}
	})
	b.Run("fastjson", func(b *testing.B) {
		var parser fastjson.Parser
		b.SetBytes(int64(len(in[0])))
		for i := 0; b.Loop(); i++ {
			v, err := parser.ParseBytes(in[i%len(in)])
			if err != nil {
				b.Fatal(err)
			}
			for _, place := range places {
				if v.Get(place) == nil {
					b.Fatal(place)
				}
			}
		}
	})
}

// BenchmarkAvro decodes contact events of some 70 bytes: here, to JSON and on to eight values, and by hamba/avro into a map.
func BenchmarkAvro(b *testing.B) {
	const text = `{"type":"record","name":"Contact","fields":[{"name":"id","type":"string"},{"name":"updated_at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"team","type":"string"},{"name":"channel","type":"string"},
{"name":"type","type":{"type":"enum","name":"Type","symbols":["complaint","question"]}},{"name":"reason","type":["null","string"]},{"name":"handle","type":"int"},{"name":"customer","type":"string"}]}`
	s := avro.MustParse(text)
	value, err := avro.Marshal(s, map[string]any{"id": "c-0000001", "updated_at": time.UnixMilli(1741000000123), "team": "team-01", "channel": "phone", "type": "complaint",
		"reason": map[string]any{"string": "billing/late"}, "handle": 312, "customer": "cu-000123"})
	if err != nil {
		b.Fatal(err)
	}
	places := []string{"id", "updated_at", "team", "channel", "type", "reason", "handle", "customer"}
	sc := &schemas{format: connectors.FormatAvro, wanted: func(*schema) {}}
	if err := sc.fileSchema(text, ""); err != nil {
		b.Fatal(err)
	}
	x, err := JSON(places)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("ours", func(b *testing.B) {
		values := make([]connectors.Value, len(places))
		m := &connectors.Message{Value: value}
		var out []byte
		b.ReportAllocs()
		start := processor(b)
		for b.Loop() {
			if out, _, err = sc.decode(b.Context(), out[:0], m, false); err != nil {
				b.Fatal(err)
			}
			if err := x.Extract(out, values); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/(processor(b)-start).Seconds(), "msg/core-s")
	})
	b.Run("hamba", func(b *testing.B) {
		b.ReportAllocs()
		start := processor(b)
		for b.Loop() {
			var v map[string]any
			if err := avro.Unmarshal(s, value, &v); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/(processor(b)-start).Seconds(), "msg/core-s")
	})
}
