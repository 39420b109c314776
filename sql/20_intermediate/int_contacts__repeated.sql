-- grain: one row per contact that began before the end of the window
-- key: contact_id
-- side: outside
-- reads: int_contacts__matters, int_contacts__open, raw_run
-- keep: table
-- by: matter
-- why: A contact is a repeat if the one before it on the same matter began at most repeat_days civil
--   days earlier, and is followed if the one after it began at most as many later. The two count
--   the same pairs from their two ends; the share is made of the second, because that is the
--   contact that did not settle the matter. A leg is no repeat: who was passed on did not come back.
--   So only the first leg of a visit can be a repeat, and only its last can be followed; the legs
--   before it were forwarded and are counted apart. A contact without a key is counted apart. A
--   contact whose window is open is censored.
with contacts as (
    select
        contact_id, matter, visit_id, leg_no, team, started_at, started_on, period_start, has_key, is_in_window
    from int_contacts__matters
),
unsettled as (
    select contact_id
    from int_contacts__open
),
run as (
    select repeat_days
    from raw_run
),
neighboured as ( -- run has one row
    select
        c.contact_id, c.matter, c.leg_no, c.team, c.started_on, c.period_start, c.is_in_window, c.has_key,
        run.repeat_days, coalesce(lead(c.visit_id) over matter_in_order = c.visit_id, false) as is_forwarded,
        lag(c.started_on) over matter_in_order as previous_on,
        lead(c.started_on) over matter_in_order as next_on
    from contacts as c
    cross join run
    window matter_in_order as (
        partition by c.matter
        order by c.started_at asc nulls last, c.contact_id asc nulls last)
)
select -- a contact is open once
    cast(n.contact_id as varchar) as contact_id,
    cast(n.matter as varchar) as matter,
    cast(n.team as varchar) as team,
    cast(n.period_start as date) as period_start,
    cast(n.is_in_window as boolean) as is_in_window,
    cast(n.has_key as boolean) as has_key,
    cast(n.has_key and n.is_forwarded as boolean) as is_forwarded,
    cast(n.has_key and n.leg_no = 1
        and coalesce(days_between(n.previous_on, n.started_on) <= n.repeat_days, false) as boolean) as is_repeat,
    cast(n.has_key and not n.is_forwarded
        and coalesce(days_between(n.started_on, n.next_on) <= n.repeat_days, false) as boolean) as is_followed,
    cast(n.has_key and o.contact_id is not null as boolean) as is_censored
from neighboured as n
left join unsettled as o on o.contact_id = n.contact_id
