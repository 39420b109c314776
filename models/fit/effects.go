package fit

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Demeaned is a regression after team effects (and period effects, if asked) are taken out. Its coefficients are those of
// the columns given, without intercept.
type Demeaned struct {
	*Regression
	DF int // rows minus columns minus effects
}

// Demean fits columns with team effects, and with period effects where periods is not nil. Rows may be in any order and cells may be
// missing.
func Demean(teams, periods []string, x [][]float64, y []float64) (*Demeaned, error) {
	r, order := gather(teams, periods)
	take := func(v []float64) []float64 {
		out := make([]float64, len(order))
		for k, i := range order {
			out[k] = v[i]
		}
		return centred(out)
	}
	var remove func(v []float64)
	effects := r.teams()
	if periods != nil {
		component := r.connected(-1)
		slices.Sort(component)
		effects += r.times - len(slices.Compact(component))
		remove = absorb(r, nil).residual
	} else {
		remove = func(v []float64) {
			for g := range r.team {
				centred(v[r.start[g]:r.start[g+1]])
			}
		}
	}
	columns := make([][]float64, len(x))
	for j := range x {
		columns[j] = take(x[j])
		remove(columns[j])
	}
	out := take(y)
	remove(out)
	back := func(v []float64) []float64 {
		o := make([]float64, len(v))
		for k, i := range order {
			o[i] = v[k]
		}
		return o
	}
	for j := range columns {
		columns[j] = back(columns[j])
	}
	f, err := Regress(columns, back(out), nil)
	if err != nil {
		return nil, err
	}
	d := &Demeaned{f, len(y) - len(x) - effects}
	if d.DF < 1 {
		return nil, fmt.Errorf("%d rows leave no degree of freedom beside %d effects", len(y), effects)
	}
	return d, nil
}

// gather orders rows by team and period.
func gather(teams, periods []string) (*rows, []int) {
	order := make([]int, len(teams))
	for i := range order {
		order[i] = i
	}
	names, _ := split(teams, make([]float64, len(teams)))
	at := func(i int) int { k, _ := slices.BinarySearch(names, teams[i]); return k }
	times := levelsOf(periods)
	when := func(i int) int { return times[periodOf(periods, i)] }
	slices.SortStableFunc(order, func(a, b int) int {
		if d := at(a) - at(b); d != 0 {
			return d
		}
		return when(a) - when(b)
	})
	r := &rows{times: len(times)}
	for k, i := range order {
		if k == 0 || at(order[k-1]) != at(i) {
			r.start = append(r.start, k)
			r.team = append(r.team, at(i))
		}
		r.period = append(r.period, when(i))
		r.cell = append(r.cell, i)
	}
	r.start = append(r.start, len(order))
	return r, order
}

func periodOf(periods []string, i int) string {
	if periods == nil {
		return ""
	}
	return periods[i]
}

// levelsOf numbers distinct texts in order.
func levelsOf(text []string) map[string]int {
	names := slices.Clone(text)
	slices.Sort(names)
	out := map[string]int{"": 0}
	if text == nil {
		return out
	}
	delete(out, "")
	for k, n := range slices.Compact(names) {
		out[n] = k
	}
	return out
}

// SE are classical standard errors with the effects counted.
func (d *Demeaned) SE() []float64 {
	out := d.Regression.SE()
	floats.Scale(math.Sqrt(float64(d.Regression.DF)/float64(d.DF)), out)
	return out
}

// driscollKraaySE are standard errors for shocks that all clusters share and that last (Driscoll and Kraay 1998): scores are summed
// by period and autocovariances weighted by Bartlett up to the lag. Periods sort as given; they take forty or so.
func (r *Regression) driscollKraaySE(periods []string, lag int) []float64 {
	at := levelsOf(periods)
	p := len(r.Coef)
	h := mat.NewDense(len(at), p, nil)
	for i, e := range r.Residuals {
		t := at[periods[i]]
		for j := range p {
			h.Set(t, j, h.At(t, j)+r.w[i]*e*r.x.At(i, j))
		}
	}
	return r.spread(bartlettMeat(h, lag))
}

// bartlettMeat sums outer products of rows and their lags with falling weights.
func bartlettMeat(scores *mat.Dense, lag int) *mat.Dense {
	n, p := scores.Dims()
	meat := mat.NewDense(p, p, nil)
	for l := 0; l <= lag && l < n; l++ {
		var g mat.Dense
		g.Mul(scores.Slice(l, n, 0, p).T(), scores.Slice(0, n-l, 0, p))
		g.Scale(1-float64(l)/float64(lag+1), &g)
		meat.Add(meat, &g)
		if l > 0 {
			meat.Add(meat, g.T())
		}
	}
	return meat
}

// RandomEffects is the one-way random-effects fit of Swamy and Arora (1972), for unbalanced panels as Baltagi and Chang (1994).
// Columns include the intercept first.
type RandomEffects struct {
	*Regression     // of the quasi-demeaned columns
	VarTeam, VarOwn float64
}

// Between fits team means on team means, an intercept first.
func Between(teams []string, x [][]float64, y []float64) (*Regression, error) {
	mean := func(v []float64) []float64 {
		_, values := split(teams, v)
		out := make([]float64, len(values))
		for i := range values {
			out[i] = exactMean(values[i])
		}
		return out
	}
	my := mean(y)
	ones := make([]float64, len(my))
	floats.AddConst(1, ones)
	columns := [][]float64{ones}
	for _, c := range x {
		columns = append(columns, mean(c))
	}
	return Regress(columns, my, nil)
}

// fitRandomEffects fits it; x comes without intercept.
func fitRandomEffects(teams []string, x [][]float64, y []float64) (*RandomEffects, error) {
	within, err := Demean(teams, nil, x, y)
	if err != nil {
		return nil, err
	}
	out := &RandomEffects{VarOwn: within.RSS / float64(within.DF)}
	n, p := len(y), len(x)+1
	index := levelsOf(teams)
	sizes := make([]float64, len(index))
	for _, g := range teams {
		sizes[index[g]]++
	}
	mean := func(v []float64) []float64 {
		m := make([]float64, len(index))
		for i, g := range teams {
			m[index[g]] += v[i] / sizes[index[g]]
		}
		o := make([]float64, n)
		for i, g := range teams {
			o[i] = m[index[g]]
		}
		return o
	}
	ones := make([]float64, n)
	floats.AddConst(1, ones)
	columns := append([][]float64{ones}, x...)
	means := make([][]float64, p)
	for j, c := range columns {
		means[j] = mean(c)
	}
	between, err := Regress(means, mean(y), nil)
	if err != nil {
		return nil, err
	}
	// tr[(X'PX)^-1 X'ZZ'X]: team sums are team size times team means.
	zz := mat.NewSymDense(p, nil)
	row := make([]float64, p)
	for i, g := range teams {
		for j := range p {
			row[j] = means[j][i]
		}
		zz.SymRankOne(zz, sizes[index[g]], mat.NewVecDense(p, row))
	}
	var product mat.Dense
	product.Mul(between.inv, zz)
	g := float64(len(index))
	out.VarTeam = math.Max(0, (between.RSS-(g-float64(p))*out.VarOwn)/(float64(n)-mat.Trace(&product)))
	quasi := func(v []float64) []float64 {
		m := mean(v)
		o := make([]float64, n)
		for i, g := range teams {
			theta := 1 - math.Sqrt(out.VarOwn/(out.VarOwn+sizes[index[g]]*out.VarTeam))
			o[i] = v[i] - theta*m[i]
		}
		return o
	}
	for j := range columns {
		columns[j] = quasi(columns[j])
	}
	out.Regression, err = Regress(columns, quasi(y), nil)
	return out, err
}

// hausman compares within and random-effects slopes: large where team levels go with the conditions, so that random effects (and pooled
// and between associations) answer another question than change inside teams.
func hausman(within *Demeaned, random *RandomEffects) Wald {
	p := len(within.Coef)
	d := make([]float64, p)
	v := mat.NewSymDense(p, nil)
	own := within.RSS / float64(within.DF)
	other := random.Sigma * random.Sigma
	for i := range p {
		d[i] = within.Coef[i] - random.Coef[i+1]
		for j := i; j < p; j++ {
			v.SetSym(i, j, own*within.inv.At(i, j)-other*random.inv.At(i+1, j+1))
		}
	}
	var inv mat.Dense
	w := Wald{DF1: float64(p), DF2: math.Inf(1), F: math.NaN(), P: math.NaN()}
	if inv.Inverse(v) != nil {
		return w
	}
	vec := mat.NewVecDense(p, d)
	chi2 := mat.Inner(vec, &inv, vec)
	w.F, w.P = chi2/w.DF1, distuv.ChiSquared{K: w.DF1}.Survival(chi2)
	return w
}
