package broker

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

//go:embed registry.pom.xml
var registryPOM []byte

// FetchRegistry returns a folder with Apicurio Registry, as Fetch does with the broker: about 170 MB, once. Version 2.6 is
// the last that runs on Java 17.
func FetchRegistry(ctx context.Context) (string, error) {
	there := func(dir string) bool { _, err := runner(dir); return err == nil }
	return fetch(ctx, "registry", registryPOM, there, "dependency:unpack-dependencies", "-DexcludeTransitive=true")
}

func runner(dir string) (string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "*-runner.jar"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("registry: there is no runner jar in %s", dir)
	}
	return found[0], nil
}

// RequireRegistry starts a real schema registry, Apicurio Registry with its data in memory, that ends with the test, and
// returns the address of its interface that is Confluent's. It takes some 15 seconds. Where none can be had it does as
// Require does.
func RequireRegistry(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
	defer cancel()
	missing := func(err error) {
		t.Helper()
		if os.Getenv("INSIDEOUT_REQUIRE_BROKER") == "1" {
			t.Fatalf("a real schema registry is required (INSIDEOUT_REQUIRE_BROKER=1): %v", err)
		}
		t.Skipf("SKIPPED, no real schema registry: %v", err)
	}
	java, err := findJava(ctx)
	if err != nil {
		missing(err)
	}
	jars, err := FetchRegistry(ctx)
	if err != nil {
		missing(err)
	}
	jar, err := runner(jars)
	if err != nil {
		missing(err)
	}
	ports, err := freePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "insideout-registry-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	cmd := exec.Command("sh", "-c", supervise, "supervise", dir, java, "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Dquarkus.http.host=127.0.0.1", "-Dquarkus.http.port="+ports[0], "-Djava.io.tmpdir="+dir, "-jar", jar)
	pipe, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_, convErr := strconv.Atoi(strings.TrimSpace(line))
	t.Cleanup(func() {
		pipe.Close() // its shell kills it
		cmd.Wait()
	})
	if err = errors.Join(err, convErr); err != nil {
		t.Fatalf("registry: the supervising shell did not name a process: %v", err)
	}
	url := "http://127.0.0.1:" + ports[0] + "/apis/ccompat/v7"
	client := &http.Client{Timeout: 2 * time.Second}
	poll := time.NewTicker(100 * time.Millisecond)
	defer poll.Stop()
	for {
		if a, err := client.Get(url + "/subjects"); err == nil {
			a.Body.Close()
			if a.StatusCode == http.StatusOK {
				return url
			}
		}
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(dir, "broker.log"))
			t.Fatalf("the registry did not answer\n%s", tail(string(log), 20))
		case <-poll.C:
		}
	}
}
