package models

import (
	"fmt"
	"time"
)

// Grain is the length of a period.
type Grain string

const (
	Day     Grain = "day"
	Week    Grain = "week" // ISO 8601, Monday to Sunday
	Month   Grain = "month"
	Quarter Grain = "quarter"
	Year    Grain = "year"
)

// Grains lists every grain from short to long.
func Grains() []Grain { return []Grain{Day, Week, Month, Quarter, Year} }

// ParseGrain reads a grain by name.
func ParseGrain(s string) (Grain, error) {
	for _, g := range Grains() {
		if string(g) == s {
			return g, nil
		}
	}
	return "", fmt.Errorf("period %q is none of day, week, month, quarter, year", s)
}

// Plural gives the word for n of them: "1 week", "2 weeks" are n and this.
func (g Grain) Plural(n int) string {
	if n == 1 {
		return string(g)
	}
	return string(g) + "s"
}

// Period is one day, ISO week, month, quarter or year of the civil calendar. Index counts periods of the grain, so that
// the period two later is Index+2 whatever the calendar does between. Which instants fall into it is said in SQL, with the
// business time zone. Periods of one grain are comparable with ==.
type Period struct {
	Grain Grain
	Index int // days since 1970-01-01; weeks since the one of 1969-12-29; months, quarters, years since 1970
}

// PeriodOn returns the period that holds the civil date (year, month and day of on, its clock and zone ignored).
func PeriodOn(g Grain, on time.Time) Period {
	y, m, d := on.Date()
	switch g {
	case Month:
		return Period{g, (y-1970)*12 + int(m) - 1}
	case Quarter:
		return Period{g, (y-1970)*4 + (int(m)-1)/3}
	case Year:
		return Period{g, y - 1970}
	}
	days := int(floorDiv(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix(), 86400))
	if g == Week {
		return Period{g, int(floorDiv(int64(days)+3, 7))}
	}
	return Period{Day, days}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// Start is the first civil date of the period, at midnight UTC.
func (p Period) Start() time.Time {
	switch p.Grain {
	case Week:
		return time.Date(1969, 12, 29+7*p.Index, 0, 0, 0, 0, time.UTC)
	case Month:
		return time.Date(1970, time.Month(1+p.Index), 1, 0, 0, 0, 0, time.UTC)
	case Quarter:
		return time.Date(1970, time.Month(1+3*p.Index), 1, 0, 0, 0, 0, time.UTC)
	case Year:
		return time.Date(1970+p.Index, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(1970, 1, 1+p.Index, 0, 0, 0, 0, time.UTC)
}

// Add returns the period n later.
func (p Period) Add(n int) Period { return Period{p.Grain, p.Index + n} }

// String gives 2025-03-10, 2025-W11, 2025-03, 2025-Q1 or 2025.
func (p Period) String() string {
	s := p.Start()
	switch p.Grain {
	case Week:
		y, w := s.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", y, w)
	case Month:
		return s.Format("2006-01")
	case Quarter:
		return fmt.Sprintf("%04d-Q%d", s.Year(), (int(s.Month())+2)/3)
	case Year:
		return s.Format("2006")
	}
	return s.Format("2006-01-02")
}
