-- grain: one row per team and first day of what is said of it
-- key: team, valid_from?
-- side: shared
-- reads: raw_teams
-- why: Team lists are delivered again and again; what was ingested later counts.
with versions as (
    select
        team, name, parent, valid_from, valid_to, touchpoints, successors,
        row_number() over (
            partition by team, valid_from
            order by _source desc nulls last, _ingested_at desc nulls last, _stream desc nulls last,
                _position desc nulls last) as version_rank
    from raw_teams
)
select
    cast(team as varchar) as team,
    cast(name as varchar) as name,
    cast(parent as varchar) as parent,
    cast(touchpoints as varchar) as touchpoints,
    cast(successors as varchar) as successors,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to
from versions
where version_rank = 1
