package lake

import (
	"bufio"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

// Keys seal and open the files of a lake that hold what single people said: employee datasets and the quarantine. Every
// key is derived from a secret by HKDF-SHA-256, so that a person keeps one secret and a seal tells nothing of the
// pseudonyms made with it. The files are those of age; a key has 256 bits, so age's passphrase form is used with its
// least work, and `age -d` opens a file wherever this program is lost.
//
// Nil is no key: nothing is sealed, and what is sealed cannot be opened.
type Keys struct {
	seals []derived // the first one seals, all of them open
	stone []byte    // of the tombstones; by the last secret, which stays when newer ones are put before it
}

type derived struct{ id, pass string }

// NewKeys derives the keys of secrets, the newest first; without any it returns nil.
func NewKeys(secrets ...[]byte) (*Keys, error) {
	if len(secrets) == 0 {
		return nil, nil
	}
	k := new(Keys)
	for _, s := range secrets {
		pass, err := hkdf.Key(sha256.New, s, nil, "insideout lake seal 1", 32)
		if err != nil {
			return nil, err
		}
		id, err := hkdf.Key(sha256.New, s, nil, "insideout lake key id 1", 4)
		if err != nil {
			return nil, err
		}
		k.seals = append(k.seals, derived{hex.EncodeToString(id), hex.EncodeToString(pass)})
		if k.stone, err = hkdf.Key(sha256.New, s, nil, "insideout lake tombstone 1", 32); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// ID names the key that seals, for people; "" without one.
func (k *Keys) ID() string {
	if k == nil {
		return ""
	}
	return k.seals[0].id
}

// seal returns a writer that encrypts into w; its Close writes the last piece and leaves w open.
func (k *Keys) seal(w io.Writer) (io.WriteCloser, error) {
	r, err := age.NewScryptRecipient(k.seals[0].pass)
	if err != nil {
		return nil, err
	}
	r.SetWorkFactor(1)
	return age.Encrypt(w, r)
}

// Seal is for files beside the lake that hold what its sealed files hold: it returns a writer that encrypts into w, and without a key
// one that does not. Close leaves w open.
func (k *Keys) Seal(w io.Writer) (io.WriteCloser, error) {
	if k == nil {
		return plain{w}, nil
	}
	return k.seal(w)
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// Unseal reads what Seal wrote, with a key or before there was one. The path is for the *SealedError that it returns where the key is not at hand.
func (k *Keys) Unseal(r io.Reader, path string) (io.Reader, error) {
	const head = "age-encryption.org/"
	b := bufio.NewReader(r)
	if start, err := b.Peek(len(head)); err != nil || string(start) != head {
		return b, nil // what is cut short says so itself
	}
	if k == nil {
		return nil, &SealedError{Path: path, Key: "unknown"}
	}
	var all []age.Identity
	for _, s := range k.seals {
		i, err := age.NewScryptIdentity(s.pass)
		if err != nil {
			return nil, err
		}
		all = append(all, i)
	}
	out, err := age.Decrypt(b, all...)
	if wrong := new(age.NoIdentityMatchError); errors.As(err, &wrong) {
		return nil, &SealedError{Path: path, Key: "unknown", Have: k.ids()}
	}
	return out, err
}

// open returns the plain content of a sealed file, which is decrypted piece by piece as it is read.
func (k *Keys) open(f File, r io.ReaderAt, size int64) (io.ReaderAt, int64, error) {
	if f.Key == "" {
		return r, size, nil
	}
	if k == nil {
		return nil, 0, &SealedError{Path: f.Path, Key: f.Key}
	}
	for _, s := range k.seals {
		if s.id != f.Key {
			continue
		}
		i, err := age.NewScryptIdentity(s.pass)
		if err != nil {
			return nil, 0, err
		}
		return age.DecryptReaderAt(r, size, i)
	}
	return nil, 0, &SealedError{Path: f.Path, Key: f.Key, Have: k.ids()}
}

func (k *Keys) ids() []string {
	var ids []string
	for _, s := range k.seals {
		ids = append(ids, s.id)
	}
	return ids
}

// tombstone is what stays of someone forgotten: a keyed hash of the pseudonym, which nobody without the key can compare
// with anything.
func (k *Keys) tombstone(who subject, pseudonym string) string {
	mac := hmac.New(sha256.New, k.stone)
	mac.Write([]byte{byte(who)})
	mac.Write([]byte(pseudonym))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// ErrSealed says that a file is encrypted and the key for it is not at hand.
var ErrSealed = errors.New("the lake is encrypted")

// SealedError names a file that cannot be opened, and the key that it wants.
type SealedError struct {
	Path string
	Key  string
	Have []string // ids of the keys at hand
}

func (e *SealedError) Error() string {
	have := "no key is set"
	if len(e.Have) > 0 {
		have = "the keys at hand are " + strings.Join(e.Have, ", ")
	}
	return fmt.Sprintf("%s is encrypted with key %s, and %s: set privacy.key_env or privacy.key_file to the secret that the lake was written with", e.Path, e.Key, have)
}

func (e *SealedError) Unwrap() error { return ErrSealed }
