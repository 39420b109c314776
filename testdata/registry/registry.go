// Package registry is a schema registry for tests.
//
// Fake is one in this process: a faithful fake of what Confluent documents of its interface (subjects, versions, ids,
// GUIDs, references, error codes, basic and bearer authentication), and no more; it checks no compatibility. It exists
// because Confluent's own cannot be had from Maven Central. Register speaks to it and to any real registry alike: the
// tests on a real broker use Apicurio Registry (broker.RequireRegistry), which knows ids and references but not GUIDs.
package registry

import (
	"bytes"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Reference is a schema that another one uses under a name.
type Reference struct {
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

// schema is what is registered; one of the same contents has the same id everywhere.
type schema struct {
	Type       string      `json:"schemaType,omitempty"` // left out for Avro, as Confluent does
	Schema     string      `json:"schema"`
	References []Reference `json:"references,omitempty"`
}

// Fake is a registry in this process.
type Fake struct {
	// URL is its address.
	URL string

	server *httptest.Server
	mu     sync.Mutex
	away   bool
	auth   string // the Authorization header that is wanted; "" for none
	asked  []string
	ids    []schema // the id is the index plus 1
	guids  map[string]int
	byName map[string][]int // ids of the versions of a subject
}

// New starts a fake registry, which ends with the test.
func New(t testing.TB) *Fake {
	f := &Fake{guids: map[string]int{}, byName: map[string][]int{}}
	f.server = httptest.NewServer(http.HandlerFunc(f.serve))
	f.URL = f.server.URL
	t.Cleanup(f.server.Close)
	return f
}

// Away makes it answer 503, or no longer.
func (f *Fake) Away(away bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = away
}

// Want makes it refuse questions without this Authorization header.
func (f *Fake) Want(authorization string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.auth = authorization
}

// Asked lists the paths that were asked for with GET, in order.
func (f *Fake) Asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.asked...)
}

// GUID returns the GUID of the schema with an id.
func (f *Fake) GUID(id int) [16]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return guid(f.ids[id-1])
}

func guid(s schema) [16]byte {
	text, _ := json.Marshal(s) // of strings and numbers only
	return md5.Sum(text)
}

func format(g [16]byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", g[:4], g[4:6], g[6:8], g[8:10], g[10:])
}

func (f *Fake) serve(w http.ResponseWriter, q *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	fail := func(status, code int, message string) {
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]any{"error_code": code, "message": message})
	}
	if q.Method == http.MethodGet {
		f.asked = append(f.asked, q.URL.Path)
	}
	switch {
	case f.away:
		fail(http.StatusServiceUnavailable, 50003, "away")
		return
	case f.auth != "" && q.Header.Get("Authorization") != f.auth:
		fail(http.StatusUnauthorized, 401, "Unauthorized")
		return
	}
	parts := strings.Split(strings.Trim(q.URL.Path, "/"), "/")
	switch {
	case len(parts) == 3 && parts[0] == "schemas" && parts[1] == "ids":
		id, _ := strconv.Atoi(parts[2])
		if id < 1 || id > len(f.ids) {
			fail(http.StatusNotFound, 40403, "Schema "+parts[2]+" not found")
			return
		}
		json.NewEncoder(w).Encode(f.ids[id-1])
	case len(parts) == 3 && parts[0] == "schemas" && parts[1] == "guids":
		id, ok := f.guids[parts[2]]
		if !ok {
			fail(http.StatusNotFound, 40403, "Schema not found")
			return
		}
		json.NewEncoder(w).Encode(f.ids[id-1])
	case len(parts) == 4 && parts[0] == "subjects" && q.Method == http.MethodGet:
		version, _ := strconv.Atoi(parts[3])
		versions := f.byName[parts[1]]
		if version < 1 || version > len(versions) {
			fail(http.StatusNotFound, 40402, "Version not found")
			return
		}
		id := versions[version-1]
		json.NewEncoder(w).Encode(struct {
			Subject string `json:"subject"`
			ID      int    `json:"id"`
			Version int    `json:"version"`
			schema
		}{parts[1], id, version, f.ids[id-1]})
	case len(parts) == 3 && parts[0] == "subjects" && q.Method == http.MethodPost:
		var s schema
		if err := json.NewDecoder(q.Body).Decode(&s); err != nil || s.Schema == "" {
			fail(http.StatusUnprocessableEntity, 42201, "Invalid schema")
			return
		}
		if s.Type == "AVRO" {
			s.Type = ""
		}
		g := format(guid(s))
		id, ok := f.guids[g]
		if !ok {
			f.ids = append(f.ids, s)
			id = len(f.ids)
			f.guids[g] = id
		}
		f.byName[parts[1]] = append(f.byName[parts[1]], id)
		json.NewEncoder(w).Encode(map[string]int{"id": id})
	default:
		http.NotFound(w, q)
	}
}

// Register puts a schema into a registry, the fake or a real one, and returns its id. Kind is AVRO, PROTOBUF or JSON.
func Register(t testing.TB, url, subject, kind, text string, references ...Reference) int {
	t.Helper()
	body, err := json.Marshal(map[string]any{"schemaType": kind, "schema": text, "references": references})
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.Post(url+"/subjects/"+subject+"/versions", "application/vnd.schemaregistry.v1+json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	answer, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		ID int `json:"id"`
	}
	if err := json.Unmarshal(answer, &got); err != nil || got.ID == 0 {
		t.Fatalf("register %s: %s %s", subject, a.Status, answer)
	}
	return got.ID
}
