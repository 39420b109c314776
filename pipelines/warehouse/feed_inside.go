package warehouse

import (
	"context"

	"insideout/models"
	"insideout/models/catalog"
)

// insideInputs names the relations that say how the employees' side is read.
var insideInputs = []string{"cat_group", "cat_band", "cat_favourable", "cat_comment", "cat_proxy"}

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
	for _, t := range []struct {
		name, columns string
		rows          [][]any
	}{
		{"cat_group", "attribute varchar, name varchar, source varchar, place integer, is_banded boolean", groups},
		{"cat_band", "attribute varchar, band varchar, place integer, from_number double, below_number double", bands},
		{"cat_favourable", "item varchar, favourable_from double, unfavourable_to double", favourable},
		{"cat_comment", "attribute varchar, min_writers integer", [][]any{{c.CommentsBy(), max(c.CommentsMinimum(), w.in.MinGroup)}}},
		{"cat_proxy", "dimension varchar, metric varchar", proxies},
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
