package file

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"insideout/connectors"
)

// xlsxSheet reads one sheet of an Office Open XML workbook (ECMA-376, part 1, chapter 18).
type xlsxSheet struct {
	p         *part
	texts     *textList
	shapes    []int // of numbers, by the style of the cell
	after1904 bool
	row       gridRow
	text      []byte // of the row
	value     []byte // of the cell
}

// openXLSX finds the sheet and reads what all sheets share.
func openXLSX(a *archive, want string) (sheet, func(), error) {
	main, err := relation(a, "", "/officeDocument")
	if err != nil {
		return nil, nil, err
	}
	if main == "" {
		return nil, nil, fmt.Errorf("it is no Excel workbook: nothing in it says that it is one")
	}
	s := &xlsxSheet{texts: &textList{}}
	var names, ids []string
	var hidden []bool
	book, err := a.part(main, maxPart)
	if err != nil {
		return nil, nil, err
	}
	err = book.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			s.after1904 = isTrue(attr(e, "date1904"))
		case "sheet":
			id := ""
			for _, at := range e.Attr {
				if at.Name.Space != "" && at.Name.Local == "id" {
					id = at.Value
				}
			}
			names, ids = append(names, attr(e, "name")), append(ids, id)
			hidden = append(hidden, strings.Contains(strings.ToLower(attr(e, "state")), "hidden"))
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	at, err := pick(want, names, hidden)
	if err != nil {
		return nil, nil, err
	}
	for _, shared := range []struct {
		kind string
		read func(p *part) error
		size int64
	}{{"/sharedStrings", s.texts.read, maxBook}, {"/styles", s.styles, maxPart}} {
		name, err := relation(a, main, shared.kind)
		if err != nil {
			return nil, nil, err
		}
		if name == "" {
			continue
		}
		p, err := a.part(name, shared.size)
		if err != nil {
			return nil, nil, err
		}
		if err := shared.read(p); err != nil {
			return nil, nil, err
		}
	}
	name, err := relation(a, main, "id:"+ids[at])
	if err != nil {
		return nil, nil, err
	}
	if name == "" {
		return nil, nil, fmt.Errorf("it is no whole workbook: sheet %q is missing", names[at])
	}
	if s.p, err = a.part(name, maxBook); err != nil {
		return nil, nil, err
	}
	return s, s.p.close, nil
}

// relation finds the part that another one names, by the end of its kind or by id:<id>; "" for none. of is "" for the
// archive itself.
func relation(a *archive, of, kind string) (string, error) {
	dir, name := path.Split(of)
	p, err := a.part(dir+"_rels/"+name+".rels", maxPart)
	if err != nil {
		return "", err
	}
	found := ""
	err = p.each(func(e xml.StartElement) error {
		id, byID := strings.CutPrefix(kind, "id:")
		if e.Name.Local != "Relationship" || byID && attr(e, "Id") != id || !byID && !strings.HasSuffix(attr(e, "Type"), kind) {
			return nil
		}
		if found = attr(e, "Target"); !strings.HasPrefix(found, "/") {
			found = dir + found
		}
		return nil
	})
	return found, err
}

func isTrue(s string) bool { return s == "1" || s == "true" }

// styles reads which styles of cells show dates, and which percentages.
func (s *xlsxSheet) styles(p *part) error {
	own := map[int]int{}
	inside := false
	defer p.close()
	for {
		t, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "numFmt":
				if id, err := strconv.Atoi(attr(e, "numFmtId")); err == nil {
					own[id] = shapeOf(attr(e, "formatCode"))
				}
			case "cellXfs":
				inside = true
			case "xf":
				if !inside {
					continue
				}
				id, _ := strconv.Atoi(attr(e, "numFmtId"))
				shape, ok := own[id]
				switch {
				case ok:
				case id >= 14 && id <= 22, id >= 27 && id <= 36, id == 45, id == 47, id >= 50 && id <= 58:
					shape = dateNumber
				case id == 9, id == 10:
					shape = percentNumber
				}
				s.shapes = append(s.shapes, shape)
			}
		case xml.EndElement:
			if e.Name.Local == "cellXfs" {
				inside = false
			}
		}
	}
}

// shapeOf tells what a format shows: a date or time has one of the letters y, m, d, h, s outside of quotes and brackets. A
// length of time ([h]:mm) is none: it has no day, and its number is a number of days.
func shapeOf(format string) int {
	shape := plainNumber
	for i := 0; i < len(format); i++ {
		switch c := format[i] | 0x20; {
		case format[i] == ';':
			return shape // what follows is for negative numbers
		case format[i] == '"':
			n := strings.IndexByte(format[i+1:], '"')
			if n < 0 {
				return shape
			}
			i += n + 1
		case format[i] == '\\' || format[i] == '_' || format[i] == '*':
			i++
		case format[i] == '[':
			n := strings.IndexByte(format[i:], ']')
			if n < 0 {
				return shape
			}
			if word := strings.ToLower(format[i+1 : i+n]); strings.Trim(word, "h") == "" || strings.Trim(word, "m") == "" || strings.Trim(word, "s") == "" {
				return plainNumber
			}
			i += n
		case strings.HasPrefix(strings.ToLower(format[i:]), "general"):
			i += len("general") - 1
		case c == 'y' || c == 'm' || c == 'd' || c == 'h' || c == 's':
			shape = dateNumber
		case format[i] == '%' && shape == plainNumber:
			shape = percentNumber
		}
	}
	return shape
}

// textList is the texts that cells share, one behind the other.
type textList struct {
	text []byte
	ends []int
}

func (l *textList) read(p *part) error {
	defer p.close()
	reading, phonetic := false, false
	for {
		t, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.StartElement:
			reading = e.Name.Local == "t" && !phonetic
			phonetic = phonetic || e.Name.Local == "rPh"
		case xml.EndElement:
			reading = false
			switch e.Name.Local {
			case "rPh":
				phonetic = false
			case "si":
				l.ends = append(l.ends, len(l.text))
			}
		case xml.CharData:
			if reading {
				l.text = append(l.text, unescaped(e)...)
			}
		}
		if len(l.text)+8*len(l.ends) > maxTexts {
			return &adviceError{fmt.Sprintf("the texts of the workbook have more than %d MiB", maxTexts>>20), "save the sheet as CSV"}
		}
	}
}

// at gives a text by its number.
func (l *textList) at(i int) ([]byte, bool) {
	if i < 0 || i >= len(l.ends) {
		return nil, false
	}
	from := 0
	if i > 0 {
		from = l.ends[i-1]
	}
	return l.text[from:l.ends[i]:l.ends[i]], true
}

// unescaped replaces _x000D_ and the like, which stand for letters that XML cannot have.
func unescaped(b []byte) []byte {
	if !bytes.Contains(b, []byte("_x")) {
		return b
	}
	var out []byte
	for {
		i := bytes.Index(b, []byte("_x"))
		if i < 0 || len(b) < i+7 {
			return append(out, b...)
		}
		code, err := strconv.ParseUint(string(b[i+2:i+6]), 16, 16)
		if err != nil || b[i+6] != '_' {
			out = append(out, b[:i+2]...)
			b = b[i+2:]
			continue
		}
		out = utf8.AppendRune(append(out, b[:i]...), rune(code))
		b = b[i+7:]
	}
}

func (s *xlsxSheet) next() (*gridRow, error) {
	inRow := false
	for {
		t, err := s.p.next()
		if err == io.EOF && inRow {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		switch e := t.(type) {
		case xml.StartElement:
			switch {
			case e.Name.Local == "row":
				inRow = true
				if err := s.begin(attr(e, "r")); err != nil {
					return nil, err
				}
			case e.Name.Local == "c" && inRow:
				if err := s.cell(e); err != nil {
					return nil, err
				}
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "row":
				got := s.row // the reader cuts its cells
				return &got, nil
			case "sheetData":
				return nil, io.EOF // what follows is no data
			}
		}
	}
}

// begin starts a row.
func (s *xlsxSheet) begin(number string) error {
	n := s.row.number + 1
	if number != "" {
		var err error
		if n, err = strconv.ParseInt(number, 10, 32); err != nil || n <= s.row.number {
			return fmt.Errorf("it is a broken workbook: row %q follows row %d", number, s.row.number)
		}
	}
	if n > maxSheet {
		return fmt.Errorf("it is a broken workbook: it has a row %d", n)
	}
	s.row = gridRow{number: n, cells: s.row.cells[:0]}
	s.text = s.text[:0]
	return nil
}

// cell reads one cell and puts it in its column.
func (s *xlsxSheet) cell(e xml.StartElement) error {
	column := len(s.row.cells)
	if name := attr(e, "r"); name != "" {
		var ok bool
		if column, _, ok = cellName(name); !ok || column < len(s.row.cells) {
			return fmt.Errorf("it is a broken workbook: a cell %q in row %d", name, s.row.number)
		}
	}
	if column >= maxColumns {
		return fmt.Errorf("it is a broken workbook: row %d has more than %d columns", s.row.number, maxColumns)
	}
	kind, style := attr(e, "t"), attr(e, "s")
	formula, err := s.content(kind == "inlineStr")
	if err != nil {
		return err
	}
	v, err := s.valueOf(kind, style, formula)
	if err != nil {
		return fmt.Errorf("cell %s%d: %w", columnName(column), s.row.number, err)
	}
	for len(s.row.cells) < column {
		s.row.cells = append(s.row.cells, connectors.Value{})
	}
	s.row.cells = append(s.row.cells, v)
	s.row.size += len(v.Bytes)
	return nil
}

// content reads a cell to its end: the stored value, or the text that stands in it, into s.value.
func (s *xlsxSheet) content(inline bool) (formula bool, err error) {
	s.value = s.value[:0]
	reading, phonetic := false, false
	for {
		t, err := s.p.within()
		if err != nil {
			return false, err
		}
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "f":
				formula = true
			case "rPh":
				phonetic = true
			case "v":
				reading = !inline
			case "t":
				reading = inline && !phonetic
			}
		case xml.EndElement:
			reading = false
			switch e.Name.Local {
			case "rPh":
				phonetic = false
			case "c":
				return formula, nil
			}
		case xml.CharData:
			if reading {
				s.value = append(s.value, e...)
			}
		}
	}
}

// valueOf says what a cell holds.
func (s *xlsxSheet) valueOf(kind, style string, formula bool) (connectors.Value, error) {
	if len(s.value) == 0 && kind != "inlineStr" {
		if formula {
			return connectors.Value{Kind: connectors.Broken, Bytes: []byte("(a formula without a result)")}, nil
		}
		return connectors.Value{}, nil
	}
	keep := func(kind connectors.ValueKind, text []byte) connectors.Value {
		from := len(s.text)
		s.text = append(s.text, text...)
		return connectors.Value{Kind: kind, Bytes: s.text[from:len(s.text):len(s.text)]}
	}
	switch kind {
	case "s":
		i, err := strconv.Atoi(string(s.value))
		text, ok := s.texts.at(i)
		if err != nil || !ok {
			return connectors.Value{}, fmt.Errorf("it is a broken workbook: there is no text %q", s.value)
		}
		return connectors.Value{Kind: connectors.String, Bytes: text}, nil
	case "str", "inlineStr":
		return keep(connectors.String, unescaped(s.value)), nil
	case "b":
		word := "false"
		if isTrue(string(s.value)) {
			word = "true"
		}
		return keep(connectors.Boolean, []byte(word)), nil
	case "e":
		return keep(connectors.Broken, s.value), nil
	case "d":
		return keep(connectors.Moment, bytes.TrimSuffix(s.value, []byte("Z"))), nil
	}
	shape := plainNumber
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(s.shapes) {
		shape = s.shapes[i]
	}
	var v connectors.Value
	s.text, v = number(s.text, s.value, shape, s.after1904)
	return v, nil
}
