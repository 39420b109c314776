// Package connectors is the contract between the world and the lake: a Source hands over stretches of streams, an
// Extractor takes values out of one payload, and a Binder applies the declared mapping and types. Sources know nothing
// of the lake, of DuckDB, or of each other.
//
// # What a Source promises
//
//  1. It starts at the positions it is given and nowhere else; a stream without a position starts at its beginning.
//  2. Deliveries of one stream come in order, without overlap; every Range passes Range.Check.
//  3. A position counts as taken only after emit returned nil. When emit fails, Pull returns that error at once.
//  4. A bad row is a Reject in the delivery, never an error. An error means that nothing more can be read.
//  5. Cancelling the context is quiet: Pull stops pulling and returns nil after its last emit. In a second Pull on the
//     same Source it goes on from the positions given then.
//  6. The delivery belongs to the source again when emit returns; emit copies what it keeps.
//
// Package connectors/conformance runs these promises against every Source, always.
package connectors

import (
	"context"

	"insideout/models"
)

// Emit takes one delivery. An error ends the pull.
type Emit func(ctx context.Context, d *models.Delivery) error

// Source pulls records from one configured place.
type Source interface {
	// Name is the configured name; it is stored with every row.
	Name() string
	// Pull reads from the positions to the end of what there is (or, when following, until ctx ends) and emits.
	Pull(ctx context.Context, from models.Positions, emit Emit) error
}

// ValueKind says what a payload held at a place.
type ValueKind uint8

const (
	Absent  ValueKind = iota // the place does not exist
	Null                     // it exists and holds nothing
	String                   // text (every CSV cell is one)
	Number                   // a JSON number, as its digits
	Boolean                  // true or false, as that word
	Nested                   // a JSON object or array, as its text
	Moment                   // a date or local time that the format marks as one: 2006-01-02 or 2006-01-02T15:04:05.999
	Broken                   // what a spreadsheet puts in the place of a value: #N/A, a formula without a result, 1.2E+17
)

// Value is one value as the format had it, before the declared type is applied. Bytes is valid until the next call of
// the Extractor that filled it.
type Value struct {
	Kind  ValueKind
	Bytes []byte
}

// Extractor takes the values at its fixed places out of one payload. It is not safe for concurrent use.
type Extractor interface {
	// Extract fills values, one for each place, in the order of the places it was made with. A payload that is not of
	// the format gives a *PayloadError.
	Extract(payload []byte, values []Value) error
	// Rest returns the fields that no place names as a JSON object, and their number; nil when there are none. It is
	// about the payload of the last Extract.
	Rest() (object []byte, fields int)
}

// PayloadError says why a payload could not be read.
type PayloadError struct {
	Code   string // malformed, ...
	Detail string
}

func (e *PayloadError) Error() string { return e.Code + ": " + e.Detail }
