package pipelines

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"insideout/models"
	"insideout/models/fit"
	"insideout/pipelines/warehouse"
)

const (
	mostPlaces = 5 // places of a metric that are compared: those with the most cells
	acrossLag  = 4 // periods that are looked ahead at most
	placeMark  = "@"
)

// across relates each outcome at one place of contact to the same outcome at the others: touchpoints where at least two are named, channels
// otherwise. Teams are the units, as everywhere.
func (r *run) across(ctx context.Context, w *warehouse.Workshop, p *models.Panel) (*fit.Result, error) {
	rows, err := w.Query(ctx, `select s.metric, s.stratum_by, s.stratum, s.team, s.period_start, s.value, s.n, s.se
from fct_metric_stratum as s
where s.stratum_by in ('touchpoint', 'channel') and s.stratum <> '(none)' and s.value is not null
order by s.metric, s.stratum_by, s.stratum, s.team, s.period_start`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	places := map[string]map[string]*models.Series{} // by metric and kind of place, then by place
	size := len(p.Teams) * p.Periods
	for rows.Next() {
		var metric, by, place, team string
		var start time.Time
		var value, n float64
		var se *float64
		if err := rows.Scan(&metric, &by, &place, &team, &start, &value, &n, &se); err != nil {
			return nil, err
		}
		base := p.Find(metric)
		g, t := slices.Index(p.Teams, team), models.PeriodOn(p.Grain, start).Index-p.First.Index
		if base == nil || base.Side != models.Outside || g < 0 || t < 0 || t >= p.Periods {
			continue
		}
		key := metric + "\x00" + by
		if places[key] == nil {
			places[key] = map[string]*models.Series{}
		}
		s := places[key][place]
		if s == nil {
			s = base.Blank()
			s.ID, s.Name = metric+placeMark+place, base.Name+", "+place
			places[key][place] = s
		}
		if i := g*p.Periods + t; i < size {
			s.Valid[i], s.Value[i], s.N[i] = true, value, n
			if se != nil && *se > 0 {
				s.SE[i] = *se
			}
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	out := *p
	out.Series, out.Events = nil, nil
	var groups [][]string
	for i := range p.Series {
		base := &p.Series[i]
		if base.Side != models.Outside || base.IsFacet {
			continue
		}
		for _, by := range []string{"touchpoint", "channel"} {
			named := places[base.ID+"\x00"+by]
			if len(named) < 2 {
				continue
			}
			var series []*models.Series
			for _, s := range named {
				series = append(series, s)
			}
			slices.SortFunc(series, func(a, b *models.Series) int {
				return cmp.Or(cmp.Compare(b.Cells(), a.Cells()), strings.Compare(a.ID, b.ID))
			})
			var ids []string
			for _, s := range series[:min(len(series), mostPlaces)] {
				out.Series = append(out.Series, *s)
				ids = append(ids, s.ID)
			}
			groups = append(groups, ids)
			break
		}
	}
	spec := r.spec()
	spec.Hypotheses, spec.MaxLag, spec.Weights = nil, acrossLag, fit.Unweighted // a weight of a cell's own few answers grows where they happen to agree
	return fit.Across(&out, groups, spec), nil
}
