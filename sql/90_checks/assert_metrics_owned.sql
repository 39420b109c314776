-- grain: one row per metric with data that nobody answers for in full
-- key: metric
-- reads: dim_metric_registry, fct_customer_metric, fct_condition_measure
-- why: A metric that is looked at and that nobody owns, that decides nothing or that is never looked at
--   again, is an ornament.
-- severity: warn
-- fix: Give each an owner, a decision and a review date in the catalogue, or stop computing it.
-- columns:
--   metric varchar: metric
--   lacks varchar: what is not said of it
with registry as (
    select metric, owner, decision, review_on
    from dim_metric_registry
    where is_unowned
),
named as ( -- one row: whoever names no owner at all has not begun to
    select count(owner) > 0 as is_begun
    from dim_metric_registry
),
used as (
    select metric
    from fct_customer_metric
    where value is not null
    union
    select metric
    from fct_condition_measure
)
select
    cast(r.metric as varchar) as metric,
    cast(
        case when r.owner is null then 'owner ' else '' end
        || case when r.decision is null then 'decision ' else '' end
        || case when r.review_on is null then 'review' else '' end as varchar) as lacks
from registry as r
inner join used as u on u.metric = r.metric
cross join named as n
where n.is_begun
