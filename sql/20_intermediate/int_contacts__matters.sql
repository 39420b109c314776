-- grain: one row per contact that began before the end of the window
-- key: contact_id
-- side: outside
-- reads: int_contacts__attributed, cat_setting
-- keep: table
-- by: matter
-- why: Contacts on the same matter in their order, with legs told from
--   visits: a contact that begins within transfer_minutes of the end of the one before it, earlier
--   or later, is a leg of the same visit, because the customer was passed on and did not come back.
--   Where the end is not known its begin stands for it. A contact that lacks a field of the key is a
--   visit of its own on a matter of its own. visit_id and matter_id are the ids of their first
--   contacts.
with contacts as (
    select
        contact_id, matter, team, channel, reason, demand, outcome, previous_contact_id, handle_seconds,
        queue_seconds, hold_seconds, transfers, started_at,
        greatest(coalesce(ended_at, started_at), started_at) as ended_at, started_on, period_start, is_in_window,
        is_without_start, is_reopened, has_key
    from int_contacts__attributed
    where not is_after_window
),
settings as (
    select transfer_minutes
    from cat_setting
),
placed as ( -- settings has one row
    select
        c.contact_id, c.matter, c.team, c.channel, c.reason, c.demand, c.outcome, c.previous_contact_id,
        c.handle_seconds, c.queue_seconds, c.hold_seconds, c.transfers, c.started_at, c.ended_at, c.started_on,
        c.period_start, c.is_in_window, c.is_without_start, c.is_reopened, c.has_key,
        first_value(c.contact_id) over matter_in_order as matter_id,
        case when c.has_key and s.transfer_minutes > 0
                and abs(seconds_between(lag(c.ended_at) over matter_in_order, c.started_at)) <= 60 * s.transfer_minutes
            then 1 else 0 end as is_leg
    from contacts as c
    cross join settings as s
    window matter_in_order as (
        partition by c.matter
        order by c.started_at asc nulls last, c.contact_id asc nulls last)
),
numbered as (
    select
        contact_id, team, channel, reason, demand, outcome, previous_contact_id, handle_seconds, queue_seconds,
            hold_seconds,
        transfers, started_at, ended_at, started_on, period_start, is_in_window, is_without_start, is_reopened,
            has_key, matter, matter_id,
        sum(1 - is_leg) over (
            partition by matter
            order by started_at asc nulls last, contact_id asc nulls last
            rows between unbounded preceding and current row) as visit_no
    from placed
),
final as (
    select
        contact_id, team, channel, reason, demand, outcome, previous_contact_id, handle_seconds, queue_seconds,
            hold_seconds,
        transfers, started_at, ended_at, started_on, period_start, is_in_window, is_without_start, is_reopened,
            has_key, matter, matter_id,
        first_value(contact_id) over visit as visit_id,
        row_number() over visit as leg_no
    from numbered
    window visit as (
        partition by matter, visit_no
        order by started_at asc nulls last, contact_id asc nulls last)
)
select
    cast(contact_id as varchar) as contact_id,
    cast(matter as varchar) as matter,
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
