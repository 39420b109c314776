package report

import (
	"strings"
	"unicode"
)

// wrap breaks a paragraph into lines of at most so many columns; a word that is longer is cut.
func wrap(s string, width int) []string {
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(s) {
		n := columns(word)
		for n > width {
			if line != "" {
				lines = append(lines, line)
				line, used = "", 0
			}
			head := fitHead(word, width)
			lines = append(lines, head)
			word = word[len(head):]
			n = columns(word)
		}
		switch {
		case n == 0:
		case line == "":
			line, used = word, n
		case used+1+n <= width:
			line, used = line+" "+word, used+1+n
		default:
			lines = append(lines, line)
			line, used = word, n
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// columns is the room that a string takes on a terminal: none for marks that sit on the letter before, two for the wide
// letters of East Asia and for pictures.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case r < 0x300:
			n++
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana), r >= 0x3000 && r <= 0x303f, r >= 0xff01 && r <= 0xff60, r >= 0x1f300 && r <= 0x1faff:
			n += 2
		default:
			n++
		}
	}
	return n
}

// fitHead gives the longest beginning that takes at most so many columns, at least one letter.
func fitHead(s string, width int) string {
	used := 0
	for i, r := range s {
		if used += columns(string(r)); used > width && i > 0 {
			return s[:i]
		}
	}
	return s
}

// fit cuts a string to so many columns and marks the cut.
func fit(s string, width int) string {
	if columns(s) <= width {
		return s
	}
	return fitHead(s, width-1) + "~"
}

func pad(s string, width int, left bool) string {
	room := strings.Repeat(" ", max(width-columns(s), 0))
	if left {
		return room + s
	}
	return s + room
}
