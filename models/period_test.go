package models_test

import (
	"testing"
	"time"

	"insideout/models"
)

func TestPeriod_Names(t *testing.T) {
	// Week names from the ISO 8601 calendar.
	for _, c := range []struct {
		grain    models.Grain
		on, want string
	}{
		{models.Day, "2025-03-29", "2025-03-29"},
		{models.Week, "2021-01-03", "2020-W53"},
		{models.Week, "2024-12-30", "2025-W01"},
		{models.Week, "1969-12-31", "1970-W01"},
		{models.Week, "1969-12-28", "1969-W52"},
		{models.Month, "2025-01-31", "2025-01"},
		{models.Month, "1969-12-31", "1969-12"},
		{models.Quarter, "2025-03-31", "2025-Q1"},
		{models.Quarter, "2025-04-01", "2025-Q2"},
		{models.Quarter, "1969-12-31", "1969-Q4"},
		{models.Year, "2025-01-01", "2025"},
	} {
		on, err := time.Parse(time.DateOnly, c.on)
		if err != nil {
			t.Fatal(err)
		}
		if got := models.PeriodOn(c.grain, on); got.String() != c.want {
			t.Errorf("%s of %s is %s, want %s", c.grain, c.on, got, c.want)
		}
	}
}

func TestPeriod_EveryDayBelongsToThePeriodThatStartsBeforeIt(t *testing.T) {
	for _, g := range models.Grains() {
		day := time.Date(1966, 1, 1, 0, 0, 0, 0, time.UTC)
		for range 4000 {
			p := models.PeriodOn(g, day)
			if p.Start().After(day) || !p.Add(1).Start().After(day) {
				t.Fatalf("%s is not inside %s, which starts on %s", day.Format(time.DateOnly), p, p.Start().Format(time.DateOnly))
			}
			if back := models.PeriodOn(g, p.Start()); back != p {
				t.Fatalf("start of %s is in %s", p, back)
			}
			day = day.AddDate(0, 0, 1)
		}
	}
}
