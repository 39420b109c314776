package export

import (
	"bufio"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// csvFile writes RFC 4180 with line feeds. The standard library's writer cannot tell a null from an empty text, hence this one.
type csvFile struct {
	w       *bufio.Writer
	columns []column
}

func newCSV(w *bufio.Writer, columns []column) (writer, error) {
	c := &csvFile{w, columns}
	names := make([]any, len(columns))
	for i, col := range columns {
		names[i] = col.name
	}
	c.columns = make([]column, len(columns)) // names are texts
	err := c.row(names)
	c.columns = columns
	return c, err
}

func (c *csvFile) row(values []any) error {
	for i, v := range values {
		if i > 0 {
			c.w.WriteByte(',')
		}
		if s, ok := v.(string); ok {
			c.w.WriteString(quote(guard(s, c.columns[i].kind)))
		} else if v != nil {
			c.w.WriteString(plain(v))
		}
	}
	return c.w.WriteByte('\n') // a bufio.Writer keeps its first error
}

func (c *csvFile) close() error { return nil }

// guard leaves numbers alone: a minus before digits is no formula.
func guard(s string, k kind) string {
	if k == exact {
		return s
	}
	return Guard(s)
}

func quote(s string) string {
	if s != "" && !strings.ContainsAny(s, ",\"\r\n") && s[0] != ' ' && s[len(s)-1] != ' ' {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// plain writes a value that is not a text.
func plain(v any) string {
	switch v := v.(type) {
	case float64:
		switch {
		case math.IsNaN(v):
			return "NaN"
		case math.IsInf(v, 1):
			return "Inf"
		case math.IsInf(v, -1):
			return "-Inf"
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		if h, m, s := v.Clock(); h == 0 && m == 0 && s == 0 && v.Nanosecond() == 0 {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

// sheetRows is what a sheet holds, its header included.
const sheetRows = 1_048_576

// cellText is how many characters a cell holds.
const cellText = 32_767

// sheet is a workbook of one sheet. Dates and instants are text in ISO form: a serial number has no zone and is read differently by
// programs of different makers.
type sheet struct {
	file    *excelize.File
	stream  *excelize.StreamWriter
	w       *bufio.Writer
	columns []column
	n       int
}

func newSheet(w *bufio.Writer, columns []column) (writer, error) {
	f := excelize.NewFile()
	stream, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return nil, err
	}
	s := &sheet{file: f, stream: stream, w: w, columns: columns}
	names := make([]any, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return s, s.row(names)
}

func (s *sheet) row(values []any) error {
	if s.n++; s.n > sheetRows {
		return fmt.Errorf("a sheet holds %d rows and a header, and there are more: write csv or parquet", sheetRows-1)
	}
	cells := make([]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case nil:
		case string:
			if len([]rune(v)) >= cellText {
				return fmt.Errorf("column %s, row %d: a cell holds %d characters, and this text has more: write csv or parquet", s.columns[i].name, s.n-1, cellText)
			}
			cells[i] = guard(v, s.columns[i].kind)
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) {
				cells[i] = plain(v)
			} else {
				cells[i] = v
			}
		case int64:
			if v > 1<<53 || v < -1<<53 { // a spreadsheet would round it
				cells[i] = plain(v)
			} else {
				cells[i] = v
			}
		case bool:
			cells[i] = v
		default:
			cells[i] = plain(v)
		}
	}
	at, err := excelize.CoordinatesToCellName(1, s.n)
	if err != nil {
		return err
	}
	return s.stream.SetRow(at, cells)
}

func (s *sheet) close() error {
	if err := s.stream.Flush(); err != nil {
		return err
	}
	if err := s.file.Write(s.w); err != nil {
		return err
	}
	return s.file.Close()
}
