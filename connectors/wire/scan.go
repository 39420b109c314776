package wire

import "insideout/connectors"

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
