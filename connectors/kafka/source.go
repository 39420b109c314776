package kafka

import (
	"context"
	"errors"
	"net"
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
}

// Source reads one topic. Pull must not be called while another Pull of the same Source runs; Committed may be.
type Source struct {
	title  string
	cfg    Config
	opt    Options
	door   *door
	binder *connectors.Binder
	reader connectors.Reader
	look   time.Duration // how often a following pull asks for new partitions
	group  group
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
	door, err := newDoor(cfg, o.Dial)
	if err != nil {
		return nil, err
	}
	if o.Rows <= 0 {
		o.Rows = 20_000
	}
	if o.Bytes <= 0 {
		o.Bytes = 8 << 20
	}
	return &Source{title: name, cfg: cfg, opt: o, door: door, binder: b, reader: r, look: 30 * time.Second}, nil
}

// Name is the configured name.
func (s *Source) Name() string { return s.title }

// Pull reads all partitions of the topic, each from its position. Without Follow it ends at the offsets that were the
// last stable ones when it began.
//
// Errors are those of emit, returned as they came; *connectors.EnvironmentError for brokers that stay away, a topic
// that is unknown, deleted, made anew or truncated, and messages that are gone (unless on_gap is "record"); and
// *connectors.DataError for a batch that stays unreadable (likewise).
func (s *Source) Pull(ctx context.Context, from models.Positions, emit connectors.Emit) error {
	p := &pull{
		Source:  s,
		from:    from,
		emit:    emit,
		values:  make([]connectors.Value, len(s.binder.Places())),
		rest:    s.reader.Rest,
		message: connectors.Message{Topic: s.cfg.Topic},
		calm:    patience{limit: s.cfg.Patience.or(30 * time.Second)},
		cluster: cluster{
			seeds:   s.cfg.Brokers,
			name:    s.cfg.Topic,
			door:    s.door,
			timeout: s.cfg.Timeout.or(10 * time.Second),
			links:   map[string]*link{},
		},
	}
	defer p.cluster.close()
	defer p.inflater.close()
	s.binder.Reset()
	err := p.run(ctx)
	for _, line := range s.reader.Notes() {
		p.notice(line)
	}
	var refused *emitError
	switch {
	case errors.As(err, &refused):
		return refused.err
	case ctx.Err() != nil:
		return nil
	}
	return err
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
