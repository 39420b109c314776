-- grain: one row per week and pulse item with released cells
-- key: week_start, item
-- reads: rel_pulse
-- feature: E10
-- why: The organisation's pulse by the week, from released cells only. A week without any has no
--   row.
-- columns:
--   item varchar: pulse item
--   version integer: version of the instrument
--   week_start date: Monday of the ISO week, business zone
--   score double: index, 0 (every answer the lowest) to 100 (every answer the highest)
--   low double: lower end of its 95 % interval; null if no cell has two respondents
--   high double: upper end
--   n bigint: respondents
--   teams bigint: teams with a released cell
with cells as (
    select team, series, version, period_start, n, s1, s2
    from rel_pulse
),
spreads as (
    select
        series, sum(n - 1) as df,
        safe_div(
            sum(squares_about_mean(n, s1, s2) order by team asc nulls last, period_start asc nulls last),
            sum(n - 1)) as variance
    from cells
    group by series
),
weeks as (
    select
        series, period_start, max(version) as version, sum(n) as n, sum(s1) as s1, count(*) as teams
    from cells
    group by series, period_start
),
final as (
    select
        w.series, w.version, w.period_start, w.n, w.teams, s.df,
        safe_div(w.s1, w.n) * 0.000000001 as score,
        sqrt(safe_div(s.variance, w.n)) * 0.000000001 as se
    from weeks as w
    inner join spreads as s on s.series = w.series
)
select
    cast(series as varchar) as item,
    cast(version as integer) as version,
    cast(period_start as date) as week_start,
    cast(score as double) as score,
    cast(case when se is not null then greatest(0.0, score - t975(df) * se) end as double) as low,
    cast(case when se is not null then least(100.0, score + t975(df) * se) end as double) as high,
    cast(n as bigint) as n,
    cast(teams as bigint) as teams
from final
