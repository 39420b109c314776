package fit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

func goldenLags(t *testing.T, c *golden) map[string]any {
	ids := []string{c.role("x"), c.role("y")}
	panel := panelOf(t, c.text[c.role("team")], c.numbers(t, c.role("period")), ids, c.numbers(t, ids[0]), c.numbers(t, ids[1]))
	x, y := &panel.Series[0], &panel.Series[1]
	out := map[string]any{}
	for key := range c.Expected {
		lag, err := strconv.Atoi(strings.TrimPrefix(key, "lag"))
		if err != nil {
			t.Fatal(err)
		}
		r := match(panel, x.Valid, y.Valid, lag)
		xs, ys := r.take(x.Value, lag), r.take(y.Value, 0)
		teams := make([]string, r.n())
		for g := range r.team {
			for i := r.start[g]; i < r.start[g+1]; i++ {
				teams[i] = panel.Teams[r.team[g]]
			}
		}
		rm, err := RepeatedMeasures(teams, xs, ys)
		if err != nil {
			t.Fatal(err)
		}
		pooled := Pearson(xs, ys).R
		base := absorb(r, nil)
		base.residual(ys)
		f := newSandwich(r, base, nil, xs).coefficient(0, ys, true)
		var meat float64
		for _, s := range f.scores {
			meat += s * s
		}
		out[key] = map[string]any{
			"lag": lag, "n": r.n(), "G": f.active, "beta": f.b, "se_cr0": math.Sqrt(meat), "se_cr2": f.se, "df_satt": f.df,
			"p_cr2": studentP(f.b/f.se, f.df), "r_within_team": rm.R, "r_twoway_within": f.r, "r_pooled": pooled,
		}
	}
	return out
}

func goldenRepeated(t *testing.T, c *golden) map[string]any {
	r, err := RepeatedMeasures(c.text[c.role("subject")], c.numbers(t, c.role("x")), c.numbers(t, c.role("y")))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"r": r.R, "df": r.DF, "p": r.P, "slope": r.Slope, "ci95": []float64{r.Low, r.High}}
}

func goldenCCF(t *testing.T, c *golden) map[string]any {
	x, y := c.numbers(t, c.role("x")), c.numbers(t, c.role("y"))
	var ccf, acf []float64
	lags := floatsOf(c.Expected["lag"])
	for _, lag := range lags {
		ccf = append(ccf, CrossCorrelation(x, y, int(lag)))
	}
	for k := range floatsOf(c.Expected["acf_x"]) {
		acf = append(acf, CrossCorrelation(x, x, k))
	}
	out := map[string]any{"lag": lags, "ccf": ccf, "acf_x": acf}
	for key := range c.Expected {
		if k, ok := strings.CutPrefix(key, "ljung_box_x_lag"); ok {
			lags, err := strconv.Atoi(k)
			if err != nil {
				t.Fatal(err)
			}
			stat, p := ljungBox(x, lags)
			out[key] = map[string]any{"stat": stat, "p": p}
		}
	}
	return out
}

func goldenMeta(t *testing.T, c *golden) map[string]any {
	group := c.text[c.role("group")]
	names, xs := split(group, c.numbers(t, c.role("x")))
	_, ys := split(group, c.numbers(t, c.role("y")))
	b, v := make([]float64, len(names)), make([]float64, len(names))
	for i := range names {
		ones := make([]float64, len(xs[i]))
		for k := range ones {
			ones[k] = 1
		}
		r, err := Regress([][]float64{ones, xs[i]}, ys[i], nil)
		if err != nil {
			t.Fatal(err)
		}
		se := r.SE()[1]
		b[i], v[i] = r.Coef[1], se*se
	}
	out := map[string]any{"b": named(names, b, nil), "v": named(names, v, nil)}
	for _, how := range []TauMethod{TauREML, TauDL, TauPM} {
		m := summarise(b, v, how)
		out[string(how)] = map[string]any{
			"tau2": m.Tau2, "mu": m.Mu, "se": m.SE, "ci": []float64{m.Low, m.High}, "Q": m.Q, "Q_p": m.QP, "I2": m.I2, "H2": m.H2, "pi": []float64{m.NewLow, m.NewTop},
			"blup": m.Slopes, "blup_se": m.SlopeSE, "knha_se": m.KnappSE, "knha_ci": []float64{m.KnappLow, m.KnappHigh},
		}
	}
	return out
}

// goldenMixed reads "y ~ x + (z | g)": one grouping, "(1 | g) + (0 + z | g)" for uncorrelated effects.
func goldenMixed(t *testing.T, c *golden) map[string]any {
	left, rest, _ := strings.Cut(c.role("formula"), "~")
	y := strings.TrimSpace(left)
	var fixed, random []string
	uncorrelated := strings.Count(rest, "(") > 1
	for _, bar := range strings.Split(rest, "(")[1:] {
		inner, _, _ := strings.Cut(bar, "|")
		inner = strings.TrimSpace(inner)
		switch term, zero := strings.CutPrefix(inner, "0 + "); {
		case inner == "1":
			random = append(random, "(Intercept)")
		case zero:
			random = append(random, term)
		default:
			random = append(random, "(Intercept)", inner)
		}
	}
	before, _, _ := strings.Cut(rest, "(")
	for _, term := range strings.Split(before, "+") {
		if term = strings.TrimSpace(term); term != "" && term != "1" {
			fixed = append(fixed, term)
		}
	}
	names, x := c.design(t, fixed)
	d := MixedData{X: x, Y: c.numbers(t, y), Group: c.text[c.role("group")], Uncorrelated: uncorrelated}
	if c.role("w") != "" {
		d.W = c.numbers(t, c.role("w"))
	}
	for _, r := range random {
		if r == "(Intercept)" {
			d.Z = append(d.Z, x[0])
			continue
		}
		d.Z = append(d.Z, c.numbers(t, r))
	}
	out := map[string]any{}
	for _, how := range []string{"REML", "ML"} {
		want := c.Expected[how].(map[string]any)
		d.ML = how == "ML"
		m, err := fitMixed(d)
		if err != nil {
			t.Fatal(err)
		}
		// varcorr is compared in the order given, by names of effects.
		var vc []any
		at := func(v any) int {
			for k, r := range random {
				if r == v {
					return k
				}
			}
			return -1
		}
		for _, row := range want["varcorr"].([]any) {
			w := row.(map[string]any)
			g := map[string]any{"grp": w["grp"], "var1": w["var1"], "var2": w["var2"]}
			if w["var1"] == nil {
				g["var1"], g["vcov"], g["sdcor"] = math.NaN(), m.Sigma*m.Sigma, m.Sigma
			} else {
				a := at(w["var1"])
				b := a
				if w["var2"] != nil {
					b = at(w["var2"])
				}
				g["vcov"] = m.Cov.At(a, b)
				if g["sdcor"] = math.Sqrt(m.Cov.At(a, a)); a != b {
					g["sdcor"] = m.Cov.At(a, b) / math.Sqrt(m.Cov.At(a, a)*m.Cov.At(b, b))
				}
			}
			if w["var2"] == nil {
				g["var2"] = math.NaN()
			}
			vc = append(vc, g)
		}
		effects, cov := map[string]any{}, []any{}
		byEffect := map[string]any{}
		for k, r := range random {
			var v []float64
			for g := range m.Groups {
				v = append(v, m.EffectCov[g].At(k, k))
			}
			byEffect[r] = v
		}
		for g, name := range m.Groups {
			effects[name] = named(random, m.Effects[g], nil)
			var rows []any
			for a := range random {
				var row []any
				for b := range random {
					row = append(row, m.EffectCov[g].At(a, b))
				}
				rows = append(rows, row)
			}
			cov = append(cov, rows)
		}
		got := map[string]any{
			"fixef": named(names, m.Coef, nil), "se": named(names, m.SE, nil), "sigma": m.Sigma, "logLik": m.LogLikelihood, "minus2_reml_or_ml": -2 * m.LogLikelihood,
			"singular": m.Singular, "varcorr": vc, "ranef": effects, "ranef_cond_var": cov,
		}
		if _, ok := want["ranef_cond_var"].(map[string]any); ok {
			got["ranef_cond_var"] = byEffect
		}
		by := func(v []float64) any { // R drops the names of a single one
			if len(names) == 1 {
				return v
			}
			return named(names, v, nil)
		}
		got["satterthwaite_df"], got["satterthwaite_p"] = by(m.DF), by(m.P)
		if se, df, ok := m.kenwardRoger(); ok {
			got["kenward_roger"] = map[string]any{"se": by(se), "df": by(df)}
		}
		out[how] = got
	}
	return out
}

func goldenPanel(t *testing.T, c *golden) map[string]any {
	left, names := formula(c.role("formula"))
	teams, periods := c.text[c.role("team")], c.text[c.role("period")]
	y := c.numbers(t, left)
	var x [][]float64
	for _, n := range names {
		x = append(x, c.numbers(t, n))
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	part := func(d *Demeaned) map[string]any {
		return map[string]any{
			"coef": named(names, d.Coef, nil), "se_classical": named(names, d.SE(), nil), "df_resid": d.DF, "within_r2": d.R2(), "rss": d.RSS,
			"se_arellano_HC0": named(names, d.Clustered(teams).SE(CR0), nil), "se_driscoll_kraay_L3": named(names, d.driscollKraaySE(periods, 3), nil),
		}
	}
	one, err := Demean(teams, nil, x, y)
	must(err)
	two, err := Demean(teams, periods, x, y)
	must(err)
	between, err := Between(teams, x, y)
	must(err)
	random, err := fitRandomEffects(teams, x, y)
	must(err)
	all := append([]string{"(Intercept)"}, names...)
	ones := make([]float64, len(y))
	for i := range ones {
		ones[i] = 1
	}
	pooled, err := Regress(append([][]float64{ones}, x...), y, nil)
	must(err)
	h := hausman(one, random)
	// Within and between parts of each column side by side, with a random team effect.
	d := MixedData{X: [][]float64{ones}, Z: [][]float64{ones}, Y: y, Group: teams}
	wb := []string{"(Intercept)"}
	var means [][]float64
	for k, col := range x {
		groups, values := split(teams, col)
		mean := map[string]float64{}
		for i, g := range groups {
			mean[g] = exactMean(values[i])
		}
		own, team := make([]float64, len(y)), make([]float64, len(y))
		for i, g := range teams {
			team[i] = mean[g]
			own[i] = col[i] - team[i]
		}
		d.X, wb = append(d.X, own), append(wb, names[k]+"_w")
		means = append(means, team)
	}
	for k, m := range means {
		d.X, wb = append(d.X, m), append(wb, names[k]+"_b")
	}
	mixed, err := fitMixed(d)
	must(err)
	return map[string]any{
		"within_individual": part(one), "within_twoways": part(two),
		"between":             map[string]any{"coef": named(all, between.Coef, nil), "se": named(all, between.SE(), nil)},
		"random_swar":         map[string]any{"coef": named(all, random.Coef, nil), "se": named(all, random.SE(), nil), "sigma2_id": random.VarTeam, "sigma2_idios": random.VarOwn},
		"pooled":              named(all, pooled.Coef, nil),
		"hausman":             map[string]any{"chi2": h.F * h.DF1, "df": h.DF1, "p": h.P},
		"within_between_reml": map[string]any{"coef": named(wb, mixed.Coef, nil), "se": named(wb, mixed.SE, nil), "var_team": mixed.Cov.At(0, 0), "sigma": mixed.Sigma},
	}
}

func goldenTrend(t *testing.T, c *golden) map[string]any {
	x := c.numbers(t, c.role("x"))
	b := changeOfLevel(x, .15)
	cusum, cp := Cusum(x)
	m := mannKendall(x)
	l := processLimits(x)
	return map[string]any{
		"supF": b.F, "break_index": b.At, "ols_cusum": map[string]any{"stat": cusum, "p": cp}, "mann_kendall": map[string]any{"S": m.S, "varS": m.Var, "z": m.Z, "p": m.P},
		"theil_sen": theilSen(x), "xmr": map[string]any{"mean": l.Mean, "mr_bar": l.MovingRange, "ucl": l.High, "lcl": l.Low},
		"von_neumann": vonNeumann(x), "ar1": CrossCorrelation(x, x, 1),
	}
}

func goldenEvent(t *testing.T, c *golden) map[string]any {
	s := Staggered{Team: c.text[c.role("team")], Y: c.numbers(t, c.role("y"))}
	for i, v := range c.numbers(t, c.role("period")) {
		s.Period = append(s.Period, int(v))
		s.Start = append(s.Start, int(c.numbers(t, "cohort")[i]))
	}
	effects, err := s.Effects()
	if err != nil {
		t.Fatal(err)
	}
	att, dynamic, study := map[string]any{}, map[string]any{}, map[string]any{}
	last := 0
	for _, e := range effects {
		att[fmt.Sprintf("g%d_t%d", e.Group, e.Period)] = e.ATT
		last = max(last, e.Group)
	}
	for key := range c.Expected["dynamic"].(map[string]any) {
		k, err := strconv.Atoi(key)
		if err != nil {
			t.Fatal(err)
		}
		dynamic[key] = averageEffect(effects, &k)
	}
	relative, est := s.eventStudy(3)
	for i, k := range relative {
		study[fmt.Sprintf("rel%d", k)] = float64(est[i].Slope)
	}
	// The plain two by two of the last cohort: means before and after its start, treated less never treated.
	var sum, n [2][2]float64
	for i := range s.Y {
		if s.Start[i] == 0 || s.Start[i] == last {
			a, b := int(share(s.Start[i] == last)), int(share(s.Period[i] >= last))
			sum[a][b] += s.Y[i]
			n[a][b]++
		}
	}
	mean := func(a, b int) float64 { return sum[a][b] / n[a][b] }
	w := s.twoWay()
	return map[string]any{
		"twfe":                      map[string]any{"beta": float64(w.Slope), "se_cr2": float64(w.SE), "df": float64(w.DF), "p": float64(w.P)},
		"att_gt_never_varying_base": att, "simple_att": averageEffect(effects, nil), "dynamic": dynamic,
		"did2x2_last_cohort": mean(1, 1) - mean(1, 0) - mean(0, 1) + mean(0, 0), "event_study_twfe": study,
	}
}
