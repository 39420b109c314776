package pipelines

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"

	"insideout/pipelines/lake"
)

// pseudonymBytes is the length of a pseudonym before it is written in URL-safe base64 (22 characters): 128 bits.
const pseudonymBytes = 16

// Pseudonyms returns a function that replaces an id by the first 128 bits of its HMAC-SHA-256, in URL-safe base64
// (22 characters). The same id gives the same pseudonym in every field and source, so that an agent can be found in the
// roster and a customer's answers beside their contacts. The function is not safe for concurrent use.
//
// Where a key has older ones, the newest of them first, the HMAC is of the oldest, and each newer key encrypts what the one
// before it made: one block of AES-256 with a key derived from it. Encryption is one to one, so two people never become one,
// and it works on pseudonyms that are there already: the lake has no ids. Whoever has an old key and the lake can then try
// out ids no more.
func Pseudonyms(key []byte, older ...[]byte) func(raw []byte) string {
	if len(key) == 0 {
		return nil
	}
	chain := chainOf(key, older)
	var mac hash.Hash = hmac.New(sha256.New, chain.root)
	var sum [sha256.Size]byte
	return func(raw []byte) string {
		mac.Reset()
		mac.Write(raw)
		block := mac.Sum(sum[:0])[:pseudonymBytes]
		for _, c := range chain.newer {
			c.Encrypt(block, block)
		}
		return base64.RawURLEncoding.EncodeToString(block)
	}
}

// keyChain is what pseudonyms go through.
type keyChain struct {
	root  []byte
	newer []cipher.Block // the oldest of them first
	ids   []string       // of all, the oldest first
}

func chainOf(key []byte, older [][]byte) *keyChain {
	all := append([][]byte{key}, older...)
	c := &keyChain{root: all[len(all)-1]}
	for i := len(all) - 1; i >= 0; i-- {
		id, err := hkdf.Key(sha256.New, all[i], nil, "insideout pseudonym key id 1", 4)
		if err != nil {
			panic("pipelines: " + err.Error()) // only for lengths that HKDF cannot make
		}
		c.ids = append(c.ids, fmt.Sprintf("%x", id))
		if i == len(all)-1 {
			continue
		}
		secret, err := hkdf.Key(sha256.New, all[i], nil, "insideout pseudonym renaming 1", 32)
		if err != nil {
			panic("pipelines: " + err.Error())
		}
		block, err := aes.NewCipher(secret)
		if err != nil {
			panic("pipelines: " + err.Error())
		}
		c.newer = append(c.newer, block)
	}
	return c
}

var errNoPseudonym = errors.New("a value is none of this program's pseudonyms")

func decodePseudonym(s string) ([]byte, error) {
	block, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(block) != pseudonymBytes {
		return nil, errNoPseudonym
	}
	return block, nil
}

// naming is how the lake is told of the keys.
func (c *keyChain) naming() *lake.Naming {
	return &lake.Naming{
		Chain: c.ids,
		Rename: func(pseudonym string, done int) (string, error) {
			block, err := decodePseudonym(pseudonym)
			if err != nil {
				return "", err
			}
			for _, next := range c.newer[max(done-1, 0):] {
				next.Encrypt(block, block)
			}
			return base64.RawURLEncoding.EncodeToString(block), nil
		},
		Root: func(pseudonym string) string {
			block, err := decodePseudonym(pseudonym)
			if err != nil {
				return pseudonym // of nobody
			}
			for i := len(c.newer) - 1; i >= 0; i-- {
				c.newer[i].Decrypt(block, block)
			}
			return base64.RawURLEncoding.EncodeToString(block)
		},
	}
}

// shuffleKey is the secret that the order of comments is made with, of the key of the pseudonyms; "" without one. It is no pseudonym of
// anything: those are 22 characters of another hash.
func (c *Config) shuffleKey() string {
	if len(c.key) == 0 {
		return ""
	}
	mac := hmac.New(sha256.New, c.key)
	mac.Write([]byte("order of comments"))
	return hex.EncodeToString(mac.Sum(nil))
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
