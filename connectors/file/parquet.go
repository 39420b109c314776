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

// parquetRows reads a Parquet file row by row. Columns of groups are named by their path with dots. Values come as the
// text that a CSV of the same data would have: dates as 2006-01-02, timestamps in UTC as RFC 3339, local ones without the
// Z, decimals with their scale; so the same mapping serves both. Lists come as a JSON array of their values.
//
// The library trusts what a file says of itself: it panics on some broken files and allocates what a footer or a page
// header asks for. So panics become errors here, and footer and page headers are walked over first and held against
// limits (checkFooter, checkPages).
type parquetRows struct {
	file    *parquet.File
	group   int // the next row group
	rows    parquet.Rows
	batch   []parquet.Row
	at, end int // in batch
	leaves  []leaf
	columns []int // leaves of the wanted places
	wanted  []bool
	values  []connectors.Value // of all leaves, for the row at hand
	text    []byte
	object  []byte
}

// leaf is a column of values.
type leaf struct {
	name     string
	key      []byte // as a JSON string with its colon
	kind     parquet.Kind
	logical  format.LogicalTypeValue
	repeated bool
}

func newParquet(r io.ReaderAt, size int64, places []string, optional []bool) (p *parquetRows, err error) {
	defer catch(&err, debug.SetPanicOnFault(true))
	if err := checkFooter(r, size); err != nil {
		return nil, err
	}
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.FileReadMode(parquet.ReadModeSync))
	if err != nil {
		return nil, fmt.Errorf("it is no whole Parquet file: %w", err)
	}
	if err := checkPages(r, size, f.Metadata()); err != nil {
		return nil, err
	}
	p = &parquetRows{file: f, batch: make([]parquet.Row, 64)}
	var names []string
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
		l.key = append(connectors.AppendJSONString(nil, strings.ToValidUTF8(l.name, "\uFFFD")), ':')
		p.leaves = append(p.leaves, l)
		names = append(names, l.name)
	}
	walk(f.Root(), false)
	if p.columns, err = find(places, names, optional); err != nil {
		return nil, err
	}
	p.values = make([]connectors.Value, len(p.leaves))
	p.wanted = make([]bool, len(p.leaves))
	for _, c := range p.columns {
		if c >= 0 {
			p.wanted[c] = true
		}
	}
	return p, nil
}

// catch turns a panic of the library into an error. It uses unsafe pointers, so a bad address is one of its panics;
// faults is what debug.SetPanicOnFault returned, to be set again.
func catch(err *error, faults bool) {
	debug.SetPanicOnFault(faults)
	if r := recover(); r != nil {
		*err = fmt.Errorf("it is a broken Parquet file: %v", r)
	}
}

func (p *parquetRows) close() {
	if p.rows != nil {
		p.rows.Close()
	}
}

// load makes sure that there is a row in the batch.
func (p *parquetRows) load() (err error) {
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

func (p *parquetRows) next(values []connectors.Value) (row, error) {
	if err := p.load(); err != nil {
		return row{}, err
	}
	cells := p.batch[p.at]
	p.at++
	p.text = p.text[:0]
	clear(p.values)
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
		p.values[c] = v
		got.size += len(v.Bytes)
		i += n
	}
	for i, c := range p.columns {
		values[i] = connectors.Value{}
		if c >= 0 {
			values[i] = p.values[c]
		}
	}
	if got.size > MaxRow {
		got.bad = &connectors.PayloadError{Code: connectors.CodeTooLarge, Detail: fmt.Sprintf("the row has more than %d MiB of text", MaxRow>>20)}
	}
	return got, nil
}

// raw shows the row as a JSON object; it has no text of its own.
func (p *parquetRows) raw() []byte {
	b, _ := p.members(func(int) bool { return true })
	return b[:min(len(b), keepRaw)]
}

// value gives the value of a column in one row.
func (p *parquetRows) value(l *leaf, cells []parquet.Value) (v connectors.Value, bad string) {
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

// appendJSON appends a value as JSON.
func appendJSON(b []byte, v connectors.Value) []byte {
	switch v.Kind {
	case connectors.String:
		return connectors.AppendJSONString(b, v.Bytes)
	case connectors.Absent, connectors.Null:
		return append(b, "null"...)
	}
	return append(b, v.Bytes...)
}

func (p *parquetRows) one(l *leaf, cell parquet.Value) (v connectors.Value, bad string) {
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
func (p *parquetRows) float(v float64, width int) connectors.ValueKind {
	p.text = strconv.AppendFloat(p.text, v, 'g', -1, width)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return connectors.String
	}
	return connectors.Number
}

func (p *parquetRows) integer(l *leaf, v int64, width int) connectors.ValueKind {
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

func (p *parquetRows) rest() ([]byte, int) {
	return p.members(func(i int) bool { return !p.wanted[i] })
}

// members gives the chosen columns of the row that hold anything, as a JSON object.
func (p *parquetRows) members(chosen func(i int) bool) ([]byte, int) {
	b, n := append(p.object[:0], '{'), 0
	for i := range p.leaves {
		v := p.values[i]
		if !chosen(i) || v.Kind <= connectors.Null || len(v.Bytes) == 0 {
			continue
		}
		if n > 0 {
			b = append(b, ',')
		}
		n++
		b = append(b, p.leaves[i].key...)
		b = appendJSON(b, v)
	}
	p.object = append(b, '}')
	if n == 0 {
		return nil, 0
	}
	return p.object, n
}

func (p *parquetRows) skip(n int64) error {
	for n > 0 {
		if err := p.load(); err != nil {
			return err
		}
		step := min(n, int64(p.end-p.at))
		p.at += int(step)
		n -= step
	}
	return nil
}
