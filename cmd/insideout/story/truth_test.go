package story

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"sync"
	"testing"
)

// told is the default story, told once for all tests; nothing changes it afterwards.
var told = sync.OnceValues(func() (*World, error) { return New(DefaultSeed, instrument()) })

func world(t *testing.T) *World {
	t.Helper()
	w, err := told()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// served lists the front-line teams, the ones with both sides.
func (w *World) served() []int {
	var out []int
	for i, t := range w.teams {
		if t.pulse && t.volume > 30 {
			out = append(out, i)
		}
	}
	return out
}

// within is the correlation of x and of y some weeks later, after team and week means are taken out; the grid is full, so
// taking them out one after the other is exact.
func within(x, y [][]float64, teams []int, lag int) float64 {
	weeks := len(x) - lag
	clean := func(v [][]float64, from int) [][]float64 {
		out := grid2(weeks, len(teams))
		for t := range out {
			for j, i := range teams {
				out[t][j] = v[t+from][i]
			}
			m := mean(out[t])
			for j := range out[t] {
				out[t][j] -= m
			}
		}
		for j := range teams {
			m := 0.0
			for t := range out {
				m += out[t][j] / float64(weeks)
			}
			for t := range out {
				out[t][j] -= m
			}
		}
		return out
	}
	a, b := clean(x, 0), clean(y, lag)
	var xy, xx, yy float64
	for t := range a {
		for j := range a[t] {
			xy, xx, yy = xy+a[t][j]*b[t][j], xx+a[t][j]*a[t][j], yy+b[t][j]*b[t][j]
		}
	}
	return xy / math.Sqrt(xx*yy)
}

// between is the correlation of teams' means.
func between(x, y [][]float64, teams []int) float64 {
	mx, my := make([]float64, len(teams)), make([]float64, len(teams))
	for j, i := range teams {
		for t := range x {
			mx[j], my[j] = mx[j]+x[t][i]/float64(len(x)), my[j]+y[t][i]/float64(len(y))
		}
	}
	cx, cy := mean(mx), mean(my)
	var xy, xx, yy float64
	for j := range mx {
		xy, xx, yy = xy+(mx[j]-cx)*(my[j]-cy), xx+(mx[j]-cx)*(mx[j]-cx), yy+(my[j]-cy)*(my[j]-cy)
	}
	return xy / math.Sqrt(xx*yy)
}

func mean(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s / float64(len(v))
}

func (w *World) condition(id string) [][]float64 {
	k := w.dimension(id)
	out := grid2(Weeks, len(w.teams))
	for t := range out {
		for i := range out[t] {
			out[t][i] = w.inside[t][i][k]
		}
	}
	return out
}

func TestPlanted_LaggedLinkIsStrongestAtItsLag(t *testing.T) {
	w := world(t)
	flow, best, at := w.condition("flow"), 0.0, -1
	for lag := range 9 {
		if r := within(flow, w.failure, w.served(), lag); math.Abs(r) > math.Abs(best) {
			best, at = r, lag
		}
	}
	if at != lagFlow || best > -0.5 {
		t.Errorf("flow and failure demand: strongest at lag %d with r = %.2f, want lag %d and below -0.5", at, best, lagFlow)
	}
}

func TestPlanted_SpuriousLinkIsBetweenTeamsOnly(t *testing.T) {
	w := world(t)
	development := w.condition("development")
	if r := between(development, w.nps, w.served()); r < 0.5 {
		t.Errorf("between teams r = %.2f, want a strong one", r)
	}
	for lag := range 9 { // r of independent series with this much memory stays within 0.15
		if r := within(development, w.nps, w.served(), lag); math.Abs(r) > 0.15 {
			t.Errorf("inside teams at lag %d r = %.2f, want nearly none", lag, r)
		}
	}
}

func TestSmallTeams_MostlyUnderFiveAnswers(t *testing.T) {
	w := world(t)
	cells := map[[2]int]int{}
	w.pulse(func(week int, q response) {
		if !q.test {
			cells[[2]int{week, q.team}]++
		}
	})
	var small, hidden, usual, other int
	for at, n := range cells {
		switch team := w.teams[at[1]]; {
		case team.heads == 5:
			small++
			if n < 5 {
				hidden++
			}
		case team.volume > 0:
			other++
			if n >= 7 && n <= 17 {
				usual++
			}
		}
	}
	if small == 0 || float64(hidden) < 0.6*float64(small) || hidden == small {
		t.Errorf("%d of %d cells of the teams of five are under five answers, want most but not all", hidden, small)
	}
	if float64(usual) < 0.9*float64(other) {
		t.Errorf("%d of %d cells of the other teams have 7 to 17 answers, want nine in ten", usual, other)
	}
}

func TestTopics_WhatStreamsDo(t *testing.T) {
	topics, err := world(t).Topics()
	if err != nil {
		t.Fatal(err)
	}
	sent := map[string]int{}
	open := map[string]bool{}
	var twice, early, broken int
	for _, m := range topics[0].Messages {
		var e struct{ Event, Contact string }
		if json.Unmarshal(m.Value, &e) != nil || e.Contact == "" {
			broken++
			continue
		}
		id := e.Event + e.Contact
		if sent[id]++; sent[id] == 2 {
			twice++
		}
		switch {
		case e.Event == "opened":
			open[e.Contact] = true
		case !open[e.Contact]:
			early++
		}
	}
	if twice == 0 || early == 0 || broken == 0 {
		t.Errorf("%d events sent twice, %d closings before their opening, %d broken messages: want some of each", twice, early, broken)
	}
	for _, topic := range topics {
		used := make([]int, topic.Partitions)
		for _, m := range topic.Messages {
			used[m.Partition]++
		}
		for p, n := range used {
			if n == 0 {
				t.Errorf("%s: partition %d is empty", topic.Name, p)
			}
		}
	}
}

func TestPulse_HasTheShapeOfTheExport(t *testing.T) {
	w := world(t)
	var b bytes.Buffer
	for _, f := range w.Files() {
		if f.Path == "exports/pulse-2025Q4.csv" { // the one with a row cut short
			if err := f.Write(&b); err != nil {
				t.Fatal(err)
			}
		}
	}
	text, ok := bytes.CutPrefix(b.Bytes(), []byte("\ufeff"))
	if !ok {
		t.Fatal("no byte order mark")
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var ids struct{ ImportID, TimeZone string }
	if err := json.Unmarshal([]byte(rows[2][0]), &ids); err != nil || ids.ImportID != "startDate" || ids.TimeZone != Zone {
		t.Errorf("third row starts with %s (%v), want the import id and the zone", rows[2][0], err)
	}
	short := 0
	for _, row := range rows[3:] {
		if len(row) != len(rows[0]) {
			short++
		}
	}
	if short != 1 {
		t.Errorf("%d rows are cut short, want one", short)
	}
}
