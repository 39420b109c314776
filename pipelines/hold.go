package pipelines

import (
	"context"
	"fmt"
	"time"

	"insideout/pipelines/release"
	"insideout/pipelines/warehouse"
)

// placedQuery lists the answers that would count, in the days that were told of before.
const placedQuery = `
select case when dimension is null then cast(date_trunc('week', answered_on) as date) else period_start end as start_on,
    coalesce(dimension, item) as dimension, team, respondent, response, item, cast(value as varchar)
from int_answers__placed
where is_in_window and team is not null and (dimension is not null or item in (select item from cat_item))
    and answered_on >= ? and answered_on < ?
order by all`

// hold names the answers that came late: to a dimension of which their team was told before, by people who together with those that have changed
// an answer there are fewer than may be told of at once. They wait until enough have come; what was told is told again meanwhile.
func (r *run) hold(ctx context.Context, w *warehouse.Workshop) ([]warehouse.Held, error) {
	r.held = 0
	first, last := r.ledger.days()
	if first.IsZero() {
		return nil, nil
	}
	known, slots := r.ledger.answers()
	names := r.ledger.names()
	var out []warehouse.Held
	type place struct {
		about
		team string
	}
	var at place
	var late []warehouse.Held
	var toldOf bool
	moved := map[string]bool{} // people with a new or a changed answer
	done := func() {
		if toldOf && len(moved) > 0 && len(moved) < r.least(at.period) {
			out = append(out, late...)
		}
		late, toldOf = nil, false
		clear(moved)
	}
	rows, err := w.Query(ctx, placedQuery, first, last)
	if err != nil {
		return nil, fmt.Errorf("hold back what came late: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var next place
		var respondent, response, item, value string
		if err := rows.Scan(&next.period, &next.dimension, &next.team, &respondent, &response, &item, &value); err != nil {
			return nil, fmt.Errorf("hold back what came late: %w", err)
		}
		if next != at {
			done()
			at = next
		}
		names.person(respondent)
		switch a := names.answer(response, item, value); {
		case known[a]:
			toldOf = true
		case slots[a.Slot]:
			toldOf = true
			moved[respondent] = true
		default:
			moved[respondent] = true
			late = append(late, warehouse.Held{Response: response, Item: item})
		}
	}
	done()
	r.held = len(out)
	return out, rows.Err()
}

// least is the smallest group that may be told of in a period: the one configured, or that under which the period was first told, whichever is
// larger. A smaller one never opens what was told already.
func (r *run) least(period time.Time) int {
	k, met := r.frozen[period]
	if !met {
		k = max(r.Privacy.MinimumGroup, r.ledger.least(period, r.end(period, false)))
		if r.frozen == nil {
			r.frozen = map[time.Time]int{}
		}
		r.frozen[period] = k
	}
	return k
}

// days are those that anything was told of: the first, and the one after the last.
func (l *register) days() (first, last time.Time) {
	for _, t := range l.tellings {
		if first.IsZero() || t.Start.Before(first) {
			first = t.Start
		}
		if t.End.After(last) {
			last = t.End
		}
	}
	return first, last
}

// answers are those that were told of, and their places, whatever they said there.
func (l *register) answers() (known map[release.Answer]bool, slots map[release.ID]bool) {
	known, slots = map[release.Answer]bool{}, map[release.ID]bool{}
	for _, t := range l.tellings {
		for i := range t.People {
			for _, a := range t.People[i].Answers {
				known[a], slots[a.Slot] = true, true
			}
		}
	}
	return known, slots
}
