package connectors

import (
	"fmt"
	"strings"
	"time"
)

// checkLayout returns what is wrong with a layout and how to mend it, or "".
func checkLayout(layout string) (wrong, hint string) {
	const example = `write how 2 January 2006, 15:04:05 would look: "2006-01-02 15:04:05", "02/01/2006 15:04", "2006-01-02T15:04:05Z07:00"; or unix_s, unix_ms, unix_us, unix_ns`
	if unixLayouts[layout] != 0 {
		return "", ""
	}
	if strings.HasPrefix(strings.ToLower(layout), "unix") {
		return fmt.Sprintf("unknown layout %q", layout), "known: unix_s, unix_ms, unix_us, unix_ns"
	}
	at := time.Date(2034, 11, 23, 19, 48, 57, 0, time.FixedZone("", 5*3600+1800))
	shown := at.Format(layout)
	back, err := time.Parse(layout, shown)
	switch {
	case strings.Contains(layout, "MST"):
		return fmt.Sprintf("layout %q names the zone by letters, which are ambiguous", layout), "use an offset (Z07:00), or leave it out and give zone:"
	case shown == layout || err != nil || back.Year() != 2034:
		if guess := translate(layout); guess != "" {
			return fmt.Sprintf("layout %q has no year in Go's form", layout), fmt.Sprintf("did you mean %q?", guess)
		}
		return fmt.Sprintf("layout %q has no year in Go's form", layout), example
	case strings.HasSuffix(layout, "Z"):
		return fmt.Sprintf("layout %q ends in a plain Z, which would not be read as UTC", layout), fmt.Sprintf("did you mean %q?", layout+"07:00")
	case back.Hour() != 19 && strings.Contains(shown, "07"):
		return fmt.Sprintf("layout %q has the hour of a 12-hour clock without AM or PM", layout), "write 15 for a 24-hour clock, or add PM"
	}
	return "", ""
}

// translate turns the layouts of other languages into Go's, for the hint only.
func translate(layout string) string {
	words := strings.NewReplacer(
		"%Y", "2006", "%y", "06", "%m", "01", "%d", "02", "%H", "15", "%I", "03", "%M", "04", "%S", "05", "%p", "PM", "%z", "-0700", "%b", "Jan", "%B", "January",
		"yyyy", "2006", "YYYY", "2006", "DD", "02", "dd", "02", "HH", "15", "hh", "03", "mm", "04", "ss", "05", "SSS", "000", "MMMM", "January", "MMM", "Jan", "MM", "01", "XXX", "Z07:00", "'T'", "T", "'", "",
	)
	out := words.Replace(layout)
	if out == layout {
		return ""
	}
	if wrong, _ := checkLayout(out); wrong != "" {
		return ""
	}
	return out
}

// layouts are the usual ways to write a time, for the hint of a reject. The year stands at one end, so that none of them
// takes what another one writes, except for the order of day and month, which only a day beyond 12 tells.
var layouts = []string{
	time.RFC3339, time.DateTime, time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04:05.000Z0700", "2006-01-02T15:04:05Z0700",
	"02-01-2006 15:04", "02-01-2006 15:04:05", "02-01-2006", "02/01/2006 15:04", "02/01/2006 15:04:05", "02/01/2006",
	"01/02/2006 15:04", "01/02/2006 15:04:05", "01/02/2006 03:04:05 PM", "01/02/2006", "02.01.2006 15:04", "02.01.2006", "unix_s", "unix_ms",
}

// layoutOf returns the one usual layout that a text has, or "" if none or more than one could be meant.
func layoutOf(b []byte) string {
	found := ""
	for _, layout := range layouts {
		c := newClock(layout, time.UTC)
		_, _, _, ok := c.parse(b)
		if c.unix != 0 {
			ok = ok && len(b) == len("1700000000")+map[int64]int{1: 0, 1e3: 3}[c.unix]
		} else {
			ok = ok && len(b) == len(layout) // package time is lenient, and a guess is not
		}
		if layout == time.RFC3339 {
			_, err := time.Parse(layout, string(b))
			ok = err == nil
		}
		if !ok {
			continue
		}
		if found != "" {
			return ""
		}
		found = layout
	}
	return found
}
