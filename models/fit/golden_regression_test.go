package fit

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func goldenOLS(t *testing.T, c *golden) map[string]any {
	names, x := c.design(t, c.list("x"))
	if c.options["intercept"] == false {
		names, x = names[1:], x[1:]
	}
	var w []float64
	if c.role("w") != "" {
		w = c.numbers(t, c.role("w"))
	}
	y := c.numbers(t, c.role("y"))
	r, err := Regress(x, y, w)
	if err != nil {
		t.Fatal(err)
	}
	p := len(names)
	tv, pv, lo, hi := make([]float64, p), make([]float64, p), make([]float64, p), make([]float64, p)
	se := r.SE()
	for j := range names {
		tv[j] = r.Coef[j] / se[j]
		pv[j] = studentP(tv[j], float64(r.DF))
		q := studentQuantile(.975, float64(r.DF))
		lo[j], hi[j] = r.Coef[j]-q*se[j], r.Coef[j]+q*se[j]
	}
	n, k := float64(len(y)), float64(p)
	f, d1, d2, fp := r.F()
	ll := r.LogLikelihood()
	inf := r.Influence()
	bp, bpdf, bpp := r.breuschPagan()
	vif := named(names, r.VIF(), nil)
	delete(vif, "(Intercept)")
	return map[string]any{
		"coef": named(names, r.Coef, nil),
		"se": map[string]any{
			"const": named(names, se, nil),
			"HC0":   named(names, r.robustSE(HC0), nil), "HC1": named(names, r.robustSE(HC1), nil), "HC2": named(names, r.robustSE(HC2), nil),
			"HC3": named(names, r.robustSE(HC3), nil), "HC4": named(names, r.robustSE(HC4), nil),
			"NeweyWest_lag2_noprewhite": named(names, r.neweyWestSE(2), nil),
		},
		"t": named(names, tv, nil), "p": named(names, pv, nil), "ci95_lo": named(names, lo, nil), "ci95_hi": named(names, hi, nil),
		"sigma": r.Sigma, "df_resid": r.DF, "r2": r.R2(), "adj_r2": 1 - (1-r.R2())*(n-1)/float64(r.DF),
		"F": f, "F_df": []float64{d1, d2}, "F_p": fp, "logLik": ll, "AIC": -2*ll + 2*(k+1), "BIC": -2*ll + math.Log(n)*(k+1), "rss": r.RSS,
		"hat": r.Hat, "cooks": inf.Cook, "rstandard": inf.Standardised, "rstudent": inf.Studentised, "dffits": inf.DFFITS,
		"vif": vif, "condition_number_scaled": r.conditionNumber(),
		"breusch_pagan_studentized": map[string]any{"stat": bp, "df": bpdf, "p": bpp},
		"durbin_watson":             r.durbinWatson(),
	}
}

func goldenCluster(t *testing.T, c *golden) map[string]any {
	left, right := formula(c.role("formula"))
	names, x := c.design(t, right)
	var w []float64
	if c.role("w") != "" {
		w = c.numbers(t, c.role("w"))
	}
	r, err := Regress(x, c.numbers(t, left), w)
	if err != nil {
		t.Fatal(err)
	}
	keep := c.Expected["coef"].(map[string]any)
	cl := r.Clustered(c.text[c.role("cluster")])
	pick := func(v []float64) map[string]any { return named(names, v, keep) }
	out := map[string]any{
		"N": c.rows, "G": cl.G(), "K": len(names), "coef": pick(r.Coef),
		"CR0_se": pick(cl.SE(CR0)), "CR1_se_Gonly": pick(cl.SE(CR1)), "CR1S_stata_se": pick(cl.SE(CR1S)),
	}
	se, df := cl.SE(CR2), cl.Satterthwaite(CR2)
	p, lo, hi := make([]float64, len(se)), make([]float64, len(se)), make([]float64, len(se))
	for j := range se {
		p[j] = studentP(r.Coef[j]/se[j], df[j])
		q := studentQuantile(.975, df[j])
		lo[j], hi[j] = r.Coef[j]-q*se[j], r.Coef[j]+q*se[j]
	}
	out["CR2_se"], out["CR2_satterthwaite_df"], out["CR2_p"], out["CR2_ci95_lo"], out["CR2_ci95_hi"] = pick(se), pick(df), pick(p), pick(lo), pick(hi)
	if aht, ok := c.Expected["CR2_AHT_joint"].(map[string]any); ok {
		var at []int
		for _, term := range texts(aht["terms"]) {
			for j, n := range names {
				if n == term {
					at = append(at, j)
				}
			}
		}
		test := cl.aht(at)
		out["CR2_AHT_joint"] = map[string]any{"terms": aht["terms"], "F": test.F, "df_num": test.DF1, "df_denom": test.DF2, "p": test.P}
	}
	if c.Expected["CR3_se"] != nil {
		se, df := cl.SE(CR3), cl.Satterthwaite(CR3)
		for j := range se {
			p[j] = studentP(r.Coef[j]/se[j], df[j])
		}
		out["CR3_se"], out["CR3_satterthwaite_df"], out["CR3_p"] = pick(se), pick(df), pick(p)
	}
	if c.Expected["CR3_jackknife_se_no_factor"] != nil {
		out["CR3_jackknife_se_no_factor"] = pick(cl.Jackknife())
	}
	if c.role("cluster2") != "" {
		out["twoway_CR_se"] = pick(r.twoWaySE(c.text[c.role("cluster")], c.text[c.role("cluster2")]))
	}
	return out
}

// goldenNISTLinear reads models of the form y = B0 + B1*x + B2*(x**2): each term is a coefficient, or one times a column
// or a power of it.
func goldenNISTLinear(t *testing.T, c *golden) map[string]any {
	_, right, _ := strings.Cut(c.role("model"), "=")
	var x [][]float64
	for _, term := range strings.Split(right, "+") {
		term = strings.TrimSpace(term)
		if term == "e" {
			continue
		}
		_, name, _ := strings.Cut(term, "*")
		name, power, _ := strings.Cut(strings.Trim(name, "()"), "**")
		col := make([]float64, c.rows)
		for i := range col {
			col[i] = 1
		}
		if name != "" {
			k := 1
			if power != "" {
				if _, err := fmt.Sscan(power, &k); err != nil {
					t.Fatalf("power of %q: %v", term, err)
				}
			}
			for range k {
				for i, v := range c.numbers(t, name) {
					col[i] *= v
				}
			}
		}
		x = append(x, col)
	}
	r, err := Regress(x, c.numbers(t, "y"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"coef": r.Coef, "se": r.SE(), "residual_sd": r.Sigma, "r2": r.R2()}
}

func goldenWild(t *testing.T, c *golden) map[string]any {
	terms := append(c.list("x"), "factor("+c.role("fe")+")")
	names, x := c.design(t, terms)
	r, err := Regress(x, c.numbers(t, c.role("y")), nil)
	if err != nil {
		t.Fatal(err)
	}
	cl := r.Clustered(c.text[c.role("cluster")])
	d := EnumerateDraws(floatsOf(c.options["weights"]), cl.G())
	w := cl.Wild(slices.Index(names, c.list("x")[0]), d)
	abs := make([]float64, len(w.Stars))
	for i, v := range w.Stars {
		abs[i] = math.Abs(v)
	}
	want := c.Expected["t_star_abs_quantiles"].(map[string]any)
	probs := floatsOf(want["probs"])
	var q []float64
	for _, p := range probs {
		q = append(q, Quantile(abs, p, 1))
	}
	return map[string]any{
		"beta": w.Beta, "se_CR1S": w.SE, "t": w.T, "n_draws": d.Len(), "p_symmetric_ge": w.P, "p_symmetric_gt": w.PStrict, "p_equal_tail": w.PEqual,
		"t_star_abs_quantiles": map[string]any{"probs": probs, "type1": q},
	}
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
		m, err := fitGLM(family, d)
		if err != nil {
			t.Fatal(err)
		}
		se, quasi := m.SE(), m.quasiSE()
		z, p := make([]float64, len(se)), make([]float64, len(se))
		for j := range se {
			z[j] = m.Coef[j] / se[j]
			p[j] = studentP(m.Coef[j]/quasi[j], float64(m.DF))
		}
		out := map[string]any{
			"coef": named(names, m.Coef, nil), "se_ml": named(names, se, nil), "z": named(names, z, nil), "deviance": m.Deviance, "null_deviance": m.NullDeviance,
			"df_resid": m.DF, "logLik": m.LogLikelihood, "AIC": m.AIC, "pearson_chi2": m.Pearson, "dispersion": m.Dispersion, "se_quasi": named(names, quasi, nil),
			"p_quasi_t": named(names, p, nil), "se_HC0": named(names, m.Working.robustSE(HC0), nil), "fitted": m.Fitted,
		}
		if c.role("cluster") != "" {
			cl := m.Clustered(c.text[c.role("cluster")])
			out["CR0_se"], out["CR2_se"] = named(names, cl.SE(CR0), nil), named(names, cl.SE(CR2), nil)
			out["CR2_satterthwaite_df"] = named(names, cl.Satterthwaite(CR2), nil)
		}
		return out
	}
}

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
		"RV_q1": s.robustnessValue(1, 0), "RV_q05": s.robustnessValue(.5, 0), "RV_q1_alpha05": s.robustnessValue(1, .05),
	}
	out["sensemakr"] = map[string]any{"RV_q1": out["RV_q1"], "RV_q1_alpha05": out["RV_q1_alpha05"], "partial_r2": out["partial_r2"]}
	for k := 1; k <= 3; k++ {
		b, err := r.benchmark(column, benchmark, float64(k))
		if err != nil {
			t.Fatal(err)
		}
		out[fmt.Sprintf("bench_%dx", k)] = map[string]any{
			"r2dz_x": b.R2Condition, "r2yz_dx": b.R2Outcome, "adjusted_estimate": b.Estimate, "adjusted_se": b.SE, "adjusted_t": b.T,
		}
	}
	return out
}

func goldenRidge(t *testing.T, c *golden) map[string]any {
	names := c.list("x")
	var x [][]float64
	for _, n := range names {
		x = append(x, c.numbers(t, n))
	}
	y := c.numbers(t, c.role("y"))
	mass, err := newRidgePath(x, y, len(y))
	if err != nil {
		t.Fatal(err)
	}
	sample, err := newRidgePath(x, y, len(y)-1)
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

func goldenImportance(t *testing.T, c *golden) map[string]any {
	names := c.list("x")
	var x [][]float64
	for _, n := range names {
		x = append(x, c.numbers(t, n))
	}
	im, err := relativeImportance(x, c.numbers(t, c.role("y")))
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
