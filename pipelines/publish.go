package pipelines

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"insideout/models"
	"insideout/models/fit"
	"insideout/pipelines/lake"
	"insideout/pipelines/panel"
	"insideout/pipelines/place"
	"insideout/pipelines/release"
	"insideout/pipelines/report"
	"insideout/pipelines/warehouse"
)

const (
	reportHTML = "report.html"
	reportText = "report.txt"
	reportJSON = "report.json"
	panelFile  = "panel.parquet"
)

// Path makes the path of a published file out of its name.
func (c *Config) Path(published string) string { return filepath.Join(c.Out, published) }

// CacheDir is where derived rows are kept between runs. Whoever removes data from the lake removes it too: it holds rows made of them.
func (c *Config) CacheDir() string { return filepath.Join(c.Lake, "cache") }

// publish builds, checks, fits and puts warehouse and report in place, unless what stands was made from the same things.
func (r *run) publish(ctx context.Context) error {
	snap := r.lake.Snapshot()
	want := &Published{Run: r.RunID, Version: r.Version, Input: snap.Input(), Config: r.meaning(), SQL: warehouse.SQLHash(), Catalog: r.catalog.Hash(), Files: counted(snap)}
	have, err := ReadPublished(r.Out)
	if err != nil {
		return err
	}
	if have.same(want) || have != nil && have.Held.same(want) { // the second was rolled back, and nothing has changed since
		r.out.Published = have
		return nil
	}
	if err := os.MkdirAll(r.Out, 0o755); err != nil {
		return err
	}
	r.Progress(Progress{Stage: "build"})
	w, err := r.workshop(ctx, snap, have)
	if err != nil {
		return err
	}
	defer w.close()
	if r.out.Warnings, err = w.judge(); err != nil { // a following run publishes more than once: each time anew
		return err
	}
	r.Progress(Progress{Stage: "fit"})
	p, err := panel.Read(ctx, w.PanelFile(), panel.Frame{Grain: r.Period.Grain, Zone: r.Zone.String(), Describe: r.describe})
	if err != nil {
		return err
	}
	if p.Events, err = events(ctx, w.Workshop, p); err != nil {
		return err
	}
	spec := r.spec()
	result := fit.Run(p, spec)
	places, err := r.across(ctx, w.Workshop, p)
	if err != nil {
		return fmt.Errorf("relate places of contact: %w", err)
	}
	result.Across = places.Findings
	looks, err := readLooks(r.Out)
	if err != nil {
		return err
	}
	if p.Periods > 0 {
		looks.enter(spec.Hash(), p.Period(p.Periods-1).String(), result.Findings)
	}
	r.out.Tested, r.out.Found = result.Tested, result.Found
	rep, err := r.report(ctx, w.Workshop, snap, p, spec, result)
	if err != nil {
		return fmt.Errorf("make the report: %w", err)
	}
	r.Progress(Progress{Stage: "publish"})
	if err := w.WriteConclusions(ctx, &result.Conclusions); err != nil {
		return fmt.Errorf("write the findings into the warehouse: %w", err)
	}
	generation := r.generation()
	if err := r.ledger.record("gen-"+generation, w.told); err != nil { // before anybody can read it
		return fmt.Errorf("write into the release ledger: %w", err)
	}
	path, err := w.Publish(ctx, r.Out, generation)
	if err != nil {
		return fmt.Errorf("publish the warehouse: %w", err)
	}
	if want.Warehouse, err = filepath.Rel(r.Out, path); err != nil {
		return err
	}
	if err := writeReport(r.Out, rep); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := writeJSON(filepath.Join(r.Out, looksFile), looks, 0o644); err != nil {
		return err
	}
	want.Report = reportHTML
	if err := keepGeneration(r.Out, want); err != nil {
		return fmt.Errorf("keep what a rollback needs: %w", err)
	}
	if err := writeJSON(filepath.Join(r.Out, stateFile), want, 0o644); err != nil {
		return err
	}
	r.out.Changed, r.out.Published = true, want
	return nil
}

// counted lists the files whose rows answer for a number that reads differently in the next generation, by their hashes.
func counted(snap *lake.Snapshot) []string {
	var out []string
	for _, dataset := range snap.Datasets() {
		if !warehouse.Counts(dataset) {
			continue
		}
		for _, f := range snap.Files(dataset) {
			out = append(out, f.SHA256)
		}
	}
	return out
}

// generation names the next generation: by the run, and with a number behind it where that name is taken, because a following
// run publishes again and an orchestrator may use an id again. No reader finds other bytes behind a name it knows.
func (r *run) generation() string {
	name := r.RunID
	for n := 2; ; n++ {
		if _, err := os.Lstat(filepath.Join(r.Out, "gen-"+name+".duckdb")); err != nil {
			return name
		}
		name = fmt.Sprintf("%s-%d", r.RunID, n)
	}
}

// limits turns too many rejects into an error, when all is read and published.
func (r *run) limits() error {
	for _, p := range r.out.Pulled {
		if p.Read > 0 && float64(p.Rejected) > r.Limits.RejectShare*float64(p.Read) {
			r.out.Over = append(r.out.Over, p.Source)
		}
	}
	if len(r.out.Over) > 0 {
		return &OverLimitError{Sources: r.out.Over, Share: r.Limits.RejectShare}
	}
	return nil
}

// meaning is a hash over what of the configuration decides the content of the report: where the bytes come from (paths,
// brokers), where they go and how many threads do it are left out, so that the same data in another folder give the same
// report.
func (r *run) meaning() string {
	c := *r.Config
	c.Lake, c.Out, c.Catalog = "", "", ""
	c.Privacy.KeyEnv, c.Privacy.KeyFile = "", ""
	c.Limits, c.Generations = Limits{}, Generations{}
	type source struct {
		Name    string
		Mapping any
	}
	var sources []source
	for _, s := range c.Sources {
		sources = append(sources, source{s.Name, s.Mapping})
	}
	c.Sources = nil
	return digest(c, c.Period.Grain, c.Zone.String(), c.From.Time, c.To.Time, sources)
}

// digest is the SHA-256 of the JSON of the values.
func digest(values ...any) string {
	h := sha256.New()
	for _, v := range values {
		b, err := json.Marshal(v)
		if err != nil {
			panic("pipelines: " + err.Error()) // plain structs marshal
		}
		h.Write(b)
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// input is what the warehouse is built from.
func (r *run) input() warehouse.Input {
	in := warehouse.Input{
		Dir:         filepath.Join(r.Lake, "workshop"),
		CacheDir:    r.CacheDir(),
		Catalog:     r.catalog,
		Grain:       r.Period.Grain,
		Zone:        r.Zone.String(),
		From:        r.From.Time,
		To:          r.To.Time,
		MinGroup:    r.Privacy.MinimumGroup,
		ShuffleKey:  r.shuffleKey(),
		RepeatKey:   r.Repeat.Key,
		RosterFirst: r.Attribution.HandledBy == "roster",
		RepeatDays:  int(r.Repeat.Window),
		Conditions:  r.Analysis.Conditions,
		Outcomes:    r.Analysis.Outcomes,
		Threads:     r.Limits.Threads,
		MemoryMB:    r.Limits.MemoryMB,
		Rules:       r.Checks,
		Keep:        warehouse.Keep{Newest: r.Generations.Keep, For: time.Duration(r.Generations.For) * 24 * time.Hour},
	}
	return in
}

// decide is the wall between employees' cells and everything that may be seen. Cells of a period are decided by the threshold under which it was
// first told, where that is larger than the one configured; no rule looks across periods.
func (r *run) decide(cells []warehouse.Cell) []warehouse.Verdict {
	in, at := map[int][]release.Cell{}, map[int][]int{}
	for i, c := range cells {
		k := r.least(c.Period)
		in[k], at[k] = append(in[k], release.Cell(c)), append(at[k], i)
	}
	out := make([]warehouse.Verdict, len(cells))
	for k, some := range in {
		for i, v := range release.Decide(some, release.Rule{MinGroup: k, Closed: r.stays}) {
			out[at[k][i]] = warehouse.Verdict{Shown: v.Shown, Reason: string(v.Reason)}
		}
	}
	return out
}

func (r *run) spec() fit.Spec {
	a := r.Analysis
	return fit.Spec{
		Conditions: a.Conditions, Outcomes: a.Outcomes, MaxLag: a.MaxLag, FDR: a.FDR, Weights: fit.Weighting(a.Weights), Draws: fit.DefaultDraws,
		Window: r.window(), Horizon: *r.catalog.Settings().Windows.Warning, Hypotheses: r.hypotheses(),
	}
}

// window is the longest window about a survey wave, in periods of the panel, at least one.
func (r *run) window() int {
	days := map[models.Grain]float64{models.Day: 1, models.Week: 7, models.Month: 365.25 / 12, models.Quarter: 365.25 / 4, models.Year: 365.25}[r.Period.Grain]
	return max(1, int(math.Round(float64(*r.catalog.Settings().Windows.WaveDays)/days)))
}

// writeReport puts the three forms of the report in place, each at once.
func writeReport(dir string, rep *report.Report) error {
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{reportJSON, func(w io.Writer) error { return report.JSON(w, rep) }},
		{reportText, func(w io.Writer) error { return report.Text(w, rep, 80, false) }},
		{reportHTML, func(w io.Writer) error { return report.HTML(w, rep) }},
	} {
		if err := place.File(filepath.Join(dir, f.name), 0o644, f.write); err != nil {
			return err
		}
	}
	return nil
}

// ReadReport reads the published report.
func ReadReport(out string) (*report.Report, error) {
	b, err := os.ReadFile(filepath.Join(out, reportJSON))
	if err != nil {
		return nil, err
	}
	r := new(report.Report)
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(out, reportJSON), err)
	}
	return r, nil
}

// WriteReportText writes the published report for a terminal.
func WriteReportText(w io.Writer, out string, width int, color bool) error {
	r, err := ReadReport(out)
	if err != nil {
		return err
	}
	return report.Text(w, r, width, color)
}
