-- grain: one row per contact that began before the end of the window
-- key: contact_id
-- side: outside
-- reads: int_contacts__attributed, raw_run
-- why: Two contacts are on the same matter if the fields of the configured key agree; a contact
--   without one of them has no key and is counted apart. A contact is a repeat if the one before it
--   on the same matter began at most repeat_days civil days earlier, and is followed if the one
--   after it began at most as many later. The two count the same pairs from their two ends; the
--   share is made of the second, because that is the contact that did not settle the matter. What
--   comes after the end of the data is not known: a contact whose window reaches beyond the last
--   day seen is censored. The last day seen in full is the one before the last start of a contact,
--   or before to_on where the data reach it; closings do not count, they go on long after an export
--   of openings has ended (nor do contacts that are known by their closing alone, unless no contact
--   says when it began).
with contacts as (
    select
        contact_id, customer, place, team, channel, touchpoint, segment, reason, started_at, started_on, period_start,
        is_in_window, is_without_start
    from int_contacts__attributed
    where not is_after_window
),
run as (
    select
        to_on, repeat_days, is_key_customer, is_key_place, is_key_team, is_key_channel, is_key_touchpoint,
        is_key_segment, is_key_reason
    from raw_run
),
seen as ( -- one row
    select coalesce(max(started_on) filter (where not is_without_start), max(started_on)) as last_on
    from contacts
),
keyed as ( -- run and seen have one row each
    select
        c.contact_id, c.team, c.started_at, c.started_on, c.period_start, c.is_in_window, run.repeat_days,
        case when run.is_key_customer then c.customer else '' end as key_customer,
        case when run.is_key_place then c.place else '' end as key_place,
        case when run.is_key_team then c.team else '' end as key_team,
        case when run.is_key_channel then c.channel else '' end as key_channel,
        case when run.is_key_touchpoint then c.touchpoint else '' end as key_touchpoint,
        case when run.is_key_segment then c.segment else '' end as key_segment,
        case when run.is_key_reason then c.reason else '' end as key_reason,
        case when run.to_on <= add_days(seen.last_on, 1) then run.to_on else seen.last_on end as seen_to_on
    from contacts as c
    cross join run
    cross join seen
),
marked as (
    select
        contact_id, team, started_at, started_on, period_start, is_in_window, repeat_days, seen_to_on, key_customer,
        key_place, key_team, key_channel, key_touchpoint, key_segment, key_reason,
        key_customer is not null and key_place is not null and key_team is not null and key_channel is not null
            and key_touchpoint is not null and key_segment is not null and key_reason is not null as has_key
    from keyed
),
neighboured as (
    select
        contact_id, team, started_on, period_start, is_in_window, repeat_days, seen_to_on, has_key,
        lag(started_on) over matter as previous_on,
        lead(started_on) over matter as next_on
    from marked
    window matter as (
        partition by has_key, key_customer, key_place, key_team, key_channel, key_touchpoint, key_segment, key_reason
        order by started_at asc nulls last, contact_id asc nulls last)
)
select
    cast(contact_id as varchar) as contact_id,
    cast(team as varchar) as team,
    cast(period_start as date) as period_start,
    cast(is_in_window as boolean) as is_in_window,
    cast(has_key as boolean) as has_key,
    cast(has_key and coalesce(days_between(previous_on, started_on) <= repeat_days, false) as boolean) as is_repeat,
    cast(has_key and coalesce(days_between(started_on, next_on) <= repeat_days, false) as boolean) as is_followed,
    cast(has_key and add_days(started_on, repeat_days) >= seen_to_on as boolean) as is_censored
from neighboured
