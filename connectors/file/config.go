// Package file reads records out of files: CSV and other delimited text, workbooks (XLSX, ODS), JSON lines and documents,
// Parquet; plain, gzip or zstd; one file, a folder, or a pattern, on this machine or in an object store.
//
// # A file is loaded once
//
// The stream of a file is "sha256:" and the hash of its bytes as stored, so a file is known by its content: renamed,
// copied or touched it is the same, and changed by a byte it is a new one whose rows land again (a full export that
// replaces the last one is the normal case; the latest version of a business key wins further on). Files are read in
// the order of their paths. A position counts data rows; reading goes on behind the rows that are done.
//
// A file of lines that has grown, because something appends to it, is another content too, and what is new of it is read:
// where a file that was read before is its beginning, the rows of that one are passed over (grown.go).
//
// An object is copied to this machine while it is read, and known by its content like any file. What version of it (ETag)
// had which content is remembered only to save fetching it again (store.go).
//
// The place $file is the name of the file, without its folder: {from: $file, time: "roster-2006-01-02.csv"} reads the day of a
// copy that stands nowhere else.
//
// # What goes wrong where
//
//   - A bad row is a reject with its bytes and line. Nothing is repaired and nothing is guessed.
//   - A file that cannot be read as a whole (a column missing, Parquet without footer, gzip cut off, a page instead) is a
//     *connectors.DataError, returned by Pull at the end, when all other files have been read. It is not marked as done,
//     so a mended or completed file is read by the next run. Rows in front of the damage have landed by then; the next run
//     goes on behind them.
//   - A file whose size or time changes while it is read is one of these too: it is still being written, and the next
//     run will take it whole.
//   - A folder or file that is not there, or may not be read, is a *connectors.EnvironmentError.
//
// # Bounds
//
// Foreign Parquet is decoded in a process of its own (apart.go). A file of which nearly all rows are rejected is given up after
// a hundred thousand. A row is at most MaxRow long, a delivery holds about 4 MiB of text or 16,384 rows, and a compressed file may grow
// to at most 300 times its size (once beyond 64 MiB), so memory stays far below 256 MiB whatever comes in.
package file

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"insideout/connectors"
)

// Config is the file: part of a source.
type Config struct {
	// Path is a file, a folder (its files with the endings of the format, none below), or a pattern with *, ? and [...].
	// It is relative to the configuration file. Of an object store it is an address, s3://bucket/key, gs://bucket/key or
	// azblob://container/key, whose key may be a pattern, or end in / for what lies there.
	Path string `yaml:"path"`
	// Store completes the address of an object store.
	Store *StoreConfig `yaml:"store"`
	// Format is csv, tsv, xlsx, ods, jsonl (one object a line), json (documents) or parquet. Default: by the ending of each
	// file.
	Format string `yaml:"format"`
	// Compression is none, gzip or zstd. Default: by the ending of each file.
	Compression string `yaml:"compression"`
	// Delimiter parts the fields of csv; one byte. Default: a comma, and a tab for tsv.
	Delimiter string `yaml:"delimiter"`
	// HeaderRows is the number of rows before the data. Default 1, or 0 with Columns. Qualtrics has 3.
	HeaderRows int `yaml:"header_rows"`
	// NameRow is which of them names the columns, from 1. Default 1.
	NameRow int `yaml:"name_row"`
	// Sheet is the sheet of a workbook, by its name. It may be left out where there is one that is not hidden.
	Sheet string `yaml:"sheet"`
	// Range is where the table stands in the sheet, header rows included: B4:H900, or B4:H and B4 for all rows below.
	// Default: the whole sheet. Rows count from its first one.
	Range string `yaml:"range"`
	// Stop ends a table: empty_row at the first empty row, any other text at the row whose first cell is that text
	// (Total). What stands below is no data. Default: the table goes to the end, and empty rows are passed over.
	Stop string `yaml:"stop"`
	// Columns names the columns of files without names in a header row.
	Columns []string `yaml:"columns"`
	// LabelRow is a header row that completes the names of NameRow: "name / label". A name that is empty over a label
	// continues the one before it, as SurveyMonkey has it. White space in such names becomes single spaces.
	LabelRow int `yaml:"label_row"`
	// ImportRow is a header row of JSON objects, Qualtrics' third: ImportId (with choiceId) names the column a second
	// time, and timeZone is the zone of its times. A file whose row is another one is refused.
	ImportRow int `yaml:"import_row"`
	// Rows is where in a JSON document the list of rows stands: tickets, data.feedback.nodes. Default: the document is
	// the list, or it is one row. Nothing in JSON lines, where a line is a row, nor for a document that is a list itself.
	Rows string `yaml:"rows"`
	// Unfold is a way through a row in JSON, participants.sessions, on which every list makes a row of each of its
	// elements; the row keeps its shape, with one element in the place of the list.
	Unfold string `yaml:"unfold"`
	// Pairs turns lists of pairs into objects, in JSON: custom_fields: [id, value] makes {"7": "x"} of
	// [{"id": 7, "value": "x"}], so that custom_fields.7 is a place.
	Pairs map[string][]string `yaml:"pairs"`
	// Null lists the texts that mean nothing. Default: only the empty one.
	Null []string `yaml:"null"`
	// Encoding is utf-8, utf-16 (with a byte order mark), utf-16le, utf-16be, windows-1250 to -1254, windows-1257,
	// iso-8859-1, -2, -15 or macintosh. Default: what a byte order mark says, else utf-8.
	Encoding string `yaml:"encoding"`
	// Optional makes it no error when no file matches.
	Optional bool `yaml:"optional"`
}

const (
	formatCSV     = "csv"
	formatTSV     = "tsv"
	formatJSONL   = "jsonl"
	formatJSON    = "json"
	formatParquet = "parquet"
	formatXLSX    = "xlsx"
	formatODS     = "ods"
)

// endings of the formats and compressions, without the dot.
var (
	formats      = map[string]string{"csv": formatCSV, "tsv": formatTSV, "tab": formatTSV, "jsonl": formatJSONL, "ndjson": formatJSONL, "json": formatJSON, "xlsx": formatXLSX, "xlsm": formatXLSX, "ods": formatODS, "parquet": formatParquet, "pq": formatParquet}
	compressions = map[string]string{"gz": "gzip", "zst": "zstd"}
)

// Check returns every mistake, with paths that begin with "file.".
func (c Config) Check() connectors.Problems {
	var ps connectors.Problems
	add := func(path, message, hint string) {
		ps = append(ps, connectors.MappingProblem{Path: "file." + path, Message: message, Hint: hint})
	}
	oneOf := func(path, word string, allowed ...string) {
		if word != "" && !slices.Contains(allowed, word) {
			add(path, fmt.Sprintf("unknown %s %q", path, word), connectors.Suggest(word, allowed))
		}
	}
	if c.Path == "" {
		add("path", "names no file", "give a file, a folder or a pattern: exports/*.csv")
	} else if _, err := filepath.Match(c.Path, ""); err != nil {
		add("path", fmt.Sprintf("%q is no pattern: a bracket is not closed", c.Path), `close it, or write \[ for the letter itself`)
	}
	c.checkStore(add)
	oneOf("format", c.Format, formatCSV, formatTSV, formatXLSX, formatODS, formatJSONL, formatJSON, formatParquet)
	oneOf("compression", c.Compression, "none", "gzip", "zstd")
	oneOf("encoding", c.Encoding, encodings()...)

	text := c.Format == "" || c.Format == formatCSV || c.Format == formatTSV
	book := c.Format == "" || c.Format == formatXLSX || c.Format == formatODS
	only := func(path string, given, right bool, where string) {
		if given && !right {
			add(path, path+" is for "+where+" only", "leave it out")
		}
	}
	only("delimiter", c.Delimiter != "", text, "csv and tsv")
	for _, k := range []struct {
		path  string
		given bool
	}{{"header_rows", c.HeaderRows != 0}, {"name_row", c.NameRow != 0}, {"columns", c.Columns != nil}, {"label_row", c.LabelRow != 0}, {"import_row", c.ImportRow != 0}, {"stop", c.Stop != ""}} {
		only(k.path, k.given, text || book, "tables (csv, tsv, xlsx, ods)")
	}
	only("sheet", c.Sheet != "", book, "workbooks (xlsx, ods)")
	only("range", c.Range != "", book, "workbooks (xlsx, ods)")
	if c.Range != "" && book {
		if _, err := parseArea(c.Range); err != nil {
			add("range", err.Error(), "write B4:H900, or B4:H and B4 for all rows below")
		}
	}
	text = text || book
	for _, r := range []struct {
		path string
		row  int
	}{{"label_row", c.LabelRow}, {"import_row", c.ImportRow}} {
		if r.row != 0 && text && (r.row < 1 || r.row > c.headerRows() || r.row == c.nameRow() || c.Columns != nil) {
			add(r.path, fmt.Sprintf("row %d is no other one of the %d header rows", r.row, c.headerRows()), "count from 1, or raise header_rows; there is none with columns:")
		}
	}
	inJSON := c.Format == "" || c.Format == formatJSON || c.Format == formatJSONL
	for _, k := range []struct {
		path  string
		given bool
	}{{"rows", c.Rows != ""}, {"unfold", c.Unfold != ""}, {"pairs", c.Pairs != nil}} {
		if k.given && !inJSON {
			add(k.path, k.path+" is for json and jsonl only", "leave it out")
		}
	}
	way := func(path, way string) {
		if way != "" && way != "." && slices.Contains(strings.Split(way, "."), "") {
			add(path, fmt.Sprintf("a part of the way %q is empty", way), "write the keys with a dot between them: data.items")
		}
	}
	way("rows", c.Rows)
	way("unfold", c.Unfold)
	for _, list := range slices.Sorted(maps.Keys(c.Pairs)) {
		way("pairs", list)
		if names := c.Pairs[list]; len(names) != 2 || names[0] == "" || names[1] == "" {
			add("pairs."+list, "does not name the two parts of a pair", "write [id, value]")
		}
	}
	inside := map[string]string{formatParquet: "Parquet", formatXLSX: "a workbook", formatODS: "a workbook"}[c.Format]
	if inside != "" && c.Compression != "" && c.Compression != "none" {
		add("compression", inside+" is compressed inside", "leave it out")
	}
	if inside != "" && c.Encoding != "" {
		add("encoding", inside+" has no encoding of its own", "leave it out")
	}
	if d := c.Delimiter; d != "" && (len(d) != 1 || strings.ContainsAny(d, "\"\r\n\x00") || d[0] >= 0x80) {
		add("delimiter", fmt.Sprintf("%q is no delimiter", d), `give one character: ",", ";", "|" or "\t"`)
	}
	if c.HeaderRows < 0 || c.HeaderRows > 100 {
		add("header_rows", fmt.Sprintf("%d header rows are not possible", c.HeaderRows), "give the number of rows before the data, 1 to 100; with columns: 0")
	}
	if c.Columns != nil {
		if c.NameRow != 0 {
			add("name_row", "the columns are named already by columns:", "keep one of the two")
		}
		for i, name := range c.Columns {
			if slices.Contains(c.Columns[:i], name) {
				add(fmt.Sprintf("columns[%d]", i), fmt.Sprintf("names %q a second time", name), "")
			}
		}
	} else if c.NameRow < 0 || c.NameRow > c.headerRows() && c.HeaderRows >= 0 {
		add("name_row", fmt.Sprintf("row %d is none of the %d header rows", c.NameRow, c.headerRows()), "count from 1, or raise header_rows")
	}
	return ps
}

// Over lays a configuration over a base, such as a preset's: what it leaves open is the base's.
func (c Config) Over(base Config) Config {
	for _, s := range []struct{ into, base *string }{
		{&c.Path, &base.Path}, {&c.Format, &base.Format}, {&c.Compression, &base.Compression}, {&c.Delimiter, &base.Delimiter},
		{&c.Sheet, &base.Sheet}, {&c.Range, &base.Range}, {&c.Stop, &base.Stop}, {&c.Rows, &base.Rows}, {&c.Unfold, &base.Unfold}, {&c.Encoding, &base.Encoding},
	} {
		if *s.into == "" {
			*s.into = *s.base
		}
	}
	for _, n := range []struct{ into, base *int }{
		{&c.HeaderRows, &base.HeaderRows}, {&c.NameRow, &base.NameRow}, {&c.LabelRow, &base.LabelRow}, {&c.ImportRow, &base.ImportRow},
	} {
		if *n.into == 0 {
			*n.into = *n.base
		}
	}
	if c.Columns == nil {
		c.Columns = base.Columns
	}
	if c.Null == nil {
		c.Null = base.Null
	}
	if c.Pairs == nil {
		c.Pairs = base.Pairs
	}
	if c.Store == nil {
		c.Store = base.Store
	}
	c.Optional = c.Optional || base.Optional
	return c
}

// Nulls are the texts that mean nothing, for connectors.BinderOptions.
func (c *Config) Nulls() []string {
	if c.Null == nil {
		return []string{""}
	}
	return c.Null
}

func (c *Config) delimiter() byte {
	if c.Delimiter != "" {
		return c.Delimiter[0]
	}
	if c.Format == formatTSV {
		return '\t'
	}
	return ','
}

func (c *Config) headerRows() int {
	if c.HeaderRows == 0 && c.Columns == nil {
		return 1
	}
	return c.HeaderRows
}

func (c *Config) nameRow() int { return max(c.NameRow, 1) }

// of gives format and compression of a file by its name where the configuration leaves them open; "" if the name does
// not tell.
func (c *Config) of(path string) (format, compression string) {
	format, compression = c.Format, c.Compression
	name := strings.ToLower(filepath.Base(path))
	end := strings.TrimPrefix(filepath.Ext(name), ".")
	if packed, ok := compressions[end]; ok {
		if compression == "" {
			compression = packed
		}
		end = strings.TrimPrefix(filepath.Ext(strings.TrimSuffix(name, "."+end)), ".")
	}
	if format == "" {
		format = formats[end]
	}
	if compression == "" {
		compression = "none"
	}
	return format, compression
}

// belongs reports whether a file of a folder is one of the source's: its name ends as those of the format do.
func (c *Config) belongs(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return false
	}
	open := Config{}
	format, _ := open.of(name)
	return format != "" && (c.Format == "" || c.Format == format)
}
