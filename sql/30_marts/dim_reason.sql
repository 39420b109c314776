-- grain: one row per reason code that is listed or in use
-- key: reason
-- feature: N10
-- reads: int_reasons__counted, cat_taxonomy, cat_reason_map
-- why: Each code with its place in the taxonomy, so that a series of an old code can be carried on under its new name.
-- columns:
--   reason varchar: code as it is written; (none) stands for none
--   now_reason varchar: code that stands for it in the newest taxonomy
--   first_taxonomy integer: first version that lists it; null if none does
--   last_taxonomy integer: last version that lists it; null if none does
--   contacts bigint: contacts of the window that carry it
--   is_other boolean: says nothing; null for a code that is not in use
with used as (
    select reason, sum(n) as n, bool_or(is_other) as is_other
    from int_reasons__counted
    group by reason
),
listed as (
    select code as reason, min(taxonomy) as first_taxonomy, max(taxonomy) as last_taxonomy
    from cat_taxonomy
    group by code
),
moved as (
    select code, now_code
    from cat_reason_map
),
codes as (
    select reason from used
    union
    select reason from listed
)
select
    cast(c.reason as varchar) as reason,
    cast(coalesce(m.now_code, c.reason) as varchar) as now_reason,
    cast(l.first_taxonomy as integer) as first_taxonomy,
    cast(l.last_taxonomy as integer) as last_taxonomy,
    cast(coalesce(u.n, 0) as bigint) as contacts,
    cast(u.is_other as boolean) as is_other
from codes as c
left join used as u on u.reason = c.reason
left join listed as l on l.reason = c.reason
left join moved as m on m.code = c.reason
