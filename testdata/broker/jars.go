package broker

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed pom.xml
var pom []byte

// Fetch returns a folder with the broker's jars. The first call has Maven copy them, about 45 MB, to the user's cache
// folder; later ones find them there. The folder's name follows from the pom, so another version is another folder.
func Fetch(ctx context.Context) (string, error) {
	return fetch(ctx, "broker", pom, complete, "dependency:copy-dependencies", "-DincludeScope=runtime")
}

// fetch lets Maven bring what a pom names into a folder of the user's cache, once; complete judges such a folder.
func fetch(ctx context.Context, what string, pom []byte, complete func(dir string) bool, goal ...string) (string, error) {
	fail := func(format string, args ...any) (string, error) { return "", fmt.Errorf(what+": "+format, args...) }
	cache, err := os.UserCacheDir()
	if err != nil {
		return fail("no cache folder: %w", err)
	}
	sum := sha256.Sum256(pom)
	dir := filepath.Join(cache, "insideout", what+"-"+hex.EncodeToString(sum[:6]))
	if complete(dir) {
		return dir, nil
	}
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return fail("Maven (mvn) is not installed")
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fail("%w", err)
	}
	// Two test processes may do this at once: each works in a folder of its own, and the first rename wins.
	work, err := os.MkdirTemp(filepath.Dir(dir), "fetch-")
	if err != nil {
		return fail("%w", err)
	}
	defer os.RemoveAll(work)
	if err := os.WriteFile(filepath.Join(work, "pom.xml"), pom, 0o644); err != nil {
		return fail("%w", err)
	}
	lib := filepath.Join(work, "lib")
	cmd := exec.CommandContext(ctx, mvn, append([]string{"-q", "-B", "-DoutputDirectory=" + lib}, goal...)...)
	cmd.Dir = work
	if out, err := cmd.CombinedOutput(); err != nil {
		return fail("mvn %s: %w\n%s", goal[0], err, tail(string(out), 15))
	}
	if !complete(lib) {
		return fail("Maven ended well but what is needed is not in %s", lib)
	}
	if err := os.Rename(lib, dir); err != nil && !complete(dir) {
		return fail("%w", err)
	}
	return dir, nil
}

// complete reports whether a folder holds the jars. It is moved into place whole, so one of them stands for all.
func complete(dir string) bool {
	found, err := filepath.Glob(filepath.Join(dir, "kafka_2.13-*.jar"))
	return err == nil && len(found) == 1
}

// tail returns the last n lines.
func tail(s string, n int) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
