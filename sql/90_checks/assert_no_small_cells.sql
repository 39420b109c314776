-- grain: one row per published employee-side number that rests on fewer people than the minimum
-- key: relation, team, period_start, series
-- reads: fct_condition, fct_facet, fct_condition_measure, fct_panel, raw_run, cat_metric
-- why: The last look before publication: no employee-side mart may hold a number of a group below
--   the minimum.
-- severity: stop
-- fix: This is a fault of the program, not of the data: a mart got past the release step. Do not
--   publish.
-- columns:
--   relation varchar: mart
--   team varchar: team, or unit
--   series varchar: dimension, item or metric
--   period_start date: first civil date of the period
with run as (
    select min_group
    from raw_run
),
cells as (
    select 'fct_condition' as relation, team, period_start, dimension as series, n, false as is_public
    from fct_condition
    union all
    select 'fct_facet', team, period_start, item, n, false from fct_facet
    union all
    select 'fct_condition_measure', team, period_start, metric, n_smallest, is_public from fct_condition_measure
    union all
    select 'fct_panel', p.unit, p.period_start, p.series, p.n, coalesce(m.is_public, false)
    from fct_panel as p
    left join cat_metric as m on m.metric = p.series
    where p.side = 'inside'
)
select -- run has one row
    cast(c.relation as varchar) as relation,
    cast(c.team as varchar) as team,
    cast(c.series as varchar) as series,
    cast(c.period_start as date) as period_start
from cells as c
cross join run
where not c.is_public and coalesce(c.n, 0) < run.min_group
