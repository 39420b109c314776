-- grain: one row per answer about effort that names a contact whose effort was observed
-- key: feedback_id, metric
-- side: outside
-- reads: int_feedback__attributed, int_contacts__matters, int_visits__linked, cat_metric,
--   cat_registry
-- edges: zero (a scale has two ends)
-- why: Stated effort beside the observed one, of the same case. Stated effort is any answered
--   metric that the catalogue gives to customers' efficiency; both wordings are turned so that more
--   is more effort, from 0 to 100.
with answers as (
    select feedback_id, metric, case_id, score
    from int_feedback__attributed
    where is_in_window and case_id is not null
),
metrics as (
    select metric, kind, direction, lo, hi
    from cat_metric
),
registry as (
    select metric, perspective, element
    from cat_registry
),
contacts as (
    select contact_id, visit_id
    from int_contacts__matters
),
visits as (
    select visit_id, effort
    from int_visits__linked
    where effort is not null
)
select -- a case is at most one contact, a contact in one visit
    cast(a.feedback_id as varchar) as feedback_id,
    cast(a.metric as varchar) as metric,
    nano(100 * safe_div(case when m.direction = 'higher' then m.hi - a.score else a.score - m.lo end,
        m.hi - m.lo)) as stated,
    cast(v.effort as bigint) as observed
from answers as a
inner join metrics as m on m.metric = a.metric and m.kind = 'mean'
inner join registry as r on r.metric = a.metric and r.perspective = 'customer' and r.element = 'efficiency'
inner join contacts as c on c.contact_id = a.case_id
inner join visits as v on v.visit_id = c.visit_id
