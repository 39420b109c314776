package lake

import (
	"fmt"
	"time"

	"github.com/parquet-go/parquet-go"

	"insideout/models"
)

// schemaOf is the schema that a file of the lake was written with, as far as the dataset is still known.
func schemaOf(f File) *models.Schema {
	if f.Dataset == rejectsDataset {
		return rejectsSchema
	}
	return models.Dataset(f.Dataset)
}

// batches reads a file and hands its rows over by origin, in order. A batch is good until take returns.
func (l *Lake) batches(f File, take func(origin, *models.Batch) error) error {
	file, err := l.disk.root.Open(f.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	plain, size, err := l.keys.open(f, file, f.Bytes)
	if err != nil {
		return err
	}
	var b *models.Batch
	var at origin
	give := func() error {
		if b == nil || b.Rows() == 0 {
			return nil
		}
		defer b.Reset()
		return take(at, b)
	}
	err = scan(plain, size, func(columns []string, row parquet.Row) (bool, error) {
		if b == nil {
			s, err := written(f, columns)
			if err != nil {
				return false, err
			}
			b = models.NewBatch(s, sliceRows)
		}
		n := len(row) - provenance
		o := origin{source: string(row[n].ByteArray()), stream: string(row[n+1].ByteArray()),
			at: time.UnixMicro(row[n+3].Int64()).UTC(), run: string(row[n+4].ByteArray())}
		if o != at || b.Rows() == sliceRows {
			if err := give(); err != nil {
				return false, err
			}
			at = o
		}
		to := b.Add(row[n+2].Int64())
		for i, v := range row[:n] {
			if v.IsNull() {
				continue
			}
			switch b.Schema.Fields[i].Kind {
			case models.Text, models.JSON:
				b.SetText(i, to, string(v.ByteArray()))
			case models.Real:
				b.SetReal(i, to, v.Double())
			case models.Bool:
				b.SetInt(i, to, 0)
				if v.Boolean() {
					b.SetInt(i, to, 1)
				}
			case models.Date:
				b.SetInt(i, to, int64(v.Int32()))
			default:
				b.SetInt(i, to, v.Int64())
			}
		}
		return true, nil
	})
	if err == nil {
		err = give()
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", f.Path, err)
	}
	return nil
}

// written lays out the columns of a file, which may be of an earlier version of the dataset with fewer fields.
func written(f File, columns []string) (*models.Schema, error) {
	known := schemaOf(f)
	if known == nil {
		return nil, fmt.Errorf("dataset %s is not known", f.Dataset)
	}
	columns = columns[:len(columns)-provenance]
	if len(columns) == len(known.Fields) && f.Schema == known.Version {
		return known, nil
	}
	s := *known
	s.Version, s.Fields = f.Schema, nil
	for _, name := range columns {
		i := known.Field(name)
		if i < 0 {
			return nil, fmt.Errorf("column %s of dataset %s is not known", name, f.Dataset)
		}
		s.Fields = append(s.Fields, known.Fields[i])
	}
	return &s, nil
}
