package file

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/format"
)

// Limits of a Parquet file. Writers make pages of about 1 MiB, some up to 100 MB; a header that asks for more, or a few
// bytes that claim to be millions of rows, are made to fill memory or disk.
const (
	maxFooter      = 64 << 20 // statistics may hold whole values
	maxElements    = 4 << 20  // of all lists in the footer: columns times row groups, mostly
	maxSchema      = 100_000  // columns and groups
	maxPageSize    = 128 << 20
	maxPageValues  = 16 << 20
	freeRows       = 1 << 20
	maxRowsPerByte = 100
)

// checkFooter walks over the footer before the library decodes it.
func checkFooter(r io.ReaderAt, size int64) error {
	var tail [8]byte
	if size < 12 {
		return fmt.Errorf("it is no whole Parquet file: it has %d bytes", size)
	}
	if _, err := r.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	if string(tail[4:]) != "PAR1" {
		return fmt.Errorf("it is no whole Parquet file: it does not end in PAR1")
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n > size-12 {
		return fmt.Errorf("it is no whole Parquet file: its footer is longer than the file")
	}
	if n > maxFooter {
		return fmt.Errorf("its footer has %d bytes, more than %d MiB are not read", n, maxFooter>>20)
	}
	const schema = 2 // field of FileMetaData
	elements := int64(0)
	w := walker{in: bufio.NewReader(io.NewSectionReader(r, size-8-n, n)), left: n, list: func(path []int16, n int64) error {
		if elements += n; elements > maxElements {
			return fmt.Errorf("its footer lists more than %d things", maxElements)
		}
		if len(path) == 1 && path[0] == schema && n > maxSchema {
			return fmt.Errorf("it has %d columns, more than %d are not read", n, maxSchema)
		}
		return nil
	}}
	if _, err := w.structure(); err != nil {
		return fmt.Errorf("it is a broken Parquet file: %w", err)
	}
	return nil
}

// checkPages holds the page headers of a file against the limits, before anything is decoded.
func checkPages(r io.ReaderAt, size int64, m *format.FileMetaData) error {
	if m.NumRows < 0 || m.NumRows > freeRows+maxRowsPerByte*size {
		return fmt.Errorf("it claims to hold %d rows in %d bytes", m.NumRows, size)
	}
	var rows int64
	for _, g := range m.RowGroups {
		if g.NumRows < 0 || rows+g.NumRows < rows {
			return fmt.Errorf("it claims to hold a group of %d rows", g.NumRows)
		}
		rows += g.NumRows
		for i := range g.Columns {
			if err := checkChunk(r, size, &g.Columns[i].MetaData); err != nil {
				return err
			}
		}
	}
	if rows != m.NumRows {
		return fmt.Errorf("it claims to hold %d rows, its row groups %d", m.NumRows, rows)
	}
	return nil
}

// checkChunk walks over the pages of a column in a row group: header, content, header, ...
func checkChunk(r io.ReaderAt, size int64, c *format.ColumnMetaData) error {
	start := c.DataPageOffset
	if d := c.DictionaryPageOffset; d != 0 {
		start = min(start, d)
	}
	if start < 0 || c.TotalCompressedSize < 0 || start > size || c.TotalCompressedSize > size-start {
		return fmt.Errorf("column %v lies outside the file: %w", c.PathInSchema, io.ErrUnexpectedEOF)
	}
	var full, packed, values int64
	var data bool
	w := walker{
		in: bufio.NewReaderSize(io.NewSectionReader(r, start, c.TotalCompressedSize), 64<<10), left: c.TotalCompressedSize,
		seen: func(path []int16, v int64) {
			switch { // fields of PageHeader
			case len(path) == 1 && path[0] == 2:
				full = v
			case len(path) == 1 && path[0] == 3:
				packed = v
			case len(path) == 2 && path[1] == 1 && (path[0] == 5 || path[0] == 7 || path[0] == 8):
				values, data = v, path[0] != 7
			}
		},
	}
	for read := int64(0); read < c.NumValues; {
		full, packed, values, data = 0, 0, 0, false
		if _, err := w.structure(); err != nil {
			return unreadable(err)
		}
		if full < 0 || packed < 0 || full > maxPageSize || packed > maxPageSize {
			return fmt.Errorf("column %v has a page of %d bytes, more than %d MiB are not read", c.PathInSchema, max(full, packed), maxPageSize>>20)
		}
		if values < 0 || values > maxPageValues {
			return fmt.Errorf("column %v has a page of %d values, more than %d are not read", c.PathInSchema, values, maxPageValues)
		}
		if data {
			read += values
		}
		if err := w.pass(packed); err != nil {
			return unreadable(err)
		}
	}
	return nil
}
