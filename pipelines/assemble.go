package pipelines

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"time"

	"insideout/models"
	"insideout/models/catalog"
	"insideout/models/fit"
	"insideout/pipelines/lake"
	"insideout/pipelines/report"
	"insideout/pipelines/warehouse"
)

// z95 is the 97.5 % point of the standard normal distribution.
const z95 = 1.959963984540054

// assembler fills the Report from the relations that were made for it (rpt_*), the panel and the findings. It computes
// nothing that a relation or the statistics could have said.
type assembler struct {
	*run
	ctx context.Context
	w   *warehouse.Workshop
	p   *models.Panel
	r   *report.Report
}

func (r *run) report(ctx context.Context, w *warehouse.Workshop, snap *lake.Snapshot, p *models.Panel, spec fit.Spec, result *fit.Result) (*report.Report, error) {
	a := &assembler{run: r, ctx: ctx, w: w, p: p, r: &report.Report{
		Name: r.Name, MadeUp: r.MadeUp, Grain: r.Period.Grain, Zone: r.Zone.String(), Periods: p.Periods,
		Source: report.Provenance{
			Version: r.Version, Config: r.meaning(), Input: snap.Input(), SQL: warehouse.SQLHash(), Spec: spec.Hash(), Catalog: r.catalog.Hash(),
		},
	}}
	if p.Periods > 0 {
		a.r.From, a.r.To = p.Period(0).String(), p.Period(p.Periods-1).String()
	}
	a.sources(snap)
	for _, step := range []func() error{a.checks, a.coverage, a.hidden, a.flags, a.inside, a.outside} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if a.r.Inside != nil && a.r.Outside != nil {
		a.link(spec, result)
	}
	return a.r, nil
}

// each runs a query and calls scan for every row.
func (a *assembler) each(query string, scan func(rows *sql.Rows) error) error {
	rows, err := a.w.Query(a.ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
	}
	return rows.Err()
}

func (a *assembler) sources(snap *lake.Snapshot) {
	for _, t := range snap.Totals() {
		a.r.Trust.Sources = append(a.r.Trust.Sources, report.SourceTrust{
			Name: t.Source, Dataset: t.Dataset, Read: t.Loaded + t.Rejected + t.Filtered + t.Control + t.Missing,
			Loaded: t.Loaded, Rejected: t.Rejected, Filtered: t.Filtered, Control: t.Control, Missing: t.Missing, Records: t.Records,
		})
	}
	for _, g := range snap.Gaps() {
		a.r.Trust.Gaps = append(a.r.Trust.Gaps, g.Gap)
	}
	a.r.Trust.MinGroup = a.Privacy.MinimumGroup
}

func (a *assembler) checks() error {
	a.r.Trust.ChecksRun = len(a.w.Checks())
	for _, c := range a.out.Warnings {
		a.r.Trust.Checks = append(a.r.Trust.Checks, report.Check(c))
	}
	return nil
}

// coverage counts, over the analysed series, which units have which side, in all and by period.
func (a *assembler) coverage() error {
	t := &a.r.Trust
	err := a.each("select unit, inside_cells, outside_cells from rpt_coverage order by unit", func(rows *sql.Rows) error {
		var unit string
		var inside, outside int64
		if err := rows.Scan(&unit, &inside, &outside); err != nil {
			return err
		}
		switch {
		case inside > 0 && outside > 0:
			t.TeamsBoth++
		case inside > 0:
			t.InsideOnly = append(t.InsideOnly, unit)
		case outside > 0:
			t.OutsideOnly = append(t.OutsideOnly, unit)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for at := range a.p.Periods {
		c := report.Coverage{Period: a.p.Period(at).String(), Index: at}
		for g := range a.p.Teams {
			switch inside, outside := a.has(g, at, models.Inside), a.has(g, at, models.Outside); {
			case inside && outside:
				c.Both++
			case inside:
				c.Inside++
			case outside:
				c.Outside++
			}
		}
		t.Coverage = append(t.Coverage, c)
	}
	return nil
}

func (a *assembler) has(team, period int, side models.Side) bool {
	for i := range a.p.Series {
		s := &a.p.Series[i]
		if s.Side == side && !s.IsFacet && s.Valid[team*a.p.Periods+period] {
			return true
		}
	}
	return false
}

func (a *assembler) hidden() error {
	return a.each("select cells_shown, cells_hidden from rpt_hidden", func(rows *sql.Rows) error {
		return rows.Scan(&a.r.Trust.CellsShown, &a.r.Trust.CellsHidden)
	})
}

// flags turns what the relations counted into sentences.
func (a *assembler) flags() error {
	return a.each("select code, n from rpt_flags where n > 0 order by code", func(rows *sql.Rows) error {
		var code string
		var n int64
		if err := rows.Scan(&code, &n); err != nil {
			return err
		}
		text, ok := flagText[code]
		if !ok {
			return fmt.Errorf("flag %s of rpt_flags has no words", code)
		}
		words := text[1]
		if n == 1 {
			words = text[0]
		}
		a.r.Trust.Notes = append(a.r.Trust.Notes, models.Doubt{Code: code, Text: fmt.Sprintf(words, n)})
		return nil
	})
}

func (a *assembler) inside() error {
	var in report.Inside
	err := a.each("select dimension, version, score, se, n, teams from rpt_dimension order by score desc, dimension", func(rows *sql.Rows) error {
		var d report.Dimension
		var score, se sql.NullFloat64
		if err := rows.Scan(&d.ID, &d.Version, &score, &se, &d.Score.N, &d.Teams); err != nil {
			return err
		}
		if def := a.catalog.Dimension(d.ID); def != nil {
			d.Name, d.About, d.Own = def.Name, def.About, def.Own
		}
		d.Score = normal(score, se, d.Score.N)
		in.Dimensions = append(in.Dimensions, d)
		return nil
	})
	if err != nil {
		return err
	}
	rank(in.Dimensions)
	if err := a.facets(in.Dimensions); err != nil {
		return err
	}
	if in.Measures, err = a.metrics(models.Inside); err != nil {
		return err
	}
	if len(in.Dimensions)+len(in.Measures) > 0 {
		a.r.Inside = &in
	}
	return nil
}

// rank gives every dimension the interval of ranks that its interval allows.
func rank(ds []report.Dimension) {
	for i := range ds {
		d := &ds[i]
		d.RankLow, d.RankHigh = 1, len(ds)
		for j := range ds {
			if j != i && ds[j].Score.Low > d.Score.High {
				d.RankLow++
			}
			if j != i && ds[j].Score.High < d.Score.Low {
				d.RankHigh--
			}
		}
	}
}

func (a *assembler) facets(ds []report.Dimension) error {
	shares := map[string][]models.Figure{}
	err := a.each("select item, share from rpt_facet_share order by item, step", func(rows *sql.Rows) error {
		var item string
		var share float64
		if err := rows.Scan(&item, &share); err != nil {
			return err
		}
		shares[item] = append(shares[item], models.Figure(share))
		return nil
	})
	if err != nil {
		return err
	}
	return a.each("select dimension, item, facet, text, score, se, sd, n from rpt_facet order by dimension, score desc, item", func(rows *sql.Rows) error {
		var dimension string
		var f report.Facet
		var score, se, sd sql.NullFloat64
		if err := rows.Scan(&dimension, &f.ID, &f.Name, &f.Text, &score, &se, &sd, &f.Score.N); err != nil {
			return err
		}
		f.Score, f.SD, f.Shares = normal(score, se, f.Score.N), figure(sd), shares[f.ID]
		if item := a.catalog.Item(f.ID); item != nil {
			f.Reverse = item.Reverse
		}
		if i := slices.IndexFunc(ds, func(d report.Dimension) bool { return d.ID == dimension }); i >= 0 {
			ds[i].Facets = append(ds[i].Facets, f)
		}
		return nil
	})
}

func (a *assembler) metrics(side models.Side) ([]report.Metric, error) {
	var ms []report.Metric
	err := a.each(`select metric, version, value, low, high, n from rpt_metric where side = '`+string(side)+`' order by metric`, func(rows *sql.Rows) error {
		var m report.Metric
		var value, low, high sql.NullFloat64
		var n sql.NullInt64 // unknown where the source did not say
		if err := rows.Scan(&m.ID, &m.Version, &value, &low, &high, &n); err != nil {
			return err
		}
		m.Overall.N = n.Int64
		m.Overall.Value, m.Overall.Low, m.Overall.High = figure(value), figure(low), figure(high)
		s, _ := a.catalog.Series(m.ID)
		m.Name, m.Unit, m.Higher = s.Name, s.Unit, s.Direction.Sign()
		if def := a.catalog.Metric(m.ID); def != nil {
			m.Definition = def.Definition
		}
		ms = append(ms, m)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = a.each("select metric, period_start, value, low, high, n from rpt_metric_period order by metric, period_start", func(rows *sql.Rows) error {
		var id string
		var start time.Time
		var value, low, high sql.NullFloat64
		var n sql.NullInt64
		if err := rows.Scan(&id, &start, &value, &low, &high, &n); err != nil {
			return err
		}
		if i := slices.IndexFunc(ms, func(m report.Metric) bool { return m.ID == id }); i >= 0 {
			p := models.PeriodOn(a.Period.Grain, start)
			ms[i].Trend = append(ms[i].Trend, report.Point{
				Period: p.String(), Index: p.Index - a.p.First.Index,
				Interval: report.Interval{Value: figure(value), Low: figure(low), High: figure(high), N: n.Int64},
			})
		}
		return nil
	})
	return ms, err
}

func (a *assembler) outside() error {
	var out report.Outside
	var err error
	if out.Metrics, err = a.metrics(models.Outside); err != nil {
		return err
	}
	if out.Failure, err = a.failure(); err != nil {
		return err
	}
	if out.Repeats, err = a.repeats(); err != nil {
		return err
	}
	if len(out.Metrics) > 0 || out.Failure != nil || out.Repeats != nil {
		a.r.Outside = &out
	}
	return nil
}

func (a *assembler) failure() (*report.Failure, error) {
	var f *report.Failure
	var all int64
	err := a.each(`select reason, contacts, failure, "value", misrouted, unknown, rate, low, high from rpt_failure
		order by reason is not null, failure desc, reason`, func(rows *sql.Rows) error {
		var reason sql.NullString
		var contacts, failure, value, misrouted, unknown int64
		var rate, low, high sql.NullFloat64
		if err := rows.Scan(&reason, &contacts, &failure, &value, &misrouted, &unknown, &rate, &low, &high); err != nil {
			return err
		}
		i := report.Interval{Value: figure(rate), Low: figure(low), High: figure(high), N: failure + value}
		if !reason.Valid {
			if failure+value > 0 {
				all = failure
				f = &report.Failure{Rate: i, Contacts: contacts, Unknown: share(unknown, contacts), Misrouted: share(misrouted, contacts)}
			}
			return nil
		}
		if f != nil && failure > 0 {
			f.Reasons = append(f.Reasons, report.FailureReason{Reason: reason.String, Failure: failure, Rate: i, Share: share(failure, all)})
		}
		return nil
	})
	if f != nil {
		running := models.Figure(0)
		for i := range f.Reasons {
			running += f.Reasons[i].Share
			f.Reasons[i].Running = min(running, 1)
		}
	}
	return f, err
}

func (a *assembler) repeats() (*report.Repeats, error) {
	var r *report.Repeats
	err := a.each("select contacts, followed, without_key, censored, rate, low, high, closed from rpt_repeat", func(rows *sql.Rows) error {
		var q report.Repeats
		var rate, low, high sql.NullFloat64
		if err := rows.Scan(&q.Contacts, &q.Repeat, &q.NoKey, &q.Censored, &rate, &low, &high, &q.Rate.N); err != nil {
			return err
		}
		q.Rate.Value, q.Rate.Low, q.Rate.High = figure(rate), figure(low), figure(high)
		if q.Contacts > q.NoKey {
			r = &q
		}
		return nil
	})
	if r != nil {
		r.Key, r.Window = words(a.Repeat.Key), fmt.Sprintf("%d days", a.Repeat.Window)
	}
	return r, err
}

// link says what goes with what.
func (a *assembler) link(spec fit.Spec, result *fit.Result) {
	l := &report.Link{
		Tested: result.Tested, Found: result.Found, ExpectedFalse: result.ExpectedFalse, FDR: models.Figure(result.FDR),
		MaxLag: result.MaxLag, Teams: result.Teams, Weights: a.Analysis.Weights, Refusals: result.Refusals,
	}
	for i := range a.p.Series {
		if s := &a.p.Series[i]; !s.IsFacet {
			n := report.Named{ID: s.ID, Name: s.Name, Unit: s.Unit, Higher: s.Higher}
			if s.Side == models.Inside {
				l.Conditions = append(l.Conditions, n)
			} else {
				l.Outcomes = append(l.Outcomes, n)
			}
		}
	}
	for i := range result.Findings {
		f := result.Findings[i]
		x, y := a.p.Find(f.Condition), a.p.Find(f.Outcome)
		v := report.FindingView{Finding: f, Grade: f.Grade(), ConditionName: x.Name, OutcomeName: y.Name, OutcomeUnit: y.Unit, OutcomeHigher: y.Higher}
		for _, t := range result.Points[i] {
			v.Teams = append(v.Teams, report.TeamPoint{Team: t.Team, X: t.X, Y: t.Y, Slope: t.Slope, XLow: t.XLow, XHigh: t.XHigh})
		}
		l.Findings = append(l.Findings, v)
	}
	slices.SortStableFunc(l.Findings, func(a, b report.FindingView) int {
		return cmp.Or(cmp.Compare(gradeRank(a.Grade), gradeRank(b.Grade)), cmp.Compare(orLast(a.Q), orLast(b.Q)),
			cmp.Compare(a.Condition, b.Condition), cmp.Compare(a.Outcome, b.Outcome))
	})
	a.r.Link = l
}

func gradeRank(g models.Grade) int {
	return slices.Index([]models.Grade{models.GradeAPlus, models.GradeA, models.GradeB, models.GradeC, models.GradeD, models.GradeNone}, g)
}

func orLast(f models.Figure) float64 {
	if !f.Known() {
		return math.Inf(1)
	}
	return float64(f)
}

func figure(f sql.NullFloat64) models.Figure {
	if !f.Valid {
		return models.None()
	}
	return models.Figure(f.Float64)
}

// normal is a score with its normal interval: it rests on hundreds of answers, or it is not shown.
func normal(score, se sql.NullFloat64, n int64) report.Interval {
	i := report.Interval{Value: figure(score), Low: models.None(), High: models.None(), N: n}
	if score.Valid && se.Valid {
		i.Low, i.High = models.Figure(score.Float64-z95*se.Float64), models.Figure(score.Float64+z95*se.Float64)
	}
	return i
}

func share(part, whole int64) models.Figure {
	if whole == 0 {
		return models.None()
	}
	return models.Figure(float64(part) / float64(whole))
}

// words joins names for a sentence: a, b and c.
func words(names []string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return names[0]
	default:
		s := names[0]
		for _, name := range names[1 : n-1] {
			s += ", " + name
		}
		return s + " and " + names[n-1]
	}
}

// flagText has the words for each code of rpt_flags, for one and for several; %d is the number.
var flagText = map[string][2]string{
	"closed_before_opened": {
		"%d contact was closed before it was opened, by its own times; it is kept and stays closed",
		"%d contacts were closed before they were opened, by their own times; they are kept and stay closed"},
	"contacts_without_start": {
		"%d contact does not say when it began and is in no period",
		"%d contacts do not say when they began and are in no period"},
	"contacts_without_team": {
		"%d contact belongs to no team; it counts for the whole only",
		"%d contacts belong to no team; they count for the whole only"},
	"contacts_unclassified": {
		"%d contact is classified neither as failure nor as value demand",
		"%d contacts are classified neither as failure nor as value demand"},
	"contacts_outside_window": {
		"%d contact began outside the window of the analysis",
		"%d contacts began outside the window of the analysis"},
	"windows_open": {
		"%d contact is too recent to say whether the matter came back",
		"%d contacts are too recent to say whether the matter came back"},
	"feedback_without_team": {
		"%d answer of a customer belongs to no team; it counts for the whole only",
		"%d answers of customers belong to no team; they count for the whole only"},
	"feedback_duplicated": {
		"%d answer of a customer arrived more than once and counts once",
		"%d answers of customers arrived more than once and count once"},
	"feedback_outside_window": {
		"%d answer of a customer was given outside the window of the analysis",
		"%d answers of customers were given outside the window of the analysis"},
	"partial_period": {
		"%d period at the edge of the data is not covered whole",
		"%d periods at the edge of the data are not covered whole"},
}

// describe gives the series of the panel their names, units and directions from the catalogue.
func (r *run) describe(id string) models.Series { return described(r.catalog, id) }

func described(c *catalog.Catalog, id string) models.Series {
	s, ok := c.Series(id)
	if !ok {
		return models.Series{Name: id}
	}
	return models.Series{Name: s.Name, Unit: s.Unit, Higher: s.Direction.Sign(), Scale: s.Scale}
}
