package fit

import (
	"fmt"
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
