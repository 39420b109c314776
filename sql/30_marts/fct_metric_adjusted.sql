-- grain: one row per team and metric, by period and for the whole window
-- key: team, period_start?, metric
-- feature: O17, L11
-- reads: int_metrics__strata
-- why: A team that serves angrier customers is not to be blamed for them. Direct standardisation:
--   the value that the team would have with the segment mix of all customers of the metric over the
--   whole window, sum of w_s v_s over the segments that it served, divided by the sum of their w_s,
--   which is the coverage. Customers without a segment are left out of both values. The variance of
--   a case is pooled within cells of team, period and segment, so that a handful of equal answers
--   does not look certain.
-- columns:
--   team varchar: team
--   metric varchar: metric of the catalogue
--   version integer: revision of its definition
--   period_start date: first civil date of the period, business zone; null for the whole window
--   crude double: value as it is, metric's unit
--   adjusted double: value with the mix of all customers, metric's unit
--   difference double: adjusted - crude
--   se double: standard error of adjusted; null if no cell has two cases
--   coverage double: share of all customers whose segment the team served, 0 to 1
--   n bigint: cases with a known segment
--   segments bigint: segments served
with cells as (
    select team, metric, version, period_start, stratum, n, s1, s2, divisor
    from int_metrics__strata
    where stratum_by = 'segment' and stratum <> '(none)'
),
weights as (
    select metric, stratum, sum(n) as n, sum(sum(n)) over (partition by metric) as n_all
    from cells
    group by metric, stratum
),
variances as (
    select
        metric, safe_div(
            sum(squares_about_mean(n, s1, s2) order by team asc nulls last, period_start asc nulls last,
                stratum asc nulls last),
            sum(n - 1)) * power(safe_div(1, divisor), 2) as variance
    from cells
    group by metric, divisor
),
spread as ( -- each cell counts for its period and for the whole window
    select team, metric, version, period_start, stratum, n, s1, divisor from cells where team is not null
    union all
    select team, metric, version, null, stratum, n, s1, divisor from cells where team is not null
),
sums as (
    select team, metric, version, period_start, stratum, divisor, sum(n) as n, sum(s1) as s1
    from spread
    group by team, metric, version, period_start, stratum, divisor
),
weighted as (
    select
        s.team, s.metric, s.version, s.period_start, s.stratum, s.n, s.s1, s.divisor, w.n as w, w.n_all, v.variance,
        moment_value(s.n, s.s1, s.divisor) as value
    from sums as s
    inner join weights as w on w.metric = s.metric and w.stratum = s.stratum
    inner join variances as v on v.metric = s.metric
),
final as (
    select
        team, metric, version, period_start, moment_value(sum(n), sum(s1), divisor) as crude,
        safe_div(sum(w * value order by stratum asc nulls last), sum(w)) as adjusted,
        safe_div(
            sqrt(max(variance) * sum(safe_div(exact(w) * exact(w), n) order by stratum asc nulls last)),
                sum(w)) as se,
        safe_div(sum(w), max(n_all)) as coverage, sum(n) as n, count(*) as segments
    from weighted
    group by team, metric, version, period_start, divisor
)
select
    cast(team as varchar) as team,
    cast(metric as varchar) as metric,
    cast(version as integer) as version,
    cast(period_start as date) as period_start,
    cast(crude as double) as crude,
    cast(adjusted as double) as adjusted,
    cast(adjusted - crude as double) as difference,
    cast(se as double) as se,
    cast(coverage as double) as coverage,
    cast(n as bigint) as n,
    cast(segments as bigint) as segments
from final
