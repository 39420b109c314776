package kafka

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
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

// world is a place to run a scenario in: the fake broker in this process, or a real one.
type world interface {
	addr() string
	create(t *testing.T, topic string, partitions int32, settings map[string]string)
	remove(t *testing.T, topic string)
	forget(t *testing.T, topic string, partition int32, before int64)
	compact(t *testing.T)
	kill(t *testing.T)
	revive(t *testing.T)
}

type fake struct {
	cluster *kfake.Cluster
	options []kfake.Opt
}

// newFake keeps its data in a folder, so that it can be killed and brought back.
func newFake(t *testing.T, options ...kfake.Opt) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	f := &fake{options: append([]kfake.Opt{kfake.NumBrokers(1), kfake.Ports(port), kfake.DataDir(t.TempDir())}, options...)}
	f.revive(t)
	t.Cleanup(func() {
		if f.cluster != nil {
			f.cluster.Close()
		}
	})
	return f
}

func (f *fake) addr() string { return f.cluster.ListenAddrs()[0] }

func (f *fake) create(t *testing.T, topic string, partitions int32, settings map[string]string) {
	t.Helper()
	if err := f.cluster.CreateTopic(topic, partitions, settings); err != nil {
		t.Fatal(err)
	}
}

func (f *fake) remove(t *testing.T, topic string) {
	t.Helper()
	if err := f.cluster.DeleteTopic(topic); err != nil {
		t.Fatal(err)
	}
}

func (f *fake) forget(t *testing.T, topic string, partition int32, before int64) {
	t.Helper()
	if err := f.cluster.DeleteRecords(topic, partition, before); err != nil {
		t.Fatal(err)
	}
}

func (f *fake) compact(*testing.T) { f.cluster.Compact() }

func (f *fake) kill(*testing.T) {
	f.cluster.Close()
	f.cluster = nil
}

func (f *fake) revive(t *testing.T) {
	t.Helper()
	c, err := kfake.NewCluster(f.options...)
	if err != nil {
		t.Fatal(err)
	}
	f.cluster = c
}

type real struct{ b *broker.Broker }

func (r real) addr() string { return r.b.Addr() }

func (r real) create(t *testing.T, topic string, partitions int32, settings map[string]string) {
	t.Helper()
	if err := r.b.CreateTopic(t.Context(), topic, partitions, settings); err != nil {
		t.Fatal(err)
	}
}

func (r real) remove(t *testing.T, topic string) {
	t.Helper()
	if err := r.b.DeleteTopic(t.Context(), topic); err != nil {
		t.Fatal(err)
	}
}

func (r real) forget(t *testing.T, topic string, partition int32, before int64) {
	t.Helper()
	if err := r.b.DeleteRecords(t.Context(), topic, partition, before); err != nil {
		t.Fatal(err)
	}
}

func (r real) compact(*testing.T) {} // it does so by itself, every half second

func (r real) kill(t *testing.T) {
	t.Helper()
	if err := r.b.Kill(); err != nil {
		t.Fatal(err)
	}
}

func (r real) revive(t *testing.T) {
	t.Helper()
	if err := r.b.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// source makes a source of contacts: {"id": text, "at": milliseconds}.
func source(t testing.TB, w world, cfg Config, o Options) *Source {
	t.Helper()
	b, err := connectors.NewBinder(connectors.Mapping{To: "contacts", Map: map[string]connectors.Rule{
		"contact_id": {From: connectors.Places{"id"}},
		"updated_at": {From: connectors.Places{"at"}, Time: "unix_ms"},
	}}, connectors.BinderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := wire.Messages(b.Places(), wire.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Brokers) == 0 {
		cfg.Brokers = []string{w.addr()}
	}
	s, err := New("letters", cfg, b, x, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func value(id string) []byte { return fmt.Appendf(nil, `{"id":%q,"at":1700000000000}`, id) }

// ids makes n names.
func ids(prefix string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = prefix + strconv.Itoa(i)
	}
	return names
}

// lake receives deliveries as the real one does: it goes on from positions, refuses what does not fit them, and copies.
type lake struct {
	t          testing.TB
	mu         sync.Mutex
	positions  models.Positions
	rows       map[string][]string // by stream: "offset id"
	rejects    []models.Reject
	gaps       []models.Gap
	total      models.Range
	deliveries int
	empty      int
	after      func(d *models.Delivery) error // called after each delivery
}

func newLake(t testing.TB) *lake {
	return &lake{t: t, positions: models.Positions{}, rows: map[string][]string{}}
}

func (l *lake) emit(_ context.Context, d *models.Delivery) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d.Source != "letters" {
		l.t.Errorf("source %q", d.Source)
	}
	if err := d.Range.Check(); err != nil {
		l.t.Error(err)
	}
	if before, ok := l.positions[d.Range.Stream]; ok && before.Next != d.Range.First {
		l.t.Errorf("%s: delivery of %d to %d after position %d", d.Range.Stream, d.Range.First, d.Range.Next-1, before.Next)
	}
	var records int64
	for _, b := range d.Records {
		column := b.Schema.Field("contact_id")
		for row, position := range b.Positions {
			if position < d.Range.First || position >= d.Range.Next {
				l.t.Errorf("%s: row of %d in a delivery of %d to %d", d.Range.Stream, position, d.Range.First, d.Range.Next-1)
			}
			l.rows[d.Range.Stream] = append(l.rows[d.Range.Stream], fmt.Sprintf("%d %s", position, b.Columns[column].Texts[row]))
		}
		records += int64(b.Rows())
	}
	if records != d.Range.Records || int64(len(d.Rejects)) != d.Range.Rejected {
		l.t.Errorf("%s: %d rows and %d rejects in a range of %d and %d", d.Range.Stream, records, len(d.Rejects), d.Range.Records, d.Range.Rejected)
	}
	for _, r := range d.Rejects {
		r.Raw, r.Key = slices.Clone(r.Raw), slices.Clone(r.Key)
		l.rejects = append(l.rejects, r)
	}
	l.gaps = append(l.gaps, d.Gaps...)
	l.total.Loaded += d.Range.Loaded
	l.total.Rejected += d.Range.Rejected
	l.total.Filtered += d.Range.Filtered
	l.total.Control += d.Range.Control
	l.total.Missing += d.Range.Missing
	l.deliveries++
	if d.Range.First == d.Range.Next {
		l.empty++
	}
	l.positions[d.Range.Stream] = d.Range.Position()
	if l.after != nil {
		return l.after(d)
	}
	return nil
}

// all returns the ids of a stream, without offsets.
func (l *lake) all(stream string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for _, row := range l.rows[stream] {
		_, id, _ := strings.Cut(row, " ")
		names = append(names, id)
	}
	return names
}

func (l *lake) pull(s *Source) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	from := models.Positions{}
	for k, v := range l.positions {
		from[k] = v
	}
	err := s.Pull(ctx, from, l.emit)
	if ctx.Err() != nil {
		l.t.Fatal("the pull did not end within two minutes")
	}
	return err
}

func (l *lake) mustPull(s *Source) {
	l.t.Helper()
	if err := l.pull(s); err != nil {
		l.t.Fatal(err)
	}
}

// producer is franz-go's client, which shares no code with what is tested.
func producer(t testing.TB, w world, o ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(w.addr()), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MetadataMinAge(20 * time.Millisecond), kgo.ProducerLinger(0), kgo.RecordDeliveryTimeout(30 * time.Second)}, o...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func produce(t testing.TB, c *kgo.Client, topic string, partition int32, names ...string) {
	t.Helper()
	records := make([]*kgo.Record, len(names))
	for i, n := range names {
		records[i] = &kgo.Record{Topic: topic, Partition: partition, Key: []byte(n), Value: value(n)}
	}
	send(t, c, records...)
}

func send(t testing.TB, c *kgo.Client, records ...*kgo.Record) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	if err := c.ProduceSync(ctx, records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// transaction writes a transaction and ends it.
func transaction(t testing.TB, c *kgo.Client, end kgo.TransactionEndTry, topic string, partition int32, names ...string) {
	t.Helper()
	if err := c.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	produce(t, c, topic, partition, names...)
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	if err := c.EndTransaction(ctx, end); err != nil {
		t.Fatal(err)
	}
}

// oracle reads a topic from the beginning as franz-go's read_committed consumer sees it, until it has n messages of the
// partition, as "offset id".
func oracle(t testing.TB, w world, topic string, partition int32, n int) []string {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(w.addr()), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().AtStart()}}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var rows []string
	for len(rows) < n {
		f := c.PollFetches(ctx)
		if err := f.Err(); err != nil {
			t.Fatalf("oracle has %d of %d: %v", len(rows), n, err)
		}
		f.EachRecord(func(r *kgo.Record) { rows = append(rows, fmt.Sprintf("%d %s", r.Offset, r.Key)) })
	}
	return rows
}

// reaches waits until the log of partition 0 ends at an offset.
func reaches(t testing.TB, w world, topic string, end int64) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(w.addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		offsets, err := kadm.NewClient(c).ListEndOffsets(ctx, topic)
		if err != nil {
			t.Fatal(err)
		}
		if o, _ := offsets.Lookup(topic, 0); o.Offset >= end {
			if o.Offset > end {
				t.Fatalf("the log ends at %d, want %d", o.Offset, end)
			}
			return
		}
		<-poll.C
	}
}
