package connectors

import (
	"strings"
	"time"
	_ "time/tzdata" // zones are named in configuration, so they must exist on every machine
)

// clock reads instants and dates of one layout.
//
// A layout without an offset gives a local time. A local time that exists twice, because the clock went back, is the
// first of the two; one that does not exist, because the clock went forward, is read with the offset from before the
// change, which makes it later by the length of the gap. This is the rule of RFC 5545, section 3.3.5.
//
// Fractions of a second beyond a microsecond are cut off.
type clock struct {
	unix   int64  // units in a second for the unix_ layouts, else 0
	layout string // a Go layout
	offset bool   // the layout has an offset
	zone   *time.Location
	fast   []step // the layout as fixed-width steps; nil if it has others

	// The stretch of constant offset that the last local time fell in, two days shorter at both ends, so that no local
	// time within can belong to another one.
	from, to, ahead int64

	month, first int64 // the last month that was read, as year*12+month, and its first day since 1970
}

type step struct {
	part  byte // Y M D h m s, or 0 for the literal
	width int
	lit   byte
}

var unixLayouts = map[string]int64{"unix_s": 1, "unix_ms": 1e3, "unix_us": 1e6, "unix_ns": 1e9}

const (
	layoutInstant = time.RFC3339
	layoutDate    = time.DateOnly
	maxUnix       = 253402300799 // the last second of the year 9999
	minUnix       = -62135596800 // the first second of the year 1
)

// newClock expects a layout that checkLayout has passed.
func newClock(layout string, zone *time.Location) *clock {
	c := &clock{layout: layout, zone: zone, unix: unixLayouts[layout]}
	if c.unix == 0 {
		c.offset = strings.Contains(layout, "Z07") || strings.Contains(layout, "-07")
		c.fast = steps(layout)
	}
	return c
}

// steps cuts a layout into fixed-width parts, or returns nil when it has any other part. What is a literal here is one
// for package time too: no part of a layout begins with these bytes.
func steps(layout string) []step {
	parts := []struct {
		text string
		part byte
	}{{"2006", 'Y'}, {"01", 'M'}, {"02", 'D'}, {"15", 'h'}, {"04", 'm'}, {"05", 's'}, {"Z07:00", 'z'}}
	var out []step
next:
	for i := 0; i < len(layout); {
		for _, p := range parts {
			if strings.HasPrefix(layout[i:], p.text) {
				out = append(out, step{part: p.part, width: len(p.text)})
				i += len(p.text)
				continue next
			}
		}
		switch layout[i] {
		case '-', '/', ':', ' ', 'T':
			if strings.HasPrefix(layout[i:], "-07") {
				return nil
			}
			out = append(out, step{width: 1, lit: layout[i]})
			i++
		default:
			return nil
		}
	}
	return out
}

// parse reads a text. Seconds are since 1970: in UTC when zoned, else as the local clock shows them.
func (c *clock) parse(b []byte) (seconds, micros int64, zoned, ok bool) {
	if c.unix != 0 {
		s, us, ok := parseUnix(b, c.unix)
		return s, us, true, ok
	}
	if c.fast != nil {
		if s, ok := c.parseFast(b); ok {
			return s, 0, c.offset, true
		}
	}
	t, err := time.Parse(c.layout, string(b))
	if err != nil {
		return 0, 0, false, false
	}
	return t.Unix(), int64(t.Nanosecond()) / 1000, c.offset, true
}

// parseFast reads texts that have exactly the form of the layout; what it refuses is left to package time, which is
// more lenient (hours of one digit, fractions of a second).
func (c *clock) parseFast(b []byte) (int64, bool) {
	year, month, day, hour, minute, second, east := 1, 1, 1, 0, 0, 0, 0
	i := 0
	for _, s := range c.fast {
		if s.part == 'z' {
			switch {
			case i+1 == len(b) && b[i] == 'Z':
				i++
			case i+6 == len(b) && (b[i] == '+' || b[i] == '-') && b[i+3] == ':':
				h, ok1 := digits(b[i+1 : i+3])
				m, ok2 := digits(b[i+4 : i+6])
				if !ok1 || !ok2 || h > 23 || m > 59 {
					return 0, false
				}
				east = h*3600 + m*60
				if b[i] == '-' {
					east = -east
				}
				i += 6
			default:
				return 0, false
			}
			continue
		}
		if i+s.width > len(b) {
			return 0, false
		}
		if s.part == 0 {
			if b[i] != s.lit {
				return 0, false
			}
			i++
			continue
		}
		v, ok := digits(b[i : i+s.width])
		if !ok {
			return 0, false
		}
		i += s.width
		switch s.part {
		case 'Y':
			year = v
		case 'M':
			month = v
		case 'D':
			day = v
		case 'h':
			hour = v
		case 'm':
			minute = v
		case 's':
			second = v
		}
	}
	if i != len(b) || month < 1 || month > 12 || day < 1 || day > 28 && day > daysIn(year, month) ||
		hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	if at := int64(year*12 + month); at != c.month || c.month == 0 {
		c.month, c.first = at, daysSince1970(year, month, 1)
	}
	return (c.first+int64(day-1))*86400 + int64(hour*3600+minute*60+second-east), true
}

func digits(b []byte) (int, bool) {
	if len(b) == 2 {
		tens, ones := b[0]-'0', b[1]-'0'
		return int(tens)*10 + int(ones), tens <= 9 && ones <= 9
	}
	v := 0
	for _, c := range b {
		if c-'0' > 9 {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysSince1970 counts days in the Gregorian calendar, the year taken to begin in March so that the leap day is its
// last one.
func daysSince1970(year, month, day int) int64 {
	y := int64(year)
	if month <= 2 {
		y--
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	doy := int64((153*((month+9)%12)+2)/5 + day - 1)
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// parseUnix reads digits with an optional fraction, in units of 1/unit seconds.
func parseUnix(b []byte, unit int64) (seconds, micros int64, ok bool) {
	i, n := 0, len(b)
	negative := n > 0 && b[0] == '-'
	if negative {
		i = 1
	}
	start := i
	var whole int64
	for ; i < n && b[i]-'0' <= 9; i++ {
		if whole > 1<<59 {
			return 0, 0, false
		}
		whole = whole*10 + int64(b[i]-'0')
	}
	if i == start {
		return 0, 0, false
	}
	us, scale := int64(0), int64(1e6)/unit // microseconds in a unit; 0 for nanoseconds
	if i < n {
		if b[i] != '.' || i+1 == n {
			return 0, 0, false
		}
		for i++; i < n; i++ {
			if b[i]-'0' > 9 {
				return 0, 0, false
			}
			scale /= 10
			us += scale * int64(b[i]-'0')
		}
	}
	seconds = whole / unit
	part := whole % unit
	if unit <= 1e6 {
		us += part * (1e6 / unit)
	} else {
		us = part / (unit / 1e6)
	}
	if negative {
		seconds, us = -seconds, -us
		if us < 0 {
			seconds, us = seconds-1, us+1e6
		}
	}
	return seconds, us, seconds >= minUnix && seconds <= maxUnix
}

// instant reads microseconds since 1970, UTC.
func (c *clock) instant(b []byte) (int64, bool) {
	s, us, zoned, ok := c.parse(b)
	if !ok {
		return 0, false
	}
	if !zoned {
		s = c.local(s)
	}
	return s*1e6 + us, true
}

// date reads days since 1970: the civil date as it is written, whatever its offset; for unix_ layouts the date in the
// zone.
func (c *clock) date(b []byte) (int64, bool) {
	switch {
	case c.unix != 0:
		s, _, _, ok := c.parse(b)
		if !ok {
			return 0, false
		}
		y, m, d := time.Unix(s, 0).In(c.zone).Date()
		return daysSince1970(y, int(m), d), true
	case c.offset:
		t, err := time.Parse(c.layout, string(b))
		if err != nil {
			return 0, false
		}
		y, m, d := t.Date()
		return daysSince1970(y, int(m), d), true
	}
	s, _, _, ok := c.parse(b)
	if !ok {
		return 0, false
	}
	if s < 0 {
		s -= 86399
	}
	return s / 86400, true
}

// local turns what the clock on the wall shows, in seconds since 1970 as if it were UTC, into an instant.
func (c *clock) local(wall int64) int64 {
	if u := wall - c.ahead; u >= c.from && u < c.to {
		return u
	}
	before, after := c.aheadAt(wall-86400), c.aheadAt(wall+86400)
	if before == after {
		c.remember(wall - before)
		return wall - before
	}
	first, second := wall-before, wall-after
	firstIs, secondIs := c.aheadAt(first) == before, c.aheadAt(second) == after
	switch {
	case firstIs && secondIs:
		return min(first, second)
	case secondIs:
		return second
	}
	return first // also in a gap
}

// aheadAt is how far the zone is ahead of UTC at an instant, in seconds.
func (c *clock) aheadAt(unix int64) int64 {
	_, ahead := time.Unix(unix, 0).In(c.zone).Zone()
	return int64(ahead)
}

func (c *clock) remember(unix int64) {
	const slack = 2 * 86400
	start, end := time.Unix(unix, 0).In(c.zone).ZoneBounds()
	c.ahead = c.aheadAt(unix)
	c.from, c.to = minUnix, maxUnix
	if !start.IsZero() {
		c.from = start.Unix() + slack
	}
	if !end.IsZero() {
		c.to = end.Unix() - slack
	}
}
