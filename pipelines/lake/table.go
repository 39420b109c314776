package lake

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"path"
	"slices"
	"strconv"
	"time"
	"unsafe"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"insideout/models"
)

const (
	// groupRows and groupBytes end a row group. 122,880 rows is DuckDB's own group, the unit in which its threads share
	// a scan; the bytes bound the memory of one open file, because a group is kept until it is whole.
	groupRows  = 122_880
	groupBytes = 16 << 20
	// sliceRows is the number of rows handed to a column at once: enough to spread the cost of a call, few enough that
	// the values stay in the first-level cache and pages end near their size.
	sliceRows = 1024
	// dictionaryBytes is where a column gives up its dictionary.
	dictionaryBytes = 512 << 10
	// pageBytes is the size of a page before compression.
	pageBytes = 128 << 10
)

// origin is what the provenance columns of the rows of one delivery hold.
type origin struct {
	source, stream, run string
	at                  time.Time
}

// table writes the rows of one dataset into one new Parquet file, column by column.
type table struct {
	schema *models.Schema
	name   string // final name
	file   *file
	sum    hash.Hash
	keys   *Keys          // nil: the file is not encrypted
	cipher io.WriteCloser // between w and the file, if it is
	size   int64          // bytes written to the file
	w      *parquet.GenericWriter[any]
	cols   []*parquet.ColumnWriter
	levels []int // definition level of a value: 1 if optional
	values []parquet.Value
	nulls  []parquet.Value // stays as it is: the zero Value is null

	rows    int64
	group   int64 // rows of the open row group
	flushed int64 // size of the file when the open row group began
	event   *Span
}

// newTable makes the file under a temporary name. The first batch decides the encodings.
func newTable(d *disk, name string, first *models.Batch, epoch int64, codec compress.Codec, keys *Keys) (*table, error) {
	f, err := d.create(name + ".tmp")
	if err != nil {
		return nil, err
	}
	t := &table{schema: first.Schema, name: name, file: f, sum: sha256.New(), values: make([]parquet.Value, sliceRows), nulls: make([]parquet.Value, sliceRows)}
	options := []parquet.WriterOption{
		layout(t.schema, repetitive(first)),
		parquet.Compression(codec),
		parquet.CreatedBy("insideout", "1", ""),
		parquet.PageBufferSize(pageBytes),
		parquet.WriteBufferSize(256 << 10),
		parquet.DictionaryMaxBytes(dictionaryBytes),
		parquet.SkipPageBounds(models.ColSource), parquet.SkipPageBounds(models.ColStream), parquet.SkipPageBounds(models.ColRun),
		parquet.KeyValueMetadata("insideout.dataset", t.schema.Name),
		parquet.KeyValueMetadata("insideout.schema", strconv.Itoa(t.schema.Version)),
		parquet.KeyValueMetadata("insideout.epoch", strconv.FormatInt(epoch, 10)),
	}
	for i := range t.schema.Fields {
		f := &t.schema.Fields[i]
		// The least and the greatest text of a page serve no query here, cost a tenth of the writing, and would put
		// single answers into the footer.
		if f.Kind == models.Text || f.Kind == models.JSON {
			options = append(options, parquet.SkipPageBounds(f.Name))
		}
		level := 1
		if f.Required {
			level = 0
		}
		t.levels = append(t.levels, level)
	}
	into := io.Writer(t)
	if keys != nil && sealed(t.schema) {
		if t.cipher, err = keys.seal(t); err != nil {
			return nil, errors.Join(t.cause(err), t.discard(d))
		}
		t.keys, into = keys, t.cipher
	}
	t.w = parquet.NewGenericWriter[any](into, options...)
	t.cols = t.w.ColumnWriters()
	return t, nil
}

// Write passes the file's bytes on and keeps their sum.
func (t *table) Write(p []byte) (int, error) {
	n, err := t.file.Write(p)
	t.sum.Write(p[:n])
	t.size += int64(n)
	return n, err
}

// buffered is the memory, in bytes, that the open row group holds.
func (t *table) buffered() int64 { return t.w.Size() - t.flushed }

// append writes the rows of a batch.
func (t *table) append(b *models.Batch, o origin) error {
	for from, to := 0, 0; from < b.Rows(); from = to {
		to = min(from+sliceRows, from+int(groupRows-t.group), b.Rows())
		if err := t.slice(b, from, to, o); err != nil {
			return t.cause(err)
		}
		if t.group >= groupRows || t.buffered() >= groupBytes {
			if err := t.flush(); err != nil {
				return err
			}
		}
	}
	t.event = t.event.union(events(b))
	return nil
}

// cause prefers the file's first error to what followed from it.
func (t *table) cause(err error) error {
	if t.file.err != nil {
		return t.file.err
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", t.name, err)
	}
	return nil
}

// flush ends the row group.
func (t *table) flush() error {
	if err := t.w.Flush(); err != nil {
		return t.cause(err)
	}
	t.group, t.flushed = 0, t.w.Size()
	return nil
}

// slice writes the rows from..to-1, at most sliceRows.
func (t *table) slice(b *models.Batch, from, to int, o origin) error {
	n := to - from
	for i := range t.schema.Fields {
		if err := t.field(i, &b.Columns[i], from, to); err != nil {
			return err
		}
	}
	i := len(t.schema.Fields)
	if err := t.constant(i, textValue(o.source), n); err != nil {
		return err
	}
	if err := t.constant(i+1, textValue(o.stream), n); err != nil {
		return err
	}
	for r, p := range b.Positions[from:to] {
		t.values[r] = parquet.Int64Value(p)
	}
	if err := t.put(i+2, n); err != nil {
		return err
	}
	if err := t.constant(i+3, parquet.Int64Value(o.at.UnixMicro()), n); err != nil {
		return err
	}
	if err := t.constant(i+4, textValue(o.run), n); err != nil {
		return err
	}
	t.rows += int64(n)
	t.group += int64(n)
	return nil
}

// textValue makes a value that shares the string's bytes; the writer copies them before it returns.
func textValue(s string) parquet.Value {
	return parquet.ByteArrayValue(unsafe.Slice(unsafe.StringData(s), len(s)))
}

// field writes one column of the dataset.
func (t *table) field(i int, c *models.Column, from, to int) error {
	valid := c.Valid[from:to]
	if !slices.Contains(valid, true) { // most sources fill half of the fields
		_, err := t.cols[i].WriteRowValues(t.nulls[:len(valid)])
		return err
	}
	values, level := t.values[:len(valid)], t.levels[i]
	var null parquet.Value
	switch t.schema.Fields[i].Kind {
	case models.Text, models.JSON:
		cells, like := cellsOf(values), cellOf(parquet.ByteArrayValue(nil).Level(0, level, i))
		for r, s := range c.Texts[from:to] {
			if valid[r] {
				like.text, like.bits = unsafe.StringData(s), uint64(len(s))
				cells[r] = like
			} else {
				cells[r] = cell{}
			}
		}
	case models.Real:
		for r, v := range c.Reals[from:to] {
			if valid[r] {
				values[r] = parquet.DoubleValue(v).Level(0, level, i)
			} else {
				values[r] = null
			}
		}
	case models.Bool:
		for r, v := range c.Ints[from:to] {
			if valid[r] {
				values[r] = parquet.BooleanValue(v != 0).Level(0, level, i)
			} else {
				values[r] = null
			}
		}
	case models.Date:
		for r, v := range c.Ints[from:to] {
			if valid[r] {
				values[r] = parquet.Int32Value(int32(v)).Level(0, level, i)
			} else {
				values[r] = null
			}
		}
	default:
		cells, like := cellsOf(values), cellOf(parquet.Int64Value(0).Level(0, level, i))
		for r, v := range c.Ints[from:to] {
			if valid[r] {
				like.bits = uint64(v)
				cells[r] = like
			} else {
				cells[r] = cell{}
			}
		}
	}
	return t.put(i, len(valid))
}

func (t *table) constant(col int, v parquet.Value, n int) error {
	for r := range t.values[:n] {
		t.values[r] = v
	}
	return t.put(col, n)
}

func (t *table) put(col, n int) error {
	_, err := t.cols[col].WriteRowValues(t.values[:n])
	return err
}

// finish makes the file complete and durable under its final name. The order matters: the footer is checked through a
// second descriptor, so that what was written is what can be read; the sync goes to the descriptor that wrote, the only
// one that is sure to be told of a failed write; the name comes last, so that it never stands for half a file.
func (t *table) finish(d *disk) (File, error) {
	if err := t.w.Close(); err != nil {
		return File{}, t.cause(err)
	}
	if t.cipher != nil {
		if err := t.cipher.Close(); err != nil {
			return File{}, t.cause(err)
		}
	}
	if err := t.checkFooter(d); err != nil {
		return File{}, err
	}
	if err := t.file.sync(); err != nil {
		return File{}, err
	}
	if err := t.file.close(); err != nil {
		return File{}, err
	}
	if err := d.rename(t.file.name, t.name); err != nil {
		return File{}, err
	}
	return File{
		Dataset: t.schema.Name, Path: t.name, Schema: t.schema.Version,
		Rows: t.rows, Bytes: t.size, SHA256: hex.EncodeToString(t.sum.Sum(nil)), Event: t.event, Key: t.keys.ID(),
	}, nil
}

// checkFooter reads the footer back and compares its row count.
func (t *table) checkFooter(d *disk) error {
	return d.do(OpRead, t.file.name, func() error {
		f, err := d.root.Open(t.file.name)
		if err != nil {
			return err
		}
		defer f.Close()
		plain, size, err := t.keys.open(File{Path: t.name, Key: t.keys.ID()}, f, t.size)
		if err != nil {
			return err
		}
		rows, err := footerRows(plain, size)
		if err != nil {
			return err
		}
		if rows != t.rows {
			return fmt.Errorf("the footer says %d rows, %d were written", rows, t.rows)
		}
		return nil
	})
}

// footerRows returns the row count in a Parquet file's footer.
func footerRows(r io.ReaderAt, size int64) (int64, error) {
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return 0, err
	}
	return f.NumRows(), nil
}

// discard closes and removes what there is of the file.
func (t *table) discard(d *disk) error {
	return errors.Join(d.remove(t.file.name), d.remove(t.name), ignoreClosed(t.file))
}

// ignoreClosed closes a file whose content no longer matters.
func ignoreClosed(f *file) error {
	if f.os != nil {
		f.os.Close()
		f.os = nil
	}
	return nil
}

const dayMicros = int64(24 * time.Hour / time.Microsecond)

// events returns the span of a batch's event times, nil if it has none.
func events(b *models.Batch) *Span {
	i := b.Schema.Field(b.Schema.Time)
	if i < 0 {
		return nil
	}
	s := Span{From: math.MaxInt64, To: math.MinInt64}
	c := &b.Columns[i]
	for r, v := range c.Ints {
		if c.Valid[r] {
			s.From, s.To = min(s.From, v), max(s.To, v)
		}
	}
	if s.From > s.To {
		return nil
	}
	if b.Schema.Fields[i].Kind == models.Date {
		s.From, s.To = s.From*dayMicros, s.To*dayMicros
	}
	return &s
}

// dataName is the final name of a data file. The epoch and the number of the cycle make it unique for ever, also
// against files that a killed writer left behind.
func dataName(dataset string, epoch, cycle int64) string {
	return path.Join(dataDir, dataset, fmt.Sprintf("%06d-%06d.parquet", epoch, cycle))
}
