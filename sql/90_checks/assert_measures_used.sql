-- grain: one row per measure that no metric uses
-- key: measure
-- reads: stg_measures, cat_metric
-- why: A measure that was brought in and is used by no metric is a metric that somebody forgot, or
--   a name that differs.
-- severity: warn
-- fix: Define a metric of kind measure_mean or measure_ratio on it in the catalogue, or stop
--   bringing it in.
-- columns:
--   measure varchar: measure
--   n bigint: values
with measures as (
    select measure, count(*) as n
    from stg_measures
    group by measure
),
used as (
    select measure from cat_metric where measure is not null
    union
    select numerator from cat_metric where numerator is not null
    union
    select denominator from cat_metric where denominator is not null
)
select
    cast(m.measure as varchar) as measure,
    cast(m.n as bigint) as n
from measures as m
left join used as u on u.measure = m.measure
where u.measure is null
