-- grain: one row per contact that began before the end of the window
-- key: contact_id
-- side: outside
-- reads: int_contacts__attributed, raw_run, cat_setting
-- keep: table
-- why: Contacts on the same matter (the configured key) in their order, with legs told from
--   visits: a contact that begins within transfer_minutes of the end of the one before it, earlier
--   or later, is a leg of the same visit, because the customer was passed on and did not come back.
--   Where the end is not known its begin stands for it. A contact that lacks a field of the key is a
--   visit of its own on a matter of its own. visit_id and matter_id are the ids of their first
--   contacts.
with contacts as (
    select
        contact_id, customer, place, team, channel, touchpoint, segment, reason, demand, outcome, previous_contact_id,
        handle_seconds, queue_seconds, hold_seconds, transfers, started_at, ended_at, started_on, period_start,
        is_in_window,
        is_reopened, is_without_start
    from int_contacts__attributed
    where not is_after_window
),
run as (
    select is_key_customer, is_key_place, is_key_team, is_key_channel, is_key_touchpoint, is_key_segment,
        is_key_reason
    from raw_run
),
settings as (
    select transfer_minutes
    from cat_setting
),
keyed as ( -- run and settings have one row each
    select
        c.contact_id, c.team, c.channel, c.reason, c.demand, c.outcome, c.previous_contact_id, c.handle_seconds,
            c.queue_seconds,
        c.hold_seconds, c.transfers, c.started_at, greatest(coalesce(c.ended_at, c.started_at),
            c.started_at) as ended_at, c.started_on,
        c.period_start, c.is_in_window, c.is_reopened, c.is_without_start, s.transfer_minutes,
        case when run.is_key_customer then c.customer else '' end as key_customer,
        case when run.is_key_place then c.place else '' end as key_place,
        case when run.is_key_team then c.team else '' end as key_team,
        case when run.is_key_channel then c.channel else '' end as key_channel,
        case when run.is_key_touchpoint then c.touchpoint else '' end as key_touchpoint,
        case when run.is_key_segment then c.segment else '' end as key_segment,
        case when run.is_key_reason then c.reason else '' end as key_reason
    from contacts as c
    cross join run
    cross join settings as s
),
marked as (
    select
        contact_id, team, channel, reason, demand, outcome, previous_contact_id, handle_seconds, queue_seconds,
            hold_seconds,
        transfers, started_at, ended_at, started_on, period_start, is_in_window, is_without_start, is_reopened,
            transfer_minutes,
        key_customer, key_place, key_team, key_channel, key_touchpoint, key_segment, key_reason,
        key_customer is not null and key_place is not null and key_team is not null and key_channel is not null
            and key_touchpoint is not null and key_segment is not null and key_reason is not null as has_key
    from keyed
),
placed as (
    select
        contact_id, team, channel, reason, demand, outcome, previous_contact_id, handle_seconds, queue_seconds,
            hold_seconds,
        transfers, started_at, ended_at, started_on, period_start, is_in_window, is_without_start, is_reopened,
            has_key,
        case when has_key then first_value(contact_id) over matter else contact_id end as matter_id,
        case when has_key and transfer_minutes > 0
                and abs(seconds_between(lag(ended_at) over matter, started_at)) <= 60 * transfer_minutes
            then 1 else 0 end as is_leg
    from marked
    window matter as (
        partition by has_key, key_customer, key_place, key_team, key_channel, key_touchpoint, key_segment, key_reason
        order by started_at asc nulls last, contact_id asc nulls last)
),
numbered as (
    select
        contact_id, team, channel, reason, demand, outcome, previous_contact_id, handle_seconds, queue_seconds,
            hold_seconds,
        transfers, started_at, ended_at, started_on, period_start, is_in_window, is_without_start, is_reopened,
            has_key, matter_id,
        sum(1 - is_leg) over (
            partition by matter_id
            order by started_at asc nulls last, contact_id asc nulls last
            rows between unbounded preceding and current row) as visit_no
    from placed
),
final as (
    select
        contact_id, team, channel, reason, demand, outcome, previous_contact_id, handle_seconds, queue_seconds,
            hold_seconds,
        transfers, started_at, ended_at, started_on, period_start, is_in_window, is_without_start, is_reopened,
            has_key, matter_id,
        first_value(contact_id) over visit as visit_id,
        row_number() over visit as leg_no
    from numbered
    window visit as (
        partition by matter_id, visit_no
        order by started_at asc nulls last, contact_id asc nulls last)
)
select
    cast(contact_id as varchar) as contact_id,
    cast(matter_id as varchar) as matter_id,
    cast(visit_id as varchar) as visit_id,
    cast(leg_no as bigint) as leg_no,
    cast(previous_contact_id as varchar) as previous_contact_id,
    cast(team as varchar) as team,
    cast(channel as varchar) as channel,
    cast(reason as varchar) as reason,
    cast(demand as varchar) as demand,
    cast(outcome as varchar) as outcome,
    cast(handle_seconds as bigint) as handle_seconds,
    cast(queue_seconds as bigint) as queue_seconds,
    cast(hold_seconds as bigint) as hold_seconds,
    cast(transfers as bigint) as transfers,
    cast(started_at as timestamp) as started_at,
    cast(ended_at as timestamp) as ended_at,
    cast(started_on as date) as started_on,
    cast(period_start as date) as period_start,
    cast(has_key as boolean) as has_key,
    cast(is_without_start as boolean) as is_without_start,
    cast(is_reopened as boolean) as is_reopened,
    cast(is_in_window as boolean) as is_in_window
from final
