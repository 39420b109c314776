package wire

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"insideout/connectors"
	"insideout/testdata/registry"
)

func newRegistry(t testing.TB, c connectors.Registry, cache string) *Registry {
	t.Helper()
	r, err := NewRegistry(c, RegistryOptions{Cache: cache, Tries: 3, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func away(t *testing.T, err error, says ...string) {
	t.Helper()
	var e *connectors.EnvironmentError
	if !errors.As(err, &e) || e.Hint == "" {
		t.Fatalf("got %v, want an EnvironmentError with a hint", err)
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("got %v, want ...%s...", err, s)
		}
	}
}

// A diamond of references is asked for once each, and comes in an order in which every one is complete.
func TestRegistry_References(t *testing.T) {
	f := registry.New(t)
	registry.Register(t, f.URL, "base", "AVRO", `{"type":"enum","name":"desk.Kind","symbols":["CALL"]}`)
	toBase := registry.Reference{Name: "desk.Kind", Subject: "base", Version: 1}
	registry.Register(t, f.URL, "left", "AVRO", `{"type":"record","name":"desk.Left","fields":[{"name":"kind","type":"desk.Kind"}]}`, toBase)
	registry.Register(t, f.URL, "right", "AVRO", `{"type":"record","name":"desk.Right","fields":[{"name":"kind","type":"desk.Kind"}]}`, toBase)
	id := registry.Register(t, f.URL, "top", "AVRO", `{"type":"record","name":"desk.Top","fields":[{"name":"l","type":"desk.Left"},{"name":"r","type":"desk.Right"}]}`,
		registry.Reference{Name: "desk.Left", Subject: "left", Version: 1}, registry.Reference{Name: "desk.Right", Subject: "right", Version: 1})
	cache := filepath.Join(t.TempDir(), "schemas")
	r := newRegistry(t, connectors.Registry{URL: f.URL + "/"}, cache)
	b, err := r.schema(t.Context(), schemaID{number: int32(id)})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, ref := range b.References {
		names = append(names, ref.Name)
	}
	if got := strings.Join(names, " "); got != "desk.Kind desk.Left desk.Right" || len(f.Asked()) != 4 {
		t.Errorf("references %s after asking %v", got, f.Asked())
	}
	if _, _, err := avroSchema(b); err != nil {
		t.Error(err)
	}
	// What is kept is for its owner alone, and does without the registry.
	info, err := os.Stat(cache)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder %v %v", info, err)
	}
	files, _ := filepath.Glob(filepath.Join(cache, "*"))
	if len(files) != 1 {
		t.Fatalf("the cache holds %v", files)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file %v %v", info, err)
	}
	f.Away(true)
	if again, err := newRegistry(t, connectors.Registry{URL: f.URL + "/"}, cache).schema(t.Context(), schemaID{number: int32(id)}); err != nil || len(again.References) != 3 {
		t.Errorf("from the cache: %+v %v", again, err)
	}
	// A damaged file is as none.
	if err := os.WriteFile(files[0], []byte(`{"type":"AVRO","sch`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = newRegistry(t, connectors.Registry{URL: f.URL + "/"}, cache).schema(t.Context(), schemaID{number: int32(id)})
	away(t, err, "503", "asked 3 times")
}

func TestRegistry_Authentication(t *testing.T) {
	t.Setenv("TEST_REGISTRY_USER", "canary-user")
	t.Setenv("TEST_REGISTRY_PASSWORD", "canary-password")
	f := registry.New(t)
	id := schemaID{number: int32(registry.Register(t, f.URL, "s", "AVRO", `"string"`))}
	basic := connectors.Registry{URL: f.URL, UserEnv: "TEST_REGISTRY_USER", PasswordEnv: "TEST_REGISTRY_PASSWORD"}
	bearer := connectors.Registry{URL: f.URL, TokenEnv: "TEST_REGISTRY_PASSWORD"}
	for want, right := range map[string]connectors.Registry{"Basic Y2FuYXJ5LXVzZXI6Y2FuYXJ5LXBhc3N3b3Jk": basic, "Bearer canary-password": bearer} {
		f.Want(want)
		if _, err := newRegistry(t, right, "").schema(t.Context(), id); err != nil {
			t.Error(err)
		}
		asked := len(f.Asked())
		_, err := newRegistry(t, connectors.Registry{URL: f.URL}, "").schema(t.Context(), id)
		away(t, err, "401")
		if len(f.Asked()) != asked+1 {
			t.Error("a refusal is asked for again")
		}
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("a secret is told: %v", err)
		}
	}
	basic.PasswordEnv = "TEST_REGISTRY_NOT_SET"
	_, err := NewRegistry(basic, RegistryOptions{})
	away(t, err, "TEST_REGISTRY_NOT_SET")
}

// Whatever stands at the address that is no registry is an error of the environment, never a reason to reject messages.
func TestRegistry_IsNone(t *testing.T) {
	t.Setenv("TEST_REGISTRY_TOKEN", "canary")
	var got []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) { got = append(got, q.Header.Get("Authorization")) }))
	defer elsewhere.Close()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"a web server":  {http.NotFound, "404"},
		"a page":        {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }, "not that of a schema registry"},
		"an empty one":  {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("{}")) }, "not that of a schema registry"},
		"a flood":       {func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, largestAnswer+2)) }, "more than"},
		"a forwarding":  {func(w http.ResponseWriter, q *http.Request) { http.Redirect(w, q, elsewhere.URL, http.StatusFound) }, "sends elsewhere"},
		"a cut-off one": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "asked 3 times"},
	} {
		s := httptest.NewServer(c.answer)
		_, err := newRegistry(t, connectors.Registry{URL: s.URL, TokenEnv: "TEST_REGISTRY_TOKEN"}, "").schema(t.Context(), schemaID{number: 1})
		s.Close()
		t.Run(name, func(t *testing.T) { away(t, err, c.says) })
	}
	if len(got) > 0 {
		t.Errorf("the token went elsewhere: %v", got)
	}
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	_, err := newRegistry(t, connectors.Registry{URL: s.URL}, "").schema(t.Context(), schemaID{number: 1})
	away(t, err, "refused", s.URL)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newRegistry(t, connectors.Registry{URL: s.URL}, "").schema(ctx, schemaID{number: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestRegistry_LacksASchema(t *testing.T) {
	f := registry.New(t)
	o := Options{Payload: connectors.Payload{Format: connectors.FormatAvro}, Registry: newRegistry(t, connectors.Registry{URL: f.URL}, "")}
	text := registry.Register(t, f.URL, "json", "JSON", `{}`)
	broken := registry.Register(t, f.URL, "broken", "AVRO", `{"type":"record"}`)
	r, err := Messages([]string{"id"}, o)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, id := range []byte{byte(text), byte(broken), 99} {
			_, err := reading(t, r, &connectors.Message{Value: []byte{0, 0, 0, 0, id, 2}}, []string{"id"})
			if code(err) != connectors.CodeUnknownSchema {
				t.Errorf("schema %d: %v", id, err)
			}
		}
	}
	if len(f.Asked()) != 3 {
		t.Errorf("asked for %v: a topic full of one bad id must not ask again and again", f.Asked())
	}
}
