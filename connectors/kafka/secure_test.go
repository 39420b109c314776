package kafka

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"insideout/testdata/broker"
)

// authority issues certificates for tests.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{dir: t.TempDir()}
	a.issue(t, "ca", true)
	return a
}

// path is where a certificate (.crt), a key (.key) or both (.pem) stand.
func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) issue(t *testing.T, name string, ca bool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	parent, signer := a.cert, a.key
	if ca {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	if ca {
		if a.cert, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
		a.key = key
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	crt := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pk := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	for suffix, text := range map[string][]byte{".crt": crt, ".key": pk, ".pem": append(pk, crt...)} {
		if err := os.WriteFile(a.path(name+suffix), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	canaryUser     = "canary-user-77"
	canaryPassword = "canary-password-4711"
)

// doors are the addresses of one broker: encrypted with SASL, encrypted with client certificates, and without either.
type doors struct {
	w                    world
	safe, mutual, open   string
	plainUnsafe          string // SASL without TLS
	authority, strangers *authority
}

func TestRealBroker_Secure(t *testing.T) {
	a := newAuthority(t)
	a.issue(t, "broker", false)
	settings := map[string]string{}
	for _, name := range []string{"safe", "mutual"} {
		at := "listener.name." + name + ".ssl."
		settings[at+"keystore.type"], settings[at+"keystore.location"] = "PEM", a.path("broker.pem")
		settings[at+"truststore.type"], settings[at+"truststore.location"] = "PEM", a.path("ca.crt")
	}
	settings["listener.name.mutual.ssl.client.auth"] = "required"
	for _, name := range []string{"safe", "named"} {
		at := "listener.name." + name + "."
		settings[at+"sasl.enabled.mechanisms"] = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"
		settings[at+"plain.sasl.jaas.config"] = fmt.Sprintf(`org.apache.kafka.common.security.plain.PlainLoginModule required user_%s="%s";`, canaryUser, canaryPassword)
		for _, m := range []string{"scram-sha-256", "scram-sha-512"} {
			settings[at+m+".sasl.jaas.config"] = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
		}
	}
	b := broker.Require(t, broker.Options{Settings: settings, Listeners: map[string]string{"SAFE": "SASL_SSL", "MUTUAL": "SSL", "NAMED": "SASL_PLAINTEXT"}})
	if err := b.AddUser(t.Context(), canaryUser, canaryPassword); err != nil {
		t.Fatal(err)
	}
	w := real{b}
	w.create(t, "letters", 1, nil)
	produce(t, producer(t, w), "letters", 0, ids("a", 10)...)
	secure(t, doors{w: w, safe: b.Listener("SAFE"), mutual: b.Listener("MUTUAL"), plainUnsafe: b.Listener("NAMED"), open: b.Addr(), authority: a, strangers: newAuthority(t)})
}

// The fake broker has one door: each is a broker of its own here.
func TestFake_Secure(t *testing.T) {
	a := newAuthority(t)
	a.issue(t, "broker", false)
	pair, err := tls.LoadX509KeyPair(a.path("broker.crt"), a.path("broker.key"))
	if err != nil {
		t.Fatal(err)
	}
	trust := x509.NewCertPool()
	trust.AddCert(a.cert)
	start := func(named bool, server *tls.Config) *fake {
		var o []kfake.Opt
		var p []kgo.Opt
		if named {
			o = append(o, kfake.EnableSASL(), kfake.Superuser("PLAIN", canaryUser, canaryPassword), kfake.Superuser("SCRAM-SHA-256", canaryUser, canaryPassword), kfake.Superuser("SCRAM-SHA-512", canaryUser, canaryPassword))
			p = append(p, kgo.SASL(plain.Auth{User: canaryUser, Pass: canaryPassword}.AsMechanism()))
		}
		if server != nil {
			o = append(o, kfake.TLS(server))
			client := &tls.Config{RootCAs: trust}
			if server.ClientAuth != 0 {
				client.Certificates = []tls.Certificate{pair}
			}
			p = append(p, kgo.DialTLSConfig(client))
		}
		f := newFake(t, o...)
		f.create(t, "letters", 1, nil)
		produce(t, producer(t, f, p...), "letters", 0, ids("a", 10)...)
		return f
	}
	server := &tls.Config{Certificates: []tls.Certificate{pair}}
	mutual := &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trust}
	w := start(false, nil)
	secure(t, doors{w: w, safe: start(true, server).addr(), mutual: start(false, mutual).addr(), plainUnsafe: start(true, nil).addr(), open: w.addr(), authority: a, strangers: newAuthority(t)})
}

// secure goes through every door in every way, right and wrong, and looks for the secrets in whatever was said.
func secure(t *testing.T, d doors) {
	t.Setenv("TEST_KAFKA_USER", canaryUser)
	t.Setenv("TEST_KAFKA_PASSWORD", canaryPassword)
	t.Setenv("TEST_KAFKA_WRONG", canaryPassword+"-wrong")
	d.authority.issue(t, "client", false)
	d.strangers.issue(t, "client", false)
	var said []string
	pull := func(t *testing.T, c Config) error {
		c.Topic = "letters"
		c.Patience, c.Timeout = Wait(2*time.Second), Wait(2*time.Second)
		s := source(t, d.w, c, Options{Notice: func(m string) { said = append(said, m) }})
		said = append(said, fmt.Sprintf("%v %+v %#v", c, c, c))
		l := newLake(t)
		err := l.pull(s)
		if err != nil {
			said = append(said, fmt.Sprintf("%v %+v %#v", err, err, err))
		} else if l.total.Loaded != 10 {
			t.Errorf("%d messages, want 10", l.total.Loaded)
		}
		return err
	}
	trusting := func() *TLS { return &TLS{CA: d.authority.path("ca.crt")} }
	as := func(mechanism, password string) *SASL {
		return &SASL{Mechanism: mechanism, UserEnv: "TEST_KAFKA_USER", PasswordEnv: password, Readable: true}
	}
	for _, m := range []string{Plain, ScramSHA256, ScramSHA512} {
		t.Run(m, func(t *testing.T) {
			for _, c := range []Config{{Brokers: []string{d.safe}, TLS: trusting(), SASL: as(m, "TEST_KAFKA_PASSWORD")}, {Brokers: []string{d.plainUnsafe}, SASL: as(m, "TEST_KAFKA_PASSWORD")}} {
				if err := pull(t, c); err != nil {
					t.Error(err)
				}
			}
			environment(t, pull(t, Config{Brokers: []string{d.safe}, TLS: trusting(), SASL: as(m, "TEST_KAFKA_WRONG")}), "log", "in", d.safe)
		})
	}
	mine := trusting()
	mine.Cert, mine.Key = d.authority.path("client.crt"), d.authority.path("client.key")
	t.Run("client certificate", func(t *testing.T) {
		if err := pull(t, Config{Brokers: []string{d.mutual}, TLS: mine}); err != nil {
			t.Error(err)
		}
		foreign := trusting()
		foreign.Cert, foreign.Key = d.strangers.path("client.crt"), d.strangers.path("client.key")
		for name, c := range map[string]*TLS{"none": trusting(), "of another authority": foreign} {
			if err := pull(t, Config{Brokers: []string{d.mutual}, TLS: c}); err == nil {
				t.Errorf("%s: let in", name)
			}
		}
	})
	t.Run("untrusted", func(t *testing.T) {
		environment(t, pull(t, Config{Brokers: []string{d.mutual}, TLS: &TLS{CA: d.strangers.path("ca.crt")}}), "certificate", "kafka.tls.ca")
		environment(t, pull(t, Config{Brokers: []string{d.mutual}, TLS: &TLS{CA: d.authority.path("ca.crt"), ServerName: "elsewhere.example"}}), "certificate")
	})
	t.Run("wrong door", func(t *testing.T) {
		environment(t, pull(t, Config{Brokers: []string{d.mutual}}), "kafka.tls")
		if err := pull(t, Config{Brokers: []string{d.open}, TLS: trusting()}); err == nil {
			t.Error("TLS with a broker that has none")
		}
		if err := pull(t, Config{Brokers: []string{d.plainUnsafe}}); err == nil {
			t.Error("let in without a name")
		}
	})
	t.Run("no secret is told", func(t *testing.T) {
		if len(said) < 20 {
			t.Errorf("only %d things were said", len(said))
		}
		for _, s := range said {
			if strings.Contains(s, canaryPassword) || strings.Contains(s, canaryUser) {
				t.Errorf("a secret is told: %s", s)
			}
		}
	})
}
