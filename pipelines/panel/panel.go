// Package panel reads panel.parquet through Arrow into a models.Panel. The file is the narrow waist between SQL and
// statistics: whatever engine made it, inference sees the same teams, calendar periods and validity.
//
// The file is long: one row a unit, period and series, with the columns
//
//	unit varchar, period_start date, series varchar, side varchar, kind varchar, version int,
//	value double, n double, se double, facet_of varchar
//
// where a null n or se is unknown. A second row for the same cell is an error, not an average: the relation that wrote
// it has a key. Periods without a row stay missing.
package panel

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"insideout/models"
)

// Frame is what the file does not say itself.
type Frame struct {
	Grain    models.Grain
	Zone     string
	Describe func(series string) models.Series // name, unit, direction and scale of a series; no cells
}

// Read makes the panel of the file. A file without rows gives a panel without teams.
func Read(ctx context.Context, path string, f Frame) (*models.Panel, error) {
	rows, err := read(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("read panel %s: %w", path, err)
	}
	p := &models.Panel{Grain: f.Grain, Zone: f.Zone}
	if len(rows) == 0 {
		return p, nil
	}
	first, last := math.MaxInt, math.MinInt
	teams, series := map[string]int{}, map[string]int{}
	for i := range rows {
		r := &rows[i]
		r.period = models.PeriodOn(f.Grain, r.start)
		if r.period.Start() != r.start {
			return nil, fmt.Errorf("read panel %s: %s is not the start of a %s", path, r.start.Format(time.DateOnly), f.Grain)
		}
		first, last = min(first, r.period.Index), max(last, r.period.Index)
		teams[r.unit], series[r.series] = 0, 0
	}
	p.First, p.Periods = models.Period{Grain: f.Grain, Index: first}, last-first+1
	p.Teams = index(teams)
	cells := len(p.Teams) * p.Periods
	for _, id := range index(series) {
		s := f.Describe(id)
		s.ID = id
		s.Value, s.N, s.SE, s.Valid = make([]float64, cells), make([]float64, cells), make([]float64, cells), make([]bool, cells)
		for i := range s.SE {
			s.SE[i] = math.NaN()
		}
		p.Series = append(p.Series, s)
	}
	for _, r := range rows {
		s := &p.Series[series[r.series]]
		s.Side, s.Kind, s.Version = models.Side(r.side), r.kind, r.version
		s.IsFacet, s.Dimension = r.facetOf != "", r.facetOf
		at := teams[r.unit]*p.Periods + r.period.Index - first
		if s.Valid[at] {
			return nil, fmt.Errorf("read panel %s: two rows for %s, %s, %s", path, r.series, r.unit, r.period)
		}
		s.Value[at], s.N[at], s.SE[at], s.Valid[at] = r.value, r.n, r.se, true
	}
	return p, nil
}

// index numbers the names of a set in sorted order.
func index(set map[string]int) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		set[name] = i
	}
	return names
}

type row struct {
	unit, series, side, kind, facetOf string
	start                             time.Time
	period                            models.Period
	version                           int
	value, n, se                      float64
}

func read(ctx context.Context, path string) ([]row, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	pf, err := file.NewParquetReader(in, file.WithReadProps(parquet.NewReaderProperties(memory.DefaultAllocator)))
	if err != nil {
		return nil, err
	}
	defer pf.Close()
	fr, err := pqarrow.NewFileReader(pf, pqarrow.ArrowReadProperties{BatchSize: 64 << 10}, memory.DefaultAllocator)
	if err != nil {
		return nil, err
	}
	records, err := fr.GetRecordReader(ctx, nil, nil)
	if err != nil {
		return nil, err
	}
	defer records.Release()
	rows := make([]row, 0, pf.NumRows())
	for records.Next() {
		if rows, err = appendRows(rows, records.RecordBatch()); err != nil {
			return nil, err
		}
	}
	if err := records.Err(); err != nil && pf.NumRows() > int64(len(rows)) {
		return nil, err
	}
	return rows, nil
}

func appendRows(rows []row, b arrow.RecordBatch) ([]row, error) {
	var err error
	text := func(name string) *array.String { return column[*array.String](b, name, &err) }
	real := func(name string) *array.Float64 { return column[*array.Float64](b, name, &err) }
	unit, series, side, kind, facetOf := text("unit"), text("series"), text("side"), text("kind"), text("facet_of")
	value, n, se := real("value"), real("n"), real("se")
	start := column[*array.Date32](b, "period_start", &err)
	version := column[*array.Int32](b, "version", &err)
	if err != nil {
		return nil, err
	}
	for i := range int(b.NumRows()) {
		if unit.IsNull(i) || start.IsNull(i) || series.IsNull(i) || value.IsNull(i) {
			return nil, fmt.Errorf("row %d has no unit, period_start, series or value", len(rows))
		}
		r := row{
			unit: clone(unit, i), series: clone(series, i), side: clone(side, i), kind: clone(kind, i), facetOf: clone(facetOf, i),
			start: start.Value(i).ToTime(), value: value.Value(i), se: math.NaN(),
		}
		if version.IsValid(i) {
			r.version = int(version.Value(i))
		}
		if n.IsValid(i) {
			r.n = n.Value(i)
		}
		if se.IsValid(i) {
			r.se = se.Value(i)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// column finds a column by name and type; the first failure is kept in err.
func column[T arrow.Array](b arrow.RecordBatch, name string, err *error) T {
	var none T
	at := b.Schema().FieldIndices(name)
	if len(at) != 1 {
		if *err == nil {
			*err = fmt.Errorf("no column %s", name)
		}
		return none
	}
	c, ok := b.Column(at[0]).(T)
	if !ok && *err == nil {
		*err = fmt.Errorf("column %s is %s", name, b.Column(at[0]).DataType())
	}
	return c
}

// clone copies a text out of Arrow's memory, which ends with the batch; a null is empty.
func clone(a *array.String, i int) string {
	if a.IsNull(i) {
		return ""
	}
	return string([]byte(a.Value(i)))
}
