package kafka

import (
	"context"
	"errors"
	"strconv"

	"insideout/connectors"
	"insideout/models"
)

// Reread implements connectors.Rereader. Of a rejected message the key and the value are kept, and neither its headers
// nor its time: a mapping that reads those cannot be applied, and a payload that is told by headers (a schema id, a
// CloudEvent in binary mode) is not to be told from one that is damaged. It is left as it is.
func (s *Source) Reread(ctx context.Context, r *models.Reject) (*models.Reading, error) {
	b, reader := s.hands[0].Binder, s.hands[0].Reader
	for _, place := range b.Places() {
		if part, _, _, _ := s.cfg.Beside(place); part == "$header" || part == "$timestamp" {
			return nil, &connectors.UnkeptError{Why: "the mapping reads " + part + ", which is not kept of a rejected message"}
		}
	}
	if _, ok := labelOf(r.Stream, s.cfg.Topic); !ok {
		return nil, &connectors.UnkeptError{Why: "it came from another topic than the one configured now"}
	}
	_, digits, _ := cutLast(r.Stream, "/")
	partition, _ := strconv.ParseInt(digits, 10, 32) // labelOf has parsed it
	m := connectors.Message{Topic: s.cfg.Topic, Partition: int32(partition), Offset: r.Position, Timestamp: -1, Key: r.Key, Value: r.Raw}
	values := make([]connectors.Value, len(b.Places()))
	ok, err := reader.Read(ctx, &m, values)
	var payload *connectors.PayloadError
	switch {
	case errors.As(err, &payload):
		if s.cfg.Registry != nil || s.cfg.Envelope == connectors.EnvelopeCloudEvents {
			return nil, &connectors.UnkeptError{Why: "it cannot be read from its key and value alone, and its headers are not kept"}
		}
		return &models.Reading{Reject: &models.Reject{Code: payload.Code, Detail: payload.Detail}}, nil
	case err != nil:
		return nil, err
	case !ok:
		return &models.Reading{}, nil
	}
	return b.Reread(values, reader.Rest, r.Position), nil
}
