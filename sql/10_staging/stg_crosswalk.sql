-- grain: one row per link between two unit systems and first day
-- key: from_system, from_unit, to_system, to_unit, valid_from?
-- side: shared
-- reads: raw_crosswalk
-- why: A link that was delivered twice counts once; what was ingested later counts. Without a
--   weight the whole unit is meant.
with versions as (
    select
        from_system, from_unit, to_system, to_unit, coalesce(weight, 1) as weight, valid_from, valid_to,
        row_number() over (
            partition by from_system, from_unit, to_system, to_unit, valid_from
            order by _source desc nulls last, _ingested_at desc nulls last, _stream desc nulls last,
                _position desc nulls last,
                weight desc nulls last) as version_rank
    from raw_crosswalk
)
select
    cast(from_system as varchar) as from_system,
    cast(from_unit as varchar) as from_unit,
    cast(to_system as varchar) as to_system,
    cast(to_unit as varchar) as to_unit,
    cast(weight as double) as weight,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to
from versions
where version_rank = 1
