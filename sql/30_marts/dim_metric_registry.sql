-- grain: one row per metric of the catalogue
-- key: metric
-- feature: L7, L8
-- reads: cat_metric, cat_registry
-- why: A metric that nobody owns and that decides nothing is an ornament. Whose success each tells,
--   what is decided by it and when it is looked at again.
-- columns:
--   metric varchar: id
--   version integer: revision of the definition
--   name varchar: name shown
--   side varchar: inside or outside
--   perspective varchar: whose success it tells: customer, company or employee; null if not said
--   element varchar: effectiveness, efficiency, transformation or value; null if not said
--   touchpoint varchar: where it is measured, if at one place only
--   owner varchar: who answers for it; null if nobody
--   decision varchar: what is decided by it; null if not said
--   review_on date: civil date by which it is looked at again; null if not said
--   is_unowned boolean: owner, decision or review date lacks
with metrics as (
    select metric, version, name, side, owner
    from cat_metric
),
registry as (
    select metric, perspective, element, touchpoint, decision, review_on
    from cat_registry
)
select -- one to one
    cast(m.metric as varchar) as metric,
    cast(m.version as integer) as version,
    cast(m.name as varchar) as name,
    cast(m.side as varchar) as side,
    cast(coalesce(r.perspective, case when m.side = 'inside' then 'employee' end) as varchar) as perspective,
    cast(r.element as varchar) as element,
    cast(r.touchpoint as varchar) as touchpoint,
    cast(m.owner as varchar) as owner,
    cast(r.decision as varchar) as decision,
    cast(r.review_on as date) as review_on,
    cast(m.owner is null or r.decision is null or r.review_on is null as boolean) as is_unowned
from metrics as m
inner join registry as r on r.metric = m.metric
