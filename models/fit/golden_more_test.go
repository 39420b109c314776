package fit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

func goldenSensitivity(t *testing.T, c *golden) map[string]any {
	left, right := formula(c.role("formula"))
	names, x := c.design(t, right)
	r, err := Regress(x, c.numbers(t, left), nil)
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) int {
		for j, n := range names {
			if n == name {
				return j
			}
		}
		t.Fatalf("no column %q", name)
		return -1
	}
	column, benchmark := at(c.role("treatment")), at(c.role("benchmark"))
	s := r.Sensitivity(column)
	out := map[string]any{
		"estimate": s.Estimate, "se": s.SE, "t": s.T, "dof": s.DF, "partial_r2": s.PartialR2, "partial_f2": s.PartialF2,
		"RV_q1": s.RobustnessValue(1, 0), "RV_q05": s.RobustnessValue(.5, 0), "RV_q1_alpha05": s.RobustnessValue(1, .05),
	}
	out["sensemakr"] = map[string]any{"RV_q1": out["RV_q1"], "RV_q1_alpha05": out["RV_q1_alpha05"], "partial_r2": out["partial_r2"]}
	for k := 1; k <= 3; k++ {
		b, err := r.Benchmark(column, benchmark, float64(k))
		if err != nil {
			t.Fatal(err)
		}
		out[fmt.Sprintf("bench_%dx", k)] = map[string]any{
			"r2dz_x": b.R2Condition, "r2yz_dx": b.R2Outcome, "adjusted_estimate": b.Estimate, "adjusted_se": b.SE, "adjusted_t": b.T,
		}
	}
	return out
}

func goldenImportance(t *testing.T, c *golden) map[string]any {
	names := c.list("x")
	var x [][]float64
	for _, n := range names {
		x = append(x, c.numbers(t, n))
	}
	im, err := RelativeImportance(x, c.numbers(t, c.role("y")))
	if err != nil {
		t.Fatal(err)
	}
	shares := func(v []float64) map[string]any {
		out := make([]float64, len(v))
		for i := range v {
			out[i] = v[i] / im.R2
		}
		return named(names, out, nil)
	}
	return map[string]any{
		"R2": im.R2, "lmg": named(names, im.LMG, nil), "lmg_pct": shares(im.LMG), "johnson_rw": named(names, im.Johnson, nil), "johnson_rw_pct": shares(im.Johnson),
		"first": named(names, im.First, nil), "last": named(names, im.Last, nil), "pratt": named(names, im.Pratt, nil), "beta_std": named(names, im.Beta, nil),
		"vif": named(names, im.VIF, nil), "eigenvalues": im.Eigen,
	}
}

func goldenRidge(t *testing.T, c *golden) map[string]any {
	names := c.list("x")
	var x [][]float64
	for _, n := range names {
		x = append(x, c.numbers(t, n))
	}
	y := c.numbers(t, c.role("y"))
	mass, err := NewRidgePath(x, y, len(y))
	if err != nil {
		t.Fatal(err)
	}
	sample, err := NewRidgePath(x, y, len(y)-1)
	if err != nil {
		t.Fatal(err)
	}
	lambda := floatsOf(c.Expected["lambda"])
	var coef, std []any
	var gcv, df []float64
	for _, l := range lambda {
		r := mass.At(l)
		m := named(names, r.Slopes, nil)
		m["1"] = r.Intercept
		coef = append(coef, m)
		gcv = append(gcv, r.GCV)
		s := sample.At(l)
		std = append(std, named(names, s.Standardised, nil))
		df = append(df, s.DF)
	}
	return map[string]any{"lambda": lambda, "lm_ridge_coef": coef, "GCV": gcv, "kHKB": mass.HKB, "kLW": mass.LW, "std_coef_sd_nminus1": std, "eff_df": df}
}

func goldenRubin(t *testing.T, c *golden) map[string]any {
	complete := c.options["dfcom"].(float64)
	p := PoolImputations(c.numbers(t, "q"), c.numbers(t, "u"), complete) // the roles say what the columns hold
	return map[string]any{"qbar": p.Estimate, "ubar": p.Within, "b": p.Between, "t": p.Total, "se": p.SE, "df_barnard_rubin": p.DF,
		"lambda": p.Lambda, "riv": p.Increase, "fmi": p.FMI, "ci95": []float64{p.Low, p.High}}
}

func goldenMaxT(t *testing.T, c *golden) map[string]any {
	names := c.list("x")
	var x [][]float64
	for _, n := range names {
		x = append(x, c.numbers(t, n))
	}
	m := ExactMaxT(x, c.numbers(t, c.role("y")))
	return map[string]any{"n_perm": m.Orders, "r": named(names, m.R, nil), "p_unadjusted": named(names, m.P, nil),
		"p_single_step_maxT": named(names, m.Single, nil), "p_westfall_young_stepdown": named(names, m.StepDown, nil)}
}

func goldenROC(t *testing.T, c *golden) map[string]any {
	y, score := c.numbers(t, c.role("y")), c.numbers(t, c.role("score"))
	event := make([]bool, len(y))
	for i, v := range y {
		event[i] = v == 1
	}
	r := Discriminate(event, score)
	var rows []any
	for _, row := range c.Expected["thresholds"].([]any) {
		at := row.(map[string]any)["threshold"].(float64)
		k := Confuse(event, score, at)
		rows = append(rows, map[string]any{"threshold": at, "tp": k.TruePositive, "fp": k.FalsePositive, "fn": k.FalseNegative, "tn": k.TrueNegative})
	}
	return map[string]any{"auc": r.AUC, "delong_ci95": []float64{r.Low, r.AUC, r.High}, "delong_var": r.Var, "average_precision": r.AveragePrecision, "thresholds": rows}
}

// goldenGLM reads "cbind(a, b - a) ~ x" as a successes of b trials.
func goldenGLM(family Family) func(t *testing.T, c *golden) map[string]any {
	return func(t *testing.T, c *golden) map[string]any {
		left, right := formula(c.role("formula"))
		names, x := c.design(t, right)
		d := GLMData{X: x}
		if inner, ok := strings.CutPrefix(left, "cbind("); ok {
			y, rest, _ := strings.Cut(strings.TrimSuffix(inner, ")"), ",")
			n, _, _ := strings.Cut(rest, "-")
			d.Y, d.Trials = c.numbers(t, strings.TrimSpace(y)), c.numbers(t, strings.TrimSpace(n))
		} else {
			d.Y = c.numbers(t, left)
		}
		m, err := FitGLM(family, d)
		if err != nil {
			t.Fatal(err)
		}
		se, quasi := m.SE(), m.QuasiSE()
		z, p := make([]float64, len(se)), make([]float64, len(se))
		for j := range se {
			z[j] = m.Coef[j] / se[j]
			p[j] = studentP(m.Coef[j]/quasi[j], float64(m.DF))
		}
		out := map[string]any{
			"coef": named(names, m.Coef, nil), "se_ml": named(names, se, nil), "z": named(names, z, nil), "deviance": m.Deviance, "null_deviance": m.NullDeviance,
			"df_resid": m.DF, "logLik": m.LogLikelihood, "AIC": m.AIC, "pearson_chi2": m.Pearson, "dispersion": m.Dispersion, "se_quasi": named(names, quasi, nil),
			"p_quasi_t": named(names, p, nil), "se_HC0": named(names, m.Working.RobustSE(HC0), nil), "fitted": m.Fitted,
		}
		if c.role("cluster") != "" {
			cl := m.Clustered(c.text[c.role("cluster")])
			out["CR0_se"], out["CR2_se"] = named(names, cl.SE(CR0), nil), named(names, cl.SE(CR2), nil)
			out["CR2_satterthwaite_df"] = named(names, cl.Satterthwaite(CR2), nil)
		}
		return out
	}
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
		m := Summarise(b, v, how)
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
		m, err := FitMixed(d)
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
		for key, v := range map[string][]float64{"satterthwaite_df": m.DF, "satterthwaite_p": m.P} {
			if got[key] = named(names, v, nil); len(names) == 1 {
				got[key] = v
			}
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
			"se_arellano_HC0": named(names, d.Clustered(teams).SE(CR0), nil), "se_driscoll_kraay_L3": named(names, d.DriscollKraaySE(periods, 3), nil),
		}
	}
	one, err := Demean(teams, nil, x, y)
	must(err)
	two, err := Demean(teams, periods, x, y)
	must(err)
	between, err := Between(teams, x, y)
	must(err)
	random, err := FitRandomEffects(teams, x, y)
	must(err)
	all := append([]string{"(Intercept)"}, names...)
	ones := make([]float64, len(y))
	for i := range ones {
		ones[i] = 1
	}
	pooled, err := Regress(append([][]float64{ones}, x...), y, nil)
	must(err)
	h := Hausman(one, random)
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
	mixed, err := FitMixed(d)
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

func goldenAnova(t *testing.T, c *golden) map[string]any {
	g, y := c.text[c.role("g")], c.numbers(t, c.role("y"))
	a := OneWay(g, y)
	h, hp := KruskalWallis(g, y)
	wf, w1, w2, wp := Welch(g, y)
	l := Levene(g, y)
	tukey := map[string]any{}
	for _, d := range Tukey(g, y) {
		tukey[d.A+"-"+d.B] = map[string]any{"diff": d.Diff, "lwr": d.Low, "upr": d.High, "p adj": d.P}
	}
	return map[string]any{
		"F": a.F, "df": []float64{a.DF1, a.DF2}, "p": a.P, "ss": []float64{a.SSB, a.SSW}, "eta2": a.Eta2,
		"kruskal": map[string]any{"H": h, "p": hp}, "welch": map[string]any{"F": wf, "df": []float64{w1, w2}, "p": wp},
		"levene_median": map[string]any{"F": l.F, "p": l.P}, "tukey": tukey,
	}
}

func goldenTrend(t *testing.T, c *golden) map[string]any {
	x := c.numbers(t, c.role("x"))
	b := ChangeOfLevel(x, .15)
	cusum, cp := Cusum(x)
	m := MannKendall(x)
	l := ProcessLimits(x)
	return map[string]any{
		"supF": b.F, "break_index": b.At, "ols_cusum": map[string]any{"stat": cusum, "p": cp}, "mann_kendall": map[string]any{"S": m.S, "varS": m.Var, "z": m.Z, "p": m.P},
		"theil_sen": TheilSen(x), "xmr": map[string]any{"mean": l.Mean, "mr_bar": l.MovingRange, "ucl": l.High, "lcl": l.Low},
		"von_neumann": VonNeumann(x), "ar1": CrossCorrelation(x, x, 1),
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
		dynamic[key] = AverageEffect(effects, &k)
	}
	relative, est := s.EventStudy(3)
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
	w := s.TwoWay()
	return map[string]any{
		"twfe":                      map[string]any{"beta": float64(w.Slope), "se_cr2": float64(w.SE), "df": float64(w.DF), "p": float64(w.P)},
		"att_gt_never_varying_base": att, "simple_att": AverageEffect(effects, nil), "dynamic": dynamic,
		"did2x2_last_cohort": mean(1, 1) - mean(1, 0) - mean(0, 1) + mean(0, 0), "event_study_twfe": study,
	}
}
