package warehouse

import (
	"errors"

	"github.com/duckdb/duckdb-go/v2"

	"insideout/pipelines/place"
)

// EnvironmentError is a fault of the machine and not of the data: the engine or a publication found a disk that is full,
// read-only or away, or memory and spill space that do not suffice. What was published before still stands.
type EnvironmentError struct {
	Hint string
	Err  error
}

func (e *EnvironmentError) Error() string { return e.Err.Error() }
func (e *EnvironmentError) Unwrap() error { return e.Err }

// environment marks an error that is one of the machine.
func environment(err error) error {
	hint := ""
	if e, ok := errors.AsType[*duckdb.Error](err); ok {
		switch e.Type {
		case duckdb.ErrorTypeIO:
			hint = "see that there is room and the right to write in the folders lake: and out:, and that the files of the lake are all there (insideout verify)"
		case duckdb.ErrorTypeOutOfMemory:
			hint = "raise limits.memory_mb, or give the folder lake: more room to spill to"
		}
	}
	if place.Environment(err) {
		hint = "free space, mount the folder for writing, or name another one (lake:, out:)"
	}
	if hint == "" {
		return err
	}
	return &EnvironmentError{hint, err}
}
