package file

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"insideout/connectors"
	"insideout/connectors/conformance"
)

// workbook writes a workbook with excelize.
func workbook(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// grid reads all rows of a workbook: "line: kind text | kind text".
func grid(t testing.TB, text []byte, format string, c Config) ([]string, error) {
	t.Helper()
	w, h, err := openWorkbook(bytes.NewReader(text), int64(len(text)), format, &c)
	if err != nil {
		return nil, err
	}
	defer w.close()
	if err := h.find(&c, nil, nil); err != nil {
		return nil, err
	}
	out := []string{strings.Join(h.names, " | ")}
	values := make([]connectors.Value, len(h.names))
	for {
		got, err := w.next(values)
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		if got.bad != nil {
			out = append(out, fmt.Sprintf("%d: %s", got.line, got.bad.Detail))
			continue
		}
		var cells []string
		for _, v := range values {
			kind := map[connectors.ValueKind]string{connectors.Absent: "-", connectors.String: "s", connectors.Number: "n", connectors.Boolean: "b", connectors.Moment: "d", connectors.Broken: "!"}[v.Kind]
			cells = append(cells, strings.TrimSpace(kind+" "+string(v.Bytes)))
		}
		out = append(out, fmt.Sprintf("%d: %s", got.line, strings.Join(cells, " | ")))
	}
}

func TestXLSX_Cells(t *testing.T) {
	style := func(f *excelize.File, cell, code string) {
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
		must(t, err)
		must(t, f.SetCellStyle("Sheet1", cell, cell, id))
	}
	text := workbook(t, func(f *excelize.File) {
		set := func(cell string, v any) { must(t, f.SetCellValue("Sheet1", cell, v)) }
		for i, v := range []any{"id", "value", "when", "share", "odd"} {
			set(fmt.Sprintf("%c1", 'A'+i), v)
		}
		set("A2", "00501")
		set("B2", 7.9)
		set("C2", 45661.0) // 2025-01-04
		style(f, "C2", "dd/mm/yyyy")
		set("D2", 0.45)
		style(f, "D2", "0%")
		set("A3", 12345)
		set("B3", 0.3)
		set("C3", 45661.75)
		style(f, "C3", `[$-409]d-mmm-yy" at "h:mm;@`)
		set("D3", 0.07)
		style(f, "D3", "0.0%")
		set("E3", true)
		set("A5", 12345678901234567)
		set("B5", "#N/A")
		must(t, f.SetCellFormula("Sheet1", "C5", "A1&A2"))
		set("D5", 0.5)
		style(f, "D5", "[h]:mm")
		set("E5", "two\nlines")
		set("C6", 0.75)
		style(f, "C6", "hh:mm")
		set("D6", 60)
		style(f, "D6", "yyyy-mm-dd")
		set("E6", 3)
		style(f, "E6", `0.0 "days";[Red]-0.0`)
	})
	got, err := grid(t, text, formatXLSX, Config{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"id | value | when | share | odd",
		"2: s 00501 | n 7.9 | d 2025-01-04 | s 45% | -",
		"3: n 12345 | n 0.3 | d 2025-01-04T18:00:00 | s 7% | b true",
		"5: ! 12345678901234567 | s #N/A | ! (a formula without a result) | n 0.5 | s two\nlines",
		"6: - | - | s 18:00:00 | ! 60 | n 3",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// The days are those of the standard's own examples and of the calendar: 1 is 1900-01-01, 59 the last of February, 61 the
// first of March; in the other epoch 0 is 1904-01-01.
func TestSerial(t *testing.T) {
	for _, c := range []struct {
		v         float64
		after1904 bool
		want      string
		kind      connectors.ValueKind
	}{
		{1, false, "1900-01-01", connectors.Moment}, {59, false, "1900-02-28", connectors.Moment}, {60, false, "", connectors.Broken}, {61, false, "1900-03-01", connectors.Moment},
		{44197, false, "2021-01-01", connectors.Moment}, {44197.000011574074, false, "2021-01-01T00:00:01", connectors.Moment}, {2958465, false, "9999-12-31", connectors.Moment}, {2958466, false, "", connectors.Broken},
		{0, true, "1904-01-01", connectors.Moment}, {42735, true, "2021-01-01", connectors.Moment}, {60, true, "1904-03-01", connectors.Moment},
		{-1, false, "", connectors.Broken}, {0.25, false, "06:00:00", connectors.String}, {44196.99999999999, false, "2021-01-01", connectors.Moment},
	} {
		if got, kind := serial(c.v, c.after1904); got != c.want || kind != c.kind {
			t.Errorf("%v, %v: %q of kind %d, want %q of kind %d", c.v, c.after1904, got, kind, c.want, c.kind)
		}
	}
}

func TestShapeOf(t *testing.T) {
	for format, want := range map[string]int{
		"General": plainNumber, "0.00": plainNumber, "#,##0;[Red]-#,##0": plainNumber, "0.00E+00": plainNumber, `0 "days"`: plainNumber, `\d0`: plainNumber,
		"dd/mm/yyyy": dateNumber, "m/d/yy h:mm": dateNumber, "[$-F800]dddd, mmmm dd, yyyy": dateNumber, "mmm-yy;@": dateNumber, "hh:mm:ss.000": dateNumber, "yyyy\"y\"": dateNumber,
		"[h]:mm:ss": plainNumber, "[mm]:ss": plainNumber, "0%": percentNumber, "0.00%": percentNumber, `0" %"`: plainNumber, `0\%`: plainNumber, `"open`: plainNumber, "[open": plainNumber,
	} {
		if got := shapeOf(format); got != want {
			t.Errorf("%s: %d, want %d", format, got, want)
		}
	}
}

func TestHundredfold(t *testing.T) {
	for in, want := range map[string]string{"0.45": "45", "0.07": "7", "1": "100", "0.455": "45.5", "-0.5": "-50", "0": "0", "0.001": "0.1", "12.3456": "1234.56", "0.30000000000000004": "30.000000000000004"} {
		if got := string(hundredfold(nil, in)); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// sheetOf is a workbook of texts with title rows, a total and notes.
func sheetOf(t testing.TB) []byte {
	return workbook(t, func(f *excelize.File) {
		must(t, f.SetSheetName("Sheet1", "Scores"))
		for cell, v := range map[string]any{
			"B2": "Scores of May", "B4": "Team", "C4": "Score", "D4": nil, "C5": "NPS", "D5": "CES", "B6": "a", "C6": 1, "D6": 2, "B7": "b", "C7": 3, "D7": 4, "B9": "Total", "C9": 4, "D9": 6, "A11": "a note",
		} {
			must(t, f.SetCellValue("Scores", cell, v))
		}
		_, err := f.NewSheet("Notes")
		must(t, err)
		_, err = f.NewSheet("Secret")
		must(t, err)
		must(t, f.SetSheetVisible("Secret", false))
		must(t, f.SetCellValue("Secret", "A1", "x"))
	})
}

func TestWorkbook_FindsTheTable(t *testing.T) {
	text := sheetOf(t)
	names := "Team | Score / NPS | Score / CES"
	for name, c := range map[string]struct {
		config Config
		want   []string
		says   string
	}{
		"no sheet said":      {Config{}, nil, "it has 2 sheets that are not hidden"},
		"no such sheet":      {Config{Sheet: "Score"}, nil, `it has no sheet "Score"`},
		"a hidden one":       {Config{Sheet: "Secret"}, []string{"x"}, ""},
		"an empty one":       {Config{Sheet: "Notes"}, []string{""}, ""},
		"from a cell":        {Config{Sheet: "Scores", Range: "B4", HeaderRows: 2, LabelRow: 2}, []string{names, "6: s a | n 1 | n 2", "7: s b | n 3 | n 4", "9: s Total | n 4 | n 6"}, ""},
		"to a column":        {Config{Sheet: "Scores", Range: "B4:C", HeaderRows: 2, LabelRow: 2, Stop: "Total"}, []string{"Team | Score / NPS", "6: s a | n 1", "7: s b | n 3"}, ""},
		"to a cell":          {Config{Sheet: "Scores", Range: "$B$4:$D$6", HeaderRows: 2, LabelRow: 2}, []string{names, "6: s a | n 1 | n 2"}, ""},
		"to an empty row":    {Config{Sheet: "Scores", Range: "B4", HeaderRows: 2, LabelRow: 2, Stop: "empty_row"}, []string{names, "6: s a | n 1 | n 2", "7: s b | n 3 | n 4"}, ""},
		"names in row 4":     {Config{Sheet: "Scores", Range: "A1", HeaderRows: 4, NameRow: 4}, nil, "row 1 of the sheet is empty"},
		"cells beyond":       {Config{Sheet: "Scores", Range: "B2", Stop: "empty_row"}, []string{"Scores of May", "4: the row has cells up to column C, the header up to B -> correct range: or the sheet", "5: the row has cells up to column D, the header up to B -> correct range: or the sheet", "6: the row has cells up to column D, the header up to B -> correct range: or the sheet", "7: the row has cells up to column D, the header up to B -> correct range: or the sheet"}, ""},
		"names given":        {Config{Sheet: "Scores", Range: "B6:D7", Columns: []string{"t", "n", "c"}}, []string{"t | n | c", "6: s a | n 1 | n 2", "7: s b | n 3 | n 4"}, ""},
		"nothing in a range": {Config{Sheet: "Scores", Range: "K20:L30"}, []string{""}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := grid(t, text, formatXLSX, c.config)
			if c.says != "" {
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Fatalf("error = %v, want %q", err, c.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestParseArea(t *testing.T) {
	for in, want := range map[string]area{
		"B4": {1, maxColumns - 1, 4, maxSheet}, "b4:h900": {1, 7, 4, 900}, "$A$1:XFD": {0, maxColumns - 1, 1, maxSheet}, "AA10:AB": {26, 27, 10, maxSheet},
	} {
		if got, err := parseArea(in); err != nil || got != want {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "4", "B", "B0", "H4:B9", "B9:H4", "XFE1", "B4:", "B+4", "A1048577", "AAAAA1"} {
		if got, err := parseArea(in); err == nil {
			t.Errorf("%q is taken as %v", in, got)
		}
	}
}

// What is read of any cells is what excelize reads of them, and an independent writer wrote them.
func TestXLSX_AgreesWithExcelize(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		wide, long := rapid.IntRange(1, 6).Draw(r, "columns"), rapid.IntRange(1, 12).Draw(r, "rows")
		text := workbook(t, func(f *excelize.File) {
			for y := 1; y <= long; y++ {
				for x := 1; x <= wide; x++ {
					cell, err := excelize.CoordinatesToCellName(x, y)
					must(t, err)
					switch {
					case y == 1:
						must(t, f.SetCellValue("Sheet1", cell, fmt.Sprintf("c%d", x)))
					case rapid.Bool().Draw(r, "text"):
						must(t, f.SetCellStr("Sheet1", cell, rapid.SampledFrom([]string{"", "007", "a,b", "é😀", "x\ny", "<&>", "_x000D_", "  in spaces "}).Draw(r, "cell")))
					default:
						must(t, f.SetCellFloat("Sheet1", cell, math.Round(rapid.Float64Range(-1e6, 1e6).Draw(r, "number")*1000)/1000, -1, 64))
					}
				}
			}
		})
		f, err := excelize.OpenReader(bytes.NewReader(text))
		must(t, err)
		defer f.Close()
		want, err := f.GetRows("Sheet1", excelize.Options{RawCellValue: true})
		must(t, err)
		w, h, err := openWorkbook(bytes.NewReader(text), int64(len(text)), formatXLSX, &Config{})
		must(t, err)
		values := make([]connectors.Value, len(h.names))
		for y := 1; y < len(want); y++ {
			row := want[y]
			for len(row) > 0 && row[len(row)-1] == "" {
				row = row[:len(row)-1]
			}
			if len(row) == 0 {
				continue
			}
			got, err := w.next(values)
			if err != nil || got.bad != nil || got.line != int64(y+1) {
				r.Fatalf("row %d: %+v, %v", y+1, got, err)
			}
			for x, v := range values {
				other := ""
				if x < len(row) {
					other = row[x]
				}
				if string(v.Bytes) != other {
					r.Fatalf("cell %s%d: %q, excelize reads %q", columnName(x), y+1, v.Bytes, other)
				}
			}
		}
		if got, err := w.next(values); err != io.EOF {
			r.Fatalf("one more row: %+v, %v", got, err)
		}
	})
}

// zipped makes an archive of parts.
func zippedParts(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range parts {
		f, err := w.Create(name)
		must(t, err)
		_, err = f.Write([]byte(text))
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

// minimal is the least that makes a workbook.
func minimal(sheet string, extra map[string]string) map[string]string {
	parts := map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns:r="x"><workbookPr date1904="1"/><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://x/styles" Target="/xl/styles.xml"/></Relationships>`,
		"xl/styles.xml":              `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml":   `<worksheet><sheetData>` + sheet + `</sheetData></worksheet>`,
	}
	for name, text := range extra {
		parts[name] = text
	}
	return parts
}

// Rows and cells need not say where they stand, the date epoch is the workbook's, and errors and results of formulas are
// told apart.
func TestXLSX_AsOtherWritersHaveIt(t *testing.T) {
	got, err := grid(t, zippedParts(t, minimal(`<row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><r><t>b</t></r><r><t>c</t></r><rPh><t>kana</t></rPh></is></c><c t="str"><v>d</v></c></row>`+
		`<row><c s="1"><v>42735</v></c><c t="e"><f>NA()</f><v>#N/A</v></c><c t="str"><f>"x"&amp;"y"</f><v>xy</v></c></row>`+
		`<row r="7"><c r="B7" t="d"><v>2025-03-01T10:00:00Z</v></c><c><f>1+1</f><v>7.9000000000000004</v></c></row>`, nil)), formatXLSX, Config{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a | bc | d", "2: d 2021-01-01 | ! #N/A | s xy", "7: - | d 2025-03-01T10:00:00 | n 7.9"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestWorkbook_RefusesBombs(t *testing.T) {
	header := `<row><c t="inlineStr"><is><t>a</t></is></c></row>`
	big := strings.Repeat(" ", maxBook+1)
	many := map[string]string{}
	for i := range maxEntries {
		many[fmt.Sprint("e", i)] = ""
	}
	for name, c := range map[string]struct {
		parts map[string]string
		ods   bool
		says  string
	}{
		"a sheet of spaces":     {minimal(header+big, nil), false, "unpacks to more than 256 MiB"},
		"a sheet that grows":    {minimal(header+big[:100<<20], nil), false, "more than 300 times"},
		"one text of 17 MiB":    {minimal(header+"<row><c t=\"inlineStr\"><is><t>"+noise(17<<20)+"</t></is></c></row>", nil), false, "a text of more than 16 MiB"},
		"a huge list of styles": {minimal(header, map[string]string{"xl/styles.xml": big[:maxPart+1]}), false, "unpacks to more than 16 MiB"},
		"an entity":             {minimal(`<!DOCTYPE x [<!ENTITY a "aaaa">]><row><c t="inlineStr"><is><t>&a;</t></is></c></row>`, nil), false, "entity"},
		"many entries":          {minimal(header, many), false, "more than 10000 are not read"},
		"rows beyond":           {minimal(`<row r="1048577"><c><v>1</v></c></row>`, nil), false, "it has a row 1048577"},
		"columns beyond":        {minimal(`<row><c r="XFE1"><v>1</v></c></row>`, nil), false, "broken workbook"},
		"cells out of order":    {minimal(`<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>`, nil), false, "broken workbook"},
		"rows out of order":     {minimal(`<row r="5"><c><v>1</v></c></row><row r="5"><c><v>1</v></c></row>`, nil), false, `row "5" follows row 5`},
		"a text that is not":    {minimal(`<row><c t="s"><v>5</v></c></row>`, nil), false, "there is no text"},
		"no sheet part":         {minimal(header, map[string]string{"xl/_rels/workbook.xml.rels": `<Relationships/>`}), false, `sheet "S" is missing`},
		"no workbook at all":    {map[string]string{"a": "b"}, false, "it has no _rels/.rels"},
		"cells without end": {map[string]string{"content.xml": `<x><table:table table:name="S"><table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="16000" office:value-type="float" office:value="1"/></table:table-row></table:table></x>`},
			true, "more than 20000000 cells"},
		"too many repeats": {map[string]string{"content.xml": `<x><table:table table:name="S"><table:table-row table:number-rows-repeated="99999999999"/></table:table></x>`}, true, "broken workbook"},
		"too many spaces":  {map[string]string{"content.xml": `<x><table:table table:name="S"><table:table-row><table:table-cell><text:p><text:s text:c="999999999"/></text:p></table:table-cell></table:table-row></table:table></x>`}, true, "broken workbook"},
	} {
		t.Run(name, func(t *testing.T) {
			format := formatXLSX
			if c.ods {
				format = formatODS
			}
			if _, err := grid(t, zippedParts(t, c.parts), format, Config{}); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error = %v, want %q", err, c.says)
			}
		})
	}
}

// noise is text that does not pack well.
func noise(n int) string {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = 'a' + byte(x>>24)%26
	}
	return string(b)
}

func TestODS_Cells(t *testing.T) {
	content := `<office:document-content><office:automatic-styles><style:style style:name="ta1"><style:table-properties table:display="true"/></style:style><style:style style:name="ta2"><style:table-properties table:display="false"/></style:style></office:automatic-styles>
<office:body><office:spreadsheet><table:table table:name="Data" table:style-name="ta1"><table:table-column/>
<table:table-header-rows><table:table-row><table:table-cell office:value-type="string"><text:p>team</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>share</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>when</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row></table:table-header-rows>
<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>
<table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="string"><office:annotation><text:p>a note</text:p></office:annotation><text:p>a<text:s text:c="2"/>b</text:p><text:p>second<text:tab/>line</text:p></table:table-cell><table:table-cell office:value-type="percentage" office:value="0.65"><text:p>65%</text:p></table:table-cell><table:table-cell office:value-type="date" office:date-value="2020-10-01"><text:p>1 Oct</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="7.9000000000000004"/></table:table-row>
<table:table-row><table:table-cell table:number-columns-repeated="2"/><table:table-cell office:value-type="time" office:time-value="PT10H20M30S"/><table:table-cell office:value-type="string" calcext:value-type="error" office:string-value=""><text:p>#N/A</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell office:value-type="boolean" office:boolean-value="true"/><table:covered-table-cell/></table:table-row>
<table:table-row table:number-rows-repeated="1048568"><table:table-cell/></table:table-row></table:table>
<table:table table:name="Hidden" table:style-name="ta2"><table:table-row/></table:table></office:spreadsheet></office:body></office:document-content>`
	got, err := grid(t, zippedParts(t, map[string]string{"content.xml": content}), formatODS, Config{})
	if err != nil {
		t.Fatal(err)
	}
	same := "s a  b\nsecond\tline | s 65% | d 2020-10-01 | n 7.9"
	want := []string{"team | share | when | x", "5: " + same, "6: " + same, "7: - | - | s 10:20:30 | ! #N/A", "8: b true | - | - | -"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Cells reach their fields as what they are: dates whatever the layout of the mapping, errors as rejects, ids as texts.
func TestSource_Workbook(t *testing.T) {
	dir := t.TempDir()
	text := workbook(t, func(f *excelize.File) {
		day, err := f.NewStyle(&excelize.Style{NumFmt: 22})
		must(t, err)
		for y, row := range [][]any{{"id", "when", "score", "note"}, {501, 45661.5, 0.45, "kept"}, {"00501", "04/01/2025 12:00", "45 %", nil}, {7, 45661.5, "x", nil}, {8, "#N/A", 0.5, nil}} {
			for x, v := range row {
				cell, err := excelize.CoordinatesToCellName(x+1, y+1)
				must(t, err)
				must(t, f.SetCellValue("Sheet1", cell, v))
				if _, isNumber := v.(float64); isNumber && x == 1 {
					must(t, f.SetCellStyle("Sheet1", cell, cell, day))
				}
			}
		}
		percent, err := f.NewStyle(&excelize.Style{NumFmt: 9})
		must(t, err)
		must(t, f.SetCellStyle("Sheet1", "C2", "C2", percent))
		must(t, f.SetCellStyle("Sheet1", "C5", "C5", percent))
	})
	must(t, os.WriteFile(filepath.Join(dir, "a.xlsx"), text, 0o600))
	m := connectors.Mapping{To: "measures", Map: map[string]connectors.Rule{
		"unit": place("id"), "measure": constant("m"), "measured_at": {From: connectors.Places{"when"}, Time: "02/01/2006 15:04", Zone: "Europe/Berlin"},
		"value": {From: connectors.Places{"score"}, Percent: "points"},
	}}
	got, err := gather(t, source(t, Config{Path: "."}, dir, m), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.records != 2 || got.sum["m"] != 90 || got.bad != 2 || got.codes[connectors.CodeWrongType] != 2 {
		t.Errorf("%+v", got)
	}
	if r := got.first; r.Line != 4 || r.Field != "value" || string(r.Raw) != `{"id":7,"when":"2025-01-04T12:00:00","score":"x"}` {
		t.Errorf("%d %s %s", r.Line, r.Field, r.Raw)
	}
}

// The suite's rows as a workbook.
func xlsxOf(t *testing.T, rows []conformance.Row) []byte {
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	must(t, err)
	must(t, w.SetRow("A1", []any{"id", "value", "keep", "pad"}))
	for i, r := range rows {
		must(t, w.SetRow(fmt.Sprintf("A%d", i+2), []any{r.ID, r.Value, r.Keep, r.Pad}))
	}
	must(t, w.Flush())
	var b bytes.Buffer
	must(t, f.Write(&b))
	return b.Bytes()
}

// odsOf writes the rows of the suite as LibreOffice does: a line end begins a new paragraph of the cell, and further spaces have
// an element of their own.
func odsOf(t *testing.T, rows []conformance.Row) []byte {
	var b strings.Builder
	b.WriteString(`<x><table:table table:name="S">`)
	row := func(cells ...string) {
		b.WriteString("<table:table-row>")
		for _, cell := range cells {
			if cell == "" {
				b.WriteString("<table:table-cell/>")
				continue
			}
			b.WriteString(`<table:table-cell office:value-type="string">`)
			for line := range strings.SplitSeq(cell, "\n") {
				b.WriteString("<text:p>")
				must(t, xml.EscapeText(&b, []byte(line)))
				b.WriteString("</text:p>")
			}
			b.WriteString("</table:table-cell>")
		}
		b.WriteString("</table:table-row>")
	}
	row("id", "value", "keep", "pad")
	for _, r := range rows {
		row(r.ID, r.Value, r.Keep, r.Pad)
	}
	b.WriteString("</table:table></x>")
	return zippedParts(t, map[string]string{"content.xml": b.String()})
}

// FuzzXLSX: any bytes give rows or an error, never a panic, and a sheet never more rows than there can be.
func FuzzXLSX(f *testing.F) {
	f.Add([]byte(`<row><c t="s"><v>0</v></c><c><v>1</v></c></row>`), []byte(`<si><t>a</t></si>`), byte(0))
	f.Add([]byte(`<row r="2"><c r="C2" s="1"><v>44197.5</v></c><c t="e"><v>#N/A</v></c></row>`), []byte(``), byte(1))
	f.Add([]byte(`<row><c t="inlineStr"><is><r><t>x</t></r></is></c></row><row/>`), []byte(`<si><rPh><t>k</t></rPh><r><t>_x0041_</t></r></si>`), byte(0))
	f.Add([]byte(`<table:table table:name="S"><table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="2" office:value-type="percentage" office:value="0.5"/></table:table-row></table:table>`), []byte{}, byte(2))
	f.Fuzz(func(t *testing.T, sheet, texts []byte, which byte) {
		format := formatXLSX
		parts := minimal(string(sheet), map[string]string{
			"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="/styles" Target="styles.xml"/><Relationship Id="r3" Type="/sharedStrings" Target="texts.xml"/></Relationships>`,
			"xl/texts.xml":               "<sst>" + string(texts) + "</sst>",
		})
		if which%3 == 2 {
			format, parts = formatODS, map[string]string{"content.xml": "<x>" + string(sheet) + "</x>"}
		}
		out, _ := grid(t, zippedParts(t, parts), format, Config{HeaderRows: int(which % 4)})
		if len(out) > maxSheet+1 {
			t.Fatalf("%d rows", len(out))
		}
	})
}

// FuzzArchive: any bytes as a workbook give an error or rows.
func FuzzArchive(f *testing.F) {
	f.Add(zippedParts(f, minimal(`<row><c t="inlineStr"><is><t>a</t></is></c></row>`, nil)))
	f.Add(sheetOf(f))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, _ = grid(t, text, formatXLSX, Config{})
		_, _ = grid(t, text, formatODS, Config{})
	})
}
