package pipelines

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"insideout/connectors"
	"insideout/models"
	"insideout/pipelines/lake"
)

// Replay is what replaying the quarantine did.
type Replay struct {
	*lake.Replayed
	Stay []Stay `json:"stay"` // of the rows asked for, those that are still rejected
}

// Stay counts the rows of a source that are still rejected for one reason.
type Stay struct {
	Source string `json:"source"`
	Code   string `json:"code"`
	Field  string `json:"field,omitempty"`
	Unread string `json:"unread,omitempty"` // why they cannot be read again; they are as they were
	Rows   int64  `json:"rows"`
}

// ReplayQuarantine reads rejected rows again by the configuration as it is now: those of a source, rejected for a
// reason, "" for all. What fits is loaded; see lake.Lake.Replay. Nothing is published: the next Run sees the change.
func ReplayQuarantine(ctx context.Context, c *Config, o Options, source, code string) (*Replay, error) {
	o = o.quiet()
	l, err := o.open(c)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	r := &run{Config: c, Options: o, lake: l}
	readers := map[string]connectors.Rereader{}
	stay := map[Stay]int64{}
	done := &Replay{Stay: []Stay{}}
	done.Replayed, err = l.Replay(ctx, func(ctx context.Context, from string, was *models.Reject) (*models.Reading, error) {
		if source != "" && from != source || code != "" && was.Code != code {
			return nil, nil
		}
		reader, ok := readers[from]
		if !ok {
			if reader, err = r.rereader(from); err != nil {
				return nil, err
			}
			readers[from] = reader
		}
		if reader == nil {
			stay[Stay{Source: from, Code: was.Code, Field: was.Field, Unread: "no source of that name is configured"}]++
			return nil, nil
		}
		got, err := reader.Reread(ctx, was)
		if unkept, ok := errors.AsType[*connectors.UnkeptError](err); ok {
			stay[Stay{Source: from, Code: was.Code, Field: was.Field, Unread: unkept.Why}]++
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", from, err)
		}
		if got.Reject != nil {
			stay[Stay{Source: from, Code: got.Reject.Code, Field: got.Reject.Field}]++
		}
		return got, nil
	})
	if err != nil {
		return nil, err
	}
	for k, n := range stay {
		k.Rows = n
		done.Stay = append(done.Stay, k)
	}
	slices.SortFunc(done.Stay, func(a, b Stay) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Code, b.Code), strings.Compare(a.Field, b.Field), strings.Compare(a.Unread, b.Unread))
	})
	return done, nil
}

// rereader makes the source of a name; nil if none is configured.
func (r *run) rereader(name string) (connectors.Rereader, error) {
	i := slices.IndexFunc(r.Sources, func(s Source) bool { return s.Name == name })
	if i < 0 {
		return nil, nil
	}
	src, err := r.source(&r.Sources[i])
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", name, err)
	}
	reader, _ := src.(connectors.Rereader)
	return reader, nil
}
