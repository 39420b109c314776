package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"insideout/connectors"
)

// bundle is a schema with everything that it refers to, in an order in which each is complete when its turn comes.
type bundle struct {
	Type       string      `json:"type"` // AVRO, PROTOBUF or JSON
	Schema     string      `json:"schema"`
	References []reference `json:"references,omitempty"`
}

// reference is a schema that another one uses under a name: of a type in Avro, of a file in Protobuf, a URI in JSON.
type reference struct {
	Name   string `json:"name"`
	Schema string `json:"schema"`
}

// Registry asks a schema registry for schemas, each once: a schema never changes under its id. What was asked for is
// kept in a folder that only its owner may read, so a run goes on when the registry is away, as long as it meets only
// schemas that were met before. It is not safe for concurrent use.
//
// The interface is Confluent's, which Apicurio, Karapace and Redpanda offer too. Only GET is used.
type Registry struct {
	base           string
	user, password connectors.Secret
	token          connectors.Secret
	client         *http.Client
	cache          cache
	tries          int
	pause          time.Duration // before the second try; doubled after each
}

// RegistryOptions are what the run adds.
type RegistryOptions struct {
	// Cache is the folder for schemas; "" keeps none.
	Cache string
	// Tries is how often an answer is waited for before the registry is taken to be away. Default 5, about 8 seconds
	// where the registry refuses at once.
	Tries int
	// Pause is the time before the second try, doubled after each. Default 500ms.
	Pause time.Duration
}

// answerTimeout bounds one question; largestAnswer what is read of an answer.
const (
	answerTimeout = 10 * time.Second
	largestAnswer = 8 << 20
	maxReferences = 200
)

// NewRegistry makes a client and connects to nothing. A secret that the environment does not have, and a file of
// certificates that cannot be read, are *connectors.EnvironmentError.
func NewRegistry(c connectors.Registry, o RegistryOptions) (*Registry, error) {
	r := &Registry{base: strings.TrimRight(c.URL, "/"), cache: cache{dir: o.Cache, registry: c.URL}, tries: o.Tries, pause: o.Pause}
	if r.tries <= 0 {
		r.tries = 5
	}
	if r.pause <= 0 {
		r.pause = 500 * time.Millisecond
	}
	var errs [3]error
	r.user, errs[0] = connectors.SecretFrom(c.UserEnv)
	r.password, errs[1] = connectors.SecretFrom(c.PasswordEnv)
	r.token, errs[2] = connectors.SecretFrom(c.TokenEnv)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	trust := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CA != "" {
		pem, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, &connectors.EnvironmentError{Op: "read", What: c.CA, Err: err, Hint: "registry.ca names the certificates to trust"}
		}
		trust.RootCAs = x509.NewCertPool()
		if !trust.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &connectors.EnvironmentError{Op: "read", What: c.CA, Err: errors.New("there is no certificate in it"), Hint: "want PEM: -----BEGIN CERTIFICATE-----"}
		}
	}
	r.client = &http.Client{
		Timeout:   answerTimeout,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: trust, ForceAttemptHTTP2: true},
		CheckRedirect: func(to *http.Request, via []*http.Request) error {
			if to.URL.Host != via[0].URL.Host || to.URL.Scheme != via[0].URL.Scheme || len(via) > 3 {
				return errors.New("the registry sends elsewhere, which is not followed") // the secrets are for it alone
			}
			return nil
		},
	}
	return r, nil
}

// errNoSchema says that the registry answered and does not have the schema.
var errNoSchema = errors.New("the registry does not have it")

// schema returns a schema by its id. The error is errNoSchema, that of ctx, or a *connectors.EnvironmentError.
func (r *Registry) schema(ctx context.Context, id schemaID) (*bundle, error) {
	if b := r.cache.get(id); b != nil {
		return b, nil
	}
	path := "/schemas/ids/" + strconv.Itoa(int(id.number))
	if id.byGUID() {
		path = "/schemas/guids/" + id.String()
	}
	var a answer
	if err := r.get(ctx, path, &a); err != nil {
		return nil, err
	}
	b := &bundle{Type: a.Type, Schema: a.Schema}
	if b.Type == "" {
		b.Type = "AVRO" // so says the interface
	}
	if err := r.references(ctx, b, a.References, map[string]bool{}); err != nil {
		return nil, err
	}
	r.cache.put(id, b)
	return b, nil
}

// answer is what a registry says of a schema.
type answer struct {
	Type       string            `json:"schemaType"`
	Schema     string            `json:"schema"`
	References []answerReference `json:"references"`
}

type answerReference struct {
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

func (r *Registry) references(ctx context.Context, b *bundle, refs []answerReference, seen map[string]bool) error {
	for _, ref := range refs {
		if seen[ref.Name] {
			continue
		}
		seen[ref.Name] = true
		if len(seen) > maxReferences {
			return fmt.Errorf("%w whole: more than %d references", errNoSchema, maxReferences)
		}
		var a answer
		if err := r.get(ctx, "/subjects/"+url.PathEscape(ref.Subject)+"/versions/"+strconv.Itoa(ref.Version), &a); err != nil {
			return err
		}
		if err := r.references(ctx, b, a.References, seen); err != nil {
			return err
		}
		b.References = append(b.References, reference{ref.Name, a.Schema})
	}
	return nil
}

// get asks until there is an answer or the tries are used up.
func (r *Registry) get(ctx context.Context, path string, into *answer) error {
	pause := r.pause
	for try := 1; ; try++ {
		again, err := r.ask(ctx, path, into)
		switch {
		case err == nil, errors.Is(err, errNoSchema):
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case !again:
			return r.away(err, "")
		case try == r.tries:
			return r.away(err, fmt.Sprintf("asked %d times; schemas that were met before are kept in %s, this one is new. What was committed stays; the next run goes on from there", r.tries, r.cache.name()))
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
		pause *= 2
	}
}

func (r *Registry) away(err error, hint string) error {
	if hint == "" {
		hint = "see registry: in the configuration, and the rights that its user or token has"
	}
	return &connectors.EnvironmentError{Op: "ask schema registry", What: r.base, Err: err, Hint: hint}
}

// ask makes one request. again tells whether it is worth another one.
func (r *Registry) ask(ctx context.Context, path string, into *answer) (again bool, err error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+path, nil)
	if err != nil {
		return false, err
	}
	q.Header.Set("Accept", "application/vnd.schemaregistry.v1+json, application/json")
	switch {
	case !r.token.Empty():
		q.Header.Set("Authorization", "Bearer "+r.token.Reveal())
	case !r.user.Empty():
		q.SetBasicAuth(r.user.Reveal(), r.password.Reveal())
	}
	a, err := r.client.Do(q)
	if err != nil {
		var untrusted *tls.CertificateVerificationError
		return !errors.As(err, &untrusted), err
	}
	defer a.Body.Close()
	body, err := io.ReadAll(io.LimitReader(a.Body, largestAnswer+1))
	switch {
	case err != nil:
		return true, err
	case a.StatusCode == http.StatusNotFound && looksLikeRegistry(body):
		return false, errNoSchema
	case a.StatusCode == http.StatusTooManyRequests, a.StatusCode >= 500:
		return true, fmt.Errorf("it answers %s", a.Status)
	case a.StatusCode != http.StatusOK:
		return false, fmt.Errorf("it answers %s", a.Status)
	case len(body) > largestAnswer:
		return false, fmt.Errorf("an answer has more than %d bytes", largestAnswer)
	}
	if err := json.Unmarshal(body, into); err != nil || into.Schema == "" {
		return false, errors.New("its answer is not that of a schema registry")
	}
	return false, nil
}

// looksLikeRegistry tells a registry that lacks a schema from a web server that lacks a page: a wrong path must not make
// rejects of every message.
func looksLikeRegistry(body []byte) bool {
	var e struct {
		Code int `json:"error_code"`
	}
	return json.Unmarshal(body, &e) == nil && e.Code >= 40400 && e.Code < 40500
}
