package wire

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"

	"insideout/connectors"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plain returns how many bytes from i on are plain in a string: no quote, backslash, control character or byte beyond
// ASCII. Eight at a time: a byte that is not plain sets its highest bit.
func plain(p []byte, i int) int {
	for i+8 <= len(p) {
		w := binary.LittleEndian.Uint64(p[i:])
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		stop := (w - ones*' ') | (quote - ones) | (slash - ones) | w
		if stop &= highs; stop != 0 {
			// A borrow may mark a plain byte above a marked one, never below: the lowest mark is right.
			return i + bits.TrailingZeros64(stop)/8
		}
		i += 8
	}
	for i < len(p) && p[i] >= ' ' && p[i] != '"' && p[i] != '\\' && p[i] < 0x80 {
		i++
	}
	return i
}

// skipString checks the string at e.i and leaves e.i behind it.
func (e *extractor) skipString() bool {
	start := e.i + 1
	i := start
	wide := false
	for {
		i = plain(e.p, i)
		if i >= len(e.p) {
			e.i = i
			return e.malformed("a string is not closed")
		}
		switch c := e.p[i]; {
		case c == '"':
			if wide && !utf8.Valid(e.p[start:i]) {
				return e.wrong(connectors.CodeEncoding, "the string before byte %d is not UTF-8", i+1)
			}
			e.i = i + 1
			return true
		case c == '\\':
			_, n, ok := e.escape(i)
			if !ok {
				return false
			}
			i += n
		case c < ' ':
			e.i = i
			return e.malformed("a control character stands in a string")
		default:
			wide = true
			for i++; i < len(e.p) && e.p[i] >= 0x80; i++ {
			}
		}
	}
}

// stringAt reads the string at e.i and returns its text: a view into the payload, or into e.text where it had to be
// decoded.
func (e *extractor) stringAt() ([]byte, bool) {
	start := e.i + 1
	if i := plain(e.p, start); i < len(e.p) && e.p[i] == '"' {
		e.i = i + 1
		return e.p[start:i:i], true
	}
	if !e.skipString() {
		return nil, false
	}
	end := e.i - 1
	if bytes.IndexByte(e.p[start:end], '\\') < 0 {
		return e.p[start:end:end], true
	}
	from := len(e.text)
	for i := start; i < end; {
		n := bytes.IndexByte(e.p[i:end], '\\')
		if n < 0 {
			n = end - i
		}
		e.text = append(e.text, e.p[i:i+n]...)
		if i += n; i < end {
			r, n, _ := e.escape(i)
			e.text = utf8.AppendRune(e.text, r)
			i += n
		}
	}
	return e.text[from:len(e.text):len(e.text)], true
}

// escape reads the escape at i: the character and the bytes it takes.
func (e *extractor) escape(i int) (rune, int, bool) {
	if i+1 < len(e.p) {
		switch c := e.p[i+1]; c {
		case '"', '\\', '/':
			return rune(c), 2, true
		case 'b':
			return '\b', 2, true
		case 'f':
			return '\f', 2, true
		case 'n':
			return '\n', 2, true
		case 'r':
			return '\r', 2, true
		case 't':
			return '\t', 2, true
		case 'u':
			r, ok := hex4(e.p, i+2)
			if !ok {
				break
			}
			if !utf16.IsSurrogate(r) {
				return r, 6, true
			}
			if i+7 < len(e.p) && e.p[i+6] == '\\' && e.p[i+7] == 'u' {
				if low, ok := hex4(e.p, i+8); ok {
					if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
						return pair, 12, true
					}
				}
			}
			return 0, 0, e.wrong(connectors.CodeEncoding, "half of a surrogate pair stands alone at byte %d", i+1)
		}
	}
	e.i = i
	return 0, 0, e.malformed("an unknown escape stands in a string")
}

func hex4(p []byte, i int) (rune, bool) {
	if i+4 > len(p) {
		return 0, false
	}
	var r rune
	for _, c := range p[i : i+4] {
		r <<= 4
		switch {
		case c-'0' <= 9:
			r |= rune(c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r |= rune(c|0x20-'a') + 10
		default:
			return 0, false
		}
	}
	return r, true
}
