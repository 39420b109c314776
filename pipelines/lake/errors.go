package lake

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrLocked says that another process holds the lake's lease; Open returns it inside a *LockedError.
	ErrLocked = errors.New("the lake is locked")
	// ErrFenced says that a later writer took the lake over; what was not committed is lost to this writer and must
	// be pulled again from the positions of a newly opened lake.
	ErrFenced = errors.New("the lake was taken over by another writer")
	// ErrOverlap says that a delivery does not begin where the lake's record of its stream ends.
	ErrOverlap = errors.New("the delivery does not follow on")
	// ErrIdentity says that a stream is not the one that the lake knows by its name.
	ErrIdentity = errors.New("the stream is another one of that name")
	// ErrUnclear says that it is unknown whether a commit took effect. The lake takes no further commits; opening it
	// again finds out.
	ErrUnclear = errors.New("the result of the commit is unclear")
	// ErrCorrupt says that the manifest cannot be trusted.
	ErrCorrupt = errors.New("the manifest is damaged")
	// ErrNone says that there is no lake in the folder.
	ErrNone = errors.New("there is no lake here")
)

// LockedError names who holds the lease.
type LockedError struct {
	Dir    string
	Holder Holder // zero if the holder left no note
}

// Holder is the note that a writer leaves in the lock file.
type Holder struct {
	PID  int       `json:"pid"`
	Run  string    `json:"run,omitempty"`
	From time.Time `json:"from"`
}

func (e *LockedError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("lake %s: another process is writing to it: wait until it ends", e.Dir)
	}
	return fmt.Sprintf("lake %s: process %d (run %s) has been writing to it since %s: wait until it ends, or stop it",
		e.Dir, e.Holder.PID, e.Holder.Run, e.Holder.From.UTC().Format(time.RFC3339))
}

func (e *LockedError) Unwrap() error { return ErrLocked }

// DeliveryError is a delivery that breaks the contract between source and lake. Nothing of it was kept.
type DeliveryError struct {
	Source string
	Stream string
	What   string
	Err    error // ErrOverlap, ErrIdentity, or nil
}

func (e *DeliveryError) Error() string {
	return fmt.Sprintf("delivery of source %s, stream %s: %s", e.Source, e.Stream, e.What)
}

func (e *DeliveryError) Unwrap() error { return e.Err }

// CorruptError names the manifest file that cannot be trusted, and why.
type CorruptError struct {
	Path string
	What string
	Err  error
}

func (e *CorruptError) Error() string {
	s := fmt.Sprintf("manifest file %s: %s", e.Path, e.What)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s + " (run verify; restore the manifest folder from a backup, or load into an empty folder)"
}

// Is makes every CorruptError an ErrCorrupt.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

func (e *CorruptError) Unwrap() error { return e.Err }
