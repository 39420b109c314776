package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
)

// cache keeps schemas in a folder, one file for each, written whole or not at all. Schemas are no secret of persons, but
// they tell what an organisation keeps of them, so only the owner may read. It is a help and never a need: a file that
// cannot be read or written is as one that is not there.
type cache struct {
	dir      string
	registry string // ids are one registry's own
}

func (c cache) name() string {
	if c.dir == "" {
		return "no folder"
	}
	return c.dir
}

func (c cache) path(id schemaID) string {
	sum := sha256.Sum256([]byte(c.registry))
	return filepath.Join(c.dir, hex.EncodeToString(sum[:6])+"-"+id.String()+".json")
}

func (c cache) get(id schemaID) *bundle {
	if c.dir == "" {
		return nil
	}
	text, err := os.ReadFile(c.path(id))
	if err != nil {
		return nil
	}
	var b bundle
	if json.Unmarshal(text, &b) != nil || b.Schema == "" {
		return nil
	}
	return &b
}

func (c cache) put(id schemaID, b *bundle) {
	if c.dir == "" || os.MkdirAll(c.dir, 0o700) != nil {
		return
	}
	text, err := json.Marshal(b)
	if err != nil {
		return
	}
	f, err := os.CreateTemp(c.dir, ".schema-") // with 0600
	if err != nil {
		return
	}
	_, err = f.Write(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil || os.Rename(f.Name(), c.path(id)) != nil {
		os.Remove(f.Name())
	}
}
