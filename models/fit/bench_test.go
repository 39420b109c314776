package fit

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"insideout/models"
)

// size builds a panel of the size given whose conditions come from one survey, so that they share their cells.
func size(teams, times, conditions, outcomes int) *models.Panel {
	w := world{teams: teams, times: times, conditions: conditions, slope: .2, lag: 2, missing: .08, noise: .3, levels: .5, seed: 7}
	p := w.panel()
	for k := range conditions {
		p.Series[k].Valid = p.Series[0].Valid
	}
	p.Find("y").ID = "y0"
	for k := 1; k < outcomes; k++ {
		v := w
		v.conditions = 1
		v.seed += uint64(k)
		s := *v.panel().Find("y")
		s.ID = fmt.Sprintf("y%d", k)
		p.Series = append(p.Series, s)
	}
	for i := range p.Series {
		p.Series[i].Higher = 1
	}
	return p
}

// cpu is the processor time of this process, in seconds: on a machine that others use too, the clock on the wall says nothing.
func cpu(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// measure runs work and reports processor time; with GOMAXPROCS=1 it is one core's. The largest memory is of the process so far, the panel
// included: run one size at a time for it.
func measure(b *testing.B, work func()) float64 {
	runtime.GC()
	b.ReportAllocs()
	began := cpu(b)
	for b.Loop() {
		work()
	}
	took := (cpu(b) - began) / float64(b.N)
	b.ReportMetric(took, "cpu-s/op")
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(u.Maxrss)/1024, "peak-MB")
	return took
}

// BenchmarkRun is everything that a run computes: alone and beside the other conditions, bootstrap, CR2, teams, weights, order. Daily is what a
// company of the usual size runs every night.
func BenchmarkRun(b *testing.B) {
	for _, c := range []struct {
		name                                       string
		teams, times, conditions, outcomes, maxLag int
	}{
		{"daily", 24, 52, 8, 6, 8},
		{"60_teams", 60, 104, 8, 3, 8},
		{"200_teams", 200, 156, 8, 10, 25},
		{"10000_teams", 10_000, 104, 8, 6, 12},
	} {
		b.Run(fmt.Sprintf("%s/%dx%d/%d pairs/%d lags", c.name, c.teams, c.times, c.conditions*c.outcomes, c.maxLag+1), func(b *testing.B) {
			p := size(c.teams, c.times, c.conditions, c.outcomes)
			measure(b, func() { Run(p, Spec{MaxLag: c.maxLag, Draws: DefaultDraws}) })
		})
	}
}

// BenchmarkTwoWay is a single slope with team and period effects and standard errors by team on a million rows.
func BenchmarkTwoWay(b *testing.B) {
	p := world{teams: 10_000, times: 100, conditions: 1, slope: .2, noise: .3, levels: .5, seed: 7}.panel()
	q := Question{Panel: p, Condition: "x0", Outcome: "y", Weights: Unweighted}
	measure(b, func() {
		if !q.Within(0).OK {
			b.Fatal("not fitted")
		}
	})
}

// BenchmarkAgainstPython runs the estimates of testdata/rival.py and those of Run on the same panel one after the other and states the ratio of their
// processor times. Slopes must agree. INSIDEOUT_PYTHON names an interpreter with numpy, pandas and pyfixest.
func BenchmarkAgainstPython(b *testing.B) {
	python := os.Getenv("INSIDEOUT_PYTHON")
	if python == "" {
		b.Skip("INSIDEOUT_PYTHON is not set: name a Python interpreter with numpy, pandas and pyfixest to compare with")
	}
	for _, c := range []struct {
		name                                       string
		teams, times, conditions, outcomes, maxLag int
		sample                                     int
	}{
		{"daily", 24, 52, 8, 6, 8, 0},
		{"10000_teams", 10_000, 104, 8, 6, 12, 4},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := size(c.teams, c.times, c.conditions, c.outcomes)
			file := filepath.Join(b.TempDir(), "panel.csv")
			writePanel(b, p, file)
			var res *Result
			own := measure(b, func() { res = Run(p, Spec{MaxLag: c.maxLag, Draws: DefaultDraws, Weights: Unweighted}) })
			cmd := exec.Command(python, filepath.Join("testdata", "rival.py"), file, "--lags", strconv.Itoa(c.maxLag), "--draws", strconv.Itoa(DefaultDraws), "--sample", strconv.Itoa(c.sample))
			cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", "NUMBA_NUM_THREADS=1", "RAYON_NUM_THREADS=1", "POLARS_MAX_THREADS=1")
			var complaint bytes.Buffer
			cmd.Stderr = &complaint
			out, err := cmd.Output()
			if err != nil {
				b.Fatalf("%s: %v\n%s", python, err, complaint.String())
			}
			var rival struct {
				Seconds map[string]float64
				Slopes  map[string]float64
			}
			if err := json.Unmarshal(out, &rival); err != nil {
				b.Fatal(err)
			}
			var total float64
			for _, s := range rival.Seconds {
				total += s
			}
			compared := 0
			for _, f := range res.Findings {
				for _, l := range f.Lags {
					want, ok := rival.Slopes[fmt.Sprintf("%s/%s/%d", f.Condition, f.Outcome, l.Lag)]
					if !ok {
						continue
					}
					compared++
					if math.Abs(float64(l.Slope)-want) > 1e-6*math.Max(math.Abs(want), float64(l.SE)) {
						b.Errorf("%s, %s, lag %d: slope %v, rival %v", f.Condition, f.Outcome, l.Lag, l.Slope, want)
					}
				}
			}
			if compared == 0 {
				b.Error("no slope was compared")
			}
			b.ReportMetric(total, "python-cpu-s")
			b.ReportMetric(total/own, "times-faster")
			b.Logf("Python %.2f s %v, here %.2f s, %.1f times; %d slopes agree", total, rival.Seconds, own, total/own, compared)
		})
	}
}

// writePanel writes a panel as long rows; a cell that is missing is empty.
func writePanel(b *testing.B, p *models.Panel, file string) {
	f, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	w := csv.NewWriter(f)
	head := []string{"team", "time"}
	for _, s := range p.Series {
		head = append(head, s.ID)
	}
	row := make([]string, len(head))
	err = w.Write(head)
	for i := range p.Series[0].Value {
		row[0], row[1] = p.Teams[i/p.Periods], strconv.Itoa(i%p.Periods)
		for k := range p.Series {
			if row[2+k] = ""; p.Series[k].Valid[i] {
				row[2+k] = strconv.FormatFloat(p.Series[k].Value[i], 'g', -1, 64)
			}
		}
		if err == nil {
			err = w.Write(row)
		}
	}
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		b.Fatal(err)
	}
}
