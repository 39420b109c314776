-- grain: one row per unit, period and metric that is made of measures
-- key: unit, period_start, metric
-- side: shared
-- reads: stg_measures, cat_metric, raw_run
-- keep: table
-- edges: zero (a mean is weighted only by counts above 0, and a ratio over nothing is left out)
-- why: A mean of measures is weighted by n where every value has one, else unweighted. A ratio adds
--   up numerator and denominator over the parts and instants that have both. Values may have any
--   number of digits, so they are summed as doubles in the order of instant and part. n_smallest is
--   the smallest group behind any of the values, because the same people may stand behind the
--   values of several days; n adds up and is a weight only.
with measures as (
    select unit, measured_at, measure, part, value, n, sd
    from stg_measures
),
metrics as (
    select metric, version, side, kind, measure, numerator, denominator, is_complement, is_public
    from cat_metric
),
run as (
    select grain, zone, from_on, to_on
    from raw_run
),
placed as ( -- run has one row
    select
        m.unit, m.measured_at, m.measure, m.part, m.value, m.n, m.sd,
        period_of(m.measured_at, run.grain, run.zone) as period_start
    from measures as m
    cross join run
    where (run.from_on is null or local_day(m.measured_at, run.zone) >= run.from_on)
        and (run.to_on is null or local_day(m.measured_at, run.zone) < run.to_on)
),
means as ( -- one measure may serve several metrics
    select
        p.unit, p.period_start, c.metric, c.version, c.side, c.kind, c.is_public,
        case when count(*) = count(p.n) and sum(p.n) > 0
            then safe_div(sum(p.value * p.n order by p.measured_at asc nulls last, p.part asc nulls last), sum(p.n))
            else safe_div(sum(p.value order by p.measured_at asc nulls last, p.part asc nulls last), count(*))
        end as value,
        case when count(*) = count(p.n) then sum(p.n) end as n,
        case when count(*) = count(p.n) then min(p.n) end as n_smallest,
        case when count(*) = count(p.n) and count(*) = count(p.sd) and sum(p.n) > 0
            then safe_div(
                sqrt(sum(p.n * p.sd * p.sd order by p.measured_at asc nulls last, p.part asc nulls last)), sum(p.n))
        end as se
    from placed as p
    inner join metrics as c on c.kind = 'measure_mean' and c.measure = p.measure
    group by p.unit, p.period_start, c.metric, c.version, c.side, c.kind, c.is_public
),
pairs as ( -- one to one by unit, instant and part
    select
        c.metric, c.version, c.side, c.kind, c.is_public, c.is_complement, top.unit, top.period_start,
        top.measured_at, top.part,
        top.value as numerator, bottom.value as denominator, bottom.n
    from metrics as c
    inner join placed as top on c.kind = 'measure_ratio' and top.measure = c.numerator
    inner join placed as bottom
        on bottom.measure = c.denominator and bottom.unit = top.unit and bottom.measured_at = top.measured_at
            and bottom.part = top.part
),
sums as (
    select
        unit, period_start, metric, version, side, kind, is_public, is_complement,
        sum(numerator order by measured_at asc nulls last, part asc nulls last) as numerator,
        sum(denominator order by measured_at asc nulls last, part asc nulls last) as denominator,
        case when count(*) = count(n) then sum(n) end as n,
        case when count(*) = count(n) then min(n) end as n_smallest
    from pairs
    group by unit, period_start, metric, version, side, kind, is_public, is_complement
),
ratios as (
    select
        unit, period_start, metric, version, side, kind, is_public,
        case
            when is_complement then 1 - safe_div(numerator, denominator)
            else safe_div(numerator, denominator)
        end as value,
        n, n_smallest, null as se, numerator, denominator, is_complement
    from sums
    where denominator <> 0
),
final as (
    select
        unit, period_start, metric, version, side, kind, is_public, value, n, n_smallest, se, null as numerator,
        null as denominator, false as is_complement
    from means
    union all
    select
        unit, period_start, metric, version, side, kind, is_public, value, n, n_smallest, se, numerator, denominator,
        is_complement
    from ratios
)
select
    cast(unit as varchar) as unit,
    cast(metric as varchar) as metric,
    cast(version as integer) as version,
    cast(side as varchar) as side,
    cast(kind as varchar) as kind,
    cast(period_start as date) as period_start,
    cast(value as double) as value,
    cast(numerator as double) as numerator,
    cast(denominator as double) as denominator,
    cast(n as bigint) as n,
    cast(n_smallest as bigint) as n_smallest,
    cast(se as double) as se,
    cast(is_public as boolean) as is_public,
    cast(is_complement as boolean) as is_complement
from final
