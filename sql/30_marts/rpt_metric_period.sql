-- grain: one row per metric and period with data
-- key: metric, period_start
-- feature: O1
-- reads: int_metrics__moments, int_measures__outside, rel_measure
-- edges: zero (a cell without answers or cases is none)
-- why: The trend of each metric over all teams; as rpt_metric, period by period. A period without
--   data has no row.
-- columns:
--   metric varchar: metric of the catalogue
--   period_start date: first civil date of the period, business zone
--   value double: value in the metric's unit
--   se double: standard error of value; null if it cannot be known
--   low double: lower end of the 95 % interval; null if it cannot be known
--   high double: upper end of the 95 % interval; null if it cannot be known
--   n bigint: answers or cases behind it; null if not known
with moments as (
    select metric, period_start, kind, n, n_top, n_bottom, s1, s2, divisor
    from int_metrics__moments
),
sums as (
    select
        metric, period_start, kind, divisor, sum(n) as n, sum(n_top) as n_top, sum(n_bottom) as n_bottom, sum(s1) as s1,
        sum(s2) as s2
    from moments
    group by metric, period_start, kind, divisor
),
measures as (
    select unit, metric, period_start, value, numerator, denominator, n, se, is_complement
    from int_measures__outside
    union all
    select team, series, period_start, value, numerator, denominator, n_behind, se, is_complement
    from rel_measure
),
measured as (
    select
        metric, period_start, is_complement, count(*) as n_cells, count(n) as n_counted, count(se) as n_with_se,
        sum(n) as n,
        sum(value order by unit asc nulls last) as s1,
        sum(value * n order by unit asc nulls last) as weighted_s1,
        sum(n * n * se * se order by unit asc nulls last) as weighted_variance,
        sum(numerator order by unit asc nulls last) as numerator,
        sum(denominator order by unit asc nulls last) as denominator
    from measures
    group by metric, period_start, is_complement
),
measured_values as (
    select
        metric, period_start,
        case
            when denominator is not null and is_complement then 1 - safe_div(numerator, denominator)
            when denominator is not null then safe_div(numerator, denominator)
            when n_cells = n_counted and n > 0 then safe_div(weighted_s1, n)
            else safe_div(s1, n_cells)
        end as value,
        case when n_cells = n_counted and n_cells = n_with_se and n > 0
            then safe_div(sqrt(weighted_variance), n) end as se,
        case when n_cells = n_counted then n end as n
    from measured
),
final as (
    select
        metric, period_start, moment_value(n, s1, divisor) as value, moment_se(kind, n, s1, s2, divisor) as se,
        moment_bound(-1, kind, n, s1, s2, n_top, n_bottom, divisor) as low,
        moment_bound(1, kind, n, s1, s2, n_top, n_bottom, divisor) as high, n
    from sums
    union all
    select
        metric, period_start, value, se, value - 1.959963984540054 * se, value + 1.959963984540054 * se, n
    from measured_values
)
select
    cast(metric as varchar) as metric,
    cast(period_start as date) as period_start,
    cast(value as double) as value,
    cast(se as double) as se,
    cast(low as double) as low,
    cast(high as double) as high,
    cast(n as bigint) as n
from final
