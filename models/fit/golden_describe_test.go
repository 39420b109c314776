package fit

import (
	"fmt"
	"testing"
)

func goldenAdjust(t *testing.T, c *golden) map[string]any {
	p := c.numbers(t, c.role("p"))
	out := map[string]any{}
	for _, how := range []Adjustment{BenjaminiHochberg, BenjaminiYekutiel, Holm, Hochberg, Hommel, Bonferroni} {
		out[string(how)] = Adjust(p, how)
	}
	return out
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
		s, stat := spearman(x, y)
		k := kendall(x, y)
		got := map[string]any{
			"n":             len(x),
			"pearson":       map[string]any{"r": p.R, "t": p.T, "df": p.DF, "p": p.P, "ci95": []float64{p.Low, p.High}},
			"spearman":      map[string]any{"rho": s.R, "p_asymptotic_t": s.P, "S": stat},
			"kendall_tau_b": map[string]any{"tau": k.Tau, "z": k.Z, "p_normal": k.P},
		}
		if want["kendall_exact_p"] != nil {
			got["kendall_exact_p"] = exactKendallP(x, y)
		}
		if want["spearman_exact_p"] != nil {
			got["spearman_exact_p"] = exactSpearmanP(x, y)
		}
		if c.role("w") != "" {
			got["weighted_pearson"] = weightedPearson(x, y, columns[2])
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
	p, err := partial(x, y, z)
	if err != nil {
		t.Fatal(err)
	}
	semi, err := semipartial(x, y, z)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"r": p.R, "df": p.DF, "t": p.T, "p": p.P, "ci95_fisher": []float64{p.Low, p.High}, "semipartial": semi}
}

func goldenAggregation(t *testing.T, c *golden) map[string]any {
	group := c.text[c.role("group")]
	x := c.numbers(t, c.role("x"))
	steps := int(c.options["A"].(float64))
	a := aggregate(group, x)
	out := map[string]any{
		"MSB": a.MSB, "MSW": a.MSW, "F": a.F, "p": a.P, "n_groups": a.Groups, "k_mean": a.MeanSize, "k0_harmonic_like": a.Size,
		"ICC1_multilevel": a.ICC1Mean, "ICC2_multilevel": a.ICC2, "ICC1_k0": a.ICC1, "ICC1_reml": a.ICC1REML, "GmeanRel_ICC": a.ICC1REML,
	}
	names, values := split(group, x)
	rel, rwg := map[string]float64{}, map[string]float64{}
	var all []float64
	for i, v := range values {
		rel[names[i]] = MeanReliability(a.ICC1REML, float64(len(v)))
		rwg[names[i]] = agreement(v, steps)
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
		rwgj[name], lindell[name] = agreementItems(own, steps)
		ad[name] = deviation(own)
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
		s := netPromoter(pro[i], pas[i], det[i])
		rows = append(rows, map[string]any{
			"nps": s.Score, "se_plugin": s.SE, "se_unbiased": s.SEUnbiased, "wald95": list(s.Wald), "adj_wald_3_95": list(s.Adjusted),
			"promoter_share": pro[i] / n, "wilson95": list(Wilson(pro[i], n)), "clopper_pearson95": list(clopperPearson(pro[i], n)), "jeffreys95": list(jeffreys(pro[i], n)),
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
	return map[string]any{"probs": probs, "q": q, "mean": m.Mean, "var": m.Var, "sd": m.SD, "median": Quantile(x, .5, 7), "mad": mad(x),
		"iqr": Quantile(x, .75, 7) - Quantile(x, .25, 7), "skew_b1": m.Skew, "kurt": m.Kurtosis}
}

func goldenWeighted(t *testing.T, c *golden) map[string]any {
	x, w := c.numbers(t, c.role("x")), c.numbers(t, c.role("w"))
	probs := floatsOf(c.Expected["probs"])
	all := func(kind WeightedKind) (out []float64) {
		for _, p := range probs {
			out = append(out, weightedQuantile(x, w, p, kind))
		}
		return out
	}
	m := describeWeighted(x, w)
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
			"input": in, "disattenuated_r": disattenuated(in["r"], in["relx"], in["rely"]), "n_for_r_power80": pointsForR(in["r"]),
			"mdr_at_n_80": detectableR(in["n"]), "power_at_n_fisher": powerForR(in["r"], in["n"]), "spearman_brown_2x": SpearmanBrown(in["relx"], 2),
			"fisher_ci": []float64{low, high}, "bartlett_neff": effectivePoints(in["n"], in["ax"], in["ay"]), "mde_beta_80_df": DetectableSlope(in["se"], in["df"]),
		})
	}
	return map[string]any{"rows": rows}
}

func goldenAnova(t *testing.T, c *golden) map[string]any {
	g, y := c.text[c.role("g")], c.numbers(t, c.role("y"))
	a := OneWay(g, y)
	h, hp := kruskalWallis(g, y)
	wf, w1, w2, wp := Welch(g, y)
	l := levene(g, y)
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

func goldenMaxT(t *testing.T, c *golden) map[string]any {
	names := c.list("x")
	var x [][]float64
	for _, n := range names {
		x = append(x, c.numbers(t, n))
	}
	m := exactMaxT(x, c.numbers(t, c.role("y")))
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

func goldenRubin(t *testing.T, c *golden) map[string]any {
	complete := c.options["dfcom"].(float64)
	p := poolImputations(c.numbers(t, "q"), c.numbers(t, "u"), complete) // the roles say what the columns hold
	return map[string]any{"qbar": p.Estimate, "ubar": p.Within, "b": p.Between, "t": p.Total, "se": p.SE, "df_barnard_rubin": p.DF,
		"lambda": p.Lambda, "riv": p.Increase, "fmi": p.FMI, "ci95": []float64{p.Low, p.High}}
}
