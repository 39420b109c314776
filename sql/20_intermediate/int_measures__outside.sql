-- grain: one row per unit, period and customer-side metric that is made of measures or by a
--   formula of the project's own
-- key: unit, period_start, metric
-- side: outside
-- reads: int_measures__valued, raw_custom
-- why: Measures come from both worlds; those of the customers' side go on without the release step.
--   So do custom metrics, whose SQL ran where nothing else can be read.
with valued as (
    select unit, metric, version, kind, period_start, value, numerator, denominator, n, se, is_complement
    from int_measures__valued
    where side = 'outside'
    union all
    select unit, metric, version, 'custom', period_start, value, numerator, denominator, n, se, false
    from raw_custom
)
select
    cast(unit as varchar) as unit,
    cast(metric as varchar) as metric,
    cast(version as integer) as version,
    cast(kind as varchar) as kind,
    cast(period_start as date) as period_start,
    cast(value as double) as value,
    cast(numerator as double) as numerator,
    cast(denominator as double) as denominator,
    cast(n as bigint) as n,
    cast(se as double) as se,
    cast(is_complement as boolean) as is_complement
from valued
