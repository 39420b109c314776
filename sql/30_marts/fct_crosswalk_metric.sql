-- grain: one row per pair of unit systems, unit, period and customer-side metric
-- key: from_system, to_system, unit, period_start, metric
-- feature: L1
-- reads: stg_crosswalk, int_metrics__moments
-- why: Queues are not survey units. A unit of the target system gets the cases of each source unit
--   with the weight of the link that was valid on the first day of the period: sum of w s1 / sum of
--   w n. The variance of a case is pooled over all cells; n_effective is the number of whole cases
--   with the same standard error.
-- columns:
--   from_system varchar: system of the units that the cases come from
--   to_system varchar: system that they are carried to
--   unit varchar: unit of the latter
--   metric varchar: metric of the catalogue
--   version integer: revision of its definition
--   period_start date: first civil date of the period, business zone
--   value double: value in the metric's unit
--   n double: weighted number of cases
--   n_effective double: (sum of w n)^2 / sum of w^2 n
--   se double: standard error of value, metric's unit; null if no cell has two cases
--   from_units bigint: source units behind it
with links as (
    select from_system, from_unit, to_system, to_unit, weight, valid_from, valid_to
    from stg_crosswalk
    where weight > 0
),
cells as (
    select team, metric, version, period_start, n, s1, s2, divisor
    from int_metrics__moments
    where team is not null
),
variances as (
    select
        metric, safe_div(
            sum(squares_about_mean(n, s1, s2) order by team asc nulls last, period_start asc nulls last), sum(n - 1))
            * power(safe_div(1, divisor), 2) as variance
    from cells
    group by metric, divisor
),
carried as ( -- many to many: that is what a crosswalk is
    select
        l.from_system, l.to_system, l.to_unit, l.from_unit, c.metric, c.version, c.period_start, l.weight, c.n,
        moment_value(c.n, c.s1, c.divisor) as value
    from cells as c
    inner join links as l
        on l.from_unit = c.team and (l.valid_from is null or c.period_start >= l.valid_from)
            and (l.valid_to is null or c.period_start < l.valid_to)
),
sums as (
    select
        from_system, to_system, to_unit, metric, version, period_start, count(distinct from_unit) as from_units,
        sum(weight * n order by from_unit asc nulls last, weight asc nulls last) as n,
        sum(weight * n * value order by from_unit asc nulls last, weight asc nulls last) as total,
        sum(weight * weight * n order by from_unit asc nulls last, weight asc nulls last) as squared
    from carried
    group by from_system, to_system, to_unit, metric, version, period_start
)
select
    cast(s.from_system as varchar) as from_system,
    cast(s.to_system as varchar) as to_system,
    cast(s.to_unit as varchar) as unit,
    cast(s.metric as varchar) as metric,
    cast(s.version as integer) as version,
    cast(s.period_start as date) as period_start,
    safe_div(s.total, s.n) as value,
    cast(s.n as double) as n,
    safe_div(s.n * s.n, s.squared) as n_effective,
    safe_div(sqrt(v.variance * s.squared), s.n) as se,
    cast(s.from_units as bigint) as from_units
from sums as s
inner join variances as v on v.metric = s.metric
