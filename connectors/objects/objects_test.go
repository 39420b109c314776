package objects_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"insideout/connectors"
	"insideout/connectors/conformance"
	"insideout/connectors/file"
	"insideout/connectors/objects"
	"insideout/connectors/wire"
	"insideout/models"
)

// cloud is an S3 of this process, reached over loopback.
type cloud struct {
	backend *s3mem.Backend
	url     string
	gets    atomic.Int64 // of contents
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{backend: s3mem.New()}
	if err := c.backend.CreateBucket("exports"); err != nil {
		t.Fatal(err)
	}
	s3 := gofakes3.New(c.backend).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && !r.URL.Query().Has("list-type") && strings.Count(r.URL.Path, "/") > 1 {
			c.gets.Add(1)
		}
		s3.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	c.url = server.URL
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_CONFIG_FILE": "/none", "AWS_SHARED_CREDENTIALS_FILE": "/none", "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, value)
	}
	return c
}

func (c *cloud) put(t *testing.T, key, text string) {
	t.Helper()
	if _, err := c.backend.PutObject("exports", key, nil, strings.NewReader(text), int64(len(text)), nil); err != nil {
		t.Fatal(err)
	}
}

// source reads objects of the cloud with the rows of the conformance suite.
func (c *cloud) source(t *testing.T, path, dir string) *file.Source {
	t.Helper()
	b := conformance.Binder(t)
	x, err := wire.JSON(b.Places())
	if err != nil {
		t.Fatal(err)
	}
	s, err := file.New("exports", file.Config{Path: path, Store: &file.StoreConfig{Region: "eu-west-1", Endpoint: c.url, PathStyle: true}}, "", b, x)
	if err != nil {
		t.Fatal(err)
	}
	s.Objects = &file.Objects{Dir: dir, Open: open}
	return s
}

func open(ctx context.Context, address string, c file.StoreConfig) (file.Store, error) {
	return objects.Open(ctx, address, objects.Options(c))
}

func pull(t *testing.T, s *file.Source, from models.Positions) (units []string, at models.Positions, err error) {
	t.Helper()
	at = models.Positions{}
	for stream, p := range from {
		at[stream] = p
	}
	err = s.Pull(t.Context(), from, func(_ context.Context, d *models.Delivery) error {
		for _, b := range d.Records {
			for _, u := range b.Columns[b.Schema.Field("unit")].Texts {
				units = append(units, strings.Clone(u))
			}
		}
		if !strings.HasPrefix(d.Range.Label, "s3://exports/") {
			t.Errorf("label %q", d.Range.Label)
		}
		at[d.Range.Stream] = d.Range.Position()
		return nil
	})
	return units, at, err
}

const head = "id,value,keep,pad\n"

// An object lands once, by its content, whatever it is called; one that has not changed is not fetched again.
func TestObjects_LandOnce(t *testing.T) {
	c := newCloud(t)
	dir := t.TempDir()
	c.put(t, "2025/a.csv", head+"a,1,yes,\n")
	c.put(t, "2025/b.jsonl", `{"id":"b","value":1,"keep":"yes"}`)
	c.put(t, "2025/copy.csv", head+"a,1,yes,\n")
	c.put(t, "2025/deep/c.csv", head+"c,1,yes,\n")
	c.put(t, "2025/notes.txt", "nothing")
	s := c.source(t, "s3://exports/2025/", dir)
	units, at, err := pull(t, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a", "b"}, units); d != "" {
		t.Error(d)
	}
	if n := c.gets.Load(); n != 3 {
		t.Errorf("%d objects fetched, want 3", n)
	}
	if units, at, err = pull(t, s, at); err != nil || units != nil || c.gets.Load() != 3 {
		t.Errorf("again: %v, %v, %d fetched", units, err, c.gets.Load())
	}
	c.put(t, "2025/a.csv", head+"a,1,yes,\nd,1,yes,\n")
	if units, at, err = pull(t, s, at); err != nil || !slices.Equal(units, []string{"d"}) || c.gets.Load() != 4 {
		t.Errorf("changed: %v, %v, %d fetched", units, err, c.gets.Load())
	}
	// The memory saves work and decides nothing: without it, or against a lake that has nothing, rows land as they must.
	if err := os.WriteFile(filepath.Join(dir, "exports.json"), []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if units, _, err = pull(t, s, at); err != nil || units != nil || c.gets.Load() != 7 {
		t.Errorf("without memory: %v, %v, %d fetched", units, err, c.gets.Load())
	}
	if units, _, err = pull(t, s, nil); err != nil || !slices.Equal(units, []string{"a", "d", "b"}) && !slices.Equal(units, []string{"a", "d", "b", "a"}) {
		t.Errorf("into an empty lake: %v, %v", units, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestObjects_Patterns(t *testing.T) {
	c := newCloud(t)
	for _, key := range []string{"x/2025-01.csv", "x/2025-02.csv", "x/2026-01.csv", "x/2025-01/y.csv", "x.csv"} {
		c.put(t, key, head+key+",1,yes,\n")
	}
	for path, want := range map[string][]string{
		"s3://exports/x/2025-*.csv":   {"x/2025-01.csv", "x/2025-02.csv"},
		"s3://exports/x/*/y.csv":      {"x/2025-01/y.csv"},
		"s3://exports/x/202[6-9]-*":   {"x/2026-01.csv"},
		"s3://exports/x/2025-01.csv":  {"x/2025-01.csv"},
		"s3://exports/*.csv":          {"x.csv"},
		"s3://exports/x/":             {"x/2025-01.csv", "x/2025-02.csv", "x/2026-01.csv"},
		"s3://exports":                {"x.csv"},
		"s3://exports/x/2025-01/*csv": {"x/2025-01/y.csv"},
	} {
		units, _, err := pull(t, c.source(t, path, t.TempDir()), nil)
		if d := cmp.Diff(want, units); d != "" || err != nil {
			t.Errorf("%s: %v %s", path, err, d)
		}
	}
	for path, says := range map[string]string{
		"s3://exports/x/2025-01.cvs": `did you mean "x/2025-01.csv"?`,
		"s3://exports/y/":            "nothing begins so",
		"s3://other/x.csv":           "correct the name of the bucket",
	} {
		_, _, err := pull(t, c.source(t, path, t.TempDir()), nil)
		var environment *connectors.EnvironmentError
		if !errors.As(err, &environment) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", path, err, says)
		}
	}
}

// One object that cannot be read does not stop the others.
func TestObjects_BadOnes(t *testing.T) {
	c := newCloud(t)
	c.put(t, "a.csv", head+"a,1,yes,\n")
	c.put(t, "b.csv", "other\n1\n")
	c.put(t, "c.csv", head+"c,1,yes,\n")
	units, _, err := pull(t, c.source(t, "s3://exports/*.csv", t.TempDir()), nil)
	var data *connectors.DataError
	if !errors.As(err, &data) || !strings.Contains(err.Error(), "s3://exports/b.csv") || !slices.Equal(units, []string{"a", "c"}) {
		t.Errorf("%v, %v", units, err)
	}
}

func TestObjects_Conform(t *testing.T) {
	c := newCloud(t)
	n := 0
	conformance.Run(t, func(t *testing.T) conformance.Case {
		n++
		dir, folder := t.TempDir(), fmt.Sprintf("case-%d/", n)
		return conformance.Case{
			Streams: 2,
			Write: func(t *testing.T, stream int, rows []conformance.Row) {
				var b bytes.Buffer
				w := csv.NewWriter(&b)
				_ = w.Write([]string{"id", "value", "keep", "pad"})
				for _, r := range rows {
					_ = w.Write([]string{r.ID, r.Value, r.Keep, r.Pad})
				}
				w.Flush()
				c.put(t, fmt.Sprintf("%spart-%d.csv", folder, stream), b.String())
			},
			Open: func(t *testing.T) connectors.Source { return c.source(t, "s3://exports/"+folder, dir) },
		}
	})
}

// The two other clouds have no server that runs in a test; what answers here is as much of their protocols as reading needs,
// so that the clients themselves and their addresses are used.
func TestObjects_OtherClouds(t *testing.T) {
	text := head + "a,1,yes,\n"
	google := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		object := fmt.Sprintf(`{"kind":"storage#object","name":"in/a.csv","bucket":"exports","size":"%d","updated":"2025-01-01T00:00:00Z","etag":"v1","generation":"1"}`, len(text))
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Query().Has("prefix"):
			fmt.Fprintf(w, `{"kind":"storage#objects","items":[%s]}`, object)
		case strings.HasSuffix(r.URL.Path, "/exports/in/a.csv") || r.URL.Query().Get("alt") == "media":
			fmt.Fprint(w, text)
		default:
			fmt.Fprint(w, object)
		}
	}))
	defer google.Close()
	t.Setenv("STORAGE_EMULATOR_HOST", strings.TrimPrefix(google.URL, "http://"))
	azure := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("comp") == "list" {
			w.Header().Set("Content-Type", "application/xml")
			fmt.Fprintf(w, `<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs><Blob><Name>in/a.csv</Name><Properties><Last-Modified>Wed, 01 Jan 2025 00:00:00 GMT</Last-Modified><Etag>v1</Etag><Content-Length>%d</Content-Length><BlobType>BlockBlob</BlobType></Properties></Blob></Blobs><NextMarker/></EnumerationResults>`, len(text))
			return
		}
		for name, value := range map[string]string{"ETag": `"v1"`, "Content-Type": "text/csv", "x-ms-blob-type": "BlockBlob", "x-ms-creation-time": "Wed, 01 Jan 2025 00:00:00 GMT"} {
			w.Header().Set(name, value)
		}
		w.Header().Set("Last-Modified", "Wed, 01 Jan 2025 00:00:00 GMT")
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		if r.Method == http.MethodGet {
			fmt.Fprint(w, text)
		}
	}))
	defer azure.Close()
	for name, value := range map[string]string{"AZURE_STORAGE_ACCOUNT": "acme", "AZURE_STORAGE_KEY": "c2VjcmV0", "AZURE_STORAGE_DOMAIN": strings.TrimPrefix(azure.URL, "http://"), "AZURE_STORAGE_PROTOCOL": "http"} {
		t.Setenv(name, value)
	}
	for _, address := range []string{"gs://exports/in/*.csv", "azblob://exports/in/"} {
		b := conformance.Binder(t)
		c := file.Config{Path: address}
		if strings.HasPrefix(address, "gs") {
			c.Store = &file.StoreConfig{Anonymous: true}
		}
		s, err := file.New("exports", c, "", b, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.Objects = &file.Objects{Dir: t.TempDir(), Open: open}
		var at models.Positions
		for _, want := range []int{1, 0} {
			rows := 0
			from := at
			at = models.Positions{}
			if err := s.Pull(t.Context(), from, func(_ context.Context, d *models.Delivery) error {
				rows += int(d.Range.Loaded)
				at[d.Range.Stream] = d.Range.Position()
				return nil
			}); err != nil || rows != want {
				t.Errorf("%s: %d rows, want %d: %v", address, rows, want, err)
			}
		}
	}
}
