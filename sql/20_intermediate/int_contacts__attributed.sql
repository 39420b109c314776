-- grain: one row per contact
-- key: contact_id
-- side: outside
-- reads: int_contacts__merged, int_roster__spans, raw_run
-- keep: table
-- why: A contact counts for the team that the source names, else for the team in which the agent
--   was on the civil day on which it began, and for the period of the business zone in which it
--   began. Contacts before the window stay, because a repeat looks back at them; contacts after it
--   are marked like them and not looked at.
with contacts as (
    select
        contact_id, customer, agent, place, team, channel, touchpoint, segment, reason, demand, failure_tags, outcome,
        previous_contact_id, handle_seconds, queue_seconds, hold_seconds, transfers, cost, started_at, ended_at,
        n_rows,
        is_without_start, is_closed_before_opened, is_reopened
    from int_contacts__merged
),
run as (
    select grain, zone, from_on, to_on
    from raw_run
),
spans as (
    select person, team, valid_from, valid_to
    from int_roster__spans
),
placed as ( -- run has one row
    select
        c.contact_id, c.customer, case when c.team is null then c.agent end as asked_agent, c.place, c.team,
            c.channel,
        c.touchpoint, c.segment, c.reason, c.demand, c.failure_tags, c.outcome, c.previous_contact_id,
            c.handle_seconds,
        c.queue_seconds, c.hold_seconds, c.transfers, c.cost, c.started_at, c.ended_at, c.n_rows, c.is_without_start,
        c.is_closed_before_opened, c.is_reopened,
        local_day(c.started_at, run.zone) as started_on,
        period_of(c.started_at, run.grain, run.zone) as period_start,
        run.from_on, run.to_on
    from contacts as c
    cross join run
),
final as ( -- at most one span holds the day
    select
        p.contact_id, p.customer, p.place, coalesce(p.team, s.team) as team, p.channel, p.touchpoint, p.segment,
            p.reason,
        p.demand, p.failure_tags, p.outcome, p.previous_contact_id, p.handle_seconds, p.queue_seconds, p.hold_seconds,
        p.transfers, p.cost, p.started_at, p.ended_at, p.started_on, p.period_start, p.n_rows, p.is_without_start,
        p.is_closed_before_opened, p.is_reopened,
        (p.from_on is null or p.started_on >= p.from_on)
            and (p.to_on is null or p.started_on < p.to_on) as is_in_window,
        p.to_on is not null and p.started_on >= p.to_on as is_after_window
    from placed as p
    left join spans as s
        on s.person = p.asked_agent and p.started_on >= s.valid_from and p.started_on < s.valid_to
)
select
    cast(contact_id as varchar) as contact_id,
    cast(customer as varchar) as customer,
    cast(place as varchar) as place,
    cast(team as varchar) as team,
    cast(channel as varchar) as channel,
    cast(touchpoint as varchar) as touchpoint,
    cast(segment as varchar) as segment,
    cast(reason as varchar) as reason,
    cast(demand as varchar) as demand,
    cast(failure_tags as varchar) as failure_tags,
    cast(outcome as varchar) as outcome,
    cast(previous_contact_id as varchar) as previous_contact_id,
    cast(handle_seconds as bigint) as handle_seconds,
    cast(queue_seconds as bigint) as queue_seconds,
    cast(hold_seconds as bigint) as hold_seconds,
    cast(transfers as bigint) as transfers,
    cast(cost as double) as cost,
    cast(started_at as timestamp) as started_at,
    cast(ended_at as timestamp) as ended_at,
    cast(started_on as date) as started_on,
    cast(period_start as date) as period_start,
    cast(n_rows as bigint) as n_rows,
    cast(is_without_start as boolean) as is_without_start,
    cast(is_closed_before_opened as boolean) as is_closed_before_opened,
    cast(is_reopened as boolean) as is_reopened,
    cast(is_in_window as boolean) as is_in_window,
    cast(is_after_window as boolean) as is_after_window
from final
