package pipelines

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPseudonyms(t *testing.T) {
	hide := Pseudonyms([]byte("key"))
	// First 16 bytes of HMAC-SHA-256("key", "The quick brown fox jumps over the lazy dog"), a published test vector:
	// f7bc83f430538424b13298e6aa6fb143...
	if got, want := hide([]byte("The quick brown fox jumps over the lazy dog")), "97yD9DBThCSxMpjmqm-xQw"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if a, b := hide([]byte("a")), hide([]byte("b")); a == b || a != hide([]byte("a")) {
		t.Error("pseudonyms do not follow the id")
	}
	if Pseudonyms([]byte("other"))([]byte("a")) == hide([]byte("a")) {
		t.Error("another key gives the same pseudonym")
	}
	if Pseudonyms(nil) != nil {
		t.Error("without a key there is no pseudonym")
	}
}

func TestReadKey_RefusesAFileThatOthersMayRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("0123456789abcdef0123\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readKey(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("got %v", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := readKey(path); err != nil || string(key) != "0123456789abcdef0123" {
		t.Errorf("got %q, %v", key, err)
	}
}

// A newer key turns the pseudonyms that are there into those that it makes of ids, keeps people apart, and can be undone; the
// expected ones were made with openssl: HMAC-SHA-256, HKDF-SHA-256 and AES-256-ECB.
func TestPseudonyms_NewerKey(t *testing.T) {
	old, newer := []byte("an old key of the tests"), []byte("a newer key of the tests")
	before, after := Pseudonyms(old), Pseudonyms(newer, old)
	n := chainOf(newer, [][]byte{old}).naming()
	if len(n.Chain) != 2 || n.Chain[0] != chainOf(old, nil).ids[0] {
		t.Errorf("chain %v", n.Chain)
	}
	seen := map[string]bool{}
	for i := range 1000 {
		id := fmt.Appendf(nil, "E%d", i)
		renamed, err := n.Rename(before(id), 1)
		if want := after(id); err != nil || renamed != want || n.Root(want) != before(id) || seen[want] || want == before(id) {
			t.Fatalf("%s: %s, %v; the keys make %s", id, renamed, err, want)
		}
		seen[renamed] = true
	}
	if got := before([]byte("E1")); got != "Zr8ROqllAWNV1tBCa2q2vw" {
		t.Errorf("before: %s", got)
	}
	if got := after([]byte("E1")); got != "_FRpdtv9Fbr2-BV2wsQgzw" {
		t.Errorf("after: %s", got)
	}
	for _, s := range []string{"", "short", "no base64 of 22 chars!", strings.Repeat("A", 43)} {
		if _, err := n.Rename(s, 1); err == nil || n.Root(s) != s {
			t.Errorf("%q is taken for a pseudonym", s)
		}
	}
}
