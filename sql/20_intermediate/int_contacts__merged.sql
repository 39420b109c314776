-- grain: one row per contact
-- key: contact_id
-- side: outside
-- reads: stg_contacts
-- why: Contacts arrive as events that each know a part. Field by field the latest version that has
--   a value counts, so a closing is not undone by an opening that arrives later. Closings at two
--   different times mean that it was open again between them. A contact that never said when it
--   began is placed at its first version and marked.
with versions as (
    select
        contact_id, version_no, customer, agent, place, team, channel, touchpoint, segment, reason, demand,
            failure_tags,
        outcome, previous_contact_id, handle_seconds, queue_seconds, hold_seconds, transfers, cost, updated_at,
            started_at,
        ended_at
    from stg_contacts
),
merged as (
    select
        contact_id,
        latest_known(customer, version_no) as customer,
        latest_known(agent, version_no) as agent,
        latest_known(place, version_no) as place,
        latest_known(team, version_no) as team,
        latest_known(channel, version_no) as channel,
        latest_known(touchpoint, version_no) as touchpoint,
        latest_known(segment, version_no) as segment,
        latest_known(reason, version_no) as reason,
        latest_known(demand, version_no) as demand,
        latest_known(failure_tags, version_no) as failure_tags,
        latest_known(outcome, version_no) as outcome,
        latest_known(previous_contact_id, version_no) as previous_contact_id,
        latest_known(handle_seconds, version_no) as handle_seconds,
        latest_known(queue_seconds, version_no) as queue_seconds,
        latest_known(hold_seconds, version_no) as hold_seconds,
        latest_known(transfers, version_no) as transfers,
        latest_known(cost, version_no) as cost,
        latest_known(started_at, version_no) as stated_start_at,
        min(updated_at) as first_version_at,
        latest_known(ended_at, version_no) as ended_at,
        min(ended_at) <> max(ended_at) as is_reopened,
        count(*) as n_rows
    from versions
    group by contact_id
)
select
    cast(contact_id as varchar) as contact_id,
    cast(customer as varchar) as customer,
    cast(agent as varchar) as agent,
    cast(place as varchar) as place,
    cast(team as varchar) as team,
    cast(channel as varchar) as channel,
    cast(touchpoint as varchar) as touchpoint,
    cast(segment as varchar) as segment,
    cast(reason as varchar) as reason,
    cast(coalesce(demand, 'unknown') as varchar) as demand,
    cast(failure_tags as varchar) as failure_tags,
    cast(outcome as varchar) as outcome,
    cast(previous_contact_id as varchar) as previous_contact_id,
    cast(handle_seconds as bigint) as handle_seconds,
    cast(queue_seconds as bigint) as queue_seconds,
    cast(hold_seconds as bigint) as hold_seconds,
    cast(transfers as bigint) as transfers,
    cast(cost as double) as cost,
    cast(coalesce(stated_start_at, first_version_at) as timestamp) as started_at,
    cast(ended_at as timestamp) as ended_at,
    cast(n_rows as bigint) as n_rows,
    cast(stated_start_at is null as boolean) as is_without_start,
    cast(coalesce(ended_at < stated_start_at, false) as boolean) as is_closed_before_opened,
    cast(coalesce(is_reopened, false) as boolean) as is_reopened
from merged
