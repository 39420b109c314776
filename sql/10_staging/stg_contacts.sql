-- grain: one row per delivered version of a contact, the earliest numbered 1
-- key: contact_id, version_no
-- side: outside
-- reads: raw_contacts
-- why: Versions get their order here, once: by the time they were made; ties go to the later place
--   in the source. A version that arrives late but is older stays older.
select
    cast(contact_id as varchar) as contact_id,
    cast(row_number() over (
        partition by contact_id
        order by updated_at asc nulls first, _source asc nulls first, _stream asc nulls first,
            _position asc nulls first) as bigint) as version_no,
    cast(customer as varchar) as customer,
    cast(agent as varchar) as agent,
    cast(place as varchar) as place,
    cast(team as varchar) as team,
    cast(channel as varchar) as channel,
    cast(touchpoint as varchar) as touchpoint,
    cast(segment as varchar) as segment,
    cast(reason as varchar) as reason,
    cast(demand as varchar) as demand,
    cast(failure_tags as varchar) as failure_tags,
    cast(classified_by as varchar) as classified_by,
    cast(outcome as varchar) as outcome,
    cast(previous_contact_id as varchar) as previous_contact_id,
    cast(handle_seconds as bigint) as handle_seconds,
    cast(queue_seconds as bigint) as queue_seconds,
    cast(hold_seconds as bigint) as hold_seconds,
    cast(transfers as bigint) as transfers,
    cast(cost as double) as cost,
    cast(updated_at as timestamp) as updated_at,
    cast(started_at as timestamp) as started_at,
    cast(ended_at as timestamp) as ended_at
from raw_contacts
