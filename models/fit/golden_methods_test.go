package fit

import (
	"slices"
	"strings"
)

// methods maps the methods of the golden cases to the functions of this package.
var methods = map[string]method{
	"aggregation_reliability":           {run: goldenAggregation, loose: map[string]float64{"ICC1_reml": 1e-4, "group_reliability_reml": 1e-4, "GmeanRel_ICC": 1e-4}}, // tolerance of the notes
	"anova":                             {run: goldenAnova},
	"ccf":                               {run: goldenCCF},
	"cinelli_hazlett":                   {run: goldenSensitivity},
	"cluster_robust":                    {run: goldenCluster},
	"correlation":                       {run: goldenCorrelation},
	"did_event_study":                   {run: goldenEvent},
	"eb_meta_slopes":                    {run: goldenMeta},
	"glm_binomial":                      {run: goldenGLM(Binomial)},
	"glm_poisson":                       {run: goldenGLM(Poisson)},
	"lag_profile_panel":                 {run: goldenLags},
	"maxT_exact_permutation":            {run: goldenMaxT},
	"mixed_model":                       {run: goldenMixed, loose: map[string]float64{"REML.logLik": 1e-8, "ML.logLik": 1e-8, "REML.fixef": 1e-6, "ML.fixef": 1e-6}}, // the notes
	"nist_strd_anova":                   {run: goldenNISTAnova, lre: nistDigits},
	"nist_strd_linear":                  {run: goldenNISTLinear, lre: nistDigits, skip: map[string]string{"params": "names", "anova_regression": "text of the certificate", "anova_residual": "text of the certificate"}},
	"nist_strd_univariate":              {run: goldenUnivariate, lre: nistDigits},
	"nps_proportion":                    {run: goldenProportion},
	"ols":                               {run: goldenOLS},
	"p_adjust":                          {run: goldenAdjust},
	"panel":                             {run: goldenPanel, loose: map[string]float64{"random_swar": 1e-5, "within_between_reml": 1e-5, "hausman": 1e-5}}, // tolerance of the notes for these parts
	"partial_correlation":               {run: goldenPartial},
	"quantiles":                         {run: goldenQuantiles},
	"relative_importance":               {run: goldenImportance},
	"reliability_power":                 {run: goldenPower},
	"ridge":                             {run: goldenRidge},
	"rmcorr":                            {run: goldenRepeated},
	"roc":                               {run: goldenROC},
	"rubin_pool":                        {run: goldenRubin},
	"trend_change":                      {run: goldenTrend, skip: map[string]string{"supF_p": "R gives its machine epsilon from a table; here a tail formula serves"}},
	"weighted_quantiles_moments":        {run: goldenWeighted},
	"wild_cluster_bootstrap_enumerated": {run: goldenWild},
	"wls":                               {run: goldenOLS},
}

// nistDigits are the correct digits of a figure that the notes of the cases call attainable; a data set that the notes do not name has to reach 9, a
// regression 7. What is reached is logged beside.
func nistDigits(c *golden, path string) float64 {
	id := strings.ToLower(c.ID)
	has := func(ids ...string) bool {
		return slices.ContainsFunc(ids, func(s string) bool { return strings.HasSuffix(id, s) })
	}
	switch {
	case has("filip", "wampler4", "wampler5"):
		return 6
	case has("smls04", "smls05", "smls06", "smls07", "smls08", "smls09"):
		return 4 // centred first
	case has("numacc3", "numacc4") && path == "autocorr1":
		return 7
	case has("numacc3", "numacc4"):
		return 8
	case c.Method == "nist_strd_univariate", c.Method == "nist_strd_anova":
		return 9
	}
	return 7
}
