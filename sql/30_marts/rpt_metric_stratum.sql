-- grain: one row per metric and stratum
-- key: metric, stratum_by, stratum
-- feature: O12, O16, O17
-- reads: int_strata__summed
-- why: The same over the whole window and all teams, rows without a team included. impact is what
--   the stratum adds: the value with it minus the value without it, n_t (v_t - v) / (n - n_t).
-- columns:
--   metric varchar: metric of the catalogue
--   version integer: revision of its definition
--   stratum_by varchar: segment, lifecycle, channel, touchpoint, journey_step or reason
--   stratum varchar: as the source writes it; (none) where it says nothing
--   value double: value in the metric's unit
--   n bigint: answers or contacts behind it
--   share double: share of all cases of the metric, 0 to 1
--   se double: standard error of value; null for a mean of one answer
--   low double: lower end of the 95 % interval, as in fct_customer_metric
--   high double: upper end of the 95 % interval
--   impact double: value of all minus value of all but this stratum, metric's unit; null if it is all there is
with sums as (
    select
        metric, max(version) as version, kind, stratum_by, stratum, divisor, sum(n) as n, sum(n_top) as n_top,
        sum(n_bottom) as n_bottom, sum(s1) as s1, sum(s2) as s2
    from int_strata__summed
    group by metric, kind, stratum_by, stratum, divisor
),
final as (
    select
        metric, version, kind, stratum_by, stratum, divisor, n, n_top, n_bottom, s1, s2,
        sum(n) over (partition by metric, stratum_by) as n_all, sum(s1) over (partition by metric,
        stratum_by) as s1_all
    from sums
)
select
    cast(metric as varchar) as metric,
    cast(version as integer) as version,
    cast(stratum_by as varchar) as stratum_by,
    cast(stratum as varchar) as stratum,
    moment_value(n, s1, divisor) as value,
    cast(n as bigint) as n,
    safe_div(n, n_all) as share,
    cast(moment_se(kind, n, s1, s2, divisor) as double) as se,
    cast(moment_bound(-1, kind, n, s1, s2, n_top, n_bottom, divisor) as double) as low,
    cast(moment_bound(1, kind, n, s1, s2, n_top, n_bottom, divisor) as double) as high,
    moment_value(n_all, s1_all, divisor) - moment_value(n_all - n, s1_all - s1, divisor) as impact
from final
