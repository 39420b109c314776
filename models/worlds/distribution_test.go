package worlds

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Worlds are compared with the reference generator by about sixty moments in each of seventeen designs. Seeds are fixed on both
// sides, so that the outcome is a fact and no draw of luck; with apart standard errors on each comparison a generator equal in
// distribution fails one of them in about a hundred choices of seeds, and TestDistribution_SeesEveryKnob shows that a knob that is
// off fails.
const apart = 4.8

// design is one entry of testdata/reference.json, made by reference.py.
type design struct {
	Scenario string
	Change   json.RawMessage
	Seeds    float64
	Figures  map[string][2]float64 // mean and sd between seeds
}

func designs(t *testing.T) []design {
	t.Helper()
	b, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var ds []design
	if err := json.Unmarshal(b, &ds); err != nil {
		t.Fatal(err)
	}
	return ds
}

func (d *design) knobs(t *testing.T) Knobs {
	t.Helper()
	k, _ := Scenario(d.Scenario)
	if err := json.Unmarshal(d.Change, &k); err != nil {
		t.Fatal(err)
	}
	return k
}

// differences names the figures in which worlds are apart from the reference, in standard errors of the difference.
func (d *design) differences(t *testing.T, got map[string]*spread) map[string]float64 {
	t.Helper()
	out := map[string]float64{}
	for name, ref := range d.Figures {
		g := got[name]
		if g == nil {
			t.Fatalf("%s is not computed", name)
		}
		se := math.Sqrt(ref[1]*ref[1]/d.Seeds + g.sd()*g.sd()/g.n)
		if z := math.Abs(g.mean()-ref[0]) / se; z > apart || g.mean() != ref[0] && se == 0 {
			out[name] = z
		}
	}
	return out
}

func TestDistribution_EqualsReferenceGenerator(t *testing.T) {
	for _, d := range designs(t) {
		t.Run(d.Scenario+strings.NewReplacer("{", " ", "}", "", `"`, "", " ", "").Replace(string(d.Change)), func(t *testing.T) {
			t.Parallel()
			got := over(d.knobs(t), d.knobs(t).Effects, 60)
			for name, z := range d.differences(t, got) {
				t.Errorf("%s is %.5g, the reference has %.5g: %.1f standard errors apart", name, got[name].mean(), d.Figures[name][0], z)
			}
			// The spread between seeds is part of the distribution: that of a variance is known to about a tenth each.
			for name, ref := range d.Figures {
				if sd := got[name].sd(); sd > 1.8*ref[1] || sd < ref[1]/1.8 {
					t.Errorf("%s varies by %.4g between seeds, in the reference by %.4g", name, sd, ref[1])
				}
			}
		})
	}
}

// TestDistribution_SeesEveryKnob turns one knob at a time: the comparison above must fail, or it would prove nothing.
func TestDistribution_SeesEveryKnob(t *testing.T) {
	var null, sparse, varied, unseen, trends design
	for _, d := range designs(t) {
		if strings.Contains(string(d.Change), "trend") {
			trends = d
		}
		if string(d.Change) != "{}" {
			continue
		}
		switch d.Scenario {
		case "S0_null":
			null = d
		case "S1b_sparse_big":
			sparse = d
		case "S3_heterogeneous":
			varied = d
		case "S6b_confounder_two_dims":
			unseen = d
		}
	}
	for _, c := range []struct {
		name string
		d    *design
		turn func(k *Knobs)
	}{
		{"rho_x", &null, func(k *Knobs) { k.RhoX = .6 }},
		{"rho_y", &null, func(k *Knobs) { k.RhoY = .3 }},
		{"R", &null, func(k *Knobs) { k.R = .1 }},
		{"sd_team", &null, func(k *Knobs) { k.SDTeam = .3 }},
		{"sd_within", &null, func(k *Knobs) { k.SDWithin = .27 }},
		{"sd_time", &null, func(k *Knobs) { k.SDTime = .22 }},
		{"conf_team", &null, func(k *Knobs) { k.ConfTeam = .3 }},
		{"conf_time", &null, func(k *Knobs) { k.ConfTime = .3 }},
		{"trend", &trends, func(k *Knobs) { k.Trend = .7 }},
		{"resp_sd", &null, func(k *Knobs) { k.RespSD = .85 }},
		{"n_mean", &null, func(k *Knobs) { k.NMean = 8.7 }},
		{"n_min", &null, func(k *Knobs) { k.NMin = 6 }},
		{"err_halo", &null, func(k *Knobs) { k.ErrHalo = .35 }},
		{"exact_x", &null, func(k *Knobs) { k.ExactX = true }},
		{"m_mean", &null, func(k *Knobs) { k.MMean = 55 }},
		{"miss", &null, func(k *Knobs) { k.Miss = .06 }},
		{"reverse", &null, func(k *Knobs) { k.Reverse = .1 }},
		{"uconf", &null, func(k *Knobs) { k.Uconf = .2 }},
		{"effects", &sparse, func(k *Knobs) { k.Effects = five(.28) }},
		{"lag", &sparse, func(k *Knobs) { k.Effects[1].Lag = 3 }},
		{"het", &varied, func(k *Knobs) { k.Het = .4 }},
		{"uconf_dims", &unseen, func(k *Knobs) { k.UconfOnly = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := c.d.knobs(t)
			c.turn(&k)
			if len(c.d.differences(t, over(k, c.d.knobs(t).Effects, 60))) == 0 {
				t.Error("nobody would notice")
			}
		})
	}
}

// TestDistribution_Samples holds single worlds of the reference generator against the distribution of ours.
func TestDistribution_Samples(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t), "simulation", "samples", "*", "truth.json"))
	if err != nil || len(files) == 0 {
		t.Skipf("no samples of the reference generator under %s", shared(t))
	}
	worlds := map[string]map[string]*spread{}
	for _, name := range Scenarios() {
		if k, _ := Scenario(name); slices.ContainsFunc(files, func(f string) bool { return strings.Contains(f, name+"_1") }) {
			worlds[name] = over(k, k.Effects, 100)
		}
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var truth struct {
				Scenario string
				Params   Knobs
				CES      [][]float64          `json:"beta_ces_scale"`
				Slopes   map[string][]float64 `json:"team_slopes_ces_scale"`
			}
			if err := json.Unmarshal(b, &truth); err != nil {
				t.Fatal(err)
			}
			k, _ := Scenario(truth.Scenario)
			if !reflect.DeepEqual(truth.Params, k) {
				t.Fatalf("knobs\n%+v\nthe sample has\n%+v", k, truth.Params)
			}
			w := Make(k, 1)
			for d := range k.Conditions {
				if got, want := w.CES(d, 1), truth.CES[d][1]; math.Abs(got-want) > 1e-12 {
					t.Errorf("slope of %s is %v, the sample's %v", ConditionID(d), got, want)
				}
			}
			for pair, slopes := range truth.Slopes {
				d, err := strconv.Atoi(pair[:strings.Index(pair, ",")])
				if err != nil {
					t.Fatal(err)
				}
				mean, sd := w.CES(d, 1), k.Het*w.CES(d, 1)
				for g, s := range slopes {
					if math.Abs(s-mean) > 5*sd || len(slopes) != k.Teams {
						t.Errorf("team %d has slope %v, ours come with mean %v and sd %v", g, s, mean, sd)
					}
				}
			}
			ours := worlds[truth.Scenario]
			for name, v := range sample(t, filepath.Join(filepath.Dir(file), "panel.csv")).figures(k.Effects) {
				u := ours[name]
				if name == "n least" {
					if v != float64(k.NMin) && !k.ExactX {
						t.Errorf("fewest answers %v, want %d", v, k.NMin)
					}
					continue
				}
				// One world: its own spread, widened a little for the tails of variances.
				if z := math.Abs(v-u.mean()) / (u.sd() * math.Sqrt(1+1/u.n)); z > 5 {
					t.Errorf("%s is %.4g, ours are %.4g with sd %.3g: %.1f apart", name, v, u.mean(), u.sd(), z)
				}
			}
		})
	}
}

// shared finds the reference material that lies beside the repository and is never part of it.
func shared(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("INSIDEOUT_SHARED"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(filepath.Join(dir, "shared", "simulation")); err == nil && info.IsDir() {
			return filepath.Join(dir, "shared")
		}
		if dir == filepath.Dir(dir) {
			t.Skip("samples of the reference generator not found: INSIDEOUT_SHARED names the folder that holds simulation")
		}
	}
}

// sample reads the wide panel of a sample.
func sample(t *testing.T, file string) *seen {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	s := &seen{}
	head := rows[0]
	rows = rows[1:]
	for _, r := range rows {
		if r[0] != rows[0][0] {
			break
		}
		s.periods++
	}
	s.teams = len(rows) / s.periods
	for c, name := range head {
		column := make([]float64, len(rows))
		for i, r := range rows {
			column[i] = math.NaN()
			if r[c] != "" && c > 0 {
				if column[i], err = strconv.ParseFloat(r[c], 64); err != nil {
					t.Fatal(err)
				}
			}
		}
		switch {
		case name == "n_resp":
			for _, n := range column {
				if n == n {
					s.n = append(s.n, n)
				}
			}
		case name == "m_cust":
			s.m = column
		case name[0] == 'x':
			s.x = append(s.x, column)
		case name[0] == 'y':
			s.y = append(s.y, column)
		}
	}
	return s
}
