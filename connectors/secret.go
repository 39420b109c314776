package connectors

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
)

// Secret is a word that is never shown: however it is printed, logged or encoded, it reads ***. Configuration holds the
// name of the environment variable, never the word.
type Secret struct{ word string }

// SecretFrom reads a secret from the environment. An empty name is no secret; a name that the environment does not have
// is an *EnvironmentError.
func SecretFrom(env string) (Secret, error) {
	if env == "" {
		return Secret{}, nil
	}
	word := os.Getenv(env)
	if word == "" {
		return Secret{}, &EnvironmentError{Op: "read secret", What: env, Err: errors.New("the environment has no such variable, or it is empty"),
			Hint: "set " + env + " for this process"}
	}
	return Secret{word}, nil
}

// Reveal returns the word, for the one who must send it.
func (s Secret) Reveal() string { return s.word }

// Empty reports whether there is none.
func (s Secret) Empty() bool { return s.word == "" }

// String, and the methods below, keep the word out of every output.
func (s Secret) String() string { return "***" }

// Format implements fmt.Formatter, for all verbs.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "***") }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue("***") }

// MarshalText serves JSON, YAML and what else encodes texts.
func (s Secret) MarshalText() ([]byte, error) { return []byte("***"), nil }
