-- grain: one row per loyalty act
-- key: behaviour_id
-- side: outside
-- reads: raw_behaviours
-- why: An act that was delivered twice counts once; what was ingested later counts.
with versions as (
    select
        behaviour_id, customer, kind, team, touchpoint, occurred_at, amount,
        row_number() over (
            partition by behaviour_id
            order by _source desc nulls last, _ingested_at desc nulls last, _stream desc nulls last,
                _position desc nulls last,
                occurred_at desc nulls last) as version_rank
    from raw_behaviours
)
select
    cast(behaviour_id as varchar) as behaviour_id,
    cast(customer as varchar) as customer,
    cast(kind as varchar) as kind,
    cast(team as varchar) as team,
    cast(touchpoint as varchar) as touchpoint,
    cast(occurred_at as timestamp) as occurred_at,
    cast(amount as double) as amount
from versions
where version_rank = 1
