package pipelines

import (
	"database/sql"
	"fmt"
	"slices"
	"time"

	"insideout/models"
	"insideout/pipelines/report"
)

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
	if in.Gaps, err = a.gaps(); err != nil {
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

// gaps sets the view of leaders beside that of the front line, dimension by dimension.
func (a *assembler) gaps() (out []report.Gap, err error) {
	err = a.each(`select series, leader_score, front_line_score, gap, low, high, n_leaders, n_front_line, periods from rpt_perception_gap
		where kind = 'dimension' order by series`, func(rows *sql.Rows) error {
		var g report.Gap
		var id string
		var low, high sql.NullFloat64
		if err := rows.Scan(&id, &g.Leaders, &g.FrontLine, &g.Difference.Value, &low, &high, &g.NLeaders, &g.NFrontLine, &g.Periods); err != nil {
			return err
		}
		g.Name, g.Difference.Low, g.Difference.High = a.describe(id).Name, figure(low), figure(high)
		out = append(out, g)
		return nil
	})
	return out, err
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
