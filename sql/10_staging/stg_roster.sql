-- grain: one row per person, team and first day of membership
-- key: person, team, valid_from
-- side: inside
-- reads: raw_roster
-- keep: table
-- why: Rosters are delivered again and again. An end that is known is not undone by a delivery
--   without one; beyond that what was ingested later counts.
with versions as (
    select
        person, team, valid_from, valid_to, role, level, attributes,
        row_number() over (
            partition by person, team, valid_from
            order by case when valid_to is null then 0 else 1 end desc nulls last, _source desc nulls last,
                _ingested_at desc nulls last, _stream desc nulls last, _position desc nulls last) as version_rank,
        count(*) over (partition by person, team, valid_from) as n_rows
    from raw_roster
)
select
    cast(person as varchar) as person,
    cast(team as varchar) as team,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to,
    cast(role as varchar) as role,
    cast(level as varchar) as level,
    cast(attributes as varchar) as attributes,
    cast(n_rows as bigint) as n_rows
from versions
where version_rank = 1
