package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"insideout/connectors"
)

// cluster keeps the links to the brokers of one pull and what is known of the topic. It is used by one goroutine.
type cluster struct {
	seeds   []string // configured addresses
	name    string   // of the topic
	door    *door
	timeout time.Duration
	links   map[string]*link // by address
	buffer  []byte           // answers to fetches
	known   *metadata        // of the last ask
	topic   topicInfo        // of the last ask
}

func (c *cluster) close() {
	for _, l := range c.links {
		l.close()
	}
	clear(c.links)
}

// link returns the connection to an address, made anew if there is none.
func (c *cluster) link(ctx context.Context, addr string) (*link, error) {
	if l := c.links[addr]; l != nil {
		return l, nil
	}
	l, err := connect(ctx, c.door, addr, c.timeout, &c.buffer)
	if err != nil {
		return nil, err
	}
	c.links[addr] = l
	return l, nil
}

// drop forgets a connection after an error on it: where an answer may still be under way, none can be trusted.
func (c *cluster) drop(addr string) {
	if l := c.links[addr]; l != nil {
		l.close()
		delete(c.links, addr)
	}
}

// leader returns the connection to the leader of a partition.
func (c *cluster) leader(ctx context.Context, p *partition) (*link, error) {
	addr, ok := c.known.brokers[p.leader]
	if !ok {
		return nil, fmt.Errorf("partition %d has no leader", p.id)
	}
	return c.link(ctx, addr)
}

// errNoTopic says that the brokers do not know the topic.
var errNoTopic = errors.New("there is no such topic")

// refresh asks any broker for the topic. The brokers of the configuration come first, then those learned from them.
func (c *cluster) refresh(ctx context.Context) error {
	m, err := c.ask(ctx, c.name)
	if err != nil {
		return err
	}
	if len(m.topics) != 1 {
		return fmt.Errorf("%w: %d topics for one", errShort, len(m.topics))
	}
	t := m.topics[0]
	switch code := kafkago.Error(t.code); {
	case code == kafkago.UnknownTopicOrPartition || code == kafkago.UnknownTopicID:
		return errNoTopic
	case code == kafkago.TopicAuthorizationFailed:
		return &connectors.EnvironmentError{Op: "read topic", What: c.name, Err: code,
			Hint: "the brokers do not let this client describe and read the topic; ask whoever runs them for the right to"}
	case code != 0:
		return code
	case len(t.partitions) == 0:
		return fmt.Errorf("topic %s has no partitions yet", c.name)
	}
	slices.SortFunc(t.partitions, func(a, b partitionInfo) int { return int(a.id) - int(b.id) })
	c.known, c.topic = m, t
	return nil
}

func (c *cluster) ask(ctx context.Context, topic string) (*metadata, error) {
	addrs := slices.Clone(c.seeds)
	if c.known != nil {
		for _, a := range c.known.brokers {
			if !slices.Contains(addrs, a) {
				addrs = append(addrs, a)
			}
		}
		slices.Sort(addrs[len(c.seeds):])
	}
	var errs []error
	for _, addr := range addrs {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		l, err := c.link(ctx, addr)
		if err == nil {
			var m *metadata
			if m, err = l.metadata(ctx, c.timeout, topic); err == nil {
				return m, nil
			}
			c.drop(addr)
			err = fmt.Errorf("%s: %w", addr, err)
		}
		if !slices.ContainsFunc(errs, func(e error) bool { return e.Error() == err.Error() }) {
			errs = append(errs, err)
		}
	}
	return nil, join(errs)
}

// joined is several errors on one line.
type joined []error

func (es joined) Error() string {
	texts := make([]string, len(es))
	for i, e := range es {
		texts[i] = e.Error()
	}
	return strings.Join(texts, "; ")
}

func (es joined) Unwrap() []error { return es }

func join(errs []error) error {
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	}
	return joined(errs)
}

// identity is what makes the topic this one and no other of the same name: its id, or, on brokers older than Kafka 2.8,
// the cluster's.
func (c *cluster) identity() string {
	if c.topic.id != (uuid{}) {
		return c.topic.id.String()
	}
	return "cluster " + c.known.cluster
}

// unknownTopic is the error for a topic that is not there, with those that are.
func (c *cluster) unknownTopic(ctx context.Context) error {
	e := &connectors.EnvironmentError{Op: "read topic", What: c.name, Err: errNoTopic}
	m, err := c.ask(ctx, "")
	if err != nil {
		e.Hint = "create it, or correct the name"
		return e
	}
	var names []string
	for _, t := range m.topics {
		if !t.internal && t.name != "" {
			names = append(names, t.name)
		}
	}
	if len(names) == 0 {
		e.Hint = "the brokers have no topic at all, or none that this client may see"
		return e
	}
	nearest(c.name, names)
	more := ""
	if len(names) > 10 {
		more = fmt.Sprintf(" and %d more", len(names)-10)
		names = names[:10]
	}
	e.Hint = "topics that are there: " + strings.Join(names, ", ") + more
	return e
}

// nearest sorts names by the number of letters that must be changed to get from one to the other, then by name.
func nearest(word string, names []string) {
	distance := make(map[string]int, len(names))
	for _, n := range names {
		distance[n] = edits(strings.ToLower(word), strings.ToLower(n))
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := distance[a] - distance[b]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}

// edits is the Levenshtein distance in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
