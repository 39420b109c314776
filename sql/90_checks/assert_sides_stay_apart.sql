-- grain: one row per metric that is published on the wrong side
-- key: relation, metric
-- reads: fct_customer_metric, fct_condition_measure, cat_metric
-- why: A measure of the inside in a customer-side mart would have gone round the release step.
-- severity: stop
-- fix: This is a fault of the program, not of the data. Do not publish.
-- columns:
--   relation varchar: mart
--   metric varchar: metric of the catalogue
with metrics as (
    select metric, side
    from cat_metric
),
published as (
    select 'fct_customer_metric' as relation, metric, 'outside' as side from fct_customer_metric
    union all
    select 'fct_condition_measure', metric, 'inside' from fct_condition_measure
)
select
    cast(p.relation as varchar) as relation,
    cast(p.metric as varchar) as metric
from published as p
inner join metrics as m on m.metric = p.metric
where m.side <> p.side
group by p.relation, p.metric
