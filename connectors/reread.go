package connectors

import (
	"context"

	"insideout/models"
)

// Rereader is a Source that can read a rejected row again, by the mapping as it is now, from what was kept of the row.
// It is not used while Pull runs.
type Rereader interface {
	// Reread returns an *UnkeptError if what was kept does not suffice: the row is then to stay as it is. Any other
	// error ends the reading. The records are valid until the next call.
	Reread(ctx context.Context, r *models.Reject) (*models.Reading, error)
}

// UnkeptError says why a rejected row cannot be read again. Why holds nothing of the row.
type UnkeptError struct{ Why string }

func (e *UnkeptError) Error() string { return "it cannot be read again: " + e.Why }

// Reread binds the values of one row by itself.
func (b *Binder) Reread(values []Value, rest func() ([]byte, int), position int64) *models.Reading {
	b.Reset()
	_, dropped, filtered, bad := b.Bind(values, rest, position)
	switch {
	case bad != nil:
		return &models.Reading{Reject: bad}
	case filtered:
		return &models.Reading{}
	}
	return &models.Reading{Records: b.Batch(), Dropped: dropped}
}
