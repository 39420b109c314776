-- grain: one row per team, period, dimension and metric laid beside it
-- key: team, period_start, dimension, metric
-- reads: fct_condition, fct_condition_measure, fct_customer_metric, cat_proxy
-- feature: E4
-- why: What people say of a condition beside what can be counted of it: transfers, overtime, absence.
--   Pairs are those that the catalogue names, or every dimension with every employee-side measure.
--   Released numbers only; a team and period with one of the two has no row.
-- columns:
--   team varchar: team
--   dimension varchar: dimension of the instrument
--   dimension_version integer: version of the instrument
--   metric varchar: metric of the catalogue
--   metric_version integer: revision of its definition
--   period_start date: first civil date of the period, business zone
--   score double: mean over respondents, 0 to 100
--   n bigint: respondents
--   value double: value of the metric in its unit
--   n_value bigint: people or cases behind the value; null if the source does not say
with pairs as (
    select dimension, metric
    from cat_proxy
),
scores as (
    select team, dimension, version, period_start, score, n
    from fct_condition
),
numbers as (
    select team, metric, version, period_start, value, n
    from fct_condition_measure
    union all
    select team, metric, version, period_start, value, n
    from fct_customer_metric
)
select -- one to one by team and period
    cast(s.team as varchar) as team,
    cast(s.dimension as varchar) as dimension,
    cast(s.version as integer) as dimension_version,
    cast(v.metric as varchar) as metric,
    cast(v.version as integer) as metric_version,
    cast(s.period_start as date) as period_start,
    cast(s.score as double) as score,
    cast(s.n as bigint) as n,
    cast(v.value as double) as value,
    cast(v.n as bigint) as n_value
from pairs as p
inner join scores as s on s.dimension = p.dimension
inner join numbers as v on v.metric = p.metric and v.team = s.team and v.period_start = s.period_start
where v.value is not null
