package connectors

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// powers of ten that a float64 holds exactly.
var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// parseReal reads a decimal number: sign, digits with at most one mark, exponent. Unlike strconv it takes no hexadecimal
// digits, underscores, infinities or NaN. finite is false for a number that is too large for a float64.
//
// Up to 15 digits without exponent, which is nearly all there is, need one exact division: both operands are exact in a
// float64, so the result is the correctly rounded one that strconv gives.
func parseReal(b []byte, mark byte) (v float64, ok, finite bool) {
	i, n := 0, len(b)
	negative := false
	if n > 0 && (b[0] == '-' || b[0] == '+') {
		negative = b[0] == '-'
		i = 1
	}
	var mantissa uint64
	digits, fraction := 0, 0
	point := false
	for ; i < n; i++ {
		c := b[i]
		if c-'0' <= 9 {
			if digits < 15 {
				mantissa = mantissa*10 + uint64(c-'0')
			}
			digits++
			if point {
				fraction++
			}
		} else if c == mark && !point {
			point = true
		} else {
			break
		}
	}
	if digits == 0 {
		return 0, false, false
	}
	if i == n && digits <= 15 {
		v = float64(mantissa)
		if fraction > 0 {
			v /= pow10[fraction]
		}
		if negative {
			v = -v
		}
		return v, true, true
	}
	if i < n {
		if b[i] != 'e' && b[i] != 'E' {
			return 0, false, false
		}
		j := i + 1
		if j < n && (b[j] == '-' || b[j] == '+') {
			j++
		}
		if j == n {
			return 0, false, false
		}
		for ; j < n; j++ {
			if b[j]-'0' > 9 {
				return 0, false, false
			}
		}
	}
	s := []byte(string(b))
	if mark != '.' {
		for k, c := range s {
			if c == mark {
				s[k] = '.'
			}
		}
	}
	v, err := strconv.ParseFloat(string(s), 64)
	if err != nil || math.IsInf(v, 0) {
		return 0, true, false // the form is right, so it can only be the range
	}
	return v, true, true
}

// parseInt reads a whole number. A number written with a fraction of zeros or an exponent (1e+05, as R writes it) is
// whole too. finite is false for a whole number beyond 64 bits.
func parseInt(b []byte, mark byte) (v int64, ok, finite bool) {
	i, n := 0, len(b)
	negative := n > 0 && b[0] == '-'
	if negative || n > 0 && b[0] == '+' {
		i = 1
	}
	if n-i >= 1 && n-i <= 18 {
		for ; i < n && b[i]-'0' <= 9; i++ {
			v = v*10 + int64(b[i]-'0')
		}
		if i == n {
			if negative {
				v = -v
			}
			return v, true, true
		}
	}
	if _, ok, _ := parseReal(b, mark); !ok {
		return 0, false, false
	}
	return wholeNumber(b, mark)
}

// wholeNumber reads a number that is known to have the right form, digit by digit: a float64 would take
// 0.99999999999999999999 for 1.
func wholeNumber(b []byte, mark byte) (v int64, ok, finite bool) {
	digits := make([]byte, 1, len(b)+20)
	digits[0] = '+'
	if b[0] == '-' {
		digits[0] = '-'
	}
	shift, point := 0, false // the value is digits * 10^shift
	for i, c := range b {
		switch {
		case c-'0' <= 9:
			if len(digits) > 1 || c != '0' {
				digits = append(digits, c)
			}
			if point {
				shift--
			}
		case c == mark:
			point = true
		case c == 'e' || c == 'E':
			exponent, err := strconv.Atoi(string(b[i+1:]))
			const far = 1 << 30 // beyond any number of digits
			if err != nil || exponent > far {
				exponent = far
				if b[i+1] == '-' {
					exponent = -far
				}
			}
			return integer(digits, shift+exponent)
		}
	}
	return integer(digits, shift)
}

func integer(digits []byte, shift int) (v int64, ok, finite bool) {
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
		shift++
	}
	switch {
	case len(digits) == 1:
		return 0, true, true
	case shift < 0:
		return 0, false, false
	case len(digits)-1+shift > 19:
		return 0, true, false
	}
	for range shift {
		digits = append(digits, '0')
	}
	v, err := strconv.ParseInt(string(digits), 10, 64)
	return v, true, err == nil
}

const (
	percentPoints = "points"
	percentShare  = "share"
)

// plain takes off what may stand around the digits of a number where the rule says so: marks between thousands and the
// sign of percent. The result is in p.buffer; as a share, the digits get an exponent, so that nothing is rounded twice. A
// number of JSON or of a cell has no marks, and one without a sign of percent is what it is.
func (p *field) plain(kind ValueKind, b []byte) ([]byte, *fault) {
	if kind == Number {
		return b, nil
	}
	value := b
	percent := b[len(b)-1] == '%'
	switch {
	case percent && p.share == "":
		return nil, &fault{code: CodeWrongType, value: value, quote: true, text: "is a percentage", fix: "say what 45 % means: percent: points (45) or percent: share (0.45)"}
	case !percent && p.share != "":
		return nil, &fault{code: CodeWrongType, value: value, quote: true, text: "has no sign of percent", fix: "correct the value, or leave percent: out"}
	case percent:
		b = b[:len(b)-1]
		if n := space(b, true); n > 0 {
			b = b[:len(b)-n]
		}
	}
	out := p.buffer[:0]
	if p.group == "" {
		out = append(out, b...)
	} else {
		var ok bool
		if out, ok = ungroup(out, b, p.group, p.mark); !ok {
			return nil, &fault{code: CodeWrongType, value: value, quote: true, text: fmt.Sprintf("has a mark between thousands (%q) where none belongs", p.group), fix: "correct the value, or thousands: and decimal:"}
		}
	}
	if p.share == percentShare {
		out = append(out, "e-2"...)
	}
	p.buffer = out
	return out, nil
}

// space is the length of the space that b begins or ends with: a plain one, or the narrow and fixed ones of numbers.
func space(b []byte, end bool) int {
	for _, s := range [...]string{" ", "\u00a0", "\u202f", "\u2009"} {
		if !end && bytes.HasPrefix(b, []byte(s)) || end && bytes.HasSuffix(b, []byte(s)) {
			return len(s)
		}
	}
	return 0
}

// ungroup appends a number without the marks between its thousands. Each must stand before three digits, with one to
// three in front of the first; a number without any is taken too.
func ungroup(out, b []byte, group string, mark byte) ([]byte, bool) {
	whole, fraction := b, []byte(nil)
	if i := bytes.IndexByte(b, mark); i >= 0 {
		whole, fraction = b[:i], b[i:]
	}
	if len(whole) > 0 && (whole[0] == '-' || whole[0] == '+') {
		out = append(out, whole[0])
		whole = whole[1:]
	}
	run, marks := 0, 0
	for len(whole) > 0 {
		n := 1
		if group == " " {
			n = space(whole, false)
		} else if whole[0] != group[0] {
			n = 0
		}
		if n == 0 {
			out = append(out, whole[0])
			whole = whole[1:]
			run++
			continue
		}
		if run == 0 || run > 3 || marks > 0 && run != 3 {
			return out, false
		}
		run, marks = 0, marks+1
		whole = whole[n:]
	}
	return append(out, fraction...), marks == 0 || run == 3
}
