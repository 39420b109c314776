-- grain: one row per team, period and item
-- key: team, period_start, item
-- feature: E2
-- reads: rel_item
-- why: What lies beneath the average of a dimension, released cells only. Standard errors as in
--   fct_condition.
-- columns:
--   team varchar: team
--   item varchar: item of the instrument
--   dimension varchar: dimension that it adds to
--   version integer: version of the instrument
--   period_start date: first civil date of the period, business zone
--   score double: mean over respondents, 0 to 100, more is better
--   n bigint: respondents
--   se double: standard error of score; null if no cell has two respondents
with cells as (
    select team, series, dimension, version, period_start, n, s1, s2
    from rel_item
),
spreads as (
    select
        series,
        safe_div(
            sum(squares_about_mean(n, s1, s2) order by team asc nulls last, period_start asc nulls last),
            sum(n - 1)) as variance
    from cells
    group by series
)
select
    cast(c.team as varchar) as team,
    cast(c.series as varchar) as item,
    cast(c.dimension as varchar) as dimension,
    cast(c.version as integer) as version,
    cast(c.period_start as date) as period_start,
    safe_div(c.s1, c.n) * 0.000000001 as score,
    cast(c.n as bigint) as n,
    sqrt(safe_div(s.variance, c.n)) * 0.000000001 as se
from cells as c
inner join spreads as s on s.series = c.series
