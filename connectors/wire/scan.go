package wire

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"

	"insideout/connectors"
)

func (e *extractor) space() {
	for e.i < len(e.p) {
		switch e.p[e.i] {
		case ' ', '\n', '\t', '\r':
			e.i++
		default:
			return
		}
	}
}

// objectAt reads the object at e.i. n names the places in it; nil if there are none, and then nothing is kept.
func (e *extractor) objectAt(n *node) bool {
	if e.depth++; e.depth > MaxDepth {
		return e.wrong(connectors.CodeMalformed, "more than %d levels", MaxDepth)
	}
	first := len(e.keys)
	var seen keyset
	hint := 0
	e.i++
	e.space()
	if e.i < len(e.p) && e.p[e.i] == '}' {
		e.i++
		e.depth--
		return true
	}
	for {
		if e.i >= len(e.p) || e.p[e.i] != '"' {
			return e.malformed("a key in quotes is wanted")
		}
		start := e.i
		key, ok := e.stringAt()
		if !ok {
			return false
		}
		if !e.fresh(key, first, &seen) {
			return false
		}
		e.space()
		if e.i >= len(e.p) || e.p[e.i] != ':' {
			return e.malformed("a colon is wanted after a key")
		}
		e.i++
		e.space()
		var c *node
		if n != nil {
			c, hint = n.find(key, hint)
			if c == nil {
				if !e.valueAt(nil) {
					return false
				}
				e.cut(cutMember, start, e.i)
				e.count++
			} else if !e.named(c, start) {
				return false
			}
		} else if !e.valueAt(nil) {
			return false
		}
		e.space()
		if e.i >= len(e.p) {
			return e.malformed("an object is not closed")
		}
		switch e.p[e.i] {
		case ',':
			e.i++
			e.space()
		case '}':
			e.i++
			e.keys = e.keys[:first]
			e.depth--
			return true
		default:
			return e.malformed("a comma or } is wanted")
		}
	}
}

// find returns the child with the key. Payloads of a topic have their keys in the same order nearly always, so the
// search begins behind the last hit.
func (n *node) find(key []byte, hint int) (*node, int) {
	for k := range n.children {
		i := hint + k
		if i >= len(n.children) {
			i -= len(n.children)
		}
		if c := n.children[i]; c.key == string(key) {
			if i++; i == len(n.children) {
				i = 0
			}
			return c, i
		}
	}
	return nil, hint
}

// keyset finds out whether a key of one object is new. A bit for each key, drawn from its length and three of its
// bytes, says nearly always yes without comparing; an object with many keys gets a map.
type keyset struct {
	bits uint64
	many map[string]struct{}
}

const manyKeys = 64

// fresh reports whether the object, whose keys begin at e.keys[first], has no such key yet.
func (e *extractor) fresh(key []byte, first int, seen *keyset) bool {
	if seen.many == nil && len(e.keys)-first == manyKeys {
		seen.many = map[string]struct{}{}
		for _, k := range e.keys[first:] {
			seen.many[string(k)] = struct{}{}
		}
	}
	known := false
	if seen.many != nil {
		if _, known = seen.many[string(key)]; !known {
			seen.many[string(key)] = struct{}{}
		}
	} else {
		h := uint32(len(key))
		if len(key) > 0 {
			h = h*31 + uint32(key[0])
			h = h*31 + uint32(key[len(key)-1])
			h = h*31 + uint32(key[len(key)/2])
		}
		bit := uint64(1) << (h * 2654435761 >> 26)
		if seen.bits&bit != 0 {
			for _, k := range e.keys[first:] {
				known = known || string(k) == string(key)
			}
		}
		seen.bits |= bit
		e.keys = append(e.keys, key)
	}
	if known {
		return e.wrong(connectors.CodeMalformed, "a key occurs twice in one object, before byte %d", e.i+1)
	}
	return true
}

// named reads a value that a place names or leads through.
func (e *extractor) named(c *node, start int) bool {
	from := e.i
	if len(c.children) > 0 && e.i < len(e.p) && (e.p[e.i] == '{' || e.p[e.i] == '[') {
		// With a place at the container itself nothing of it is left over.
		cuts, count := len(e.cuts), e.count
		e.cut(cutOpen, start, from)
		if !e.valueAt(c) {
			return false
		}
		e.cut(cutClose, 0, 0)
		if len(c.places) > 0 {
			e.cuts, e.count = e.cuts[:cuts], count
		}
	} else if len(c.places) == 0 {
		// The way ends in a plain value: no place names it.
		if !e.valueAt(nil) {
			return false
		}
		e.cut(cutMember, start, e.i)
		e.count++
		return true
	} else if e.i < len(e.p) && e.p[e.i] == '"' {
		s, ok := e.stringAt()
		for _, i := range c.places {
			e.values[i] = connectors.Value{Kind: connectors.String, Bytes: s}
		}
		return ok
	} else if !e.valueAt(nil) {
		return false
	}
	kind := connectors.Number
	switch e.p[from] {
	case '{', '[':
		kind = connectors.Nested
	case 't', 'f':
		kind = connectors.Boolean
	case 'n':
		kind = connectors.Null
	}
	for _, i := range c.places {
		e.values[i] = connectors.Value{Kind: kind, Bytes: e.p[from:e.i:e.i]}
	}
	return true
}

func (e *extractor) valueAt(n *node) bool {
	if e.i >= len(e.p) {
		return e.malformed("a value is wanted")
	}
	switch c := e.p[e.i]; c {
	case '"':
		return e.skipString()
	case '{':
		return e.objectAt(n)
	case '[':
		return e.arrayAt(n)
	case 't':
		return e.word("true")
	case 'f':
		return e.word("false")
	case 'n':
		return e.word("null")
	default:
		if c == '-' || c-'0' <= 9 {
			return e.number()
		}
	}
	return e.malformed("a value is wanted")
}

func (e *extractor) arrayAt(n *node) bool {
	if e.depth++; e.depth > MaxDepth {
		return e.wrong(connectors.CodeMalformed, "more than %d levels", MaxDepth)
	}
	e.i++
	e.space()
	if e.i < len(e.p) && e.p[e.i] == ']' {
		e.i++
		e.depth--
		return true
	}
	for index := 0; ; index++ {
		if n != nil {
			var at *node
			for _, c := range n.children {
				if c.index == index {
					at = c
				}
			}
			start := e.i
			if at != nil {
				if !e.named(at, start) {
					return false
				}
			} else {
				if !e.valueAt(nil) {
					return false
				}
				e.cut(cutMember, start, e.i)
				e.count++
			}
		} else if !e.valueAt(nil) {
			return false
		}
		e.space()
		if e.i >= len(e.p) {
			return e.malformed("an array is not closed")
		}
		switch e.p[e.i] {
		case ',':
			e.i++
			e.space()
		case ']':
			e.i++
			e.depth--
			return true
		default:
			return e.malformed("a comma or ] is wanted")
		}
	}
}

func (e *extractor) word(w string) bool {
	if len(e.p)-e.i < len(w) || string(e.p[e.i:e.i+len(w)]) != w {
		return e.malformed("a value is wanted")
	}
	e.i += len(w)
	return true
}

// number reads a number by the grammar of RFC 8259.
func (e *extractor) number() bool {
	p, i := e.p, e.i
	if p[i] == '-' {
		i++
	}
	switch {
	case i < len(p) && p[i] == '0':
		i++
	case i < len(p) && p[i]-'1' <= 8:
		for i++; i < len(p) && p[i]-'0' <= 9; i++ {
		}
	default:
		e.i = i
		return e.malformed("a digit is wanted")
	}
	if i < len(p) && p[i] == '.' {
		i++
		first := i
		for ; i < len(p) && p[i]-'0' <= 9; i++ {
		}
		if i == first {
			e.i = i
			return e.malformed("a digit is wanted")
		}
	}
	if i < len(p) && (p[i] == 'e' || p[i] == 'E') {
		i++
		if i < len(p) && (p[i] == '+' || p[i] == '-') {
			i++
		}
		first := i
		for ; i < len(p) && p[i]-'0' <= 9; i++ {
		}
		if i == first {
			e.i = i
			return e.malformed("a digit is wanted")
		}
	}
	e.i = i
	return true
}

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
