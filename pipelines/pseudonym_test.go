package pipelines

import (
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
