package lake

import (
	"math"
	"testing"

	"github.com/parquet-go/parquet-go"

	"insideout/models"
)

// The columns that are written through cells are those that the library's own values make, in every field that it shows.
func TestCell_IsAValue(t *testing.T) {
	texts := []string{"", "a", "Grüße", string(make([]byte, 1<<16))}
	ints := []int64{0, -1, math.MinInt64, math.MaxInt64}
	for _, level := range []int{0, 1} {
		for i := range texts {
			text, number := cellOf(parquet.ByteArrayValue([]byte("other")).Level(0, level, 7)), cellOf(parquet.Int64Value(5).Level(0, level, 7))
			like := cellOf(textValue(texts[i]))
			text.text, text.bits, number.bits = like.text, uint64(len(texts[i])), uint64(ints[i])
			values := make([]parquet.Value, 3)
			cells := cellsOf(values)
			cells[0], cells[1], cells[2] = text, number, cell{}
			for at, want := range []parquet.Value{textValue(texts[i]).Level(0, level, 7), parquet.Int64Value(ints[i]).Level(0, level, 7), {}} {
				got := values[at]
				if !parquet.DeepEqual(got, want) || got.Kind() != want.Kind() || got.IsNull() != want.IsNull() || got.Column() != want.Column() ||
					got.DefinitionLevel() != want.DefinitionLevel() || got.RepetitionLevel() != want.RepetitionLevel() {
					t.Errorf("%+v, the library makes %+v", got, want)
				}
			}
		}
	}
}

// Every kind of column is read back as it was written, with values that are absent and values that are zero.
func TestTable_EveryKind(t *testing.T) {
	d := contacts(3, 0, 100)
	b := d.Records[0]
	s := b.Schema
	for r := range b.Rows() {
		for i, f := range s.Fields {
			if f.Required || r%3 == i%3 {
				continue
			}
			switch zero := r%2 == 0; f.Kind {
			case models.Text, models.JSON:
				b.SetText(i, r, map[bool]string{true: "", false: f.Name}[zero])
			case models.Real:
				b.SetReal(i, r, map[bool]float64{true: 0, false: -1.5}[zero])
			default:
				b.SetInt(i, r, map[bool]int64{true: 0, false: 1}[zero])
			}
		}
	}
	l := open(t, t.TempDir(), Options{RunID: "r", Keys: testKeys})
	c := l.Begin()
	if err := c.Add(d); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, f := range l.Snapshot().Files(s.Name) {
		if err := l.batches(f, func(_ origin, got *models.Batch) error {
			for r := range got.Rows() {
				for i, field := range s.Fields {
					was, is := &b.Columns[i], &got.Columns[i]
					same := was.Valid[at] == is.Valid[r]
					switch {
					case !same || !was.Valid[at]:
					case len(was.Texts) > 0:
						same = was.Texts[at] == is.Texts[r]
					case len(was.Reals) > 0:
						same = was.Reals[at] == is.Reals[r]
					default:
						same = was.Ints[at] == is.Ints[r]
					}
					if !same {
						t.Errorf("row %d: %s is another", at, field.Name)
					}
				}
				at++
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if at != b.Rows() {
		t.Errorf("%d rows of %d", at, b.Rows())
	}
}
