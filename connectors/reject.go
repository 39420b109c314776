package connectors

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"insideout/models"
)

// reject words a fault. A value is shown only where no person can be recognised by it: not of an identifying field or free
// text, not of employees at all, not from a place that such a field reads too, and what looks like an address or a number of
// somebody, because the columns of the row have shifted, is taken out as it is of free text.
func (b *Binder) reject(p *field, bad *fault, position int64) *models.Reject {
	var d strings.Builder
	subject := p.about.Name
	if len(p.names) > 0 {
		subject += " at " + p.names.String()
	}
	switch {
	case bad.value != nil && p.hidden:
		d.WriteString(subject + ": what stands there (not shown, it is personal) ")
	case bad.value != nil && bad.quote:
		fmt.Fprintf(&d, "%s: %s ", subject, excerpt(bad.value))
	case bad.value != nil:
		fmt.Fprintf(&d, "%s: %s ", subject, bad.value)
	case bad.code == CodeMissing:
		d.WriteString(subject + " ")
	default:
		d.WriteString(subject + ": ")
	}
	d.WriteString(bad.text)
	if bad.fix != "" {
		d.WriteString(" -> " + bad.fix)
	}
	return &models.Reject{Position: position, Code: bad.code, Field: p.about.Name, Detail: d.String()}
}

// excerpt quotes the beginning of a value.
func excerpt(b []byte) string {
	const most, seen = 40, 4 << 10
	b = scrub(b[:min(len(b), seen)], func(string) {})
	if len(b) <= most {
		return fmt.Sprintf("%q", b)
	}
	n := most
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return fmt.Sprintf("%q...", b[:n])
}
