package kafka

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"insideout/connectors"
	"insideout/models"
)

// damage is a wire that hurts a text as often as it is told to.
type damage struct {
	text  []byte
	mu    sync.Mutex
	times int
}

func (d *damage) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	return &hurt{Conn: c, d: d}, err
}

type hurt struct {
	net.Conn
	d *damage
}

func (h *hurt) Read(b []byte) (int, error) {
	n, err := h.Conn.Read(b)
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	if i := bytes.Index(b[:n], h.d.text); i >= 0 && h.d.times > 0 {
		b[i] ^= 1
		h.d.times--
	}
	return n, err
}

func TestPull_DamagedBatch(t *testing.T) {
	w := newFake(t)
	w.create(t, "letters", 1, nil)
	c := producer(t, w, kgo.ProducerBatchCompression(kgo.NoCompression()))
	for _, name := range []string{"first", "second", "third"} { // a batch each
		produce(t, c, "letters", 0, name, name+"'")
	}
	for _, test := range []struct {
		name  string
		times int
		onGap string
		want  []string
		err   string
	}{
		{"on the way", 1, "", []string{"0 first", "1 first'", "2 second", "3 second'", "4 third", "5 third'"}, ""},
		{"at rest", 1000, "", []string{"0 first", "1 first'"}, "batch at offsets 2 to 3: checksum does not match"},
		{"at rest, recorded", 1000, GapRecord, []string{"0 first", "1 first'", "4 third", "5 third'"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := &damage{text: []byte("second"), times: test.times}
			l := newLake(t)
			err := l.pull(source(t, w, Config{Topic: "letters", OnGap: test.onGap}, Options{Dial: d.dial}))
			if got := l.rows["letters/0"]; !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			var data *connectors.DataError
			switch {
			case test.err == "" && err != nil:
				t.Errorf("got %v", err)
			case test.err != "" && (!errors.As(err, &data) || !strings.Contains(err.Error(), test.err) || data.Hint == ""):
				t.Errorf("got %v, want …%s…", err, test.err)
			}
			if test.onGap == GapRecord {
				want := models.Gap{Stream: "letters/0", From: 2, To: 4, Reason: "unreadable: checksum does not match"}
				if len(l.gaps) != 1 || l.total.Missing != 2 {
					t.Fatalf("gaps %+v, %d missing", l.gaps, l.total.Missing)
				}
				l.gaps[0].DetectedAt = time.Time{}
				if diff := cmp.Diff(want, l.gaps[0]); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// Partitions move between brokers during a pull; nothing is lost and nothing comes twice.
func TestPull_LeadersMove(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	w := &fake{cluster: cluster}
	const partitions, n = 5, 400
	w.create(t, "letters", partitions, nil)
	c := producer(t, w)
	for p := range int32(partitions) {
		produce(t, c, "letters", p, ids("n", n)...)
	}
	l := newLake(t)
	moves := 0
	l.after = func(*models.Delivery) error {
		moves++
		p := int32(moves % partitions)
		return cluster.MoveTopicPartition("letters", p, (cluster.LeaderFor("letters", p)+1)%3)
	}
	l.mustPull(source(t, w, Config{Topic: "letters"}, Options{Rows: 50}))
	for p := range partitions {
		if got := l.all(fmt.Sprintf("letters/%d", p)); !slices.Equal(got, ids("n", n)) {
			t.Errorf("partition %d: %d messages", p, len(got))
		}
	}
}

// Errors that pass: each is answered once or a few times, for a fetch or a question, and the pull gets over it.
func TestPull_PassingErrors(t *testing.T) {
	for _, e := range []*kerr.Error{kerr.NotLeaderForPartition, kerr.LeaderNotAvailable, kerr.FencedLeaderEpoch, kerr.UnknownLeaderEpoch,
		kerr.UnknownTopicOrPartition, kerr.UnknownTopicID, kerr.ReplicaNotAvailable, kerr.KafkaStorageError, kerr.OffsetNotAvailable,
		kerr.RequestTimedOut, kerr.UnknownServerError} {
		t.Run(e.Message, func(t *testing.T) {
			t.Parallel() // nearly all of it is waiting
			w := newFake(t)
			w.create(t, "letters", 2, nil)
			produce(t, producer(t, w), "letters", 1, ids("a", 20)...)
			for _, key := range []kmsg.Key{kmsg.Fetch, kmsg.ListOffsets} {
				w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{key}, Topic: "letters", Err: e, Count: 2})
			}
			l := newLake(t)
			l.mustPull(source(t, w, Config{Topic: "letters"}, Options{}))
			if got := l.all("letters/1"); !slices.Equal(got, ids("a", 20)) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestPull_ErrorsThatStay(t *testing.T) {
	w := newFake(t)
	w.create(t, "letters", 1, nil)
	produce(t, producer(t, w), "letters", 0, "a0")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	t.Run("no broker", func(t *testing.T) {
		var notices []string
		cfg := Config{Topic: "letters", Brokers: []string{closed.Addr().String()}, Patience: Wait(300 * time.Millisecond)}
		err := newLake(t).pull(source(t, w, cfg, Options{Notice: func(m string) { notices = append(notices, m) }}))
		environment(t, err, "letters", closed.Addr().String(), "refused", "tried for 300ms")
		if len(notices) != 1 {
			t.Errorf("notices %q", notices)
		}
	})
	t.Run("one broker of two", func(t *testing.T) {
		l := newLake(t)
		l.mustPull(source(t, w, Config{Topic: "letters", Brokers: []string{closed.Addr().String(), w.addr()}}, Options{}))
		if got := l.all("letters/0"); !slices.Equal(got, []string{"a0"}) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("no leader", func(t *testing.T) {
		f := w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: "letters", Err: kerr.NotLeaderForPartition, Count: -1})
		defer f.Remove()
		cfg := Config{Topic: "letters", Patience: Wait(300 * time.Millisecond)}
		environment(t, newLake(t).pull(source(t, w, cfg, Options{})), "partition 0", "Not Leader")
	})
	t.Run("no right to read", func(t *testing.T) {
		f := w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: "letters", Err: kerr.TopicAuthorizationFailed, Count: -1})
		defer f.Remove()
		environment(t, newLake(t).pull(source(t, w, Config{Topic: "letters"}, Options{})), "letters/0", "right to read")
	})
	t.Run("something else listens there", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
				c.Close()
			}
		}()
		cfg := Config{Topic: "letters", Brokers: []string{l.Addr().String()}, Patience: Wait(300 * time.Millisecond), Timeout: Wait(time.Second)}
		environment(t, newLake(t).pull(source(t, w, cfg, Options{})), l.Addr().String(), "not one of a Kafka broker")
	})
	t.Run("a broker that never answers", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0") // accepts by the kernel, and that is all
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		cfg := Config{Topic: "letters", Brokers: []string{l.Addr().String()}, Patience: Wait(300 * time.Millisecond), Timeout: Wait(100 * time.Millisecond)}
		environment(t, newLake(t).pull(source(t, w, cfg, Options{})), l.Addr().String(), "timeout")
	})
}

// Cancelling while brokers are silent must not wait for them.
func TestPull_CancelWhileWaiting(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		c, err := l.Accept()
		if err == nil {
			defer c.Close()
		}
		cancel()
		<-t.Context().Done()
	}()
	cfg := Config{Topic: "letters", Brokers: []string{l.Addr().String()}, Timeout: Wait(time.Hour), Patience: Wait(time.Hour)}
	if err := source(t, nil, cfg, Options{}).Pull(ctx, nil, newLake(t).emit); err != nil {
		t.Errorf("got %v", err)
	}
}

// A following pull finds partitions that are added to the topic.
func TestPull_NewPartitions(t *testing.T) {
	w := newFake(t)
	w.create(t, "letters", 1, nil)
	c := producer(t, w)
	produce(t, c, "letters", 0, "a0")
	s := source(t, w, Config{Topic: "letters"}, Options{Follow: true})
	s.look = 10 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	l := newLake(t)
	l.after = func(*models.Delivery) error {
		switch l.total.Loaded {
		case 1:
			r := kmsg.NewPtrCreatePartitionsRequest()
			topic := kmsg.NewCreatePartitionsRequestTopic()
			topic.Topic, topic.Count = "letters", 2
			r.Topics = append(r.Topics, topic)
			if l.deliveries == 1 {
				if _, err := r.RequestWith(ctx, c); err != nil {
					t.Error(err)
				}
				produce(t, producer(t, w), "letters", 1, "b0")
			}
		case 2:
			cancel()
		}
		return nil
	}
	if err := s.Pull(ctx, nil, l.emit); err != nil {
		t.Fatal(err)
	}
	if got := l.all("letters/1"); !slices.Equal(got, []string{"b0"}) {
		t.Errorf("got %v", got)
	}
}

// One large partition must not keep the others from being read, whatever it takes of an answer.
func TestPull_LargeAndSmallPartitions(t *testing.T) {
	w := newFake(t)
	w.create(t, "letters", 4, map[string]string{"max.message.bytes": "12000000"})
	c := producer(t, w, kgo.ProducerBatchMaxBytes(11<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
	huge := strings.Repeat("x", 9<<20) // more than a whole answer may hold
	for p := range int32(3) {
		for i := range 2 {
			send(t, c, &kgo.Record{Topic: "letters", Partition: p, Value: fmt.Appendf(nil, `{"id":"h%d","at":1,"text":%q}`, i, huge)})
		}
	}
	produce(t, c, "letters", 3, ids("s", 10)...)
	l := newLake(t)
	l.mustPull(source(t, w, Config{Topic: "letters"}, Options{}))
	if l.total.Loaded != 16 {
		t.Errorf("%+v", l.total)
	}
}
