package file

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"insideout/connectors"
)

// parquetTable reads a Parquet file row by row. Columns of groups are named by their path with dots. Values come as the
// text that a CSV of the same data would have: dates as 2006-01-02, timestamps in UTC as RFC 3339, local ones without the
// Z, decimals with their scale; so the same mapping serves both. Lists come as a JSON array of their values.
//
// The library trusts what a file says of itself: it panics on some broken files and allocates what a footer or a page
// header asks for. So panics become errors here, and footer and page headers are walked over first and held against
// limits (checkFooter, checkPages).
type parquetTable struct {
	file    *parquet.File
	group   int // the next row group
	rows    parquet.Rows
	batch   []parquet.Row
	at, end int // in batch
	leaves  []leaf
	text    []byte
}

// leaf is a column of values.
type leaf struct {
	name     string
	kind     parquet.Kind
	logical  format.LogicalTypeValue
	repeated bool
}

func openParquet(r io.ReaderAt, size int64) (p *parquetTable, h header, err error) {
	defer catch(&err, debug.SetPanicOnFault(true))
	if err := checkFooter(r, size); err != nil {
		return nil, h, err
	}
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.FileReadMode(parquet.ReadModeSync))
	if err != nil {
		return nil, h, fmt.Errorf("it is no whole Parquet file: %w", err)
	}
	if err := checkPages(r, size, f.Metadata()); err != nil {
		return nil, h, err
	}
	p = &parquetTable{file: f, batch: make([]parquet.Row, 64)}
	var walk func(c *parquet.Column, repeated bool)
	walk = func(c *parquet.Column, repeated bool) {
		if !c.Leaf() {
			for _, child := range c.Columns() {
				walk(child, repeated || child.Repeated())
			}
			return
		}
		l := leaf{name: strings.Join(c.Path(), "."), kind: c.Type().Kind(), repeated: repeated}
		if t := c.Type().LogicalType(); t != nil {
			l.logical = t.Value
		}
		if repeated {
			l.name = strings.TrimSuffix(strings.TrimSuffix(l.name, ".list.element"), ".list.item")
		}
		p.leaves = append(p.leaves, l)
		h.names = append(h.names, l.name)
	}
	walk(f.Root(), false)
	return p, h, nil
}

// catch turns a panic of the library into an error. It uses unsafe pointers, so a bad address is one of its panics;
// faults is what debug.SetPanicOnFault returned, to be set again.
func catch(err *error, faults bool) {
	debug.SetPanicOnFault(faults)
	if r := recover(); r != nil {
		*err = fmt.Errorf("it is a broken Parquet file: %v", r)
	}
}

func (p *parquetTable) close() {
	if p.rows != nil {
		p.rows.Close()
	}
}

// load makes sure that there is a row in the batch.
func (p *parquetTable) load() (err error) {
	defer catch(&err, debug.SetPanicOnFault(true))
	for p.at == p.end {
		if p.rows == nil {
			groups := p.file.RowGroups()
			if p.group == len(groups) {
				return io.EOF
			}
			p.rows = groups[p.group].Rows()
			p.group++
		}
		n, err := p.rows.ReadRows(p.batch)
		p.at, p.end = 0, n
		if n > 0 {
			return nil // an error comes again with the next call
		}
		if err == nil {
			err = io.ErrNoProgress
		}
		if err != io.EOF {
			return unreadable(err)
		}
		p.rows.Close()
		p.rows = nil
	}
	return nil
}

func unreadable(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return fmt.Errorf("it is a broken Parquet file: %w", err)
}

func (p *parquetTable) next(values []connectors.Value) (row, error) {
	if err := p.load(); err != nil {
		return row{}, err
	}
	cells := p.batch[p.at]
	p.at++
	p.text = p.text[:0]
	clear(values)
	got := row{size: 16}
	for i := 0; i < len(cells); {
		c := cells[i].Column()
		n := 1
		for i+n < len(cells) && cells[i+n].Column() == c {
			n++
		}
		v, bad := p.value(&p.leaves[c], cells[i:i+n])
		if bad != "" && got.bad == nil {
			got.bad = &connectors.PayloadError{Code: connectors.CodeEncoding, Detail: fmt.Sprintf("column %q: %s", p.leaves[c].name, bad)}
		}
		values[c] = v
		got.size += len(v.Bytes)
		i += n
	}
	return got, nil
}

// value gives the value of a column in one row.
func (p *parquetTable) value(l *leaf, cells []parquet.Value) (v connectors.Value, bad string) {
	if !l.repeated {
		return p.one(l, cells[0])
	}
	if len(cells) == 1 && cells[0].IsNull() {
		return connectors.Value{Kind: connectors.Null}, ""
	}
	list := []byte{'['}
	for i, cell := range cells {
		if i > 0 {
			list = append(list, ',')
		}
		v, wrong := p.one(l, cell)
		if wrong != "" {
			bad = wrong
		}
		list = appendJSON(list, v)
	}
	return connectors.Value{Kind: connectors.Nested, Bytes: append(list, ']')}, bad
}

func (p *parquetTable) one(l *leaf, cell parquet.Value) (v connectors.Value, bad string) {
	if cell.IsNull() {
		return connectors.Value{Kind: connectors.Null}, ""
	}
	from := len(p.text)
	kind := connectors.Number
	switch l.kind {
	case parquet.Boolean:
		kind = connectors.Boolean
		p.text = strconv.AppendBool(p.text, cell.Boolean())
	case parquet.Int32:
		kind = p.integer(l, int64(cell.Int32()), 32)
	case parquet.Int64:
		kind = p.integer(l, cell.Int64(), 64)
	case parquet.Int96: // nanoseconds of the day and Julian day, as old writers have timestamps
		t := cell.Int96()
		days := int64(t[2]) - 2440588
		p.text = time.Unix(days*86400, int64(t[1])<<32|int64(t[0])).UTC().AppendFormat(p.text, time.RFC3339Nano)
		kind = connectors.String
	case parquet.Float:
		kind = p.float(float64(cell.Float()), 32)
	case parquet.Double:
		kind = p.float(cell.Double(), 64)
	default:
		b := cell.ByteArray()
		kind = connectors.String
		switch t := l.logical.(type) {
		case *format.DecimalType:
			kind = connectors.Number
			p.text = decimal(p.text, signed(b), int(t.Scale))
		case *format.UUIDType:
			if len(b) == 16 {
				for i, part := range [][]byte{b[:4], b[4:6], b[6:8], b[8:10], b[10:]} {
					if i > 0 {
						p.text = append(p.text, '-')
					}
					p.text = hex.AppendEncode(p.text, part)
				}
			}
		default:
			if !utf8.Valid(b) {
				p.text = append(p.text, strings.ToValidUTF8(string(b), "\uFFFD")...)
				return connectors.Value{Kind: kind, Bytes: p.text[from:len(p.text):len(p.text)]}, "the text is not UTF-8 -> write it as text, or leave the column out"
			}
			return connectors.Value{Kind: kind, Bytes: b}, ""
		}
	}
	return connectors.Value{Kind: kind, Bytes: p.text[from:len(p.text):len(p.text)]}, ""
}

// float appends a number; one that is not finite is no number in any other format, so it comes as a text.
func (p *parquetTable) float(v float64, width int) connectors.ValueKind {
	p.text = strconv.AppendFloat(p.text, v, 'g', -1, width)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return connectors.String
	}
	return connectors.Number
}

func (p *parquetTable) integer(l *leaf, v int64, width int) connectors.ValueKind {
	switch t := l.logical.(type) {
	case *format.DateType:
		p.text = time.Unix(v*86400, 0).UTC().AppendFormat(p.text, time.DateOnly)
		return connectors.String
	case *format.TimestampType:
		var at time.Time
		switch t.Unit.Value.(type) {
		case *format.MilliSeconds:
			at = time.UnixMilli(v)
		case *format.NanoSeconds:
			at = time.Unix(v/1e9, v%1e9)
		default:
			at = time.UnixMicro(v)
		}
		layout := "2006-01-02T15:04:05.999999999"
		if t.IsAdjustedToUTC {
			layout += "Z07:00"
		}
		p.text = at.UTC().AppendFormat(p.text, layout)
		return connectors.String
	case *format.TimeType:
		ns := v * 1000
		switch t.Unit.Value.(type) {
		case *format.MilliSeconds:
			ns = v * 1e6
		case *format.NanoSeconds:
			ns = v
		}
		p.text = time.Unix(0, ns).UTC().AppendFormat(p.text, "15:04:05.999999999")
		return connectors.String
	case *format.DecimalType:
		p.text = decimal(p.text, big.NewInt(v), int(t.Scale))
		return connectors.Number
	case *format.IntType:
		if !t.IsSigned && width == 32 {
			v = int64(uint32(v))
		} else if !t.IsSigned {
			p.text = strconv.AppendUint(p.text, uint64(v), 10)
			return connectors.Number
		}
	}
	p.text = strconv.AppendInt(p.text, v, 10)
	return connectors.Number
}

// signed reads a big-endian number in two's complement.
func signed(b []byte) *big.Int {
	v := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return v
}

// decimal appends v / 10^scale with all its digits.
func decimal(b []byte, v *big.Int, scale int) []byte {
	if v.Sign() < 0 {
		b = append(b, '-')
		v = new(big.Int).Neg(v)
	}
	digits := v.String()
	if scale <= 0 {
		return append(b, digits...)
	}
	if short := scale + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	b = append(b, digits[:len(digits)-scale]...)
	b = append(b, '.')
	return append(b, digits[len(digits)-scale:]...)
}
