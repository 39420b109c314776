package story

import (
	"bufio"
	"encoding/json"
	"io"
	"math/rand/v2"
	"strings"
	"time"
)

// ticket is a ticket as the ticket system hands it out, metrics side-loaded.
type ticket struct {
	URL          string        `json:"url"`
	ID           int64         `json:"id"`
	ExternalID   *string       `json:"external_id"`
	Via          via           `json:"via"`
	CreatedAt    string        `json:"created_at"`
	UpdatedAt    string        `json:"updated_at"`
	Type         string        `json:"type"`
	Subject      string        `json:"subject"`
	Priority     *string       `json:"priority"`
	Status       string        `json:"status"`
	RequesterID  int64         `json:"requester_id"`
	GroupID      int64         `json:"group_id"`
	BrandID      int64         `json:"brand_id"`
	HasIncidents bool          `json:"has_incidents"`
	Tags         []string      `json:"tags"`
	CustomFields []customField `json:"custom_fields"`
	Rating       rating        `json:"satisfaction_rating"`
	Metrics      ticketMetrics `json:"metric_set"`
}

type via struct {
	Channel string         `json:"channel"`
	Source  map[string]any `json:"source"`
}

type customField struct {
	ID    int64   `json:"id"`
	Value *string `json:"value"`
}

type rating struct {
	ID        *int64  `json:"id,omitempty"`
	Score     string  `json:"score"` // unoffered, offered, good, bad
	UpdatedAt *string `json:"updated_at,omitempty"`
}

type ticketMetrics struct {
	Reopens       int     `json:"reopens"`
	GroupStations int     `json:"group_stations"`
	SolvedAt      *string `json:"solved_at"`
}

// Custom fields of the ticket form, in the order in which every ticket carries them.
const (
	fieldReason = 360000000901
	fieldDemand = 360000000902
)

// writeTickets writes the tickets that last changed in the span, each as it stood then: one that was open at the end of
// a half-year and solved in the next is in both files. In the first file one line is no JSON and one has a day by name.
func (w *World) writeTickets(out io.Writer, s span, file int) error {
	b := bufio.NewWriterSize(out, 1<<16)
	r := w.rand(drawTickets)
	lines := 0
	for i := range w.contacts {
		c := &w.contacts[i]
		if !c.ticket() {
			continue
		}
		t := w.ticket(r, c, int64(500001+i))
		solvedIn := !c.closed.IsZero() && s.holds(c.closed)
		if !solvedIn {
			if !s.holds(c.opened) {
				continue
			}
			t.unsolve(c)
		}
		line, err := json.Marshal(t)
		if err != nil {
			return err
		}
		lines++
		if file == 0 && lines == 777 {
			line = line[:len(line)/2]
		}
		if file == 0 && lines == 1500 {
			line = []byte(strings.Replace(string(line), t.UpdatedAt, "last Tuesday", 1))
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.Flush()
}

// ticket makes the solved ticket of a contact. It draws the same numbers whatever file asks.
func (w *World) ticket(r *rand.Rand, c *contact, id int64) ticket {
	x := reasons()[c.reason]
	name := slug(x.group) + "::" + slug(x.kind)
	demand := c.demand
	t := ticket{
		URL: "https://brightmere.example/api/v2/tickets/" + c.id + ".json", ID: id, Via: via{c.channel, map[string]any{}},
		CreatedAt: utc(c.opened), UpdatedAt: utc(c.closed), Type: "question", Subject: "About " + x.kind,
		Status: "closed", RequesterID: c.customer, GroupID: w.teams[c.team].group, BrandID: 360000000001,
		Tags:         []string{slug(x.group), slug(x.kind)},
		CustomFields: []customField{{fieldReason, &name}, {fieldDemand, &demand}},
		Rating:       rating{Score: "unoffered"},
		Metrics:      ticketMetrics{GroupStations: 1},
	}
	if c.demand == "failure" {
		t.Type = "problem"
	}
	if c.demand == "misrouted" {
		t.Metrics.GroupStations = 2
	}
	if c.again {
		t.Tags = append(t.Tags, "follow_up")
	}
	offered, answered, u := r.Float64() < 0.95, r.Float64() < 0.72, r.Float64()
	hours := 1 + r.IntN(30)
	if c.closed.IsZero() {
		return t
	}
	solved := utc(c.closed)
	t.Metrics.SolvedAt = &solved
	if !offered {
		return t
	}
	t.Rating.Score = "offered"
	at := c.closed.Add(time.Duration(hours) * time.Hour)
	week := w.week(at)
	if !answered || week >= Weeks {
		return t
	}
	ratingID, when := 700000000000+id, utc(at)
	t.Rating = rating{ID: &ratingID, Score: "bad", UpdatedAt: &when}
	if u < logistic(w.csat[week][c.team]) {
		t.Rating.Score = "good"
	}
	return t
}

// unsolve takes the ticket back to the moment in which it was opened.
func (t *ticket) unsolve(c *contact) {
	t.Status, t.UpdatedAt, t.Rating, t.Metrics.SolvedAt = "open", utc(c.opened), rating{Score: "unoffered"}, nil
	for i := range t.CustomFields {
		if t.CustomFields[i].ID == fieldDemand {
			t.CustomFields[i].Value = nil
		}
	}
}

func slug(s string) string { return strings.ReplaceAll(s, " ", "_") }

func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }
