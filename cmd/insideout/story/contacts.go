package story

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"time"
)

// contact is one contact as it truly was.
type contact struct {
	id       string
	team     int
	week     int
	customer int64
	channel  string // phone, chat: events; email, web: tickets
	reason   int
	demand   string // value, failure, misrouted, unknown
	opened   time.Time
	closed   time.Time // zero while open at the end of the story
	queue    int       // seconds
	handle   int       // seconds
	again    bool      // the same customer with the same reason within a week
	outcome  string
}

// ticket reports whether the contact lives in the ticket system; the others are events.
func (c *contact) ticket() bool { return c.channel == "email" || c.channel == "web" }

// serve makes every contact of every week, in the order in which they were opened.
func (w *World) serve() {
	r := w.rand(drawContacts)
	var value, failure, any []float64
	for _, x := range reasons() {
		value, failure, any = append(value, x.value), append(failure, x.failure), append(any, x.value+x.failure)
	}
	for week := range Weeks {
		for i, t := range w.teams {
			if t.volume == 0 || r.Float64() < 0.01 { // now and then a team's events are lost for a week
				continue
			}
			for range poisson(r, t.volume*w.volume[week]) {
				c := contact{team: i, week: week}
				switch u := r.Float64(); {
				case u < 0.05:
					c.demand, c.reason = "misrouted", pick(r, any)
				case u < 0.08:
					c.demand, c.reason = "unknown", pick(r, any)
				case r.Float64() < logistic(w.failure[week][i]):
					c.demand, c.reason = "failure", pick(r, failure)
				default:
					c.demand, c.reason = "value", pick(r, value)
				}
				w.time(r, &c)
				c.customer = 4000000 + r.Int64N(60000)
				w.contacts = append(w.contacts, c)
			}
		}
	}
	sort.SliceStable(w.contacts, func(a, b int) bool { return w.contacts[a].opened.Before(w.contacts[b].opened) })
	w.returning(r)
	for i := range w.contacts {
		w.contacts[i].id = fmt.Sprintf("K%07d", 1000001+i)
	}
}

// time places the contact in its week: open from eight to eight, busier early in the week, an emergency desk on Sundays.
func (w *World) time(r *rand.Rand, c *contact) {
	day := pick(r, []float64{24, 20, 18, 17, 14, 5, 2})
	c.opened = w.at(c.week, day, 8*3600+r.IntN(12*3600))
	c.outcome = "resolved"
	if r.Float64() < 0.09 {
		c.outcome = "referred"
	}
	switch u := r.Float64(); {
	case u < 0.50:
		c.channel = "phone"
	case u < 0.70:
		c.channel = "chat"
	case u < 0.88:
		c.channel = "email"
	default:
		c.channel = "web"
	}
	c.handle = 90 + int(r.ExpFloat64()*310)
	if c.ticket() {
		c.closed = c.opened.Add(time.Duration(1800+int(r.ExpFloat64()*40*3600)) * time.Second)
	} else {
		c.queue = int(r.ExpFloat64() * 95)
		c.closed = c.opened.Add(time.Duration(c.queue+c.handle) * time.Second)
	}
	if end := w.at(Weeks, 0, 0); !c.closed.Before(end) || (!c.ticket() && r.Float64() < 0.004) {
		c.closed = time.Time{}
	}
}

// returning lets some customers come back: a contact takes customer and reason of one that the same team had one to six
// days before, more readily when that one was failure demand. Its own kind of demand stays, so failure rates are untouched.
func (w *World) returning(r *rand.Rand) {
	recent := make(map[int][]int, len(w.teams)) // team -> earlier contacts, oldest first
	for i := range w.contacts {
		c := &w.contacts[i]
		before := recent[c.team]
		for len(before) > 0 && c.opened.Sub(w.contacts[before[0]].opened) > 6*24*time.Hour {
			before = before[1:]
		}
		recent[c.team] = append(before, i)
		if len(before) == 0 || r.Float64() > 0.22 {
			continue
		}
		e := &w.contacts[before[r.IntN(len(before))]]
		if c.opened.Sub(e.opened) < 24*time.Hour || e.again || (e.demand != "failure" && r.Float64() > 0.35) {
			continue
		}
		c.customer, c.reason, e.again = e.customer, e.reason, true
	}
}

// pick draws an index in proportion to its weight.
func pick(r *rand.Rand, weights []float64) int {
	total := 0.0
	for _, x := range weights {
		total += x
	}
	u := r.Float64() * total
	for i, x := range weights {
		if u -= x; u < 0 {
			return i
		}
	}
	return len(weights) - 1
}
