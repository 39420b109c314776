-- grain: one row per team, period, metric and stratum
-- key: team, period_start, metric, stratum_by, stratum
-- feature: O12, O16, O17, L11
-- reads: int_metrics__strata
-- by: period_start
-- edges: zero (a cell without answers or cases is none)
-- why: Customer-side metrics apart by customer segment, lifecycle stage, channel, touchpoint, step
--   of the journey or reason, one of them at a time: strata of different kinds overlap and do not
--   add up.
-- columns:
--   team varchar: team
--   metric varchar: metric of the catalogue
--   version integer: revision of its definition
--   stratum_by varchar: segment, lifecycle, channel, touchpoint, journey_step or reason
--   stratum varchar: as the source writes it; (none) where it says nothing
--   period_start date: first civil date of the period, business zone
--   value double: value in the metric's unit
--   n bigint: answers or contacts behind it
--   se double: standard error of value; null for a mean of one answer
--   low double: lower end of the 95 % interval, as in fct_customer_metric
--   high double: upper end of the 95 % interval
with moments as (
    select team, metric, version, kind, stratum_by, stratum, period_start, n, n_top, n_bottom, s1, s2, divisor
    from int_metrics__strata
    where team is not null
)
select
    cast(team as varchar) as team,
    cast(metric as varchar) as metric,
    cast(version as integer) as version,
    cast(stratum_by as varchar) as stratum_by,
    cast(stratum as varchar) as stratum,
    cast(period_start as date) as period_start,
    moment_value(n, s1, divisor) as value,
    cast(n as bigint) as n,
    cast(moment_se(kind, n, s1, s2, divisor) as double) as se,
    cast(moment_bound(-1, kind, n, s1, s2, n_top, n_bottom, divisor) as double) as low,
    cast(moment_bound(1, kind, n, s1, s2, n_top, n_bottom, divisor) as double) as high
from moments
