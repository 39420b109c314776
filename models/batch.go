package models

// Column holds the values of one field. Valid has one entry a row; of the value slices the one of the field's kind
// is filled: Texts for Text and JSON, Reals for Real, Ints for all others.
type Column struct {
	Valid []bool
	Texts []string
	Ints  []int64
	Reals []float64
}

// Batch is rows of one dataset, column by column. It is not safe for concurrent use.
type Batch struct {
	Schema    *Schema
	Columns   []Column // as Schema.Fields
	Positions []int64  // one a row: where in the stream it came from; several rows may share one
}

// NewBatch makes an empty batch with room for rows.
func NewBatch(s *Schema, rows int) *Batch {
	b := &Batch{Schema: s, Columns: make([]Column, len(s.Fields)), Positions: make([]int64, 0, rows)}
	for i, f := range s.Fields {
		c := &b.Columns[i]
		c.Valid = make([]bool, 0, rows)
		switch f.Kind {
		case Text, JSON:
			c.Texts = make([]string, 0, rows)
		case Real:
			c.Reals = make([]float64, 0, rows)
		default:
			c.Ints = make([]int64, 0, rows)
		}
	}
	return b
}

// Rows is the number of rows.
func (b *Batch) Rows() int { return len(b.Positions) }

// Add appends a row of nulls and returns its index.
func (b *Batch) Add(position int64) int {
	b.Positions = append(b.Positions, position)
	for i := range b.Columns {
		c := &b.Columns[i]
		c.Valid = append(c.Valid, false)
		switch b.Schema.Fields[i].Kind {
		case Text, JSON:
			c.Texts = append(c.Texts, "")
		case Real:
			c.Reals = append(c.Reals, 0)
		default:
			c.Ints = append(c.Ints, 0)
		}
	}
	return len(b.Positions) - 1
}

// SetText, SetInt and SetReal give the value of one cell. The column must be of a kind that holds such a value.
func (b *Batch) SetText(col, row int, v string) {
	b.Columns[col].Texts[row], b.Columns[col].Valid[row] = v, true
}

func (b *Batch) SetInt(col, row int, v int64) {
	b.Columns[col].Ints[row], b.Columns[col].Valid[row] = v, true
}

func (b *Batch) SetReal(col, row int, v float64) {
	b.Columns[col].Reals[row], b.Columns[col].Valid[row] = v, true
}

// Truncate drops the rows from n on: the way back when a row turns out to be bad half-way.
func (b *Batch) Truncate(n int) {
	b.Positions = b.Positions[:n]
	for i := range b.Columns {
		c := &b.Columns[i]
		c.Valid = c.Valid[:n]
		switch b.Schema.Fields[i].Kind {
		case Text, JSON:
			clear(c.Texts[n:])
			c.Texts = c.Texts[:n]
		case Real:
			c.Reals = c.Reals[:n]
		default:
			c.Ints = c.Ints[:n]
		}
	}
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() { b.Truncate(0) }
