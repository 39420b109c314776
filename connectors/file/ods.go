package file

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"insideout/connectors"
)

// odsSheet reads one sheet of an OpenDocument spreadsheet (ISO 26300): all sheets stand in one XML file.
type odsSheet struct {
	p      *part
	row    gridRow
	again  int64 // how often the row at hand comes again
	text   []byte
	column int // of the next cell
}

func openODS(a *archive, want string) (sheet, func(), error) {
	var names, looks []string
	unseen := map[string]bool{} // styles of hidden tables
	style := ""
	p, err := a.part("content.xml", maxBook)
	if err != nil {
		return nil, nil, err
	}
	err = p.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "style":
			style = attr(e, "name")
		case "table-properties":
			unseen[style] = attr(e, "display") == "false"
		case "table":
			names, looks = append(names, attr(e, "name")), append(looks, attr(e, "style-name"))
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	var hidden []bool
	for _, look := range looks {
		hidden = append(hidden, unseen[look])
	}
	at, err := pick(want, names, hidden)
	if err != nil {
		return nil, nil, err
	}
	a.left = maxBook // the first reading held nothing
	s := &odsSheet{}
	if s.p, err = a.part("content.xml", maxBook); err != nil {
		return nil, nil, err
	}
	for at >= 0 {
		t, err := s.p.next()
		if err != nil {
			s.p.close()
			return nil, nil, err
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "table" {
			at--
		}
	}
	return s, s.p.close, nil
}

func (s *odsSheet) next() (*gridRow, error) {
	if s.again > 0 {
		s.again--
		s.row.number++
		again := s.row // the reader cuts its cells
		return &again, nil
	}
	inRow := false
	for {
		t, err := s.p.within()
		if err != nil {
			return nil, err
		}
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "table-row":
				n, err := repeats(e, "number-rows-repeated", maxSheet)
				if err != nil {
					return nil, err
				}
				s.row = gridRow{number: s.row.number + s.again + 1, cells: s.row.cells[:0]}
				s.again, s.text, s.column, inRow = n-1, s.text[:0], 0, true
			case "table-cell", "covered-table-cell":
				if inRow {
					if err := s.cell(e); err != nil {
						return nil, err
					}
				}
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "table":
				return nil, io.EOF
			case "table-row":
				inRow = false
				if s.row.number+s.again > maxSheet {
					s.again = max(0, maxSheet-s.row.number)
				}
				if len(s.row.cells) == 0 {
					s.row.number += s.again
					s.again = 0
					continue
				}
				first := s.row
				return &first, nil
			}
		}
	}
}

// repeats reads how often a row or cell stands there.
func repeats(e xml.StartElement, name string, most int64) (int64, error) {
	word := attr(e, name)
	if word == "" {
		return 1, nil
	}
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("it is a broken workbook: %s=%q", name, word)
	}
	return n, nil
}

// cell reads one cell, as often as it stands there.
func (s *odsSheet) cell(e xml.StartElement) error {
	n, err := repeats(e, "number-columns-repeated", maxColumns)
	if err != nil {
		return err
	}
	written, err := s.written(e.Name.Local)
	if err != nil {
		return err
	}
	v, err := s.valueOf(e, written)
	if err != nil {
		return fmt.Errorf("cell %s%d: %w", columnName(s.column), s.row.number, err)
	}
	s.column += int(n)
	if s.column > maxColumns {
		return fmt.Errorf("it is a broken workbook: row %d has more than %d columns", s.row.number, maxColumns)
	}
	if len(v.Bytes) == 0 {
		return nil
	}
	for len(s.row.cells) < s.column-int(n) {
		s.row.cells = append(s.row.cells, connectors.Value{})
	}
	for range n {
		s.row.cells = append(s.row.cells, v)
		s.row.size += len(v.Bytes)
	}
	return nil
}

// written is the text of a cell: its paragraphs, without notes and drawings.
func (s *odsSheet) written(element string) ([]byte, error) {
	from, aside, paragraphs, depth := len(s.text), 0, 0, 0
	for {
		t, err := s.p.within()
		if err != nil {
			return nil, err
		}
		switch e := t.(type) {
		case xml.StartElement:
			switch {
			case aside > 0 || e.Name.Local == "annotation" || e.Name.Space == "draw":
				aside++
			case e.Name.Local == "p":
				if depth++; paragraphs > 0 {
					s.text = append(s.text, '\n')
				}
				paragraphs++
			case e.Name.Local == "s":
				n, err := repeats(e, "c", maxPart)
				if err != nil {
					return nil, err
				}
				s.text = append(s.text, strings.Repeat(" ", int(n))...)
			case e.Name.Local == "tab":
				s.text = append(s.text, '\t')
			case e.Name.Local == "line-break":
				s.text = append(s.text, '\n')
			}
		case xml.EndElement:
			switch {
			case aside > 0:
				aside--
			case e.Name.Local == "p":
				depth--
			case e.Name.Local == element:
				return s.text[from:len(s.text):len(s.text)], nil
			}
		case xml.CharData:
			if aside == 0 && depth > 0 {
				s.text = append(s.text, e...)
			}
		}
		if len(s.text)-from > MaxRow {
			return nil, fmt.Errorf("a cell of row %d has more than %d MiB of text", s.row.number, MaxRow>>20)
		}
	}
}

// valueOf says what a cell holds.
func (s *odsSheet) valueOf(e xml.StartElement, written []byte) (v connectors.Value, err error) {
	kind, failed := "", false
	for _, a := range e.Attr {
		if a.Name.Local == "value-type" {
			failed = failed || a.Value == "error" // the older attribute says string beside it
			if a.Name.Space == "office" {
				kind = a.Value
			}
		}
	}
	keep := func(kind connectors.ValueKind, text string) (connectors.Value, error) {
		from := len(s.text)
		s.text = append(s.text, text...)
		return connectors.Value{Kind: kind, Bytes: s.text[from:len(s.text):len(s.text)]}, nil
	}
	if failed {
		return connectors.Value{Kind: connectors.Broken, Bytes: written}, nil
	}
	switch kind {
	case "float", "currency":
		s.text, v = number(s.text, []byte(attr(e, "value")), plainNumber, false)
		return v, nil
	case "percentage":
		s.text, v = number(s.text, []byte(attr(e, "value")), percentNumber, false)
		return v, nil
	case "date":
		return keep(connectors.Moment, strings.TrimSuffix(attr(e, "date-value"), "Z"))
	case "time":
		length, err := time.ParseDuration(strings.ToLower(strings.TrimPrefix(attr(e, "time-value"), "PT")))
		if err != nil {
			return keep(connectors.Broken, attr(e, "time-value"))
		}
		return keep(connectors.String, fmt.Sprintf("%02d:%02d:%02d", int(length.Hours()), int(length.Minutes())%60, int(length.Seconds())%60))
	case "boolean":
		return keep(connectors.Boolean, attr(e, "boolean-value"))
	}
	if text := attr(e, "string-value"); text != "" {
		return keep(connectors.String, text)
	}
	return connectors.Value{Kind: connectors.String, Bytes: written}, nil
}
