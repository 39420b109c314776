-- grain: one row per touchpoint, period, perspective and series
-- key: touchpoint, period_start, perspective, series
-- feature: L9
-- reads: int_strata__summed, int_touchpoints__owned, fct_condition, dim_metric_registry,
--   cat_metric, raw_run
-- why: A touchpoint has to work for three: the customer, the company, the people who serve there.
--   Customers' and company's numbers are those met at the touchpoint; the employees' are the
--   released conditions of the teams that own it, weighted by respondents. A change from the period
--   before is better or worse only where it exceeds 1.96 of its standard errors; else it is unclear.
-- columns:
--   touchpoint varchar: touchpoint
--   perspective varchar: customer, company or employee
--   series varchar: metric or dimension of the catalogue
--   period_start date: first civil date of the period, business zone
--   value double: value in the unit of the series
--   n bigint: answers, contacts or respondents behind it
--   se double: standard error of value
--   change double: value minus that of the period before; null after a gap
--   change_z double: change in standard errors; null where these are not known or 0
--   verdict varchar: better, worse or unclear; null without a change or a better direction
with strata as (
    select
        stratum as touchpoint, metric, kind, period_start, divisor, sum(n) as n, sum(s1) as s1, sum(s2) as s2
    from int_strata__summed
    where stratum_by = 'touchpoint' and stratum <> '(none)'
    group by stratum, metric, kind, period_start, divisor
),
registry as (
    select metric, coalesce(perspective, 'customer') as perspective
    from dim_metric_registry
),
metrics as (
    select metric, direction
    from cat_metric
),
owners as (
    select touchpoint, owner
    from int_touchpoints__owned
),
conditions as (
    select team, dimension, period_start, score, n, se
    from fct_condition
),
run as (
    select grain
    from raw_run
),
cells as (
    select
        s.touchpoint, r.perspective, s.metric as series, m.direction, s.period_start,
        moment_value(s.n, s.s1, s.divisor) as value, s.n, moment_se(s.kind, s.n, s.s1, s.s2, s.divisor) as se
    from strata as s
    inner join registry as r on r.metric = s.metric
    inner join metrics as m on m.metric = s.metric
    union all
    select
        o.touchpoint, 'employee', c.dimension, 'higher', c.period_start,
        safe_div(sum(c.n * c.score order by c.team asc nulls last), sum(c.n)), sum(c.n),
        safe_div(sqrt(sum(c.n * c.n * c.se * c.se order by c.team asc nulls last)), sum(c.n))
    from owners as o
    inner join conditions as c on c.team = o.owner
    group by o.touchpoint, c.dimension, c.period_start
),
spaced as ( -- run has one row
    select
        c.touchpoint, c.perspective, c.series, c.direction, c.period_start, c.value, c.n, c.se,
        periods_between(lag(c.period_start) over series_order, c.period_start, run.grain) = 1 as is_neighbour,
        lag(c.value) over series_order as before_value, lag(c.se) over series_order as before_se
    from cells as c
    cross join run
    window series_order as (
        partition by c.touchpoint, c.perspective, c.series order by c.period_start asc nulls last)
),
final as (
    select
        touchpoint, perspective, series, direction, period_start, value, n, se,
        case when is_neighbour then value - before_value end as change,
        case when is_neighbour then safe_div(value - before_value, sqrt(se * se + before_se
        * before_se)) end as change_z
    from spaced
)
select
    cast(touchpoint as varchar) as touchpoint,
    cast(perspective as varchar) as perspective,
    cast(series as varchar) as series,
    cast(period_start as date) as period_start,
    cast(value as double) as value,
    cast(n as bigint) as n,
    cast(se as double) as se,
    cast(change as double) as change,
    cast(change_z as double) as change_z,
    cast(
        case
            when change is null or direction = 'neither' then null
            when coalesce(abs(change_z) < 1.959963984540054, true) then 'unclear'
            when change_z > 0 and direction = 'higher' or change_z < 0 and direction = 'lower' then 'better'
            else 'worse'
        end as varchar) as verdict
from final
