package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"

	"insideout/connectors"
)

// door opens connections: encrypted where TLS is configured, and with the client's name where SASL is.
type door struct {
	dial      Dial
	tls       *tls.Config // nil: not encrypted
	mechanism sasl.Mechanism
}

// newDoor reads certificates and secrets. What is not there is a *connectors.EnvironmentError.
func newDoor(c Config, dial Dial) (*door, error) {
	d := &door{dial: dial}
	if t := c.TLS; t != nil {
		d.tls = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
		fail := func(what string, err error) error {
			return &connectors.EnvironmentError{Op: "use certificate", What: what, Err: err, Hint: "kafka.tls names PEM files; paths are relative to the configuration"}
		}
		if t.CA != "" {
			pem, err := os.ReadFile(t.CA)
			if err != nil {
				return nil, fail(t.CA, err)
			}
			d.tls.RootCAs = x509.NewCertPool()
			if !d.tls.RootCAs.AppendCertsFromPEM(pem) {
				return nil, fail(t.CA, errors.New("there is no certificate in it"))
			}
		}
		if t.Cert != "" {
			pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
			if err != nil {
				return nil, fail(t.Cert, err)
			}
			d.tls.Certificates = []tls.Certificate{pair}
		}
	}
	if s := c.SASL; s != nil {
		user, err := connectors.SecretFrom(s.UserEnv)
		if err != nil {
			return nil, err
		}
		password, err := connectors.SecretFrom(s.PasswordEnv)
		if err != nil {
			return nil, err
		}
		switch s.Mechanism {
		case Plain:
			d.mechanism = plain.Mechanism{Username: user.Reveal(), Password: password.Reveal()}
		case ScramSHA256:
			d.mechanism, err = scram.Mechanism(scram.SHA256, user.Reveal(), password.Reveal())
		case ScramSHA512:
			d.mechanism, err = scram.Mechanism(scram.SHA512, user.Reveal(), password.Reveal())
		}
		if err != nil {
			// The library's words may hold what it was given.
			return nil, &connectors.EnvironmentError{Op: "use secret", What: s.UserEnv + " and " + s.PasswordEnv, Err: errors.New("they cannot be used for " + s.Mechanism), Hint: "SCRAM allows no control characters in user and password"}
		}
	}
	return d, nil
}

func (d *door) open(ctx context.Context, addr string) (net.Conn, error) {
	c, err := d.dial(ctx, "tcp", addr)
	if err != nil || d.tls == nil {
		return c, err
	}
	settings := d.tls.Clone()
	if settings.ServerName == "" {
		settings.ServerName, _, _ = net.SplitHostPort(addr)
	}
	t := tls.Client(c, settings)
	if err := t.HandshakeContext(ctx); err != nil {
		c.Close()
		var untrusted *tls.CertificateVerificationError
		var alert tls.AlertError
		var record tls.RecordHeaderError
		hint := ""
		switch {
		case errors.As(err, &untrusted):
			hint = "kafka.tls.ca names the certificates to trust, kafka.tls.server_name another name to expect"
		case errors.As(err, &alert):
			hint = "the broker refuses this client; does it want a certificate? kafka.tls.cert and kafka.tls.key"
		case errors.As(err, &record):
			hint = "it does not speak TLS on this port; name the port that does, or leave kafka.tls out"
		default:
			return nil, fmt.Errorf("%s: TLS: %w", addr, err) // cut off: worth another try
		}
		return nil, &connectors.EnvironmentError{Op: "connect to", What: addr, Err: err, Hint: hint}
	}
	return t, nil
}

// authenticate goes through the exchange of the mechanism. Nothing that it says holds the user or the password.
func (d *door) authenticate(ctx context.Context, l *link, limit time.Duration) error {
	name := d.mechanism.Name()
	refused := func(err error) error {
		return &connectors.EnvironmentError{Op: "log in to", What: l.address, Err: err,
			Hint: "check kafka.sasl: the mechanism, and the variables that hold user and password"}
	}
	a, err := l.raw(ctx, limit, protocol.SaslHandshake, false, &l.in, func(e *encoder) { e.string(name) })
	if err != nil {
		return err
	}
	if code := a.int16(); code != 0 {
		var known []string
		for n := a.array(); n > 0 && a.err() == nil; n-- {
			known = append(known, a.string())
		}
		return refused(fmt.Errorf("%s is not offered (%w); offered: %s", name, kafkago.Error(code), strings.Join(known, ", ")))
	}
	state, say, err := d.mechanism.Start(ctx)
	if err != nil {
		return refused(errors.New("the exchange could not begin"))
	}
	for {
		a, err := l.raw(ctx, limit, protocol.SaslAuthenticate, false, &l.in, func(e *encoder) { e.bytes(say) })
		if err != nil {
			return fmt.Errorf("cut off while logging in, as some brokers do at a wrong password: %w", err)
		}
		code := a.int16()
		a.string() // what the broker says: it may repeat the user
		answer := a.bytes()
		switch {
		case a.err() != nil:
			return a.err()
		case code != 0:
			return refused(kafkago.Error(code))
		}
		done, next, err := state.Next(ctx, answer)
		if err != nil {
			return refused(errors.New("the broker could not show that it knows the password"))
		}
		if done {
			return nil
		}
		say = next
	}
}
