package file

import "insideout/connectors"

// rows reads the data rows of one file, one after the other.
type rows interface {
	// next reads a row and fills the values. At the end it returns io.EOF; any other error means that the rest of the
	// file cannot be read.
	next(values []connectors.Value) (row, error)
	// raw is the last row as it stands in the file, or the beginning of it when it is too long.
	raw() []byte
	// beside is what reading the last row again needs beside raw; nil if nothing, or if it cannot be read again.
	beside() []byte
	// rest gives what no place names of the last row, as connectors.Extractor has it.
	rest() (object []byte, fields int)
	// skip passes over n rows.
	skip(n int64) error
}

// row is what is known of the row just read.
type row struct {
	size int   // bytes read for it
	line int64 // 1-based; 0 where there are no lines
	bad  *connectors.PayloadError
}
