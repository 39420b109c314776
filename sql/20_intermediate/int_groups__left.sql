-- grain: one row per group that whole teams can be taken from so that somebody is left
-- key: attribute, group_value, period_start, series
-- side: inside
-- reads: int_groups__respondents, int_dimensions__patterns, rel_item
-- why: What somebody is left with who takes the numbers of whole teams from that of a group, the
--   best way round: of each team its members in the group, or all the others, whichever are fewer.
--   Where the items of a team are released those who answered like most and the others are two parts
--   of it, each of which can be taken.
--   For dimensions the number of another group may be added or taken away as well. The least number
--   above zero counts; the release step withholds a group that leaves too few. A group that is made
--   of whole teams leaves nobody and has no row.
with told as (
    select respondent, team, attribute, group_value, series, dimension, kind, period_start
    from int_groups__respondents
),
patterns as (
    select respondent, team, dimension, period_start, is_common
    from int_dimensions__patterns
),
released as (
    select distinct team, dimension, period_start
    from rel_item
),
people as ( -- one pattern each; at most one row of released
    select
        t.respondent, t.attribute, t.group_value, t.series, t.kind, t.period_start,
        case
            when t.kind = 'dimension' and r.team is not null and not p.is_common then t.team || ' others'
            else t.team
        end as team
    from told as t
    inner join patterns as p
        on p.respondent = t.respondent and p.team = t.team and p.dimension = t.dimension
            and p.period_start = t.period_start
    left join released as r
        on r.team = t.team and r.dimension = t.dimension and r.period_start = t.period_start
),
sizes as (
    select team, series, period_start, count(distinct respondent) as n
    from people
    group by team, series, period_start
),
members as ( -- one row of sizes each
    select p.team, p.attribute, p.group_value, p.series, p.kind, p.period_start, count(*) as n_in, max(s.n) as n
    from people as p
    inner join sizes as s on s.team = p.team and s.series = p.series and s.period_start = p.period_start
    group by p.team, p.attribute, p.group_value, p.series, p.kind, p.period_start
),
singles as (
    select attribute, group_value, series, period_start, sum(least(n_in, n - n_in)) as n_left
    from members
    group by attribute, group_value, series, period_start
),
shared as (
    select
        a.team, a.series, a.period_start, a.attribute as attribute_a, a.group_value as group_a,
        b.attribute as attribute_b, b.group_value as group_b, count(*) as n_both
    from people as a
    inner join people as b
        on b.respondent = a.respondent and b.team = a.team and b.series = a.series
            and b.period_start = a.period_start and a.attribute < b.attribute
    where a.kind = 'dimension'
    group by a.team, a.series, a.period_start, a.attribute, a.group_value, b.attribute, b.group_value
),
met as ( -- teams in which both groups have members; at most one row of shared
    select
        a.series, a.period_start, a.attribute as attribute_a, a.group_value as group_a,
        b.attribute as attribute_b, b.group_value as group_b, a.n,
        a.n_in - coalesce(s.n_both, 0) as n_a, b.n_in - coalesce(s.n_both, 0) as n_b,
        coalesce(s.n_both, 0) as n_both, least(a.n_in, a.n - a.n_in) + least(b.n_in, b.n - b.n_in) as n_apart
    from members as a
    inner join members as b
        on b.team = a.team and b.series = a.series and b.period_start = a.period_start
            and (a.attribute < b.attribute or (a.attribute = b.attribute and a.group_value < b.group_value))
    left join shared as s
        on s.team = a.team and s.series = a.series and s.period_start = a.period_start
            and s.attribute_a = a.attribute and s.group_a = a.group_value and s.attribute_b = b.attribute
            and s.group_b = b.group_value
    where a.kind = 'dimension'
),
pairs as (
    select
        series, period_start, attribute_a, group_a, attribute_b, group_b,
        sum(n - greatest(n_both, n_a + n_b, n - n_both - n_a - n_b) - n_apart) as added,
        sum(n - greatest(n_a, n_b, n - n_a - n_b) - n_apart) as taken
    from met
    group by series, period_start, attribute_a, group_a, attribute_b, group_b
),
combined as ( -- one row of singles on either side
    select
        p.attribute_a, p.group_a, p.attribute_b, p.group_b, p.series, p.period_start,
        a.n_left + b.n_left + p.added as added, a.n_left + b.n_left + p.taken as taken
    from pairs as p
    inner join singles as a
        on a.attribute = p.attribute_a and a.group_value = p.group_a and a.series = p.series
            and a.period_start = p.period_start
    inner join singles as b
        on b.attribute = p.attribute_b and b.group_value = p.group_b and b.series = p.series
            and b.period_start = p.period_start
),
every as (
    select attribute, group_value, series, period_start, n_left from singles
    union all
    select attribute_a, group_a, series, period_start, added from combined
    union all
    select attribute_b, group_b, series, period_start, added from combined
    union all
    select attribute_a, group_a, series, period_start, taken from combined
    union all
    select attribute_b, group_b, series, period_start, taken from combined
)
select
    cast(attribute as varchar) as attribute,
    cast(group_value as varchar) as group_value,
    cast(series as varchar) as series,
    cast(period_start as date) as period_start,
    cast(min(n_left) as bigint) as n_left
from every
where n_left > 0
group by attribute, group_value, series, period_start
