package lake

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"insideout/models"
)

// rowsAtOnce is the number of rows that a scan holds.
const rowsAtOnce = 256

// scan reads the rows of a data file in order and hands them over one by one, until f returns false. A row is valid
// until f returns. All columns of a lake file are flat, so value i belongs to column i.
func scan(r io.ReaderAt, size int64, f func(columns []string, row parquet.Row) (bool, error)) error {
	file, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true),
		parquet.ReadBufferSize(int(min(size, 32<<10)))) // one a column: many files are smaller than that
	if err != nil {
		return err
	}
	var columns []string
	for _, path := range file.Schema().Columns() {
		if len(path) != 1 {
			return fmt.Errorf("column %v is nested", path)
		}
		columns = append(columns, path[0])
	}
	if n := len(columns); n < provenance || columns[n-provenance] != models.ColSource || columns[n-3] != models.ColPosition {
		return errors.New("the provenance columns are missing")
	}
	buffer := make([]parquet.Row, rowsAtOnce)
	for _, group := range file.RowGroups() {
		if err := scanGroup(group, buffer, columns, f); err != nil {
			if err == errStop {
				return nil
			}
			return err
		}
	}
	return nil
}

var errStop = errors.New("stop")

func scanGroup(group parquet.RowGroup, buffer []parquet.Row, columns []string, f func([]string, parquet.Row) (bool, error)) error {
	rows := group.Rows()
	defer rows.Close()
	for {
		n, err := rows.ReadRows(buffer)
		for _, row := range buffer[:n] {
			if len(row) != len(columns) {
				return fmt.Errorf("a row has %d values for %d columns", len(row), len(columns))
			}
			more, err := f(columns, row)
			if err != nil {
				return err
			}
			if !more {
				return errStop
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// row extends d by a row as a data file holds it; it is the other half of batch and reject.
func (h *hasher) stored(d digest, dataset string, version int, row parquet.Row) digest {
	fields := len(row) - provenance
	position := row[fields+2].Int64()
	if dataset == rejectsDataset {
		r := models.Reject{
			Position: position, Code: string(row[rejectCode].ByteArray()), Field: string(row[rejectField].ByteArray()),
			Raw: row[rejectRaw].ByteArray(), Key: row[rejectKey].ByteArray(),
		}
		if rejectBeside < fields && !row[rejectBeside].IsNull() { // none is not an empty one
			r.Beside = append([]byte{}, row[rejectBeside].ByteArray()...)
		}
		return h.reject(d, &r)
	}
	h.row(d, version, position)
	at := h.bits(fields)
	for i, v := range row[:fields] {
		if v.IsNull() {
			continue
		}
		h.present(at, i)
		switch v.Kind() {
		case parquet.ByteArray:
			h.bytes(v.ByteArray())
		case parquet.Double:
			h.real(v.Double())
		case parquet.Boolean:
			h.bool(v.Boolean())
		case parquet.Int32:
			h.int(int64(v.Int32()))
		default:
			h.int(v.Int64())
		}
	}
	return h.sum()
}

// metadata is what the footer says of a data file.
type metadata struct {
	dataset string
	schema  int
	rows    int64
}

func readMetadata(r io.ReaderAt, size int64) (metadata, error) {
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return metadata{}, err
	}
	m := metadata{rows: f.NumRows()}
	m.dataset, _ = f.Lookup("insideout.dataset")
	version, _ := f.Lookup("insideout.schema")
	m.schema, err = strconv.Atoi(version)
	return m, err
}

// readRejects hands over the rows of one quarantine file until f returns false.
func (s *Snapshot) readRejects(entry File, f func(source string, r models.Reject) bool) error {
	path := filepath.Join(s.dir, filepath.FromSlash(entry.Path))
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	plain, size, err := s.keys.open(entry, file, entry.Bytes)
	if err != nil {
		return err
	}
	optional := func(v parquet.Value) []byte {
		if v.IsNull() {
			return nil
		}
		return append([]byte{}, v.ByteArray()...)
	}
	err = scan(plain, size, func(columns []string, row parquet.Row) (bool, error) {
		n := len(columns) - provenance
		if n != rejectBeside && n != len(rejectsSchema.Fields) || columns[rejectRaw] != "raw" { // files of version 1 end before it
			return false, errors.New("the columns are not those of a quarantine file")
		}
		var beside []byte
		if rejectBeside < n {
			beside = optional(row[rejectBeside])
		}
		return f(string(row[n].ByteArray()), models.Reject{
			Stream: string(row[n+1].ByteArray()), Position: row[n+2].Int64(),
			Label: string(row[rejectLabel].ByteArray()), Line: row[rejectLine].Int64(),
			Code: string(row[rejectCode].ByteArray()), Field: string(row[rejectField].ByteArray()),
			Detail: string(row[rejectDetail].ByteArray()),
			Raw:    optional(row[rejectRaw]), Key: optional(row[rejectKey]), Beside: beside,
		}), nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
