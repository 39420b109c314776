package kafka

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"insideout/connectors"
	"insideout/models"
)

// Options are what the command adds to the configuration.
type Options struct {
	// Follow goes on when the end is reached, until the context ends. An empty delivery at least every second, as long
	// as brokers answer, lets the receiver act by the clock.
	Follow bool
	// AcceptNewTopic reads a topic that was deleted and made anew from its beginning, as streams with names of their own.
	AcceptNewTopic bool
	// Now stamps deliveries and gaps. Default time.Now.
	Now func() time.Time
	// Dial opens connections. Default: net.Dialer.
	Dial Dial
	// Notice is told once when brokers stop answering and once when they are back; nil for nobody.
	Notice func(message string)
	// Rows and Bytes bound a delivery: it is handed over when it holds so many messages, or values of so many bytes.
	// Defaults 20,000 and 8 MiB.
	Rows  int
	Bytes int
	// More are further workers, beside the one that New is given the binder and the reader of: the partitions of the
	// topic are shared among all of them, each has its own connections, and all hand over to the one receiver.
	More []Hand
}

// Source reads one topic. Pull must not be called while another Pull of the same Source runs; Committed may be.
type Source struct {
	title string
	cfg   Config
	opt   Options
	doors []*door // one for each of hands
	hands []Hand
	look  time.Duration // how often a following pull asks for new partitions
	group group
}

// New makes a source. It does not connect, but it reads the secrets that the configuration names from the environment
// and the certificates from their files. The reader must have been made for the binder's places.
func New(name string, cfg Config, b *connectors.Binder, r connectors.Reader, o Options) (*Source, error) {
	if err := cfg.Check().Err(); err != nil {
		return nil, err
	}
	if b == nil || r == nil {
		return nil, errors.New("kafka: a source needs a binder and a reader")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	if say := o.Notice; say != nil {
		var one sync.Mutex // workers speak one at a time
		o.Notice = func(message string) {
			one.Lock()
			defer one.Unlock()
			say(message)
		}
	}
	if o.Rows <= 0 {
		o.Rows = 20_000
	}
	if o.Bytes <= 0 {
		o.Bytes = 8 << 20
	}
	s := &Source{title: name, cfg: cfg, opt: o, look: 30 * time.Second, hands: append([]Hand{{Binder: b, Reader: r}}, o.More...)}
	for _, h := range s.hands {
		if h.Dial == nil {
			h.Dial = o.Dial
		}
		door, err := newDoor(cfg, h.Dial)
		if err != nil {
			return nil, err
		}
		s.doors = append(s.doors, door)
	}
	return s, nil
}

// Name is the configured name.
func (s *Source) Name() string { return s.title }

// Pull reads all partitions of the topic, each from its position; with several workers, emit is called by one of them at
// a time. Without Follow it ends at the offsets that were the last stable ones when it began.
//
// Errors are those of emit, returned as they came; *connectors.EnvironmentError for brokers that stay away, a topic
// that is unknown, deleted, made anew or truncated, and messages that are gone (unless on_gap is "record"); and
// *connectors.DataError for a batch that stays unreadable (likewise).
func (s *Source) Pull(asked context.Context, from models.Positions, emit connectors.Emit) error {
	ctx, stop := context.WithCancel(asked)
	defer stop()
	c := newCrew(len(s.hands), from, emit, stop)
	var pulls []*pull
	for i, h := range s.hands {
		p := &pull{
			Source:  s,
			crew:    c,
			worker:  i,
			binder:  h.Binder,
			reader:  h.Reader,
			values:  make([]connectors.Value, len(h.Binder.Places())),
			message: connectors.Message{Topic: s.cfg.Topic},
			calm:    patience{limit: s.cfg.Patience.or(30 * time.Second)},
			cluster: s.cluster(i, s.cfg.Timeout.or(10*time.Second)),
		}
		defer p.cluster.close()
		defer p.inflater.close()
		h.Binder.Reset()
		pulls = append(pulls, p)
	}
	err := c.run(ctx, pulls)
	for _, h := range s.hands {
		for _, line := range h.Reader.Notes() {
			pulls[0].notice(line)
		}
	}
	var refused *emitError
	switch {
	case errors.As(err, &refused):
		return refused.err
	case asked.Err() != nil:
		return nil
	}
	return err
}

// cluster is what a worker knows of the brokers; at first nothing.
func (s *Source) cluster(worker int, timeout time.Duration) cluster {
	return cluster{seeds: s.cfg.Brokers, name: s.cfg.Topic, door: s.doors[worker], timeout: timeout, links: map[string]*link{}}
}

// emitError carries the receiver's error out unchanged.
type emitError struct{ err error }

func (e *emitError) Error() string { return e.err.Error() }

// final reports whether an error ends the pull; all others are worth another try.
func final(err error) bool {
	var (
		refused     *emitError
		environment *connectors.EnvironmentError
		data        *connectors.DataError
	)
	return errors.As(err, &refused) || errors.As(err, &environment) || errors.As(err, &data)
}

// patience paces further tries and knows when to stop.
type patience struct {
	limit time.Duration
	since time.Time // of the first failure in a row; zero when all is well
	delay time.Duration
}

const (
	shortestDelay = 50 * time.Millisecond
	longestDelay  = time.Second
)

// wait waits before the next try and reports whether there is to be one: not when the limit would pass, nor when ctx
// ends.
func (p *patience) wait(ctx context.Context) bool {
	now := time.Now()
	if p.since.IsZero() {
		p.since, p.delay = now, shortestDelay
	}
	if now.Add(p.delay).Sub(p.since) > p.limit {
		return false
	}
	t := time.NewTimer(p.delay)
	defer t.Stop()
	p.delay = min(2*p.delay, longestDelay)
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (p *patience) well() { p.since = time.Time{} }

func (p *patience) lost() bool { return !p.since.IsZero() }
