package connectors

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"testing"
	"time"
)

func at(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// The instants were worked out by hand from the published changes of the clock.
func TestClock_LocalTimes(t *testing.T) {
	const layout = "2006-01-02 15:04:05"
	for _, c := range []struct{ zone, local, utc, why string }{
		{"Europe/London", "2025-01-15 12:00:00", "2025-01-15T12:00:00Z", "winter"},
		{"Europe/London", "2025-07-15 12:00:00", "2025-07-15T11:00:00Z", "summer"},
		{"Europe/London", "2025-03-30 00:59:59", "2025-03-30T00:59:59Z", "the last second of winter"},
		{"Europe/London", "2025-03-30 01:30:00", "2025-03-30T01:30:00Z", "does not exist: offset from before"},
		{"Europe/London", "2025-03-30 02:00:00", "2025-03-30T01:00:00Z", "the first second of summer"},
		{"Europe/London", "2025-10-26 01:30:00", "2025-10-26T00:30:00Z", "twice: the first"},
		{"Europe/London", "2025-10-26 02:00:00", "2025-10-26T02:00:00Z", "winter again"},
		{"America/New_York", "2025-03-09 02:30:00", "2025-03-09T07:30:00Z", "does not exist: 02:30 EST"},
		{"America/New_York", "2025-11-02 01:30:00", "2025-11-02T05:30:00Z", "twice: EDT"},
		{"America/New_York", "2025-11-02 02:30:00", "2025-11-02T07:30:00Z", "EST"},
		{"Australia/Lord_Howe", "2025-10-05 02:15:00", "2025-10-04T15:45:00Z", "a gap of half an hour"},
		{"Australia/Lord_Howe", "2025-04-06 01:45:00", "2025-04-05T14:45:00Z", "half an hour twice"},
		{"Pacific/Apia", "2011-12-30 12:00:00", "2011-12-30T22:00:00Z", "a whole day that does not exist"},
		{"Asia/Kolkata", "2025-05-05 00:00:00", "2025-05-04T18:30:00Z", "no change of the clock ever"},
		{"UTC", "1969-12-31 23:59:59", "1969-12-31T23:59:59Z", "before 1970"},
	} {
		clock := newClock(layout, at(t, c.zone))
		for range 2 { // the second time from what was remembered
			got, ok := clock.instant([]byte(c.local))
			if s := time.UnixMicro(got).UTC().Format(time.RFC3339Nano); !ok || s != c.utc {
				t.Errorf("%s in %s is %s, want %s (%s)", c.local, c.zone, s, c.utc, c.why)
			}
		}
	}
}

// Whatever the order in which local times come, what was remembered must not show.
func TestClock_RemembersNothingWrong(t *testing.T) {
	const layout = "2006-01-02 15:04:05"
	zone := at(t, "Europe/London")
	shared := newClock(layout, zone)
	start := time.Date(2024, 10, 20, 0, 0, 0, 0, time.UTC)
	for i := range 400 * 48 {
		text := []byte(start.Add(time.Duration(i*7919%(400*48)) * 30 * time.Minute).Format(layout))
		got, _ := shared.instant(text)
		want, _ := newClock(layout, zone).instant(text)
		if got != want {
			t.Fatalf("%s is %d, alone it is %d", text, got, want)
		}
	}
}

func TestClock_Layouts(t *testing.T) {
	for _, c := range []struct{ layout, text, want string }{ // want "" for a text that is refused
		{"2006-01-02T15:04:05Z07:00", "2025-03-01T10:00:00Z", "2025-03-01T10:00:00Z"},
		{"2006-01-02T15:04:05Z07:00", "2025-03-01T10:00:00.1234567+02:00", "2025-03-01T08:00:00.123456Z"},
		{"2006-01-02T15:04:05Z07:00", "2025-03-01T10:00:00-05:30", "2025-03-01T15:30:00Z"},
		{"2006-01-02T15:04:05Z07:00", "2025-03-01T10:00:00", ""},
		{"2006-01-02T15:04:05Z07:00", "2025-03-01T24:00:00Z", ""},
		{"2006-01-02", "2024-02-29", "2024-02-29T00:00:00Z"},
		{"2006-01-02", "2025-02-29", ""},
		{"2006-01-02", "2025-04-31", ""},
		{"2006-01-02", "2025-1-2", ""},
		{"2006-01-02", "2025-01-02 ", ""},
		{"2006", "2012", "2012-01-01T00:00:00Z"},
		{"01/02/2006 03:04:05 PM", "01/02/2015 12:17:37 AM", "2015-01-02T00:17:37Z"},
		{"2 Jan 2006", "7 May 2025", "2025-05-07T00:00:00Z"},
		{"unix_s", "1740787200", "2025-03-01T00:00:00Z"},
		{"unix_s", "1740787200.25", "2025-03-01T00:00:00.25Z"},
		{"unix_s", "-1", "1969-12-31T23:59:59Z"},
		{"unix_s", "-0.5", "1969-12-31T23:59:59.5Z"},
		{"unix_s", "1740787200000", ""},
		{"unix_s", "1e9", ""},
		{"unix_s", "1.", ""},
		{"unix_s", "", ""},
		{"unix_ms", "1740787200123", "2025-03-01T00:00:00.123Z"},
		{"unix_ms", "1740787200123.5", "2025-03-01T00:00:00.1235Z"},
		{"unix_us", "1740787200123456", "2025-03-01T00:00:00.123456Z"},
		{"unix_ns", "1740787200123456789", "2025-03-01T00:00:00.123456Z"},
		{"unix_ns", "99999999999999999999999", ""},
	} {
		got, ok := newClock(c.layout, time.UTC).instant([]byte(c.text))
		if ok != (c.want != "") {
			t.Errorf("%q by %s: taken %v", c.text, c.layout, ok)
		} else if s := time.UnixMicro(got).UTC().Format(time.RFC3339Nano); ok && s != c.want {
			t.Errorf("%q by %s is %s, want %s", c.text, c.layout, s, c.want)
		}
	}
}

func TestClock_Dates(t *testing.T) {
	tokyo := at(t, "Asia/Tokyo")
	for _, c := range []struct{ layout, text, want string }{
		{"2006-01-02", "1969-12-31", "1969-12-31"},
		{"2006-01-02 15:04", "2025-03-01 23:59", "2025-03-01"},
		{"2006-01-02 15:04", "1960-03-01 23:59", "1960-03-01"},
		{"2006-01-02T15:04:05Z07:00", "2025-03-01T23:00:00-08:00", "2025-03-01"},
		{"unix_s", "1740787200", "2025-03-01"}, // 00:00 UTC, 09:00 in Tokyo
		{"unix_s", "1740841200", "2025-03-02"}, // 15:00 UTC, midnight in Tokyo
	} {
		got, ok := newClock(c.layout, tokyo).date([]byte(c.text))
		if s := time.Unix(got*86400, 0).UTC().Format(time.DateOnly); !ok || s != c.want {
			t.Errorf("%q by %s is %s, want %s", c.text, c.layout, s, c.want)
		}
	}
}

// FuzzClock holds the own reading of fixed layouts against package time.
func FuzzClock(f *testing.F) {
	for _, s := range []string{"2025-03-01T10:00:00Z", "2024-02-29T23:59:59+14:00", "0000-01-01T00:00:00Z", "2025-03-01 10:00:00", "9999-12-31", "2025-02-30", "2025-03-01T10:00:00.5Z"} {
		f.Add(s)
	}
	layouts := []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02", "01/02/2006 15:04", "20060102"}
	f.Fuzz(func(t *testing.T, s string) {
		for _, layout := range layouts {
			got, ok := newClock(layout, time.UTC).instant([]byte(s))
			want, err := time.Parse(layout, s)
			if ok != (err == nil) {
				t.Fatalf("%q by %s: taken %v, package time says %v", s, layout, ok, err)
			}
			if ok && got != want.UnixMicro() {
				t.Fatalf("%q by %s is %d, package time has %d", s, layout, got, want.UnixMicro())
			}
		}
	})
}

// FuzzNumber holds the reading of numbers against strconv and math/big.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0", "-0", "+1", "007", "1.50", ".5", "5.", "1e+05", "-1.5E-3", "1e400", "9223372036854775807", "9223372036854775808", "0.1", "123456789012345.6", "1_0", "0x1p2", "Inf", "nan", "", "-", "1e", "12.0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, ok, finite := parseReal([]byte(s), '.')
		want, err := strconv.ParseFloat(s, 64)
		if ok && finite && (err != nil || math.Float64bits(v) != math.Float64bits(want)) {
			t.Fatalf("%q is %v here, strconv has %v, %v", s, v, want, err)
		}
		if ok && !finite && !math.IsInf(want, 0) {
			t.Fatalf("%q is too large here, strconv has %v", s, want)
		}
		i, ok, finite := parseInt([]byte(s), '.')
		if !ok || !finite {
			if _, err := strconv.ParseInt(s, 10, 64); err == nil {
				t.Fatalf("%q is refused here, strconv takes it", s)
			}
			return
		}
		exact, _, err := big.ParseFloat(s, 10, 2000, big.ToNearestEven)
		if errors.Is(err, strconv.ErrRange) && i == 0 {
			return // zero with an exponent that is too large for math/big
		}
		if err != nil {
			t.Fatalf("%q is %d here, math/big says %v", s, i, err)
		}
		if exact.Cmp(new(big.Float).SetInt64(i)) != 0 {
			t.Fatalf("%q is %d here, math/big has %v", s, i, exact)
		}
	})
}
