-- grain: one row per incident or action
-- key: event_id
-- side: shared
-- reads: raw_events, cat_event
-- why: An event that was delivered twice counts once; what was ingested later counts, so an end
--   that became known replaces the open one. Those that the catalogue names come beside, and in
--   place of one of the same id.
with rows_of_both as (
    select
        event_id, kind, team, severity, label, occurred_at, ended_at, 0 as is_written, _source, _ingested_at, _stream,
        _position
    from raw_events
    union all
    select event_id, kind, team, severity, label, occurred_at, ended_at, 1, null, null, null, null
    from cat_event
),
versions as (
    select
        event_id, kind, team, severity, label, occurred_at, ended_at,
        row_number() over (
            partition by event_id
            order by is_written desc nulls last,
                _source desc nulls last, _ingested_at desc nulls last, _stream desc nulls last,
                _position desc nulls last,
                occurred_at desc nulls last) as version_rank
    from rows_of_both
)
select
    cast(event_id as varchar) as event_id,
    cast(kind as varchar) as kind,
    cast(team as varchar) as team,
    cast(severity as varchar) as severity,
    cast(label as varchar) as label,
    cast(occurred_at as timestamp) as occurred_at,
    cast(ended_at as timestamp) as ended_at
from versions
where version_rank = 1
