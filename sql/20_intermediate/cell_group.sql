-- grain: one row per attribute, group, period and dimension or item
-- key: attribute, group_value, period_start, series
-- side: inside
-- reads: int_groups__respondents, int_groups__left
-- why: What would be published of a group of employees across teams. The groups of an attribute add
--   up to a sum that is known from the teams (column slice); n_alike is as in cell_item, n_odd how
--   many of everybody have the dimension without the item, n_left how few are left when whole teams
--   are taken away. Who was in two teams in a period counts for both (n), and once as somebody to be
--   protected (n_people). A team is not named: the cell belongs to all.
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
everybody as ( -- of all groups of an attribute
    select attribute, series, dimension, kind, period_start, count(*) as n
    from people
    group by attribute, series, dimension, kind, period_start
),
odd as ( -- one dimension each
    select i.attribute, i.series, i.period_start, d.n - i.n as n_odd
    from everybody as i
    inner join everybody as d
        on d.attribute = i.attribute and d.series = i.dimension and d.period_start = i.period_start
    where i.kind = 'facet'
),
sums as (
    select
        attribute, group_value, series, dimension, kind, version, period_start, count(*) as n,
        count(distinct respondent) as n_people, sum(score) as s1, sum(exact(score) * exact(score)) as s2,
        sum(n_answers) as n_answers, sum(n_favourable) as n_favourable, sum(n_unfavourable) as n_unfavourable
    from people
    group by attribute, group_value, series, dimension, kind, version, period_start
)
select -- one row of alike, at most one of odd and rests
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
    cast(coalesce(o.n_odd, 0) as bigint) as n_odd,
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
left join odd as o
    on o.attribute = s.attribute and o.series = s.series and o.period_start = s.period_start
left join rests as r
    on r.attribute = s.attribute and r.group_value = s.group_value and r.series = s.series
        and r.period_start = s.period_start
