package warehouse

import (
	"context"
	"time"

	"insideout/models"
	"insideout/models/catalog"
)

// insideInputs names the relations that say how the employees' side is read.
var insideInputs = []string{"cat_group", "cat_band", "cat_favourable", "cat_comment", "cat_proxy", "cat_scoring", "cat_event"}

// inside fills them from the catalogue, every default written out.
func (w *Workshop) inside(ctx context.Context, c *catalog.Catalog) error {
	var groups, bands, favourable, proxies [][]any
	for i, g := range c.Groups {
		groups = append(groups, []any{g.ID, g.Name, g.From, i + 1, len(g.Bands) > 0})
		var from any
		for j, b := range g.Bands {
			var to any
			if b.Below != nil {
				to = *b.Below
			}
			bands = append(bands, []any{g.ID, b.Name, j + 1, from, to})
			from = to
		}
	}
	for _, it := range c.Questions() {
		if from, to, known := c.Thresholds(it); known {
			favourable = append(favourable, []any{it.ID, from, to})
		}
	}
	for _, p := range w.proxies(c) {
		proxies = append(proxies, []any{p.Dimension, p.Metric})
	}
	answered, zeroBased := c.Scores()
	for _, t := range []struct {
		name, columns string
		rows          [][]any
	}{
		{"cat_group", "attribute varchar, name varchar, source varchar, place integer, is_banded boolean", groups},
		{"cat_band", "attribute varchar, band varchar, place integer, from_number double, below_number double", bands},
		{"cat_favourable", "item varchar, favourable_from double, unfavourable_to double", favourable},
		{"cat_comment", "attribute varchar, min_writers integer, shuffle_key varchar", [][]any{{c.CommentsBy(), max(c.CommentsMinimum(), w.in.MinGroup), w.in.ShuffleKey}}},
		{"cat_proxy", "dimension varchar, metric varchar", proxies},
		{"cat_scoring", "answered_share double, is_zero_based boolean", [][]any{{answered, zeroBased}}},
		{"cat_event", "event_id varchar, kind varchar, team varchar, severity varchar, label varchar, occurred_at timestamp, ended_at timestamp", w.happenings(c)},
	} {
		if err := w.fill(ctx, t.name, t.columns, t.rows); err != nil {
			return err
		}
	}
	return nil
}

// proxies are the pairs that the catalogue lists, or every dimension with every employee-side measure.
func (w *Workshop) proxies(c *catalog.Catalog) []catalog.Proxy {
	if len(c.Proxies) > 0 {
		return c.Proxies
	}
	var out []catalog.Proxy
	for _, d := range c.Instrument.Dimensions {
		for _, m := range c.Metrics {
			if m.Side == models.Inside {
				out = append(out, catalog.Proxy{Dimension: d.ID, Metric: m.ID})
			}
		}
	}
	return out
}

// happenings are the incidents and actions of the catalogue, from the first instant of their first civil day to the last second of
// their last.
func (w *Workshop) happenings(c *catalog.Catalog) [][]any {
	zone, err := time.LoadLocation(w.in.Zone)
	if err != nil {
		panic("warehouse: " + err.Error()) // withDefaults has loaded it
	}
	instant := func(day string, later int, less time.Duration) any {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return nil // not said; the catalogue took no other that is not a date
		}
		return time.Date(at.Year(), at.Month(), at.Day()+later, 0, 0, 0, 0, zone).Add(-less).UTC()
	}
	var rows [][]any
	for _, l := range []struct {
		kind string
		list []catalog.Happening
	}{{"incident", c.Incidents}, {"action", c.Actions}} {
		for _, h := range l.list {
			rows = append(rows, []any{h.ID, l.kind, text(h.Team), text(h.Severity), h.Label, instant(h.From, 0, 0), instant(h.Until, 1, time.Second)})
		}
	}
	return rows
}
