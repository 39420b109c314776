-- grain: one row per unit, period and employee-side metric that is made of measures
-- key: team, period_start, series
-- side: inside
-- reads: int_measures__valued
-- why: Measures of the inside arrive as aggregates; they pass the release step like any other
--   number. The respondents that count there are those of the smallest group behind the value.
select
    cast(unit as varchar) as team,
    cast(metric as varchar) as series,
    cast(version as integer) as version,
    cast(kind as varchar) as kind,
    cast(period_start as date) as period_start,
    cast(n_smallest as bigint) as n,
    cast(n as bigint) as n_behind,
    cast(value as double) as value,
    cast(numerator as double) as numerator,
    cast(denominator as double) as denominator,
    cast(se as double) as se,
    cast(is_complement as boolean) as is_complement,
    cast(is_public as boolean) as is_public
from int_measures__valued
where side = 'inside'
