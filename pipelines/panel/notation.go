package panel

import (
	"fmt"
	"time"

	"insideout/models"
)

// examples are the notations of a period that periodNamed reads.
var examples = map[models.Grain]string{
	models.Day:     "2025-03-10",
	models.Week:    "2025-03-10 (a Monday) or 2025-W11",
	models.Month:   "2025-03-01 or 2025-03",
	models.Quarter: "2025-01-01 or 2025-Q1",
	models.Year:    "2025-01-01 or 2025",
}

// periodNamed reads the date on which a period begins, or the period's own notation.
func periodNamed(grain models.Grain, text string) (int, bool) {
	if on, err := time.Parse(time.DateOnly, text); err == nil {
		p := models.PeriodOn(grain, on)
		return p.Index, p.Start().Equal(on)
	}
	var year, part int
	var on time.Time
	switch grain {
	case models.Week:
		if n, err := fmt.Sscanf(text, "%4d-W%2d", &year, &part); n != 2 || err != nil {
			return 0, false
		}
		// The week with the fourth of January is the first.
		on = time.Date(year, 1, 4+7*(part-1), 0, 0, 0, 0, time.UTC)
	case models.Month:
		if n, err := fmt.Sscanf(text, "%4d-%2d", &year, &part); n != 2 || err != nil {
			return 0, false
		}
		on = time.Date(year, time.Month(part), 1, 0, 0, 0, 0, time.UTC)
	case models.Quarter:
		if n, err := fmt.Sscanf(text, "%4d-Q%1d", &year, &part); n != 2 || err != nil {
			return 0, false
		}
		on = time.Date(year, time.Month(3*part-2), 1, 0, 0, 0, 0, time.UTC)
	case models.Year:
		if n, err := fmt.Sscanf(text, "%4d", &year); n != 1 || err != nil {
			return 0, false
		}
		on = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	default:
		return 0, false
	}
	p := models.PeriodOn(grain, on)
	return p.Index, p.String() == text // 2025-W54 and 2025-13 are no periods, and nothing may follow
}
