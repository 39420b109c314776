package export

import (
	"io"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// batchRows is how many rows are held before they are written: some megabytes of them, and one row group or record batch.
const batchRows = 64 << 10

// batches gathers rows into record batches. Parquet and Arrow IPC differ in what a batch is handed to.
type batches struct {
	columns []column
	build   *array.RecordBuilder
	n       int
	hand    func(arrow.RecordBatch) error
	end     func() error
}

func schema(columns []column) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = arrow.Field{Name: c.name, Type: arrowType(c.kind), Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

func newParquet(w io.Writer, columns []column) (writer, error) {
	s := schema(columns)
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithCreatedBy("insideout"))
	f, err := pqarrow.NewFileWriter(s, onlyWriter{w}, props, pqarrow.DefaultWriterProps())
	if err != nil {
		return nil, err
	}
	return &batches{columns, array.NewRecordBuilder(memory.DefaultAllocator, s), 0, f.Write, f.Close}, nil
}

func newIPC(w io.Writer, columns []column) (writer, error) {
	s := schema(columns)
	f, err := ipc.NewFileWriter(w, ipc.WithSchema(s))
	if err != nil {
		return nil, err
	}
	return &batches{columns, array.NewRecordBuilder(memory.DefaultAllocator, s), 0, f.Write, f.Close}, nil
}

// onlyWriter hides everything but Write, because the Parquet writer closes what it can close.
type onlyWriter struct{ io.Writer }

func (b *batches) row(values []any) error {
	for i, v := range values {
		to := b.build.Field(i)
		if v == nil {
			to.AppendNull()
			continue
		}
		switch b.columns[i].kind {
		case whole:
			to.(*array.Int64Builder).Append(v.(int64))
		case double:
			to.(*array.Float64Builder).Append(v.(float64))
		case boolean:
			to.(*array.BooleanBuilder).Append(v.(bool))
		case date:
			to.(*array.Date32Builder).Append(arrow.Date32FromTime(v.(time.Time)))
		case instant:
			to.(*array.TimestampBuilder).Append(arrow.Timestamp(v.(time.Time).UnixMicro()))
		default:
			to.(*array.StringBuilder).Append(v.(string))
		}
	}
	if b.n++; b.n == batchRows {
		return b.flush()
	}
	return nil
}

func (b *batches) flush() error {
	if b.n == 0 {
		return nil
	}
	record := b.build.NewRecordBatch()
	defer record.Release()
	b.n = 0
	return b.hand(record)
}

func (b *batches) close() error {
	defer b.build.Release()
	if err := b.flush(); err != nil {
		return err
	}
	return b.end()
}
