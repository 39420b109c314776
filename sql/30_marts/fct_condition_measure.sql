-- grain: one row per team, period and employee-side metric that is made of measures
-- key: team, period_start, metric
-- feature: E4
-- reads: rel_measure
-- why: Conditions that are measured and not asked: staffing, absence, scores that arrive
--   aggregated. Released cells only.
-- columns:
--   team varchar: team, or unit of the measure
--   metric varchar: metric of the catalogue
--   version integer: revision of its definition
--   period_start date: first civil date of the period, business zone
--   value double: value in the metric's unit
--   n bigint: people or cases behind it, added up over the values of the period; null if the source
--     does not say
--   n_smallest bigint: smallest group behind any of these values; null if the source does not say
--   se double: standard error of value; null unless the source gave standard deviations
--   is_public boolean: declared as published already by its source
select
    cast(team as varchar) as team,
    cast(series as varchar) as metric,
    cast(version as integer) as version,
    cast(period_start as date) as period_start,
    cast(value as double) as value,
    cast(n_behind as bigint) as n,
    cast(n as bigint) as n_smallest,
    cast(se as double) as se,
    cast(is_public as boolean) as is_public
from rel_measure
