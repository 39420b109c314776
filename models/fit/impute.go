package fit

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"insideout/models"
)

const (
	imputations = 20
	burnIn      = 50 // rounds before the first imputation
	gapRounds   = 10 // rounds between imputations
	mostMissing = .4 // share of cells without one of both above which nothing is filled in
	missingStep = .5 // by how much missing conditions may have been lower or higher, in standard deviations inside teams
)

// Pooled is an estimate over multiple imputations (Rubin 1987) with the degrees of freedom of Barnard and Rubin (1999).
type Pooled struct {
	Estimate, SE, DF      float64
	Within, Between       float64 // variances
	Total                 float64
	Lambda, Increase, FMI float64 // share of the variance due to missing data; its ratio to the rest; fraction of missing information
	Low, High             float64 // 95 %
}

// poolImputations combines estimates and their squared standard errors; complete is the degrees of freedom without missing data.
func poolImputations(estimates, variances []float64, complete float64) Pooled {
	m := float64(len(estimates))
	p := Pooled{Estimate: exactMean(estimates), Within: exactMean(variances), Between: stat.Variance(estimates, nil)}
	p.Total = p.Within + (1+1/m)*p.Between
	p.SE = math.Sqrt(p.Total)
	p.Lambda = (1 + 1/m) * p.Between / p.Total
	p.Increase = (1 + 1/m) * p.Between / p.Within
	old := (m - 1) / (p.Lambda * p.Lambda)
	observed := (complete + 1) / (complete + 3) * complete * (1 - p.Lambda)
	p.DF = old * observed / (old + observed)
	p.FMI = (p.Increase + 2/(p.DF+3)) / (1 + p.Increase)
	half := studentQuantile(.975, p.DF) * p.SE
	p.Low, p.High = p.Estimate-half, p.Estimate+half
	return p
}

// imputed is the slope with the cells that are missing filled in twenty times, from a normal model of condition and outcome with effects of team
// and period (data augmentation, Tanner and Wong 1987; Schafer 1997), and pooled by Rubin's rules; then with missing conditions lower or higher
// than that by half a standard deviation inside teams, because small groups and those who did not answer may not be like the others. Cells count the same. Nothing
// where all is there, or too little.
func (c *recount) imputed(seed uint64) []models.Way {
	g := c.grid()
	cells := float64(len(g.x))
	if g.missing == 0 || float64(g.missing) > mostMissing*cells || g.teams < minTeams || g.times < 3 {
		return nil
	}
	rng := rand.New(rand.NewPCG(seed, uint64(g.teams)<<16|7))
	shifts := []float64{0, -missingStep, missingStep}
	slopes, vars := make([][]float64, len(shifts)), make([][]float64, len(shifts))
	for round := range burnIn + imputations*gapRounds {
		g.round(rng)
		if round < burnIn || (round-burnIn)%gapRounds != gapRounds-1 {
			continue
		}
		spread := math.Sqrt(g.sxx)
		for k, by := range shifts {
			if by != 0 && !g.lacksX {
				continue
			}
			b, v := g.slope(by * spread)
			slopes[k], vars[k] = append(slopes[k], b), append(vars[k], v)
		}
	}
	var out []models.Way
	for k, w := range []models.Way{
		{Code: "imputed", Says: "missing cells filled in from what is known of team, period and the other side"},
		{Code: "missing_lower", Says: "the same, missing conditions half a standard deviation lower"},
		{Code: "missing_higher", Says: "the same, missing conditions half a standard deviation higher"},
	} {
		if slopes[k] == nil {
			continue
		}
		p := poolImputations(slopes[k], vars[k], float64(g.teams-1))
		w.Estimate = c.told(p.Estimate, p.SE, p.DF)
		w.N, w.Teams, w.Times = len(g.x), g.teams, g.times
		out = append(out, w)
	}
	return out
}

// grid is every cell of the teams and periods of a pair, complete after each round.
type grid struct {
	teams, times int
	x, y         []float64 // team by team
	hasX, hasY   []bool
	missing      int // cells without one of both
	lacksX       bool

	sxx, sxy, syy float64 // covariance of what team and period leave
}

func (c *recount) grid() *grid {
	p, d := c.Panel, c.d
	x, y := p.Find(c.Condition), p.Find(c.Outcome)
	used := make([]bool, p.Periods)
	for _, cell := range d.rows.cell {
		used[cell%p.Periods] = true
	}
	g := &grid{teams: d.rows.teams(), times: d.rows.times}
	for _, team := range d.rows.team {
		for t := range p.Periods {
			if !used[t] {
				continue
			}
			at, was := team*p.Periods+t, team*p.Periods+t-c.lag
			hasX, hasY := x.Valid[was], y.Valid[at]
			g.hasX, g.hasY = append(g.hasX, hasX), append(g.hasY, hasY)
			g.x, g.y = append(g.x, share(hasX)*x.Value[was]), append(g.y, share(hasY)*y.Value[at])
			if !hasX || !hasY {
				g.missing++
			}
			g.lacksX = g.lacksX || !hasX
		}
	}
	g.start()
	return g
}

// start fills in what is missing with the effects of its team and period.
func (g *grid) start() {
	for _, s := range []struct {
		v   []float64
		has []bool
	}{{g.x, g.hasX}, {g.y, g.hasY}} {
		var all, n float64
		for i, ok := range s.has {
			all, n = all+share(ok)*s.v[i], n+share(ok)
		}
		for i, ok := range s.has {
			if !ok {
				s.v[i] = all / n
			}
		}
		for range 50 {
			effects := g.effects(s.v)
			for i, ok := range s.has {
				if !ok {
					s.v[i] = effects[i]
				}
			}
		}
	}
}

// effects is the least-squares fit of team and period to a complete grid.
func (g *grid) effects(v []float64) []float64 {
	team, period := make([]float64, g.teams), make([]float64, g.times)
	var all float64
	for i, x := range v {
		team[i/g.times] += x / float64(g.times)
		period[i%g.times] += x / float64(g.teams)
		all += x / float64(len(v))
	}
	out := make([]float64, len(v))
	for i := range v {
		out[i] = team[i/g.times] + period[i%g.times] - all
	}
	return out
}

// round draws the covariance, the effects, and then what is missing, each given the rest, with flat priors.
func (g *grid) round(rng *rand.Rand) {
	ex, ey := g.effects(g.x), g.effects(g.y)
	var sxx, sxy, syy float64
	for i := range g.x {
		dx, dy := g.x[i]-ex[i], g.y[i]-ey[i]
		sxx, sxy, syy = sxx+dx*dx, sxy+dx*dy, syy+dy*dy
	}
	// An inverse Wishart of two: the variance of x, then the line of y on x and what is left about it.
	df := float64((g.teams - 1) * (g.times - 1))
	chi := func(k float64) float64 { return distuv.ChiSquared{K: k, Src: rng}.Rand() }
	g.sxx = sxx / chi(df-1)
	left := (syy - sxy*sxy/sxx) / chi(df)
	b := sxy/sxx + rng.NormFloat64()*math.Sqrt(left/sxx)
	g.sxy, g.syy = b*g.sxx, left+b*b*g.sxx

	// Effects: their fit, and the fit of noise, which is what they may be off by.
	nx, ny := make([]float64, len(g.x)), make([]float64, len(g.x))
	for i := range nx {
		u := rng.NormFloat64() * math.Sqrt(g.sxx)
		nx[i], ny[i] = u, b*u+rng.NormFloat64()*math.Sqrt(left)
	}
	ox, oy := g.effects(nx), g.effects(ny)
	back := g.sxy / g.syy
	leftX := g.sxx - back*g.sxy
	for i := range g.x {
		mx, my := ex[i]+ox[i], ey[i]+oy[i]
		switch hasX, hasY := g.hasX[i], g.hasY[i]; {
		case !hasX && !hasY:
			u := rng.NormFloat64() * math.Sqrt(g.sxx)
			g.x[i], g.y[i] = mx+u, my+b*u+rng.NormFloat64()*math.Sqrt(left)
		case !hasX:
			g.x[i] = mx + back*(g.y[i]-my) + rng.NormFloat64()*math.Sqrt(leftX)
		case !hasY:
			g.y[i] = my + b*(g.x[i]-mx) + rng.NormFloat64()*math.Sqrt(left)
		}
	}
}

// slope is that of the complete grid, missing conditions moved by something, and its variance by team (CR1).
func (g *grid) slope(by float64) (b, variance float64) {
	x := append([]float64(nil), g.x...)
	for i, has := range g.hasX {
		if !has {
			x[i] += by
		}
	}
	ex, ey := g.effects(x), g.effects(g.y)
	var xx, xy float64
	for i := range x {
		dx, dy := x[i]-ex[i], g.y[i]-ey[i]
		xx, xy = xx+dx*dx, xy+dx*dy
	}
	b = xy / xx
	for k := range g.teams {
		var score float64
		for i := k * g.times; i < (k+1)*g.times; i++ {
			dx := x[i] - ex[i]
			score += dx * (g.y[i] - ey[i] - b*dx)
		}
		variance += score * score
	}
	n := float64(len(x))
	return b, variance / (xx * xx) * float64(g.teams) / float64(g.teams-1) * (n - 1) / (n - float64(g.times))
}
