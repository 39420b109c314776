-- grain: one row per unit, series and period with a value
-- key: unit, series, period_start
-- feature: O9
-- reads: fct_customer_metric, fct_condition, fct_condition_measure, rpt_metric_period, cat_metric,
--   raw_run
-- why: Every number that moves in time, whether or not it was asked for in the panel, with the
--   unit (all) for all teams together, and where its series is broken: a stretch is a run of periods
--   without a gap, and nothing that compares neighbours reaches over a gap. Released cells only on
--   the employee side.
-- columns:
--   unit varchar: team, unit of a measure, or (all)
--   series varchar: metric or dimension of the catalogue
--   side varchar: inside or outside
--   version integer: revision of the definition
--   period_start date: first civil date of the period, business zone
--   value double: value in the unit of the series
--   n bigint: respondents, answers or cases behind it; null if not known
--   se double: standard error of value; null if not known
--   periods_since_last bigint: periods from the one before with a value, 1 if it is the neighbour; null for the first
--   stretch bigint: number of the unbroken run of periods, from 1
with metrics as (
    select metric, version, side, kind
    from cat_metric
),
run as (
    select grain
    from raw_run
),
cells as (
    select team as unit, metric as series, 'outside' as side, version, period_start, value, n, se
    from fct_customer_metric
    union all
    select team, dimension, 'inside', version, period_start, score, n, se
    from fct_condition
    union all
    select team, metric, 'inside', version, period_start, value, n, se
    from fct_condition_measure
    union all
    select '(all)', p.metric, m.side, m.version, p.period_start, p.value, p.n, p.se
    from rpt_metric_period as p
    inner join metrics as m on m.metric = p.metric
),
spaced as ( -- run has one row
    select
        c.unit, c.series, c.side, c.version, c.period_start, c.value, c.n, c.se,
        periods_between(
            lag(c.period_start) over (partition by c.unit, c.series order by c.period_start asc nulls last),
            c.period_start, run.grain) as periods_since_last
    from cells as c
    cross join run
    where c.value is not null
),
final as (
    select
        unit, series, side, version, period_start, value, n, se, periods_since_last,
        1 + sum(case when periods_since_last > 1 then 1 else 0 end) over (
            partition by unit, series
            order by period_start asc nulls last
            rows between unbounded preceding and current row) as stretch
    from spaced
)
select
    cast(unit as varchar) as unit,
    cast(series as varchar) as series,
    cast(side as varchar) as side,
    cast(version as integer) as version,
    cast(period_start as date) as period_start,
    cast(value as double) as value,
    cast(n as bigint) as n,
    cast(se as double) as se,
    cast(periods_since_last as bigint) as periods_since_last,
    cast(stretch as bigint) as stretch
from final
