-- grain: one row per contact that more than one classified, and coder who did
-- key: contact_id, coder
-- side: outside
-- reads: stg_contacts, int_contacts__attributed, cat_code, cat_reason_map
-- keep: table
-- by: contact_id
-- why: A contact whose versions were classified by different coders was coded twice. Of each coder
--   the latest reason and demand count; reasons are carried to the newest taxonomy. Coders that the
--   catalogue does not list are called other: a source may have written a person there.
with versions as (
    select contact_id, version_no, classified_by, reason, demand
    from stg_contacts
    where classified_by is not null
),
contacts as (
    select contact_id, team, period_start
    from int_contacts__attributed
    where is_in_window
),
coders as (
    select code
    from cat_code
    where meaning = 'coder'
),
moved as (
    select code, now_code
    from cat_reason_map
),
several as ( -- most contacts are coded once, and say nothing here
    select contact_id
    from versions
    group by contact_id
    having min(classified_by) <> max(classified_by)
),
codings as ( -- coders are listed once
    select
        v.contact_id, coalesce(k.code, 'other') as coder, latest_known(v.reason, v.version_no) as reason,
        latest_known(v.demand, v.version_no) as demand
    from versions as v
    inner join several as s on s.contact_id = v.contact_id
    left join coders as k on lower(k.code) = lower(v.classified_by)
    group by v.contact_id, coalesce(k.code, 'other')
)
select
    cast(c.contact_id as varchar) as contact_id,
    cast(d.coder as varchar) as coder,
    cast(c.team as varchar) as team,
    cast(c.period_start as date) as period_start,
    cast(coalesce(m.now_code, d.reason) as varchar) as reason,
    cast(d.demand as varchar) as demand
from codings as d
inner join contacts as c on c.contact_id = d.contact_id
left join moved as m on m.code = d.reason
