//go:build unix

package kafka

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"insideout/connectors"
	"insideout/connectors/wire"
	"insideout/models"
	"insideout/testdata/broker"
)

// TestMain lets this binary be the fake broker of a benchmark: in a process of its own its work is not counted.
func TestMain(m *testing.M) {
	if os.Getenv("KAFKA_BENCH_BROKER") == "1" {
		cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("broker", cluster.ListenAddrs()[0])
		bufio.NewReader(os.Stdin).ReadByte() // until the benchmark closes the pipe, or is gone
		cluster.Close()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// remote is a broker in another process, for which addr is all there is.
type remote struct {
	world
	address string
}

func (r remote) addr() string { return r.address }

func fakeElsewhere(b testing.TB) remote {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "KAFKA_BENCH_BROKER=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "broker ") {
		b.Fatalf("the fake broker said %q (%v)", line, err)
	}
	return remote{address: strings.TrimSpace(strings.TrimPrefix(line, "broker "))}
}

const benchMessages = 1_000_000

// contact is about 190 bytes, as the messages of the reference figures are.
func contact(i int) []byte {
	return fmt.Appendf(nil, `{"id":"C-%08d","updated_at":"2025-03-%02dT09:%02d:%02dZ","team":"billing-%d","channel":"phone","reason":"invoice/amount","demand":"failure","handle_seconds":%d,"account":"cu-%06d","queue":%d}`,
		i, 1+i%28, i/60%60, i%60, i%40, i%900, i%200_000, i%7)
}

func contactSource(b testing.TB, w world, topic string, pseudonym bool) *Source {
	rules := map[string]connectors.Rule{"updated_at": {From: connectors.Places{"updated_at"}}, "contact_id": {From: connectors.Places{"id"}}}
	for _, f := range []string{"team", "channel", "reason", "demand", "handle_seconds"} {
		rules[f] = connectors.Rule{From: connectors.Places{f}}
	}
	o := connectors.BinderOptions{}
	if pseudonym {
		rules["customer"] = connectors.Rule{From: connectors.Places{"account"}}
		mac := hmac.New(sha256.New, []byte("a key of thirty-two bytes, or so"))
		var sum []byte
		o.Pseudonym = func(raw []byte) string {
			mac.Reset()
			mac.Write(raw)
			sum = mac.Sum(sum[:0])
			return hex.EncodeToString(sum[:16])
		}
	}
	binder, err := connectors.NewBinder(connectors.Mapping{To: "contacts", Map: rules}, o)
	if err != nil {
		b.Fatal(err)
	}
	x, err := wire.Messages(binder.Places(), wire.Options{})
	if err != nil {
		b.Fatal(err)
	}
	s, err := New("contacts", Config{Brokers: []string{w.addr()}, Topic: topic}, binder, x, Options{})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// The memory of a pull does not grow with the topic. The fake broker is another process.
func TestPull_Memory(t *testing.T) {
	w := fakeElsewhere(t)
	const messages = 400_000 // 76 MB of values
	load(t, w, "contacts", kgo.ZstdCompression(), messages)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, most, loaded := m.HeapAlloc, uint64(0), int64(0)
	if err := contactSource(t, w, "contacts", true).Pull(t.Context(), nil, func(_ context.Context, d *models.Delivery) error {
		runtime.ReadMemStats(&m)
		most, loaded = max(most, m.HeapAlloc), loaded+d.Range.Loaded
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if loaded != messages {
		t.Errorf("%d messages", loaded)
	}
	t.Logf("heap before %d KiB, at most %d KiB", before>>10, most>>10)
	if most > before+64<<20 {
		t.Errorf("the heap grew from %d to %d MiB", before>>20, most>>20)
	}
}

// BenchmarkKafkaPull reads a million JSON messages of about 190 bytes from three partitions, through the extractor and the
// binder, and throws the records away. Beside the wall clock it gives messages per second of this process's own
// processor time, user and system, which does not depend on what else the machine does. The broker is another process.
//
//	go test ./connectors/kafka -run '^$' -bench KafkaPull -benchtime 3x
func BenchmarkKafkaPull(b *testing.B) {
	b.Run("fake", func(b *testing.B) { pulls(b, fakeElsewhere(b)) })
	b.Run("real", func(b *testing.B) {
		pulls(b, real{broker.Require(b, broker.Options{HeapMB: 768})})
	})
}

func pulls(b *testing.B, w world) {
	for _, codec := range []struct {
		name string
		kgo.CompressionCodec
	}{{"none", kgo.NoCompression()}, {"lz4", kgo.Lz4Compression()}, {"zstd", kgo.ZstdCompression()}} {
		topic := "bench-" + codec.name
		bytes := load(b, w, topic, codec.CompressionCodec, benchMessages)
		for _, pseudonym := range []bool{false, true} {
			name := codec.name
			if pseudonym {
				name += "+hmac"
			}
			b.Run(name, func(b *testing.B) {
				s := contactSource(b, w, topic, pseudonym)
				b.SetBytes(bytes)
				b.ReportAllocs()
				var loaded int64
				cpu := processorTime(b)
				for b.Loop() {
					if err := s.Pull(context.Background(), nil, func(_ context.Context, d *models.Delivery) error {
						loaded += d.Range.Loaded
						return nil
					}); err != nil {
						b.Fatal(err)
					}
				}
				cpu = processorTime(b) - cpu
				if loaded != int64(b.N)*benchMessages {
					b.Fatalf("%d messages loaded in %d pulls", loaded, b.N)
				}
				b.ReportMetric(float64(loaded)/b.Elapsed().Seconds(), "msg/s")
				b.ReportMetric(float64(loaded)/cpu.Seconds(), "msg/cpu-s")
			})
		}
	}
}

// load fills a topic and returns the bytes of its values.
func load(b testing.TB, w world, topic string, codec kgo.CompressionCodec, messages int) (bytes int64) {
	c := producer(b, w, kgo.ProducerBatchCompression(codec), kgo.MaxBufferedRecords(50_000), kgo.ProducerLinger(20*time.Millisecond))
	ctx := context.Background()
	if _, err := kadm.NewClient(c).CreateTopic(ctx, 3, 1, nil, topic); err != nil {
		b.Fatal(err)
	}
	for i := range messages {
		v := contact(i)
		bytes += int64(len(v))
		c.Produce(ctx, &kgo.Record{Topic: topic, Partition: int32(i % 3), Key: v[7:17], Value: v}, func(_ *kgo.Record, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	if err := c.Flush(ctx); err != nil {
		b.Fatal(err)
	}
	return bytes
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
