// Package export writes the answer to a query as a file for another program: Parquet, Arrow IPC, CSV or XLSX.
//
// # Contract
//
//   - The same rows give the same bytes: nothing of a clock, a machine or a number of threads gets into a file.
//   - Null stays null. In CSV it is an empty field, and an empty text is written as "" so that the two stay apart; in XLSX it is an empty
//     cell, and an empty text a cell of type text.
//   - Types stay: whole numbers, doubles, booleans, dates and instants (UTC, microseconds) have a type of their own in Parquet and
//     Arrow. What has none there (decimals, lists) is written as the text that the engine shows.
//   - In CSV and XLSX a text that a spreadsheet would take for a formula gets an apostrophe before it. Parquet and Arrow keep it as it is.
//   - A number that is not finite has no place in a cell of a spreadsheet and is written there as text: NaN, Inf, -Inf.
//   - Rows are written as they come, in batches. XLSX holds at most 1,048,575 of them; more are an error and never cut off.
package export

import (
	"bufio"
	"database/sql"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

// Formats are the endings of the files that can be written.
func Formats() []string { return []string{"parquet", "arrow", "csv", "xlsx"} }

// kind is what a column is written as.
type kind int

const (
	text  kind = iota
	exact      // a number of more digits than a double keeps, as text
	whole
	double
	boolean
	date
	instant
)

// column is one column of the answer.
type column struct {
	name string
	kind kind
}

// writer takes rows one after the other. Values are nil, string, int64, float64, bool or time.Time, as the kind of the column says.
type writer interface {
	row(values []any) error
	close() error
}

// Write writes every row to w and returns their number. It closes neither.
func Write(w io.Writer, rows *sql.Rows, format string) (n int64, err error) {
	columns, err := describe(rows)
	if err != nil {
		return 0, err
	}
	buffered := bufio.NewWriterSize(w, 1<<16)
	var to writer
	switch format {
	case "csv":
		to, err = newCSV(buffered, columns)
	case "xlsx":
		to, err = newSheet(buffered, columns)
	case "parquet":
		to, err = newParquet(buffered, columns)
	case "arrow":
		to, err = newIPC(buffered, columns)
	default:
		return 0, fmt.Errorf("format %q is none of %s", format, strings.Join(Formats(), ", "))
	}
	if err != nil {
		return 0, err
	}
	values := make([]any, len(columns))
	targets := make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return n, err
		}
		for i, v := range values {
			if values[i], err = cast(v, columns[i].kind); err != nil {
				return n, fmt.Errorf("column %s, row %d: %w", columns[i].name, n+1, err)
			}
		}
		if err := to.row(values); err != nil {
			return n, err
		}
		n++
	}
	if err := rows.Err(); err != nil {
		return n, err
	}
	if err := to.close(); err != nil {
		return n, err
	}
	return n, buffered.Flush()
}

func describe(rows *sql.Rows) ([]column, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	var out []column
	for _, t := range types {
		c := column{name: t.Name()}
		switch name := t.DatabaseTypeName(); {
		case slices.Contains([]string{"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}, name):
			c.kind = whole
		case name == "DOUBLE" || name == "FLOAT":
			c.kind = double
		case strings.HasPrefix(name, "DECIMAL") || strings.HasSuffix(name, "HUGEINT") || name == "UBIGINT":
			c.kind = exact
		case name == "BOOLEAN":
			c.kind = boolean
		case name == "DATE":
			c.kind = date
		case strings.HasPrefix(name, "TIMESTAMP"):
			c.kind = instant
		}
		out = append(out, c)
	}
	return out, nil
}

// cast gives a value of the driver the one Go type of its kind.
func cast(v any, k kind) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case int8:
		v = int64(x)
	case int16:
		v = int64(x)
	case int32:
		v = int64(x)
	case uint8:
		v = int64(x)
	case uint16:
		v = int64(x)
	case uint32:
		v = int64(x)
	case float32:
		v = float64(x)
	case time.Time:
		v = x.UTC()
	}
	ok := true
	switch k {
	case whole:
		_, ok = v.(int64)
	case double:
		_, ok = v.(float64)
	case boolean:
		_, ok = v.(bool)
	case date, instant:
		_, ok = v.(time.Time)
	case text, exact:
		switch x := v.(type) {
		case string:
		case []byte:
			v = string(x)
		default:
			v = fmt.Sprint(x)
		}
	}
	if !ok {
		return nil, fmt.Errorf("the engine gave a %T", v)
	}
	return v, nil
}

// Guard puts an apostrophe before a text that a spreadsheet would take for a formula.
func Guard(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) || strings.HasPrefix(s, "＝") || strings.HasPrefix(s, "＋") || strings.HasPrefix(s, "－") || strings.HasPrefix(s, "＠") {
		return "'" + s
	}
	return s
}

func arrowType(k kind) arrow.DataType {
	switch k {
	case whole:
		return arrow.PrimitiveTypes.Int64
	case double:
		return arrow.PrimitiveTypes.Float64
	case boolean:
		return arrow.FixedWidthTypes.Boolean
	case date:
		return arrow.FixedWidthTypes.Date32
	case instant:
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
	}
	return arrow.BinaryTypes.String
}
