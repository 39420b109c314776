package file

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"insideout/connectors"
)

// bookTable reads the table in one sheet of a workbook: header rows, then data rows until the sheet, the range or the stop
// rule ends it. Empty rows are no rows. A row's line is its number in the sheet.
//
// Cells come as what they are, not as what they look like: a text is the text, a number its digits, a date or time a
// Moment whatever its format shows, a percentage the text "45%" (what 45 % means is for the mapping to say), a formula its
// stored result. Errors, formulas without a result, and numbers of more than 15 digits, of which a spreadsheet keeps only
// the beginning, are Broken: a rule that reads one rejects the row.
//
// The sheet is read as a stream. excelize, which is what the tests write and compare with, holds a sheet in memory at some
// ten times its size; here only the texts that cells share are held, and every size is bounded (archive.go).
type bookTable struct {
	sheet sheet
	area  area
	stop  stopRule
	wide  int   // columns of the header
	last  int64 // number of the last row
	begun bool  // a data row has been read
	cells int64
	done  func()
}

// sheet gives the rows of one sheet.
type sheet interface {
	// next returns the next row that has cells, or io.EOF. Rows come in order; what is missing between them is empty.
	next() (*gridRow, error)
}

// gridRow is a row of a sheet. Cells beyond the last are empty.
type gridRow struct {
	number int64 // from 1
	size   int   // bytes of text
	cells  []connectors.Value
}

// openWorkbook opens the table that the configuration names and reads its header rows. The names are nil when the sheet is
// empty.
func openWorkbook(r io.ReaderAt, size int64, format string, c *Config) (*bookTable, header, error) {
	h := header{names: c.Columns}
	if size == 0 {
		return nil, h, fmt.Errorf("it is no whole workbook: it is empty")
	}
	a, err := openArchive(r, size)
	if err != nil {
		return nil, h, err
	}
	t := &bookTable{area: wholeSheet, stop: stopRule(c.Stop)}
	if c.Range != "" {
		if t.area, err = parseArea(c.Range); err != nil {
			return nil, h, err
		}
	}
	open := openXLSX
	if format == formatODS {
		open = openODS
	}
	if t.sheet, t.done, err = open(a, c.Sheet); err != nil {
		return nil, h, err
	}
	t.last = t.area.top - 1
	for n := 1; n <= c.headerRows(); n++ {
		got, err := t.read()
		if err == io.EOF && n == 1 {
			t.close()
			return &bookTable{done: func() {}}, header{}, nil
		}
		if err == io.EOF || err == nil && got.number != t.area.top+int64(n)-1 && c.HeaderRows > 1 {
			err = &adviceError{fmt.Sprintf("row %d of the sheet is empty, and it should be header row %d of %d", t.area.top+int64(n)-1, n, c.headerRows()), "correct header_rows:, or give range: with the cell where the header begins"}
		}
		if err != nil {
			t.close()
			return nil, h, err
		}
		cells := make([]string, len(got.cells))
		for i, v := range got.cells {
			cells[i] = string(v.Bytes)
		}
		h.take(c, n, cells)
	}
	for _, row := range [][]string{h.labels, h.imports} {
		t.wide = max(t.wide, len(row))
	}
	t.wide = max(t.wide, len(h.names))
	for len(h.imports) > 0 && h.imports[len(h.imports)-1] == "" {
		h.imports = h.imports[:len(h.imports)-1]
	}
	for len(h.names) < t.wide { // cells that are empty at the end of a row are not there
		h.names = append(h.names, "")
	}
	if h.names == nil {
		h.names = []string{}
	}
	return t, h, nil
}

func (t *bookTable) close() { t.done() }

// read gives the next row of the area that is not empty, its cells counted from the left edge of the area.
func (t *bookTable) read() (*gridRow, error) {
	for {
		if t.sheet == nil {
			return nil, io.EOF
		}
		got, err := t.sheet.next()
		if err != nil {
			return nil, err
		}
		if t.cells += int64(len(got.cells)); t.cells > maxCells {
			return nil, &adviceError{fmt.Sprintf("the sheet has more than %d cells", maxCells), "save it as CSV"}
		}
		if got.number < t.area.top {
			continue
		}
		if got.number > t.area.bottom {
			return nil, io.EOF
		}
		got.cells = got.cells[min(t.area.left, len(got.cells)):min(t.area.right+1, len(got.cells))]
		for n := len(got.cells); n > 0 && len(got.cells[n-1].Bytes) == 0; n-- {
			got.cells = got.cells[:n-1]
		}
		if len(got.cells) == 0 {
			continue
		}
		gap := got.number > t.last+1
		t.last = got.number
		if gap && t.stop == stopAtEmpty && t.begun {
			return nil, io.EOF
		}
		return got, nil
	}
}

func (t *bookTable) next(values []connectors.Value) (row, error) {
	got, err := t.read()
	if err != nil {
		return row{}, err
	}
	if t.stop.is(got.cells[0].Bytes) {
		return row{}, io.EOF
	}
	t.begun = true
	clear(values)
	n := copy(values, got.cells)
	out := row{size: got.size + 16, line: got.number}
	if n < len(got.cells) {
		out.bad = &connectors.PayloadError{Code: connectors.CodeMalformed, Detail: fmt.Sprintf("the row has cells up to column %s, the header up to %s -> correct range: or the sheet", columnName(t.area.left+len(got.cells)-1), columnName(t.area.left+len(values)-1))}
	}
	return out, nil
}

// area is a range of cells; rows count from 1, columns from 0, all ends included.
type area struct {
	left, right int
	top, bottom int64
}

var wholeSheet = area{0, maxColumns - 1, 1, maxSheet}

// parseArea reads B4:H900, B4:H or B4.
func parseArea(s string) (area, error) {
	bad := fmt.Errorf("%q is no range of cells", s)
	from, to, two := strings.Cut(strings.ToUpper(strings.ReplaceAll(s, "$", "")), ":")
	a := wholeSheet
	var ok bool
	if a.left, a.top, ok = cellName(from); !ok || a.top == 0 {
		return a, bad
	}
	if two {
		var bottom int64
		if a.right, bottom, ok = cellName(to); !ok || a.right < a.left || bottom != 0 && bottom < a.top {
			return a, bad
		}
		if bottom != 0 {
			a.bottom = bottom
		}
	}
	return a, nil
}

// cellName reads B4, or B with the row 0. The column counts from 0.
func cellName(s string) (column int, row int64, ok bool) {
	i := 0
	for ; i < len(s) && s[i] >= 'A' && s[i] <= 'Z' && i < 4; i++ {
		column = column*26 + int(s[i]-'A') + 1
	}
	if i == 0 || column > maxColumns {
		return 0, 0, false
	}
	if i < len(s) {
		var err error
		if row, err = strconv.ParseInt(s[i:], 10, 32); err != nil || row < 1 || row > maxSheet || s[i] == '+' {
			return 0, 0, false
		}
	}
	return column - 1, row, true
}

// columnName is the letter of a column that counts from 0.
func columnName(column int) string {
	name := ""
	for column++; column > 0; column = (column - 1) / 26 {
		name = string(rune('A'+(column-1)%26)) + name
	}
	return name
}

// pick finds the sheet to read: the one that is named, or the only one that is not hidden.
func pick(want string, names []string, hidden []bool) (int, error) {
	if want != "" {
		if i := slices.Index(names, want); i >= 0 {
			return i, nil
		}
		return 0, &adviceError{fmt.Sprintf("it has no sheet %q", want), connectors.Suggest(want, names)}
	}
	at, shown := -1, 0
	for i := range names {
		if !hidden[i] {
			at = i
			shown++
		}
	}
	if shown != 1 {
		return 0, &adviceError{fmt.Sprintf("it has %d sheets that are not hidden", shown), "say which one with sheet:; they are " + strings.Join(shorten(names), ", ")}
	}
	return at, nil
}

// The shapes of a number in a cell.
const (
	plainNumber = iota
	dateNumber
	percentNumber
)

// number makes a value of a number as a cell has it, appending to text. A whole number of up to 15 digits stays as it is;
// any other is written with the digits that tell it from its neighbours, so 7.9000000000000004 is 7.9.
func number(text, raw []byte, shape int, after1904 bool) ([]byte, connectors.Value) {
	from := len(text)
	out := func(kind connectors.ValueKind) ([]byte, connectors.Value) {
		return text, connectors.Value{Kind: kind, Bytes: text[from:len(text):len(text)]}
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) || math.Abs(v) >= 1e15 {
		text = append(text, raw...)
		return out(connectors.Broken)
	}
	switch shape {
	case dateNumber:
		at, kind := serial(v, after1904)
		if kind == connectors.Broken {
			text = append(text, raw...)
		} else {
			text = append(text, at...)
		}
		return out(kind)
	case percentNumber:
		text = append(hundredfold(text, strconv.FormatFloat(v, 'f', -1, 64)), '%')
		return out(connectors.String)
	}
	if strings.Trim(string(raw), "0123456789") == "" {
		text = append(text, raw...)
	} else {
		text = strconv.AppendFloat(text, v, 'f', -1, 64)
	}
	return out(connectors.Number)
}

// hundredfold appends a decimal number times 100, by moving its point.
func hundredfold(b []byte, digits string) []byte {
	if strings.HasPrefix(digits, "-") {
		b = append(b, '-')
		digits = digits[1:]
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	for len(fraction) < 2 {
		fraction += "0"
	}
	whole = strings.TrimLeft(whole+fraction[:2], "0")
	if whole == "" {
		whole = "0"
	}
	b = append(b, whole...)
	if fraction = strings.TrimRight(fraction[2:], "0"); fraction != "" {
		b = append(append(b, '.'), fraction...)
	}
	return b
}

// serial reads the number of a day: days since the end of 1899, with a 29 February 1900 that never was, or since 1 January
// 1904. Less than a day is a time alone. Times are rounded to a millisecond, beyond which the numbers are not exact.
func serial(v float64, after1904 bool) (string, connectors.ValueKind) {
	const dayMillis = 86_400_000
	millis := int64(math.Round(v * dayMillis))
	if v < 0 || v >= 2_958_466 || !after1904 && millis/dayMillis == 60 {
		return "", connectors.Broken
	}
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case after1904:
		first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case millis/dayMillis < 60:
		first = first.AddDate(0, 0, 1)
	}
	if millis < dayMillis && !(after1904 && millis == 0) {
		return time.UnixMilli(millis).UTC().Format("15:04:05.999"), connectors.String
	}
	at := first.AddDate(0, 0, int(millis/dayMillis)).Add(time.Duration(millis%dayMillis) * time.Millisecond)
	if millis%dayMillis == 0 {
		return at.Format(time.DateOnly), connectors.Moment
	}
	return at.Format("2006-01-02T15:04:05.999"), connectors.Moment
}
