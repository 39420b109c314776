package file

import (
	"bytes"
	"strings"
)

// looksLike names what the first bytes of a file say that it is, where that is none of the text formats; "" for none.
func looksLike(head []byte) string {
	binary := bytes.ContainsFunc(head[:min(len(head), 512)], func(c rune) bool { return c < '\t' || c == '\uFFFD' }) // a column may be called PAR1
	for _, kind := range []struct{ magic, name string }{
		{"PK\x03\x04", "a workbook (format: xlsx or ods) or another zip archive"},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls) or an encrypted one; save it as .xlsx without a password"},
		{"PAR1", "Parquet (format: parquet)"},
		{"\x1f\x8b", "gzip (compression: gzip)"},
		{"\x28\xb5\x2f\xfd", "zstd (compression: zstd)"},
		{"BZh", "bzip2, which is not read; unpack it"},
		{"\xfd7zXZ", "xz, which is not read; unpack it"},
		{"%PDF-", "PDF"},
		{"SQLite format 3", "an SQLite database"},
		{"Obj\x01", "an Avro file, which is read from topics only"},
	} {
		if bytes.HasPrefix(head, []byte(kind.magic)) && binary {
			return kind.name
		}
	}
	start := strings.ToLower(string(bytes.TrimLeft(head[:min(len(head), 512)], " \t\r\n")))
	for _, tag := range []string{"<!doctype html", "<html", "<?xml"} {
		if strings.HasPrefix(start, tag) {
			return "HTML or XML; a download may have given a page with an error instead of the file"
		}
	}
	return ""
}

// parted guesses the delimiter of a header that was read as one column, or that lacks what it should have: "" for none.
func parted(columns []string) string {
	if len(columns) != 1 {
		return ""
	}
	best, most := "", 0
	for _, d := range []string{";", "\t", "|", ","} {
		if n := strings.Count(columns[0], d); n > most {
			best, most = d, n
		}
	}
	return best
}

// stopRule is Config.Stop.
type stopRule string

// stopAtEmpty ends a table at its first empty row.
const stopAtEmpty stopRule = "empty_row"

// is reports whether a first cell is the one that ends the table.
func (s stopRule) is(cell []byte) bool {
	return s != "" && s != stopAtEmpty && string(bytes.TrimSpace(cell)) == string(s)
}
