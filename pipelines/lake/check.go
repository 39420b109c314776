package lake

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"insideout/models"
)

// checkDelivery holds a delivery to its contract before anything of it is kept: every position accounted for, every
// row and reject inside the range, every loss named by a gap.
func checkDelivery(d *models.Delivery) error {
	r := d.Range
	bad := func(form string, args ...any) error {
		return &DeliveryError{Source: d.Source, Stream: r.Stream, What: fmt.Sprintf(form, args...)}
	}
	if d.Source == "" || r.Stream == "" {
		return bad("it names no source or no stream")
	}
	// The manifest is JSON, which would change other bytes without a word.
	if !utf8.ValidString(d.Source) || !utf8.ValidString(r.Stream) || !utf8.ValidString(r.Identity) {
		return bad("its source, stream or identity is not UTF-8")
	}
	for _, n := range []int64{r.First, r.Next - r.First, r.Loaded, r.Rejected, r.Filtered, r.Control, r.Missing, r.Records, r.Dropped} {
		if n < 0 {
			return bad("a count or a position is negative")
		}
	}
	if err := r.Check(); err != nil {
		return bad("%v", err)
	}

	records := int64(0)
	for _, b := range d.Records {
		if err := checkBatch(b, r); err != nil {
			return bad("dataset %s: %v", b.Schema.Name, err)
		}
		records += int64(b.Rows())
	}
	if records != r.Records {
		return bad("it declares %d records and holds %d", r.Records, records)
	}
	if n := loaded(d.Records); n != r.Loaded {
		return bad("it declares %d loaded positions and holds records of %d", r.Loaded, n)
	}

	last := int64(-1)
	for i := range d.Rejects {
		p := d.Rejects[i].Position
		if p < r.First || p >= r.Next {
			return bad("the reject at position %d lies outside %d to %d", p, r.First, r.Next-1)
		}
		if p <= last {
			return bad("the reject at position %d comes after the one at %d", p, last)
		}
		last = p
	}
	if n := int64(len(d.Rejects)); n != r.Rejected {
		return bad("it declares %d rejected positions and holds %d rejects", r.Rejected, n)
	}

	missing, end := int64(0), r.First
	for _, g := range d.Gaps {
		if g.From < end || g.To <= g.From || g.To > r.Next {
			return bad("the gap %d to %d lies outside the range or over another gap", g.From, g.To-1)
		}
		missing += g.To - g.From
		end = g.To
	}
	if missing != r.Missing {
		return bad("it declares %d missing positions and names gaps of %d", r.Missing, missing)
	}
	return nil
}

// named reports whether a dataset may be called so: the name becomes a folder and a view.
func named(s string) bool {
	for i, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return s != "" && len(s) <= 63
}

// checkBatch proves that a batch is as its schema says, so that nothing can go wrong half-way through a file.
func checkBatch(b *models.Batch, r models.Range) error {
	if len(b.Columns) != len(b.Schema.Fields) {
		return fmt.Errorf("it has %d columns instead of %d", len(b.Columns), len(b.Schema.Fields))
	}
	if !named(b.Schema.Name) {
		return errors.New("a dataset is named by small letters, digits and _, a letter first")
	}
	rows := b.Rows()
	last := r.First
	for _, p := range b.Positions {
		if p < last || p >= r.Next {
			return fmt.Errorf("the row at position %d lies outside %d to %d or out of order", p, r.First, r.Next-1)
		}
		last = p
	}
	for i, f := range b.Schema.Fields {
		c := &b.Columns[i]
		n := len(c.Ints)
		switch f.Kind {
		case models.Text, models.JSON:
			n = len(c.Texts)
		case models.Real:
			n = len(c.Reals)
		}
		if len(c.Valid) != rows || n != rows {
			return fmt.Errorf("field %s has %d values for %d rows", f.Name, n, rows)
		}
		if f.Required && slices.Contains(c.Valid, false) {
			return fmt.Errorf("the required field %s has no value in a row", f.Name)
		}
		if err := checkValues(f.Kind, c); err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
	}
	return nil
}

// checkValues refuses what Parquet could not hold or what DuckDB would not read: one text that is not UTF-8 makes it
// refuse the whole file.
func checkValues(kind models.Kind, c *models.Column) error {
	switch kind {
	case models.Text, models.JSON:
		for r, s := range c.Texts {
			if c.Valid[r] && !utf8.ValidString(s) {
				return errors.New("a text is not UTF-8")
			}
		}
	case models.Real:
		for r, v := range c.Reals {
			if c.Valid[r] && (math.IsNaN(v) || math.IsInf(v, 0)) {
				return errors.New("a number is not finite")
			}
		}
	case models.Date:
		for r, v := range c.Ints {
			if c.Valid[r] && (v < math.MinInt32 || v > math.MaxInt32) {
				return errors.New("a date is out of range")
			}
		}
	}
	return nil
}

// loaded counts the different positions of all batches together; one position may give rows to several datasets.
func loaded(batches []*models.Batch) int64 {
	n := int64(0)
	if len(batches) == 1 {
		last := int64(-1)
		for _, p := range batches[0].Positions {
			if p != last {
				n++
			}
			last = p
		}
		return n
	}
	var all []int64
	for _, b := range batches {
		all = append(all, b.Positions...)
	}
	slices.Sort(all)
	return int64(len(slices.Compact(all)))
}
