-- grain: one row per unit, period and customer-side metric that is made of measures
-- key: unit, period_start, metric
-- side: outside
-- reads: int_measures__valued
-- why: Measures come from both worlds; those of the customers' side go on without the release step.
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
from int_measures__valued
where side = 'outside'
