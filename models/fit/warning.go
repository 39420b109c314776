package fit

import (
	"math"
	"math/rand/v2"
	"slices"

	"insideout/models"
)

const (
	leastPast       = 12 // cells of a team before it is judged
	leastIncidents  = 10
	leastHit        = 3  // teams with an incident
	leastTogether   = 3  // teams judged in a period
	alertAt         = 2. // standard deviations of the team's own past, in the bad direction
	warningDraws    = 500
	maxWarningCells = 100_000 // beyond, teams are not resampled: DeLong's interval stands alone
)

// moment is one team-period that a series judges.
type moment struct {
	team, period int
	score        float64
	before       bool // an incident of the team begins within the horizon
}

// warnings backtests every series against the incidents of the panel: the score of a moment is how far the team stands from the mean of its own
// past, in standard deviations of that past, in the bad direction (either, where there is none), against what all teams show then. Nothing later
// enters, so each moment is an origin of its own. The periods of an incident and of a horizon after it are left out: what follows is no warning.
func (a *analysis) warnings(conditions, outcomes []*models.Series) []models.Warning {
	starts := make([][]int, len(a.panel.Teams))
	any := false
	for _, e := range a.panel.Events {
		if e.Kind == "incident" {
			any = true
			if e.Team >= 0 { // what befell all teams at once is one event, whatever the number of teams
				starts[e.Team] = append(starts[e.Team], e.Period)
			}
		}
	}
	if !any {
		return nil
	}
	for g := range starts {
		slices.Sort(starts[g])
		starts[g] = slices.Compact(starts[g])
	}
	var out []models.Warning
	var moments [][]moment
	for _, s := range slices.Concat(outcomes, conditions) {
		w, m := a.warning(s, starts)
		out, moments = append(out, w), append(moments, m)
	}
	best := -1
	for i := range out {
		if w := &out[i]; w.Refused == nil && w.Side == models.Outside && (best < 0 || w.AUC > out[best].AUC) {
			best = i
		}
	}
	var ps []float64
	var at []int
	for i := range out {
		w := &out[i]
		if w.Refused != nil {
			continue
		}
		ps, at = append(ps, float64(w.P)), append(at, i)
		if best >= 0 && w.Side == models.Inside {
			w.Baseline = out[best].Series
			a.gain(w, moments[i], moments[best])
		}
	}
	for k, q := range Adjust(ps, BenjaminiHochberg) {
		out[at[k]].Q, out[at[k]].Family = models.Figure(q), len(ps)
	}
	return out
}

// horizon is how long before an incident a warning may come, in periods.
func (a *analysis) horizon() int {
	if a.spec.Horizon > 0 {
		return a.spec.Horizon
	}
	return 4
}

func (a *analysis) warning(s *models.Series, starts [][]int) (models.Warning, []moment) {
	no := models.None()
	h := a.horizon()
	w := models.Warning{Series: s.ID, Side: s.Side, Horizon: h, AUC: no, Low: no, High: no, P: no, Q: no, Gain: no, GainLow: no, GainHigh: no, Lead: no, LeadLow: no, LeadHigh: no}
	var out []moment
	var leads []float64
	scores := a.scores(s)
	for _, g := range byName(a.panel.Teams) {
		last := math.MinInt / 2 // alert
		judged := map[int]bool{}
		alert := map[int]bool{}
		for t := range a.panel.Periods {
			z := scores[g*a.panel.Periods+t]
			if math.IsNaN(z) || slices.ContainsFunc(starts[g], func(at int) bool { return at <= t && t < at+h }) {
				continue
			}
			before := slices.ContainsFunc(starts[g], func(at int) bool { return t < at && at <= t+h })
			out = append(out, moment{g, t, z, before})
			judged[t] = true
			if z >= alertAt {
				alert[t] = true
				if t-last > h {
					w.Alerts++
					if !before && t+h < a.panel.Periods {
						w.False++
					}
				}
				last = t
			}
		}
		own := false
		for _, at := range starts[g] {
			could, lead := false, 0
			for t := at - h; t < at; t++ {
				could = could || judged[t]
				if alert[t] && lead == 0 {
					lead = at - t
				}
			}
			if !could {
				continue
			}
			own = true
			w.Incidents++
			if lead > 0 {
				w.Hits++
				leads = append(leads, float64(lead))
			}
		}
		if own {
			w.Teams++
		}
	}
	w.N = len(out)
	if w.Incidents < leastIncidents || w.Teams < leastHit {
		w.Refused = &models.Refusal{Code: CodeFewIncidents, Reason: count(w.Incidents, "incident") + " in " + count(w.Teams, "team") + " that it could have warned of: a few hits would be luck",
			Needed: "at least " + count(leastIncidents, "incident") + " in " + count(leastHit, "team")}
		return w, out
	}
	if len(leads) > 0 {
		w.Lead, w.LeadLow, w.LeadHigh = models.Figure(Quantile(leads, .5, 7)), models.Figure(Quantile(leads, .25, 7)), models.Figure(Quantile(leads, .75, 7))
	}
	event, score := make([]bool, len(out)), make([]float64, len(out))
	for i, m := range out {
		event[i], score[i] = m.before, m.score
	}
	roc := delong(event, score)
	se := math.Sqrt(roc.Var)
	if len(out) <= maxWarningCells {
		aucs := a.resampledAUC(out)
		slices.Sort(aucs)
		if lo, hi := tails(len(aucs)); aucs != nil {
			se = math.Max(se, (aucs[hi]-aucs[lo])/2/normalQuantile(.975))
		}
	}
	half := normalQuantile(.975) * se
	w.AUC, w.Low, w.High = models.Figure(roc.AUC), models.Figure(math.Max(0, roc.AUC-half)), models.Figure(math.Min(1, roc.AUC+half))
	w.P = models.Figure(.5 * math.Erfc((roc.AUC-.5)/se/math.Sqrt2))
	return w, out
}

// scores are how far each team stands from the mean of its own past, in standard deviations of that past, in the bad direction, less what all teams
// show in that period: teams are resampled as independent, and a shared calendar would make every team a witness of the same thing. NaN where a
// team has too little past.
func (a *analysis) scores(s *models.Series) []float64 {
	times := a.panel.Periods
	z := make([]float64, len(s.Value))
	for g := range a.panel.Teams {
		var n, mean, squares float64 // running (Welford 1962)
		for t := range times {
			c := g*times + t
			if z[c] = math.NaN(); !s.Valid[c] {
				continue
			}
			v := s.Value[c]
			if sd := math.Sqrt(squares / (n - 1)); n >= leastPast && sd > 1e-9*math.Abs(mean) {
				switch z[c] = (v - mean) / sd; {
				case s.Higher > 0:
					z[c] = -z[c]
				case s.Higher == 0:
					z[c] = math.Abs(z[c])
				}
			}
			n++
			d := v - mean
			mean += d / n
			squares += d * (v - mean)
		}
	}
	order := byName(a.panel.Teams)
	for t := range times {
		var sum, n float64
		for _, g := range order {
			if v := z[g*times+t]; !math.IsNaN(v) {
				sum += v
				n++
			}
		}
		for g := range a.panel.Teams {
			if n < leastTogether {
				z[g*times+t] = math.NaN()
			}
			z[g*times+t] -= sum / n
		}
	}
	return z
}

// resampledAUC draws teams with replacement; a draw without a moment before an incident, or without another, is left out.
func (a *analysis) resampledAUC(m []moment) []float64 {
	ranked := slices.Clone(m)
	slices.SortStableFunc(ranked, func(x, y moment) int { return sign3(x.score - y.score) })
	var out []float64
	for _, times := range a.teamDraws() {
		if v := auc(ranked, times); !math.IsNaN(v) {
			out = append(out, v)
		}
	}
	if len(out) < warningDraws/2 {
		return nil
	}
	return out
}

// teamDraws are draws of teams of the panel: how often each is in each.
func (a *analysis) teamDraws() [][]uint16 {
	n := len(a.panel.Teams)
	rng := rand.New(rand.NewPCG(a.seed, uint64(n)<<16|5))
	order := byName(a.panel.Teams)
	out := make([][]uint16, warningDraws)
	for i := range out {
		out[i] = make([]uint16, n)
		for range n {
			out[i][order[rng.IntN(n)]]++
		}
	}
	return out
}

func sign3(v float64) int { return int(sign(v)) }

// auc is the area under the curve of moments sorted by score, teams counted as often as given; ties count a half.
func auc(ranked []moment, times []uint16) float64 {
	var area, below, events, others float64
	for i := 0; i < len(ranked); {
		var e, o float64
		j := i
		for ; j < len(ranked) && ranked[j].score == ranked[i].score; j++ {
			if k := float64(times[ranked[j].team]); ranked[j].before {
				e += k
			} else {
				o += k
			}
		}
		area += e * (below + o/2)
		below += o
		events, others = events+e, others+o
		i = j
	}
	return area / (events * others)
}

// gain compares an inside series with the outside one that warns best, on the moments that both judge.
func (a *analysis) gain(w *models.Warning, own, base []moment) {
	type place struct{ team, period int }
	at := map[place]moment{}
	for _, m := range base {
		at[place{m.team, m.period}] = m
	}
	var x, y []moment
	for _, m := range own {
		if b, ok := at[place{m.team, m.period}]; ok {
			x, y = append(x, m), append(y, b)
		}
	}
	if len(x) == 0 || len(x) > maxWarningCells {
		return
	}
	by := func(a, b moment) int { return sign3(a.score - b.score) }
	slices.SortStableFunc(x, by)
	slices.SortStableFunc(y, by)
	ones := make([]uint16, len(a.panel.Teams))
	for i := range ones {
		ones[i] = 1
	}
	w.Gain = models.Figure(auc(x, ones) - auc(y, ones))
	var gains []float64
	for _, times := range a.teamDraws() {
		if d := auc(x, times) - auc(y, times); !math.IsNaN(d) {
			gains = append(gains, d)
		}
	}
	if len(gains) < warningDraws/2 || !w.Gain.Known() {
		w.Gain = models.None()
		return
	}
	slices.Sort(gains)
	lo, hi := tails(len(gains))
	w.GainLow, w.GainHigh = models.Figure(gains[lo]), models.Figure(gains[hi])
}
