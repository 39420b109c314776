package story

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"sort"
	"time"
)

// Names of the topics.
const (
	TopicContacts = "brightmere.contacts"
	TopicFeedback = "brightmere.feedback"
)

// Topic is one event stream with everything that was ever sent on it, in the order of sending.
type Topic struct {
	Name       string
	Partitions int32
	Messages   []Message
}

// Message is one event. At is when it was sent, which is not when it happened.
type Message struct {
	Partition  int32
	Key, Value []byte
	At         time.Time
}

// opened is the event of a contact that began, closed of one that ended: what kind of demand it was is known at the end only.
type opened struct {
	Event    string     `json:"event"`
	Contact  string     `json:"contact"`
	At       string     `json:"at"`
	OpenedAt string     `json:"opened_at"`
	Customer string     `json:"customer"`
	Team     string     `json:"team"`
	Channel  string     `json:"channel"`
	Reason   reasonPath `json:"reason"`
	Queue    int        `json:"queue_s"`
}

type reasonPath struct {
	Group string `json:"group"`
	Kind  string `json:"kind"`
}

type closed struct {
	Event    string `json:"event"`
	Contact  string `json:"contact"`
	At       string `json:"at"`
	ClosedAt string `json:"closed_at"`
	Demand   string `json:"demand"`
	Handle   int    `json:"handle_s"`
	Outcome  string `json:"outcome"`
}

type feedback struct {
	ID       string `json:"id"`
	Answered int64  `json:"answered_ms"`
	Survey   string `json:"survey"` // nps, ease
	Score    int    `json:"score"`
	Contact  string `json:"contact"`
	Customer string `json:"customer"`
	Team     string `json:"team"`
	Channel  string `json:"channel"`
}

// Topics makes the event streams. Some events are sent hours late, so that a closing may come before its opening, and
// one in two hundred is sent twice. A handful of messages is broken.
func (w *World) Topics() ([]Topic, error) {
	contacts, err := w.contactEvents()
	if err != nil {
		return nil, err
	}
	answers, err := w.feedbackEvents()
	if err != nil {
		return nil, err
	}
	return []Topic{
		{TopicContacts, 4, deliver(w.rand(drawDelivery), contacts, 4, spoiltContacts)},
		{TopicFeedback, 3, deliver(w.rand(drawDelivery+100), answers, 3, spoiltFeedback)},
	}, nil
}

// event is a message before it is sent.
type event struct {
	key   string
	value []byte
	at    time.Time // when it happened
}

func (w *World) contactEvents() ([]event, error) {
	var out []event
	add := func(c *contact, at time.Time, v any) error {
		b, err := json.Marshal(v)
		out = append(out, event{c.id, b, at})
		return err
	}
	for i := range w.contacts {
		c := &w.contacts[i]
		if c.ticket() {
			continue
		}
		x := reasons()[c.reason]
		if err := add(c, c.opened, opened{"opened", c.id, utc(c.opened), utc(c.opened), fmt.Sprint(c.customer), w.teams[c.team].id,
			c.channel, reasonPath{x.group, x.kind}, c.queue}); err != nil {
			return nil, err
		}
		if c.closed.IsZero() {
			continue
		}
		if err := add(c, c.closed, closed{"closed", c.id, utc(c.closed), utc(c.closed), c.demand, c.handle, c.outcome}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// feedbackEvents asks a third of the customers each whether they would recommend and how easy it was. The answer
// belongs to the week in which it is given.
func (w *World) feedbackEvents() ([]event, error) {
	r := w.rand(drawFeedback)
	var out []event
	for i := range w.contacts {
		c := &w.contacts[i]
		for _, survey := range []string{"nps", "ease"} {
			asked, z, delay := r.Float64() < 0.34, r.NormFloat64(), time.Duration(60+r.IntN(20*3600))*time.Second
			at := c.opened.Add(delay)
			week := w.week(at)
			if !asked || week >= Weeks {
				continue
			}
			score := clamp(8.0+2.2*(w.nps[week][c.team]+z), 0, 10)
			if survey == "ease" {
				score = clamp(w.ease[week][c.team]+1.4*z, 1, 7)
			}
			f := feedback{fmt.Sprintf("F%07d", len(out)+1), at.UnixMilli(), survey, score, c.id, fmt.Sprint(c.customer),
				w.teams[c.team].id, c.channel}
			b, err := json.Marshal(f)
			if err != nil {
				return nil, err
			}
			out = append(out, event{c.id, b, at})
		}
	}
	return out, nil
}

func clamp(x float64, low, high int) int { return min(max(int(math.Round(x)), low), high) }

// deliver puts events into the order in which they are sent and into partitions by their key. Spoilt messages
// are laid between them, far apart.
func deliver(r *rand.Rand, events []event, partitions int32, spoilt []string) []Message {
	out := make([]Message, 0, len(events)+len(events)/150)
	for _, e := range events {
		at := e.at.Add(time.Duration(r.IntN(4000)) * time.Millisecond)
		if r.Float64() < 0.04 {
			at = at.Add(time.Duration(r.IntN(30*3600)) * time.Second)
		}
		m := Message{place(e.key, partitions), []byte(e.key), e.value, at}
		out = append(out, m)
		if r.Float64() < 0.005 {
			m.At = m.At.Add(time.Duration(1+r.IntN(600)) * time.Second)
			out = append(out, m)
		}
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].At.Before(out[b].At) })
	step := len(out) / (len(spoilt) + 1)
	for i, s := range spoilt {
		m := &out[(i+1)*step]
		at, key := m.At, fmt.Sprintf("X%d", i)
		out = append(out, Message{place(key, partitions), []byte(key), []byte(s), at})
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].At.Before(out[b].At) })
	return out
}

func place(key string, partitions int32) int32 {
	h := fnv.New32a()
	h.Write([]byte(key))
	return int32(h.Sum32() % uint32(partitions))
}

// What is wrong: half a message, a duration in words, a kind of demand that nobody declared, a time without offset, a
// contact without id.
var spoiltContacts = []string{
	`{"event":"opened","contact":"K9000001","at":"2025-03-04T10:1`,
	`{"event":"closed","contact":"K9000002","at":"2025-05-06T11:00:00Z","closed_at":"2025-05-06T11:00:00Z","demand":"value","handle_s":"twelve","outcome":"resolved"}`,
	`{"event":"closed","contact":"K9000003","at":"2025-07-08T12:00:00Z","closed_at":"2025-07-08T12:00:00Z","demand":"complaint","handle_s":240,"outcome":"resolved"}`,
	`{"event":"closed","contact":"K9000004","at":"2025-09-10 13:00","closed_at":"2025-09-10 13:00","demand":"value","handle_s":240,"outcome":"resolved"}`,
	`{"event":"closed","at":"2025-11-12T14:00:00Z","closed_at":"2025-11-12T14:00:00Z","demand":"failure","handle_s":180,"outcome":"resolved"}`,
}

// What is wrong: a score beyond the scale, a survey that nobody declared, no score.
var spoiltFeedback = []string{
	`{"id":"F9000001","answered_ms":1741082400000,"survey":"nps","score":11,"contact":"K9000005","customer":"4000000","team":"billing-north","channel":"phone"}`,
	`{"id":"F9000002","answered_ms":1751450400000,"survey":"smile","score":3,"contact":"K9000006","customer":"4000000","team":"billing-north","channel":"chat"}`,
	`{"id":"F9000003","answered_ms":1761818400000,"survey":"nps","score":null,"contact":"K9000007","customer":"4000000","team":"billing-north","channel":"chat"}`,
}
