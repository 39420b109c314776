-- grain: one row per value of a measure for a unit, an instant and a part
-- key: unit, measured_at, measure, part
-- side: shared
-- reads: raw_measures
-- keep: table
-- why: A restated value replaces the earlier one. Measures carry no version of their own, so what
--   was ingested later counts. A value that stands for the whole has the empty part.
with versions as (
    select
        unit, measured_at, measure, coalesce(part, '') as part, value, n, sd,
        row_number() over (
            partition by unit, measured_at, measure, coalesce(part, '')
            order by _source desc nulls last, _ingested_at desc nulls last, _stream desc nulls last,
                _position desc nulls last, value desc nulls last) as version_rank,
        count(*) over (partition by unit, measured_at, measure, coalesce(part, '')) as n_rows
    from raw_measures
)
select
    cast(unit as varchar) as unit,
    cast(measured_at as timestamp) as measured_at,
    cast(measure as varchar) as measure,
    cast(part as varchar) as part,
    cast(value as double) as value,
    cast(n as bigint) as n,
    cast(sd as double) as sd,
    cast(n_rows as bigint) as n_rows
from versions
where version_rank = 1
