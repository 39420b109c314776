package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hamba/avro/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"insideout/connectors"
	"insideout/connectors/file"
	"insideout/connectors/kafka"
	"insideout/connectors/wire"
	"insideout/models"
	"insideout/pipelines"
	"insideout/pipelines/lake"
	"insideout/testdata/broker"
	"insideout/testdata/registry"
)

// The rates of ingestion with every check on: mapping, types, ranges, pseudonyms, accounting, Parquet, commit with fsync. A
// figure per CPU-second counts all work of this process, garbage collection included, and none of the broker's. It commits
// where a run does.
//
//	go test ./cmd/insideout -run '^$' -bench Ingest -benchtime 1x
//	INSIDEOUT_GB=10 go test ./cmd/insideout -run '^$' -bench IngestMuch -benchtime 1x -timeout 2h

const benchMessages = 1_000_000

// much is the number of messages of a length that make INSIDEOUT_GB gigabytes, 1 by default.
func much(b *testing.B, message func([]byte, int) []byte) int {
	gb := 1.0
	if s := os.Getenv("INSIDEOUT_GB"); s != "" {
		var err error
		if gb, err = strconv.ParseFloat(s, 64); err != nil {
			b.Fatal(err)
		}
	}
	return int(gb * 1e9 / float64(len(message(nil, 12_345_678))))
}

// BenchmarkIngestMuch is about memory: it reads as much as the machine allows, and the peak must not grow with it.
func BenchmarkIngestMuchKafka(b *testing.B) {
	ingestTopic(b, wire.Options{}, much(b, message), message)
}

func BenchmarkIngestMuchCSV(b *testing.B) {
	dir := b.TempDir()
	n := much(b, line)
	bytes := writeCSV(b, filepath.Join(dir, "contacts.csv"), n)
	for b.Loop() {
		ingest(b, contactMapping(), csvSource(dir), int64(n), bytes)
	}
}

func csvSource(dir string) func(*connectors.Binder, connectors.Extractor) (connectors.Source, error) {
	return func(bind *connectors.Binder, x connectors.Extractor) (connectors.Source, error) {
		return file.New("bench", file.Config{Path: "contacts.csv"}, dir, bind, x)
	}
}

func contactMapping() connectors.Mapping {
	at := func(place string) connectors.Rule {
		return connectors.Rule{From: connectors.Places{place}, Time: "2006-01-02T15:04:05Z07:00"}
	}
	from := func(place string) connectors.Rule { return connectors.Rule{From: connectors.Places{place}} }
	return connectors.Mapping{To: "contacts", Map: map[string]connectors.Rule{
		"contact_id": from("id"), "updated_at": at("at"), "started_at": at("opened"), "customer": from("customer"), "team": from("team"),
		"channel": from("channel"), "reason": from("reason"), "demand": from("demand"), "handle_seconds": from("handle"),
	}}
}

// message is about 190 bytes of JSON.
func message(b []byte, i int) []byte {
	at := time.Date(2025, 1, 6, 8, 0, 0, 0, time.UTC).Add(time.Duration(i) * 7 * time.Second).Format(time.RFC3339)
	return fmt.Appendf(b, `{"id":"c%08d","at":"%s","opened":"%s","customer":"k%07d","team":"team-%02d","channel":"%s","reason":"%s","demand":"%s","handle":%d}`,
		i, at, at, (i*7919)%400_000, i%40, []string{"phone", "chat", "mail"}[i%3], []string{"bill/amount", "meter/reading", "move/out"}[(i/3)%3],
		[]string{"value", "failure"}[i%2], 60+i%900)
}

func BenchmarkIngestKafka(b *testing.B) {
	ingestTopic(b, wire.Options{}, benchMessages, message)
}

// BenchmarkIngestKafkaAvro has the same contacts in Avro, with times as timestamps, behind a schema registry.
func BenchmarkIngestKafkaAvro(b *testing.B) {
	const text = `{"type":"record","name":"Contact","fields":[{"name":"id","type":"string"},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"opened","type":{"type":"long","logicalType":"timestamp-millis"}},
{"name":"customer","type":["null","string"]},{"name":"team","type":"string"},{"name":"channel","type":{"type":"enum","name":"Channel","symbols":["phone","chat","mail"]}},{"name":"reason","type":"string"},{"name":"demand","type":"string"},{"name":"handle","type":"int"}]}`
	f := registry.New(b)
	id := registry.Register(b, f.URL, "bench-value", "AVRO", text)
	schema := avro.MustParse(text)
	r, err := wire.NewRegistry(connectors.Registry{URL: f.URL}, wire.RegistryOptions{})
	if err != nil {
		b.Fatal(err)
	}
	ingestTopic(b, wire.Options{Payload: connectors.Payload{Format: connectors.FormatAvro}, Registry: r}, benchMessages, func(out []byte, i int) []byte {
		at := time.Date(2025, 1, 6, 8, 0, 0, 0, time.UTC).Add(time.Duration(i) * 7 * time.Second)
		v, err := avro.Marshal(schema, map[string]any{"id": fmt.Sprintf("c%08d", i), "at": at, "opened": at, "customer": map[string]any{"string": fmt.Sprintf("k%07d", (i*7919)%400_000)}, "team": fmt.Sprintf("team-%02d", i%40),
			"channel": []string{"phone", "chat", "mail"}[i%3], "reason": []string{"bill/amount", "meter/reading", "move/out"}[(i/3)%3], "demand": []string{"value", "failure"}[i%2], "handle": 60 + i%900})
		if err != nil {
			b.Fatal(err)
		}
		return append(binary.BigEndian.AppendUint32(append(out, 0), uint32(id)), v...)
	})
}

// ingestTopic fills a topic of a real broker with messages, and has them read and stored.
func ingestTopic(b *testing.B, o wire.Options, messages int, message func([]byte, int) []byte) {
	k := broker.Require(b, broker.Options{})
	ctx := context.Background()
	if err := k.CreateTopic(ctx, "bench", 4, nil); err != nil {
		b.Fatal(err)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(k.Addr()), kgo.DefaultProduceTopic("bench"), kgo.ProducerBatchCompression(kgo.Lz4Compression()))
	if err != nil {
		b.Fatal(err)
	}
	var bytes int64
	for i := range messages {
		v := message(nil, i)
		bytes += int64(len(v))
		client.Produce(ctx, &kgo.Record{Value: v}, nil)
	}
	if err := client.Flush(ctx); err != nil {
		b.Fatal(err)
	}
	client.Close()
	for b.Loop() {
		source := func(bind *connectors.Binder, _ connectors.Extractor) (connectors.Source, error) {
			r, err := wire.Messages(bind.Places(), o)
			if err != nil {
				return nil, err
			}
			return kafka.New("bench", kafka.Config{Brokers: []string{k.Addr()}, Topic: "bench"}, bind, r, kafka.Options{})
		}
		m := contactMapping()
		if o.Payload.Format != "" { // the decoder writes times as RFC 3339, which is the default
			for name, rule := range m.Map {
				rule.Time = ""
				m.Map[name] = rule
			}
		}
		ingest(b, m, source, int64(messages), bytes)
	}
}

func BenchmarkIngestCSV(b *testing.B) {
	dir := b.TempDir()
	path := filepath.Join(dir, "contacts.csv")
	bytes := writeCSV(b, path, benchMessages)
	source := csvSource(dir)
	plain := contactMapping()
	plain.Map["segment"] = plain.Map["customer"]
	delete(plain.Map, "customer")
	for _, c := range []struct {
		name string
		m    connectors.Mapping
	}{{"as_duckdb", plain}, {"with_pseudonyms", contactMapping()}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				ours := ingest(b, c.m, source, benchMessages, bytes)
				rival := duckCSV(b, path)
				b.ReportMetric(float64(bytes)/1e6/rival, "duckdb_MB/cpu-s")
				b.ReportMetric(rival/ours, "of_duckdb")
			}
		})
	}
}

// line is a contact as a line of CSV, about 97 bytes.
func line(out []byte, i int) []byte {
	at := time.Date(2025, 1, 6, 8, 0, 0, 0, time.UTC).Add(time.Duration(i) * 7 * time.Second).Format(time.RFC3339)
	return fmt.Appendf(out, "c%08d,%s,%s,k%07d,team-%02d,%s,%s,%s,%d\n", i, at, at, (i*7919)%400_000, i%40, []string{"phone", "chat", "mail"}[i%3],
		[]string{"bill/amount", "meter/reading", "move/out"}[(i/3)%3], []string{"value", "failure"}[i%2], 60+i%900)
}

func writeCSV(b *testing.B, path string, rows int) int64 {
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "id,at,opened,customer,team,channel,reason,demand,handle")
	var text []byte
	for i := range rows {
		text = line(text[:0], i)
		if _, err := w.Write(text); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return info.Size()
}

// ingest pulls a source into a new lake and reports the rates; it returns the CPU-seconds it took.
func ingest(b *testing.B, m connectors.Mapping, open func(*connectors.Binder, connectors.Extractor) (connectors.Source, error), rows, bytes int64) float64 {
	b.Helper()
	ctx := context.Background()
	bind, err := connectors.NewBinder(m, connectors.BinderOptions{Pseudonym: pipelines.Pseudonyms([]byte("a key for nothing but this"))})
	if err != nil {
		b.Fatal(err)
	}
	x, err := wire.JSON(bind.Places())
	if err != nil {
		b.Fatal(err)
	}
	src, err := open(bind, x)
	if err != nil {
		b.Fatal(err)
	}
	l, err := lake.Open(b.TempDir(), lake.Options{RunID: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	forgetPeak()
	cpu, wall := cpuSeconds(b), time.Now()
	cycle := l.Begin()
	if err := src.Pull(ctx, nil, func(_ context.Context, d *models.Delivery) error {
		if err := cycle.Add(d); err != nil || cycle.Rows() < 2_000_000 { // limits.commit_rows
			return err
		}
		_, err := cycle.Commit(ctx)
		cycle = l.Begin()
		return err
	}); err != nil {
		b.Fatal(err)
	}
	if _, err := cycle.Commit(ctx); err != nil {
		b.Fatal(err)
	}
	cpu, took := cpuSeconds(b)-cpu, time.Since(wall).Seconds()
	if t := l.Snapshot().Totals(); len(t) != 1 || t[0].Records != rows {
		b.Fatalf("the lake holds %+v, want %d records", t, rows)
	}
	b.ReportMetric(float64(rows)/cpu, "rows/cpu-s")
	b.ReportMetric(float64(rows)/took, "rows/s")
	b.ReportMetric(float64(bytes)/1e6/cpu, "MB/cpu-s")
	b.ReportMetric(peakMB(b), "peak_MB")
	return cpu
}

// duckCSV has DuckDB convert the same file with the same types declared, to Parquet with the same compression, and returns
// its CPU-seconds. It keeps no positions, pseudonyms, ranges or account of rows.
func duckCSV(b *testing.B, path string) float64 {
	b.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("set threads = 1"); err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	cpu := cpuSeconds(b)
	_, err = db.Exec(fmt.Sprintf(`copy (select * from read_csv('%s', header = true, columns = {'id': 'varchar', 'at': 'timestamptz', 'opened': 'timestamptz', 'customer': 'varchar',
		'team': 'varchar', 'channel': 'varchar', 'reason': 'varchar', 'demand': 'varchar', 'handle': 'bigint'})) to '%s' (format parquet, compression zstd)`,
		path, filepath.Join(b.TempDir(), "out.parquet")))
	if err != nil {
		b.Fatal(err)
	}
	return cpuSeconds(b) - cpu
}

func cpuSeconds(b *testing.B) float64 {
	b.Helper()
	u := usage(b)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// peakMB is the most memory that the process has held since forgetPeak.
func peakMB(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return float64(usage(b).Maxrss) / 1024
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kib, err := strconv.ParseFloat(strings.Fields(rest + " ?")[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}

// forgetPeak gives back what producers and rivals in this process have left, and begins the peak anew.
func forgetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // without it the peak is that of the whole process
}

func usage(b *testing.B) syscall.Rusage {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u
}
