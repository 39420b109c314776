package warehouse

import (
	"context"
	"maps"
	"slices"
	"time"

	"insideout/models/catalog"
)

// table is an input of the relations that the adapter fills: the name, its columns with types, its rows.
type table struct {
	name, columns string
	rows          [][]any
}

// outsideInputs names the relations that say how the customers' side is read.
var outsideInputs = []string{
	"cat_setting", "cat_effort", "cat_code", "cat_part", "cat_registry", "cat_touchpoint", "cat_moment", "cat_criterion",
	"cat_expectation", "cat_taxonomy", "cat_reason_map",
}

// outside fills them from the catalogue, every default written out.
func (w *Workshop) outside(ctx context.Context, c *catalog.Catalog) error {
	o := c.Settings()
	for _, t := range []table{
		settings(o), efforts(o.Effort), codes(o.Contacts), parts(c), registry(c), touchpoints(o.Touchpoints), moments(o.Moments), criteria(o.Moments),
		expectations(o.Expectations), taxonomies(o.Taxonomies), reasonMap(o),
	} {
		if err := w.fill(ctx, t.name, t.columns, t.rows); err != nil {
			return err
		}
	}
	return nil
}

func settings(o catalog.Outside) table {
	return table{
		"cat_setting",
		"transfer_minutes integer, stated_by varchar, cost_per_contact double, cost_per_employee_hour double, cost_per_customer_hour double, handle_includes_hold boolean, response_days integer, loyalty_days integer, wave_days integer, baseline integer, warning integer, late integer",
		[][]any{{
			value(o.Contacts.TransferMinutes), text(o.Contacts.StatedBy), value(o.Cost.PerContact), value(o.Cost.PerEmployeeHour),
			value(o.Cost.PerCustomerHour), value(o.Cost.HandleIncludesHold), value(o.Windows.ResponseDays), value(o.Windows.LoyaltyDays),
			value(o.Windows.WaveDays), value(o.Windows.Baseline), value(o.Windows.Warning), value(o.Windows.Late),
		}},
	}
}

// efforts is one row: weight and worst of each part, 0 and 1 for a part that does not count.
func efforts(list []catalog.Effort) table {
	var columns string
	var row []any
	for i, part := range catalog.EffortParts() {
		if i > 0 {
			columns += ", "
		}
		columns += part + "_weight double, " + part + "_worst double"
		weight, worst := 0.0, 1.0
		for _, e := range list {
			if e.Part == part {
				weight, worst = e.Weight, e.Worst
			}
		}
		row = append(row, weight, worst)
	}
	return table{"cat_effort", columns, [][]any{row}}
}

func codes(c catalog.Contacts) table {
	t := table{"cat_code", "meaning varchar, code varchar", nil}
	for _, l := range []struct {
		meaning string
		codes   []string
	}{
		{"resolved", c.Resolved}, {"succeeded", c.Succeeded}, {"complaint_tag", c.ComplaintTags}, {"complaint_reason", c.ComplaintReasons},
		{"other_reason", c.OtherReasons}, {"coder", c.Coders},
	} {
		for _, code := range l.codes {
			t.rows = append(t.rows, []any{l.meaning, code})
		}
	}
	return t
}

func parts(c *catalog.Catalog) table {
	t := table{"cat_part", "metric varchar, part varchar, lo double, hi double", nil}
	for _, m := range c.Metrics {
		for _, id := range m.Parts {
			if part := c.Metric(id); part != nil && len(part.Scale) == 2 {
				t.rows = append(t.rows, []any{m.ID, id, part.Scale[0], part.Scale[1]})
			}
		}
	}
	return t
}

func registry(c *catalog.Catalog) table {
	t := table{"cat_registry", "metric varchar, perspective varchar, element varchar, touchpoint varchar, decision varchar, review_on date", nil}
	for _, m := range c.Metrics {
		t.rows = append(t.rows, []any{m.ID, text(m.Perspective), text(m.Element), text(m.Touchpoint), text(m.Decision), day(m.Review)})
	}
	return t
}

func touchpoints(list []catalog.Touchpoint) table {
	t := table{"cat_touchpoint", "touchpoint varchar, name varchar, owner varchar", nil}
	for _, p := range list {
		t.rows = append(t.rows, []any{p.ID, p.Name, text(p.Owner)})
	}
	return t
}

func moments(list []catalog.Moment) table {
	t := table{"cat_moment", "moment varchar, version integer, name varchar, touchpoint varchar, step varchar, target double", nil}
	for _, m := range list {
		t.rows = append(t.rows, []any{m.ID, m.Version, m.Name, text(m.Touchpoint), text(m.Step), m.Target})
	}
	return t
}

func criteria(list []catalog.Moment) table {
	t := table{"cat_criterion", "moment varchar, criterion varchar, field varchar, at_least double, at_most double, source varchar", nil}
	for _, m := range list {
		for _, c := range m.Success {
			t.rows = append(t.rows, []any{m.ID, c.ID, c.Of, value(c.AtLeast), value(c.AtMost), text(c.Source)})
		}
	}
	return t
}

func expectations(list []catalog.Expectation) table {
	t := table{"cat_expectation", "expectation varchar, name varchar, expected varchar, actual varchar", nil}
	for _, e := range list {
		t.rows = append(t.rows, []any{e.ID, e.Name, e.Expected, e.Actual})
	}
	return t
}

// taxonomies is one row per code and version, with the days on which it was in force, the last of them not included.
func taxonomies(list []catalog.Taxonomy) table {
	t := table{"cat_taxonomy", "taxonomy integer, code varchar, valid_from date, valid_to date", nil}
	for i, v := range list {
		var to any
		if i+1 < len(list) {
			to = day(list[i+1].From)
		}
		for _, code := range v.Codes {
			t.rows = append(t.rows, []any{v.Version, code, day(v.From), to})
		}
	}
	return t
}

func reasonMap(o catalog.Outside) table {
	t := table{"cat_reason_map", "code varchar, now_code varchar", nil}
	m := o.ReasonMap()
	for _, old := range slices.Sorted(maps.Keys(m)) {
		t.rows = append(t.rows, []any{old, m[old]})
	}
	return t
}

// value is null for a nil pointer.
func value[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// day is null for an empty text; the catalogue took no other that is not a date.
func day(s string) any {
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return nil
	}
	return at
}
