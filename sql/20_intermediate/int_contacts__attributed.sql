-- grain: one row per contact
-- key: contact_id
-- side: outside
-- reads: int_contacts__merged, int_roster__spans, int_teams__followed, raw_run
-- keep: table
-- by: contact_id
-- why: A contact counts for the team that the source names, else for the team in which the agent was
--   on the civil day on which it began; the other way round where the run lets the roster count
--   first. The two are held against each other in way. It counts for the period of the business zone in which it began.
--   Contacts before the window stay, because a repeat looks back at them; contacts after it are
--   marked like them and not looked at. A matter is what contacts about the same thing share: the
--   fields of the configured key. A contact that lacks one of them has no key and is a matter of
--   its own.
with contacts as (
    select
        contact_id, customer, agent, place, team, channel, touchpoint, segment, reason, demand, failure_tags, outcome,
        previous_contact_id, handle_seconds, queue_seconds, hold_seconds, transfers, cost, started_at, ended_at,
        n_rows,
        is_without_start, is_closed_before_opened, is_reopened
    from int_contacts__merged
),
run as (
    select
        grain, zone, from_on, to_on, is_key_customer, is_key_place, is_key_team, is_key_channel, is_key_touchpoint,
        is_key_segment, is_key_reason, is_roster_first
    from raw_run
),
spans as (
    select person, team, valid_from, valid_to
    from int_roster__spans
),
followed as (
    select team, became
    from int_teams__followed
),
placed as ( -- run has one row
    select
        c.contact_id, c.customer, c.agent, c.place, c.team,
            c.channel,
        c.touchpoint, c.segment, c.reason, c.demand, c.failure_tags, c.outcome, c.previous_contact_id,
            c.handle_seconds,
        c.queue_seconds, c.hold_seconds, c.transfers, c.cost, c.started_at, c.ended_at, c.n_rows, c.is_without_start,
        c.is_closed_before_opened, c.is_reopened,
        local_day(c.started_at, run.zone) as started_on,
        period_of(c.started_at, run.grain, run.zone) as period_start,
        run.from_on, run.to_on, run.is_key_customer, run.is_key_place, run.is_key_team, run.is_key_channel,
        run.is_key_touchpoint, run.is_key_segment, run.is_key_reason, run.is_roster_first
    from contacts as c
    cross join run
),
teamed as ( -- at most one span holds the day, and a team has at most one successor
    select
        p.contact_id, p.customer, p.agent, p.place,
        case
            when p.is_roster_first then coalesce(t.became, s.team, n.became, p.team)
            else coalesce(n.became, p.team, t.became, s.team)
        end as team,
        coalesce(n.became, p.team) as named_team, coalesce(t.became, s.team) as roster_team,
        p.channel, p.touchpoint, p.segment,
            p.reason,
        p.demand, p.failure_tags, p.outcome, p.previous_contact_id, p.handle_seconds, p.queue_seconds, p.hold_seconds,
        p.transfers, p.cost, p.started_at, p.ended_at, p.started_on, p.period_start, p.n_rows, p.is_without_start,
        p.is_closed_before_opened, p.is_reopened,
        (p.from_on is null or p.started_on >= p.from_on)
            and (p.to_on is null or p.started_on < p.to_on) as is_in_window,
        p.to_on is not null and p.started_on >= p.to_on as is_after_window,
        p.is_key_customer, p.is_key_place, p.is_key_team, p.is_key_channel, p.is_key_touchpoint, p.is_key_segment,
        p.is_key_reason
    from placed as p
    left join spans as s
        on s.person = p.agent and p.started_on >= s.valid_from and p.started_on < s.valid_to
    left join followed as n on n.team = p.team
    left join followed as t on t.team = s.team
),
final as ( -- null where a field of the key is
    select
        contact_id, customer, place, team, named_team, roster_team,
        case
            when named_team is null and agent is null then 'nothing'
            when named_team is null and roster_team is null then 'missed'
            when named_team is null then 'found'
            when agent is null then 'named'
            when roster_team is null then 'unconfirmed'
            when roster_team = named_team then 'agreed'
            else 'disagreed'
        end as way,
        channel, touchpoint, segment, reason, demand, failure_tags, outcome,
        previous_contact_id, handle_seconds, queue_seconds, hold_seconds, transfers, cost, started_at, ended_at,
        started_on, period_start, n_rows, is_without_start, is_closed_before_opened, is_reopened, is_in_window,
        is_after_window,
        case when is_key_customer then key_part(customer) else '' end
            || case when is_key_place then key_part(place) else '' end
            || case when is_key_team then key_part(team) else '' end
            || case when is_key_channel then key_part(channel) else '' end
            || case when is_key_touchpoint then key_part(touchpoint) else '' end
            || case when is_key_segment then key_part(segment) else '' end
            || case when is_key_reason then key_part(reason) else '' end as matter
    from teamed
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
    cast(coalesce(matter, 'contact ' || contact_id) as varchar) as matter,
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
    cast(matter is not null as boolean) as has_key,
    cast(is_without_start as boolean) as is_without_start,
    cast(is_closed_before_opened as boolean) as is_closed_before_opened,
    cast(is_reopened as boolean) as is_reopened,
    cast(is_in_window as boolean) as is_in_window,
    cast(is_after_window as boolean) as is_after_window,
    cast(way as varchar) as way,
    cast(named_team as varchar) as named_team,
    cast(roster_team as varchar) as roster_team
from final
