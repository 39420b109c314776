package pipelines

import (
	"context"
	"database/sql"
	"fmt"

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
	for _, step := range []func() error{a.checks, a.coverage, a.hidden, a.flags, a.restated, a.inside, a.outside} {
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
			Name: t.Source, Dataset: t.Dataset, Read: t.Read(),
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
	return a.each("select cells_shown, cells_hidden, too_small from rpt_hidden", func(rows *sql.Rows) error {
		return rows.Scan(&a.r.Trust.CellsShown, &a.r.Trust.CellsHidden, &a.r.Trust.CellsSmall)
	})
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
