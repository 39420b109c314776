-- grain: one row per team, period and customer-side metric
-- key: team, period_start, metric
-- feature: O1, O7, O18
-- reads: int_metrics__moments, int_measures__outside
-- edges: zero (a cell without answers or cases is none)
-- why: What customers meet, with what it rests on. Means of answers, NPS and shares have a standard
--   error from their own cases; an aggregated measure has one only if its source gave standard
--   deviations, and a ratio of totals has none, because counting error is not what moves it.
-- columns:
--   team varchar: team, or unit of the measure
--   metric varchar: metric of the catalogue
--   version integer: revision of its definition
--   period_start date: first civil date of the period, business zone
--   value double: value in the metric's unit
--   n bigint: answers or cases behind it; null if the source does not say
--   se double: standard error of value, metric's unit; null if it cannot be known
--   low double: lower end of the 95 % interval (adjusted Wald for NPS, t for means, Wilson for
--     shares)
--   high double: upper end of the 95 % interval
with moments as (
    select team, metric, version, kind, period_start, n, n_top, n_bottom, s1, s2, divisor
    from int_metrics__moments
    where team is not null
),
measures as (
    select unit, metric, version, period_start, value, n, se
    from int_measures__outside
),
final as (
    select
        team, metric, version, period_start, moment_value(n, s1, divisor) as value, n,
        moment_se(kind, n, s1, s2, divisor) as se,
        moment_bound(-1, kind, n, s1, s2, n_top, n_bottom, divisor) as low,
        moment_bound(1, kind, n, s1, s2, n_top, n_bottom, divisor) as high
    from moments
    union all
    select
        unit, metric, version, period_start, value, n, se, value - 1.959963984540054 * se,
        value + 1.959963984540054 * se
    from measures
)
select
    cast(team as varchar) as team,
    cast(metric as varchar) as metric,
    cast(version as integer) as version,
    cast(period_start as date) as period_start,
    cast(value as double) as value,
    cast(n as bigint) as n,
    cast(se as double) as se,
    cast(low as double) as low,
    cast(high as double) as high
from final
