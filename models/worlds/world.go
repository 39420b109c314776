package worlds

import (
	"fmt"
	"math"
	"slices"
	"time"

	"insideout/models"
)

// World is a panel and what is true about it.
type World struct {
	Knobs  Knobs
	Panel  *models.Panel
	Slopes []float64   // of team g, condition d, outcome q at (g*Conditions+d)*Outcomes+q: sds of outcome noise for one within sd
	X      [][]float64 // latent conditions in points, cells as in the panel
	Y      [][]float64 // latent outcomes in sds of their noise
}

// OutcomeKind is what the q-th outcome is measured by.
func OutcomeKind(q int) string { return [...]string{"nps", "ces", "failure_rate"}[q%3] }

// ConditionID is the id of the d-th condition in the panel.
func ConditionID(d int) string { return fmt.Sprintf("x%d", d) }

// OutcomeID is the id of the q-th outcome in the panel.
func OutcomeID(q int) string { return fmt.Sprintf("y%d_%s", q, OutcomeKind(q)) }

const (
	cesSlope = .15 // points of the mean score for one sd of the latent outcome
	cesSD    = 1.5 // of one answer
	perHead  = 3   // contacts for each customer, of which some are failure demand
)

// CES is the expected change of a mean-score outcome for one point of the condition, at the effect's lag; it is exact because
// that outcome is linear in the latent one. Other kinds have no single slope: it panics for them.
func (w *World) CES(condition, outcome int) float64 {
	return scoreSlope(outcome, w.strength(condition, outcome), w.Knobs.SDWithin)
}

// TeamCES is the same for each team, in the order of the panel.
func (w *World) TeamCES(condition, outcome int) []float64 {
	out := make([]float64, w.Knobs.Teams)
	for g := range out {
		out[g] = scoreSlope(outcome, w.Slopes[(g*w.Knobs.Conditions+condition)*w.Knobs.Outcomes+outcome], w.Knobs.SDWithin)
	}
	return out
}

func scoreSlope(outcome int, r, sdWithin float64) float64 {
	if OutcomeKind(outcome) != "ces" {
		panic("worlds: " + OutcomeID(outcome) + " is not linear in what is latent")
	}
	return cesSlope * r / sdWithin
}

func (w *World) strength(condition, outcome int) float64 {
	var r float64
	for _, e := range w.Knobs.Effects {
		if e.Condition == condition && e.Outcome == outcome {
			r = e.R
		}
	}
	return r
}

// Effect finds the true effect of two series of the panel.
func (w *World) Effect(condition, outcome string) (Effect, bool) {
	for _, e := range w.Knobs.Effects {
		if ConditionID(e.Condition) == condition && OutcomeID(e.Outcome) == outcome {
			return e, true
		}
	}
	return Effect{}, false
}

// Make makes the world of the knobs and a seed. It panics if the knobs make none.
func Make(k Knobs, seed uint64) *World {
	if err := k.Check(); err != nil {
		panic("worlds: " + err.Error())
	}
	m := &maker{Knobs: k, source: newSource(seed)}
	w := &World{Knobs: k}
	m.hidden()
	m.outcomes(w)
	m.latent(w)
	m.survey(w)
	return w
}

// maker holds a world that is being made. Latent series run time by time over the burn-in as well: team g, series i of width n at
// time t is at (t*Teams+g)*n+i.
type maker struct {
	Knobs
	source
	u        []float64 // conditions, in within sds
	e        []float64 // outcomes: noise, then the whole
	levels   []float64 // of conditions, by team and condition
	alpha    []float64 // of outcomes, by team and outcome
	calendar []float64 // of conditions, by time
	delta    []float64 // of outcomes, by time and outcome
}

func (m *maker) times() int { return m.Periods + m.Burn }

// hidden draws what moves conditions and outcomes apart from each other.
func (m *maker) hidden() {
	n, g, d, q := m.times(), m.Teams, m.Conditions, m.Outcomes
	m.u = m.ar1(m.RhoX, n, g*d)
	correlate(m.u, d, m.R)
	unseen := m.ar1(.7, n, g)
	trendX, trendY := m.normals(g*d), m.normals(g*q)
	m.e = m.ar1(m.RhoY, n, g*q)
	const perSpan = 3.46 // a straight line of this range has sd 1
	for t := range n {
		at := m.Trend * perSpan * (float64(t)/math.Max(1, float64(n-1)) - .5)
		for i := range g * d {
			m.u[t*g*d+i] += at * trendX[i]
			if m.UconfOnly == nil || slices.Contains(m.UconfOnly, i%d) {
				m.u[t*g*d+i] += m.Uconf * unseen[t*g+i/d]
			}
		}
		for i := range g * q {
			m.e[t*g*q+i] += at*trendY[i] + m.Uconf*unseen[t*g+i/q]
		}
	}
	m.levels, m.alpha = m.normals(g*d), m.normals(g*q)
	general := m.normals(g)
	for i := range m.levels {
		m.levels[i] = (m.levels[i] + general[i/d]) / math.Sqrt2
	}
	for i := range m.alpha {
		m.alpha[i] = m.ConfTeam*general[i/q] + math.Sqrt(1-m.ConfTeam*m.ConfTeam)*m.alpha[i]
	}
	m.calendar = m.ar1(.8, n, 1)
	m.delta = m.ar1(.5, n, q)
	for i := range m.delta {
		m.delta[i] = m.ConfTime*m.calendar[i/q] + .3*m.delta[i]
	}
}

// correlate gives each run of d independent draws of sd 1 the correlation r with each other.
func correlate(v []float64, d int, r float64) {
	if r == 0 {
		return
	}
	l := make([]float64, d*d) // Cholesky factor of (1-r) I + r
	for i := range d {
		for j := range i + 1 {
			s := r
			if i == j {
				s = 1
			}
			for k := range j {
				s -= l[i*d+k] * l[j*d+k]
			}
			if i == j {
				l[i*d+i] = math.Sqrt(s)
			} else {
				l[i*d+j] = s / l[j*d+j]
			}
		}
	}
	for at := 0; at < len(v); at += d {
		for i := d - 1; i >= 0; i-- {
			var s float64
			for k := range i + 1 {
				s += l[i*d+k] * v[at+k]
			}
			v[at+i] = s
		}
	}
}

// outcomes lets outcomes follow conditions, and conditions the outcomes of the period before where there is such a way back.
func (m *maker) outcomes(w *World) {
	g, d, q := m.Teams, m.Conditions, m.Outcomes
	spread := m.normals(g * d * q)
	w.Slopes = make([]float64, g*d*q)
	for i := range w.Slopes {
		w.Slopes[i] = w.strength(i/q%d, i%q) * (1 + m.Het*spread[i])
	}
	for t := range m.times() {
		for team := range g {
			if m.Reverse != 0 && t > 0 {
				var mean float64
				for j := range q {
					mean += m.e[((t-1)*g+team)*q+j] / float64(q)
				}
				for i := range d {
					m.u[(t*g+team)*d+i] += m.Reverse * mean
				}
			}
			for _, e := range m.Effects {
				if t >= e.Lag {
					m.e[(t*g+team)*q+e.Outcome] += w.Slopes[(team*d+e.Condition)*q+e.Outcome] * m.u[((t-e.Lag)*g+team)*d+e.Condition]
				}
			}
		}
	}
}

// latent takes the periods that can be seen and lays levels and calendar over them.
func (m *maker) latent(w *World) {
	g, d, q := m.Teams, m.Conditions, m.Outcomes
	w.X, w.Y = table(d, g*m.Periods), table(q, g*m.Periods)
	for team := range g {
		for t := range m.Periods {
			was, cell := t+m.Burn, team*m.Periods+t
			for i := range d {
				w.X[i][cell] = 3.5 + m.SDTeam*m.levels[team*d+i] + m.SDTime*m.calendar[was] + m.SDWithin*m.u[(was*g+team)*d+i]
			}
			for j := range q {
				w.Y[j][cell] = m.e[(was*g+team)*q+j] + m.alpha[team*q+j] + m.delta[was*q+j]
			}
		}
	}
}

func table(rows, columns int) [][]float64 {
	out := make([][]float64, rows)
	for i := range out {
		out[i] = make([]float64, columns)
	}
	return out
}

// first is the period of the first cell. Worlds have no date; they need one to be a panel.
var first = models.PeriodOn(models.Week, time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))

// survey asks employees and customers.
func (m *maker) survey(w *World) {
	cells := m.Teams * m.Periods
	p := &models.Panel{Grain: models.Week, Zone: "UTC", First: first, Periods: m.Periods}
	digits := max(2, len(fmt.Sprint(m.Teams-1)))
	for g := range m.Teams {
		p.Teams = append(p.Teams, fmt.Sprintf("T%0*d", digits, g))
	}
	for d := range m.Conditions {
		p.Series = append(p.Series, series(ConditionID(d), cells, models.Series{Side: models.Inside, Kind: "dimension", Unit: "points", Higher: 1, Scale: 4}))
	}
	for q := range m.Outcomes {
		s := models.Series{Side: models.Outside, Kind: OutcomeKind(q), Unit: "points", Higher: 1, Scale: 200}
		switch q % 3 {
		case 1:
			s.Scale = 6
		case 2:
			s.Unit, s.Higher, s.Scale = "percent", -1, 100
		}
		p.Series = append(p.Series, series(OutcomeID(q), cells, s))
	}
	shared, own := math.Sqrt(m.ErrHalo), math.Sqrt(1-m.ErrHalo)
	for cell := range cells {
		n, customers := m.poisson(m.NMean), max(m.poisson(m.MMean), 5)
		se := m.RespSD / math.Sqrt(float64(max(n, 1)))
		halo := shared * m.NormFloat64()
		seen := m.Float64() >= m.Miss && (m.ExactX || n >= m.NMin)
		answered := m.Float64() >= m.Miss
		for d := range m.Conditions {
			noise := (halo + own*m.NormFloat64()) * se
			if s := &p.Series[d]; seen && m.ExactX {
				put(s, cell, w.X[d][cell], float64(n), 0)
			} else if seen {
				put(s, cell, w.X[d][cell]+noise, float64(n), se)
			}
		}
		for q := range m.Outcomes {
			value, count, se := m.ask(q, w.Y[q][cell], customers)
			if answered {
				put(&p.Series[m.Conditions+q], cell, value, count, se)
			}
		}
	}
	w.Panel = p
}

// ask draws the answers of n customers and gives the outcome with the standard error that these answers tell. That of the mean
// score is known, as it would be from the spread of many answers.
func (m *maker) ask(q int, latent float64, n int) (value, count, se float64) {
	c := float64(n)
	switch OutcomeKind(q) {
	case "ces":
		return 4.5 + cesSlope*latent + cesSD*m.NormFloat64()/math.Sqrt(c), c, cesSD / math.Sqrt(c)
	case "nps":
		below, above := normalCDF(-.9-.25*latent), 1-normalCDF(.1-.25*latent)
		detractors := m.binomial(n, below)
		promoters := m.binomial(n-detractors, above/(1-below))
		minus, plus := float64(detractors)/c, float64(promoters)/c
		score := plus - minus
		return 100 * score, c, 100 * math.Sqrt((plus+minus-score*score)/c)
	}
	contacts := perHead * n
	share := float64(m.binomial(contacts, 1/(1+math.Exp(1.4-.25*latent)))) / float64(contacts)
	return 100 * share, float64(contacts), 100 * math.Sqrt(share*(1-share)/float64(contacts))
}

// series makes room for cells.
func series(id string, cells int, s models.Series) models.Series {
	s.ID, s.Name, s.Version = id, id, 1
	s.Value, s.N, s.SE, s.Valid = make([]float64, cells), make([]float64, cells), make([]float64, cells), make([]bool, cells)
	for i := range s.SE {
		s.SE[i] = math.NaN()
	}
	return s
}

func put(s *models.Series, cell int, value, n, se float64) {
	s.Value[cell], s.N[cell], s.SE[cell], s.Valid[cell] = value, n, se, true
}
