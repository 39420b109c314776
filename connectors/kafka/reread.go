package kafka

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"

	"insideout/connectors"
	"insideout/models"
)

// beside is what is kept of a rejected message beside key and value: its time, and its headers as they came.
func beside(timestamp int64, headers []byte) []byte {
	return append(binary.AppendVarint(make([]byte, 0, binary.MaxVarintLen64+len(headers)), timestamp), headers...)
}

// Reread implements connectors.Rereader. A message that was rejected before headers and time were kept lacks them: a mapping
// that reads those cannot be applied, and a payload that is told by headers (a schema id, a CloudEvent in binary mode) is not
// to be told from one that is damaged. It is left as it is.
func (s *Source) Reread(ctx context.Context, r *models.Reject) (*models.Reading, error) {
	b, reader := s.hands[0].Binder, s.hands[0].Reader
	if _, ok := labelOf(r.Stream, s.cfg.Topic); !ok {
		return nil, &connectors.UnkeptError{Why: "it came from another topic than the one configured now"}
	}
	_, digits, _ := cutLast(r.Stream, "/")
	partition, _ := strconv.ParseInt(digits, 10, 32) // labelOf has parsed it
	m := connectors.Message{Topic: s.cfg.Topic, Partition: int32(partition), Offset: r.Position, Timestamp: -1, Key: r.Key, Value: r.Raw}
	whole := r.Beside != nil
	if whole {
		at, n := binary.Varint(r.Beside)
		headers, err := appendHeaders(nil, r.Beside[max(n, 0):])
		if n <= 0 || err != nil {
			return nil, &connectors.UnkeptError{Why: "what was kept of its headers is damaged: run verify"}
		}
		m.Timestamp, m.Headers = at, headers
	} else {
		for _, place := range b.Places() {
			if part, _, _, _ := s.cfg.Beside(place); part == "$header" || part == "$timestamp" {
				return nil, &connectors.UnkeptError{Why: "the mapping reads " + part + ", which was not kept when it was rejected"}
			}
		}
	}
	values := make([]connectors.Value, len(b.Places()))
	ok, err := reader.Read(ctx, &m, values)
	var payload *connectors.PayloadError
	switch {
	case errors.As(err, &payload):
		if !whole && (s.cfg.Registry != nil || s.cfg.Envelope == connectors.EnvelopeCloudEvents) {
			return nil, &connectors.UnkeptError{Why: "it cannot be read from its key and value alone, and its headers were not kept when it was rejected"}
		}
		return &models.Reading{Reject: &models.Reject{Code: payload.Code, Detail: payload.Detail}}, nil
	case err != nil:
		return nil, err
	case !ok:
		return &models.Reading{}, nil
	}
	return b.Reread(values, reader.Rest, r.Position), nil
}
