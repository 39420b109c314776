-- grain: one row per team, week and pulse item
-- key: team, week_start, item
-- reads: rel_pulse
-- feature: E10
-- why: How it is right now, team by team, released cells only. Standard errors as in fct_condition.
-- columns:
--   team varchar: team
--   item varchar: pulse item
--   version integer: version of the instrument
--   week_start date: Monday of the ISO week, business zone
--   score double: index, 0 (every answer the lowest) to 100 (every answer the highest)
--   se double: standard error of score; null if no cell has two respondents
--   n bigint: respondents
with cells as (
    select team, series, version, period_start, n, s1, s2
    from rel_pulse
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
    cast(c.version as integer) as version,
    cast(c.period_start as date) as week_start,
    safe_div(c.s1, c.n) * 0.000000001 as score,
    sqrt(safe_div(s.variance, c.n)) * 0.000000001 as se,
    cast(c.n as bigint) as n
from cells as c
inner join spreads as s on s.series = c.series
