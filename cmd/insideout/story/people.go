package story

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Noise of one answer, in points of a five-point scale.
const (
	sdPerson = 0.45 // a person's own level, for good
	sdWeek   = 0.50 // a person's week
	sdItem   = 0.75 // one answer
	moodPart = 0.30 // share of a person's week that touches every dimension alike
	answers  = 0.74 // share of people who answer in a week
)

// person is one employment.
type person struct {
	id     string
	team   int
	level  string // front_line, manager, leader
	from   int    // first day, counted from the story's first Monday; may lie before it
	to     int    // day after the last one; -1 while it lasts
	effect []float64
}

// hire fills the teams. One in six leaves during the story and is replaced three weeks later.
func (w *World) hire() {
	r := w.rand(drawPeople)
	number := 10000
	add := func(team int, level string, from, to int) {
		number += 1 + r.IntN(9)
		p := person{id: fmt.Sprintf("E%05d", number), team: team, level: level, from: from, to: to}
		for range w.dims {
			p.effect = append(p.effect, sdPerson*r.NormFloat64())
		}
		w.people = append(w.people, p)
	}
	days := 7 * Weeks
	for i, t := range w.teams {
		for k := range t.heads {
			level := "front_line"
			switch {
			case !t.pulse:
				continue
			case t.id == "leadership":
				level = "leader"
			case k == 0:
				level = "manager"
			}
			from := -30 - r.IntN(2500)
			if level == "front_line" && r.IntN(6) == 0 {
				left := 30 + r.IntN(days-90)
				add(i, level, from, left)
				add(i, level, left+21, -1)
				continue
			}
			add(i, level, from, -1)
		}
	}

	w.survey = make([][]bool, Weeks)
	for week := range w.survey {
		w.survey[week] = make([]bool, len(w.teams))
		monday := w.at(week, 0, 0)
		holidays := monday.Month() == time.December && monday.Day() >= 21 // no pulse in the last two weeks of the year
		for i, t := range w.teams {
			w.survey[week][i] = r.Float64() > 0.04 && t.pulse && !holidays
		}
	}
}

// response is one filled-in questionnaire.
type response struct {
	person    *person
	team      int
	started   time.Time
	seconds   int
	finished  bool
	test      bool // a preview by whoever made the survey
	values    [][]int
	responded int
}

// pulse asks everybody every week and calls yield with each questionnaire, in the order of time within a week and team.
func (w *World) pulse(yield func(week int, q response)) {
	r := w.rand(drawPulse)
	offsets := make([][]float64, len(w.dims)) // some questions are easier to agree with than others
	for k, d := range w.dims {
		for range d.Items {
			offsets[k] = append(offsets[k], 0.28*r.NormFloat64())
		}
	}
	for week := range Weeks {
		for i := range w.teams {
			if !w.survey[week][i] {
				continue
			}
			for j := range w.people {
				p := &w.people[j]
				day := r.IntN(4)
				if p.team != i || p.from > 7*week+day || (p.to >= 0 && p.to <= 7*week+day) || r.Float64() > answers {
					continue
				}
				q := response{person: p, team: i, seconds: 70 + r.IntN(400), finished: r.Float64() > 0.03}
				q.started = w.at(week, day, 8*3600+r.IntN(9*3600))
				w.answer(r, week, p, offsets, &q)
				yield(week, q)
			}
			if week == 0 && i%9 == 0 {
				q := response{person: &w.people[0], team: i, seconds: 12, finished: true, test: true}
				q.started = w.at(week, 0, 7*3600+60*i)
				w.answer(r, week, q.person, offsets, &q)
				yield(week, q)
			}
		}
	}
}

// answer fills in the questionnaire. Leaders see their company in a kinder light than the front line does.
func (w *World) answer(r *rand.Rand, week int, p *person, offsets [][]float64, q *response) {
	kinder := map[string]float64{"leader": 0.42, "manager": 0.18}[p.level]
	mood := sdWeek * math.Sqrt(moodPart) * r.NormFloat64()
	stop := len(w.dims)
	if !q.finished {
		stop = 1 + r.IntN(len(w.dims)-1)
	}
	q.values = make([][]int, len(w.dims))
	for k, d := range w.dims {
		q.values[k] = make([]int, len(d.Items)) // 0: not answered
		own := sdWeek * math.Sqrt(1-moodPart) * r.NormFloat64()
		for n, it := range d.Items {
			z := w.inside[week][p.team][k] + kinder + p.effect[k] + mood + own + offsets[k][n] + sdItem*r.NormFloat64()
			if k >= stop || r.Float64() < 0.01 {
				continue
			}
			q.values[k][n] = it.step(z)
			q.responded++
		}
	}
}

// step turns a feeling on a five-point scale into an answer on the item's own.
func (it Item) step(z float64) int {
	share := min(max((z-1)/4, 0), 1)
	if it.Reverse {
		share = 1 - share
	}
	return it.Low + int(math.Round(share*float64(it.High-it.Low)))
}
