-- grain: one row per unit, period and series that was asked for
-- key: unit, period_start, series
-- feature: L1
-- reads: fct_condition, fct_facet, fct_condition_measure, fct_customer_metric,
--   fct_crosswalk_metric, int_metrics__moments, raw_series, cat_metric
-- why: Both sides in one shape, releasable cells only: what inference reads. A period without data
--   has no row and nothing is carried forward. A unit with conditions that has no cases of a metric
--   of its own gets those of the units that the crosswalk links to it. The standard error of a
--   customer-side cell is that
--   of a mean of n cases whose variance is pooled over all cells of the series: a weight made of
--   the cell's own answers would grow just where the answers happen to agree.
-- columns:
--   unit varchar: team, or unit of a measure
--   period_start date: first civil date of the period, business zone
--   series varchar: metric, dimension or item of the catalogue
--   side varchar: inside or outside
--   kind varchar: formula
--   version integer: version of the definition
--   value double: value, unit of the series
--   n double: respondents, answers or cases behind it; null if not known
--   se double: standard error of value; null if not known
--   facet_of varchar: dimension, for an item; null otherwise
with asked as (
    select series
    from raw_series
),
metrics as (
    select metric, side, kind
    from cat_metric
),
moments as (
    select metric, team, period_start, n, s1, s2, divisor
    from int_metrics__moments
    where team is not null
),
variances as (
    select
        metric,
        safe_div(
            sum(squares_about_mean(n, s1, s2) order by team asc nulls last, period_start asc nulls last),
            sum(n - 1)) * power(safe_div(1, divisor), 2) as variance
    from moments
    group by metric, divisor
),
conditioned as (
    select team from fct_condition
    union
    select team from fct_condition_measure
),
direct as (
    select distinct team, metric
    from fct_customer_metric
    where value is not null
),
carried as ( -- of two crosswalks to one unit the first by name counts
    select
        c.unit, c.period_start, c.metric, c.version, c.value, c.n, c.se,
        row_number() over (
            partition by c.unit, c.period_start, c.metric
            order by c.from_system asc nulls last, c.to_system asc nulls last) as place
    from fct_crosswalk_metric as c
    inner join conditioned as i on i.team = c.unit
    left join direct as d on d.team = c.unit and d.metric = c.metric
    where d.team is null
),
cells as (
    select
        c.team as unit, c.period_start, c.dimension as series, 'inside' as side, 'dimension' as kind, c.version,
        c.score as value, c.n, c.se, null as facet_of
    from fct_condition as c
    inner join asked as a on a.series = c.dimension
    union all
    select
        f.team, f.period_start, f.item, 'inside', 'facet', f.version, f.score, f.n, f.se, f.dimension
    from fct_facet as f
    inner join asked as a on a.series = f.dimension
    union all
    select
        m.team, m.period_start, m.metric, 'inside', c.kind, m.version, m.value, m.n, m.se, null
    from fct_condition_measure as m
    inner join asked as a on a.series = m.metric
    inner join metrics as c on c.metric = m.metric
    union all
    select
        m.team, m.period_start, m.metric, 'outside', c.kind, m.version, m.value, m.n,
        case when c.kind in ('measure_mean', 'measure_ratio', 'custom') then m.se
            else sqrt(safe_div(v.variance, m.n)) end,
        null
    from fct_customer_metric as m
    inner join asked as a on a.series = m.metric
    inner join metrics as c on c.metric = m.metric
    left join variances as v on v.metric = m.metric
    union all
    select w.unit, w.period_start, w.metric, 'outside', c.kind, w.version, w.value, w.n, w.se, null
    from carried as w
    inner join asked as a on a.series = w.metric
    inner join metrics as c on c.metric = w.metric
    where w.place = 1
)
select
    cast(unit as varchar) as unit,
    cast(period_start as date) as period_start,
    cast(series as varchar) as series,
    cast(side as varchar) as side,
    cast(kind as varchar) as kind,
    cast(version as integer) as version,
    cast(value as double) as value,
    cast(n as double) as n,
    cast(se as double) as se,
    cast(facet_of as varchar) as facet_of
from cells
where value is not null
