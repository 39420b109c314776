package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"insideout/pipelines/place"
	"insideout/pipelines/release"
	"insideout/pipelines/warehouse"
)

// auditFile is the private log of an audit that failed, in the lake's folder: it names cells and is never published.
const auditFile = "audit.log"

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
	systems, sums, searched int
	exposed                 []string        // in words, for the private log
	where                   map[string]bool // periods and dimensions of these, see about.String
}

// failure is a failed audit among the checks.
func (a *audited) failure() CheckResult {
	return CheckResult{Name: "anonymity_audit", Rows: int64(len(a.exposed)),
		Text: "Something about too few employees would follow from what is released, or a released number rests on other people than those counted.",
		Fix:  "The cells are named in " + auditFile + " in the lake's folder, for its owner only. Leave out a grouping of the catalogue, or raise privacy.minimum_group."}
}

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

// build makes the workshop and audits what it would release. Where something about too few people follows, the groups of that period and
// dimension give too much away together, for the numbers of teams do not by their rules: all of them are withheld, and the workshop is
// made again. What is exposed even then is for the caller to refuse.
func (r *run) build(ctx context.Context, in warehouse.Input) (*warehouse.Workshop, *audited, error) {
	r.closed = nil
	for {
		w, err := warehouse.Build(ctx, in, r.decide)
		if err != nil {
			return nil, nil, fmt.Errorf("build the warehouse: %w", err)
		}
		look, err := r.audit(ctx, w)
		if err != nil {
			return nil, nil, errors.Join(err, w.Close())
		}
		if len(look.exposed) == 0 || r.closed != nil {
			return w, look, nil
		}
		if err := w.Close(); err != nil {
			return nil, nil, err
		}
		r.closed = look.where
	}
}

// stays reports whether an audit found the groups of a cell's period and dimension to give too much away.
func (r *run) stays(c *release.Cell) bool {
	if c.Slice == "" {
		return false
	}
	dimension := c.Series
	for _, item := range r.catalog.Instrument.Items {
		if item.ID == c.Series {
			dimension = item.Dimension
		}
	}
	return r.closed[about{c.Period, dimension}.String()]
}

// audit attacks what is about to be published of employees' scores, and writes what is exposed, or what it cannot account for, into the
// private log. It knows people by number only.
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
	if len(out.exposed) == 0 {
		return out, nil
	}
	return out, place.Bytes(filepath.Join(r.Lake, auditFile), 0o600, []byte(strings.Join(out.exposed, "\n")+"\n"))
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
	a.systems, a.sums, a.searched = a.systems+1, a.sums+result.Sums, a.searched+result.Searched
	where := at.String()
	if len(strange)+len(result.Exposed) > 0 {
		if a.where == nil {
			a.where = map[string]bool{}
		}
		a.where[where] = true
	}
	for _, s := range strange {
		a.exposed = append(a.exposed, fmt.Sprintf("%s: %v rests on other people than those counted", where, s))
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
		a.exposed = append(a.exposed, fmt.Sprintf("%s: something about %d people of %s %s", where, e.People, strings.Join(slices.Compact(of), ", "), how))
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
