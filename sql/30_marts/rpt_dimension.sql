-- grain: one row per dimension with released cells
-- key: dimension
-- feature: E1
-- reads: rel_dimension
-- why: The organisation's score, built from released cells only, so that no withheld team can be
--   found by subtraction. The standard error takes the answers of a team in different periods as
--   those of the same people saying the same again: with one wave it is s / sqrt(n), with many it
--   does not shrink just because the same people were asked again.
-- columns:
--   dimension varchar: dimension of the instrument
--   version integer: version of the instrument
--   score double: mean over respondents, 0 to 100
--   se double: standard error of score; null if no cell has two respondents
--   n bigint: respondents, added up over periods
--   teams bigint: teams with a released cell
--   periods bigint: periods with a released cell
with cells as (
    select team, series, version, period_start, n, s1, s2
    from rel_dimension
),
teams as (
    select
        series, max(version) as version, team, sum(n) as n, sum(s1) as s1,
        sum(squares_about_mean(n, s1, s2) order by period_start asc nulls last) as squares,
        sum(n - 1) as df,
        sum(sqrt(cast(n as double)) order by period_start asc nulls last) as root_n
    from cells
    group by series, team
),
spans as (
    select series, count(distinct period_start) as periods
    from cells
    group by series
),
totals as (
    select
        series, max(version) as version, sum(n) as n, sum(s1) as s1, count(*) as teams,
        safe_div(sum(squares order by team asc nulls last), sum(df)) as variance,
        sum(root_n * root_n order by team asc nulls last) as squared_roots
    from teams
    group by series
)
select
    cast(t.series as varchar) as dimension,
    cast(t.version as integer) as version,
    safe_div(t.s1, t.n) * 0.000000001 as score,
    safe_div(sqrt(t.variance * t.squared_roots), t.n) * 0.000000001 as se,
    cast(t.n as bigint) as n,
    cast(t.teams as bigint) as teams,
    cast(s.periods as bigint) as periods
from totals as t
inner join spans as s on s.series = t.series
