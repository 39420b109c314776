package models_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"insideout/models"
)

func TestPeriodOf_Names(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	auckland, err := time.LoadLocation("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	// Week names from the ISO 8601 calendar, instants from the zone rules of the years named.
	for _, c := range []struct {
		grain models.Grain
		at    string
		zone  *time.Location
		want  string
	}{
		{models.Day, "2025-03-29T23:59:59Z", london, "2025-03-29"},
		{models.Day, "2025-03-30T23:00:00Z", london, "2025-03-31"}, // summer time began that morning
		{models.Week, "2021-01-03T12:00:00Z", time.UTC, "2020-W53"},
		{models.Week, "2024-12-30T00:00:00Z", time.UTC, "2025-W01"},
		{models.Week, "1969-12-31T00:00:00Z", time.UTC, "1970-W01"},
		{models.Week, "1969-12-28T23:00:00Z", time.UTC, "1969-W52"},
		{models.Week, "2025-10-26T23:30:00Z", london, "2025-W43"},
		{models.Week, "2025-10-26T23:30:00Z", auckland, "2025-W44"},
		{models.Month, "2025-01-31T23:30:00Z", london, "2025-01"},
		{models.Month, "1969-12-31T00:00:00Z", time.UTC, "1969-12"},
		{models.Quarter, "2025-03-31T22:30:00Z", london, "2025-Q1"},
		{models.Quarter, "2025-03-31T23:30:00Z", london, "2025-Q2"},
		{models.Quarter, "1969-12-31T00:00:00Z", time.UTC, "1969-Q4"},
		{models.Year, "2024-12-31T11:00:00Z", auckland, "2025"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := models.PeriodOf(c.grain, at, c.zone); got.String() != c.want {
			t.Errorf("%s of %s in %s is %s, want %s", c.grain, c.at, c.zone, got, c.want)
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

func TestPeriod_BoundsFollowTheClockChange(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	spring := models.PeriodOn(models.Week, time.Date(2025, 3, 30, 0, 0, 0, 0, time.UTC))
	from, to := spring.Bounds(london)
	if got := to.Sub(from); got != 167*time.Hour {
		t.Errorf("the week of the spring change lasts %s, want 167h", got)
	}
	autumn := models.PeriodOn(models.Day, time.Date(2025, 10, 26, 0, 0, 0, 0, time.UTC))
	if from, to := autumn.Bounds(london); to.Sub(from) != 25*time.Hour {
		t.Errorf("the day of the autumn change lasts %s, want 25h", to.Sub(from))
	}
}
