package report

import (
	"math"
	"testing"

	"insideout/models"
)

func TestRestatement_SaysWhatChangedAndWhy(t *testing.T) {
	for _, c := range []struct {
		s    Restatement
		want string
	}{
		{Restatement{Numbers: 14, Gone: 1, Added: 2, Redefined: 3, From: "2025-05", Headline: &Restated{Name: "NPS", Unit: "points", Period: "2025-06", Before: 41, After: 43, Rows: 312}},
			"14 numbers about customers that had been published read differently now, from 2025-05 on (1 there no more, 2 new in old periods, 3 defined or computed otherwise): NPS of 2025-06 went from 41 to 43, with 312 late rows. All are in fct_restatement."},
		{Restatement{Numbers: 1, From: "2025-05"}, "1 number about customers that had been published reads differently now, from 2025-05 on. All are in fct_restatement."},
		{Restatement{Numbers: 2, From: "2025-05", Headline: &Restated{Name: "Failure demand", Unit: "share", Period: "2025-06", Before: .381, After: .4, Redefined: true}},
			"2 numbers about customers that had been published read differently now, from 2025-05 on: Failure demand of 2025-06 went from 38.1% to 40.0%, by changed definitions. All are in fct_restatement."},
		{Restatement{Numbers: 2, From: "2025-05", Headline: &Restated{Name: "NPS", Unit: "points", Period: "2025-06", Before: 41, After: 43, Rows: 1, Redefined: true}},
			"2 numbers about customers that had been published read differently now, from 2025-05 on: NPS of 2025-06 went from 41 to 43, with 1 late row and changed definitions. All are in fct_restatement."},
		{Restatement{Numbers: 2, From: "2025-05", Headline: &Restated{Name: "NPS", Unit: "points", Period: "2025-06", Before: 41, After: models.Figure(math.NaN())}},
			"2 numbers about customers that had been published read differently now, from 2025-05 on: NPS of 2025-06 went from 41 to unknown. All are in fct_restatement."},
	} {
		if got := c.s.sentence(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
