package report

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// markup is text that may be written to the page as it stands. Constants become markup by themselves; a string that was
// computed or came with the data does not compile as markup, so nothing from the data reaches the page but through esc
// or the number functions below. Those are the only places that convert (a test holds this).
//
// The page is written as a tree of function calls rather than as templates: a figure is one function from typed
// values to markup, and what the template language would check when it runs, the compiler checks here.
type markup string

// esc makes a string from the data fit for element content and for attribute values in double quotes.
func esc(s string) markup {
	s = clean(s)
	if !strings.ContainsAny(s, `&<>"'`) {
		return markup(s)
	}
	return markup(escaper.Replace(s))
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// clean takes out of a name what can harm without being markup: control characters (they are not XML, and a terminal
// obeys them), overrides of the writing direction (they let a name rewrite the words around it), and bytes that are
// no UTF-8. White space of every kind becomes one space; the rest of what is taken out leaves a mark, so that
// two different names do not look the same.
func clean(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			b.WriteByte(' ')
		case r == utf8.RuneError, unicode.Is(unicode.Cc, r), r == '\ufffe', r == '\uffff', hasDirection(r):
			if i == 0 && r == '\ufeff' {
				continue
			}
			b.WriteRune(utf8.RuneError)
		case r >= 0xe0000 && r <= 0xe007f: // tag characters: invisible text
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// hasDirection reports the characters that set the writing direction, and the byte order mark.
func hasDirection(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c || r == 0xfeff
}

func join(parts ...markup) markup {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	b := make([]byte, 0, n)
	for _, p := range parts {
		b = append(b, p...)
	}
	return markup(b)
}

// pct is a place along the x axis: a share of the width, to a hundredth of a per cent.
func pct(share float64) markup { return coordinate(share*100, 2) + "%" }

// px is a place along the y axis, to a tenth of a pixel.
func px(y float64) markup { return coordinate(y, 1) }

// xu is a place along the x axis of a stretched drawing, which is 1000 units wide.
func xu(share float64) markup { return coordinate(share*1000, 1) }

func coordinate(v float64, digits int) markup {
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.HasPrefix(s, "-") && strings.Trim(s, "-0.") == "" {
		s = s[1:]
	}
	return markup(s)
}

func whole(n int) markup { return markup(strconv.Itoa(n)) }

// line, band and dot are the marks that every figure is drawn with. Colours come by class only, so that light, dark and
// print need no second drawing.
func line(x1, y1, x2, y2, class markup) markup {
	return `<line x1="` + x1 + `" y1="` + y1 + `" x2="` + x2 + `" y2="` + y2 + `" class="` + class + `"/>`
}

func rect(x, y, w, h, class markup) markup {
	return `<rect x="` + x + `" y="` + y + `" width="` + w + `" height="` + h + `" class="` + class + `"/>`
}

func dot(x, y, r, class markup) markup {
	return `<circle cx="` + x + `" cy="` + y + `" r="` + r + `" class="` + class + `"/>`
}

// label is text in a drawing; more holds further attributes, with a space before each.
func label(x, y, class, more, text markup) markup {
	return `<text x="` + x + `" y="` + y + `" class="` + class + `"` + more + `>` + text + `</text>`
}

// plane is a drawing of fixed height over the whole width; its margins are lengths, so that words keep their size.
func plane(height int, says string, left, right int, parts ...markup) markup {
	return `<svg class="p" height="` + whole(height) + `" role="img" aria-label="` + esc(says) + `" style="--l:` + whole(left) + `px;--r:` + whole(right) + `px">` + join(parts...) + `</svg>`
}

// strip is the drawing of one row of a row chart. Its words stand beside it in the page, so it is hidden from readers.
func strip(height int, parts ...markup) markup {
	return `<svg class="p" height="` + whole(height) + `" aria-hidden="true">` + join(parts...) + `</svg>`
}

// stretched holds paths, which need numbers rather than per cent: 1000 units wide, pixels high.
func stretched(height int, parts ...markup) markup {
	return `<svg width="100%" height="` + whole(height) + `" viewBox="0 0 1000 ` + whole(height) + `" preserveAspectRatio="none">` + join(parts...) + `</svg>`
}

// figure is the frame of every figure: the finding as its title, what is plotted beneath, the drawing, what it rests on,
// and the numbers as a table.
type figure struct {
	id    markup
	span  markup // c4, c5, c6, c7, c8, c12
	title string
	sub   string
	body  markup
	note  string
	table markup
}

func (f figure) markup() markup {
	m := `<figure class="` + f.span + `" id="` + f.id + `" aria-labelledby="` + f.id + `-t"><figcaption><h3 id="` + f.id + `-t">` + esc(f.title) + `</h3>`
	if f.sub != "" {
		m += `<p class="sub">` + esc(f.sub) + `</p>`
	}
	m += `</figcaption><div class="fig-body">` + f.body + `</div>`
	if f.note != "" {
		m += `<p class="note">` + esc(strings.TrimSuffix(f.note, ".")) + ` · <a href="#method">How it is worked out</a></p>`
	}
	return m + f.table + "</figure>\n"
}

// refusal is the frame of a figure that the data do not allow: the sentence of refusal and what it would take.
func refusal(id, span markup, title, why, needed string) markup {
	body := `<div class="none"><p>` + esc(why) + `</p>`
	if needed != "" {
		body += `<p><b>It would take:</b> ` + esc(needed) + `</p>`
	}
	return figure{id: id, span: span, title: title, body: body + `</div>`}.markup()
}

// grid is a table of strings with one heading for each column; the first column names the row.
type grid struct {
	caption string
	head    []string
	rows    [][]string
	words   int // columns from the left that hold words and stand to the left; at least the first
}

// folded is the table behind a figure, closed until it is asked for.
func (g grid) folded(summary string) markup {
	return `<details><summary>` + esc(summary) + `</summary><div class="tw" tabindex="0" role="region" aria-label="` + esc(g.caption) + `"><table class="d"><caption>` + esc(g.caption) + `</caption>` + g.rowsMarkup(false) + `</table></div></details>`
}

// open is a table that is the figure itself. On a phone each row becomes a short list.
func (g grid) open() markup {
	class := markup("x stk")
	if len(g.head) > 4 {
		class = "x stk two" // short values stand in pairs there
	}
	return `<table class="` + class + `"><caption class="vh">` + esc(g.caption) + `</caption>` + g.rowsMarkup(true) + `</table>`
}

func (g grid) rowsMarkup(open bool) markup {
	var b strings.Builder
	class := func(i int) markup {
		switch {
		case open && i > 0 && i < g.words && len(g.head) > 4:
			return ` class="long"`
		case open && i > 0 && i >= g.words:
			return ` class="r"`
		case !open && i > 0 && i < g.words:
			return ` class="t"`
		}
		return ""
	}
	b.WriteString("<thead><tr>")
	for i, h := range g.head {
		b.WriteString(string(`<th scope="col"` + class(i) + `>` + esc(h) + `</th>`))
	}
	b.WriteString("</tr></thead><tbody>\n")
	for _, row := range g.rows {
		b.WriteString("<tr>")
		for i, cell := range row {
			switch {
			case i == 0:
				b.WriteString(string(`<th scope="row">` + esc(cell) + `</th>`))
			case open:
				b.WriteString(string(`<td` + class(i) + ` data-k="` + esc(g.head[i]) + `">` + esc(cell) + `</td>`))
			default:
				b.WriteString(string(`<td` + class(i) + `>` + esc(cell) + `</td>`))
			}
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>")
	return markup(b.String())
}
