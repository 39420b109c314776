package pipelines

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"os"
)

// Pseudonyms returns a function that replaces an id by the first 128 bits of its HMAC-SHA-256, in URL-safe base64
// (22 characters). The same id gives the same pseudonym in every field and source, so that an agent can be found in the
// roster and a customer's answers beside their contacts. The function is not safe for concurrent use.
func Pseudonyms(key []byte) func(raw []byte) string {
	if len(key) == 0 {
		return nil
	}
	var mac hash.Hash = hmac.New(sha256.New, key)
	var sum [sha256.Size]byte
	return func(raw []byte) string {
		mac.Reset()
		mac.Write(raw)
		return base64.RawURLEncoding.EncodeToString(mac.Sum(sum[:0])[:16])
	}
}

// readKey reads a key file that nobody but its owner may read.
func readKey(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %s -> make one with: openssl rand -hex 32 > %s; chmod 600 %s", path, reason(err), path, path)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others -> chmod 600 %s", path, path)
	}
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %s", path, reason(err))
	}
	return bytes.TrimSpace(key), nil
}
