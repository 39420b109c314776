-- grain: one row per attribute, group, period and dimension or item
-- key: attribute, group_value, period_start, series
-- side: inside
-- reads: int_groups__respondents, int_groups__left
-- why: What would be published of a group of employees across teams. The groups of an attribute add
--   up to a sum that is known from the teams (column slice); n_alike, n_lacking and n_beyond are as
--   in cell_item, n_left is how few are left when whole teams are taken away. Who was in two teams
--   in a period counts for both (n), and once as somebody to be protected (n_people). A team is not
--   named: the cell belongs to all.
with people as (
    select
        respondent, team, attribute, group_value, series, dimension, kind, version, period_start, score, n_answers,
        n_favourable, n_unfavourable
    from int_groups__respondents
),
rests as (
    select attribute, group_value, series, period_start, n_left
    from int_groups__left
),
values_chosen as (
    select attribute, group_value, series, period_start, score, count(*) as n
    from people
    group by attribute, group_value, series, period_start, score
),
alike as (
    select attribute, group_value, series, period_start, max(n) as n_alike
    from values_chosen
    group by attribute, group_value, series, period_start
),
asked as (
    select attribute, group_value, dimension, period_start, count(*) as n
    from people
    where kind = 'dimension'
    group by attribute, group_value, dimension, period_start
),
sums as ( -- at most one row of the dimension each
    select
        p.attribute, p.group_value, p.series, p.dimension, p.kind, p.version, p.period_start, count(*) as n,
        count(distinct p.respondent) as n_people, count(d.respondent) as n_both, sum(p.score) as s1,
        sum(exact(p.score) * exact(p.score)) as s2, sum(p.n_answers) as n_answers,
        sum(p.n_favourable) as n_favourable, sum(p.n_unfavourable) as n_unfavourable
    from people as p
    left join people as d
        on d.respondent = p.respondent and d.team = p.team and d.attribute = p.attribute
            and d.series = p.dimension and d.period_start = p.period_start
    group by p.attribute, p.group_value, p.series, p.dimension, p.kind, p.version, p.period_start
)
select -- one row of alike, at most one of asked and rests
    cast('' as varchar) as team,
    cast(s.attribute as varchar) as attribute,
    cast(s.group_value as varchar) as group_value,
    cast(s.series as varchar) as series,
    cast(s.dimension as varchar) as family,
    cast(s.dimension as varchar) as dimension,
    cast(s.kind as varchar) as kind,
    cast(s.version as integer) as version,
    cast(s.period_start as date) as period_start,
    cast(s.n as bigint) as n,
    cast(s.n_people as bigint) as n_people,
    cast(a.n_alike as bigint) as n_alike,
    cast(coalesce(d.n, 0) - s.n_both as bigint) as n_lacking,
    cast(s.n - s.n_both as bigint) as n_beyond,
    cast(coalesce(r.n_left, 0) as bigint) as n_left,
    exact(s.s1) as s1,
    exact(s.s2) as s2,
    cast(s.n_answers as bigint) as n_answers,
    cast(s.n_favourable as bigint) as n_favourable,
    cast(s.n_unfavourable as bigint) as n_unfavourable,
    cast('group ' || s.attribute as varchar) as slice,
    cast(false as boolean) as is_total,
    cast(false as boolean) as is_public
from sums as s
inner join alike as a
    on a.attribute = s.attribute and a.group_value = s.group_value and a.series = s.series
        and a.period_start = s.period_start
left join asked as d
    on d.attribute = s.attribute and d.group_value = s.group_value and d.dimension = s.dimension
        and d.period_start = s.period_start
left join rests as r
    on r.attribute = s.attribute and r.group_value = s.group_value and r.series = s.series
        and r.period_start = s.period_start
