package pipelines

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"insideout/pipelines/release"
	"insideout/pipelines/warehouse"
)

// peopleQuery counts people by what a reader can tell them apart by: their teams, whether they answered as most there, and their groups.
const peopleQuery = `
with dimensions as (
    select p.respondent, p.period_start, p.dimension,
        to_json(list({'Team': p.team, 'Common': p.is_common} order by p.team)) as seats
    from int_dimensions__patterns as p
    inner join int_dimensions__respondents as d
        on d.respondent = p.respondent and d.team = p.team and d.dimension = p.dimension and d.period_start = p.period_start
    group by p.respondent, p.period_start, p.dimension
),
groups as (
    select respondent, period_start, to_json(list([attribute, group_value] order by attribute)) as groups
    from int_respondents__grouped
    group by respondent, period_start
)
select d.period_start, d.dimension, cast(d.seats as varchar), coalesce(cast(g.groups as varchar), '[]'), count(*)
from dimensions as d
left join groups as g on g.respondent = d.respondent and g.period_start = d.period_start
group by all
order by all`

// itemsQuery lists the items that those who answered as most of their team did answered.
const itemsQuery = `
select distinct i.period_start, i.dimension, i.team, i.item
from int_items__respondents as i
inner join int_dimensions__patterns as p
    on p.respondent = i.respondent and p.team = i.team and p.dimension = i.dimension and p.period_start = i.period_start
where p.is_common
order by all`

// sumsQuery lists what is released: sums over the people of a team, of a group over released teams, or of all of these.
const sumsQuery = `
select period_start, series as dimension, series, 'team' as kind, team as a, '' as b, n from rel_dimension
union all select period_start, dimension, series, 'team', team, '', n from rel_item
union all select period_start, dimension, series, 'deviation', team, '', n from rel_deviation
union all select period_start, dimension, series, 'group', attribute, group_value, n from rel_group
union all
select t.period_start, coalesce(i.dimension, t.series), t.series, 'total', t.attribute, '', t.n
from rel_group_total as t
left join cat_item as i on i.item = t.series and t.kind = 'facet'
order by all`

// audited is the audit of one release.
type audited struct {
	sums    int
	exposed []exposure
}

// exposure is something that would follow about too few people, in words for the owner of the lake alone.
type exposure struct {
	about
	what string
}

func (e exposure) String() string { return e.about.String() + ": " + e.what }

// seat is a person's place in a team, of an atom: what was answered there.
type seat struct {
	Team   string
	Common bool
}

type person struct {
	seats  []seat
	groups map[string]string
	n      int64
}

// about is a period and a dimension: what an audit looks at together, because nothing is a sum across two.
type about struct {
	period    time.Time
	dimension string
}

func (a about) String() string { return a.period.Format(time.DateOnly) + " " + a.dimension }

// sum is one released number.
type sum struct {
	series, kind, a, b string
	n                  int64
}

func (s *sum) String() string {
	return strings.TrimSpace(fmt.Sprint(s.kind, " ", s.a, " ", s.b, ": ", s.series))
}

// audit attacks what is about to be published of employees' scores. It knows people by number only.
func (r *run) audit(ctx context.Context, w *warehouse.Workshop) (*audited, error) {
	people, items, sums := map[about][]person{}, map[about]map[string][]string{}, map[about][]*sum{}
	var order []about
	err := each(ctx, w, peopleQuery, func(scan func(...any) error) error {
		var at about
		var seats, groups string
		var told [][2]string
		p := person{groups: map[string]string{}}
		if err := scan(&at.period, &at.dimension, &seats, &groups, &p.n); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(seats), &p.seats); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(groups), &told); err != nil {
			return err
		}
		for _, g := range told {
			p.groups[g[0]] = g[1]
		}
		if people[at] == nil {
			order = append(order, at)
		}
		people[at] = append(people[at], p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, w, itemsQuery, func(scan func(...any) error) error {
		var at about
		var team, item string
		if err := scan(&at.period, &at.dimension, &team, &item); err != nil {
			return err
		}
		if items[at] == nil {
			items[at] = map[string][]string{}
		}
		items[at][team] = append(items[at][team], item)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, w, sumsQuery, func(scan func(...any) error) error {
		var at about
		s := new(sum)
		if err := scan(&at.period, &at.dimension, &s.series, &s.kind, &s.a, &s.b, &s.n); err != nil {
			return err
		}
		sums[at] = append(sums[at], s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := new(audited)
	for _, at := range order {
		v := view{dimension: at.dimension, people: people[at], items: items[at], sums: sums[at], told: map[string]bool{}}
		out.look(at, &v, int64(r.Privacy.MinimumGroup))
	}
	return out, nil
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

func (a *audited) look(at about, v *view, k int64) {
	system, strange := v.system()
	result := release.Audit(system, k)
	a.sums += result.Sums
	for _, s := range strange {
		a.exposed = append(a.exposed, exposure{at, fmt.Sprintf("%v rests on other people than those counted", s)})
	}
	for _, e := range result.Exposed {
		var of []string
		for _, i := range e.Atoms {
			for _, s := range v.people[i].seats {
				of = append(of, s.Team)
			}
		}
		slices.Sort(of)
		how := "follows from what is released"
		if !e.Proven {
			how = "may follow: too much to look through"
		}
		a.exposed = append(a.exposed, exposure{at, fmt.Sprintf("something about %d people of %s %s", e.People, strings.Join(slices.Compact(of), ", "), how)})
	}
}

// view is what a reader sees of a dimension in a period.
type view struct {
	dimension string
	people    []person
	items     map[string][]string // by team
	sums      []*sum
	told      map[string]bool // team and series
}

// system makes the equations, and lists the numbers that do not rest on as many people as they should.
func (v *view) system() (*release.System, []*sum) {
	s := new(release.System)
	type unknown struct {
		person, seat int
		series       string
	}
	number := map[unknown]int{}
	all, byTeam := make([]int, len(v.people)), map[string][]int{}
	for i, p := range v.people {
		s.Atoms = append(s.Atoms, p.n)
		all[i] = i
		for j, seat := range p.seats {
			byTeam[seat.Team] = append(byTeam[seat.Team], i)
			series := []string{v.dimension}
			if seat.Common {
				series = v.items[seat.Team]
			}
			for _, name := range series {
				number[unknown{i, j, name}] = len(s.Unknown)
				s.Unknown = append(s.Unknown, i)
			}
		}
	}
	for _, sum := range v.sums {
		if sum.kind == "team" {
			v.told[sum.a+"\x00"+sum.series] = true
		}
	}
	var strange []*sum
	for _, sum := range v.sums {
		var terms []release.Term
		var n int64
		among := all
		if sum.kind == "team" || sum.kind == "deviation" {
			among = byTeam[sum.a]
		}
		for _, i := range among {
			p := &v.people[i]
			for j, seat := range p.seats {
				if !v.counts(sum, p, seat) {
					continue
				}
				n += p.n
				whole := sum.series == v.dimension
				if !whole {
					terms = append(terms, release.Term{Unknown: number[unknown{i, j, sum.series}], Num: 1, Den: 1})
				}
				if whole || sum.kind == "deviation" {
					sign := int64(1)
					if !whole {
						sign = -1
					}
					if !seat.Common {
						terms = append(terms, release.Term{Unknown: number[unknown{i, j, v.dimension}], Num: sign, Den: 1})
						continue
					}
					for _, item := range v.items[seat.Team] {
						terms = append(terms, release.Term{Unknown: number[unknown{i, j, item}], Num: sign, Den: int64(len(v.items[seat.Team]))})
					}
				}
			}
		}
		if n != sum.n {
			strange = append(strange, sum)
		}
		s.Sums = append(s.Sums, terms)
	}
	return s, strange
}

// counts says whether a seat's answers are in a sum.
func (v *view) counts(s *sum, p *person, at seat) bool {
	if s.series != v.dimension && !(at.Common && slices.Contains(v.items[at.Team], s.series)) {
		return false
	}
	switch s.kind {
	case "team", "deviation":
		return at.Team == s.a
	case "group":
		return p.groups[s.a] == s.b && v.told[at.Team+"\x00"+s.series]
	}
	return v.told[at.Team+"\x00"+s.series]
}
