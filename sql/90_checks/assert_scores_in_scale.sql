-- grain: one row per published number outside its scale
-- key: relation, team, period_start, series
-- reads: fct_condition, fct_facet, fct_customer_metric, cat_metric
-- why: A score outside 0 to 100, an NPS outside -100 to 100 or a share outside 0 to 1 is a wrong
--   scale in the catalogue or a wrong mapping, and would spoil every comparison.
-- severity: stop
-- fix: Compare the scale of the item or metric in the catalogue with what the source delivers.
-- columns:
--   relation varchar: mart
--   team varchar: team, or unit
--   series varchar: dimension, item or metric
--   period_start date: first civil date of the period
with metrics as (
    select metric, kind, lo, hi
    from cat_metric
),
cells as (
    select
        'fct_condition' as relation, team, period_start, dimension as series, score as value, 0.0 as lo, 100.0 as hi
    from fct_condition
    union all
    select 'fct_facet', team, period_start, item, score, 0.0, 100.0
    from fct_facet
    union all
    select
        'fct_customer_metric', f.team, f.period_start, f.metric, f.value,
        case
            when m.kind = 'nps' then -100.0
            when m.kind in ('mean', 'measure_mean', 'measure_ratio') then m.lo
            else 0.0
        end,
        case
            when m.kind in ('nps', 'index', 'composite', 'effort') then 100.0
            when m.kind in ('mean', 'measure_mean', 'measure_ratio') then m.hi
            else 1.0
        end
    from fct_customer_metric as f
    inner join metrics as m on m.metric = f.metric
)
select
    cast(relation as varchar) as relation,
    cast(team as varchar) as team,
    cast(series as varchar) as series,
    cast(period_start as date) as period_start
from cells
where value < lo - 0.000001 or value > hi + 0.000001
