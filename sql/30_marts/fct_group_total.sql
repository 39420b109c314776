-- grain: one row per attribute, period and dimension or item whose total may be shown
-- key: attribute, period_start, series
-- reads: rel_group_total, rel_group
-- feature: E5
-- edges: zero (a released cell has respondents)
-- why: What the groups of an attribute add up to, withheld ones included. It is published only if no
--   group is withheld, or at least two whose respondents together reach the minimum; otherwise
--   there is no row.
-- columns:
--   attribute varchar: what employees are told apart by
--   series varchar: dimension or item
--   kind varchar: dimension or facet
--   version integer: version of the instrument
--   period_start date: first civil date of the period, business zone
--   score double: mean over respondents, 0 to 100
--   n bigint: respondents
--   n_groups bigint: groups that it is made of
--   n_hidden bigint: of these, groups that are withheld
with totals as (
    select attribute, series, kind, version, period_start, n, n_groups, s1
    from rel_group_total
),
shown as (
    select attribute, series, period_start, count(*) as n_shown
    from rel_group
    group by attribute, series, period_start
)
select -- at most one row of shown
    cast(t.attribute as varchar) as attribute,
    cast(t.series as varchar) as series,
    cast(t.kind as varchar) as kind,
    cast(t.version as integer) as version,
    cast(t.period_start as date) as period_start,
    safe_div(t.s1, t.n) * 0.000000001 as score,
    cast(t.n as bigint) as n,
    cast(t.n_groups as bigint) as n_groups,
    cast(t.n_groups - coalesce(s.n_shown, 0) as bigint) as n_hidden
from totals as t
left join shown as s
    on s.attribute = t.attribute and s.series = t.series and s.period_start = t.period_start
