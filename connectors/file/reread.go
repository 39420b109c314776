package file

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"unicode/utf8"

	"insideout/connectors"
	"insideout/models"
)

// Reread implements connectors.Rereader. A row of JSON is whole in itself. One of CSV needs the names of its columns: from the
// configuration; from the file, if one with the same content is still there, because then a mended header_rows counts; else
// from what was kept with it. A row of a sheet or a Parquet file is made of its cells as they were kept. What was cut off or
// ended half-way is no row; it is left as it is.
func (s *Source) Reread(ctx context.Context, r *models.Reject) (*models.Reading, error) {
	switch r.Code {
	case connectors.CodeTooLarge:
		return nil, unkept("only the beginning of it was kept")
	case connectors.CodeTruncated:
		return nil, unkept("it ended half-way; the whole file is loaded when it is complete")
	}
	format, _ := s.config.of(r.Label)
	var rows rows
	switch {
	case format == formatCSV || format == formatTSV:
		table, err := s.columns(ctx, r, format)
		if err != nil {
			return nil, err
		}
		eol := byte('\n')
		if table.in != nil {
			eol = table.in.eol
		}
		table.in = oneLine(s.text(r.Raw), eol)
		s.binder.InZone(table.zones)
		rows = table
	case (format == formatJSON || format == formatJSONL) && s.x != nil:
		if shape := newShaper(&s.config); shape != nil {
			// What was taken apart is kept in parts, and taking a part apart again changes nothing.
			if all, err := shape.rows(r.Raw); err != nil || len(all) != 1 || !bytes.Equal(all[0], r.Raw) {
				return nil, unkept("it was not taken apart by unfold: and pairs: as they are now")
			}
		}
		s.binder.InZone(nil)
		text := bytes.ReplaceAll(r.Raw, []byte("\n"), []byte(" ")) // an object of a document may have lines; in a text they are escaped
		rows = &jsonRows{in: oneLine(text, '\n'), x: s.x}
	case format == formatXLSX || format == formatODS || format == formatParquet:
		if r.Beside == nil {
			return nil, unkept("not all of its cells were kept when it was rejected")
		}
		h, kept, err := unkeep(r.Beside)
		if err != nil {
			return nil, unkept("what was kept of its columns is damaged: run verify")
		}
		if err := h.find(&s.config, s.binder.Places(), s.optional()); err != nil {
			return nil, unkept(err.Error())
		}
		t, err := unkeepRow(r.Raw, h.names, kept)
		if err != nil {
			return nil, unkept("its cells cannot be told from what was kept: " + err.Error())
		}
		s.binder.InZone(h.zones)
		rows = newTable(t, h, s.config.Nulls())
	default:
		return nil, unkept("it is no text of this format")
	}
	got, err := rows.next(s.values)
	switch {
	case err == io.EOF:
		return nil, unkept("it is no row now")
	case err != nil:
		return nil, err
	case got.bad != nil:
		return &models.Reading{Reject: &models.Reject{Code: got.bad.Code, Detail: got.bad.Detail}}, nil
	}
	if table, ok := rows.(*csvRows); ok && len(table.in.rest()) > 0 {
		return nil, unkept("it would be several rows now")
	}
	if s.named >= 0 {
		s.values[s.named] = connectors.Value{Kind: connectors.String, Bytes: []byte(path.Base(r.Label))}
	}
	return s.binder.Reread(s.values, rows.rest, r.Position), nil
}

func unkept(why string) error { return &connectors.UnkeptError{Why: why} }

// oneLine is a buffer that holds one line and nothing else.
func oneLine(text []byte, eol byte) *buffer {
	text = append(bytes.Clone(text), eol)
	return &buffer{b: text, end: len(text), err: io.EOF, eol: eol}
}

// text decodes a row if it was taken for UTF-8 and is not. What had been decoded is UTF-8 but for the byte
// that stands for what has no meaning; any other byte that is not tells that nothing had been.
func (s *Source) text(raw []byte) []byte {
	if c := charmaps[s.config.Encoding]; c != nil && foreign(raw) {
		table := newBytewise(nil, c).table
		var text []byte
		for _, b := range raw {
			text = append(text, table[b]...)
		}
		raw = text
	}
	return raw
}

func foreign(raw []byte) bool {
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		if r == utf8.RuneError && n == 1 && raw[0] != wrong {
			return true
		}
		raw = raw[n:]
	}
	return false
}

// columnHead is the header of a CSV file, or why it cannot be had.
type columnHead struct {
	table *csvRows
	err   error
}

// columns is the header of the file that a row came from.
func (s *Source) columns(ctx context.Context, r *models.Reject, format string) (*csvRows, error) {
	if h, ok := s.heads[r.Stream]; ok {
		return h.table, h.err
	}
	if s.heads == nil {
		s.heads = map[string]columnHead{}
	}
	var h columnHead
	if s.config.Columns != nil && s.config.ImportRow == 0 {
		h.table = &csvRows{header: header{names: s.config.Columns}, comma: s.delimited(format), null: s.config.Nulls(), stop: stopRule(s.config.Stop)}
		if err := h.table.find(&s.config, s.binder.Places(), s.optional()); err != nil {
			h.err = unkept(err.Error())
		}
	} else if h.table, h.err = s.header(ctx, r); ctx.Err() != nil {
		return nil, ctx.Err()
	} else if h.err != nil && r.Beside != nil {
		if head, _, err := unkeep(r.Beside); err == nil {
			table := &csvRows{header: head, comma: s.delimited(format), null: s.config.Nulls(), stop: stopRule(s.config.Stop)}
			if err := table.find(&s.config, s.binder.Places(), s.optional()); err != nil {
				h.err = unkept(err.Error())
			} else {
				h.table, h.err = table, nil
			}
		}
	}
	s.heads[r.Stream] = h
	return h.table, h.err
}

func (s *Source) delimited(format string) byte {
	c := s.config
	c.Format = format
	return c.delimiter()
}

// header reads the header of the file with the content that a row came from, whatever the file is called now.
func (s *Source) header(ctx context.Context, r *models.Reject) (*csvRows, error) {
	gone := unkept("its file is no longer there, and the header names the columns -> put the file back, or give columns:")
	paths, inside, err := s.list()
	if err != nil {
		return nil, gone
	}
	for _, named := range []bool{true, false} {
		for _, path := range paths {
			if (s.label(path) == r.Label) != named {
				continue
			}
			table, found, err := s.headerOf(ctx, path, inside, r.Stream)
			if err != nil {
				return nil, unkept(err.Error())
			}
			if found {
				return table, nil
			}
		}
	}
	return nil, gone
}

func (s *Source) headerOf(ctx context.Context, path, inside, hash string) (table *csvRows, found bool, err error) {
	o, err := open(ctx, path, inside, nil)
	if err != nil {
		return nil, false, s.explain(path, err)
	}
	defer o.f.Close()
	if o.hash != hash {
		return nil, false, nil
	}
	rows, done, err := s.rows(ctx, o, path)
	if err != nil {
		return nil, false, s.explain(path, err)
	}
	defer done()
	table, ok := rows.(*csvRows)
	if !ok {
		return nil, false, s.explain(path, errors.New("it is no CSV file now"))
	}
	return table, true, nil
}
