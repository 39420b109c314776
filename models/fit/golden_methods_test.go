package fit

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// methods maps the methods of the golden cases to the functions of this package.
var methods = map[string]method{
	"aggregation_reliability":           {run: goldenAggregation, loose: map[string]float64{"ICC1_reml": 1e-4, "group_reliability_reml": 1e-4, "GmeanRel_ICC": 1e-4}}, // tolerance of the notes
	"ccf":                               {run: goldenCCF},
	"cluster_robust":                    {run: goldenCluster},
	"correlation":                       {run: goldenCorrelation},
	"lag_profile_panel":                 {run: goldenLags},
	"nist_strd_anova":                   {run: goldenNISTAnova, lre: nistDigits},
	"nist_strd_linear":                  {run: goldenNISTLinear, lre: nistDigits, skip: map[string]string{"params": "names", "anova_regression": "text of the certificate", "anova_residual": "text of the certificate"}},
	"nist_strd_univariate":              {run: goldenUnivariate, lre: nistDigits},
	"nps_proportion":                    {run: goldenProportion},
	"ols":                               {run: goldenOLS},
	"p_adjust":                          {run: goldenAdjust},
	"partial_correlation":               {run: goldenPartial},
	"quantiles":                         {run: goldenQuantiles},
	"reliability_power":                 {run: goldenPower},
	"rmcorr":                            {run: goldenRepeated},
	"weighted_quantiles_moments":        {run: goldenWeighted},
	"wild_cluster_bootstrap_enumerated": {run: goldenWild},
	"wls":                               {run: goldenOLS},
	"anova":                             {run: goldenAnova},
	"did_event_study":                   {run: goldenEvent},
	"trend_change":                      {run: goldenTrend, skip: map[string]string{"supF_p": "R gives its machine epsilon from a table; here a tail formula serves"}},
	"panel":                             {run: goldenPanel, loose: map[string]float64{"random_swar": 1e-5, "within_between_reml": 1e-5, "hausman": 1e-5}}, // tolerance of the notes for these parts
	"mixed_model": {run: goldenMixed, loose: map[string]float64{"REML.logLik": 1e-8, "ML.logLik": 1e-8, "REML.fixef": 1e-6, "ML.fixef": 1e-6}, // the notes
		skip: map[string]string{"REML.kenward_roger": "Satterthwaite serves"}},
	"eb_meta_slopes":         {run: goldenMeta},
	"glm_binomial":           {run: goldenGLM(Binomial)},
	"glm_poisson":            {run: goldenGLM(Poisson)},
	"cinelli_hazlett":        {run: goldenSensitivity},
	"relative_importance":    {run: goldenImportance},
	"ridge":                  {run: goldenRidge},
	"rubin_pool":             {run: goldenRubin},
	"maxT_exact_permutation": {run: goldenMaxT},
	"roc":                    {run: goldenROC},
}

// nistDigits are the correct digits that the notes of a case call attainable; what is reached is logged beside.
func nistDigits(c *golden) float64 {
	id := strings.ToLower(c.ID)
	has := func(ids ...string) bool {
		return slices.ContainsFunc(ids, func(s string) bool { return strings.HasSuffix(id, s) })
	}
	switch {
	case has("filip", "wampler4", "wampler5"):
		return 6
	case has("smls04", "smls05", "smls06", "smls07", "smls08", "smls09"):
		return 4 // centred first
	case has("numacc3", "numacc4"):
		return 7
	case c.Method == "nist_strd_univariate", c.Method == "nist_strd_anova":
		return 9
	}
	return 7
}

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
	bp, bpdf, bpp := r.BreuschPagan()
	vif := named(names, r.VIF(), nil)
	delete(vif, "(Intercept)")
	return map[string]any{
		"coef": named(names, r.Coef, nil),
		"se": map[string]any{
			"const": named(names, se, nil),
			"HC0":   named(names, r.RobustSE(HC0), nil), "HC1": named(names, r.RobustSE(HC1), nil), "HC2": named(names, r.RobustSE(HC2), nil),
			"HC3": named(names, r.RobustSE(HC3), nil), "HC4": named(names, r.RobustSE(HC4), nil),
			"NeweyWest_lag2_noprewhite": named(names, r.NeweyWestSE(2), nil),
		},
		"t": named(names, tv, nil), "p": named(names, pv, nil), "ci95_lo": named(names, lo, nil), "ci95_hi": named(names, hi, nil),
		"sigma": r.Sigma, "df_resid": r.DF, "r2": r.R2(), "adj_r2": 1 - (1-r.R2())*(n-1)/float64(r.DF),
		"F": f, "F_df": []float64{d1, d2}, "F_p": fp, "logLik": ll, "AIC": -2*ll + 2*(k+1), "BIC": -2*ll + math.Log(n)*(k+1), "rss": r.RSS,
		"hat": r.Hat, "cooks": inf.Cook, "rstandard": inf.Standardised, "rstudent": inf.Studentised, "dffits": inf.DFFITS,
		"vif": vif, "condition_number_scaled": r.ConditionNumber(),
		"breusch_pagan_studentized": map[string]any{"stat": bp, "df": bpdf, "p": bpp},
		"durbin_watson":             r.DurbinWatson(),
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
		test := cl.AHT(at)
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
		out["twoway_CR_se"] = pick(r.TwoWaySE(c.text[c.role("cluster")], c.text[c.role("cluster2")]))
	}
	return out
}

func goldenAdjust(t *testing.T, c *golden) map[string]any {
	p := c.numbers(t, c.role("p"))
	out := map[string]any{}
	for _, how := range []Adjustment{BenjaminiHochberg, BenjaminiYekutiel, Holm, Hochberg, Hommel, Bonferroni} {
		out[string(how)] = Adjust(p, how)
	}
	return out
}

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

func goldenUnivariate(t *testing.T, c *golden) map[string]any {
	m := Describe(c.numbers(t, c.role("y")))
	return map[string]any{"n": c.rows, "mean": m.Mean, "sd": m.SD, "autocorr1": m.Autocorr1}
}

func goldenNISTAnova(t *testing.T, c *golden) map[string]any {
	a := OneWay(c.text[c.role("g")], c.numbers(t, c.role("y")))
	return map[string]any{
		"df_between": a.DF1, "ss_between": a.SSB, "ms_between": a.SSB / a.DF1, "F": a.F,
		"df_within": a.DF2, "ss_within": a.SSW, "ms_within": a.SSW / a.DF2, "r2": a.Eta2, "residual_sd": a.Sigma,
	}
}

func goldenCorrelation(t *testing.T, c *golden) map[string]any {
	out := map[string]any{}
	for _, v := range c.roles["pairs"].([]any) {
		pair := texts(v)
		key := pair[0] + "~" + pair[1]
		want := c.Expected[key].(map[string]any)
		columns := [][]float64{c.numbers(t, pair[0]), c.numbers(t, pair[1])}
		if c.role("w") != "" {
			columns = append(columns, c.numbers(t, c.role("w")))
		}
		columns = complete(columns...)
		x, y := columns[0], columns[1]
		p := Pearson(x, y)
		s, stat := Spearman(x, y)
		k := Kendall(x, y)
		got := map[string]any{
			"n":             len(x),
			"pearson":       map[string]any{"r": p.R, "t": p.T, "df": p.DF, "p": p.P, "ci95": []float64{p.Low, p.High}},
			"spearman":      map[string]any{"rho": s.R, "p_asymptotic_t": s.P, "S": stat},
			"kendall_tau_b": map[string]any{"tau": k.Tau, "z": k.Z, "p_normal": k.P},
		}
		if want["kendall_exact_p"] != nil {
			got["kendall_exact_p"] = ExactKendallP(x, y)
		}
		if want["spearman_exact_p"] != nil {
			got["spearman_exact_p"] = ExactSpearmanP(x, y)
		}
		if c.role("w") != "" {
			got["weighted_pearson"] = WeightedPearson(x, y, columns[2])
		}
		out[key] = got
	}
	return out
}

func goldenPartial(t *testing.T, c *golden) map[string]any {
	x, y := c.numbers(t, c.role("x")), c.numbers(t, c.role("y"))
	var z [][]float64
	for _, name := range c.list("z") {
		z = append(z, c.numbers(t, name))
	}
	p, err := Partial(x, y, z)
	if err != nil {
		t.Fatal(err)
	}
	semi, err := Semipartial(x, y, z)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"r": p.R, "df": p.DF, "t": p.T, "p": p.P, "ci95_fisher": []float64{p.Low, p.High}, "semipartial": semi}
}

func goldenRepeated(t *testing.T, c *golden) map[string]any {
	r, err := RepeatedMeasures(c.text[c.role("subject")], c.numbers(t, c.role("x")), c.numbers(t, c.role("y")))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"r": r.R, "df": r.DF, "p": r.P, "slope": r.Slope, "ci95": []float64{r.Low, r.High}}
}

func goldenAggregation(t *testing.T, c *golden) map[string]any {
	group := c.text[c.role("group")]
	x := c.numbers(t, c.role("x"))
	steps := int(c.options["A"].(float64))
	a := Aggregate(group, x)
	out := map[string]any{
		"MSB": a.MSB, "MSW": a.MSW, "F": a.F, "p": a.P, "n_groups": a.Groups, "k_mean": a.MeanSize, "k0_harmonic_like": a.Size,
		"ICC1_multilevel": a.ICC1Mean, "ICC2_multilevel": a.ICC2, "ICC1_k0": a.ICC1, "ICC1_reml": a.ICC1REML, "GmeanRel_ICC": a.ICC1REML,
	}
	names, values := split(group, x)
	rel, rwg := map[string]float64{}, map[string]float64{}
	var all []float64
	for i, v := range values {
		rel[names[i]] = MeanReliability(a.ICC1REML, float64(len(v)))
		rwg[names[i]] = Agreement(v, steps)
		all = append(all, rwg[names[i]])
	}
	out["group_reliability_reml"], out["rwg_uniform"] = rel, rwg
	out["rwg_mean"], out["rwg_median"] = exactMean(all), Quantile(all, .5, 7)
	items := c.list("items")
	if len(items) == 0 {
		return out
	}
	var columns [][]float64
	for _, item := range items {
		columns = append(columns, c.numbers(t, item))
	}
	rwgj, lindell, ad := map[string]float64{}, map[string]float64{}, map[string]float64{}
	for k, name := range names {
		var own [][]float64
		for _, col := range columns {
			_, v := split(group, col)
			own = append(own, v[k])
		}
		rwgj[name], lindell[name] = AgreementItems(own, steps)
		ad[name] = Deviation(own)
	}
	out["rwgj"], out["rwgj_lindell"], out["adm"] = rwgj, lindell, ad
	out["alpha_raw"], out["alpha_std"] = Alpha(columns)
	return out
}

func goldenProportion(t *testing.T, c *golden) map[string]any {
	cols := c.list("cols")
	pro, pas, det := c.numbers(t, cols[0]), c.numbers(t, cols[1]), c.numbers(t, cols[2])
	var rows []any
	list := func(r Range) []float64 { return []float64{r.Low, r.High} }
	for i := range pro {
		n := pro[i] + pas[i] + det[i]
		s := NetPromoter(pro[i], pas[i], det[i])
		rows = append(rows, map[string]any{
			"nps": s.Score, "se_plugin": s.SE, "se_unbiased": s.SEUnbiased, "wald95": list(s.Wald), "adj_wald_3_95": list(s.Adjusted),
			"promoter_share": pro[i] / n, "wilson95": list(Wilson(pro[i], n)), "clopper_pearson95": list(ClopperPearson(pro[i], n)), "jeffreys95": list(Jeffreys(pro[i], n)),
		})
	}
	return map[string]any{"rows": rows}
}

func goldenQuantiles(t *testing.T, c *golden) map[string]any {
	x := c.numbers(t, c.role("x"))
	probs := floatsOf(c.Expected["probs"])
	q := map[string]any{}
	for kind := 1; kind <= 9; kind++ {
		var v []float64
		for _, p := range probs {
			v = append(v, Quantile(x, p, kind))
		}
		q[fmt.Sprintf("type%d", kind)] = v
	}
	m := Describe(x)
	return map[string]any{"probs": probs, "q": q, "mean": m.Mean, "var": m.Var, "sd": m.SD, "median": Quantile(x, .5, 7), "mad": MAD(x),
		"iqr": Quantile(x, .75, 7) - Quantile(x, .25, 7), "skew_b1": m.Skew, "kurt": m.Kurtosis}
}

func goldenWeighted(t *testing.T, c *golden) map[string]any {
	x, w := c.numbers(t, c.role("x")), c.numbers(t, c.role("w"))
	probs := floatsOf(c.Expected["probs"])
	all := func(kind WeightedKind) (out []float64) {
		for _, p := range probs {
			out = append(out, WeightedQuantile(x, w, p, kind))
		}
		return out
	}
	m := DescribeWeighted(x, w)
	return map[string]any{"probs": probs, "wtd_quantile": all(WeightedFrequency), "wtd_quantile_i_np1": all(WeightedOverNPlus), "wtd_quantile_i_n": all(WeightedOverN),
		"wmean": m.Mean, "wvar_freq": m.VarFrequency, "wvar_reliability": m.VarReliability, "wvar_ml": m.VarML, "n_eff_kish": m.Kish}
}

func goldenPower(t *testing.T, c *golden) map[string]any {
	var rows []any
	for i := range c.rows {
		in := map[string]float64{}
		for _, name := range c.header {
			in[name] = c.numbers(t, name)[i]
		}
		low, high := FisherInterval(in["r"], in["n"]-3)
		rows = append(rows, map[string]any{
			"input": in, "disattenuated_r": Disattenuated(in["r"], in["relx"], in["rely"]), "n_for_r_power80": PointsForR(in["r"]),
			"mdr_at_n_80": DetectableR(in["n"]), "power_at_n_fisher": PowerForR(in["r"], in["n"]), "spearman_brown_2x": SpearmanBrown(in["relx"], 2),
			"fisher_ci": []float64{low, high}, "bartlett_neff": EffectivePoints(in["n"], in["ax"], in["ay"]), "mde_beta_80_df": DetectableSlope(in["se"], in["df"]),
		})
	}
	return map[string]any{"rows": rows}
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
			stat, p := LjungBox(x, lags)
			out[key] = map[string]any{"stat": stat, "p": p}
		}
	}
	return out
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
