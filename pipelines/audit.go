package pipelines

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"insideout/models"
	"insideout/pipelines/release"
	"insideout/pipelines/warehouse"
)

// peopleQuery lists who answered what, by the marks that a reader can tell people by: their teams, whether they answered as most there, and their
// groups. A pulse item belongs to no dimension: it is one of its own, by the week.
const peopleQuery = `
with answers as (
    select respondent, team, coalesce(dimension, item) as dimension, dimension is null as is_pulse,
        case when dimension is null then cast(date_trunc('week', answered_on) as date) else period_start end as start_on,
        item || chr(31) || response || chr(31) || cast(value as varchar) as answer
    from int_answers__scored
    where is_in_window and team is not null and (dimension is not null or item in (select item from cat_item))
),
seats as (
    select respondent, team, dimension, is_pulse, start_on, string_agg(answer, chr(30) order by answer) as answers
    from answers
    group by respondent, team, dimension, is_pulse, start_on
),
scored as (
    select respondent, team, dimension, period_start
    from int_scores__respondents
    where kind = 'dimension'
),
groups as (
    select respondent, period_start, to_json(list([attribute, group_value] order by attribute)) as groups
    from int_respondents__grouped
    group by respondent, period_start
),
every as (
    select s.start_on, s.dimension, s.is_pulse, s.respondent, s.team, p.is_common, s.answers, coalesce(cast(g.groups as varchar), '[]') as groups
    from (select * from seats where not is_pulse) as s
    inner join scored as d on d.respondent = s.respondent and d.team = s.team and d.dimension = s.dimension and d.period_start = s.start_on
    inner join int_dimensions__patterns as p
        on p.respondent = s.respondent and p.team = s.team and p.dimension = s.dimension and p.period_start = s.start_on
    left join groups as g on g.respondent = s.respondent and g.period_start = s.start_on
    union all
    select start_on, dimension, is_pulse, respondent, team, true, answers, '[]' from seats where is_pulse
)
select * from every
order by start_on, dimension, is_pulse, respondent, team`

// sumsQuery lists what is released: sums over the people of a team, of a group over released teams, or of all of these.
const sumsQuery = `
with sums as (
    select period_start, series as dimension, 'team' as kind, team as a, '' as b, series, n, s1 from rel_dimension
    union all select period_start, dimension, 'team', team, '', series, n, s1 from rel_item
    union all select period_start, dimension, 'deviation', team, '', series, n, d1 from rel_deviation
    union all select period_start, dimension, 'group', attribute, group_value, series, n, s1 from rel_group
    union all
    select t.period_start, coalesce(i.dimension, t.series), 'total', t.attribute, '', t.series, t.n, t.s1
    from rel_group_total as t
    left join cat_item as i on i.item = t.series and t.kind = 'facet'
    union all select period_start, series, 'team', team, '', series, n, s1 from rel_pulse
)
select period_start, dimension, kind, a, b, series, n, cast(s1 as double) / 100000000000 from sums
order by all`

// about is a period and a dimension, or a week and a pulse item: what a telling is of.
type about struct {
	period    time.Time
	dimension string
}

func (a about) String() string { return a.period.Format(time.DateOnly) + " " + a.dimension }

// exposure is something that would follow about too few people, in words for the owner of the lake alone.
type exposure struct {
	about
	what string
}

func (e exposure) String() string { return e.about.String() + ": " + e.what }

// tellings reads from a workshop what is about to be told of employees' scores, in the order of periods and dimensions.
func (r *run) tellings(ctx context.Context, w *warehouse.Workshop) ([]*release.Telling, error) {
	var order []*release.Telling
	of := map[about]*release.Telling{}
	names := r.ledger.names()
	var class release.Class
	var person release.Person
	var now *release.Telling // that class and person belong to
	classes := map[string]int{}
	flush := func() {
		if now == nil {
			return
		}
		key := now.Start.Format(time.DateOnly) + now.Dimension + digest(class)
		n, met := classes[key]
		if !met {
			n = len(now.Classes)
			classes[key] = n
			now.Classes = append(now.Classes, class)
		}
		person.Class = n
		now.People = append(now.People, person)
	}
	err := each(ctx, w, peopleQuery, func(scan func(...any) error) error {
		var at about
		var respondent, team, answers, groups string
		var pulse, common bool
		if err := scan(&at.period, &at.dimension, &pulse, &respondent, &team, &common, &answers, &groups); err != nil {
			return err
		}
		t := of[at]
		if t == nil {
			t = &release.Telling{Dimension: at.dimension, Start: at.period, End: r.end(at.period, pulse), K: r.least(at.period)}
			of[at] = t
			order = append(order, t)
		}
		id := names.person(respondent)
		if now != t || person.ID != id {
			flush()
			now, class, person = t, release.Class{}, release.Person{ID: id}
			var told [][2]string
			if err := json.Unmarshal([]byte(groups), &told); err != nil {
				return err
			}
			for _, g := range told {
				if class.Groups == nil {
					class.Groups = map[string]string{}
				}
				class.Groups[g[0]] = g[1]
			}
		}
		seat := release.Seat{Team: team, Common: common}
		for _, a := range strings.Split(answers, "\x1e") {
			part := strings.SplitN(a, "\x1f", 3)
			if n := len(seat.Items); n > 0 && seat.Items[n-1].Name == part[0] {
				seat.Items[n-1].N++
			} else {
				seat.Items = append(seat.Items, release.Item{Name: part[0], N: 1})
			}
			person.Answers = append(person.Answers, names.answer(part[1], part[0], part[2]))
		}
		class.Seats = append(class.Seats, seat)
		return nil
	})
	if err != nil {
		return nil, err
	}
	flush()
	err = each(ctx, w, sumsQuery, func(scan func(...any) error) error {
		var at about
		var s release.Sum
		if err := scan(&at.period, &at.dimension, &s.Kind, &s.A, &s.B, &s.Series, &s.N, &s.Value); err != nil {
			return err
		}
		if t := of[at]; t != nil {
			t.Sums = append(t.Sums, s)
			return nil
		}
		return fmt.Errorf("%v is told of nobody: %v", s, at)
	})
	if err != nil {
		return nil, err
	}
	order = slices.DeleteFunc(order, func(t *release.Telling) bool { return len(t.Sums) == 0 })
	for _, t := range order {
		t.Trim()
		slices.SortFunc(t.People, func(a, b release.Person) int { return compareID(a.ID, b.ID) })
	}
	return order, nil
}

func compareID(a, b release.ID) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

// end is the first day after a period, or after a week.
func (r *run) end(start time.Time, week bool) time.Time {
	if week {
		return start.AddDate(0, 0, 7)
	}
	return models.PeriodOn(r.Period.Grain, start).Add(1).Start()
}

func each(ctx context.Context, w *warehouse.Workshop, query string, row func(scan func(...any) error) error) error {
	rows, err := w.Query(ctx, query)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
	}
	return rows.Err()
}

// audited is what came out of attacking tellings.
type audited struct {
	exposed []exposure
	drop    map[about][]release.Sum // what is to be taken back
}

// attack joins fresh tellings with those that were told before and hang together with them, and audits what they say together.
// A telling that was told before as it is tells nothing new, and is not looked at again.
func (r *run) attack(fresh []*release.Telling) *audited {
	out := &audited{drop: map[about][]release.Sum{}}
	isFresh := map[*release.Telling]bool{}
	var looked []*release.Telling
	for _, t := range fresh {
		if r.ledger.has(t) {
			continue
		}
		isFresh[t] = true
		looked = append(looked, t)
	}
	for _, d := range slices.Sorted(maps.Keys(r.ledger.tellings)) {
		looked = append(looked, r.ledger.tellings[d])
	}
	for _, group := range together(looked) {
		if !slices.ContainsFunc(group, func(t *release.Telling) bool { return isFresh[t] }) {
			continue
		}
		k := r.Privacy.MinimumGroup
		for _, t := range group {
			k = max(k, t.K)
		}
		j := release.Join(group)
		at := func(ref release.Ref) about { return about{group[ref.Telling].Start, group[ref.Telling].Dimension} }
		said := func(ref release.Ref) release.Sum { return group[ref.Telling].Sums[ref.Sum] }
		for _, ref := range j.Strange {
			if isFresh[group[ref.Telling]] {
				out.exposed = append(out.exposed, exposure{at(ref), fmt.Sprintf("%v rests on other people than those counted", said(ref))})
			}
		}
		drop, found := j.Repair(int64(k), func(ref release.Ref) bool { return isFresh[group[ref.Telling]] }, func(ref release.Ref) int64 { return said(ref).N })
		for _, ref := range drop {
			out.drop[at(ref)] = append(out.drop[at(ref)], said(ref))
		}
		if len(drop) == 0 { // what is exposed all the same was told before, and gives itself away
			for _, t := range group {
				if isFresh[t] {
					out.narrow(t)
				}
			}
			continue
		}
		for _, e := range found.Exposed {
			out.exposed = append(out.exposed, exposure{at(drop[0]), revealed(j, e, len(group) > 1)})
		}
	}
	return out
}

// narrow adds what a telling leaves too little room.
func (a *audited) narrow(t *release.Telling) (w release.Widths) {
	one := []*release.Telling{t}
	j := release.Join(one)
	w = j.Widths(j.Values(one))
	at := about{t.Start, t.Dimension}
	for _, n := range w.Narrow {
		a.exposed = append(a.exposed, exposure{at, fmt.Sprintf("what one of %d people of %s said lies between %.0f and %.0f of 100",
			j.Atoms[n.Atom], strings.Join(j.Teams[n.Atom], ", "), 100*n.Low, 100*n.High)})
		if s := t.Sums[j.Refs[n.Sum].Sum]; !slices.Contains(a.drop[at], s) {
			a.drop[at] = append(a.drop[at], s)
		}
	}
	return w
}

// revealed says what is exposed.
func revealed(j *release.Joint, e release.Exposed, before bool) string {
	var of []string
	for _, i := range e.Atoms {
		of = append(of, j.Teams[i]...)
	}
	slices.Sort(of)
	how := "follows from what is released"
	if before {
		how += " and was told before"
	}
	if !e.Proven {
		how = "may follow: too much to look through"
	}
	return fmt.Sprintf("something about %d people of %s %s", e.People, strings.Join(slices.Compact(of), ", "), how)
}

// together parts tellings into those that may speak of the same answers: their days overlap, and they share an item.
func together(all []*release.Telling) [][]*release.Telling {
	up := make([]int, len(all))
	var root func(i int) int
	root = func(i int) int {
		if up[i] != i {
			up[i] = root(up[i])
		}
		return up[i]
	}
	byItem := map[string][]int{}
	for i, t := range all {
		up[i] = i
		seen := map[string]bool{}
		for _, c := range t.Classes {
			for _, s := range c.Seats {
				for _, item := range s.Items {
					if !seen[item.Name] {
						seen[item.Name] = true
						byItem[item.Name] = append(byItem[item.Name], i)
					}
				}
			}
		}
	}
	for _, list := range byItem {
		slices.SortFunc(list, func(a, b int) int { return all[a].Start.Compare(all[b].Start) })
		var end time.Time
		for n, i := range list {
			if n > 0 && all[i].Start.Before(end) {
				a, b := root(list[n-1]), root(i)
				up[max(a, b)] = min(a, b)
			}
			if all[i].End.After(end) {
				end = all[i].End
			}
		}
	}
	var out [][]*release.Telling
	nth := map[int]int{}
	for i, t := range all {
		r := root(i)
		at, met := nth[r]
		if !met {
			at = len(out)
			nth[r] = at
			out = append(out, nil)
		}
		out[at] = append(out[at], t)
	}
	return out
}
