-- grain: one row per period, metric and stratum, teams together
-- key: metric, stratum_by, stratum, period_start
-- side: outside
-- reads: int_metrics__strata
-- keep: table
-- by: period_start
-- why: Whoever asks for all teams, or for the whole window, adds up these few rows. A period that
--   stays as it was is not counted again.
select
    cast(metric as varchar) as metric,
    cast(max(version) as integer) as version,
    cast(kind as varchar) as kind,
    cast(stratum_by as varchar) as stratum_by,
    cast(stratum as varchar) as stratum,
    cast(period_start as date) as period_start,
    cast(sum(n) as bigint) as n,
    cast(sum(n_top) as bigint) as n_top,
    cast(sum(n_bottom) as bigint) as n_bottom,
    exact(sum(s1)) as s1,
    exact(sum(s2)) as s2,
    cast(divisor as bigint) as divisor
from int_metrics__strata
group by metric, kind, stratum_by, stratum, period_start, divisor
