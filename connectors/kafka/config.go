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
	// Payload says how messages are written: format, envelope, schema, registry.
	connectors.Payload `yaml:",inline"`
	// TLS, if given, even empty ({}), has connections encrypted and the brokers' certificates checked.
	TLS *TLS `yaml:"tls"`
	// SASL, if given, says who is asking.
	SASL *SASL `yaml:"sasl"`
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

// TLS is how connections are encrypted. Paths are relative to the configuration.
type TLS struct {
	// CA is a file with the certificates to trust instead of the system's.
	CA string `yaml:"ca"`
	// Cert and Key are files with this client's own certificate and key, for brokers that ask for one.
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
	// ServerName is the name that the brokers' certificates must have, where it is not the one in brokers.
	ServerName string `yaml:"server_name"`
}

// SASL is how this client says who it is. The user and the password are in environment variables.
type SASL struct {
	// Mechanism is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.
	Mechanism   string `yaml:"mechanism"`
	UserEnv     string `yaml:"user_env"`
	PasswordEnv string `yaml:"password_env"`
	// Readable allows PLAIN without TLS, which sends the password for everybody on the way to read.
	Readable bool `yaml:"readable"`
}

// The words of Config.OnGap and SASL.Mechanism.
const (
	GapFail   = "fail"
	GapRecord = "record"

	Plain       = "PLAIN"
	ScramSHA256 = "SCRAM-SHA-256"
	ScramSHA512 = "SCRAM-SHA-512"
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
	problems = append(problems, c.Payload.Check("kafka.")...)
	if t := c.TLS; t != nil && (t.Cert == "") != (t.Key == "") {
		add("tls", "cert and key belong together", "give both or neither")
	}
	if s := c.SASL; s != nil {
		if !slices.Contains([]string{Plain, ScramSHA256, ScramSHA512}, s.Mechanism) {
			add("sasl.mechanism", fmt.Sprintf("unknown mechanism %q", s.Mechanism), "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
		}
		if s.UserEnv == "" || s.PasswordEnv == "" {
			add("sasl", "user or password is not named", "user_env and password_env name the environment variables that hold them")
		}
		if s.Mechanism == Plain && c.TLS == nil && !s.Readable {
			add("sasl", "PLAIN without TLS sends the password readable", "add tls: {}, use SCRAM, or say readable: true")
		}
	}
	if !slices.Contains([]string{"", GapFail, GapRecord}, c.OnGap) {
		add("on_gap", fmt.Sprintf("unknown choice %q", c.OnGap), "fail or record")
	}
	if c.Group != strings.TrimSpace(c.Group) {
		add("group", fmt.Sprintf("%q begins or ends with a blank", c.Group), "remove it")
	}
	return problems
}
