package models

import (
	"fmt"
	"time"
)

// Position is where reading of a stream goes on.
type Position struct {
	Stream   string `json:"stream"`             // "topic/partition", or "sha256:<hex>" of a file's content
	Identity string `json:"identity,omitempty"` // what must still be true of the stream: topic id, content hash
	Next     int64  `json:"next"`               // first position not yet delivered
	Done     bool   `json:"done,omitempty"`     // a finite stream that was read to its end
	Label    string `json:"label,omitempty"`    // name for people, where Stream is none: the file's path
	Epoch    string `json:"epoch,omitempty"`    // of a log that can be rewritten: what the record before Next was written under
}

// Positions are the positions of one source by stream.
type Positions map[string]Position

// Range accounts for the positions First..Next-1 of one stream.
type Range struct {
	Stream   string `json:"stream"`
	Identity string `json:"identity,omitempty"`
	Label    string `json:"label,omitempty"`
	First    int64  `json:"first"`
	Next     int64  `json:"next"`
	Done     bool   `json:"done,omitempty"` // the stream is finite and ends here
	Epoch    string `json:"epoch,omitempty"`

	Loaded   int64 `json:"loaded"`             // positions whose records are in the delivery
	Rejected int64 `json:"rejected,omitempty"` // positions in Rejects
	Filtered int64 `json:"filtered,omitempty"` // left out by a declared filter, or without any value
	Control  int64 `json:"control,omitempty"`  // markers, aborted records, compacted offsets
	Missing  int64 `json:"missing,omitempty"`  // lost, each named by a Gap

	Records int64 `json:"records"`           // rows made from the loaded positions; one wide row makes several
	Dropped int64 `json:"dropped,omitempty"` // undeclared values of employee sources that were not kept
}

// Check returns an error if the range does not account for every position.
func (r Range) Check() error {
	if got, want := r.Loaded+r.Rejected+r.Filtered+r.Control+r.Missing, r.Next-r.First; got != want {
		return fmt.Errorf("stream %s, positions %d to %d: %d accounted for, %d read", r.Stream, r.First, r.Next-1, got, want)
	}
	return nil
}

// Position returns where reading goes on after the range.
func (r Range) Position() Position {
	return Position{Stream: r.Stream, Identity: r.Identity, Next: r.Next, Done: r.Done, Label: r.Label, Epoch: r.Epoch}
}

// Reject is one bad row, kept as it came.
type Reject struct {
	Stream   string
	Label    string // file name, where Stream is a hash
	Position int64
	Line     int64  // line in the file, 1-based; 0 where there are no lines
	Code     string // wrong_type, missing_field, out_of_range, malformed, ...
	Field    string // canonical field, if one is to blame
	Detail   string // what is wrong and what to do, without the value of a personal field
	Raw      []byte
	Key      []byte
	Beside   []byte // what stood beside it and is needed to read it again, in a form of the source's own; nil for nothing
}

// Reading is what a rejected row gave when it was read again: a reject if it still does not fit, else its records, of
// which there are none if a declared filter leaves the row out now.
type Reading struct {
	Records *Batch // valid until the next row is read
	Dropped int    // undeclared values that were not kept, as in Range
	Reject  *Reject
}

// Gap is a loss that was declared instead of hidden.
type Gap struct {
	Stream     string    `json:"stream"`
	From       int64     `json:"from"`
	To         int64     `json:"to"` // exclusive
	Reason     string    `json:"reason"`
	DetectedAt time.Time `json:"detected_at"`
}

// Delivery is what a source hands over at once: the next stretch of one stream. It belongs to the source again as
// soon as the receiver returns.
type Delivery struct {
	Source  string
	Range   Range
	Records []*Batch
	Rejects []Reject
	Gaps    []Gap
	At      time.Time // when it was pulled, UTC
}
