package main

import (
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

//go:embed init.yaml
var starter []byte

func (a *app) initVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a configuration to fill in, and a key for the pseudonyms",
		Long: `Write insideout.yaml, a commented configuration to fill in, and insideout.key, the key that ids of people are hidden
with (readable by you alone: keep it, and keep it out of version control). Files that exist are not touched.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			config, key := filepath.Join(dir, "insideout.yaml"), filepath.Join(dir, "insideout.key")
			if err := writeNew(config, starter, 0o644); err != nil {
				return err
			}
			switch err := writeKey(key); {
			case errors.Is(err, fs.ErrExist): // an earlier key is in use: never replace it
			case err != nil:
				return err
			}
			a.result = struct {
				Config string `json:"config"`
				Key    string `json:"key"`
			}{config, key}
			a.summary = "wrote " + config
			a.say("wrote %s and %s\nfill it in, then: insideout validate --config %s", config, key, config)
			return nil
		},
	}
}

// writeKey makes a file with a new random key that its owner alone may read.
func writeKey(path string) error {
	var b [32]byte
	if _, err := rand.Read(b[:]); err != nil {
		return err
	}
	return writeNew(path, []byte(hex.EncodeToString(b[:])+"\n"), 0o600)
}

// writeNew writes a file that must not exist yet.
func writeNew(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return usageError{fmt.Errorf("%s exists already and is not touched: %w", path, fs.ErrExist)}
	}
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
