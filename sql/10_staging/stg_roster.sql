-- grain: one row per person, team and first day of membership
-- key: person, team, valid_from
-- side: inside
-- reads: raw_roster
-- keep: table
-- why: Rosters are delivered again and again. An end that is known is not undone by a delivery
--   without one; beyond that what was ingested later counts. A change holds until the person's next
--   change. A line of a full copy holds from the day of that copy until the day of the source's
--   next one, so that who is missing there has left, and when; the lines of the last copy hold on.
with versions as (
    select
        person, team, valid_from, valid_to, role, level, attributes, coalesce(form, 'membership') as form,
        coalesce(_source, '') as source,
        row_number() over (
            partition by person, team, valid_from
            order by case when valid_to is null then 0 else 1 end desc nulls last, _source desc nulls last,
                _ingested_at desc nulls last, _stream desc nulls last, _position desc nulls last) as version_rank,
        count(*) over (partition by person, team, valid_from) as n_rows
    from raw_roster
),
copied as (
    select distinct coalesce(_source, '') as source, valid_from
    from raw_roster
    where form = 'snapshot'
),
copies as (
    select source, valid_from, lead(valid_from) over (partition by source order by valid_from asc nulls last) as next_on
    from copied
),
changed as (
    select distinct person, valid_from
    from raw_roster
    where form = 'change'
),
changes as (
    select person, valid_from, lead(valid_from) over (partition by person order by valid_from asc nulls last) as next_on
    from changed
),
final as ( -- a row has at most one copy and at most one change
    select
        v.person, v.team, v.valid_from,
        case v.form
            when 'snapshot' then c.next_on
            when 'change' then coalesce(v.valid_to, h.next_on)
            else v.valid_to
        end as valid_to,
        v.role, v.level, v.attributes, v.n_rows
    from versions as v
    left join copies as c on v.form = 'snapshot' and c.source = v.source and c.valid_from = v.valid_from
    left join changes as h on v.form = 'change' and h.person = v.person and h.valid_from = v.valid_from
    where v.version_rank = 1
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
from final
