package file

import (
	"bufio"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Limits of a Parquet file. Writers make pages of about 1 MiB, some up to 100 MB; a header that asks for more, or a few
// bytes that claim to be millions of rows, are made to fill memory or disk.
const (
	maxPageSize    = 128 << 20
	maxPageValues  = 16 << 20
	freeRows       = 1 << 20
	maxRowsPerByte = 100
)

// checkPages holds the page headers of a file against the limits, before anything is decoded.
func checkPages(r io.ReaderAt, size int64, m *format.FileMetaData) (err error) {
	defer catch(&err)
	if m.NumRows < 0 || m.NumRows > freeRows+maxRowsPerByte*size {
		return fmt.Errorf("it claims to hold %d rows in %d bytes", m.NumRows, size)
	}
	var rows int64
	for _, g := range m.RowGroups {
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

func checkChunk(r io.ReaderAt, size int64, c *format.ColumnMetaData) error {
	start := c.DataPageOffset
	if d := c.DictionaryPageOffset; d != 0 {
		start = min(start, d)
	}
	if start < 0 || c.TotalCompressedSize < 0 || start > size || c.TotalCompressedSize > size-start {
		return fmt.Errorf("column %v lies outside the file: %w", c.PathInSchema, io.ErrUnexpectedEOF)
	}
	in := bufio.NewReaderSize(io.NewSectionReader(r, start, c.TotalCompressedSize), 64<<10)
	protocol := thrift.CompactProtocol{}
	decoder := thrift.NewDecoder(protocol.NewReader(in))
	for values := int64(0); values < c.NumValues; {
		var h format.PageHeader
		if err := decoder.Decode(&h); err != nil {
			return unreadable(err)
		}
		if h.CompressedPageSize < 0 || h.UncompressedPageSize < 0 || h.UncompressedPageSize > maxPageSize || h.CompressedPageSize > maxPageSize {
			return fmt.Errorf("column %v has a page of %d bytes, more than %d MiB are not read", c.PathInSchema, h.UncompressedPageSize, maxPageSize>>20)
		}
		n := int64(h.DataPageHeader.V.NumValues)
		if h.Type == format.DataPageV2 {
			n = int64(h.DataPageHeaderV2.V.NumValues)
		} else if h.Type != format.DataPage {
			n = 0
		}
		if dictionary := int64(h.DictionaryPageHeader.V.NumValues); n < 0 || n > maxPageValues || dictionary < 0 || dictionary > maxPageValues {
			return fmt.Errorf("column %v has a page of %d values, more than %d are not read", c.PathInSchema, max(n, dictionary), maxPageValues)
		}
		values += n
		if _, err := in.Discard(int(h.CompressedPageSize)); err != nil {
			return unreadable(err)
		}
	}
	return nil
}
