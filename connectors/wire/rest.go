package wire

// cut is a step in copying what no place names: a member or element that is kept whole, or the beginning or end of a
// container that a place leads into.
type cut struct {
	kind       cutKind
	start, end int
}

type cutKind uint8

const (
	cutMember cutKind = iota
	cutOpen           // start..end holds the key and its colon; nothing for an element of an array
	cutClose
)

func (e *extractor) cut(kind cutKind, start, end int) {
	e.cuts = append(e.cuts, cut{kind, start, end})
}

// Rest implements connectors.Extractor. Members keep the text they had. A container that a place leads into keeps what
// is left in it and goes when nothing is; an array loses the elements that places name and so its numbering.
func (e *extractor) Rest() ([]byte, int) {
	if e.count == 0 {
		return nil, 0
	}
	b := append(e.object[:0], '{')
	type container struct {
		at     int // where it began, to take it back when it stays empty
		closes byte
	}
	var open []container
	comma := func() {
		if c := b[len(b)-1]; c != '{' && c != '[' {
			b = append(b, ',')
		}
	}
	for _, c := range e.cuts {
		switch c.kind {
		case cutMember:
			comma()
			b = append(b, e.p[c.start:c.end]...)
		case cutOpen:
			bracket := e.p[c.end]
			open = append(open, container{len(b), bracket + 2}) // in ASCII, ] and } are two behind [ and {
			comma()
			b = append(b, e.p[c.start:c.end]...)
			b = append(b, bracket)
		case cutClose:
			last := len(open) - 1
			if c := b[len(b)-1]; c == '{' || c == '[' {
				b = b[:open[last].at]
			} else {
				b = append(b, open[last].closes)
			}
			open = open[:last]
		}
	}
	e.object = append(b, '}')
	return e.object, e.count
}
