package kafka

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"insideout/connectors"
)

// Config is the kafka part of a source.
type Config struct {
	// Brokers are where to ask first, as host:port; the others of the cluster are learned from them.
	Brokers []string `yaml:"brokers"`
	// Topic is the one topic of the source. All its partitions are read.
	Topic string `yaml:"topic"`
	// Format is how the value of a message is written; json, the default, is all there is.
	Format string `yaml:"format"`
	// OnGap says what to do when messages are gone that were never read, because retention or a person deleted them or
	// because they cannot be decoded: "fail" (default) stops, "record" goes on behind them and writes the loss down.
	OnGap string `yaml:"on_gap"`
	// Group, if given, is a consumer group to which the committed positions are written for lag tools. Nothing is ever
	// read from it.
	Group string `yaml:"group"`
	// Patience is how long brokers may be away, or a partition without a leader, before the pull gives up. Default 30s.
	Patience Wait `yaml:"patience"`
	// Timeout bounds one request, beside the time that a broker may hold a fetch open. Default 10s.
	Timeout Wait `yaml:"timeout"`
}

// Wait is a duration that is written as 30s or 2m.
type Wait time.Duration

// SetScalar reads Go's notation of durations.
func (w *Wait) SetScalar(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return fmt.Errorf("want a duration such as 30s or 2m, not %q", s)
	}
	*w = Wait(d)
	return nil
}

func (w Wait) or(d time.Duration) time.Duration {
	if w > 0 {
		return time.Duration(w)
	}
	return d
}

// The words of Config.OnGap and Config.Format.
const (
	GapFail   = "fail"
	GapRecord = "record"
	JSON      = "json"
)

// topicName is Kafka's own rule.
var topicName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

// Check returns every mistake, with paths that begin with "kafka.".
func (c Config) Check() connectors.Problems {
	var problems connectors.Problems
	add := func(path, message, hint string) {
		problems = append(problems, connectors.MappingProblem{Path: "kafka." + path, Message: message, Hint: hint})
	}
	if len(c.Brokers) == 0 {
		add("brokers", "no broker", "name at least one, for example [127.0.0.1:9092]")
	}
	for i, b := range c.Brokers {
		host, port, err := net.SplitHostPort(b)
		number, convErr := strconv.Atoi(port)
		if err != nil || host == "" || convErr != nil || number < 1 || number > 65535 {
			add(fmt.Sprintf("brokers[%d]", i), fmt.Sprintf("%q is not host:port", b), "for example 127.0.0.1:9092")
		}
	}
	switch {
	case c.Topic == "":
		add("topic", "no topic", "name the topic to read")
	case !topicName.MatchString(c.Topic), c.Topic == ".", c.Topic == "..":
		add("topic", fmt.Sprintf("%q cannot be the name of a topic", c.Topic), "letters, digits, dots, underscores and hyphens, at most 249")
	}
	if !slices.Contains([]string{"", JSON}, c.Format) {
		add("format", fmt.Sprintf("unknown format %q", c.Format), "json")
	}
	if !slices.Contains([]string{"", GapFail, GapRecord}, c.OnGap) {
		add("on_gap", fmt.Sprintf("unknown choice %q", c.OnGap), "fail or record")
	}
	if c.Group != strings.TrimSpace(c.Group) {
		add("group", fmt.Sprintf("%q begins or ends with a blank", c.Group), "remove it")
	}
	return problems
}
