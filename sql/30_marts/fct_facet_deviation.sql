-- grain: one row per team, period and item
-- key: team, period_start, item
-- reads: rel_deviation
-- feature: E2
-- edges: zero (a released cell has respondents), one (a released cell has the minimum of
--   respondents), alike (what all agree on is withheld)
-- why: Beneath the average: how far an item lies from its dimension among the same respondents. The
--   interval is that of paired differences, with the spread pooled over all released cells of the
--   item.
-- columns:
--   team varchar: team
--   item varchar: item of the instrument
--   dimension varchar: dimension that it adds to
--   version integer: version of the instrument
--   period_start date: first civil date of the period, business zone
--   deviation double: item score minus dimension score, mean over respondents with both, points of
--     100
--   low double: lower end of its 95 % interval; null if no cell has two respondents
--   high double: upper end
--   n bigint: respondents
with cells as (
    select team, series, dimension, version, period_start, n, d1, d2
    from rel_deviation
),
spreads as (
    select
        series, sum(n - 1) as df,
        safe_div(
            sum(squares_about_mean(n, d1, d2) order by team asc nulls last, period_start asc nulls last),
            sum(n - 1)) as variance
    from cells
    group by series
),
final as (
    select
        c.team, c.series, c.dimension, c.version, c.period_start, c.n, s.df,
        safe_div(c.d1, c.n) * 0.000000001 as deviation,
        sqrt(safe_div(s.variance, c.n)) * 0.000000001 as se
    from cells as c
    inner join spreads as s on s.series = c.series
)
select
    cast(team as varchar) as team,
    cast(series as varchar) as item,
    cast(dimension as varchar) as dimension,
    cast(version as integer) as version,
    cast(period_start as date) as period_start,
    cast(deviation as double) as deviation,
    cast(deviation - t975(df) * se as double) as low,
    cast(deviation + t975(df) * se as double) as high,
    cast(n as bigint) as n
from final
