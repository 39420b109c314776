package kafka

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"insideout/connectors"
	"insideout/connectors/conformance"
	"insideout/connectors/wire"
)

func TestConformance_Fake(t *testing.T) {
	conformance.Run(t, func(t *testing.T) conformance.Case { return conform(t, newFake(t), "rows", 1) })
}

func TestConformance_Workers(t *testing.T) {
	conformance.Run(t, func(t *testing.T) conformance.Case { return conform(t, newFake(t), "rows", 4) })
}

// conformReal runs the suite on a broker that is there, each test with a topic of its own.
func conformReal(t *testing.T, w world) {
	topics := 0
	conformance.Run(t, func(t *testing.T) conformance.Case {
		topics++
		return conform(t, w, fmt.Sprintf("rows%d", topics), 1+topics%2)
	})
}

func conform(t *testing.T, w world, topic string, workers int) conformance.Case {
	w.create(t, topic, 3, map[string]string{"max.message.bytes": "4194304"})
	return conformance.Case{
		Streams: 3,
		Write: func(t *testing.T, stream int, rows []conformance.Row) {
			c := producer(t, w, kgo.ProducerBatchMaxBytes(2<<20))
			records := make([]*kgo.Record, len(rows))
			for i, r := range rows {
				v, err := json.Marshal(map[string]string{"id": r.ID, "value": r.Value, "keep": r.Keep, "pad": r.Pad})
				if err != nil {
					t.Fatal(err)
				}
				records[i] = &kgo.Record{Topic: topic, Partition: int32(stream), Value: v}
			}
			send(t, c, records...)
		},
		Open: func(t *testing.T) connectors.Source {
			var hands []Hand
			for range workers {
				b := conformance.Binder(t)
				x, err := wire.Messages(b.Places(), wire.Options{})
				if err != nil {
					t.Fatal(err)
				}
				hands = append(hands, Hand{Binder: b, Reader: x})
			}
			s, err := New("topic of "+strings.ToLower(topic), Config{Brokers: []string{w.addr()}, Topic: topic}, hands[0].Binder, hands[0].Reader, Options{Rows: 3000, More: hands[1:]})
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	}
}
