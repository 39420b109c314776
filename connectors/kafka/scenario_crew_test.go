package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"insideout/connectors"
	"insideout/connectors/wire"
	"insideout/models"
)

// cable is a network that can be cut.
type cable struct {
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func (n *cable) dial(ctx context.Context, network, address string) (net.Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cut {
		return nil, errors.New("the network is cut")
	}
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err == nil {
		n.conns = append(n.conns, c)
	}
	return c, err
}

func (n *cable) sever() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut = true
	for _, c := range n.conns {
		c.Close()
	}
}

// hand makes what a further worker of source needs.
func hand(t testing.TB, dial Dial) Hand {
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
	return Hand{Binder: b, Reader: x, Dial: dial}
}

// workerLeaves has two workers share four partitions; when all was handed over, the network of one is cut, and the other
// takes its partitions: nothing is lost, nothing comes twice.
func workerLeaves(t *testing.T, w world, topic string) {
	const partitions, many = 4, 200
	w.create(t, topic, partitions, nil)
	c := producer(t, w)
	put := func(prefix string) {
		for p := range int32(partitions) {
			produce(t, c, topic, p, ids(fmt.Sprintf("%s%d-", prefix, p), many)...)
		}
	}
	put("a")
	var second cable
	var notices []string
	l := newLake(t)
	s := source(t, w, Config{Topic: topic, Patience: Wait(time.Second)}, Options{Follow: true, Rows: 30, More: []Hand{hand(t, second.dial)},
		Notice: func(m string) { notices = append(notices, m) }})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cut := false
	l.after = func(*models.Delivery) error {
		if l.total.Loaded == partitions*many && !cut {
			cut = true
			second.sever()
			put("b")
		}
		if l.total.Loaded == 2*partitions*many {
			cancel()
		}
		return nil
	}
	if err := s.Pull(ctx, models.Positions{}, l.emit); err != nil {
		t.Fatal(err)
	}
	for p := range partitions {
		want := append(ids(fmt.Sprintf("a%d-", p), many), ids(fmt.Sprintf("b%d-", p), many)...)
		if got := l.all(fmt.Sprintf("%s/%d", topic, p)); !slices.Equal(got, want) {
			t.Errorf("partition %d: %d messages, want %d in the order written", p, len(got), len(want))
		}
	}
	if !slices.ContainsFunc(notices, func(n string) bool { return strings.Contains(n, "a worker gives up, the others take its partitions") }) {
		t.Errorf("nobody said that a worker left: %q", notices)
	}
	if len(second.conns) == 0 {
		t.Error("the second worker did not work at all")
	}
}

// workersLeaveAnywhere cuts the network of one of three workers after some delivery of a pull that has an end; and in the
// last turn that of all.
func workersLeaveAnywhere(t *testing.T, w world, topic string) {
	const partitions, many = 5, 100
	w.create(t, topic, partitions, nil)
	c := producer(t, w)
	for p := range int32(partitions) {
		produce(t, c, topic, p, ids(fmt.Sprintf("p%d-", p), many)...)
	}
	for after := range 12 {
		var one, two, three cable
		l := newLake(t)
		s := source(t, w, Config{Topic: topic, Patience: Wait(200 * time.Millisecond)}, Options{Dial: one.dial, Rows: 45, More: []Hand{hand(t, two.dial), hand(t, three.dial)}})
		l.after = func(*models.Delivery) error {
			if l.deliveries == after {
				two.sever()
				if after == 3 {
					one.sever()
					three.sever()
				}
			}
			return nil
		}
		err := l.pull(s)
		if after == 3 && err != nil { // unless they had read all there was
			environment(t, err, "cut")
			l.after = nil
			err = l.pull(source(t, w, Config{Topic: topic}, Options{}))
		}
		if err != nil {
			t.Fatal(err)
		}
		for p := range partitions {
			if got := l.all(fmt.Sprintf("%s/%d", topic, p)); !slices.Equal(got, ids(fmt.Sprintf("p%d-", p), many)) {
				t.Errorf("cut after %d deliveries, partition %d: %d messages, want %d in order", after, p, len(got), many)
			}
		}
	}
}
