package replay

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"time"
)

// Event is one message for the topic.
type Event struct {
	Partition int32
	Key       []byte // the case's number
	Value     []byte // a JSON object
	At        time.Time
	sent      time.Time // when the event was sent; not the same
}

type opened struct {
	Event      string `json:"event"`
	Case       string `json:"case"`
	At         string `json:"at"`
	Opened     string `json:"opened"`
	Type       string `json:"type"`
	Queue      string `json:"queue"`
	Department string `json:"department"`
	Location   string `json:"location,omitempty"`
	Source     string `json:"source"`
}

type closed struct {
	Event  string `json:"event"`
	Case   string `json:"case"`
	At     string `json:"at"`
	Closed string `json:"closed"`
	OnTime string `json:"on_time"`
}

// Events makes the events of the cases, in the order in which they are sent: by time, but three in ten are up to three
// days late. A case's events share a partition, chosen by the hash of its number, and may stand there in the wrong order.
func Events(cases []Case, partitions int32) ([]Event, error) {
	out := make([]Event, 0, 2*len(cases))
	for i := range cases {
		c := &cases[i]
		if err := add(&out, c, c.Opened, opened{"opened", c.Number, c.Opened, c.Opened, c.Type, c.Queue, c.Department, c.Location, c.Source}, partitions); err != nil {
			return nil, err
		}
		if c.Closed == "" {
			continue
		}
		if err := add(&out, c, c.Closed, closed{"closed", c.Number, c.Closed, c.Closed, c.OnTime}, partitions); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(a, b Event) int { return a.sent.Compare(b.sent) })
	return out, nil
}

func add(out *[]Event, c *Case, stamp string, event any, partitions int32) error {
	at, err := time.Parse(Layout, stamp)
	if err != nil {
		return fmt.Errorf("case %s: %w", c.Number, err)
	}
	value, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("case %s: %w", c.Number, err)
	}
	late := time.Duration(0)
	if h := hash(value); h%10 < 3 {
		late = time.Duration(h/10%(3*24*3600)) * time.Second
	}
	*out = append(*out, Event{int32(hash([]byte(c.Number)) % uint32(partitions)), []byte(c.Number), value, at, at.Add(late)})
	return nil
}

func hash(b []byte) uint32 {
	h := fnv.New32a()
	h.Write(b)
	return h.Sum32()
}
